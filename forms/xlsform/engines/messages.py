"""What pyxform and ODK Validate have to say, told in Indonesian, too, and with what to do about it."""

from __future__ import annotations

import re

from forms.problems import Problem

NOT_UNDERSTOOD = Problem(
    "form.other",
    400,
    "Formulir tidak dapat disusun. Betulkan yang disebut pesan penyusunnya (bahasa Inggris): {message}",
    "The form cannot be compiled. Mend what its compiler says: {message}",
)
NOTICE = Problem(
    "form.notice",
    400,
    "Penyusun formulir memberi catatan. Lihat apakah ini yang Anda maksud (bahasa Inggris): {message}",
    "The form's compiler has a remark. See whether this is what you mean: {message}",
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
    "Rumus ini tidak dapat dibaca ODK Collect: {expression}. Periksa tanda operator, kurung, dan tanda kutip.",
    "ODK Collect cannot read this expression: {expression}. Check its operators, brackets and quotes.",
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


def _kind(code: str, pattern: str, indonesian: str, english: str) -> tuple[re.Pattern[str], Problem]:
    """A message of pyxform: how to recognise it, and how to say it."""
    return re.compile(pattern), Problem(f"form.{code}", 400, indonesian, english)


KINDS = (
    _kind(
        "name_twice",
        "must be unique within their nearest parent",
        "Nama “{name}” juga di {other}: sudah dipakai di grup atau tingkat yang sama. Beri nama lain.",
        "The name “{name}” is also in {other}: it is taken in the same group or level. Give another name.",
    ),
    _kind(
        "repeat_twice",
        "Repeat names must unique",
        "Nama pengulangan “{name}” juga di {other}: sudah dipakai. Beri nama lain.",
        "The name “{name}” is also in {other}: it is that of another repeat already. Give another name.",
    ),
    _kind(
        "repeat_root",
        "must not be the same as the survey root",
        "Nama pengulangan ini sama dengan nama elemen akar formulir (“data”). Beri nama lain.",
        "This repeat is called like the root element of the form (“data”). Give another name.",
    ),
    _kind(
        "meta_reserved",
        "'meta' is reserved",
        "Nama “meta” sudah dipakai ODK sendiri. Beri nama lain.",
        "The name “meta” is used by ODK itself. Give another name.",
    ),
    _kind(
        "choice_twice",
        "Choice names must be unique",
        "Nama “{name}” juga di {other}: sudah ada dalam daftar yang sama. Beri nama lain atau hapus salah satu.",
        "The name “{name}” is also in {other}: it is in the same list already. Give another name, or delete one of the "
        "two.",
    ),
    _kind(
        "choice_with_space",
        "Choice names with spaces",
        "Nama pilihan untuk select_multiple tidak boleh memuat spasi. Ganti spasinya dengan garis bawah.",
        "Names of choices of a select_multiple must not hold spaces. Write underscores instead of the spaces.",
    ),
    _kind(
        "choice_label",
        "Choices should have a label",
        "Pilihan ini belum punya label, jadi di telepon tampil kosong. Isi labelnya.",
        "This choice has no label yet, so that phones show nothing. Write one.",
    ),
    _kind(
        "reference_broken",
        "Reference variables must start with",
        "Rujukan tidak utuh. Tulis lengkap: dolar, kurung kurawal buka, nama pertanyaan, kurung kurawal tutup.",
        "A reference is not complete. Write all of it: dollar, opening brace, the name of the question, closing brace.",
    ),
    _kind(
        "reference_ambiguous",
        "Reference variables names must be unique",
        "Nama “{name}” juga di {other}, jadi rujukan ${{{name}}} di {reference} tidak jelas: ada lebih dari satu "
        "pertanyaan bernama sama. Beri nama lain.",
        "The name “{name}” is also in {other}, so that the reference ${{{name}}} in {reference} is not clear: more "
        "than one question has that name. Give another name.",
    ),
    _kind(
        "end_unmatched",
        "Unmatched 'end_",
        "Penutup ini tidak punya pembuka. Tambahkan begin_group atau begin_repeat di atasnya, atau hapus baris ini.",
        "This end has no beginning. Add a begin_group or begin_repeat above it, or delete this row.",
    ),
    _kind(
        "begin_unmatched",
        "Unmatched 'begin_",
        "Pembuka ini tidak punya penutup. Tambahkan end_group atau end_repeat sesudah isinya.",
        "This beginning has no end. Add an end_group or end_repeat behind what it holds.",
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
        "save_to memerlukan lembar entities dengan satu baris per daftar. Tambahkan lembar itu, atau "
        "kosongkan save_to.",
        "save_to needs a sheet entities with one row a list. Add that sheet, or leave save_to blank.",
    ),
    _kind(
        "save_to_twice",
        "save_to property '.*' is already assigned",
        "Properti save_to “{name}” juga di {other}: sudah diisi baris lain. Hapus atau ganti salah satunya.",
        "The save_to property “{name}” is also in {other}: it is filled by another row already. Delete or change one "
        "of them.",
    ),
    _kind(
        "save_to_group",
        "Groups and repeats can't be saved",
        "Grup dan pengulangan tidak dapat disimpan. Kosongkan save_to di baris ini.",
        "Groups and repeats cannot be saved. Leave save_to blank in this row.",
    ),
    _kind(
        "save_to_list",
        "was not found on the entities sheet",
        "Nama daftar dalam save_to tidak ada di lembar entities. Betulkan ejaannya, atau tambahkan barisnya.",
        "The list that save_to names is not on the sheet entities. Correct its spelling, or add its row.",
    ),
    _kind(
        "save_to_prefix",
        "prefixed with the entity 'list_name'",
        "Formulir ini punya beberapa daftar. Tulis save_to sebagai daftar#properti, misalnya anak#nama.",
        "This form has several lists. Write save_to as list#property, for example anak#nama.",
    ),
    _kind(
        "save_to_hash",
        "at most one '#'",
        "save_to hanya boleh memuat satu tanda #. Tulis daftar#properti.",
        "save_to may hold only one #. Write list#property.",
    ),
    _kind(
        "entity_label",
        "does not have a label",
        "Daftar yang membuat entitas baru memerlukan label. Isi labelnya.",
        "A list that makes new entities needs a label. Write one.",
    ),
    _kind(
        "entity_update",
        "does not have an 'update_if'",
        "Dengan create_if dan entity_id, update_if harus diisi juga. Tulis kapan entitas yang sudah ada diperbarui.",
        "With create_if and entity_id there must be an update_if. Write when an entity that is there is updated.",
    ),
    _kind(
        "entity_id",
        "does not have an 'entity_id'",
        "Untuk memperbarui entitas, entity_id harus diisi. Tulis rujukan ke pertanyaan yang memuat id-nya.",
        "To update entities there must be an entity_id. Refer to the question that holds the id.",
    ),
    _kind(
        "entity_container",
        "may have only one entity declaration",
        "Setiap grup, pengulangan, atau formulir hanya dapat memuat satu daftar. Taruh isian daftar ini dalam"
        " grup atau pengulangannya sendiri.",
        "A group, repeat or form can hold only one list. Put the questions of this list into a group or "
        "repeat of their own.",
    ),
    _kind(
        "entity_scope",
        "reference in container scope",
        "Daftar ini merujuk isian di grup atau pengulangan lain. Salin nilainya ke grup yang dituju dengan calculate.",
        "This list refers to answers of another group or repeat. Copy the value into the group that is meant,"
        " with a calculate.",
    ),
    _kind(
        "entity_twice",
        "must not have any duplicate names",
        "Daftar ini sudah punya baris. Hapus salah satu: satu daftar, satu baris.",
        "This list has a row already. Delete one of them: one list, one row.",
    ),
    _kind(
        "entity_unnamed",
        "Entity lists must have a name",
        "Baris ini tidak menyebut daftarnya. Isi nama daftarnya di list_name.",
        "This row names no list. Write the name of the list in list_name.",
    ),
    _kind(
        "property_name",
        "Names used here must not",
        "Nama ini tidak boleh diawali dua garis bawah, memuat titik, atau berbunyi name atau label. Beri nama lain.",
        "This name must not begin with two underscores, hold a full stop, or be name or label. Give another name.",
    ),
    _kind(
        "name_characters",
        "Names must begin with a letter or underscore",
        "Nama ini tidak dapat dipakai. Nama harus diawali huruf, lalu huruf, angka, garis bawah atau tanda "
        "hubung, tanpa spasi.",
        "This name cannot be used. Names begin with a letter and go on with letters, digits, underscores or "
        "hyphens, without spaces.",
    ),
    _kind(
        "parameters",
        "'parameters' value is invalid|Parameters? must",
        "Isi kolom parameters salah. Betulkan menurut pesan ini (bahasa Inggris): {message}",
        "The column parameters is not right. Mend what this says: {message}",
    ),
    _kind(
        "audit_named",
        "Audits must always be named",
        "Audit selalu bernama audit. Kosongkan kolom name.",
        "An audit is always called audit. Leave the column name blank.",
    ),
    _kind(
        "repeat_label",
        "Repeat has no label",
        "Pengulangan ini belum punya label. Isi labelnya.",
        "This repeat has no label yet. Write one.",
    ),
    _kind(
        "row_without_type",
        "Row without name, text, or label",
        "Baris ini tidak punya type, name, maupun label, jadi dilewati. Isi ketiganya, atau hapus barisnya.",
        "This row has no type, name or label, so it is passed over. Fill them in, or delete the row.",
    ),
    _kind(
        "image_size",
        "Use the max-pixels parameter",
        "Foto dikirim sebesar kameranya, jadi lambat. Tulis max-pixels=1024 di kolom parameters agar foto "
        "kecil dan cepat terkirim.",
        "Photos are sent as large as the camera takes them, which is slow. Write max-pixels=1024 in the "
        "column parameters.",
    ),
    _kind(
        "translation_missing",
        r"^Language '",
        "Ada kolom yang belum diterjemahkan ke semua bahasa. Lengkapi yang disebut di sini (bahasa Inggris): {message}",
        "A column is not translated into all languages yet. Complete what is named here: {message}",
    ),
    _kind(
        "language_code",
        "language declarations do not contain valid",
        "Nama bahasa di judul kolom perlu kode dalam kurung. Tulis misalnya label::Bahasa Indonesia (id); "
        "penyusunnya menyebut (bahasa Inggris): {message}",
        "The name of a language in a column's title needs a code in brackets. Write for example "
        "label::English (en); the compiler names: {message}",
    ),
    _kind(
        "sheet_misspelled",
        "sheets with similar names",
        "Ada lembar yang namanya mirip nama lembar XLSForm. Betulkan namanya bila lembar itu yang dimaksud "
        "(bahasa Inggris): {message}",
        "A sheet has nearly the name of one of an XLSForm. Correct it if that is meant: {message}",
    ),
)
