"""What all tables are made with: one `metadata`, moments as text, JSON in each database's own way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Dialect, MetaData, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A point in time, kept as ISO text in UTC with microseconds: the same on every database, sorts as time does."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """What is written to the database; None stays None."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What was read from the database; None stays None."""
        return None if value is None else datetime.fromisoformat(value)


Json = JSON().with_variant(JSONB(), "postgresql")
