"""The few places where SQLite and PostgreSQL are spoken to in their own dialect's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    Double,
    Executable,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    exists,
    func,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from server.database.types import Moment, written_moment


class Upsert:
    """An INSERT with ON CONFLICT, which both databases have in the same form; its values are given with each run.

    It is built once, like every statement that a submission runs: building one takes SQLAlchemy longer than running it.
    """

    def __init__(self, table: Table, on_conflict: Callable[[Any], Executable]) -> None:
        self._of = {"sqlite": on_conflict(sqlite.insert(table)), "postgresql": on_conflict(postgresql.insert(table))}

    def on(self, connection: Connection) -> Executable:
        """The statement in the words of the connection's database."""
        return self._of[connection.dialect.name]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes new rows in one statement; a column that a row does not name stays blank. None of them holds bytes.

    SQLAlchemy would look at every value of every row, and psycopg send one row after the other: that takes longer than
    all else that is done with a submission.
    """
    if not rows:
        return
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_insert_of_json(table, columns), (_rows_in_json(rows),))
        return
    statement, as_text = _insert_of_values(table, columns)
    values = [[row.get(column) for column in columns] for row in rows]
    for place, text in as_text:
        for row in values:
            if row[place] is not None:
                row[place] = text(row[place])
    connection.exec_driver_sql(statement, [tuple(row) for row in values])


@lru_cache(maxsize=256)
def _insert_of_json(table: Table, columns: tuple[str, ...]) -> str:
    """For PostgreSQL: all rows are one parameter."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(map(quote, columns))
    typed = ", ".join(f"{quote(name)} {table.c[name].type.compile(dialect)}" for name in columns)
    of_rows = f"json_to_recordset(%s) AS rows ({typed})"
    return f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM {of_rows}"  # noqa: S608 # SQLAlchemy's names


@lru_cache(maxsize=256)
def _insert_of_values(table: Table, columns: tuple[str, ...]) -> tuple[str, list[tuple[int, Callable[[Any], str]]]]:
    """For SQLite: with the places of values that are kept as texts."""
    quote = sqlite.dialect().identifier_preparer.quote
    names, marks = ", ".join(map(quote, columns)), ", ".join("?" * len(columns))
    as_text = [
        (place, text)
        for place, name in enumerate(columns)
        for kind, text in _AS_TEXT.items()
        if isinstance(table.c[name].type, kind)
    ]
    return f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", as_text  # noqa: S608 # SQLAlchemy's names


def write_json(value: Any) -> str:
    """JSON as the databases keep it."""
    return _encode(value) if value else _EMPTY.get(type(value)) or _encode(value)


def _rows_in_json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_day_or_moment)


def _day_or_moment(value: date) -> str:
    return written_moment(value) if isinstance(value, datetime) else value.isoformat()


_encode = json.JSONEncoder().encode
_EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]"}  # very many are
_AS_TEXT: dict[type[TypeEngine[Any]], Callable[[Any], str]] = {
    Date: date.isoformat,
    Moment: written_moment,
    JSON: write_json,
}


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


class _Texts(TypeDecorator[Sequence[str]]):
    """Texts in one parameter."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" or value is None else json.dumps(value)


class Among(FunctionElement[bool]):
    """Whether the column's text is among those that are given with each run, as a list, under this name.

    However many they are, the statement is the same: neither SQLAlchemy nor the database has to make it anew.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=_Texts()))


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


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 # both are SQLAlchemy's


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY ({texts})"


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


class ByDialect(FunctionElement[bool]):
    """A condition, and the same in words that SQLite is quicker with."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, usual: ColumnElement[bool], *, sqlite: ColumnElement[bool]) -> None:
        super().__init__(usual, sqlite)

    def self_group(self, against: object = None) -> ByDialect:
        return self  # a condition as it is, where SQLite would be asked whether it is 1


@compiles(ByDialect)
def _usual(element: ByDialect, compiler: SQLCompiler, **kw: Any) -> str:
    usual, _ = element.clauses
    return f"({compiler.process(usual, **kw)})"


@compiles(ByDialect, "sqlite")
def _of_sqlite(element: ByDialect, compiler: SQLCompiler, **kw: Any) -> str:
    _, quick = element.clauses
    return f"({compiler.process(quick, **kw)})"
