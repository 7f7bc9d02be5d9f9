"""What pyxform and ODK Validate have to say, told in Indonesian, too, and with what to do about it."""

from __future__ import annotations

import re

from forms.problems import Problem

NOT_UNDERSTOOD = Problem(
    "form.other",
    400,
    "Formulir tidak dapat disusun. Pesan dari penyusunnya (bahasa Inggris): {message}",
    "The form cannot be compiled. Its compiler says: {message}",
)
NOTICE = Problem(
    "form.notice",
    400,
    "Catatan dari penyusun formulir (bahasa Inggris): {message}",
    "The form's compiler remarks: {message}",
)
CYCLE = Problem(
    "form.cycle",
    400,
    "Rumus saling menunjuk melingkar: {names}. Putuskan lingkarannya: satu rumus tidak boleh bergantung pada dirinya "
    "sendiri, langsung maupun lewat yang lain. Dalam constraint, pakai “.” untuk jawabannya sendiri.",
    "Expressions depend on each other in a circle: {names}. Break the circle: none may depend on itself, directly or "
    "through others. In a constraint, write “.” for the answer itself.",
)
UNREADABLE_EXPRESSION = Problem(
    "form.expression_unreadable",
    400,
    "Rumus ini tidak dapat dibaca ODK Collect: {expression}. Periksa tanda operator (misalnya = bukan ==), kurung, dan "
    "tanda kutip.",
    "ODK Collect cannot read this expression: {expression}. Check its operators (for example = and not ==), brackets "
    "and quotes.",
)
UNREADABLE_NAME = Problem(
    "form.name_unreadable",
    400,
    "Nama “{name}” tidak dapat dibaca ODK Collect. Pakai huruf Latin, angka, garis bawah, tanda hubung atau titik.",
    "ODK Collect cannot read the name “{name}”. Use Latin letters, digits, underscores, hyphens or full stops.",
)
LABEL_MISSING = Problem(
    "form.label_missing",
    400,
    "Daftar “{name}” tidak dapat ditampilkan ODK Collect: pilihan ini belum punya label. Isi labelnya.",
    "ODK Collect cannot show the list “{name}”: this choice has no label yet. Write one.",
)
WRONG_ARGUMENTS = Problem(
    "form.function_arguments",
    400,
    "Fungsi “{name}()” tidak dikenal, atau banyaknya isian dalam kurungnya salah. Lihat docs.getodk.org.",
    "The function “{name}()” is unknown, or takes another number of arguments. See docs.getodk.org.",
)
MISSING_INSTANCE = Problem(
    "form.instance_missing",
    400,
    "instance('{name}') tidak ada. Tambahkan baris csv-external atau daftar pilihan dengan nama itu, atau betulkan.",
    "There is no instance('{name}'). Add a csv-external row or a list of choices of that name, or correct it.",
)


def _kind(code: str, pattern: str, indonesian: str, english: str = "{message}") -> tuple[re.Pattern[str], Problem]:
    """A message of pyxform: how to recognise it, and how to say it. In English pyxform mostly says it well itself."""
    return re.compile(pattern), Problem(f"form.{code}", 400, indonesian, english)


