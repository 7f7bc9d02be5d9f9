"""Links by which somebody sets a password: for a new account, and for whoever forgot theirs.

An admin makes the link and passes it on; it is shown once, and only its sha256 is kept. It works once, until it expires
or a newer one takes its place, and while its maker may still change the account: no admin keeps a way into the account
of somebody who has risen above them. Looking at it uses nothing up: messengers open links before people do.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from forms.problems import Problem, problem
from server.accounts import audit_log, users
from server.accounts.users import User
from server.database.account_tables import invitations
from server.database.account_tables import users as accounts
from server.database.dialect import Upsert
from server.villages.regions import covers

NO_INVITATION = Problem(
    "no-invitation",
    404,
    "Tautan ini sudah dipakai, sudah lewat waktunya, atau tidak lengkap. Buka lagi seluruh tautannya; bila tetap "
    "begini, minta tautan baru kepada admin Anda.",
    "This link was used, has expired, or is not whole. Open all of it once more; if it stays so, ask your admin for a "
    "new one.",
)

# Long enough for paper that is handed out at the next meeting.
LASTS = timedelta(days=14)
TOKEN_BYTES = 24  # 192 bits, as for phones: out of reach of guessing

_KEEP = Upsert(
    invitations,
    lambda new: new.on_conflict_do_update(
        index_elements=["email"],
        set_={column.name: new.excluded[column.name] for column in invitations.columns if column.name != "email"},
    ),
)


def make(connection: Connection, email: str, made_by: str, now: datetime) -> str:
    """What stands in the account's new link, which is kept nowhere; an older link of the account ends."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"email": email, "token_sha256": _sha256(token), "made_at": now, "made_by": made_by}
    connection.execute(_KEEP.on(connection), {**row, "expires_at": now + LASTS})
    return token


def find(connection: Connection, token: str, now: datetime) -> User:
    """Whose password the link sets. Raises ProblemError NO_INVITATION where it is not good, its maker may
    not change the account any more, or that is closed."""
    maker = accounts.alias("maker")
    query = (
        select(accounts.c.email, accounts.c.name, accounts.c.role, accounts.c.region, maker.c.region.label("within"))
        .join_from(invitations, accounts, accounts.c.email == invitations.c.email)
        .join(maker, maker.c.email == invitations.c.made_by)
        .where(invitations.c.token_sha256 == _sha256(token), invitations.c.expires_at > now)
        .where(accounts.c.closed_at.is_(None), maker.c.closed_at.is_(None), maker.c.role == "admin")
    )
    row = connection.execute(query).one_or_none()
    if row is None or not covers(row.within, row.region):
        raise problem(NO_INVITATION)
    return User(row.email, row.name, row.role, row.region)


def accept(connection: Connection, token: str, password: str, now: datetime) -> str:
    """Sets the password and uses the link up; the key of the user's sessions.

    Raises ProblemError NO_INVITATION, and WEAK_PASSWORD, after which the link is still good.
    """
    user = find(connection, token, now)
    key = users.set_password(connection, user.email, password)
    mine = delete(invitations).where(invitations.c.token_sha256 == _sha256(token))
    if connection.execute(mine).rowcount != 1:  # somebody else was faster, with the same link
        raise problem(NO_INVITATION)
    connection.execute(update(accounts).where(accounts.c.email == user.email).values(logged_in_at=now))
    audit_log.note(connection, user, "user-password", user.region, user.email, now)
    return key


def end(connection: Connection, email: str) -> None:
    """The account's link, if it has one, is good no longer."""
    connection.execute(delete(invitations).where(invitations.c.email == email))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
