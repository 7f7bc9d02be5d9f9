"""Rows that one transaction is going to write, gathered so that each kind takes one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Executable, Table

from server.database.dialect import insert_rows


class PendingRows:
    """What is to be written. Nothing of it is in the database before `write`."""

    def __init__(self) -> None:
        self._inserts: dict[Table, list[Mapping[str, Any]]] = {}
        self._statements: dict[Executable, list[Mapping[str, Any]]] = {}

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """A new row; a column that it does not name stays blank."""
        self._inserts.setdefault(table, []).append(row)

    def run(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """A statement with its values, always the same object for the same statement."""
        self._statements.setdefault(statement, []).append(values)

    def write(self, connection: Connection) -> None:
        """Writes all, the new rows first."""
        if not self._inserts and not self._statements:
            return
        inserts, self._inserts = self._inserts, {}
        statements, self._statements = self._statements, {}
        for table, rows in inserts.items():
            insert_rows(connection, table, rows)
        for statement, values in statements.items():
            connection.execute(statement, values if len(values) > 1 else values[0])
