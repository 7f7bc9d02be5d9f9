"""KPM's phones: a token in the address opens one village, and begins with its code, so that the phone is looked for
where its village lies. Only the token's sha256 is kept.

A phone that is closed gets nothing more: no form, no list. What is on it from before is not lost: where it was
replaced, or its KPM has left, it may still send for SENDS_ON; one that was lost may send once an admin lets it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from forms.problems import Problem, problem
from server.database.account_tables import phone_forms
from server.database.dialect import Upsert
from server.database.tables import phones
from server.villages.regions import lies_in, listed_name

UNKNOWN_PHONE = Problem(
    "unknown-phone",
    404,
    "Tidak ada HP bernomor {number}. Nomornya ada di halaman KPM & HP.",
    "There is no phone with the number {number}. The numbers are on the page KPM & phones.",
)

# Why a phone is closed: another one came in its place, nobody knows where it is, or its KPM works no more.
Reason = Literal["replaced", "lost", "left"]
REASONS: tuple[Reason, ...] = ("replaced", "lost", "left")

NUMBER_LENGTH = 12
# A contact, and a refused post, is written at most this often, so that a busy phone costs no extra write.
SEEN_EVERY = timedelta(minutes=10)
# For how long a closed phone may send what is left on it.
SENDS_ON = timedelta(days=30)
LONGEST_NAME = 80

# 192 bits: out of reach of guessing, and short enough for the QR code to fit a terminal.
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Phone:
    """A phone that sends for one village. `seen_at`: when it was last heard of, `sent_at`: when something of it was
    last taken, `refused_at`: when something was last refused; each None where it never was. `revoked_at`: when it was
    closed, and `closed_for` why; None while it is open, and the second also where an older version of this program
    closed it. `sends_until`: until when it may send all the same; None where it may not."""

    token_sha256: str
    village_id: str
    name: str
    seen_at: datetime | None
    revoked_at: datetime | None = None
    sent_at: datetime | None = None
    refused_at: datetime | None = None
    closed_for: str | None = None
    sends_until: datetime | None = None

    @property
    def number(self) -> str:
        """What people call the phone by: the first figures of its token's sha256, which tell nothing of the token."""
        return self.token_sha256[:NUMBER_LENGTH]

    @property
    def is_refused(self) -> bool:
        """Whether the last that it sent was refused."""
        return was_refused(self.sent_at, self.refused_at)

    def may_send(self, now: datetime) -> bool:
        return self.revoked_at is None or (self.sends_until is not None and now < self.sends_until)


_COLUMNS = tuple(phones.c[name] for name in Phone.__dataclass_fields__)
_FIND_ANYWHERE = select(*_COLUMNS).where(phones.c.token_sha256 == bindparam("token_sha256"))
_FIND = _FIND_ANYWHERE.where(phones.c.village_id == bindparam("of_village"))
_FETCHED = select(phone_forms.c.version).where(
    phone_forms.c.village_id == bindparam("of_village"),
    phone_forms.c.token_sha256 == bindparam("token_sha256"),
    phone_forms.c.form_id == bindparam("of_form"),
)
KEEP_VERSION = Upsert(
    phone_forms,
    lambda new: new.on_conflict_do_update(
        index_elements=["village_id", "token_sha256", "form_id"],
        set_={"version": new.excluded.version, "fetched_at": new.excluded.fetched_at},
    ),
)


def add(connection: Connection, village_id: str, name: str, now: datetime) -> str:
    """Registers a phone and gives its token, which is not kept. Raises ProblemError UNKNOWN_VILLAGE."""
    listed_name(connection, village_id)
    token = f"{village_id}.{secrets.token_urlsafe(TOKEN_BYTES)}"
    row = {"token_sha256": _sha256(token), "village_id": village_id, "name": name, "created_at": now}
    connection.execute(insert(phones), row)
    return token


def known(connection: Connection, token: str) -> Phone | None:
    """The phone that the token belongs to, also where it is closed; None where no phone ever had it."""
    village_id = token.rpartition(".")[0]  # those of older versions of this program have no dot
    find, where = (_FIND, {"of_village": village_id}) if village_id else (_FIND_ANYWHERE, {})
    row = connection.execute(find, {"token_sha256": _sha256(token), **where}).mappings().one_or_none()
    return Phone(**row) if row else None


def find(connection: Connection, token: str) -> Phone | None:
    """The phone that the token belongs to; None where it is unknown or closed."""
    found = known(connection, token)
    return found if found and found.revoked_at is None else None