KINDS = (
    _kind(
        "name_twice",
        "must be unique within their nearest parent",
        "Nama ini sudah dipakai di grup atau tingkat yang sama. Beri nama lain.",
    ),
    _kind("repeat_twice", "Repeat names must unique", "Nama pengulangan ini sudah dipakai. Beri nama lain."),
    _kind(
        "repeat_root",
        "must not be the same as the survey root",
        "Nama pengulangan ini sama dengan nama elemen akar formulir (“data”). Beri nama lain.",
    ),
    _kind("meta_reserved", "'meta' is reserved", "Nama “meta” sudah dipakai ODK sendiri. Beri nama lain."),
    _kind(
        "choice_twice",
        "Choice names must be unique",
        "Nama pilihan ini sudah ada dalam daftar yang sama. Beri nama lain atau hapus salah satu.",
    ),
    _kind(
        "choice_with_space",
        "Choice names with spaces",
        "Nama pilihan untuk select_multiple tidak boleh memuat spasi. Ganti spasinya dengan garis bawah.",
    ),
    _kind(
        "choice_label",
        "Choices should have a label",
        "Pilihan ini belum punya label, jadi di telepon tampil kosong. Isi labelnya.",
    ),
    _kind(
        "reference_broken",
        "Reference variables must start with",
        "Rujukan tidak utuh. Tulis lengkap: dolar, kurung kurawal buka, nama pertanyaan, kurung kurawal tutup.",
    ),
    _kind(
        "reference_ambiguous",
        "Reference variables names must be unique",
        "Rujukan ini tidak jelas: ada lebih dari satu pertanyaan bernama sama. Beri nama yang berbeda.",
    ),
    _kind(
        "end_unmatched",
        "Unmatched 'end_",
        "Penutup ini tidak punya pembuka. Tambahkan begin_group atau begin_repeat di atasnya, atau hapus baris ini.",
    ),
    _kind(
        "begin_unmatched",
        "Unmatched 'begin_",
        "Pembuka ini tidak punya penutup. Tambahkan end_group atau end_repeat sesudah isinya.",
    ),
    _kind(
        "calculation_missing",
        "Missing calculation",
        "Baris calculate ini belum berisi rumus. Tulis rumusnya di kolom calculation.",
        "This calculate has no expression yet. Write it in the column calculation.",
    ),
    _kind(
        "entities_missing",
        "add an entities sheet",
        "save_to memerlukan lembar entities dengan satu baris per daftar.",
    ),
    _kind(
        "save_to_twice",
        "save_to property '.*' is already assigned",
        "Properti save_to ini sudah diisi baris lain. Hapus atau ganti salah satunya.",
    ),
    _kind(
        "save_to_group",
        "Groups and repeats can't be saved",
        "Grup dan pengulangan tidak dapat disimpan: hapus save_to.",
    ),
    _kind(
        "save_to_list",
        "was not found on the entities sheet",
        "Nama daftar dalam save_to tidak ada di lembar entities. Betulkan ejaannya, atau tambahkan barisnya.",
    ),
    _kind(
        "save_to_prefix",
        "prefixed with the entity 'list_name'",
        "Formulir ini punya beberapa daftar: tulis save_to sebagai daftar#properti, misalnya anak#nama.",
    ),
    _kind("save_to_hash", "at most one '#'", "save_to hanya boleh memuat satu tanda #: daftar#properti."),
    _kind("entity_label", "does not have a label", "Daftar yang membuat entitas baru memerlukan label. Isi labelnya."),
    _kind(
        "entity_update", "does not have an 'update_if'", "Dengan create_if dan entity_id, update_if harus diisi juga."
    ),
    _kind("entity_id", "does not have an 'entity_id'", "Untuk memperbarui entitas, entity_id harus diisi."),
    _kind(
        "entity_container",
        "may have only one entity declaration",
        "Setiap grup, pengulangan, atau formulir hanya dapat memuat satu daftar. Taruh isian daftar ini dalam grup "
        "atau pengulangannya sendiri.",
    ),
    _kind(
        "entity_scope",
        "reference in container scope",
        "Daftar ini merujuk isian di grup atau pengulangan lain. Salin nilainya ke grup yang dituju dengan calculate.",
    ),
    _kind(
        "entity_twice", "must not have any duplicate names", "Daftar ini sudah punya baris. Satu daftar, satu baris."
    ),
    _kind("entity_unnamed", "Entity lists must have a name", "Isi nama daftarnya di list_name."),
    _kind(
        "property_name",
        "Names used here must not",
        "Nama ini tidak boleh diawali dua garis bawah, memuat titik, atau berbunyi name atau label.",
    ),
    _kind(
        "name_characters",
        "Names must begin with a letter or underscore",
        "Nama harus diawali huruf, lalu huruf, angka, garis bawah atau tanda hubung, tanpa spasi.",
    ),
    _kind(
        "parameters",
        "'parameters' value is invalid|Parameters? must",
        "Isi kolom parameters salah: {message}",
    ),
    _kind("audit_named", "Audits must always be named", "Kosongkan kolom name: audit selalu bernama audit."),
    _kind(
        "repeat_label",
        "Repeat has no label",
        "Pengulangan ini belum punya label. Isi labelnya.",
        "This repeat has no label yet. Write one.",
    ),
    _kind(
        "row_without_type",
        "Row without name, text, or label",
        "Baris ini tidak punya type, name, maupun label, jadi dilewati.",
    ),
    _kind(
        "image_size",
        "Use the max-pixels parameter",
        "Tulis max-pixels=1024 di kolom parameters agar foto kecil dan cepat terkirim.",
    ),
    _kind(
        "translation_missing",
        r"^Language '",
        "Ada kolom yang belum diterjemahkan ke semua bahasa: {message}",
    ),
    _kind(
        "language_code",
        "language declarations do not contain valid",
        "Nama bahasa di judul kolom perlu kode dalam kurung, misalnya label::Bahasa Indonesia (id): {message}",
    ),
    _kind(
        "sheet_misspelled",
        "sheets with similar names",
        "Ada lembar yang namanya mirip nama lembar XLSForm: {message}",
    ),
)
