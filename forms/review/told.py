"""Mistakes and remarks as whoever brought a workbook or a list is told of them: the place, what stands there, what is
wrong with it, and what to write instead, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from forms.problems import Finding, ProblemError
from forms.xlsform.sheets import read_xlsform
from forms.xlsform.workbook import Cell, read_workbook

_PLACE = re.compile(r"(?:(.*)!)?([A-Z]*)([0-9]+)")
_LONGEST = 120  # letters of a cell that are shown
# How references and functions are written: the same words may stand elsewhere in the cell.
_SPELT = ("${{{}}}", "{}(")


@dataclass(frozen=True)
class Told:
    """`light`: red for a mistake, yellow for a remark. `sheet`: blank where there are none, or all are meant. `cell`:
    such as C12, a row's number, or blank where the whole sheet is meant. `column`: its name in row 1. `content`: what
    stands in the cell. `write`: what belongs there, blank where only its author knows. `wrong` and `remedy`: sentences
    by language; the remedy is blank where one sentence says what to do.
    """

    light: Literal["red", "yellow"]
    code: str
    sheet: str
    cell: str
    column: str
    content: str
    write: str
    wrong: dict[str, str]
    remedy: dict[str, str]


def tell(workbook: bytes, mistakes: Iterable[Finding], remarks: Iterable[Finding] = ()) -> list[dict[str, Any]]:
    """All of them as JSON, mistakes first."""
    cells, headers = _cells(workbook)
    told = [
        *(_told("red", finding, cells, headers) for finding in mistakes),
        *(_told("yellow", finding, cells, headers) for finding in remarks),
    ]
    return [asdict(one) for one in told]


def _cells(workbook: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """What stands in each cell, and the name of each column (`survey!C`); nothing where the workbook cannot be read.

    Where it is no XLSForm, its sheets are read as they are.
    """
    try:
        book = read_workbook(workbook)
    except ProblemError:
        return {}, {}
    try:
        sheets = list(read_xlsform(book).sheets.values())
    except ProblemError:
        sheets = [book.as_it_is(name) for name in book.sheet_names]
    titles = [header for sheet in sheets for header in sheet.columns.values()]
    held = [cell for sheet in sheets for row in sheet.rows for cell in row.cells.values()]
    cells = {cell.where: cell.value for cell in [*held, *titles]}
    return cells, {header.where.rstrip("0123456789"): header.value for header in titles}


def _told(light: Literal["red", "yellow"], finding: Finding, cells: dict[str, str], headers: dict[str, str]) -> Told:
    place = _PLACE.fullmatch(finding.where)
    sheet, letters, number = place.groups(default="") if place else (finding.where, "", "")
    # A doubled column, an Excel error, and the cells of a list are not read: they say themselves what stands there.
    unread = finding.details.get("value", "") or (
        finding.details.get("column", "") if letters and number == "1" else ""
    )
    if place and not sheet:
        unread = finding.details.get("text", "")
    content = cells.get(finding.where) or unread
    id_, en = finding.parts("id"), finding.parts("en")
    return Told(
        light,
        finding.problem.code,
        sheet,
        letters + number,
        headers.get(f"{sheet}!{letters}", "") if letters else "",
        _short(content, finding.details.get("name", "")),
        _write(finding, Cell(content, finding.where)),
        {"id": id_[0], "en": en[0]},
        {"id": id_[1], "en": en[1]},
    )


def _write(finding: Finding, cell: Cell) -> str:
    """What belongs into the cell, as far as that can be told."""
    if not cell.letters:
        return ""
    if finding.problem.write:
        return finding.problem.write.format(**finding.details)
    meant, name = finding.details.get("meant", ""), finding.details.get("name", "")
    if not meant or not cell:
        return ""
    name, meant = next(
        ((spelt.format(name), spelt.format(meant)) for spelt in _SPELT if spelt.format(name) in cell.value),
        (name, meant),
    )
    return _short(re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", lambda _: meant, cell.value), meant)


def _short(text: str, name: str) -> str:
    """What stands in the cell, of a long one what stands around the name."""
    if len(text) <= _LONGEST:
        return text
    place = max(text.find(name), 0)
    first, last = max(place - _LONGEST // 3, 0), place + 2 * _LONGEST // 3
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"


def places(told: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The sheet and the cell where each is marked: a row and a column at their first cell."""
    for one in told:
        cell = one["cell"]
        yield one["sheet"], (f"A{cell}" if cell.isdigit() else cell or "A1"), one
