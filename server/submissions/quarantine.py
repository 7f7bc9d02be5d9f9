"""What does not count, or not wholly, with the reason; and trying it again when the cause is mended."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection, Engine, select

from server.database.engine import reading
from server.database.tables import submissions
from server.publications.form_versions import FormCache
from server.submissions.rebuild import rebuild_villages


@dataclass(frozen=True)
class Quarantined:
    """A submission that does not count, or of which an entity could not be applied; `detail` in both languages.
    `form_id` and `instance_id` are None where the submission does not say them."""

    village_id: str
    sha256: str
    received_at: datetime
    form_id: str | None
    instance_id: str | None
    state: str
    problem: str
    detail: str


def quarantined(connection: Connection) -> list[Quarantined]:
    """All submissions with a problem, by village and order of arrival."""
    names = Quarantined.__dataclass_fields__
    wanted = (
        select(*(submissions.c[name] for name in names))
        .where(submissions.c.problem.is_not(None))
        .order_by(submissions.c.village_id, submissions.c.seq)
    )
    return [Quarantined(**row) for row in connection.execute(wanted).mappings()]


def replay(
    engine: Engine, cache: FormCache, zone: tzinfo, now: datetime, only: Container[str] | None = None
) -> tuple[int, int]:
    """Tries the villages that have submissions with a problem again, of those in `only` (None: all); (how many
    there were, how many are left).

    The whole village is derived again, so that what comes in late takes effect in its own place and order. Raises
    ProblemError VILLAGES_FAILED at the end where some could not be.
    """
    with reading(engine) as connection:
        before = [one for one in quarantined(connection) if only is None or one.village_id in only]
    concerned = sorted({found.village_id for found in before if found.state != "waiting"})
    rebuild_villages(engine, cache, concerned, zone, now)
    with reading(engine) as connection:
        left = [one for one in quarantined(connection) if only is None or one.village_id in only]
    return len(before), len(left)
