"""Table 5: what the village meetings agreed to spend, and what the quarterly meetings say was spent of it.

Counted are the activities of `rembuk_stunting` that are planned for the quarter's year, agreed up to day D, and paid
from Dana Desa. `rapat_triwulan` tells of each one whether it was called off, and what was spent since the year began:
its latest answer up to D holds. What goes to a field (bidang) in all is what the latest meeting said that says it, and
at least what its activities cost.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, and_, case, func, or_, select

from aggregate.indicators.meetings import (
    ACTIVITY_ID,
    AGREEMENT_FORM,
    CALLED_OFF,
    REVIEW_FORM,
    latest,
    meeting_sources,
    of_meeting,
    rank,
    told,
)
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import AMOUNTS, FUND_FIELDS, FUNDS
from aggregate.sql.answer_sources import Source, blank
from aggregate.sql.expressions import Value
from aggregate.sql.parameters import AS_OF, YEAR, of_villages

VILLAGE_FUND = "dana_desa"
BUILDING, EMPOWERING = FUND_FIELDS


def funds(rules: Rules) -> Subquery | None:
    """Rupiah by village, in the columns of `tables.FUNDS`; None while no form of the yearly meeting is published."""
    agreement = meeting_sources(rules, AGREEMENT_FORM)
    if agreement is None:
        return None
    said, agreed = _said(agreement[0]), _added_up(rules, *agreement)
    columns: dict[str, ColumnElement[float]] = {}
    for field in FUND_FIELDS:
        for amount in AMOUNTS:
            columns[f"{field}_{amount}"] = _rupiah(agreed.c[f"{field}_{amount}"])
        total, cost = _rupiah(Value("text", latest(said.c[field])).number()), columns[f"{field}_allocated_total"]
        columns[f"{field}_allocated_total"] = case((total > cost, total), else_=cost)
    columns |= {amount: columns[f"{BUILDING}_{amount}"] + columns[f"{EMPOWERING}_{amount}"] for amount in AMOUNTS}
    return (
        select(said.c.village_id, *[columns[name].label(name) for name in FUNDS])
        .outerjoin_from(said, agreed, agreed.c.village_id == said.c.village_id)
        .subquery("funds")
    )


def _said(meeting: Source) -> Subquery:
    """By village that has met for the year, the latest answer to what goes to each field, with its rank before it."""
    answers = {field: Value("number", meeting.answer(f"dana_desa_{field}", "number")) for field in FUND_FIELDS}
    return (
        select(
            meeting.table.c.village_id,
            *[
                func.max(rank(meeting) + answer.text_or_null(), type_=Text).label(field)
                for field, answer in answers.items()
            ],
        )
        .where(of_villages(meeting.table.c.village_id), *_of_year(meeting))
        .group_by(meeting.table.c.village_id)
        .subquery("said")
    )


def _of_year(meeting: Source) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return meeting.day <= AS_OF, meeting.answer("tahun", "text") == YEAR


def _added_up(rules: Rules, meeting: Source, activities: Source) -> Subquery:
    """By village, the amounts of its activities in each field, but for those that were called off."""
    agreed = _followed(rules, meeting, activities)
    amounts: dict[str, ColumnElement[Any]] = {
        "allocated_total": agreed.c.total,
        "allocated_stunting": agreed.c.stunting,
        "spent": agreed.c.spent,
    }
    return (
        select(
            agreed.c.village_id,
            *[
                _rupiah(func.sum(case((agreed.c.field == field, amount)))).label(f"{field}_{name}")
                for field in FUND_FIELDS
                for name, amount in amounts.items()
            ],
        )
        .group_by(agreed.c.village_id)
        .subquery("added_up")
    )


def _followed(rules: Rules, meeting: Source, activities: Source) -> Subquery:
    """What was agreed, without what was called off: each activity with its latest state and what was spent on it."""
    agreed = _agreed(meeting, activities)
    review = meeting_sources(rules, REVIEW_FORM)
    if review is None:
        state, spent = blank("text"), blank("text")
        rows = select(agreed)
    else:
        progress = told(*review)
        state, spent = latest(progress.c.state), latest(progress.c.spent)
        rows = select(agreed).outerjoin(
            progress, and_(progress.c.village_id == agreed.c.village_id, progress.c.activity == agreed.c.activity)
        )
    return (
        rows.with_only_columns(*agreed.c, state.label("state"), Value("text", spent).number().label("spent"))
        .where(or_(state.is_(None), state != CALLED_OFF))
        .subquery("followed")
    )


def activities(rules: Rules) -> Select[Any] | None:
    """The activities that `funds` adds up, one by one; None while no form of the yearly meeting is published."""
    agreement = meeting_sources(rules, AGREEMENT_FORM)
    if agreement is None:
        return None
    followed = _followed(rules, *agreement)
    return select(followed).order_by(followed.c.day, followed.c.seq, followed.c.ordinal)


def _agreed(meeting: Source, activities: Source) -> Subquery:
    return (
        select(
            activities.table.c.village_id,
            activities.answer(ACTIVITY_ID, "text").label("activity"),
            case((activities.answer("bidang", "text") == BUILDING, BUILDING), else_=EMPOWERING).label("field"),
            activities.answer("anggaran_total", "number").label("total"),
            activities.answer("anggaran_stunting", "number").label("stunting"),
            activities.answer("nama_kegiatan", "text").label("name"),
            meeting.day.label("day"),
            *[activities.table.c[name] for name in ("sending_village", "seq", "ordinal")],
        )
        .join_from(activities.table, meeting.table, of_meeting(meeting, activities))
        .where(
            *_of_year(meeting),
            activities.answer("sumber_dana", "text") == VILLAGE_FUND,
        )
        .subquery("agreed")
    )


def _rupiah(amount: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(amount, 0.0)
