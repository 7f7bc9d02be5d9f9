"""Which forms of a quarter came in time; a correction counts as sent when the form that it corrects was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, Subquery, Text, and_, func, select, type_coerce

from aggregate.performance.measures import Span, Tally
from aggregate.sql.parameters import VILLAGES
from server.database.tables import submissions

# A form that comes in on the fifth day after the day that it speaks of was sent in time.
DAYS_TO_SEND = 5

# The characters of a moment that tell its minute.
_TO_THE_MINUTE = len("2026-03-31T23:59")
_SAME_ROOT = submissions.alias("same_root")


def came(sent: Subquery) -> Select[Any]:
    """How many of the rows `sent` (sending_village, seq, day) came in by village, day, and the minute in which the
    first submission with their root came."""
    first = (
        select(func.min(_SAME_ROOT.c.received_at))
        .where(
            _SAME_ROOT.c.village_id == submissions.c.village_id,
            _SAME_ROOT.c.village_id.in_(VILLAGES),
            _SAME_ROOT.c.root_instance_id == submissions.c.root_instance_id,
        )
        .scalar_subquery()
    )
    minute = func.substr(type_coerce(first, Text), 1, _TO_THE_MINUTE)
    same_submission = and_(submissions.c.village_id == sent.c.sending_village, submissions.c.seq == sent.c.seq)
    rows = (
        select(sent.c.sending_village, sent.c.day, minute.label("minute"))
        .join_from(sent, submissions, same_submission)
        .where(submissions.c.village_id.in_(VILLAGES))
        .subquery("came")
    )
    return select(*rows.c, func.count().label("forms")).group_by(*rows.c)


def in_time(found: Iterable[Row[Any]], span: Span) -> dict[str, Tally]:
    """By village the forms that came in, and those of them that came in time; from the rows of `came`."""
    # Held against its day's limit here: SQLite would go through the limits of all days for every form.
    limits, timely, all_ = _limits(span), Counter[str](), Counter[str]()
    for row in found:
        timely[row.sending_village] += row.forms * (row.minute < limits[row.day])
        all_[row.sending_village] += row.forms
    return {village_id: Tally(timely[village_id], of) for village_id, of in all_.items()}


def _limits(span: Span) -> dict[date, str]:
    """For each day of the quarter the minute from which on it is too late: midnight, where the villages are."""
    first = span.quarter.first_day
    days = [first + timedelta(days=number) for number in range((span.as_of - first).days + 1)]
    ends = {day: datetime.combine(day + timedelta(days=DAYS_TO_SEND + 1), time.min, span.timezone) for day in days}
    return {day: end.astimezone(UTC).isoformat()[:_TO_THE_MINUTE] for day, end in ends.items()}
