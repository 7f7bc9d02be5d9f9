"""Rules as published: the workbook of every version, of the score (`indicator_versions`, where no other table is named)
or of the quality checks (`check_versions`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, insert, select

from server.database.publication_tables import indicator_versions

LONGEST_REASON = 300  # letters


@dataclass(frozen=True)
class ListedRules:
    """A version of the rules, and when it was published."""

    number: int
    published_at: datetime


def publish(
    connection: Connection,
    workbook: bytes,
    now: datetime,
    of: Table = indicator_versions,
    reason: str | None = None,
) -> int | None:
    """Puts a checked workbook in force; its number, or None where the very same one is in force already. `reason`: of
    a change of the score, as cards show it; None where none is given."""
    sha256 = hashlib.sha256(workbook).hexdigest()
    newest = select(of.c.number, of.c.sha256).order_by(of.c.number.desc())
    found = connection.execute(newest.limit(1)).one_or_none()
    if found and found.sha256 == sha256:
        return None
    number: int = found.number + 1 if found else 1
    row = {"number": number, "workbook": workbook, "sha256": sha256, "published_at": now}
    connection.execute(insert(of), row | ({"reason": reason} if reason else {}))
    return number


def as_reason(text: str) -> str:
    """The reason of a change as it is kept: on one line, and not too long for a card."""
    return " ".join(text.split())[:LONGEST_REASON]


def newest(connection: Connection, of: Table = indicator_versions) -> bytes | None:
    """The workbook in force; None where none was published."""
    query = select(of.c.workbook).order_by(of.c.number.desc()).limit(1)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def workbook(connection: Connection, number: int, of: Table = indicator_versions) -> bytes | None:
    """The workbook of that number as it came; None where none has it."""
    query = select(of.c.workbook).where(of.c.number == number)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def all_versions(connection: Connection, of: Table = indicator_versions) -> list[ListedRules]:
    """Every version, the one in force first."""
    query = select(of.c.number, of.c.published_at).order_by(of.c.number.desc())
    return [ListedRules(*row) for row in connection.execute(query)]
