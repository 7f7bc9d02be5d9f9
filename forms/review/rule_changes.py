"""What a workbook changes in the rules of the score, cell by cell, as its author sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forms.indicators.workbook import SHEET
from forms.xlsform.workbook import Row, is_free, read_workbook


@dataclass(frozen=True)
class RuleChange:
    """A cell that changed: `where` is its place in the new workbook, in the old one where the indicator is gone.
    `column` is blank where a whole indicator was added (`before` is blank) or removed (`after` is blank); then its
    title stands for it."""

    code: str
    where: str
    column: str
    before: str
    after: str


def rule_changes(old: bytes, new: bytes) -> list[RuleChange]:
    """In the order of the new workbook; indicators that are gone come last. Both workbooks are without mistakes."""
    olds, news = _rows(old), _rows(new)
    return [*_of_the_new(olds, news), *(_gone(row) for code, row in olds.items() if code not in news)]


def _of_the_new(olds: dict[str, Row], news: dict[str, Row]) -> Iterator[RuleChange]:
    for code, row in news.items():
        before = olds.get(code)
        if before is None:
            yield RuleChange(code, row.cell("kode").where, "", "", _title(row))
            continue
        for column in dict.fromkeys([*row.columns, *before.columns]):
            if not is_free(column) and row.text(column) != before.text(column):
                yield RuleChange(code, row.cell(column).where, column, before.text(column), row.text(column))


def _gone(row: Row) -> RuleChange:
    return RuleChange(row.text("kode"), row.cell("kode").where, "", _title(row), "")


def _rows(workbook: bytes) -> dict[str, Row]:
    return {row.text("kode"): row for row in read_workbook(workbook).sheet(SHEET).rows}


def _title(row: Row) -> str:
    return next((cell.value for column, cell in row.cells.items() if column.startswith("label")), "")
