"""The level of convergence of many villages at once, from their cards as they were counted last."""

from __future__ import annotations

from sqlalchemy import Connection, func, inspect, select

from aggregate.card import Share
from aggregate.tables import cards_table
from forms.periods import Quarter


def village_totals(connection: Connection, quarter: Quarter, most: int) -> dict[str, Share]:
    """Received and due (table 4, together) of the villages that have a card of the quarter; at most `most`, by code."""
    cards = cards_table(())
    if not inspect(connection).has_table(cards.name):
        return {}
    received = cards.c.pregnant_received + cards.c.children_received
    due = cards.c.pregnant_due + cards.c.children_due
    wanted = (
        select(cards.c.village_id, func.coalesce(received, 0), func.coalesce(due, 0))
        .where(cards.c.quarter == str(quarter))
        .order_by(cards.c.village_id)
        .limit(most)
    )
    return {village_id: Share(one, all_) for village_id, one, all_ in connection.execute(wanted)}
