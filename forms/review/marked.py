"""A copy of a workbook in which mistakes are coloured and commented; all else stays as its author made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from forms.problems import Language
from forms.review.told import places
from forms.xlsform.workbook import plain_name
from forms.xlsx_limits import intact, require_readable

FILLS = {light: PatternFill("solid", fgColor=colour) for light, colour in (("red", "FFF4B0AA"), ("yellow", "FFFFE49A"))}
# By these our own comments are known again, and taken away when the workbook comes back.
AUTHOR = "Pemeriksaan formulir"
_WIDTH, _HEIGHT = 360, 130  # pixels


def marked(workbook: bytes, told: Iterable[Mapping[str, Any]], language: Language) -> bytes:
    """The workbook (.xlsx) with the marks of `told` (told.py). Raises ProblemError NO_WORKBOOK or TOO_LARGE."""
    with intact():
        require_readable(workbook)
        book = load_workbook(BytesIO(workbook), rich_text=True)
    sheets = {plain_name(sheet.title): sheet for sheet in book.worksheets}
    for sheet in sheets.values():
        _clear(sheet)
    for name, cell, one in places(told):
        _mark(sheets.get(plain_name(name)) or sheets.get("survey") or book.worksheets[0], cell, one, language)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _clear(sheet: Worksheet) -> None:
    """Takes away the marks of an earlier copy."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _cell(sheet: Worksheet, place: str) -> Cell:
    """The cell there; of merged ones the first, which alone can hold anything."""
    for merged in sheet.merged_cells.ranges:
        if place in merged:
            place = merged.start_cell.coordinate
    found: Cell = sheet[place]
    return found


def _mark(sheet: Worksheet, place: str, one: Mapping[str, Any], language: Language) -> None:
    cell = _cell(sheet, place)
    text = f"{one['wrong'][language]} {one['remedy'][language]}".strip()
    if one["write"]:
        text += f"\n→ {one['write']}"
    before = cell.comment
    if before is None or before.author != AUTHOR:
        cell.fill = FILLS[one["light"]]
    if before is not None:
        text = f"{before.text}\n\n{text}"
    cell.comment = Comment(text, AUTHOR, width=_WIDTH, height=_HEIGHT)
