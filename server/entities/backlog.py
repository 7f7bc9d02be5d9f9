"""Which villages have changes that wait for the one before them, while one transaction goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.villages.lock import VillageLock, note_held

# A change whose predecessor has not come by then is applied all the same, as ODK Central does.
LONGEST_WAIT = timedelta(days=5)


class Backlog:
    """By village, since when the oldest change waits there; None where none does."""

    def __init__(self) -> None:
        self._since: dict[str, datetime | None] = {}
        self._changed: set[str] = set()

    def note(self, village_id: str, lock: VillageLock) -> None:
        """The village as its row has it."""
        self._since.setdefault(village_id, lock.held_since)

    def holds(self, village_id: str) -> bool:
        """Whether a change may wait there."""
        return self._since.get(village_id) is not None

    def overdue(self, now: datetime) -> list[str]:
        """The villages in which a change has waited for too long."""
        return [village for village, since in self._since.items() if since is not None and since <= now - LONGEST_WAIT]

    def hold(self, village_id: str, since: datetime) -> None:
        """One more waits there, since that moment."""
        self._since[village_id] = min(self._since.get(village_id) or since, since)
        self._changed.add(village_id)

    def look_again(self, village_id: str) -> None:
        """Some that waited there may not wait any more."""
        self._changed.add(village_id)

    def write(self, connection: Connection) -> None:
        """Notes in the villages' rows since when something waits."""
        for village_id in sorted(self._changed):
            note_held(connection, village_id)
        self._changed.clear()
