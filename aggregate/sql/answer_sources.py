"""The published forms whose answers are counted, as columns of their answer tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Double, Table, Text, cast, func, null

from aggregate.sql.expressions import Kind, Value
from aggregate.sql.functions import DateText, DayOfText
from aggregate.sql.texts_and_numbers import NotBlank
from forms.domain import DAY, TARGET_LISTS
from forms.schema import FormSchema
from server.database.answer_tables import REST, ColumnType, form_tables


@dataclass(frozen=True)
class Source:
    """An answer table of a published form: the main one, whose rows speak of a day, or that of a repeat.

    `columns`: field -> its columns, oldest first; where it has none, what stands for one.
    """

    form_id: str
    table: Table
    columns: dict[str, tuple[ColumnElement[Any], ...]]
    saves: dict[tuple[str, str], str]  # (list, field) -> property
    about: frozenset[str]  # the lists of targets that its versions ask for

    @classmethod
    def of(cls, schemas: list[FormSchema], repeat: str = "") -> Source:
        """The source that all versions of one form make together; at least one of them has the repeat."""
        tables = form_tables(schemas)
        table = tables.tables[repeat]
        fields = [field for schema in schemas for part in schema.tables if part.name == repeat for field in part.fields]
        columns = {
            field.name: tuple(_held(table, *one) for one in tables.columns_called(repeat, field.name).items())
            for field in fields
        }
        saves = {(field.save_to[0], field.name): field.save_to[1] for field in fields if field.save_to}
        about = frozenset(name for name in TARGET_LISTS if any(schema.is_about(name) for schema in schemas))
        return cls(schemas[-1].form_id, table, columns, saves, about)

    def monitors(self, target_list: str) -> bool:
        """Whether its rows are about targets of the list: it holds their id, and the day."""
        return target_list in self.about and self.is_dated

    @property
    def is_dated(self) -> bool:
        """Whether its rows say which day they speak of."""
        return any(_kind(column) == "date" for column in self.columns.get(DAY, ()))

    def target(self, target_list: str) -> ColumnElement[Any]:
        """The id of the target."""
        return _newest(self.columns[target_list])

    @property
    def day(self) -> ColumnElement[Any]:
        """The day that the row speaks of."""
        return _newest(column for column in self.columns[DAY] if _kind(column) == "date")

    def answer(self, name: str, kind: Kind) -> ColumnElement[Any]:
        """The field of a row as `kind`, NULL where blank or where the form has no such field."""
        found = [cast(column, Double) if kind == "number" else _text(column) for column in self.columns.get(name, ())]
        return _newest(found) if found else blank(kind)


def blank(kind: Kind) -> ColumnElement[Any]:
    """No answer, as a column that stands in line with answers of that kind."""
    return cast(null(), Double() if kind == "number" else Text())


def _newest(columns: Iterable[ColumnElement[Any]]) -> ColumnElement[Any]:
    """What the columns, oldest first, hold together. A row has an answer in one of them."""
    first, *others = reversed([*columns])
    return func.coalesce(first, *others) if others else first


def _held(table: Table, name: str, kind: ColumnType) -> ColumnElement[Any]:
    """What the table holds under that name, as that type."""
    if name in table.c:
        return table.c[name]
    text = table.c[REST][name].as_string()
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
            return NotBlank(column)
