"""Sessions that were logged out of. A cookie goes on being signed: who copied it before would still be let in."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists

from server.database.account_tables import ended_sessions
from server.database.dialect import Upsert

_END = Upsert(ended_sessions, lambda new: new.on_conflict_do_nothing())


def end(connection: Connection, session_key: str, began: float, forget_at: datetime, now: datetime) -> None:
    """Ends a session of the user whose sessions have this key. From `forget_at` on it is too old to open anything."""
    connection.execute(delete(ended_sessions).where(ended_sessions.c.forget_at <= now))
    connection.execute(_END.on(connection), {"session": _name(session_key, began), "forget_at": forget_at})


def has_ended(session_key: str, began: float) -> ColumnElement[bool]:
    """As a condition of a query."""
    return exists().where(ended_sessions.c.session == _name(session_key, began))


def _name(session_key: str, began: float) -> str:
    """Of one session: nobody logs in twice in the same microsecond. The key itself is not written down again."""
    return hashlib.sha256(f"{session_key} {began!r}".encode()).hexdigest()
