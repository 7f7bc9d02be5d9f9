"""Tables as an Excel workbook (.xlsx) or as CSV, written row by row.

What is text stays text: no cell begins a formula, neither in the file nor when somebody edits the cell in Excel. CSV
knows no texts: there, what would begin a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from math import isfinite
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from forms.characters import possible
from forms.problems import Problem, problem

TOO_MANY_ROWS = Problem(
    "sheet-too-long",
    413,
    "Lembar {sheet} punya lebih dari {most} baris, dan lebih dari itu tidak muat di Excel. Pilih wilayah atau waktu "
    "yang lebih sempit, atau unduh sebagai CSV.",
    "The sheet {sheet} has more than {most} rows, and Excel holds no more. Choose a smaller region or a shorter time, "
    "or download it as CSV.",
)

# Excel's own limits: of rows in a sheet, of characters in a cell and in a sheet's name.
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
LONGEST_NAME = 31
TEXT = "@"  # the number format of text
# Characters of CSV that go out together.
PORTION = 64 * 1024

Value = str | int | float | Decimal | date | bool | None

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
# What Excel reads as the beginning of a formula.
_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEAD_FONT, _HEAD_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1C3A66")
_WRAPPED = Alignment(vertical="top", wrap_text=True)


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


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """The workbook's file. Sheets are called by their names as `sheet_name` has them; a moment (datetime) has no time
    zone; what has more than 15 digits (a NIK) comes as text, or Excel rounds it.

    Raises ProblemError TOO_MANY_ROWS where a sheet has more rows than MOST_ROWS.
    """
    out = BytesIO()
    save_workbook(sheets, out)
    return out.getvalue()


def save_workbook(sheets: Iterable[Sheet], out: IO[bytes]) -> None:
    """The same, written into a file: whatever its length, no more than a row of it is in memory. Raises ProblemError
    TOO_MANY_ROWS."""
    book = Workbook(write_only=True)
    try:
        for sheet in sheets:
            _write(book.create_sheet(sheet_name(sheet.name)), sheet)
    except BaseException:
        _clear_away(book)
        raise
    book.save(out)


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
    if isinstance(value, str) and value.startswith(_BEGIN_FORMULAS):
        return f"'{value}"
    return value


def sheet_name(name: str) -> str:
    """The name as Excel takes it for a sheet."""
    return _NOT_IN_NAMES.sub(" ", possible(name))[:LONGEST_NAME].strip("' ") or "1"


def _clear_away(book: Workbook) -> None:
    """Ends what was begun: openpyxl writes each sheet to a file of its own first, which only saving removes."""
    made: Any
    for made in book.worksheets:
        if not made.closed:
            made.close()
        made._writer.cleanup()


def _write(made: Any, sheet: Sheet) -> None:
    made.freeze_panes = "A2"
    for position, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(position)
        made.column_dimensions[letter].width = column.width
        # What is typed below stays as it is typed: without this, Excel takes the code 11.10 for a number.
        made.column_dimensions[letter].number_format = TEXT
        if column.choices:
            made.data_validations.append(_validation(letter, column.choices))
    made.append([_head(made, column) for column in sheet.columns])
    for number, row in enumerate(sheet.rows, start=2):
        if number > MOST_ROWS:
            raise problem(TOO_MANY_ROWS, sheet=sheet.name, most=MOST_ROWS)
        made.append([_cell(made, value, column) for value, column in zip(row, sheet.columns, strict=True)])


def _head(made: Any, column: Column) -> Any:
    cell = _text(made, column.head)
    cell.font, cell.fill, cell.alignment = _HEAD_FONT, _HEAD_FILL, _WRAPPED
    return cell


def _cell(made: Any, value: Value, column: Column) -> Any:
    """What openpyxl writes for a value: itself, where it is no text."""
    if isinstance(value, float | Decimal) and not isfinite(value):
        value = str(value)
    if not isinstance(value, str):
        return value
    cell = _text(made, value)
    if column.wraps:
        cell.alignment = _WRAPPED
    return cell


def _text(made: Any, value: str) -> Any:
    text = possible(value)[:LONGEST_TEXT]
    cell = WriteOnlyCell(made, text)
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula, and #N/A for an error
    if text.startswith(_BEGIN_FORMULAS):
        cell.quotePrefix = True  # Excel would, once somebody edits the cell or saves it as CSV and opens that
    return cell


def _validation(letter: str, choices: Choices) -> DataValidation:
    name = sheet_name(choices.sheet).replace("'", "''")
    made = DataValidation(type="list", formula1=f"'{name}'!$A$2:$A${choices.count + 1}", showErrorMessage=False)
    made.add(f"{letter}2:{letter}{MOST_ROWS}")
    return made
