"""Tables as an Excel workbook (.xlsx). Only who asks for one imports this module, in the function that makes it:
openpyxl, and numpy that comes with it, take 20 MB of each process.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from math import isfinite
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from forms.characters import possible
from forms.problems import Problem, problem
from forms.sheets_out.tables import BEGIN_FORMULAS, Choices, Column, Form, Formula, Sheet, Value, sheet_name

TOO_MANY_ROWS = Problem(
    "sheet-too-long",
    413,
    "Lembar {sheet} punya lebih dari {most} baris, dan lebih dari itu tidak muat di Excel. Pilih wilayah atau waktu "
    "yang lebih sempit, atau unduh sebagai CSV.",
    "The sheet {sheet} has more than {most} rows, and Excel holds no more. Choose a smaller region or a shorter time, "
    "or download it as CSV.",
)

# Excel's own limits: of rows in a sheet, and of characters in a cell.
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
TEXT = "@"  # the number format of text

_HEAD_FONT, _HEAD_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1C3A66")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_STRONG, _LINE = Font(bold=True), Side(style="thin")
_FRAME = Border(_LINE, _LINE, _LINE, _LINE)
_A4 = 9  # as Excel numbers papers


def write_workbook(sheets: Iterable[Sheet | Form]) -> bytes:
    """The workbook's file. Sheets are called by their names as `sheet_name` has them; a moment (datetime) has no time
    zone; what has more than 15 digits (a NIK) comes as text, or Excel rounds it.

    Raises ProblemError TOO_MANY_ROWS where a sheet has more rows than MOST_ROWS.
    """
    out = BytesIO()
    save_workbook(sheets, out)
    return out.getvalue()


def save_workbook(sheets: Iterable[Sheet | Form], out: IO[bytes]) -> None:
    """The same, written into a file: whatever its length, no more than a row of it is in memory. Raises ProblemError
    TOO_MANY_ROWS."""
    book = Workbook(write_only=True)
    try:
        for sheet in sheets:
            made = book.create_sheet(sheet_name(sheet.name))
            if isinstance(sheet, Sheet):
                _write(made, sheet)
            else:
                _write_form(made, sheet)
    except BaseException:
        _clear_away(book)
        raise
    book.save(out)


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


def _write_form(made: Any, form: Form) -> None:
    made.page_setup.orientation = "landscape" if form.across else "portrait"
    made.page_setup.paperSize = _A4
    made.page_setup.fitToHeight = 0
    made.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for position, width in enumerate(form.widths, start=1):
        made.column_dimensions[get_column_letter(position)].width = width
    for line in form.lines:
        made.append([_bold(made, line)])
    number, places = len(form.lines), dict[str, int]()
    for block in form.blocks:
        above: list[list[Any]] = [[], [_bold(made, block.heading)]] if block.heading else []
        above += [[_framed(_head(made, Column(text))) for text in block.head]] if block.head else []
        for cells in above:
            made.append(cells)
        number += len(above)
        places |= {f"{block.key}_first": number + 1, f"{block.key}_last": number + len(block.rows), "first": number + 1}
        for row in block.rows:
            number += 1
            here = {**places, "row": number, "above": number - 1}
            made.append([_form_cell(made, value, here, strong=block.strong) for value in row])


def _form_cell(made: Any, value: Value, places: dict[str, int], *, strong: bool) -> Any:
    if isinstance(value, Formula):
        cell = WriteOnlyCell(made, f"={value.text.format(**places)}")
    else:
        found = _cell(made, value, Column("", wraps=True))
        cell = found if hasattr(found, "data_type") else WriteOnlyCell(made, found)
    if strong:
        cell.font = _STRONG
    return _framed(cell)


def _bold(made: Any, text: str) -> Any:
    cell = _text(made, text)
    cell.font = _STRONG
    return cell


def _framed(cell: Any) -> Any:
    cell.border = _FRAME
    return cell


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
    if text.startswith(BEGIN_FORMULAS):
        cell.quotePrefix = True  # Excel would, once somebody edits the cell or saves it as CSV and opens that
    return cell


def _validation(letter: str, choices: Choices) -> DataValidation:
    name = sheet_name(choices.sheet).replace("'", "''")
    made = DataValidation(type="list", formula1=f"'{name}'!$A$2:$A${choices.count + 1}", showErrorMessage=False)
    made.add(f"{letter}2:{letter}{MOST_ROWS}")
    return made
