"""What is wrong with an XLSForm that pyxform lets pass, or of which it names only the first: every mistake, by cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from forms.problems import Finding, Problem
from forms.xlsform import sheets
from forms.xlsform.layout import BIND_TYPES
from forms.xlsform.sheets import CONTAINER, EXPRESSION_COLUMNS, FUNCTIONS, QUESTION_TYPES, SELECT, XlsForm, closes
from forms.xlsform.workbook import NO_SHEET, Cell, Row, nearest, plain_name, unknown_name

SETTING_MISSING = Problem(
    "form.setting_missing",
    400,
    "“{name}” belum diisi. Di lembar settings, tulis {name} di baris 1 dan isinya di baris 2.",
    "“{name}” is not given. On the sheet settings, write {name} in row 1 and its value in row 2.",
)
SETTINGS_ROW = Problem(
    "form.settings_row",
    400,
    "Lembar settings hanya dibaca satu baris di bawah nama kolom; baris ini akan diabaikan. Hapus baris ini.",
    "Of the sheet settings only one row below the column names is read; this row would be ignored. Delete it.",
)
FORM_ID = Problem(
    "form.id_invalid",
    400,
    "form_id “{name}” tidak dapat dipakai. Pakai huruf kecil, angka, tanda hubung, dan satu garis bawah di antara kata "
    "(bukan di akhir), diawali huruf, paling banyak {limit} huruf; misalnya peta_sosial.",
    "The form_id “{name}” cannot be used. Use lowercase letters, digits, hyphens and single underscores between words "
    "(none at the end), beginning with a letter, at most {limit} characters; for example peta_sosial.",
)
VERSION = Problem(
    "form.version_invalid",
    400,
    "version “{name}” tidak dapat dipakai. Pakai huruf, angka, titik, garis bawah atau tanda hubung tanpa spasi, "
    "paling banyak 64 huruf; misalnya 2026010501.",
    "The version “{name}” cannot be used. Use letters, digits, full stops, underscores or hyphens without spaces, "
    "at most 64 characters; for example 2026010501.",
)
EMPTY_SURVEY = Problem(
    "form.empty",
    400,
    "Lembar survey belum berisi pertanyaan. Tulis satu pertanyaan per baris, mulai baris 2.",
    "The sheet survey holds no question yet. Write one question a row, from row 2 on.",
)
CELL_MISSING = Problem(
    "form.cell_missing",
    400,
    "Kolom “{name}” di baris ini masih kosong. Isi, atau hapus barisnya.",
    "The column “{name}” is blank in this row. Fill it in, or delete the row.",
)
UNKNOWN_TYPE = Problem(
    "form.type_unknown",
    400,
    "Jenis pertanyaan “{name}” tidak dikenal. {hint_id}Lihat daftar jenis di xlsform.org.",
    "The question type “{name}” is unknown. {hint_en}See the list of types on xlsform.org.",
)
UNKNOWN_BIND_TYPE = Problem(
    "form.bind_type_unknown",
    400,
    "Jenis data “{name}” tidak dikenal. {hint_id}Pakai int, decimal, string, date, time, dateTime atau geopoint.",
    "The data type “{name}” is unknown. {hint_en}Use int, decimal, string, date, time, dateTime or geopoint.",
)
BIND_TYPE_OF_SELECT = Problem(
    "form.bind_type_of_select",
    400,
    "Pertanyaan pilihan selalu teks. Kosongkan sel ini; untuk bilangan, tambahkan baris calculate dengan bind::type.",
    "What is selected is always text. Leave this cell blank; for a number, add a calculate with a bind::type.",
)
NAME_INVALID = Problem(
    "form.name_invalid",
    400,
    "Nama “{name}” tidak dapat dipakai. Awali dengan huruf, lanjutkan dengan huruf, angka, garis bawah atau tanda "
    "hubung, tanpa spasi, titik, atau huruf beraksen.",
    "The name “{name}” cannot be used. Begin with a letter and go on with letters, digits, underscores or hyphens, "
    "without spaces, full stops, or accented letters.",
)
LIST_MISSING = Problem(
    "form.list_missing",
    400,
    "Sesudah “{name}” belum ada nama daftar pilihan. Tulis misalnya “{name} ya_tidak”.",
    "The name of a list of choices is missing after “{name}”. Write for example “{name} yes_no”.",
)
UNKNOWN_LIST = Problem(
    "form.list_unknown",
    400,
    "Daftar pilihan “{name}” tidak ada di kolom list_name lembar choices. {hint_id}Tambahkan pilihannya di sana, atau "
    "betulkan namanya di sini.",
    "There is no list of choices “{name}” in the column list_name of the sheet choices. {hint_en}Add its choices "
    "there, or correct its name here.",
)
UNKNOWN_REFERENCE = Problem(
    "form.reference_unknown",
    400,
    "${{{name}}} menunjuk pertanyaan yang tidak ada di kolom name lembar survey. {hint_id}Betulkan namanya, atau "
    "tambahkan pertanyaannya.",
    "${{{name}}} refers to a question that is not in the column name of the sheet survey. {hint_en}Correct its name, "
    "or add the question.",
)
UNKNOWN_FUNCTION = Problem(
    "form.function_unknown",
    400,
    "Fungsi “{name}()” tidak dikenal ODK Collect. {hint_id}Lihat daftar fungsi di docs.getodk.org.",
    "ODK Collect knows no function “{name}()”. {hint_en}See the list of functions on docs.getodk.org.",
)
UNBALANCED = Problem(
    "form.expression_unbalanced",
    400,
    "Dalam rumus ini ada {name_id} tanpa pasangan. Periksa pasangan kurung dan tanda kutipnya.",
    "In this expression {name_en} has no counterpart. Check that brackets and quotes come in pairs.",
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
# `answers_<form>__<repeat>` must lead back to its form and repeat: hence no double and no last underscore in the form.
_FORM_ID = re.compile(r"(?!.*__)[A-Za-z_][A-Za-z0-9_-]*(?<!_)")
FORM_ID_LIMIT = 48
_REFERENCE = re.compile(r"\$\{\s*(?:last-saved#)?([^}]+?)\s*\}")
_CALL = re.compile(r"([A-Za-z_][\w.-]*(?::[\w.-]+)?)\s*\(")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_STRAIGHT_QUOTES = str.maketrans("‘’“”", "''\"\"")


def check(form: XlsForm, more_types: Collection[str]) -> list[Finding]:
    """All findings, sheet by sheet. `more_types` are question types that the compiler takes beside the documented."""
    return [
        *_check_settings(form),
        *_check_survey(form, more_types),
        *_check_choices(form),
        *form.entities.unknown_columns(sheets.ENTITIES_COLUMNS),
        *_check_expressions(form),
        *_check_references(form),
    ]


def _check_settings(form: XlsForm) -> Iterator[Finding]:
    sheet = form.settings
    if not sheet.columns:
        yield Finding(NO_SHEET, "", {"sheet": "settings", "present": ", ".join(form.sheet_names)})
        return
    yield from sheet.unknown_columns(sheets.SETTINGS, sheets.SETTINGS_PREFIXES)
    for name in ("form_title", "form_id", "version"):
        if not form.setting(name):
            yield Finding(SETTING_MISSING, form.setting(name).where, {"name": name})
    form_id, version = form.setting("form_id"), form.setting("version")
    if form_id and not (_FORM_ID.fullmatch(form_id.value) and len(form_id.value) <= FORM_ID_LIMIT):
        yield Finding(FORM_ID, form_id.where, {"name": form_id.value, "limit": str(FORM_ID_LIMIT)})
    if version and not _VERSION.fullmatch(version.value):
        yield Finding(VERSION, version.where, {"name": version.value})
    for row in sheet.rows[1:]:
        yield Finding(SETTINGS_ROW, f"{sheet.name}!{row.number}")


def _check_survey(form: XlsForm, more_types: Collection[str]) -> Iterator[Finding]:
    sheet = form.survey
    yield from sheet.missing_columns(("type", "name"))
    yield from sheet.unknown_columns(sheets.SURVEY_COLUMNS, sheets.SURVEY_PREFIXES)
    if not any(row.text("type") for row in sheet.rows):
        yield Finding(EMPTY_SURVEY, f"{sheet.name}!A2")
    lists = {row.text("list_name") for row in form.choices.rows}
    for row in sheet.rows:
        yield from _check_type(row, lists, more_types)
        yield from _check_name(row)
        yield from _check_bind_type(row)


def _check_bind_type(row: Row) -> Iterator[Finding]:
    cell = row.cell("bind::type")
    if cell.value.rpartition(":")[2] not in ("", *BIND_TYPES):
        yield unknown_name(UNKNOWN_BIND_TYPE, cell.where, cell.value, nearest(cell.value, BIND_TYPES))
    elif cell.value not in ("", "string") and SELECT.fullmatch(row.text("type")):
        yield Finding(BIND_TYPE_OF_SELECT, cell.where)


def _check_type(row: Row, lists: set[str], more_types: Collection[str]) -> Iterator[Finding]:
    cell = row.cell("type")
    written = " ".join(cell.value.split())
    if not written:
        if row.text("name"):
            yield Finding(CELL_MISSING, cell.where, {"name": "type"})
    elif select := SELECT.fullmatch(written):
        command, list_name, _ = select.groups()
        if not list_name:
            yield Finding(LIST_MISSING, cell.where, {"name": command})
        elif not command.endswith("_from_file") and "${" not in list_name and list_name not in lists:
            yield unknown_name(UNKNOWN_LIST, cell.where, list_name, nearest(list_name, lists))
    elif not CONTAINER.fullmatch(written) and written not in QUESTION_TYPES and written not in more_types:
        first, _, rest = written.partition(" ")
        meant = nearest(written, QUESTION_TYPES) or nearest(first, QUESTION_TYPES)
        with_list = meant and rest and SELECT.fullmatch(meant)
        yield unknown_name(UNKNOWN_TYPE, cell.where, written, f"{meant} {rest}" if with_list else meant)


def _check_name(row: Row) -> Iterator[Finding]:
    cell, kind = row.cell("name"), row.text("type")
    # pyxform names notes and the audit itself; what ends a group needs no name.
    if kind and not cell and kind not in ("note", "audit") and not closes(row):
        yield Finding(CELL_MISSING, cell.where, {"name": "name"})
    if cell and not _NAME.fullmatch(cell.value):
        yield Finding(NAME_INVALID, cell.where, {"name": cell.value})


def _check_choices(form: XlsForm) -> Iterator[Finding]:
    sheet = form.choices
    if not sheet.columns:
        return
    yield from sheet.missing_columns(("list_name", "name"))
    yield from _check_more_columns(form)
    for row in sheet.rows:
        for column in ("list_name", "name"):
            if column in sheet.columns and not row.cell(column):
                yield Finding(CELL_MISSING, row.cell(column).where, {"name": column})


def _check_more_columns(form: XlsForm) -> Iterator[Finding]:
    """Any further column of the choices may serve a choice_filter, if its name can be an element of the form.

    One that no expression speaks of and that is spelled nearly like a known one is a slip of the pen.
    """
    known = (*sheets.CHOICES_COLUMNS, *sheets.CHOICES_PREFIXES)
    speaking = [*_expressions(form), *(row.cell("parameters") for row in form.survey.rows)]
    spoken_of = {word for cell in speaking for word in re.findall(r"[\w-]+", cell.value)}
    for finding in form.choices.unknown_columns(sheets.CHOICES_COLUMNS, sheets.CHOICES_PREFIXES):
        name = finding.details["name"]
        if name not in spoken_of and (nearest(name.partition("::")[0], known) or not _NAME.fullmatch(name)):
            yield finding


def _check_expressions(form: XlsForm) -> Iterator[Finding]:
    for cell in _expressions(form):
        text = _LITERAL.sub("''", cell.value.translate(_STRAIGHT_QUOTES))
        if "'" in text.replace("''", "") or '"' in text:
            yield Finding(UNBALANCED, cell.where, {"name_id": "tanda kutip", "name_en": "a quote"})
        elif not _brackets_match(text):
            yield Finding(UNBALANCED, cell.where, {"name_id": "tanda kurung", "name_en": "a bracket"})
        for name in _CALL.findall(text):
            if name not in FUNCTIONS and name not in _OPERATORS:
                yield unknown_name(UNKNOWN_FUNCTION, cell.where, name, nearest(name, FUNCTIONS))


def _expressions(form: XlsForm) -> Iterator[Cell]:
    for name, columns in EXPRESSION_COLUMNS.items():
        for row in form.sheets[name].rows:
            yield from (row.cell(column) for column in columns if row.cell(column))


def _brackets_match(text: str) -> bool:
    closing = []
    for character in text:
        if character in "([":
            closing.append(")" if character == "(" else "]")
        elif character in ")]" and (not closing or closing.pop() != character):
            return False
    return not closing


def _check_references(form: XlsForm) -> Iterator[Finding]:
    names = {row.text("name") for row in form.questions()} | {"instanceID"}
    for sheet in form.sheets.values():
        for row in sheet.rows:
            for column, cell in row.cells.items():
                head = plain_name(column.partition("::")[0])
                if column.startswith("_") or (sheet is form.choices and head not in sheets.CHOICES_PREFIXES):
                    continue
                for name in _REFERENCE.findall(cell.value):
                    if name not in names:
                        yield unknown_name(UNKNOWN_REFERENCE, cell.where, name, nearest(name, names))
