"""Tables whose columns come from a workbook: made when it is published, widened when a new version asks for more."""

from __future__ import annotations

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable


def ensure_table(connection: Connection, table: Table) -> None:
    """Creates `table`, or adds the columns it lacks. Never drops or changes a column: old answers stay readable."""
    inspector = inspect(connection)
    if not inspector.has_table(table.name):
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
        return
    present = {column["name"] for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            quoted = connection.dialect.identifier_preparer.format_table(table)
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {definition}")
