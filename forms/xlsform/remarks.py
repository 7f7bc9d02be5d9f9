"""What does not keep an XLSForm from being published, but is told with its cell: what is ignored or never happens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forms.problems import Finding, Problem
from forms.xlsform.layout import BIND_TYPES
from forms.xlsform.sheets import EXPRESSION_COLUMNS, XlsForm, kind
from forms.xlsform.unsaid import only_hints
from forms.xlsform.vocabulary import known_headers, takes_several, tokens
from forms.xlsform.workbook import UNKNOWN_COLUMN, Row, Sheet, is_free, nearest, unknown_name

SETTINGS_ROW = Problem(
    "form.settings_row",
    400,
    "Lembar settings hanya dibaca satu baris di bawah nama kolom; baris ini diabaikan. Hapus baris ini.",
    "Of the sheet settings only one row below the column names is read; this row is ignored. Delete it.",
)
SUBMISSION_URL = Problem(
    "form.submission_url",
    400,
    "submission_url akan mengirim isian ke server lain, jadi tidak ikut diterbitkan: telepon mengirim ke server ini. "
    "Kosongkan sel ini.",
    "submission_url would send answers to another server, so it is not published: phones send to this one. Leave this "
    "cell blank.",
)
OMIT_INSTANCE_ID = Problem(
    "form.omit_instance_id",
    400,
    "Tanpa instanceID isian tidak dapat dihitung, jadi omit_instanceID tidak ikut diterbitkan. Kosongkan sel ini.",
    "Without an instanceID answers cannot be counted, so omit_instanceID is not published. Leave this cell blank.",
)
UNKNOWN_BIND_TYPE = Problem(
    "form.bind_type_unknown",
    400,
    "Jenis data “{name}” tidak dikenal, jadi isinya disimpan sebagai teks. {hint_id}Pakai int, decimal, string, date, "
    "time, dateTime atau geopoint.",
    "The data type “{name}” is unknown, so that the answer is kept as text. {hint_en}Use int, decimal, string, date, "
    "time, dateTime or geopoint.",
)
CHOICE_OF_NO_LIST = Problem(
    "form.choice_of_no_list",
    400,
    "Pilihan ini tidak menyebut daftarnya, jadi diabaikan. Isi list_name, atau hapus barisnya.",
    "This choice names no list, so it is ignored. Fill in list_name, or delete the row.",
)
NEVER_MET = Problem(
    "form.comparison_never_met",
    400,
    "“{name}” bukan pilihan pertanyaan yang dibandingkan di sini, jadi tidak pernah terpilih. {hint_id}Betulkan "
    "nilainya, atau tambahkan pilihannya di lembar choices.",
    "“{name}” is no choice of the question that it is compared with here, so it is never selected. {hint_en}Correct "
    "it, or add the choice on the sheet choices.",
)
# What may stand around a comparison that is one: beside arithmetic it compares something else.
_BEFORE = (None, "OPEN_PAREN", "FUNC_CALL", "COMMA", "OPS_BOOL", "BRACKET")
_AFTER = (None, "CLOSE_PAREN", "COMMA", "OPS_BOOL", "BRACKET", "XPATH_PRED_END")
_REFERENCES = ("PYXFORM_REF", "SELF_REF")
_VALUES = ("SYSTEM_LITERAL", "NUMBER")
# Settings that are not published, and why.
LEFT_OUT = {"submission_url": SUBMISSION_URL, "omit_instanceID": OMIT_INSTANCE_ID}


def remarks(form: XlsForm) -> Iterator[Finding]:
    """All of them, sheet by sheet."""
    for name in ("settings", "survey", "choices"):
        yield from _free_columns(form.sheets[name], known_headers(name))
    for name, reason in LEFT_OUT.items():
        if form.setting(name):
            yield Finding(reason, form.setting(name).where)
    for row in form.settings.rows[1:]:
        yield Finding(SETTINGS_ROW, f"{form.settings.name}!{row.number}")
    for row in form.survey.rows:
        cell = row.cell("bind::type")
        if cell.value.rpartition(":")[2] not in ("", *BIND_TYPES):
            yield unknown_name(UNKNOWN_BIND_TYPE, cell.where, cell.value, nearest(cell.value, BIND_TYPES))
    yield from only_hints(form)
    yield from _misspelled(form)
    for row in form.choices.rows:
        if not row.text("list_name"):
            yield Finding(CHOICE_OF_NO_LIST, row.cell("list_name").where)
    yield from _never_met(form)


def _free_columns(sheet: Sheet, known: list[str]) -> Iterator[Finding]:
    """Columns that nobody reads; one that is led by an underscore says so itself."""
    for name, header in sheet.columns.items():
        if is_free(name) and not header.value.startswith("_"):
            head, separator, rest = header.value.partition("::")
            meant = nearest(head, known)
            yield unknown_name(UNKNOWN_COLUMN, header.where, header.value, meant and f"{meant}{separator}{rest}")


def _misspelled(form: XlsForm) -> Iterator[Finding]:
    """Columns of the choices that are spelled nearly like a known one: any further one may serve a choice_filter."""
    known = known_headers("choices")
    speaking = "choice_filter", "calculation", "relevant", "constraint", "parameters"
    spoken_of = {
        word for row in form.survey.rows for column in speaking for word in re.findall(r"[\w.-]+", row.text(column))
    }
    for name, header in form.choices.columns.items():
        meant = nearest(name, known)
        if meant and not (is_free(name) or "::" in name or name in (*known, "list_name") or name in spoken_of):
            yield unknown_name(UNKNOWN_COLUMN, header.where, header.value, meant)


def _never_met(form: XlsForm) -> Iterator[Finding]:
    """A finding for each value that is compared with a question, or looked for in it, and is no choice of it."""
    offered = _offered(form)
    for sheet, columns in EXPRESSION_COLUMNS.items():
        for row in form.sheets[sheet].rows:
            for cell in filter(None, map(row.cell, columns)):
                for reference, literal, whole in _compared(tokens(cell.value)):
                    name = row.text("name") if reference == "." else reference[2:-1].rpartition("#")[2]
                    value = literal.strip("'\"")
                    if name in offered and not offered[name].can_be(value, whole=whole):
                        yield unknown_name(NEVER_MET, cell.where, value, nearest(value, offered[name].choices))


@dataclass(frozen=True)
class _Offered:
    """The choices of a question, and whether several of them can be selected."""

    choices: list[str]
    several: bool

    def can_be(self, value: str, *, whole: bool) -> bool:
        """Whether the answer can be the value (`whole`), or hold it. What is selected is kept as words with a space
        between them."""
        words = value.split() if self.several else filter(None, [value])
        spaced = not whole or value == " ".join(value.split())
        return spaced and all(_is_among(self.choices, word) for word in words)


def _offered(form: XlsForm) -> dict[str, _Offered]:
    """What each question offers that has its own choices on the sheet `choices`, by its name where that stands once."""
    found: dict[str, list[Row]] = {}
    for row in form.questions():
        found.setdefault(row.text("name"), []).append(row)
    looked_up = {name for name, rows in found.items() if "search(" in rows[0].text("appearance") or len(rows) > 1}
    return {
        name: _Offered(choices, takes_several(kind(row)))
        for name, (row, *_) in found.items()
        if name not in looked_up and (choices := form.choices_of(row)) is not None
    }


def _compared(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, bool]]:
    """(reference, value, whether the value is all of the answer) of `${a} = 'b'`, `'b' != ${a}` and
    `selected(${a}, 'b')`."""
    kinds = [None, *(kind for kind, _ in parts), None]
    for place, ((first, left), (middle, between), (last, right)) in enumerate(
        zip(parts, parts[1:], parts[2:], strict=False)
    ):
        if kinds[place] not in _BEFORE or kinds[place + 4] not in _AFTER:
            continue
        is_comparison = middle == "OPS_COMP" and between in ("=", "!=")
        is_search = middle == "COMMA" and place > 0 and parts[place - 1][1] == "selected("
        if (is_comparison or is_search) and first in _REFERENCES and last in _VALUES:
            yield left, right, is_comparison
        elif is_comparison and first in _VALUES and last in _REFERENCES:
            yield right, left, True


def _is_among(choices: list[str], word: str) -> bool:
    return word in choices or any(_number(choice) == _number(word) is not None for choice in choices)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
