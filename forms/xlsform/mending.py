"""A form without the mistakes that are known already: pyxform and ODK Validate stop at their first one, and tell of the
next ones this way. What is mended here is only looked at, never published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from forms.problems import Finding
from forms.xlsform.sheets import XlsForm, kind
from forms.xlsform.vocabulary import closes, is_element_name, opens
from forms.xlsform.workbook import Cell, Row, Sheet

_PLACE = re.compile(r"(\w+)!([A-Z]*)(\d+)")
# What stands in for settings that are wrong or missing.
_SETTINGS = {"form_title": "x", "form_id": "x", "version": "1"}
_NAME, _LABEL = "mended_", "x"
_NEVER_CLOSED = "form.begin_unmatched"


class Mending:
    """`form` is the form as far as it is mended. `whole`: whether all of it is still there to be looked at."""

    def __init__(self, form: XlsForm) -> None:
        self.form = form
        self.whole = True
        self._tries: Counter[tuple[str, int]] = Counter()

    def mend(self, findings: Iterable[Finding]) -> bool:
        """Takes the mistakes out, each time more of a row; False where one of them cannot be."""
        mended = [self._mend(finding) for finding in findings]
        return all(mended)

    def _mend(self, finding: Finding) -> bool:
        if finding.where == "" or finding.where.startswith("settings!"):
            return self._mend_settings(finding)
        place = _PLACE.fullmatch(finding.where)
        if place is None or place[1] not in self.form.sheets:
            return False
        sheet, number = self.form.sheets[place[1]], int(place[3])
        column = next((name for name, header in sheet.columns.items() if header.letters == place[2]), "")
        if number == 1:
            return self._without_column(sheet, column) if place[2] else False
        self._tries[sheet.name, number] += 1
        found = next((row for row in sheet.rows if row.number == number), None)
        return found is not None and self._mend_row(finding, found, column, self._tries[sheet.name, number])

    def _mend_settings(self, finding: Finding) -> bool:
        if finding.where == "" and "settings" not in finding.details.get("sheet", ""):
            return False
        sheet = self.form.settings
        row = sheet.rows[0] if sheet.rows else Row("settings", 2, {}, {})
        wrong = {name for name, cell in row.cells.items() if cell.where == finding.where}
        kept = {name: cell for name, cell in row.cells.items() if name not in wrong}
        fresh = {name: Cell(text, finding.where) for name, text in _SETTINGS.items() if name not in kept}
        columns = {**sheet.columns, **{name: Cell(name, "settings!1") for name in fresh if name not in sheet.columns}}
        mended = replace(row, cells={**kept, **fresh}, columns=columns)
        self._put(replace(sheet, columns=columns, rows=(mended, *sheet.rows[1:])))
        return True

    def _mend_row(self, finding: Finding, row: Row, column: str, tries: int) -> bool:
        if row.sheet == "survey":
            return self._mend_question(finding, row, column, tries)
        if row.sheet == "entities":
            return self._mend_entity(row, column, tries)
        if tries == 1 and column.partition("::")[0] == "label":
            self._change(row, {**row.cells, column: Cell(_LABEL, row.cell(column).where)})
        elif tries == 1 and column == "name" and row.sheet == "choices":
            self._change(row, {**row.cells, column: Cell(f"{_NAME}{row.number}", row.cell(column).where)})
        elif tries == 1 and column not in ("", "list_name", "name"):
            self._change(row, _without(row.cells, column))
        else:
            self._change(row, None)
        return True

    def _mend_entity(self, row: Row, column: str, tries: int) -> bool:
        if tries == 1 and column not in ("", "list_name", "label"):
            self._change(row, _without(row.cells, column))
            return True
        # Lists without one of them mean something else: what is saved is not looked at any further.
        self.whole = False
        self._put(Sheet("entities", {}, ()))
        return self._without_column(self.form.survey, "save_to")

    def _mend_question(self, finding: Finding, row: Row, column: str, tries: int) -> bool:
        words = kind(row)
        if closes(words) or finding.problem.code == _NEVER_CLOSED or (tries > 2 and not opens(words)):
            self._change(row, None)
        elif tries > 3:
            return False
        elif column == "name" or tries == 3:
            self._rename(row)
        elif tries == 2 or column in ("", "type"):
            self._change(row, self._plain(row))
        elif column.partition("::")[0] == "label":
            self._change(row, {**row.cells, column: Cell(_LABEL, row.cell(column).where)})
        elif column == "calculation" and words == "calculate":
            self._change(row, {**row.cells, column: Cell("1", row.cell(column).where)})
        else:
            self._change(row, _without(row.cells, column))
        return True

    def _plain(self, row: Row) -> dict[str, Cell]:
        """The row as a plain text question, or a plain group, of the same name where it can be one."""
        labels = {name: cell for name, cell in row.cells.items() if name.partition("::")[0] == "label"}
        asked = row.cell("type") if opens(kind(row)) else Cell("text", row.cell("type").where)
        name = row.cell("name")
        if not is_element_name(name.value):
            name = replace(name, value=f"{_NAME}{row.number}")
        return {"type": asked, "name": name, **(labels or {"label": Cell(_LABEL, row.cell("label").where)})}

    def _rename(self, row: Row) -> None:
        old, new = row.text("name"), f"{_NAME}{row.number}"
        alone = sum(one.text("name") == old for one in self.form.questions()) == 1
        self._change(row, {**row.cells, "name": Cell(new, row.cell("name").where)})
        if old and alone:
            meant = re.compile(rf"\$\{{\s*{re.escape(old)}\s*\}}")
            self._rewrite(lambda text: meant.sub(f"${{{new}}}", text))

    def _rewrite(self, change: Callable[[str], str]) -> None:
        for sheet in self.form.sheets.values():
            rows = [
                replace(row, cells={name: replace(cell, value=change(cell.value)) for name, cell in row.cells.items()})
                for row in sheet.rows
            ]
            self._put(replace(sheet, rows=tuple(rows)))

    def _change(self, row: Row, cells: dict[str, Cell] | None) -> None:
        """Gives the row these cells, or removes it."""
        sheet = self.form.sheets[row.sheet]
        columns = {**sheet.columns}
        for name in cells or {}:
            columns.setdefault(name, Cell(name, f"{sheet.name}!1"))

        def rows() -> Iterator[Row]:
            for one in sheet.rows:
                if one.number != row.number:
                    yield one
                elif cells is not None:
                    yield replace(one, cells=cells, columns=columns)

        self._put(replace(sheet, columns=columns, rows=tuple(rows())))

    def _without_column(self, sheet: Sheet, column: str) -> bool:
        columns = {name: header for name, header in sheet.columns.items() if name != column}
        rows = [replace(row, cells=_without(row.cells, column), columns=columns) for row in sheet.rows]
        self._put(replace(sheet, columns=columns, rows=tuple(rows)))
        return True

    def _put(self, sheet: Sheet) -> None:
        self.form = replace(self.form, sheets={**self.form.sheets, sheet.name: sheet})


def _without(cells: dict[str, Cell], column: str) -> dict[str, Cell]:
    return {name: cell for name, cell in cells.items() if name != column}
