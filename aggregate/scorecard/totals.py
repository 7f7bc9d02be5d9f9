"""The level of convergence of many villages at once, from their cards as they were counted last."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, func, inspect, or_, select, true

from aggregate.indicators.tables import CARDS
from aggregate.scorecard.card import Share
from forms.periods import Quarter
from server.accounts.users import NATION
from server.database.tables import villages


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
        .outerjoin(CARDS, its_card & _lies_in(region, CARDS))
        .where(_lies_in(region, villages))
        .order_by(villages.c.village_id)
        .limit(most)
    )
    return {village_id: Share(one, all_) for village_id, one, all_ in connection.execute(query)}


def _lies_in(region: str, table: Table) -> ColumnElement[bool]:
    if region == NATION:
        return true()
    village_id = table.c.village_id
    return or_(village_id == region, village_id.startswith(f"{region}.", autoescape=True))
