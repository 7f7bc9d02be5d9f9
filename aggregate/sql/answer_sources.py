"""The published forms whose answers are counted, as columns of their answer tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Double, Table, Text, case, cast, func, null

from aggregate.sql.expressions import BLANK, Kind, Value
from aggregate.sql.functions import DateText, DayOfText
from forms.domain import DAY
from forms.schema import Field, FormSchema
from server.database.answer_tables import REST, column_type, form_tables


@dataclass(frozen=True)
class Source:
    """An answer table of a published form: the main one, whose rows speak of a day, or that of a repeat.

    `columns`: field -> its columns, oldest first; where it has none, what stands for one.
    """

    form_id: str
    table: Table
    columns: dict[str, tuple[ColumnElement[Any], ...]]
    saves: dict[tuple[str, str], str]  # (list, field) -> property

    @classmethod
    def of(cls, schemas: list[FormSchema], repeat: str = "") -> Source:
        """The source that all versions of one form make together; at least one of them has the repeat."""
        tables = form_tables(schemas)
        table = tables.tables[repeat]
        columns: dict[str, dict[str, ColumnElement[Any]]] = {}
        saves = {}
        for schema in schemas:
            for field in (field for part in schema.tables if part.name == repeat for field in part.fields):
                name = tables.column(repeat, field)
                columns.setdefault(field.name, {})[name] = _held(table, name, field)
                if field.save_to:
                    saves[field.save_to[0], field.name] = field.save_to[1]
        return cls(schemas[-1].form_id, table, {name: tuple(found.values()) for name, found in columns.items()}, saves)

    def monitors(self, target_list: str) -> bool:
        """Whether its rows are about targets of the list: it holds their id, and the day."""
        return target_list in self.columns and self.is_dated

    @property
    def is_dated(self) -> bool:
        """Whether its rows say which day they speak of."""
        return DAY in self.columns and _kind(self.day) == "date"

    def target(self, target_list: str) -> ColumnElement[Any]:
        """The column with the id of the target."""
        return self.columns[target_list][0]

    @property
    def day(self) -> ColumnElement[Any]:
        """The column with the day that the row speaks of."""
        return self.columns[DAY][0]

    def answer(self, name: str, kind: Kind) -> ColumnElement[Any]:
        """The field of a row as `kind`, NULL where blank or where the form has no such field."""
        found = [
            cast(column, Double) if kind == "number" else _text(column)
            for column in reversed(self.columns.get(name, ()))
        ]
        if not found:
            return blank(kind)
        return found[0] if len(found) == 1 else func.coalesce(*found)


def blank(kind: Kind) -> ColumnElement[Any]:
    """No answer, as a column that stands in line with answers of that kind."""
    return cast(null(), Double() if kind == "number" else Text())


def _held(table: Table, name: str, field: Field) -> ColumnElement[Any]:
    """What the table holds under that name, as its field's type."""
    if name in table.c:
        return table.c[name]
    text = table.c[REST][name].as_string()
    kind = column_type(field)
    return DayOfText(text) if kind is Date else cast(text, kind)


def _kind(column: ColumnElement[Any]) -> Kind:
    if isinstance(column.type, BigInteger | Double):
        return "number"
    return "date" if isinstance(column.type, Date) else "text"


def _text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    match _kind(column):
        case "date":
            return DateText(column)
        case "number":
            return Value("number", column).text_or_null()
        case _:
            return case((column != BLANK, column))  # as nullif(), which SQLite calls as a function
