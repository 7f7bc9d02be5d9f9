"""A workbook edited as in Excel: cells written over, rows added and deleted."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import load_workbook


class Edited:
    """An .xlsx file to be edited. Cells are found by the name of a row's question and the title of their column."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(BytesIO(content))

    def sheet(self, name: str) -> Any:
        return self.book[name]

    def cell(self, name: str, column: str, sheet: str = "survey") -> Any:
        """The cell in the row whose `name` it is, under the column."""
        found = self.sheet(sheet)
        titles = [cell.value for cell in found[1]]
        row = next(row for row in found.iter_rows(min_row=2) if row[titles.index("name")].value == name)
        return row[titles.index(column)]

    def write(self, name: str, column: str, text: str, sheet: str = "survey") -> str:
        """Writes into the cell, and gives its place."""
        cell = self.cell(name, column, sheet)
        cell.value = text
        return str(cell.coordinate)

    def version(self, text: str) -> None:
        self.setting("version", text)

    def setting(self, column: str, text: str | None) -> None:
        """Writes into the settings; None empties the cell."""
        titles = [cell.value for cell in self.sheet("settings")[1]]
        self.sheet("settings").cell(row=2, column=titles.index(column) + 1).value = text

    def retitle(self, sheet: str, column: str, title: str) -> None:
        next(cell for cell in self.sheet(sheet)[1] if cell.value == column).value = title

    def add(self, after: str, **values: str) -> None:
        """A question below that of the name `after`; values by column, the label under all languages."""
        found = self.sheet("survey")
        titles = [cell.value for cell in found[1]]
        number = self.cell(after, "name").row + 1
        found.insert_rows(number)
        for column, title in enumerate(titles, start=1):
            text = values.get(title.partition("::")[0])
            if text is not None:
                found.cell(row=number, column=column, value=text)

    def remove(self, name: str) -> None:
        self.sheet("survey").delete_rows(self.cell(name, "name").row)

    @property
    def content(self) -> bytes:
        saved = BytesIO()
        self.book.save(saved)
        return saved.getvalue()
