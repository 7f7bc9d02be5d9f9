"""What people decided about an entity: each time its version takes a step ahead of what is undone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from server.store.model import decisions
from server.store.sql import lists_any

# More changes than one decision takes away from an entity: a version never falls, or phones would keep what they have.
STEP = 200


def acts_on(
    connection: Connection, village_ids: Iterable[str], entity_id: str
) -> tuple[int, dict[str, tuple[str, str]]]:
    """How many decisions of these villages touched the entity, made and undone counted each; and the households, with
    their village, into which the moves that stand took whoever they took along, by id."""
    wanted = select(decisions.c.payload, decisions.c.undone_at).where(
        decisions.c.village_id.in_(sorted(set(village_ids))),
        lists_any(connection, decisions.c.payload, "touched", [entity_id]),
    )
    count, along = 0, dict[str, tuple[str, str]]()
    for payload, undone_at in connection.execute(wanted.order_by(decisions.c.made_at)):
        count += 1 if undone_at is None else 2
        if undone_at is None:
            along |= {id_: (payload["to"], household) for id_, household in payload.get("along", {}).items()}
    return count, along