def all_phones(connection: Connection) -> list[Phone]:
    """Every phone ever registered, by village and name; browsers are none."""
    query = select(*_COLUMNS).where(phones.c.account.is_(None)).order_by(phones.c.village_id, phones.c.name)
    return [Phone(**row) for row in connection.execute(query).mappings()]


def all_lie_in(connection: Connection, region: str) -> bool:
    """Whether the region covers every village that has a phone."""
    elsewhere = select(phones.c.village_id).where(~lies_in(region, phones.c.village_id), phones.c.revoked_at.is_(None))
    return connection.execute(elsewhere.limit(1)).first() is None


def numbered(connection: Connection, number: str, village_id: str | None = None) -> Phone:
    """The phone of that number, of one village or of any (None). Raises ProblemError UNKNOWN_PHONE where the number is
    not exactly one phone's."""
    wanted = select(*_COLUMNS).where(phones.c.token_sha256.startswith(number, autoescape=True))
    if village_id is not None:
        wanted = wanted.where(phones.c.village_id == village_id)
    found = connection.execute(wanted.limit(2)).mappings().all() if len(number) == NUMBER_LENGTH else []
    if len(found) != 1:
        raise problem(UNKNOWN_PHONE, number=number)
    return Phone(**found[0])


def revoke(connection: Connection, number: str, now: datetime) -> Phone:
    """Closes a phone that is lost. Raises ProblemError UNKNOWN_PHONE where the number is not exactly one phone's."""
    phone = numbered(connection, number)
    close(connection, phone, "lost", now)
    return phone


def close(connection: Connection, phone: Phone, why: Reason, now: datetime) -> None:
    """Gives the phone nothing more from now on; unless it is lost, it may still send for SENDS_ON."""
    sends_until = None if why == "lost" else now + SENDS_ON
    _set(connection, phone, revoked_at=now, closed_for=why, sends_until=sends_until)


def let_send(connection: Connection, phone: Phone, now: datetime) -> None:
    """Lets a closed phone that was found again send what is on it, for SENDS_ON."""
    _set(connection, phone, sends_until=now + SENDS_ON)


def replace(connection: Connection, phone: Phone, now: datetime) -> str:
    """Registers another phone in its place, of the same name, and closes it; the new one's token."""
    close(connection, phone, "replaced", now)
    return add(connection, phone.village_id, phone.name, now)


def note_contact(
    connection: Connection, phone: Phone, now: datetime, device_id: str | None, user_agent: str | None, *, sent: bool
) -> Phone | None:
    """Notes when the phone was last heard of and with which app, and that it sent something that was taken; what is
    known of it then. None where that was noted not long ago."""
    last = phone.sent_at if sent else phone.seen_at
    if last and now - last < SEEN_EVERY and not (sent and phone.is_refused):
        return None
    values: dict[str, datetime] = {"seen_at": now, "sent_at": now} if sent else {"seen_at": now}
    about = {"device_id": device_id} if device_id else {}
    _set(connection, phone, **values, **about, user_agent=(user_agent or "")[:200])
    return Phone(**{**vars(phone), **values})


def note_refused(connection: Connection, phone: Phone, count: int, why: str, now: datetime) -> None:
    """Notes that so many posts of the phone were refused, the last one because of the problem with that code."""
    more = phones.c.refused_count + count
    _set(connection, phone, seen_at=now, refused_at=now, refused_count=more, refused_why=why)


def fetched_version(connection: Connection, phone: Phone, form_id: str) -> str | None:
    """The version of the form that the phone has fetched last; None where it has fetched none."""
    about = {"of_village": phone.village_id, "token_sha256": phone.token_sha256, "of_form": form_id}
    return connection.execute(_FETCHED, about).scalar_one_or_none()


def note_fetched(connection: Connection, phone: Phone, form_id: str, version: str, now: datetime) -> None:
    """Notes which version of a form the phone has fetched."""
    whose = {"village_id": phone.village_id, "token_sha256": phone.token_sha256}
    connection.execute(
        KEEP_VERSION.on(connection), {**whose, "form_id": form_id, "version": version, "fetched_at": now}
    )


def _set(connection: Connection, phone: Phone, **values: object) -> None:
    here = (phones.c.village_id == phone.village_id) & (phones.c.token_sha256 == phone.token_sha256)
    connection.execute(update(phones).where(here).values(**values))


def was_refused(sent_at: datetime | None, refused_at: datetime | None) -> bool:
    """Whether the last that a phone sent was refused: when something of it was last taken, and last refused."""
    return refused_at is not None and (sent_at is None or refused_at > sent_at)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
