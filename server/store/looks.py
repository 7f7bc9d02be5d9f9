"""Who looked at the names of a village's people, and when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from server.store.model import entities
from server.store.staff import looks, users

MOST = 200


@dataclass(frozen=True)
class Look:
    """One page view: `page` is the page's name; `person` is whom it is about, blank where it is about many.

    `name` is blank where the account has gone.
    """

    at: datetime
    email: str
    name: str | None
    page: str
    person: str | None


def record(
    connection: Connection, village_id: str, email: str, page: str, entity_id: str | None, now: datetime
) -> None:
    """Keeps one look."""
    row = {"village_id": village_id, "id": uuid.uuid4().hex, "at": now}
    connection.execute(insert(looks), {**row, "email": email, "page": page, "entity_id": entity_id})


def latest(connection: Connection, village_id: str, most: int = MOST) -> list[Look]:
    """The last looks at this village's people, the newest first."""
    about = (entities.c.village_id == looks.c.village_id) & (entities.c.id == looks.c.entity_id)
    wanted = (
        select(looks.c.at, looks.c.email, users.c.name, looks.c.page, entities.c.label)
        .select_from(looks.outerjoin(users, users.c.email == looks.c.email).outerjoin(entities, about))
        .where(looks.c.village_id == village_id)
        .order_by(looks.c.at.desc(), looks.c.id)
        .limit(most)
    )
    return [Look(*row) for row in connection.execute(wanted)]
