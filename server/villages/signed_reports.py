"""Formulir 4 as village heads signed it: editions are added, and nothing of them is ever changed or taken away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select

from forms.periods import Quarter
from server.database.card_tables import signed_reports
from server.villages.lock import lock_region
from server.villages.regions import counts, lies_in

_OF_QUARTER = select(signed_reports).order_by(signed_reports.c.edition.desc())


@dataclass(frozen=True)
class SignedReport:
    """One edition. `content` is what was signed (scorecards/paper/snapshot.py says how to read it), `check_code` what
    opens the page that confirms it, `signed_by` the email of the account."""

    village_id: str
    quarter: str
    edition: int
    check_code: str
    sha256: str
    content: bytes
    signed_at: datetime
    signed_by: str


def editions(connection: Connection, village_id: str, quarter: str) -> list[SignedReport]:
    """All editions of the village's report of a quarter, the newest first."""
    of = signed_reports.c
    query = _OF_QUARTER.where(of.village_id == village_id, of.quarter == quarter)
    return [SignedReport(**row) for row in connection.execute(query).mappings()]


def quarters(connection: Connection, village_id: str) -> list[Quarter]:
    """The quarters of which the village has a signed report."""
    query = select(signed_reports.c.quarter).where(signed_reports.c.village_id == village_id).distinct()
    return [Quarter.parse(quarter) for quarter in connection.execute(query).scalars()]


def newest(connection: Connection, village_id: str, quarter: str) -> SignedReport | None:
    """The edition that was signed last; None where none was."""
    of = signed_reports.c
    query = _OF_QUARTER.where(of.village_id == village_id, of.quarter == quarter).limit(1)
    row = connection.execute(query).mappings().first()
    return SignedReport(**row) if row else None


def count(connection: Connection, region: str, quarter: str) -> int:
    """How many villages of the region have a signed report of the quarter."""
    query = select(func.count(signed_reports.c.village_id.distinct())).where(*_of_region(region, quarter))
    found: int = connection.execute(query).scalar_one()
    return found


def villages_with(connection: Connection, region: str, quarter: str) -> set[str]:
    """The villages of the region that have one."""
    query = select(signed_reports.c.village_id).where(*_of_region(region, quarter)).distinct()
    return set(connection.execute(query).scalars())


def _of_region(region: str, quarter: str) -> tuple[ColumnElement[bool], ...]:
    of = signed_reports.c
    return lies_in(region, of.village_id), counts(of.village_id), of.quarter == quarter


def find(connection: Connection, check_code: str) -> SignedReport | None:
    """The report with this check code; None where there is none."""
    query = select(signed_reports).where(signed_reports.c.check_code == check_code)
    row = connection.execute(query).mappings().first()
    return SignedReport(**row) if row else None


def lock(connection: Connection, village_id: str) -> None:
    """Until the transaction ends nobody else signs for the village, so that no two editions have one number."""
    lock_region(connection, village_id)


def keep(connection: Connection, report: SignedReport) -> None:
    """Adds an edition."""
    connection.execute(insert(signed_reports), vars(report))
