"""What an admin does with the accounts of people: opens, changes, closes them, and makes links for their passwords.

An admin reaches accounts of their own region alone, and gives roles and regions within it. Both are looked at in the
transaction of the change, so that who has just been shut out changes nothing any more. Each change is noted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from forms.problems import Problem, problem
from server.accounts import audit_log, invitations, users
from server.accounts.users import User
from server.database.account_tables import users as accounts
from server.villages.regions import covers

NO_ACCOUNT = Problem(
    "no-account",
    404,
    "Tidak ada akun {email} di wilayah Anda. Cari lagi di halaman Akun.",
    "There is no account {email} in your region. Look for it again on the page Accounts.",
)
HAS_ACCOUNT = Problem(
    "has-account",
    409,
    "{email} sudah punya akun di wilayah Anda. Buka halaman akun itu untuk mengubahnya atau membukanya kembali.",
    "{email} has an account in your region already. Change it, or open it again, on its page.",
)
ACCOUNT_ELSEWHERE = Problem(
    "account-elsewhere",
    409,
    "{email} sudah dipakai akun di luar wilayah Anda. Pakai email lain; bila orangnya pindah ke wilayah Anda, minta "
    "admin yang wilayahnya mencakup keduanya memindahkan akunnya.",
    "{email} belongs to an account outside your region. Use another email; if the person moves to your region, ask an "
    "admin whose region covers both to move the account.",
)
OUTSIDE = Problem(
    "outside-own-region",
    403,
    "Wilayah {code} di luar wilayah Anda ({region}). Pilih wilayah di dalamnya.",
    "The region {code} is outside yours ({region}). Choose one within it.",
)
OWN_ACCOUNT = Problem(
    "own-account",
    409,
    "Ini akun Anda sendiri: peran, wilayah, dan penutupannya diatur admin lain, supaya Anda tidak terkunci di luar.",
    "This is your own account: its role, its region and closing it are for another admin, so that you do not lock "
    "yourself out.",
)
NO_NAME = Problem("no-name", 400, "Isi namanya.", "Fill in the name.")
CLOSED = Problem(
    "closed-account",
    409,
    "Akun {email} sudah ditutup. Buka kembali dulu.",
    "The account {email} is closed. Open it again first.",
)

# What lists and the log call each role.
ROLE_WORDS = {
    "KPM": "kpm",
    "kepala desa": "village_head",
    "petugas kecamatan": "subdistrict",
    "petugas kabupaten": "district",
    "admin": "admin",
}
_WORD_OF = {role: word for word, role in ROLE_WORDS.items()}
_USER = tuple(accounts.c[name] for name in User.__dataclass_fields__)


def invite(connection: Connection, by: User, asked: User, now: datetime) -> tuple[User, str]:
    """Opens an account without a password; the user as kept, and what stands in their link.

    Raises ProblemError: OUTSIDE, NO_NAME, HAS_ACCOUNT or ACCOUNT_ELSEWHERE where there is such an account, open or
    closed, and those of users.add.
    """
    by = require_free(connection, by, asked.email)
    _require_possible(by, asked)
    kept = users.add(connection, asked, None, now)
    audit_log.note(connection, by, "user-added", kept.region, f"{kept.email}: {_described(kept)}", now)
    return kept, invitations.make(connection, kept.email, by.email, now)


def require_free(connection: Connection, by: User, email: str) -> User:
    """The admin as they stand now, where an account can be opened under the email. Raises ProblemError: BAD_EMAIL;
    HAS_ACCOUNT or ACCOUNT_ELSEWHERE where there is such an account, open or closed."""
    by, known = _locked(connection, by, users.check_email(email))
    if known:
        raise problem(HAS_ACCOUNT if covers(by.region, known.region) else ACCOUNT_ELSEWHERE, email=known.email)
    return by


def change(connection: Connection, by: User, wanted: User, now: datetime) -> User:
    """Gives the account of that email this name, role and region; the user as kept.

    Raises ProblemError: NO_ACCOUNT, OUTSIDE, NO_NAME, OWN_ACCOUNT, WRONG_LEVEL, UNKNOWN_REGION.
    """
    by, before = _reached(connection, by, wanted.email)
    after = replace(wanted, email=before.email)
    _require_possible(by, after)
    if before == by and (after.role, after.region) != (by.role, by.region):
        raise problem(OWN_ACCOUNT)
    users.check_region(connection, after)
    if after != before:
        connection.execute(update(accounts).where(accounts.c.email == before.email).values(**vars(after)))
        about = f"{after.email}: {_described(before)} → {_described(after)}"
        audit_log.note(connection, by, "user-changed", after.region, about, now)
    return after


def reset(connection: Connection, by: User, email: str, now: datetime) -> tuple[User, str]:
    """Whose account it is, and what stands in the link for a new password. Raises ProblemError NO_ACCOUNT, CLOSED."""
    by, user = _reached(connection, by, email)
    if _is_closed(connection, user):
        raise problem(CLOSED, email=user.email)
    audit_log.note(connection, by, "user-invited", user.region, user.email, now)
    return user, invitations.make(connection, user.email, by.email, now)


def close(connection: Connection, by: User, email: str, now: datetime) -> User:
    """Shuts the account and its link. Raises ProblemError NO_ACCOUNT, OWN_ACCOUNT."""
    by, user = _reached(connection, by, email)
    if user == by:
        raise problem(OWN_ACCOUNT)
    if not _is_closed(connection, user):
        users.close(connection, user.email, now)
        invitations.end(connection, user.email)
        audit_log.note(connection, by, "user-closed", user.region, user.email, now)
    return user


def reopen(connection: Connection, by: User, email: str, now: datetime) -> User:
    """Opens a closed account again, with the password that it had. Raises ProblemError NO_ACCOUNT."""
    by, user = _reached(connection, by, email)
    if _is_closed(connection, user):
        fresh = {"closed_at": None, "failures": 0, "locked_until": None}
        connection.execute(update(accounts).where(accounts.c.email == user.email).values(**fresh))
        audit_log.note(connection, by, "user-opened", user.region, user.email, now)
    return user


def _require_possible(by: User, wanted: User) -> None:
    if not covers(by.region, wanted.region):
        raise problem(OUTSIDE, code=wanted.region, region=by.region)
    if not wanted.name:
        raise problem(NO_NAME)


def _reached(connection: Connection, by: User, email: str) -> tuple[User, User]:
    by, found = _locked(connection, by, email)
    if found is None or not covers(by.region, found.region):
        raise problem(NO_ACCOUNT, email=email)
    return by, found


def _locked(connection: Connection, by: User, email: str) -> tuple[User, User | None]:
    """Who changes something, as they stand now, and whose account it is; None where there is none. Nobody changes
    either meanwhile: two admins who shut each other out at the same time are one after the other."""
    emails = sorted({by.email, users.plain_email(email)})
    query = select(*_USER, accounts.c.closed_at).where(accounts.c.email.in_(emails)).order_by(accounts.c.email)
    rows = {row.email: row for row in connection.execute(query.with_for_update())}
    still = rows.get(by.email)
    if still is None or still.closed_at or still.role != "admin":
        raise problem(NO_ACCOUNT, email=email)
    found = rows.get(users.plain_email(email))
    return User(*still[:4]), User(*found[:4]) if found else None


def _is_closed(connection: Connection, user: User) -> bool:
    query = select(accounts.c.closed_at).where(accounts.c.email == user.email)
    return connection.execute(query).scalar() is not None


def _described(user: User) -> str:
    return f"{user.name} ({_WORD_OF[user.role]}, {user.region})"
