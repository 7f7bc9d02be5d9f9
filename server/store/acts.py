"""How often people decided something about an entity: each time its version takes a step ahead of what is undone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from server.store.model import decisions

# More changes than one decision takes away from an entity: a version never falls, or phones would keep what they have.
STEP = 200


def acts_on(connection: Connection, village_ids: Iterable[str], entity_id: str) -> int:
    """The decisions of these villages that touched the entity, made and undone counted each."""
    wanted = select(decisions.c.payload, decisions.c.undone_at).where(
        decisions.c.village_id.in_(sorted(set(village_ids)))
    )
    return sum(
        1 if row.undone_at is None else 2
        for row in connection.execute(wanted)
        if entity_id in row.payload.get("touched", ())
    )
