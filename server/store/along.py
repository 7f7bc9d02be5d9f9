"""Whoever is registered late, with somebody who has moved, moved along, as though the move had named them too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from server.store import aliases
from server.store.effects import Work
from server.store.model import decisions

Place = tuple[str, str]  # village, entity


def go_along(work: Work, newcomer: Place, family: str, received_at: datetime) -> Place:
    """Leads the newcomer, first told of at that moment, where moves before it took that member of the family, or the
    household itself; that place.

    It is noted in the moves, so that it stays so whatever becomes of the family later, and goes with a move undone.
    """
    before = newcomer[0], family
    while (after := aliases.onward(work.connection, before)) is not None:
        if after[0] != before[0]:
            work.enter(after[0])
            if not _noted(work.connection, before, after, newcomer[1], received_at):
                break
            aliases.lead(work.connection, newcomer, (after[0], newcomer[1]))
            newcomer = after[0], newcomer[1]
        before = after
    return newcomer


def _noted(connection: Connection, before: Place, after: Place, newcomer: str, received_at: datetime) -> bool:
    """Adds the newcomer to the last move between the villages that the family's member was named in, unless people
    decided that move when they knew the newcomer, and let them stay or named them too."""
    there = (decisions.c.village_id == before[0]) & (decisions.c.undone_at.is_(None))
    back = (decisions.c.village_id == after[0]) & (decisions.c.undone_at.is_not(None))
    moves = select(decisions).where(decisions.c.kind == "move", or_(there, back)).order_by(decisions.c.made_at.desc())
    for made in connection.execute(moves):
        payload = made.payload
        if before[1] in payload["ids"] and {made.village_id, payload["to"]} == {before[0], after[0]}:
            if newcomer in payload["ids"] or (made.undone_at or made.made_at) > received_at:
                return False
            named = {name: [*payload[name], newcomer] for name in ("ids", "touched")}
            here = (decisions.c.village_id == made.village_id) & (decisions.c.id == made.id)
            connection.execute(update(decisions).where(here).values(payload=payload | named))
            return True
    return False
