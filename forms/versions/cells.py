"""Where in a workbook a name that is no longer there has most likely gone, and where the version before had it.

What is new stands in for what is gone only where it is like it: by its name, its label, or its neighbours. Something
that was added elsewhere is nobody's heir.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from forms.schema import Field, Table
from forms.xlsform.sheets import XlsForm, kind
from forms.xlsform.vocabulary import closes
from forms.xlsform.workbook import Row, nearest

Path = tuple[str, ...]


class Cells:
    """The cells of an XLSForm as places for findings. `before`: the version that it follows; None where it is not
    looked at, and then only names tell what has become of something."""

    def __init__(self, form: XlsForm, before: XlsForm | None = None) -> None:
        self._form = form
        self._before = before

    @cached_property
    def _rows(self) -> dict[Path, Row]:
        return self._form.paths()

    @cached_property
    def _old_rows(self) -> dict[Path, Row]:
        return self._before.paths() if self._before else {}

    def question(self, path: Path) -> str:
        """The cell with the name of the question (group, repeat) at that path; the sheet where it has none."""
        return self._cell(path, "name")

    def type(self, path: Path) -> str:
        """The cell with the type of the question at that path; the sheet where it has none."""
        return self._cell(path, "type")

    def saved(self, path: Path) -> str:
        """The cell `save_to` of the question at that path; the sheet where it has none."""
        return self._cell(path, "save_to")

    def _cell(self, path: Path, column: str) -> str:
        row = self._rows.get(path)
        return row.cell(column).where if row else self._form.survey.name

    def heir(self, gone: Path, fresh: Collection[Path]) -> Path:
        """Which of the paths that are new is the question (group, repeat) now that was at `gone`; no path where none
        can be told."""
        meant = nearest(gone[-1], {path[-1] for path in fresh})
        alike = [path for path in fresh if path[-1] == meant]
        if len(alike) == 1:
            return alike[0]
        old, rows = self._old_rows.get(gone), {path: row for path in fresh if (row := self._rows.get(path))}
        heir = _heir(old, rows.values(), self._before.survey.rows, self._form.survey.rows) if self._before else None
        return next((path for path, row in rows.items() if row is heir), ())

    def was(self, path: Path) -> dict[str, str]:
        """Where the version before had the question, as details of a finding; blank where it did not."""
        return _place(self._old_rows.get(path))

    def choice(self, table: Table, field: Field, fresh: Collection[str], gone: str) -> tuple[str, dict[str, str]]:
        """The cell of the choice that says now what `gone` said, and no details; else the cell of the question, with
        where the version before had the choice."""
        path = (*table.path, *field.path)
        news = [row for row in _choices(self._form, self._rows.get(path)) if row.text("name") in fresh]
        olds = _choices(self._before, self._old_rows.get(path)) if self._before else []
        old = next((row for row in olds if row.text("name") == gone), None)
        meant = nearest(gone, {row.text("name") for row in news})
        heir = next((row for row in news if row.text("name") == meant), None)
        if heir is None and self._before:
            heir = _heir(old, news, olds, _choices(self._form, self._rows.get(path)))
        return (heir.cell("name").where, {}) if heir else (self.question(path), _place(old or self._old_rows.get(path)))

    def list(self, gone: str, fresh: Collection[str]) -> str:
        """The cell on the sheet `entities` with the list that `gone` is called now; else the sheet."""
        news = [row for row in self._form.entities.rows if row.text("list_name") in fresh]
        olds = self._before.entities.rows if self._before else ()
        old = next((row for row in olds if row.text("list_name") == gone), None)
        meant = nearest(gone, fresh)
        for row in news:
            if row.text("list_name") == meant or (old and _rest(row) == _rest(old)):
                return row.cell("list_name").where
        return self._form.entities.name

    def save_to(self, list_name: str, property_: str) -> str:
        """What saves the property: of several lists the one has to be named."""
        several = len({row.text("list_name") for row in self._form.entities.rows}) > 1
        return f"{list_name}#{property_}" if several else property_


def _heir(old: Row | None, fresh: Collection[Row], olds: Sequence[Row], news: Sequence[Row]) -> Row | None:
    """The only one of the fresh rows with a label of the old one; else the one between the same neighbours."""
    if old is None:
        return None
    labelled = [row for row in fresh if _labels(row) & _labels(old)]
    if labelled:
        return labelled[0] if len(labelled) == 1 else None
    around = _neighbours(old, olds)
    return next((row for row in fresh if _neighbours(row, news) == around), None)


def _labels(row: Row) -> set[tuple[str, str]]:
    return {(name, cell.value) for name, cell in row.cells.items() if name.partition("::")[0] == "label"}


def _neighbours(row: Row, rows: Sequence[Row]) -> tuple[tuple[str, str], tuple[str, str]]:
    """What stands above and below it."""
    place = next(number for number, one in enumerate(rows, start=1) if one.number == row.number)
    told = [("", ""), *((kind(one) if closes(kind(one)) else "", one.text("name")) for one in rows), ("", "")]
    return told[place - 1], told[place + 1]


def _choices(form: XlsForm, asked: Row | None) -> list[Row]:
    """The rows of the choices that the question offers."""
    lists = kind(asked).split() if asked else []
    return [row for row in form.choices.rows if row.text("list_name") in lists]


def _rest(row: Row) -> dict[str, str]:
    return {name: cell.value for name, cell in row.cells.items() if name != "list_name"}


def _place(row: Row | None) -> dict[str, str]:
    return {"sheet": row.sheet if row else "", "row": str(row.number) if row else ""}
