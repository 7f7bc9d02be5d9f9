"""Whose token it is that a phone shows, remembered for a few seconds: a phone asks many times in a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from server.accounts import phones
from server.accounts.phones import Phone
from server.database.engine import reading

# A phone that is revoked on another server, or by a command, is shut out within so long.
REMEMBERED = timedelta(seconds=5)
# More phones than one process hears of in that time.
MOST = 10_000


class PhoneDoors:
    """The phones that one process has let in lately."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Phone, datetime]] = {}

    def phone_of(self, engine: Engine, token: str, now: datetime) -> Phone | None:
        """The phone that the token belongs to; None where it is unknown or revoked."""
        phone, until = self._known.get(token, (None, now))
        if phone is not None and now < until:
            return phone
        with reading(engine) as connection:
            found = phones.find(connection, token)
        if len(self._known) >= MOST:
            self._known.clear()
        if found is None:
            self._known.pop(token, None)
        else:
            self._known[token] = found, now + REMEMBERED
        return found

    def note_contact(
        self,
        connection: Connection,
        token: str,
        phone: Phone,
        now: datetime,
        device_id: str | None,
        user_agent: str | None,
    ) -> None:
        """Notes when the phone was last heard of and with which app; now and then, not each time."""
        if phones.note_contact(connection, phone, now, device_id, user_agent):
            _, until = self._known.get(token, (phone, now))  # another thread may have forgotten it by now
            self._known[token] = replace(phone, seen_at=now), until
