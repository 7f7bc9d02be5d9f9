"""What does not count, or not wholly, with the reason; and trying it again when the cause is mended.

From a page that is asked for, and the processor does it (server/processor.py): a large village takes many seconds.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection, Engine, func, select, update

from server.database.engine import reading, writing
from server.database.tables import submissions, villages
from server.publications.form_versions import FormCache
from server.submissions.rebuild import rebuild_villages, try_to_rebuild
from server.villages.lock import hold_village
from server.villages.regions import lies_in


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


def ask_to_replay(connection: Connection, village_ids: Iterable[str], now: datetime) -> None:
    """Puts these villages in the line for `replay_next`; one that stands in it already keeps its place."""
    here = villages.c.village_id.in_(sorted(village_ids)) & villages.c.replay_since.is_(None)
    connection.execute(update(villages).where(here).values(replay_since=now))


def count_to_replay(connection: Connection, region: str) -> int:
    """How many villages of the region stand in that line; the region ID is the nation."""
    asked = lies_in(region, villages.c.village_id) & villages.c.replay_since.is_not(None)
    return connection.execute(select(func.count()).select_from(villages).where(asked)).scalar_one()


def replay_next(engine: Engine, cache: FormCache, zone: tzinfo, now: datetime) -> bool:
    """Tries the village again that has stood longest in the line, of those that nobody else is at; whether there was
    one. A village in which that fails keeps what it had, and leaves the line: `kpm status` says why."""
    asked = villages.c.replay_since
    line = select(villages.c.village_id).where(asked.is_not(None), ~villages.c.to_rebuild).order_by(asked)
    with reading(engine) as connection:
        village_ids = list(connection.execute(line).scalars())
    village_id = next((one for one in village_ids if _is_free(engine, one)), None)
    if village_id is None:
        return False
    try_to_rebuild(engine, cache, [village_id], zone, now)
    return True


def _is_free(engine: Engine, village_id: str) -> bool:
    """Whether nobody holds the village, such as another server that rebuilds it."""
    with writing(engine) as connection:
        return hold_village(connection, village_id, skip_locked=True) is not None
