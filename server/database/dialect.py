"""The few places where SQLite and PostgreSQL are spoken to in their own dialect's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Double, Executable, Table, Text, exists, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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


class Seconds(FunctionElement[float]):
    """The moment that a text writes (`2026-03-31T08:00:00.000+07:00`), in seconds since some other one; NULL where it
    is none. Its day is one of the calendar: it was looked at when the answer came."""

    type = Double()
    inherit_cache = True


class FirstWord(FunctionElement[str]):
    """What a text holds before its first blank."""

    type = Text()
    inherit_cache = True


class SecondWord(FunctionElement[str]):
    """What a text holds between its first two blanks."""

    type = Text()
    inherit_cache = True


@compiles(Seconds, "sqlite")
def _seconds_sqlite(element: Seconds, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    zoned = f"({text} GLOB '??????????T*Z' OR {text} GLOB '??????????T*[+-]??:??')"
    return f"CASE WHEN {zoned} THEN round(julianday({text}) * 86400.0, 3) END"


@compiles(Seconds, "postgresql")
def _seconds_postgresql(element: Seconds, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    time = r"T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)"
    return f"CASE WHEN {text} ~ '^.{{10}}{time}$' THEN date_part('epoch', CAST({text} AS TIMESTAMPTZ)) END"


@compiles(FirstWord, "sqlite")
def _first_word_sqlite(element: FirstWord, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"substr({text}, 1, instr({text} || ' ', ' ') - 1)"


@compiles(SecondWord, "sqlite")
def _second_word_sqlite(element: SecondWord, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    rest = f"substr({text}, instr({text}, ' ') + 1)"
    return f"substr({rest}, 1, instr({rest} || ' ', ' ') - 1)"


@compiles(FirstWord, "postgresql")
def _first_word_postgresql(element: FirstWord, compiler: SQLCompiler, **kw: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **kw)}, ' ', 1)"


@compiles(SecondWord, "postgresql")
def _second_word_postgresql(element: SecondWord, compiler: SQLCompiler, **kw: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **kw)}, ' ', 2)"
