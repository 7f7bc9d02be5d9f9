"""Who changed what at the admin's desk, and when. Whatever a page of the desk changes is noted in its transaction;
so is a report that a village head signs."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Connection, insert

from server.accounts.users import User
from server.database.account_tables import actions

# All that can be done at the desk. How people call each of them is in templates/catatan.html.
ACTIONS = (
    *("user-added", "user-changed", "user-invited", "user-password", "user-closed", "user-opened"),
    *("form-published", "rules-published", "rules-kept", "checks-published"),
    *("phone-added", "phone-replaced", "phone-revoked", "phone-lets-send", "phones-emptied"),
    *("submission-reviewed", "submission-returned", "submission-corrected", "submission-replayed"),
    *("submission-commented",),
    *("regions-imported", "hamlets-added", "register-imported", "exported", "report-signed"),
)


def note(connection: Connection, by: User, action: str, region: str, about: str, now: datetime) -> None:
    """Keeps one change. Raises ValueError where `action` is none of ACTIONS."""
    if action not in ACTIONS:
        raise ValueError(f"{action} is none of {', '.join(ACTIONS)}")
    row = {"id": uuid.uuid4().hex, "at": now, "email": by.email}
    connection.execute(insert(actions), {**row, "region": region, "action": action, "about": about})
