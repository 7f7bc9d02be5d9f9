"""What phones, cards and quality checks have to hear of: lists that changed, from which quarter on cards are out of
date, and from which month on submissions are to be looked through anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, bindparam, case, or_, update

from forms.periods import Quarter
from server.database.dialect import Upsert
from server.database.tables import list_revisions, villages
from server.villages.lock import VillageLock

_RENEW_LIST = Upsert(
    list_revisions,
    lambda new: new.on_conflict_do_update(
        index_elements=["village_id", "list"], set_={"revision": list_revisions.c.revision + new.excluded.revision}
    ),
)


def _earlier(column: Column[Any]) -> ColumnElement[Any]:
    """What the column says, or the new value where that is earlier; no new value changes nothing."""
    new = bindparam(f"new_{column.name}", type_=column.type)
    return case((or_(column.is_(None), new < column), new), else_=column)


_MARK_SINCE = (
    update(villages)
    .where(villages.c.village_id == bindparam("of_village"))
    .values({name: _earlier(villages.c[name]) for name in ("stale_since", "unmarked_since")})
)


class Marks:
    """The marks that one transaction leaves, by village."""

    def __init__(self) -> None:
        self._since: dict[str, Quarter] = {}
        self._unmarked: dict[str, date] = {}
        # (village, list, seq): which lists changed by what came in as the seq-th.
        self._renewed: set[tuple[str, str, int]] = set()

    @property
    def villages(self) -> list[str]:
        """Those that have marks, in the order in which they are to be locked."""
        return sorted({*self._since, *self._unmarked, *(village for village, _, _ in self._renewed)})

    def stale(self, village_id: str, day: date) -> None:
        """Something about that day changes the village's cards from its quarter on."""
        since = Quarter.of(day)
        self._since[village_id] = min(self._since.get(village_id, since), since)

    def unmarked(self, village_ids: Iterable[str], day: date) -> None:
        """Something about that day may change what quality checks find in these villages from its month on."""
        month = day.replace(day=1)
        for village_id in village_ids:
            self._unmarked[village_id] = min(self._unmarked.get(village_id, month), month)

    def list_changed(self, village_id: str, name: str, seq: int) -> None:
        """What came in as the seq-th changed the list."""
        self._renewed.add((village_id, name, seq))

    def write(self, connection: Connection, locks: Mapping[str, VillageLock]) -> None:
        """Writes them down. The villages are locked: `locks` by village."""
        revisions = Counter[tuple[str, str]]()
        for village_id, name, seq in self._renewed:
            revisions[village_id, name] += seq
        rows = [
            {"village_id": village_id, "list": name, "revision": seqs}
            for (village_id, name), seqs in sorted(revisions.items())
        ]
        if rows:
            connection.execute(_RENEW_LIST.on(connection), rows)
        later = [found for village_id in self.villages if (found := self._since_of(village_id, locks[village_id]))]
        if later:
            connection.execute(_MARK_SINCE, later)

    def _since_of(self, village_id: str, stands: VillageLock) -> dict[str, Any] | None:
        """What the village's row is to say; None where it says so already."""
        stale, unmarked = self._since.get(village_id), self._unmarked.get(village_id)
        if _covers(stands.stale_since, stale and str(stale)) and _covers(stands.unmarked_since, unmarked):
            return None
        return {
            "of_village": village_id,
            "new_stale_since": stale and str(stale),
            "new_unmarked_since": unmarked,
        }


def _covers(already: Any, since: Any) -> bool:
    return since is None or (already is not None and already <= since)
