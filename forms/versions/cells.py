"""Where in a workbook a name that is no longer there has most likely gone."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from forms.schema import Field, Table
from forms.xlsform.sheets import XlsForm
from forms.xlsform.workbook import Row, nearest

Path = tuple[str, ...]


def likely(name: str, fresh: Collection[Path]) -> Path:
    """Where that may be now which was called `name`: of the paths that are new the one that is alike, or the only one;
    no path at all where none can be told."""
    meant = nearest(name, {path[-1] for path in fresh})
    alike = [path for path in fresh if meant in (None, path[-1])]
    return alike[0] if len(alike) == 1 else ()


class Cells:
    """The cells of an XLSForm as places for findings."""

    def __init__(self, form: XlsForm) -> None:
        self._form = form

    @cached_property
    def _rows(self) -> dict[Path, Row]:
        return self._form.paths()

    def question(self, path: Path) -> str:
        """The cell with the name of the question (group, repeat) at that path; the sheet where it has none."""
        row = self._rows.get(path)
        return row.cell("name").where if row else self._form.survey.name

    def saved(self, path: Path) -> str:
        """The cell `save_to` of the question at that path; the sheet where it has none."""
        row = self._rows.get(path)
        return row.cell("save_to").where if row else self._form.survey.name

    def choice(self, table: Table, field: Field, fresh: Collection[str], gone: str) -> str:
        """The cell of the choice that may say now what `gone` said; else that of the question."""
        asked = self._rows.get((*table.path, *field.path))
        lists = asked.text("type").split() if asked else []
        meant = nearest(gone, fresh) or (next(iter(fresh)) if len(fresh) == 1 else None)
        for row in self._form.choices.rows:
            if row.text("list_name") in lists and row.text("name") == meant:
                return row.cell("name").where
        return self.question((*table.path, *field.path))

    def list(self, fresh: Collection[str]) -> str:
        """The cell on the sheet `entities` with a list that is new; else the sheet."""
        for row in self._form.entities.rows:
            if row.text("list_name") in fresh:
                return row.cell("list_name").where
        return self._form.entities.name
