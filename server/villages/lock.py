"""A village's place in line: its row in `villages` is the lock that whatever writes there takes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from server.database.dialect import Upsert
from server.database.tables import entity_changes, regions, villages

_STANDS = (villages.c.seq, villages.c.held_since, villages.c.stale_since, villages.c.unmarked_since)
_COUNT_UP = Upsert(
    villages,
    lambda new: new.on_conflict_do_update(index_elements=["village_id"], set_={"seq": villages.c.seq + 1}).returning(
        *_STANDS
    ),
)
_ROW = select(*_STANDS).where(villages.c.village_id == bindparam("of_village"))
_ENTER = Upsert(villages, lambda new: new.on_conflict_do_nothing().returning(villages.c.village_id))


class VillageLock(NamedTuple):
    """A place in a village's order, and how the village stands: see its row in `villages`. `held_since` is None where
    no change waits for another, `stale_since` (a quarter, 2026-Q1) where no card is out of date, `unmarked_since` where
    no quality mark is."""

    seq: int
    held_since: datetime | None = None
    stale_since: str | None = None
    unmarked_since: date | None = None


def lock_village(connection: Connection, village_id: str) -> VillageLock:
    """Locks the village and counts up."""
    return VillageLock(*connection.execute(_COUNT_UP.on(connection), {"village_id": village_id, "seq": 1}).one())


def hold_village(connection: Connection, village_id: str, *, skip_locked: bool = False) -> VillageLock | None:
    """Locks the village and leaves its count as it is; None where others have it, if they are to be skipped."""
    query = _ROW.with_for_update(skip_locked=skip_locked)
    row = connection.execute(query, {"of_village": village_id}).one_or_none()
    if row is None:
        new = connection.execute(_ENTER.on(connection), {"village_id": village_id, "seq": 0}).first()
        if new is None and skip_locked:
            return None
        row = connection.execute(query, {"of_village": village_id}).one_or_none()
    return VillageLock(*row) if row else None


def as_they_stand(connection: Connection, village_ids: Iterable[str]) -> dict[str, VillageLock]:
    """The rows of villages that are locked already, with what was done since."""
    found = {village_id: hold_village(connection, village_id) for village_id in sorted(village_ids)}
    return {village_id: lock for village_id, lock in found.items() if lock is not None}


def lock_region(connection: Connection, village_id: str) -> None:
    """Lets nobody else decide the same about the village until the transaction ends: the second one judges what the
    first one has left. It keeps no submission waiting, and that row is always there."""
    connection.execute(select(regions.c.code).where(regions.c.code == village_id).with_for_update())


def note_held(connection: Connection, village_id: str) -> None:
    """Notes since when the oldest change waits in the village, or that none does."""
    waiting = (entity_changes.c.village_id == village_id) & (entity_changes.c.state == "held")
    oldest = select(func.min(entity_changes.c.received_at)).where(waiting).scalar_subquery()
    connection.execute(update(villages).where(villages.c.village_id == village_id).values(held_since=oldest))
