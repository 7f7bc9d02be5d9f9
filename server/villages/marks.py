"""What phones and cards have to hear of: lists that changed, and from which quarter on cards are out of date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, or_, update

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
_MARK_STALE = (
    update(villages)
    .where(villages.c.village_id == bindparam("of_village"))
    .where(or_(villages.c.stale_since.is_(None), villages.c.stale_since > bindparam("since")))
    .values(stale_since=bindparam("since"))
)


class Marks:
    """The marks that one transaction leaves, by village."""

    def __init__(self) -> None:
        self._since: dict[str, Quarter] = {}
        # (village, list, seq): which lists changed by what came in as the seq-th.
        self._renewed: set[tuple[str, str, int]] = set()

    @property
    def villages(self) -> list[str]:
        """Those that have marks, in the order in which they are to be locked."""
        return sorted({*self._since, *(village for village, _, _ in self._renewed)})

    def stale(self, village_id: str, day: date) -> None:
        """Something about that day changes the village's cards from its quarter on."""
        since = Quarter.of(day)
        self._since[village_id] = min(self._since.get(village_id, since), since)

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
        for village_id, since in sorted(self._since.items()):
            if (already := locks[village_id].stale_since) is not None and already <= str(since):
                continue
            connection.execute(_MARK_STALE, {"of_village": village_id, "since": str(since)})
