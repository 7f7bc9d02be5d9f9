"""The few places where SQLite and PostgreSQL are spoken to in their own dialect's words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> Any:
    """INSERT with on_conflict_do_nothing and on_conflict_do_update, which both databases have in the same form."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
