"""The answers of the village meetings: what they agreed on, and what they say of it later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, Text, and_, func, select

from aggregate.indicators.rules import Rules
from aggregate.sql.answer_sources import Source
from aggregate.sql.expressions import Value
from aggregate.sql.functions import DateText
from aggregate.sql.parameters import AS_OF, of_villages
from server.database.answer_tables import ORDER_KEY_WIDTH

AGREEMENT_FORM = "rembuk_stunting"
REVIEW_FORM = "rapat_triwulan"
ACTIVITIES = "kegiatan"
ACTIVITY_ID = "id_kegiatan"
DONE, CALLED_OFF = "selesai", "batal"

# A row's day and order key, as in the recap: max() of it and an answer after it is the latest answer.
_RANK_WIDTH = len("2026-03-31") + ORDER_KEY_WIDTH


def meeting_sources(rules: Rules, form_id: str) -> tuple[Source, Source] | None:
    """The answers of a meeting, and those about its activities; None where no such form is published."""
    versions = rules.versions_of(form_id)
    if not any(table.name == ACTIVITIES for schema in versions for table in schema.tables):
        return None
    meeting, activities = Source.of(versions), Source.of(versions, ACTIVITIES)
    return (meeting, activities) if meeting.is_dated else None


def of_meeting(meeting: Source, activities: Source) -> ColumnElement[bool]:
    """Whether a row about an activity is one of the meeting's row, each narrowed to the villages in question."""
    return and_(
        activities.table.c.village_id == meeting.table.c.village_id,
        activities.table.c.instance_id == meeting.table.c.instance_id,
        activities.table.c.sending_village == meeting.table.c.sending_village,
        of_villages(activities.table.c.village_id),
        of_villages(meeting.table.c.village_id),
    )


def rank(meeting: Source) -> ColumnElement[str]:
    """What sorts meetings as they were held."""
    return DateText(meeting.day) + meeting.table.c.order_key


def told(meeting: Source, activities: Source) -> Subquery:
    """By activity, the latest answers about it with their rank before them (`latest` takes that off)."""
    activity = activities.answer(ACTIVITY_ID, "text")
    spent = Value("number", activities.answer("realisasi", "number"))
    return (
        select(
            activities.table.c.village_id,
            activity.label("activity"),
            func.max(rank(meeting) + activities.answer("keadaan", "text"), type_=Text).label("state"),
            func.max(rank(meeting) + spent.text_or_null(), type_=Text).label("spent"),
        )
        .join_from(activities.table, meeting.table, of_meeting(meeting, activities))
        .where(meeting.day <= AS_OF)
        .group_by(activities.table.c.village_id, activity)
        .subquery("told")
    )


def latest(ranked: ColumnElement[Any]) -> ColumnElement[str]:
    """The answer behind its rank."""
    return func.substr(ranked, _RANK_WIDTH + 1, type_=Text)
