"""The few places where SQLite and PostgreSQL are spoken to in their own dialect's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Executable, Table, exists, func
from sqlalchemy.dialects import postgresql, sqlite


class Upsert:
    """An INSERT with ON CONFLICT, which both databases have in the same form; its values are given with each run.

    It is built once, like every statement that a submission runs: building one takes SQLAlchemy longer than running it.
    """

    def __init__(self, table: Table, on_conflict: Callable[[Any], Executable]) -> None:
        self._of = {"sqlite": on_conflict(sqlite.insert(table)), "postgresql": on_conflict(postgresql.insert(table))}

    def on(self, connection: Connection) -> Executable:
        """The statement in the words of the connection's database."""
        return self._of[connection.dialect.name]


def lists_any(connection: Connection, column: Column[Any], name: str, wanted: Iterable[str]) -> ColumnElement[bool]:
    """Whether one of the texts is in the list that the JSON column holds under that name; not, where it holds none."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(column, f"$.{name}").table_valued("value")
    else:
        listed = func.jsonb_array_elements_text(column[name]).table_valued("value")
    return exists().where(listed.c.value.in_(sorted(set(wanted))))


def shut(connection: Connection, table: Table) -> None:
    """Lets nobody else write to the table until the transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
