"""Who changed what at the admin's desk, and when. Whatever a page of the desk changes is noted in its transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from server.accounts.users import User
from server.database.account_tables import actions, users
from server.database.paging import Page, Paging
from server.villages.regions import lies_in

# All that can be done at the desk. How people call each of them is in templates/catatan.html.
ACTIONS = (
    *("user-added", "user-changed", "user-password", "user-closed", "user-opened"),
    *("form-published", "rules-published", "checks-published"),
    *("phone-added", "phone-replaced", "phone-revoked", "phones-emptied"),
    *("submission-reviewed", "submission-returned", "submission-corrected", "submission-replayed"),
    *("submission-commented",),
    *("regions-imported", "register-imported", "exported"),
)


@dataclass(frozen=True)
class Action:
    """One change: `about` is what was changed, as people call it, in the region with that code. `name` is None where
    the account has gone."""

    at: datetime
    email: str
    name: str | None
    region: str
    action: str
    about: str


def note(connection: Connection, by: User, action: str, region: str, about: str, now: datetime) -> None:
    """Keeps one change. Raises ValueError where `action` is none of ACTIONS."""
    if action not in ACTIONS:
        raise ValueError(f"{action} is none of {', '.join(ACTIONS)}")
    row = {"id": uuid.uuid4().hex, "at": now, "email": by.email}
    connection.execute(insert(actions), {**row, "region": region, "action": action, "about": about})


def find(connection: Connection, region: str, paging: Paging) -> Page[Action]:
    """What was changed in the region, or by accounts of it."""
    columns = (actions.c.at, actions.c.email, users.c.name, actions.c.region, actions.c.action, actions.c.about)
    query = select(*columns).select_from(actions.outerjoin(users, users.c.email == actions.c.email))
    mine = query.where(lies_in(region, actions.c.region) | lies_in(region, users.c.region))
    rows = connection.execute(paging.cut(mine, {"waktu": actions.c.at}, actions.c.id))
    return paging.of([Action(*row) for row in rows])
