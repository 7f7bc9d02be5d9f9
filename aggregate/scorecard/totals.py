"""The level of convergence of many villages at once, from their cards as they were counted last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Subquery,
    and_,
    case,
    func,
    inspect,
    literal,
    select,
    union,
)

from aggregate.indicators.public_cards import shown_cards
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import CARDS
from aggregate.scorecard.card import Share
from forms.periods import Quarter
from server.database.tables import phones, regions, submissions, villages
from server.villages.regions import NATION, VILLAGE_LENGTH, counts, lies_in


@dataclass(frozen=True)
class VillageCount:
    """Received and due (table 4, together), and when the village's last form came in: None where none ever did."""

    share: Share
    reported_at: datetime | None


@dataclass(frozen=True)
class AreaCount:
    """The same of a region: of `villages` that have a phone or have sent something, `counted` have targets in the
    quarter. `unused` are in the list of regions and have neither."""

    share: Share
    villages: int
    counted: int
    unused: int


def village_totals(
    connection: Connection,
    region: str,
    quarter: Quarter,
    most: int,
    search: str = "",
    public: Rules | None = None,
) -> dict[str, VillageCount]:
    """All villages of a region that have a phone or have ever sent something, by code: at most `most` of them.

    The region ID is the nation. `search`: a part of the name, or the beginning of the code. Nothing is due where the
    quarter was not counted yet. `public`: of what stands in for small counts, by these rules; None: as counted.
    """
    known = known_villages(region)
    received, due, joined = _with_cards(connection, known, quarter, public)
    last = (
        select(submissions.c.received_at)
        .where(submissions.c.village_id == known.c.village_id, submissions.c.seq.is_not(None))
        .order_by(submissions.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(known.c.village_id, received, due, last).select_from(joined).order_by(known.c.village_id).limit(most)
    if search:
        query = query.where(known.c.village_id.in_(select(regions.c.code).where(_called(search))))
    return {code: VillageCount(Share(one, all_), at) for code, one, all_, at in connection.execute(query)}


def unused_villages(connection: Connection, region: str, most: int, search: str = "") -> list[str]:
    """The villages in the list of regions that have no phone and have sent nothing, by code: at most `most`."""
    query = select(regions.c.code).where(_is_unused(region)).order_by(regions.c.code).limit(most)
    return list(connection.execute(query.where(_called(search)) if search else query).scalars())


def count_unused(connection: Connection, region: str) -> int:
    """How many there are of them."""
    return connection.execute(select(func.count()).where(_is_unused(region))).scalar_one()


def area_totals(
    connection: Connection, region: str, quarter: Quarter, public: Rules | None = None
) -> dict[str, AreaCount]:
    """The regions right below this one that have villages, by code; `public` as in `village_totals`."""
    known = known_villages(region)
    received, due, joined = _with_cards(connection, known, quarter, public)
    area = _area_of(known.c.village_id, region).label("area")
    figures = (func.sum(received), func.sum(due), func.count(), func.sum(case((due > 0, 1), else_=0)))
    query = select(area, *figures).select_from(joined).group_by(area)
    found = {row[0]: row[1:] for row in connection.execute(query)}
    listed = _area_of(regions.c.code, region).label("area")
    idle = select(listed, func.count()).where(_is_unused(region)).group_by(listed)
    unused = {row[0]: row[1] for row in connection.execute(idle)}
    return {
        code: AreaCount(Share(int(one), int(all_)), count, int(counted), unused.get(code, 0))
        for code in sorted(found.keys() | unused.keys())
        for one, all_, count, counted in [found.get(code, (0, 0, 0, 0))]
    }


def known_villages(region: str) -> Subquery:
    """The villages of the region that have a phone or have ever sent something; of no practice village."""
    sent = select(villages.c.village_id).where(lies_in(region, villages.c.village_id), counts(villages.c.village_id))
    equipped = select(phones.c.village_id).where(
        lies_in(region, phones.c.village_id),
        counts(phones.c.village_id),
        phones.c.revoked_at.is_(None),
        phones.c.account.is_(None),
    )
    return union(sent, equipped).subquery("known")


def _called(search: str) -> ColumnElement[bool]:
    name, code = regions.c.name, regions.c.code
    return name.icontains(search, autoescape=True) | code.startswith(search, autoescape=True)


def _is_unused(region: str) -> ColumnElement[bool]:
    code = regions.c.code
    is_village = func.length(code) == VILLAGE_LENGTH
    known = select(known_villages(region).c.village_id)
    return and_(is_village, lies_in(region, code), counts(code), code.not_in(known))


def _area_of(code: ColumnElement[str], region: str) -> ColumnElement[str]:
    """The code of the region right below `region` in which a village lies."""
    dots = 0 if region == NATION else region.count(".") + 1
    # Of a Kemendagri code, each level but the village has two figures and a point.
    return func.substr(code, 1, 3 * dots + 2)


def _with_cards(
    connection: Connection, known: Subquery, quarter: Quarter, public: Rules | None
) -> tuple[ColumnElement[int], ColumnElement[int], FromClause]:
    """Received, due, and the villages joined with their cards of the quarter, where there are any."""
    if not inspect(connection).has_table(CARDS.name):
        return literal(0), literal(0), known
    cards = shown_cards(public, hides=True)
    received = cards.c.pregnant_received + cards.c.children_received
    due = cards.c.pregnant_due + cards.c.children_due
    its_card = (cards.c.village_id == known.c.village_id) & (cards.c.quarter == str(quarter))
    return func.coalesce(received, 0), func.coalesce(due, 0), known.outerjoin(cards, its_card)
