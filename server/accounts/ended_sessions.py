"""Sessions that were logged out of. A cookie goes on being signed: who copied it before would still be let in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists

from server.database.account_tables import ended_sessions
from server.database.dialect import Upsert

_END = Upsert(ended_sessions, lambda new: new.on_conflict_do_nothing())


def end(connection: Connection, session_id: str, forget_at: datetime, now: datetime) -> None:
    """Ends a session, whoever has its cookie. From `forget_at` on it is too old to open anything."""
    connection.execute(delete(ended_sessions).where(ended_sessions.c.forget_at <= now))
    connection.execute(_END.on(connection), {"session_id": session_id, "forget_at": forget_at})


def has_ended(session_id: str) -> ColumnElement[bool]:
    """As a condition of a query."""
    return exists().where(ended_sessions.c.session_id == session_id)
