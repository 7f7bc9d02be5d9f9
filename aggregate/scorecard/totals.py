"""The level of convergence of many villages at once, from their cards as they were counted last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Subquery, case, func, inspect, literal, select, union

from aggregate.indicators.tables import CARDS
from aggregate.scorecard.card import Share
from forms.periods import Quarter
from server.database.tables import phones, regions, submissions, villages
from server.villages.regions import NATION, counts, lies_in


@dataclass(frozen=True)
class VillageCount:
    """Received and due (table 4, together), and when the village's last form came in: None where none ever did."""

    share: Share
    reported_at: datetime | None


@dataclass(frozen=True)
class AreaCount:
    """The same of a region: of `villages` that have a phone or have sent something, `counted` have targets in the
    quarter."""

    share: Share
    villages: int
    counted: int


def village_totals(
    connection: Connection, region: str, quarter: Quarter, most: int, search: str = ""
) -> dict[str, VillageCount]:
    """All villages of a region that have a phone or have ever sent something, by code: at most `most` of them.

    The region ID is the nation. `search`: a part of the name, or the beginning of the code. Nothing is due where the
    quarter was not counted yet.
    """
    known = _known(region)
    received, due, joined = _with_cards(connection, known, quarter)
    last = (
        select(submissions.c.received_at)
        .where(submissions.c.village_id == known.c.village_id, submissions.c.seq.is_not(None))
        .order_by(submissions.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(known.c.village_id, received, due, last).select_from(joined).order_by(known.c.village_id).limit(most)
    if search:
        called = select(regions.c.code).where(regions.c.name.icontains(search, autoescape=True))
        begins = known.c.village_id.startswith(search, autoescape=True)
        query = query.where(known.c.village_id.in_(called) | begins)
    return {code: VillageCount(Share(one, all_), at) for code, one, all_, at in connection.execute(query)}


def area_totals(connection: Connection, region: str, quarter: Quarter) -> dict[str, AreaCount]:
    """The regions right below this one that have such villages, by code."""
    known = _known(region)
    received, due, joined = _with_cards(connection, known, quarter)
    dots = 0 if region == NATION else region.count(".") + 1
    # Of a Kemendagri code, each level but the village has two figures and a point.
    area = func.substr(known.c.village_id, 1, 3 * dots + 2).label("area")
    figures = (func.sum(received), func.sum(due), func.count(), func.sum(case((due > 0, 1), else_=0)))
    query = select(area, *figures).select_from(joined).group_by(area).order_by(area)
    return {
        code: AreaCount(Share(int(one), int(all_)), count, int(counted))
        for code, one, all_, count, counted in connection.execute(query)
    }


def _known(region: str) -> Subquery:
    """The villages of the region that have a phone or have ever sent something; of no practice village."""
    sent = select(villages.c.village_id).where(lies_in(region, villages.c.village_id), counts(villages.c.village_id))
    equipped = select(phones.c.village_id).where(
        lies_in(region, phones.c.village_id),
        counts(phones.c.village_id),
        phones.c.revoked_at.is_(None),
        phones.c.account.is_(None),
    )
    return union(sent, equipped).subquery("known")


def _with_cards(
    connection: Connection, known: Subquery, quarter: Quarter
) -> tuple[ColumnElement[int], ColumnElement[int], FromClause]:
    """Received, due, and the villages joined with their cards of the quarter, where there are any."""
    if not inspect(connection).has_table(CARDS.name):
        return literal(0), literal(0), known
    received = CARDS.c.pregnant_received + CARDS.c.children_received
    due = CARDS.c.pregnant_due + CARDS.c.children_due
    its_card = (CARDS.c.village_id == known.c.village_id) & (CARDS.c.quarter == str(quarter))
    return func.coalesce(received, 0), func.coalesce(due, 0), known.outerjoin(CARDS, its_card)
