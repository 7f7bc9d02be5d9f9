"""Phones whose clock is wrong, seen by when their forms were finished.

A form that was finished after the server got it, or long before its phone was registered, tells of a wrong clock. One
that was finished a while before it came tells nothing: it may have waited for a signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from server.database.dialect import Among
from server.database.tables import phones

# What a phone may be ahead, and how long before its registration a form may have been finished: what was filled in on
# another phone may come late, and a clock that was reset shows a year long past.
AHEAD = timedelta(minutes=10)
BEFORE = timedelta(days=730)
# A form that came so soon after it was finished shows that the clock is right.
AT_ONCE = timedelta(hours=1)

_KNOWN = select(phones.c.token_sha256, phones.c.created_at, phones.c.clock_off).where(
    phones.c.village_id == bindparam("of_village"), Among(phones.c.token_sha256, "of_phones")
)
_NOTE = (
    update(phones)
    .where(phones.c.village_id == bindparam("of_village"), phones.c.token_sha256 == bindparam("of_phone"))
    .values(clock_off=bindparam("off"), clock_at=bindparam("at"))
)


def note_clocks(connection: Connection, village_id: str, finished: Mapping[str, tuple[datetime, datetime]]) -> None:
    """Notes of each phone of the village (the sha256 of its token) whether its clock is wrong, or right again, by when
    its last form was finished there and received here."""
    if not finished:
        return
    for row in connection.execute(_KNOWN, {"of_village": village_id, "of_phones": sorted(finished)}).all():
        ended, received_at = finished[row.token_sha256]
        off = clock_off(ended, received_at, row.created_at)
        if off is not None and (off or None) != row.clock_off:
            at = received_at if off else None
            about = {"of_village": village_id, "of_phone": row.token_sha256}
            connection.execute(_NOTE, {**about, "off": off or None, "at": at})


def clock_off(ended: datetime, received_at: datetime, registered_at: datetime) -> int | None:
    """By how many seconds at least the clock was wrong by which a form was finished, a negative number where it was
    behind; 0 where it was right, None where that cannot be told."""
    if ended > received_at + AHEAD:
        return round((ended - received_at).total_seconds())
    if ended < registered_at - BEFORE:
        return round((ended - registered_at).total_seconds())
    return 0 if ended > received_at - AT_ONCE else None
