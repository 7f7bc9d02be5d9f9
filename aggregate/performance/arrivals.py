"""When a form came in: its correction counts as sent when the form that it corrects was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, case, func, select

from server.database.tables import instance_ids, submissions

_FIRST = submissions.alias("of_thread")


def first_came(arrival: Table) -> ColumnElement[datetime]:
    """The moment in which the first form of the thread came that the submission `arrival` is of."""
    earliest = (
        select(func.min(_FIRST.c.received_at))
        .where(_FIRST.c.village_id == arrival.c.village_id, _FIRST.c.thread == arrival.c.thread)
        .scalar_subquery()
    )
    # The original is in no thread but its own: it is known by the instanceID that the thread is called by.
    held = and_(instance_ids.c.village_id == _FIRST.c.village_id, instance_ids.c.sha256 == _FIRST.c.sha256)
    original = (
        select(_FIRST.c.received_at)
        .join_from(instance_ids, _FIRST, held)
        .where(instance_ids.c.instance_id == arrival.c.thread, _FIRST.c.village_id == arrival.c.village_id)
        .scalar_subquery()
    )
    return case((original < earliest, original), else_=func.coalesce(earliest, arrival.c.received_at))
