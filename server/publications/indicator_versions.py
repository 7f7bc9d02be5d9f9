"""The rules of the score as published: the indicator workbook of every version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from server.database.tables import indicator_versions


@dataclass(frozen=True)
class ListedRules:
    """A version of the rules, and when it was published."""

    number: int
    published_at: datetime


def publish(connection: Connection, workbook: bytes, now: datetime) -> int | None:
    """Puts a checked workbook in force; its number, or None where the very same one is in force already."""
    sha256 = hashlib.sha256(workbook).hexdigest()
    newest = select(indicator_versions.c.number, indicator_versions.c.sha256).order_by(
        indicator_versions.c.number.desc()
    )
    found = connection.execute(newest.limit(1)).one_or_none()
    if found and found.sha256 == sha256:
        return None
    number: int = found.number + 1 if found else 1
    row = {"number": number, "workbook": workbook, "sha256": sha256, "published_at": now}
    connection.execute(insert(indicator_versions), row)
    return number


def newest(connection: Connection) -> bytes | None:
    """The workbook in force; None where none was published."""
    query = select(indicator_versions.c.workbook).order_by(indicator_versions.c.number.desc()).limit(1)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def workbook(connection: Connection, number: int) -> bytes | None:
    """The workbook of that number as it came; None where none has it."""
    query = select(indicator_versions.c.workbook).where(indicator_versions.c.number == number)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def all_versions(connection: Connection) -> list[ListedRules]:
    """Every version, the one in force first."""
    columns = (indicator_versions.c.number, indicator_versions.c.published_at)
    query = select(*columns).order_by(indicator_versions.c.number.desc())
    return [ListedRules(*row) for row in connection.execute(query)]
