"""Who looked at the names of a village's people, and when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from sqlalchemy import Connection, insert, select

from server.database.account_tables import looks, users
from server.database.tables import entities

# Lines on the page, and the views that they are made of.
MOST = 200
READ = 2000


@dataclass(frozen=True)
class Access:
    """Views of one user at one page on one day, `times` of them, the last one `at`.

    `page` is the page's name. `person` is whom it is about and `entity_id` their id: both are None where it is about
    many, `person` alone where somebody is no longer in the village's register. `name` is None where the account has
    gone.
    """

    at: datetime
    email: str
    name: str | None
    page: str
    entity_id: str | None
    person: str | None
    times: int = 1


def record(
    connection: Connection, village_id: str, email: str, page: str, entity_id: str | None, now: datetime
) -> None:
    """Keeps one view."""
    row = {"village_id": village_id, "id": uuid.uuid4().hex, "at": now}
    connection.execute(insert(looks), {**row, "email": email, "page": page, "entity_id": entity_id})


def latest(connection: Connection, village_id: str, zone: tzinfo, most: int = MOST, read: int = READ) -> list[Access]:
    """The last views of this village's people, the newest first: of the last `read` views at most `most` lines.

    Views of one user, page and person on one day of the time zone are one line.
    """
    about = (entities.c.village_id == looks.c.village_id) & (entities.c.id == looks.c.entity_id)
    query = (
        select(looks.c.at, looks.c.email, users.c.name, looks.c.page, looks.c.entity_id, entities.c.label)
        .select_from(looks.outerjoin(users, users.c.email == looks.c.email).outerjoin(entities, about))
        .where(looks.c.village_id == village_id)
        .order_by(looks.c.at.desc(), looks.c.id)
        .limit(read)
    )
    found: dict[tuple[object, ...], Access] = {}
    for row in connection.execute(query):
        view = Access(*row)
        line = (view.email, view.page, view.entity_id, view.at.astimezone(zone).date())
        found[line] = replace(found[line], times=found[line].times + 1) if line in found else view
    return list(found.values())[:most]
