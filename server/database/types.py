"""What all tables are made with: one `metadata`, moments as text, JSON in each database's own way, and where their rows
lie in a distributed database.

Citus on PostgreSQL spreads a table by one of its columns. Which one stands beside the table, in its `info`: BY_VILLAGE
for all that belongs to a village, so that its rows lie together, `spread_by` another column where rows are looked up by
something else, REFERENCE for what is small and lies on every node.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Connection, Dialect, MetaData, Table, Text, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def written_moment(moment: datetime) -> str:
    """The moment (aware) as it is kept."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """A point in time, kept as ISO text in UTC with microseconds: the same on every database, sorts as time does."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """What is written to the database; None stays None."""
        return None if value is None else written_moment(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What was read from the database; None stays None."""
        return None if value is None else datetime.fromisoformat(value)


Json = JSON().with_variant(JSONB(), "postgresql")

_KEY = "distributed_by"


def spread_by(column: str) -> dict[str, str | None]:
    """The `info` of a table whose rows lie where that column says."""
    return {_KEY: column}


BY_VILLAGE = spread_by("village_id")
REFERENCE: dict[str, str | None] = {_KEY: None}

_IS_CITUS = text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
_IS_DONE = text("SELECT 1 FROM pg_dist_partition WHERE logicalrel = CAST(:of_table AS regclass)")
_SPREAD = text("SELECT create_distributed_table(CAST(:of_table AS regclass), :key)")
_EVERYWHERE = text("SELECT create_reference_table(CAST(:of_table AS regclass))")


def key_of(table: Table) -> str | None:
    """The column that the table is spread by; None where it lies on every node. Raises KeyError where it does not say:
    each table must."""
    key: str | None = table.info[_KEY]
    return key


def distribute(connection: Connection, *tables: Table) -> None:
    """Spreads the tables that are not spread yet, where the database is distributed: elsewhere nothing is done.

    They are there already, with their primary keys and without rows of other nodes.
    """
    if connection.dialect.name != "postgresql" or connection.execute(_IS_CITUS).first() is None:
        return
    for table in tables:
        called = {"of_table": connection.dialect.identifier_preparer.format_table(table)}
        if connection.execute(_IS_DONE, called).first() is not None:
            continue
        key = key_of(table)
        if key is None:
            connection.execute(_EVERYWHERE, called)
        else:
            connection.execute(_SPREAD, {**called, "key": key})
