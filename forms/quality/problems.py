"""What can be wrong in a row of the workbook of quality checks, said in both languages with what to write instead."""

from __future__ import annotations

from forms.problems import Problem
from forms.quality.checks import KINDS

_KINDS = ", ".join(KINDS)

NO_CHECKS = Problem(
    "check.no_rows",
    400,
    "Belum ada pemeriksaan. Isi satu baris untuk setiap pemeriksaan; yang tidak dipakai diberi aktif: tidak.",
    "There are no checks yet. Fill in a row for each check; those not in use have aktif: tidak.",
)
MOST_CHECKS = 40
TOO_MANY_CHECKS = Problem(
    "check.too_many",
    400,
    "Buku kerja ini berisi {count} pemeriksaan; paling banyak {most}. Hapus yang tidak dipakai, mulai dari baris ini.",
    "This workbook holds {count} checks; at most {most} are possible. Delete what is not needed, from this row on.",
)
CELL_BLANK = Problem(
    "check.cell_missing",
    400,
    "Kolom “{column}” belum diisi. Isi sel ini, seperti contoh di lembar “baca saya”.",
    "The column “{column}” is not filled in. Fill in this cell, as the sheet “baca saya” shows.",
)
BAD_CHECK_CODE = Problem(
    "check.bad_code",
    400,
    "Kode “{value}” tidak bisa dipakai. Tulis huruf kecil, angka atau garis bawah, paling banyak 30, misalnya "
    "tinggi_turun.",
    "The code “{value}” cannot be used. Write small letters, digits or underscores, 30 at most, such as tinggi_turun.",
)
CHECK_TWICE = Problem(
    "check.code_twice",
    400,
    "Kode “{value}” sudah dipakai di {other}. Beri setiap pemeriksaan kodenya sendiri.",
    "The code “{value}” is used in {other} already. Give each check a code of its own.",
)
UNKNOWN_KIND = Problem(
    "check.unknown_kind",
    400,
    f"Jenis “{{name}}” tidak dikenal. {{hint_id}}Pilih salah satu: {_KINDS}.",
    f"The kind “{{name}}” is unknown. {{hint_en}}Choose one of: {_KINDS}.",
)
UNKNOWN_CHECKED_FORM = Problem(
    "check.unknown_form",
    400,
    "Formulir “{name}” belum terbit. {hint_id}Tulis form_id formulir yang sudah terbit.",
    "The form “{name}” is not published. {hint_en}Write the form_id of a published form.",
)
FORM_LACKS = Problem(
    "check.form_lacks",
    400,
    "Formulir {form} tidak punya isian {missing}, yang diperlukan jenis {kind}. Pilih formulir atau jenis lain.",
    "The form {form} has no field {missing}, which the kind {kind} needs. Choose another form or kind.",
)
UNKNOWN_CHECKED_FIELD = Problem(
    "check.unknown_field",
    400,
    "Isian “{name}” tidak ada di formulir itu. {hint_id}Tulis nama isian di luar pengulangan, tanpa ${{}}.",
    "The field “{name}” is not in that form. {hint_en}Write the name of a field outside repeats, without ${{}}.",
)
WRONG_FIELD_TYPE = Problem(
    "check.wrong_type",
    400,
    "Isian “{value}” berjenis {type}, sedangkan jenis {kind} memeriksa {wanted}. Pilih isian lain.",
    "The field “{value}” is of type {type}, and the kind {kind} judges {wanted}. Choose another field.",
)
FIELD_NOT_JUDGED = Problem(
    "check.field_not_judged",
    400,
    "Jenis {kind} tidak memeriksa isian. Kosongkan sel ini.",
    "The kind {kind} judges no field. Leave this cell blank.",
)
BAD_THRESHOLD = Problem(
    "check.bad_threshold",
    400,
    "Batas “{value}” tidak bisa dipakai untuk jenis {kind}. Tulis bilangan dari {least} sampai {most}, desimal dengan "
    "titik.",
    "The threshold “{value}” cannot be used for the kind {kind}. Write a number from {least} to {most}, with a decimal "
    "point.",
)
BAD_LEAST = Problem(
    "check.bad_least",
    400,
    "“{value}” tidak bisa dipakai di paling_sedikit. Tulis bilangan bulat dari {least} sampai {most}.",
    "“{value}” cannot be used in paling_sedikit. Write a whole number from {least} to {most}.",
)
BAD_ACTIVE = Problem(
    "check.bad_active",
    400,
    "“{value}” bukan ya atau tidak. Tulis ya bila pemeriksaan ini dipakai, tidak bila tidak.",
    "“{value}” is neither ya nor tidak. Write ya if this check is in use, tidak if it is not.",
)
