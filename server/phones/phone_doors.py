"""Whose token it is that a phone shows, remembered for a few seconds: a phone asks many times in a row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from server.database.engine import reading, writing
from server.phones import phones
from server.phones.phones import SEEN_EVERY, Phone

# A phone that is closed on another server, or by a command, is shut out within so long.
REMEMBERED = timedelta(seconds=5)
# More phones than one process hears of in that time.
MOST = 10_000


class PhoneDoors:
    """The phones that one process has let in lately."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Phone, datetime]] = {}
        # By the sha256 of the token: when a refusal was last written down, and how many came since.
        self._refused: dict[str, tuple[datetime, int]] = {}

    def phone_of(self, engine: Engine, token: str, now: datetime) -> Phone | None:
        """The phone that the token belongs to, also where it is closed; None where no phone ever had it."""
        phone, until = self._known.get(token, (None, now))
        if phone is not None and now < until:
            return phone
        with reading(engine) as connection:
            found = phones.known(connection, token)
        if len(self._known) >= MOST:
            self._known.clear()
        if found is None:
            self._known.pop(token, None)
        else:
            self._known[token] = found, now + REMEMBERED
        return found

    def note_sent(
        self,
        connection: Connection,
        token: str,
        phone: Phone,
        now: datetime,
        device_id: str | None,
        user_agent: str | None,
    ) -> None:
        """Notes that the phone has sent something, and with which app; now and then, not each time."""
        self._remember(token, phones.note_contact(connection, phone, now, device_id, user_agent, sent=True), now)

    def note_asked(
        self, engine: Engine, token: str, phone: Phone, now: datetime, device_id: str | None, user_agent: str | None
    ) -> None:
        """Notes that the phone has asked for something; now and then, not each time."""
        if phone.seen_at and now - phone.seen_at < SEEN_EVERY:
            return
        with writing(engine) as connection:
            seen = phones.note_contact(connection, phone, now, device_id, user_agent, sent=False)
        self._remember(token, seen, now)

    def note_refused(self, engine: Engine, phone: Phone, why: str, now: datetime) -> None:
        """Counts a post that was refused because of the problem with that code. Written down at once, and then at most
        every SEEN_EVERY, whatever the phone does: what is not written yet when the process ends is not counted."""
        written, count = self._refused.get(phone.token_sha256, (None, 0))
        if written and now - written < SEEN_EVERY:
            self._refused[phone.token_sha256] = written, count + 1
            return
        if len(self._refused) >= MOST:
            self._refused.clear()
        self._refused[phone.token_sha256] = now, 0
        with writing(engine) as connection:
            phones.note_refused(connection, phone, count + 1, why, now)

    def _remember(self, token: str, phone: Phone | None, now: datetime) -> None:
        if phone is not None:
            _, until = self._known.get(token, (phone, now))  # another thread may have forgotten it by now
            self._known[token] = phone, until
