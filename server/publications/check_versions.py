"""The quality checks as published: checked against the published forms, and those of them that are in use."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, update

from forms.quality.checks import Check
from forms.quality.workbook import published_checks, read_checks
from server.database.publication_tables import check_versions
from server.database.tables import villages
from server.publications import indicator_versions
from server.publications.form_versions import FormCache


def check(connection: Connection, workbook: bytes) -> tuple[Check, ...]:
    """The checks of a workbook. Raises ProblemError with all mistakes."""
    return read_checks(workbook, FormCache().schemas(connection))


def publish(connection: Connection, workbook: bytes, now: datetime) -> int | None:
    """Checks a workbook and puts it in force, also for what was sent before; its number, or None where the same one is
    in force already. Raises ProblemError with all mistakes."""
    check(connection, workbook)
    number = indicator_versions.publish(connection, workbook, now, check_versions)
    if number is not None:
        connection.execute(update(villages).values(unmarked_since=date.min))
    return number


def in_force(connection: Connection) -> tuple[Check, ...]:
    """All checks of the workbook in force, in its order; none where none was published."""
    workbook = indicator_versions.newest(connection, check_versions)
    return published_checks(workbook) if workbook else ()
