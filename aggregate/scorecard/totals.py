"""The level of convergence of many villages at once, from their cards as they were counted last."""

from __future__ import annotations

from sqlalchemy import Connection, func, inspect, select

from aggregate.indicators.tables import CARDS
from aggregate.scorecard.card import Share
from forms.periods import Quarter
from server.database.tables import villages
from server.villages.regions import lies_in


def village_totals(connection: Connection, region: str, quarter: Quarter, most: int) -> dict[str, Share]:
    """Received and due (table 4, together) of all villages of a region that have ever sent something, by code.

    At most `most` of them; the region ID is the nation. Nothing is due where the quarter was not counted yet.
    """
    if not inspect(connection).has_table(CARDS.name):
        return {}
    received = CARDS.c.pregnant_received + CARDS.c.children_received
    due = CARDS.c.pregnant_due + CARDS.c.children_due
    its_card = (CARDS.c.village_id == villages.c.village_id) & (CARDS.c.quarter == str(quarter))
    query = (
        select(villages.c.village_id, func.coalesce(received, 0), func.coalesce(due, 0))
        .outerjoin(CARDS, its_card & lies_in(region, CARDS.c.village_id))
        .where(lies_in(region, villages.c.village_id))
        .order_by(villages.c.village_id)
        .limit(most)
    )
    return {village_id: Share(one, all_) for village_id, one, all_ in connection.execute(query)}
