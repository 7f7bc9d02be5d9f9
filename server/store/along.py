"""Whoever is registered late, with somebody who has moved, moved along, as though the move had named them too."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select, update

from server.store import aliases
from server.store.effects import Work
from server.store.model import decisions

Place = tuple[str, str]  # village, entity


def go_along(work: Work, newcomer: Place, family: str) -> Place:
    """Leads the newcomer where moves took that member of the family, or the household itself; that place.

    It is noted in the moves, so that it stays so whatever becomes of the family later, and goes with a move undone.
    """
    before = newcomer[0], family
    while (after := aliases.onward(work.connection, before)) is not None:
        if after[0] != before[0]:
            work.enter(after[0])
            _note(work.connection, before, after, newcomer[1])
            aliases.lead(work.connection, newcomer, (after[0], newcomer[1]))
            newcomer = after[0], newcomer[1]
        before = after
    return newcomer


def _note(connection: Connection, before: Place, after: Place, newcomer: str) -> None:
    """Adds the newcomer to the last move between the villages that the family's member was named in."""
    there = (decisions.c.village_id == before[0]) & decisions.c.undone_at.is_(None)
    back = (decisions.c.village_id == after[0]) & decisions.c.undone_at.is_not(None)
    moves = select(decisions).where(decisions.c.kind == "move", or_(there, back)).order_by(decisions.c.made_at.desc())
    for made in connection.execute(moves):
        payload = made.payload
        if before[1] in payload["ids"] and {made.village_id, payload["to"]} == {before[0], after[0]}:
            named = {name: [*payload[name], newcomer] for name in ("ids", "touched")}
            here = (decisions.c.village_id == made.village_id) & (decisions.c.id == made.id)
            connection.execute(update(decisions).where(here).values(payload=payload | named))
            return
