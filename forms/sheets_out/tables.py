"""Tables as an Excel workbook (.xlsx) or as CSV, written row by row.

What is text stays text: no cell begins a formula, neither in the file nor when somebody edits the cell in Excel. Only a
`Formula` is one. CSV knows no texts: there, what would begin a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from forms.characters import possible

LONGEST_NAME = 31  # of a sheet, in Excel
# Characters of CSV that go out together.
PORTION = 64 * 1024


@dataclass(frozen=True)
class Formula:
    """A formula of a form, in Excel's English: `SUM(D{first}:D{above})`. Places in braces stand for row numbers: `row`
    its own, `first` and `above` the first row of its block and the one above it, and `KEY_first` and `KEY_last` those
    of an earlier block with the key KEY. Where a block has no rows, its last row is the one before its first."""

    text: str


Value = str | int | float | Decimal | date | bool | Formula | None

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
# What Excel reads as the beginning of a formula.
BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Choices:
    """What a cell may be chosen from: the first `count` cells below the head of the first column of another sheet."""

    sheet: str
    count: int


@dataclass(frozen=True)
class Column:
    """A column with its head, as wide as so many characters. `choices`: a list to choose from; None where there is
    none. Other texts may be written as well. `wraps`: long texts go on below."""

    head: str
    width: int = 18
    choices: Choices | None = None
    wraps: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet: its head stays in sight, and `rows` are taken one by one while they are written."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


@dataclass(frozen=True)
class Block:
    """A part of a form: a heading over it, its own heads, and its rows; `heading` and `head` may be empty. Later
    formulas find its rows by `key`. `strong`: it is what is summed up, and set in bold."""

    key: str
    heading: str
    head: Sequence[str]
    rows: Sequence[Sequence[Value]]
    strong: bool = False


@dataclass(frozen=True)
class Form:
    """A sheet as an official form has it: lines of text above, then blocks below each other, with an empty row before
    each that has a heading. Column n is as wide as `widths[n]` characters. `across`: it is printed on A4 turned."""

    name: str
    widths: Sequence[int]
    lines: Sequence[str]
    blocks: Sequence[Block]
    across: bool = False


def write_csv(sheet: Sheet) -> Iterator[str]:
    """The sheet as CSV, its head first, in portions: commas between the cells, CRLF at the ends of rows."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_in_csv(column.head) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_in_csv(value) for value in row])
        if out.tell() > PORTION:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _in_csv(value: Value) -> Value:
    if isinstance(value, Formula):
        return f"'={value.text}"
    if isinstance(value, str) and value.startswith(BEGIN_FORMULAS):
        return f"'{value}"
    return value


def sheet_name(name: str) -> str:
    """The name as Excel takes it for a sheet."""
    return _NOT_IN_NAMES.sub(" ", possible(name))[:LONGEST_NAME].strip("' ") or "1"
