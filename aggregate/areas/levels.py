"""The villages of a region with what their cards came to in a quarter and in the one before, as counted last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, select

from aggregate.indicators.public_cards import shown_cards, was_visited
from aggregate.indicators.rules import Rules
from aggregate.scorecard.totals import known_villages
from forms.periods import Quarter
from scorecards.areas.levels import VillageLevel
from scorecards.areas.sources import Counting
from server.database.tables import phones, regions, villages
from server.villages.regions import VILLAGE_LENGTH, counts, lies_in


@dataclass(frozen=True)
class Levels:
    """The villages by code; when they were counted; the numbers of the rules by which their cards were."""

    villages: Sequence[VillageLevel]
    counting: Counting
    rules: frozenset[int]


def village_levels(
    connection: Connection, region: str, quarter: Quarter, today: date, public: Rules | None = None
) -> Levels:
    """All villages of the region that take part: one statement, a row a village. No practice village is among them.

    `public`: with what stands in for small counts, by these rules; None: as counted.

    A village waits where it has sent something since that changes the quarter, where it had a card of the quarter
    before and has none of this one, or where its card was counted before the quarter was over, and now it is.
    """
    query = _levels(region, quarter, public)
    found, days, rules = [], set(), set()
    last_day, is_over = quarter.last_day, quarter.last_day < today
    for code, received, due, targets, absent, *earlier, as_of, number, is_stale in connection.execute(query).all():
        received_before, due_before = earlier
        if as_of is None:
            waits = bool(is_stale or received_before is not None)
            found.append(VillageLevel(code, 0, 0, 0, 0, received_before, due_before, waits))
            continue
        waits = bool(is_stale or (is_over and as_of < last_day))
        days.add(as_of)
        rules.add(number)
        monitored = targets - absent
        found.append(VillageLevel(code, received, due, targets, monitored, received_before, due_before, waits))
    waiting = sum(one.waits for one in found)
    return Levels(found, Counting(min(days, default=None), max(days, default=None), waiting), frozenset(rules))


@lru_cache(maxsize=64)  # it takes longer to build than to run for a kecamatan
def _levels(region: str, quarter: Quarter, public: Rules | None) -> Select[Any]:
    known = known_villages(region)
    cards = shown_cards(public, hides=True)
    now, before = cards.alias("now"), cards.alias("before")
    its_row = and_(villages.c.village_id == known.c.village_id, lies_in(region, villages.c.village_id))
    return select(
        known.c.village_id,
        *_figures(now),
        _received(before),
        _due(before),
        now.c.as_of,
        now.c.rules,
        villages.c.stale_since <= str(quarter),
    ).select_from(
        known.outerjoin(now, _its_card(region, now, known.c.village_id, quarter))
        .outerjoin(before, _its_card(region, before, known.c.village_id, quarter.plus(-1)))
        .outerjoin(villages, its_row)
    )


def listed_villages(connection: Connection, region: str) -> int:
    """How many villages the list of regions has there, kelurahan among them."""
    is_village = func.length(regions.c.code) == VILLAGE_LENGTH
    query = select(func.count()).where(is_village, lies_in(region, regions.c.code), counts(regions.c.code))
    return connection.execute(query).scalar_one()


def last_contacts(connection: Connection, codes: Collection[str]) -> dict[str, datetime | None]:
    """When a phone of each of these villages was last heard of, None where it never was; villages without one are left
    out."""
    if not codes:
        return {}
    query = (
        select(phones.c.village_id, func.max(phones.c.seen_at).label("heard_at"))
        .where(phones.c.village_id.in_(sorted(codes)), phones.c.revoked_at.is_(None), phones.c.account.is_(None))
        .group_by(phones.c.village_id)
    )
    return {row.village_id: row.heard_at for row in connection.execute(query)}


def _its_card(region: str, card: FromClause, code: ColumnElement[str], quarter: Quarter) -> ColumnElement[bool]:
    return and_(card.c.village_id == code, card.c.quarter == str(quarter), lies_in(region, card.c.village_id))


def _figures(card: FromClause) -> tuple[ColumnElement[int], ...]:
    targets = card.c.pregnant + card.c.children
    absent = card.c.pregnant_not_monitored + card.c.children_not_monitored
    # Where one of two was visited, both may stand in for those who were not: but somebody was.
    return (
        _received(card),
        _due(card),
        targets,
        case((was_visited(card) & (absent == targets), absent - 1), else_=absent),
    )


def _received(card: FromClause) -> ColumnElement[int]:
    return card.c.pregnant_received + card.c.children_received


def _due(card: FromClause) -> ColumnElement[int]:
    return card.c.pregnant_due + card.c.children_due
