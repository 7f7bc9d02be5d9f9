"""Statements are compiled once a process for all databases of a kind: tests open hundreds, one after the other.

SQLAlchemy keeps what it has compiled with the engine, and finds it again for that engine's dialect alone. That is right
for a server, which has one; here compiling would take longer than running the tests.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_compiled: LRUCache[Any, Any] = LRUCache(4000)


class _OneForAll:
    """A dialect that is the same as every other one of its class."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class Sqlite(_OneForAll, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class Postgresql(_OneForAll, PGDialect_psycopg):
    supports_statement_cache = True


def share_compiled() -> None:
    """From now on all engines of this process share what they compile."""
    registry.register("sqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgresql.__name__)
