"""What a database is asked meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine, event

# A row that goes to another village where it lies, which a distributed database refuses.
MOVES_ROWS = re.compile(r"UPDATE \w+ SET ((?!\bWHERE\b).)*\bvillage_id\s*=", re.DOTALL)


class Sent(NamedTuple):
    """A statement as the database gets it, and its parameters in words."""

    sql: str
    values: str


@contextmanager
def sent_to(engine: Engine) -> Iterator[list[Sent]]:
    """What the database is sent meanwhile; on SQLite also what begins a transaction."""
    found: list[Sent] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        found.append(Sent(statement, repr(values)))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile; on SQLite also those that begin a transaction."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def built_for(engine: Engine) -> Iterator[list[Any]]:
    """The same as SQLAlchemy's objects, which can be looked into; what is given as text is not among them."""
    found: list[Any] = []

    def note(_connection: object, statement: object, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_execute", note)
    yield found
    event.remove(engine, "before_execute", note)
