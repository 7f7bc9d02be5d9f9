"""Table 5: what the village meetings agreed to spend, and what the quarterly meetings say was spent of it.

Counted are the activities of `rembuk_stunting` that are planned for the quarter's year, agreed up to day D, and paid
from Dana Desa. `rapat_triwulan` tells of each one whether it was called off, and what was spent since the year began:
its latest answer up to D holds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, Text, and_, func, or_, select

from aggregate.indicators.rules import Rules
from aggregate.sql.answer_sources import Source, blank
from aggregate.sql.expressions import Value
from aggregate.sql.functions import DateText
from aggregate.sql.parameters import AS_OF, YEAR, of_villages
from server.database.answer_tables import ORDER_KEY_WIDTH

AGREEMENT_FORM = "rembuk_stunting"
REVIEW_FORM = "rapat_triwulan"
ACTIVITIES = "kegiatan"
ACTIVITY_ID = "id_kegiatan"
VILLAGE_FUND = "dana_desa"
CALLED_OFF = "batal"

# A row's day and order key, as in the recap: max() of it and an answer after it is the latest answer.
_RANK_WIDTH = len("2026-03-31") + ORDER_KEY_WIDTH


def funds(rules: Rules) -> Subquery | None:
    """Rupiah by village, in the columns of `tables.FUNDS`; None while no form of the yearly meeting is published."""
    agreement = _meeting(rules, AGREEMENT_FORM)
    if agreement is None:
        return None
    agreed = _agreed(*agreement)
    review = _meeting(rules, REVIEW_FORM)
    if review is None:
        state, spent = blank("text"), blank("text")
        rows = select(agreed)
    else:
        told = _told(*review)
        state, spent = _latest(told.c.state), _latest(told.c.spent)
        rows = select(agreed).outerjoin(
            told, and_(told.c.village_id == agreed.c.village_id, told.c.activity == agreed.c.activity)
        )
    return (
        rows.with_only_columns(
            agreed.c.village_id,
            _rupiah(agreed.c.total).label("allocated_total"),
            _rupiah(agreed.c.stunting).label("allocated_stunting"),
            _rupiah(Value("text", spent).number()).label("spent"),
        )
        .where(or_(state.is_(None), state != CALLED_OFF))
        .group_by(agreed.c.village_id)
        .subquery("funds")
    )


def _meeting(rules: Rules, form_id: str) -> tuple[Source, Source] | None:
    """The answers of a meeting, and those about its activities; None where no such form is published."""
    versions = rules.versions_of(form_id)
    if not any(table.name == ACTIVITIES for schema in versions for table in schema.tables):
        return None
    meeting, activities = Source.of(versions), Source.of(versions, ACTIVITIES)
    return (meeting, activities) if meeting.is_dated else None


def _of_meeting(meeting: Source, activities: Source) -> ColumnElement[bool]:
    return and_(
        activities.table.c.village_id == meeting.table.c.village_id,
        activities.table.c.instance_id == meeting.table.c.instance_id,
        activities.table.c.sending_village == meeting.table.c.sending_village,
    )


def _agreed(meeting: Source, activities: Source) -> Subquery:
    return (
        select(
            activities.table.c.village_id,
            activities.answer(ACTIVITY_ID, "text").label("activity"),
            activities.answer("anggaran_total", "number").label("total"),
            activities.answer("anggaran_stunting", "number").label("stunting"),
        )
        .join_from(activities.table, meeting.table, _of_meeting(meeting, activities))
        .where(
            of_villages(activities.table.c.village_id),
            of_villages(meeting.table.c.village_id),
            meeting.day <= AS_OF,
            meeting.answer("tahun", "text") == YEAR,
            activities.answer("sumber_dana", "text") == VILLAGE_FUND,
        )
        .subquery("agreed")
    )


def _told(meeting: Source, activities: Source) -> Subquery:
    """By activity, the latest answers about it with their rank before them."""
    rank = DateText(meeting.day) + meeting.table.c.order_key
    activity = activities.answer(ACTIVITY_ID, "text")
    spent = Value("number", activities.answer("realisasi", "number"))
    return (
        select(
            activities.table.c.village_id,
            activity.label("activity"),
            func.max(rank + activities.answer("keadaan", "text"), type_=Text).label("state"),
            func.max(rank + spent.text_or_null(), type_=Text).label("spent"),
        )
        .join_from(activities.table, meeting.table, _of_meeting(meeting, activities))
        .where(
            of_villages(activities.table.c.village_id),
            of_villages(meeting.table.c.village_id),
            meeting.day <= AS_OF,
        )
        .group_by(activities.table.c.village_id, activity)
        .subquery("told")
    )


def _latest(ranked: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(ranked, _RANK_WIDTH + 1, type_=Text)


def _rupiah(amounts: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(func.sum(amounts), 0.0)
