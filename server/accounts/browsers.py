"""Browsers in place of phones: who fills in forms on a page sends for one village, as a phone of theirs would."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, select

from server.accounts.users import User
from server.database.dialect import Upsert
from server.database.tables import phones
from server.phones.phones import Phone
from server.villages.regions import listed_name

# No sha256 of a token begins like this: the row opens no door to phones.
_KEY = "web:"
_KEEP = Upsert(phones, lambda new: new.on_conflict_do_nothing())


def key_of(village_id: str, user: User) -> str:
    """What stands for this account's browsers in that village, where phones have the sha256 of their token."""
    return _KEY + hashlib.sha256(f"{village_id} {user.email}".encode()).hexdigest()


def browser_of(connection: Connection, village_id: str, user: User, now: datetime) -> Phone:
    """The sender that stands for this account's browsers in the village, made when it is first asked for.

    Raises ProblemError UNKNOWN_VILLAGE.
    """
    listed_name(connection, village_id)
    key = key_of(village_id, user)
    row = {"token_sha256": key, "village_id": village_id, "name": f"{user.name} (web)", "created_at": now}
    connection.execute(_KEEP.on(connection), {**row, "account": user.email})
    query = select(*(phones.c[name] for name in Phone.__dataclass_fields__))
    here = (phones.c.village_id == village_id) & (phones.c.token_sha256 == key)
    return Phone(**connection.execute(query.where(here)).mappings().one())
