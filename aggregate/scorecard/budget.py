"""Table 5: what the village meetings agreed to spend, and what the quarterly meetings say was spent of it.

Counted are the activities of `rembuk_stunting` that are planned for the quarter's year, agreed up to day D, and paid
from Dana Desa. `rapat_triwulan` tells of each one whether it was called off, and what was spent since the year began:
its latest answer up to D holds. What goes to a field (bidang) in all is what the latest meeting said that says it, and
at least what its activities cost.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, Text, and_, case, func, or_, select

from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import AMOUNTS, FUND_FIELDS, FUNDS
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
BUILDING, EMPOWERING = FUND_FIELDS

# A row's day and order key, as in the recap: max() of it and an answer after it is the latest answer.
_RANK_WIDTH = len("2026-03-31") + ORDER_KEY_WIDTH


def funds(rules: Rules) -> Subquery | None:
    """Rupiah by village, in the columns of `tables.FUNDS`; None while no form of the yearly meeting is published."""
    agreement = _meeting(rules, AGREEMENT_FORM)
    if agreement is None:
        return None
    said, agreed = _said(agreement[0]), _added_up(rules, *agreement)
    columns: dict[str, ColumnElement[float]] = {}
    for field in FUND_FIELDS:
        for amount in AMOUNTS:
            columns[f"{field}_{amount}"] = _rupiah(agreed.c[f"{field}_{amount}"])
        total, cost = _rupiah(Value("text", _latest(said.c[field])).number()), columns[f"{field}_allocated_total"]
        columns[f"{field}_allocated_total"] = case((total > cost, total), else_=cost)
    columns |= {amount: columns[f"{BUILDING}_{amount}"] + columns[f"{EMPOWERING}_{amount}"] for amount in AMOUNTS}
    return (
        select(said.c.village_id, *[columns[name].label(name) for name in FUNDS])
        .outerjoin_from(said, agreed, agreed.c.village_id == said.c.village_id)
        .subquery("funds")
    )


def _said(meeting: Source) -> Subquery:
    """By village that has met for the year, the latest answer to what goes to each field, with its rank before it."""
    rank = DateText(meeting.day) + meeting.table.c.order_key
    answers = {field: Value("number", meeting.answer(f"dana_desa_{field}", "number")) for field in FUND_FIELDS}
    return (
        select(
            meeting.table.c.village_id,
            *[func.max(rank + answer.text_or_null(), type_=Text).label(field) for field, answer in answers.items()],
        )
        .where(of_villages(meeting.table.c.village_id), *_of_year(meeting))
        .group_by(meeting.table.c.village_id)
        .subquery("said")
    )


def _of_year(meeting: Source) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return meeting.day <= AS_OF, meeting.answer("tahun", "text") == YEAR


def _added_up(rules: Rules, meeting: Source, activities: Source) -> Subquery:
    """By village, the amounts of its activities in each field, but for those that were called off."""
    agreed = _agreed(meeting, activities)
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
    amounts: dict[str, ColumnElement[Any]] = {
        "allocated_total": agreed.c.total,
        "allocated_stunting": agreed.c.stunting,
    }
    amounts["spent"] = Value("text", spent).number()
    return (
        rows.with_only_columns(
            agreed.c.village_id,
            *[
                _rupiah(func.sum(case((agreed.c.field == field, amount)))).label(f"{field}_{name}")
                for field in FUND_FIELDS
                for name, amount in amounts.items()
            ],
        )
        .where(or_(state.is_(None), state != CALLED_OFF))
        .group_by(agreed.c.village_id)
        .subquery("added_up")
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
            case((activities.answer("bidang", "text") == BUILDING, BUILDING), else_=EMPOWERING).label("field"),
            activities.answer("anggaran_total", "number").label("total"),
            activities.answer("anggaran_stunting", "number").label("stunting"),
        )
        .join_from(activities.table, meeting.table, _of_meeting(meeting, activities))
        .where(
            of_villages(activities.table.c.village_id),
            of_villages(meeting.table.c.village_id),
            *_of_year(meeting),
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


def _rupiah(amount: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(amount, 0.0)
