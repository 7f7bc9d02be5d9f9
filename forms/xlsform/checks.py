"""What is wrong with an XLSForm that pyxform lets pass, or of which it names only the first: every mistake, by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forms.problems import Finding, Problem
from forms.xlsform.sheets import EXPRESSION_COLUMNS, FUNCTIONS, QUESTION_TYPES, REFERENCE, XlsForm, kind
from forms.xlsform.signs import OPERATORS, STRAIGHT_QUOTES, foreign_signs
from forms.xlsform.unsaid import spelt_otherwise, unanswerable
from forms.xlsform.vocabulary import (
    REFERRING_CHOICES,
    TYPES,
    Select,
    closes,
    is_element_name,
    is_select,
    is_type,
    known_headers,
)
from forms.xlsform.workbook import NO_SHEET, UNKNOWN_COLUMN, Cell, Row, is_free, nearest, unknown_name

SETTING_MISSING = Problem(
    "form.setting_missing",
    400,
    "“{name}” belum diisi. Di lembar settings, tulis {name} di baris 1 dan isinya di baris 2.",
    "“{name}” is not given. On the sheet settings, write {name} in row 1 and its value in row 2.",
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
BIND_TYPE_OF_SELECT = Problem(
    "form.bind_type_of_select",
    400,
    "Pertanyaan pilihan selalu teks. Kosongkan sel ini; untuk bilangan, tambahkan baris calculate dengan bind::type.",
    "What is selected is always text. Leave this cell blank; for a number, add a calculate with a bind::type.",
)
NAME_INVALID = Problem(
    "form.name_invalid",
    400,
    "Nama “{name}” tidak dapat dipakai. Awali dengan huruf atau garis bawah, lanjutkan dengan huruf, angka, garis "
    "bawah, tanda hubung atau titik, tanpa spasi.",
    "The name “{name}” cannot be used. Begin with a letter or an underscore and go on with letters, digits, "
    "underscores, hyphens or full stops, without spaces.",
)
PUBLIC_KEY = Problem(
    "form.public_key",
    400,
    "public_key mengenkripsi isian di telepon, sehingga tidak dapat dibaca dan dihitung di sini. Kosongkan sel ini.",
    "public_key encrypts answers on the phone, so that they cannot be read and counted here. Leave this cell blank.",
)
LIST_MISSING = Problem(
    "form.list_missing",
    400,
    "Sesudah “{name}” belum ada nama daftar pilihan. Tulis misalnya “{name} ya_tidak”.",
    "The name of a list of choices is missing after “{name}”. Write for example “{name} yes_no”.",
    "{name} ya_tidak",
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

_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
# `answers_<form>__<repeat>` must lead back to its form and repeat: hence no double and no last underscore in the form.
_FORM_ID = re.compile(r"(?!.*__)[A-Za-z_][A-Za-z0-9_-]*(?<!_)")
FORM_ID_LIMIT = 48
_CALL = re.compile(r"([A-Za-z_][\w.-]*(?::[\w.-]+)?)\s*\(")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
# The sheets that may refer to questions: in any column, or only in these. What else is on `choices` is plain data.
_REFERRING = {"survey": (), "choices": REFERRING_CHOICES, "settings": (), "entities": ()}


def check(form: XlsForm) -> list[Finding]:
    """All findings, sheet by sheet."""
    return [
        *(finding for sheet in form.sheets.values() for finding in sheet.findings),
        *_check_settings(form),
        *_check_survey(form),
        *unanswerable(form),
        *spelt_otherwise(form),
        *_check_choices(form),
        *form.entities.unknown_columns(known_headers("entities")),
        *_check_expressions(form),
        *_check_references(form),
    ]


def _check_settings(form: XlsForm) -> Iterator[Finding]:
    sheet = form.settings
    if not sheet.columns:
        yield Finding(NO_SHEET, "", {"sheet": "settings", "present": ", ".join(form.sheet_names)})
        return
    for name in ("form_title", "form_id", "version"):
        if not form.setting(name):
            yield Finding(SETTING_MISSING, form.setting(name).where, {"name": name})
    form_id, version, key = form.setting("form_id"), form.setting("version"), form.setting("public_key")
    if form_id and not (_FORM_ID.fullmatch(form_id.value) and len(form_id.value) <= FORM_ID_LIMIT):
        yield Finding(FORM_ID, form_id.where, {"name": form_id.value, "limit": str(FORM_ID_LIMIT)})
    if version and not _VERSION.fullmatch(version.value):
        yield Finding(VERSION, version.where, {"name": version.value})
    if key:
        yield Finding(PUBLIC_KEY, key.where)


def _check_survey(form: XlsForm) -> Iterator[Finding]:
    sheet = form.survey
    yield from sheet.missing_columns(("type", "name"))
    if not any(row.text("type") for row in sheet.rows):
        yield Finding(EMPTY_SURVEY, f"{sheet.name}!A2")
    lists = {False: _lists(form, "choices"), True: _lists(form, "external_choices")}
    for row in sheet.rows:
        select = Select.of(kind(row))
        if select is not None:
            yield from _check_list(row, select, lists[select.is_external])
        else:
            yield from _check_type(row)
        yield from _check_name(row)
        if select and row.text("bind::type") not in ("", "string"):
            yield Finding(BIND_TYPE_OF_SELECT, row.cell("bind::type").where)


def _lists(form: XlsForm, sheet: str) -> set[str]:
    return {row.text("list_name") for row in form.sheets[sheet].rows}


def _check_list(row: Row, select: Select, lists: set[str]) -> Iterator[Finding]:
    name = select.list_name
    if name not in lists and (select.is_external or not select.is_elsewhere):
        yield unknown_name(UNKNOWN_LIST, row.cell("type").where, name, nearest(name, lists))
    if select.is_external and not row.cell("choice_filter"):
        yield Finding(CELL_MISSING, row.cell("choice_filter").where, {"name": "choice_filter"})


def _check_type(row: Row) -> Iterator[Finding]:
    cell, written = row.cell("type"), kind(row)
    if not written:
        if row.text("name"):
            yield Finding(CELL_MISSING, cell.where, {"name": "type"})
    elif is_select(written):
        yield Finding(LIST_MISSING, cell.where, {"name": written})
    elif not is_type(written):
        first, _, rest = written.partition(" ")
        meant = nearest(written, (*QUESTION_TYPES, *TYPES)) or nearest(first, QUESTION_TYPES)
        with_list = meant and is_select(meant) and rest
        yield unknown_name(UNKNOWN_TYPE, cell.where, written, f"{meant} {rest}" if with_list else meant)


def _check_name(row: Row) -> Iterator[Finding]:
    cell, words = row.cell("name"), kind(row)
    # pyxform names notes and the audit itself; what ends a group needs no name.
    if words and not cell and words not in ("note", "audit") and not closes(words):
        yield Finding(CELL_MISSING, cell.where, {"name": "name"})
    if words and cell and not closes(words) and not is_element_name(cell.value):
        yield Finding(NAME_INVALID, cell.where, {"name": cell.value})


def _check_choices(form: XlsForm) -> Iterator[Finding]:
    sheet = form.choices
    if not sheet.columns:
        return
    yield from sheet.missing_columns(("list_name", "name"))
    for name, header in sheet.columns.items():
        head, separator, rest = name.partition("::")
        if separator and not is_free(name) and head not in known_headers("choices"):
            meant = nearest(head, known_headers("choices"))
            yield unknown_name(UNKNOWN_COLUMN, header.where, header.value, meant and f"{meant}{separator}{rest}")
    for row in sheet.rows:
        if row.text("list_name") and not row.cell("name"):
            yield Finding(CELL_MISSING, row.cell("name").where, {"name": "name"})


def _check_expressions(form: XlsForm) -> Iterator[Finding]:
    for cell in _expressions(form):
        text = _LITERAL.sub("''", cell.value.translate(STRAIGHT_QUOTES))
        if "'" in text.replace("''", "") or '"' in text:
            yield Finding(UNBALANCED, cell.where, {"name_id": "tanda kutip", "name_en": "a quote"})
        elif not _brackets_match(text):
            yield Finding(UNBALANCED, cell.where, {"name_id": "tanda kurung", "name_en": "a bracket"})
        for name in dict.fromkeys(_CALL.findall(text)):
            if name not in FUNCTIONS and name not in OPERATORS:
                yield unknown_name(UNKNOWN_FUNCTION, cell.where, name, nearest(name, FUNCTIONS))
        if signs := foreign_signs(cell):
            yield signs


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
    for sheet, only in _REFERRING.items():
        for row in form.sheets[sheet].rows:
            for column, cell in row.cells.items():
                if is_free(column) or (only and column.partition("::")[0] not in only):
                    continue
                for name in dict.fromkeys(REFERENCE.findall(cell.value)):
                    if name not in names:
                        yield unknown_name(UNKNOWN_REFERENCE, cell.where, name, nearest(name, names))
