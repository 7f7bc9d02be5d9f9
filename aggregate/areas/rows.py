"""The cards of a region's villages one by one, however many there are: no more than a portion is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, select

from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import CARDS, stored_cards
from aggregate.scorecard.card import card_of
from aggregate.scorecard.totals import known_villages
from forms.periods import Quarter
from forms.region_names import bare
from scorecards.sources import Place
from server.database.tables import regions
from server.villages.areas import names_above_villages
from server.villages.regions import counts, lies_in

# Rows that are fetched together.
PORTION = 500


def village_rows(
    connection: Connection, rules: Rules, region: str, quarter: Quarter
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """All villages that take part, by code, with the JSON of their cards as counted last: all zeros, and no day up to
    which they were counted, where there is none. Columns are those of these rules."""
    known, cards = known_villages(region), stored_cards(rules)
    its_card = and_(
        cards.c.village_id == known.c.village_id, cards.c.quarter == str(quarter), lies_in(region, cards.c.village_id)
    )
    query = (
        select(known.c.village_id.label("code"), regions.c.name.label("name"), cards)
        .select_from(known.outerjoin(cards, its_card).outerjoin(regions, regions.c.code == known.c.village_id))
        .order_by(known.c.village_id)
    )
    names = names_above_villages(connection, region)
    for row in connection.execute(query, execution_options={"yield_per": PORTION}).mappings():
        code = row["code"]
        village, above = bare(row["name"] or code), (code[:8], code[:5], code[:2])
        place = Place(code, village, *(names.get(one, one) for one in above))
        counted = row["village_id"] is not None
        card = card_of(code, village, quarter, dict(row) if counted else {}, rules, quarter.last_day).json()
        yield place, card if counted else {**card, "as_of": None}


def newest_rules(connection: Connection, region: str, quarter: Quarter) -> int | None:
    """The newest rules that cards of the region and quarter were counted by; None where there is no card."""
    its_cards = (lies_in(region, CARDS.c.village_id), counts(CARDS.c.village_id), CARDS.c.quarter == str(quarter))
    number: int | None = connection.execute(select(func.max(CARDS.c.rules)).where(*its_cards)).scalar_one()
    return number


def count_villages(connection: Connection, region: str) -> int:
    """How many villages of the region take part."""
    return connection.execute(select(func.count()).select_from(known_villages(region))).scalar_one()


def counted_quarters(connection: Connection) -> list[Quarter]:
    """The quarters that have a card of some village, the latest first."""
    query = select(CARDS.c.quarter).where(counts(CARDS.c.village_id)).distinct().order_by(CARDS.c.quarter.desc())
    return [Quarter.parse(one) for one in connection.execute(query).scalars()]
