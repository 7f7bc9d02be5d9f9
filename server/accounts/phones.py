"""KPM's phones: a token in the address opens one village. Only the token's sha256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from forms.problems import Problem, problem
from server.database.tables import phones
from server.villages.regions import lies_in, listed_name

UNKNOWN_PHONE = Problem(
    "unknown-phone",
    404,
    "Tidak ada HP bernomor {number}. Lihat nomornya dengan: kpm phones list",
    "There is no phone with the number {number}. See the numbers with: kpm phones list",
)

NUMBER_LENGTH = 12
# The last contact is written at most this often, so that a busy phone costs no extra write.
SEEN_EVERY = timedelta(minutes=10)

_FIND = select(phones.c.token_sha256, phones.c.village_id, phones.c.name, phones.c.seen_at).where(
    phones.c.token_sha256 == bindparam("token_sha256"), phones.c.revoked_at.is_(None)
)


# 192 bits: out of reach of guessing, and short enough for the QR code to fit a terminal.
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Phone:
    """A phone that may send for one village. `seen_at`: when it was last heard of; None where it never was.
    `revoked_at`: when it was shut out; None while it may send."""

    token_sha256: str
    village_id: str
    name: str
    seen_at: datetime | None
    revoked_at: datetime | None = None

    @property
    def number(self) -> str:
        """What people call the phone by: the first figures of its token's sha256, which tell nothing of the token."""
        return self.token_sha256[:NUMBER_LENGTH]


def add(connection: Connection, village_id: str, name: str, now: datetime) -> str:
    """Registers a phone and gives its token, which is not kept. Raises ProblemError UNKNOWN_VILLAGE."""
    listed_name(connection, village_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"token_sha256": _sha256(token), "village_id": village_id, "name": name, "created_at": now}
    connection.execute(insert(phones), row)
    return token


def find(connection: Connection, token: str) -> Phone | None:
    """The phone that the token belongs to; None where it is unknown or revoked."""
    row = connection.execute(_FIND, {"token_sha256": _sha256(token)}).mappings().one_or_none()
    return Phone(**row) if row else None


def all_phones(connection: Connection) -> list[Phone]:
    """Every phone ever registered, by village and name; browsers are none."""
    names = Phone.__dataclass_fields__
    query = select(*(phones.c[name] for name in names)).where(phones.c.account.is_(None))
    query = query.order_by(phones.c.village_id, phones.c.name)
    return [Phone(**row) for row in connection.execute(query).mappings()]


def all_lie_in(connection: Connection, region: str) -> bool:
    """Whether the region covers every village that has a phone."""
    elsewhere = select(phones.c.village_id).where(~lies_in(region, phones.c.village_id), phones.c.revoked_at.is_(None))
    return connection.execute(elsewhere.limit(1)).first() is None


def revoke(connection: Connection, number: str, now: datetime) -> Phone:
    """Shuts a phone out from now on. Raises ProblemError UNKNOWN_PHONE where the number is not exactly one phone's."""
    found = [phone for phone in all_phones(connection) if phone.number == number]
    if len(found) != 1:
        raise problem(UNKNOWN_PHONE, number=number)
    mine = phones.c.token_sha256 == found[0].token_sha256
    connection.execute(update(phones).where(mine).values(revoked_at=now))
    return found[0]


def note_contact(
    connection: Connection, phone: Phone, now: datetime, device_id: str | None, user_agent: str | None
) -> bool:
    """Notes when the phone was last heard of and with which app; False where that was noted not long ago."""
    if phone.seen_at and now - phone.seen_at < SEEN_EVERY:
        return False
    connection.execute(
        update(phones)
        .where(phones.c.token_sha256 == phone.token_sha256)
        .values(seen_at=now, device_id=device_id, user_agent=(user_agent or "")[:200])
    )
    return True


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
