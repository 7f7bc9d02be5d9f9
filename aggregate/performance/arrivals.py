"""Which forms of a quarter came in time; a correction counts as sent when the form that it corrects was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, Text, and_, func, select, type_coerce

from aggregate.performance.duties import Span, Tally
from aggregate.sql.parameters import VILLAGES
from server.database.tables import instance_ids, submissions

# A form that comes in on the fifth day after the day that it speaks of was sent in time.
DAYS_TO_SEND = 5

# The characters of a moment that tell its minute.
_TO_THE_MINUTE = len("2026-03-31T23:59")
_IN_THREAD = submissions.alias("of_thread")
_Thread = tuple[str, str | None]  # village, and the instanceID of the original; None where it has no correction


def came(sent: Subquery) -> Select[Any]:
    """How many of the rows `sent` (origin, seq, day) came in by village, day, thread and the minute in which the first
    one of the thread came that names it. The original does not: see `_originals`."""
    arrival = submissions
    first = (
        select(func.min(_IN_THREAD.c.received_at))
        .where(
            _IN_THREAD.c.village_id == arrival.c.village_id,
            _IN_THREAD.c.village_id.in_(VILLAGES),
            _IN_THREAD.c.thread == arrival.c.thread,
        )
        .scalar_subquery()
    )
    minute = _minute(func.coalesce(first, arrival.c.received_at))
    its_arrival = and_(arrival.c.village_id == sent.c.origin, arrival.c.seq == sent.c.seq)
    rows = (
        select(sent.c.origin, sent.c.day, arrival.c.thread, minute.label("minute"))
        .join_from(sent, arrival, its_arrival)
        .where(arrival.c.village_id.in_(VILLAGES))
        .subquery("came")
    )
    return select(*rows.c, func.count().label("forms")).group_by(*rows.c)


def in_time(connection: Connection, found: Iterable[Row[Any]], span: Span) -> dict[str, Tally]:
    """Of each village the forms that came in, and those of them that came in time; from the rows of `came`."""
    # Held against its day's limit here: SQLite would go through the limits of all days for every form.
    limits, timely, all_ = _limits(span), Counter[str](), Counter[str]()
    rows = list(found)
    originals = _originals(connection, {(row.origin, row.thread) for row in rows if row.thread is not None})
    for row in rows:
        minute = min(row.minute, originals.get((row.origin, row.thread), row.minute))
        timely[row.origin] += row.forms * (minute < limits[row.day])
        all_[row.origin] += row.forms
    return {village_id: Tally(timely[village_id], of) for village_id, of in all_.items()}


def _originals(connection: Connection, threads: set[_Thread]) -> dict[_Thread, str]:
    """The minute in which the original of each thread came, where its own village sent it.

    It names no thread: it is known by the instanceID that the thread is called by. That is looked up by itself, and
    joined to nothing: a distributed database keeps it elsewhere than the submissions.
    """
    called = sorted({str(thread) for _, thread in threads})
    held = select(instance_ids).where(instance_ids.c.instance_id.in_(called))
    firsts = {
        (row.village_id, row.sha256): (row.village_id, row.instance_id)
        for row in (connection.execute(held) if called else ())
        if (row.village_id, row.instance_id) in threads
    }
    if not firsts:
        return {}
    wanted = select(
        submissions.c.village_id, submissions.c.sha256, _minute(submissions.c.received_at).label("minute")
    ).where(
        submissions.c.village_id.in_(sorted({village_id for village_id, _ in firsts})),
        submissions.c.sha256.in_(sorted({sha256 for _, sha256 in firsts})),
    )
    rows = ((firsts.get((row.village_id, row.sha256)), row.minute) for row in connection.execute(wanted))
    return {thread: minute for thread, minute in rows if thread is not None}


def _minute(moment: ColumnElement[datetime]) -> ColumnElement[str]:
    return func.substr(type_coerce(moment, Text), 1, _TO_THE_MINUTE)


def _limits(span: Span) -> dict[date, str]:
    """For each day of the quarter the minute from which on it is too late: midnight, where the villages are."""
    first = span.quarter.first_day
    days = [first + timedelta(days=number) for number in range((span.as_of - first).days + 1)]
    ends = {day: datetime.combine(day + timedelta(days=DAYS_TO_SEND + 1), time.min, span.timezone) for day in days}
    return {day: end.astimezone(UTC).isoformat()[:_TO_THE_MINUTE] for day, end in ends.items()}
