"""The tables that an XLSForm looks things up in, and the columns that it reads of each: phones find nothing in others.

A table is a CSV file beside the form or a list of entities; which columns it has, whoever publishes knows.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from lxml import etree

from forms.problems import Finding, Problem
from forms.xlsform.sheets import EXPRESSION_COLUMNS, XlsForm, kind
from forms.xlsform.vocabulary import Select
from forms.xlsform.workbook import Cell, Row, nearest, unknown_name

TABLE_COLUMN_MISSING = Problem(
    "form.table_column_missing",
    400,
    "Tabel yang dibaca di sini tidak punya kolom “{name}”. {hint_id}Betulkan namanya, di sini atau di baris pertama "
    "tabel itu.",
    "The table that is read here has no column “{name}”. {hint_en}Correct its name, here or in the first row of that "
    "table.",
)
TABLE_COLUMN_PADDED = Problem(
    "form.table_column_padded",
    400,
    "Di baris pertama {table} ada spasi di sekitar nama kolom “{name}”, jadi telepon tidak menemukannya. Hapus "
    "spasinya.",
    "In the first row of {table} there are spaces around the column name “{name}”, so that phones do not find it. "
    "Remove the spaces.",
)
TABLE_UNREADABLE = Problem(
    "form.table_unreadable",
    400,
    "{table} tidak dapat dibaca ODK Collect ({reason}). Simpan lagi berkas itu, lalu letakkan di samping formulir.",
    "ODK Collect cannot read {table} ({reason}). Save that file again and put it beside the form.",
)
TABLE_COLUMN_TWICE = Problem(
    "form.table_column_twice",
    400,
    "Di baris pertama {table} ada dua kolom bernama “{name}”, jadi ODK Collect tidak membuka formulir ini. Ganti nama "
    "salah satunya.",
    "In the first row of {table} two columns are called “{name}”, so that ODK Collect does not open this form. Rename "
    "one of them.",
)
# Where select_one_external looks for its choices, and the sheet that it is made of.
ITEMSETS = "itemsets.csv"
EXTERNAL = "external_choices"

_TEXT = r"\s*(?:'([^']*)'|\"([^\"]*)\")\s*"
_PULLDATA = re.compile(rf"\bpulldata\({_TEXT},{_TEXT},{_TEXT},")
_INSTANCE = re.compile(rf"\binstance\({_TEXT}\)/root/item\[([^\[\]]*)\]/([\w.-]+)")
_SEARCH = re.compile(rf"\bsearch\({_TEXT}(?:,{_TEXT},{_TEXT},[^,]*(?:,{_TEXT},)?)?")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|\$\{[^}]*\}")
# A name that is no step of a path, no function, and no number: a column of the row that is looked at.
_NAME = re.compile(r"(?<![\w./$:-])(?:\./)?([^\W\d][\w.-]*)(?!\s*[(/:\w.-])")
_OPERATORS = frozenset({"and", "or", "div", "mod"})
# Columns of plain text, in which the name of a file is a word like others.
_WORDS = ("label", "hint", "guidance_hint")


@dataclass(frozen=True)
class LookUp:
    """A place in the form where columns of a table are read. `table` without .csv, as in `FormSchema.reads`."""

    table: str
    columns: tuple[str, ...]
    where: str


def look_ups(form: XlsForm) -> Iterator[LookUp]:
    """Every place of the form that names its columns itself."""
    for row in form.survey.rows:
        yield from _selects(form, row)
    for sheet, columns in EXPRESSION_COLUMNS.items():
        for row in form.sheets[sheet].rows:
            for cell in filter(None, map(row.cell, (*columns, "default"))):
                yield from _expressions(cell)


def place_of(form: XlsForm, read: str) -> str:
    """The first cell that speaks of a file, named as in `FormSchema.reads`; "" where none does."""
    # A row of type csv-external or xml-external names its file without the ending.
    stem = re.escape(read.removesuffix(".xml"))
    named = re.compile(rf"(?:^|[\s'\"/]){stem}(?:\.csv|\.xml)?(?:$|[\s'\"])")
    cells = (
        cell
        for sheet in form.sheets.values()
        for row in sheet.rows
        for column, cell in row.cells.items()
        if column.partition("::")[0] not in _WORDS
    )
    return next((cell.where for cell in cells if named.search(cell.value)), "")


def check_columns(places: Iterable[LookUp], headers: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """What is read of tables that do not have it. `headers`: the columns of the tables that are known, by name."""
    for place in places:
        there = headers.get(place.table)
        if there is None:
            continue
        for column in (column for column in place.columns if column not in there):
            if column in (name.strip() for name in there):
                yield Finding(TABLE_COLUMN_PADDED, place.where, {"name": column, "table": f"{place.table}.csv"})
            else:
                yield unknown_name(TABLE_COLUMN_MISSING, place.where, column, nearest(column, there))


def check_table(table: str, content: bytes, where: str) -> Iterator[Finding]:
    """What keeps Collect from reading a file, named with its ending, that the form names at `where`."""
    try:
        if table.endswith(".xml"):
            etree.fromstring(content)
        elif table.endswith(".geojson"):
            iter(json.loads(content)["features"])
        elif table.endswith(".csv"):
            # Spaces behind a closing quote are let pass there, too.
            text = re.sub(r'" +(?=[,;\r\n])', '"', content.decode("utf-8-sig", errors="replace"))
            header, *_ = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
            for name in (name for name, count in Counter(header).items() if count > 1):
                yield Finding(TABLE_COLUMN_TWICE, where, {"table": table, "name": name})
    except (etree.XMLSyntaxError, ValueError, KeyError, TypeError, csv.Error) as error:
        reason = str(error) if content.strip() else "0 byte"
        yield Finding(TABLE_UNREADABLE, where, {"table": table, "reason": reason})


def header_of(content: bytes) -> list[str]:
    """The names in the first row of a CSV file, as phones read it: spaces count, and a semicolon separates, too."""
    text = content.decode("utf-8-sig", errors="replace")
    return next(csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text)), [])


def _delimiter(text: str) -> str:
    return ";" if ";" in text.partition("\n")[0] else ","


def itemsets(form: XlsForm) -> bytes:
    """The choices of the sheet external_choices, as Collect reads them for select_one_external."""
    sheet = form.sheets[EXTERNAL]
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(sheet.columns)
    writer.writerows([row.text(column) for column in sheet.columns] for row in sheet.rows)
    return text.getvalue().encode()


def _selects(form: XlsForm, row: Row) -> Iterator[LookUp]:
    select = Select.of(kind(row))
    if select is None:
        return
    if select.file.endswith(".csv"):
        given = dict(re.findall(r"([\w-]+)\s*=\s*([^\s,;]+)", row.text("parameters")))
        columns = (given.get("value", "name"), given.get("label", "label"))
        yield LookUp(select.file.removesuffix(".csv"), columns, row.cell("type").where)
        read = row.cell("choice_filter")
        if read and "instance(" not in read.value:
            yield LookUp(select.file.removesuffix(".csv"), _names(read.value), read.where)
    if search := _SEARCH.search(row.text("appearance")):
        named, _, column, filtered = _texts(search, 4)
        table = named.removesuffix(".csv")
        yield LookUp(table, tuple(filter(None, (column, filtered))), row.cell("appearance").where)
        for choice in form.choices.rows:
            if choice.text("list_name") == select.list_name and not choice.text("name").lstrip("-").isdigit():
                yield LookUp(table, (choice.text("name"),), choice.cell("name").where)
                for name, cell in choice.cells.items():
                    if name.partition("::")[0] == "label":
                        yield LookUp(table, tuple(one.strip() for one in cell.value.split(",")), cell.where)


def _expressions(cell: Cell) -> Iterator[LookUp]:
    for found in _PULLDATA.finditer(cell.value):
        table, column, key = _texts(found, 3)
        yield LookUp(table.removesuffix(".csv"), (column, key), cell.where)
    for found in _INSTANCE.finditer(cell.value):
        yield LookUp(found[1] or found[2], (*_names(found[3]), found[4]), cell.where)


def _texts(match: re.Match[str], count: int) -> list[str]:
    """The quoted texts of a match: each may stand in either kind of quotes."""
    return [match[2 * number + 1] or match[2 * number + 2] or "" for number in range(count)]


def _names(condition: str) -> tuple[str, ...]:
    """The columns that a condition upon the rows of a table speaks of."""
    return tuple(name for name in _NAME.findall(_LITERAL.sub("''", condition)) if name not in _OPERATORS)
