"""What can be wrong in a row of the indicator workbook, said in both languages with what to write instead."""

from __future__ import annotations

from forms.indicators.rules import SECTORS, SERVICES, TARGETS, WINDOWS
from forms.problems import Problem

CARDS_DIFFER = Problem(
    "indicator.cards_differ",
    400,
    "Kartu “{value}” lain dari “{first}” di baris pertama. Satu buku kerja satu kartu: samakan, atau "
    "buat dua buku kerja.",
    "The card “{value}” differs from “{first}” in the first row. A workbook is one card: make them equal, or make two "
    "workbooks.",
)
LONG_CARD = Problem(
    "indicator.long_card",
    400,
    "Nama kartu ini {length} huruf; paling banyak {most}. Persingkat.",
    "This name of a card has {length} letters; at most {most}. Shorten it.",
)
BAD_SCORE = Problem(
    "indicator.bad_score",
    400,
    "Skor “{value}” tidak bisa untuk sasaran ini. Tulis {allowed}.",
    "The score “{value}” is not possible for this target. Write {allowed}.",
)
NO_ROWS = Problem(
    "indicator.no_rows",
    400,
    "Belum ada indikator. Isi satu baris untuk setiap indikator.",
    "There are no indicators yet. Fill in a row for each indicator.",
)
CELL_MISSING = Problem(
    "indicator.cell_missing",
    400,
    "Kolom “{column}” belum diisi. {remedy_id}",
    "The column “{column}” is not filled in. {remedy_en}",
)
BAD_CODE = Problem(
    "indicator.bad_code",
    400,
    "Kode “{code}” tidak bisa dipakai. Tulis huruf kecil lalu huruf kecil, angka atau garis bawah, paling banyak 21, "
    "misalnya a11.",
    "The code “{code}” cannot be used. Write a small letter, then small letters, digits or underscores, 21 at most, "
    "such as a11.",
)
RESERVED_CODE = Problem(
    "indicator.reserved_code",
    400,
    "Kode “{code}” dipakai oleh sistem sendiri. Pilih kode lain, misalnya a11.",
    "The code “{code}” is used by the system itself. Choose another, such as a11.",
)
# Each takes up to three columns of a card, and PostgreSQL has 1,600 for a table.
MOST_INDICATORS = 500
TOO_MANY = Problem(
    "indicator.too_many",
    400,
    "Buku kerja ini berisi {count} indikator; paling banyak {most}. Hapus yang tidak dipakai, mulai dari baris ini.",
    "This workbook holds {count} indicators; at most {most} are possible. Delete what is not needed, from this row on.",
)
CODE_TWICE = Problem(
    "indicator.code_twice",
    400,
    "Kode “{value}” sudah dipakai di {other}. Beri setiap indikator kodenya sendiri.",
    "The code “{value}” is used in {other} already. Give each indicator a code of its own.",
)
NUMBER_TWICE = Problem(
    "indicator.number_twice",
    400,
    "Nomor {value} untuk sasaran ini sudah dipakai di {other}. Beri setiap indikator nomornya sendiri.",
    "The number {value} of this target is used in {other} already. Give each indicator a number of its own.",
)
BAD_ROW_NUMBER = Problem(
    "indicator.bad_row_number",
    400,
    "Nomor “{value}” bukan bilangan bulat. Tulis nomor baris di Formulir 4: 1, 2, 3, ...",
    "The number “{value}” is not a whole number. Write the row's number in Formulir 4: 1, 2, 3, ...",
)
UNKNOWN_TARGET = Problem(
    "indicator.unknown_target",
    400,
    "Sasaran “{name}” tidak dikenal. {hint_id}" + f"Tulis salah satu: {', '.join(TARGETS)}.",
    "The target “{name}” is unknown. {hint_en}" + f"Write one of: {', '.join(TARGETS)}.",
)
UNKNOWN_SECTOR = Problem(
    "indicator.unknown_sector",
    400,
    "Sektor “{name}” tidak dikenal. {hint_id}" + f"Tulis salah satu: {', '.join(SECTORS)}.",
    "The sector “{name}” is unknown. {hint_en}" + f"Write one of: {', '.join(SECTORS)}.",
)
UNKNOWN_WINDOW = Problem(
    "indicator.unknown_window",
    400,
    "Jendela “{name}” tidak dikenal. {hint_id}" + f"Tulis salah satu: {', '.join(WINDOWS)}.",
    "The window “{name}” is unknown. {hint_en}" + f"Write one of: {', '.join(WINDOWS)}.",
)
UNKNOWN_SERVICE = Problem(
    "indicator.unknown_service",
    400,
    "Layanan “{name}” tidak dikenal. {hint_id}" + f"Kosongkan sel ini, atau tulis salah satu: {', '.join(SERVICES)}.",
    "The service “{name}” is unknown. {hint_en}" + f"Leave this cell empty, or write one of: {', '.join(SERVICES)}.",
)
BAD_FORM = Problem(
    "indicator.bad_form",
    400,
    "“{value}” bukan id formulir. Tulis id-nya seperti pantau_paud; kalau lebih dari satu, pisahkan dengan spasi.",
    "“{value}” is no form's id. Write ids such as pantau_paud; if there are several, put spaces between them.",
)
MINIMUM_OF_LATEST = Problem(
    "indicator.minimum_of_latest",
    400,
    "Jendela terakhir hanya melihat jawaban terakhir, jadi minimal “{value}” tidak berarti. Kosongkan sel ini.",
    "The window terakhir looks at the latest answer only, so that the minimum “{value}” means nothing. Leave this cell "
    "empty.",
)
EVERY_MONTH_WINDOW = Problem(
    "indicator.every_month_window",
    400,
    "setiap_bulan hanya bisa dengan jendela triwulan, bukan {window}. Ubah jendelanya, atau tulis jumlah bulan.",
    "setiap_bulan goes with the window triwulan only, not {window}. Change the window, or write a number of months.",
)
EVERY_MONTH_SPELLING = Problem(
    "indicator.every_month_spelling",
    400,
    "“{value}” tidak dikenal. Tulis setiap_bulan, dengan huruf kecil dan garis bawah.",
    "“{value}” is unknown. Write setiap_bulan, in small letters and with the underscore.",
)
MINIMUM_RANGE = Problem(
    "indicator.minimum_range",
    400,
    "Minimal {value} tidak masuk akal: tulis jumlah bulan dari 1 sampai {most}.",
    "A minimum of {value} makes no sense: write a number of months from 1 to {most}.",
)
NOT_IN_A_VISIT = Problem(
    "indicator.not_in_a_visit",
    400,
    "${{{name}}} bukan jawaban kunjungan, sedangkan kolom ini menilai kunjungan satu per satu. Pakai nama itu di "
    "berlaku_jika atau minimal, atau ganti jendela menjadi terakhir.",
    "${{{name}}} is no answer of a visit, while this column looks at the visits one by one. Use that name in "
    "berlaku_jika or minimal, or change the window to terakhir.",
)
