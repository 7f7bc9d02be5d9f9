"""People who log in: their role and region, and passwords that nobody can read back or try out.

Passwords are kept as argon2id hashes. A try is counted before the password is looked at, so that tries sent at the same
time count too. What is answered, and how long it takes, is the same for an unknown email, a wrong password, a locked
and a closed account. A lock only stops tries from browsers in which the account was never logged in; what slows down
each of those is in login_tries.py.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, case, literal, null, or_, select, update

from forms.problems import Problem, problem
from server.accounts.ended_sessions import has_ended
from server.database.account_tables import users
from server.database.dialect import Upsert
from server.database.engine import reading, writing
from server.database.tables import regions
from server.database.types import Moment
from server.villages.regions import NATION, names_above

WRONG_LOGIN = Problem(
    "wrong-login",
    401,
    "Email dan kata sandi ini tidak cocok. Sesudah 5 kali salah, tunggu 15 menit. Bila kata sandinya benar dan tetap "
    "ditolak, pakai HP atau komputer yang pernah dipakai masuk; bila lupa, minta admin memberi yang baru.",
    "This email and password do not match. After 5 wrong tries, wait for 15 minutes. If the password is right and is "
    "still refused, use a phone or computer that you have logged in with before; if you forgot it, ask the admin for a "
    "new one.",
)
BAD_EMAIL = Problem(
    "bad-email",
    400,
    "{email!r} bukan alamat email. Tulis misalnya ani@desa.id.",
    "{email!r} is no email address. Write for example ani@desa.id.",
)
KNOWN_EMAIL = Problem(
    "known-email",
    409,
    "{email} sudah punya akun. Peran dan wilayahnya diubah, atau akunnya ditutup, di halaman Akun.",
    "{email} has an account already. Its role and region are changed, or it is closed, on the page of accounts.",
)
UNKNOWN_USER = Problem(
    "unknown-user",
    404,
    "Tidak ada akun terbuka untuk {email}. Semua akun ada di halaman Akun.",
    "There is no open account for {email}. All accounts are on the page of accounts.",
)
UNKNOWN_REGION = Problem(
    "unknown-region",
    404,
    "Tidak ada wilayah berkode {code}. Tambahkan dahulu di Meja admin, halaman Daftar wilayah.",
    "There is no region with the code {code}. Add it first at the admin's desk, on the page of regions.",
)
WRONG_LEVEL = Problem(
    "wrong-level",
    400,
    "Peran {role_id} memerlukan kode {level_id}; {code} bukan itu.",
    "The role {role_en} needs the code of {level_en}; {code} is none.",
)
WEAK_PASSWORD = Problem(
    "weak-password",
    400,
    "Kata sandi ini mudah ditebak. Pakai 10 sampai 200 huruf, bukan nama, desa, email, atau deretan seperti 123. "
    "Beberapa kata yang tidak berkaitan mudah diingat dan sulit ditebak.",
    "This password is easy to guess. Use 10 to 200 characters, and no name, village, email, or row such as 123. Some "
    "unrelated words are easy to remember and hard to guess.",
)

# Of each role: the levels of its region's code (its number of dots; ID has none), its name, and what has such a code.
_LEVELS: dict[str, tuple[range, tuple[str, str], tuple[str, str]]] = {
    "admin": (range(4), ("Admin", "Admin"), ("wilayah sampai desa, atau ID", "a region down to a village, or ID")),
    "district": (
        range(2),
        ("Petugas kabupaten, provinsi atau pusat", "Officer of a kabupaten, a province or the nation"),
        ("kabupaten atau provinsi, atau ID", "a kabupaten or a province, or ID"),
    ),
    "subdistrict": (range(2, 3), ("Petugas kecamatan", "Officer of the kecamatan"), ("kecamatan", "a kecamatan")),
    "village_head": (range(3, 4), ("Kepala desa", "Village head"), ("desa", "a village")),
    "kpm": (range(3, 4), ("KPM", "KPM"), ("desa", "a village")),
}
ROLES = tuple(_LEVELS)

# Wrong tries in a row from browsers that are not known, wherever they come from: far more than one person makes.
LOCK_AFTER = 100
LOCKED_FOR = timedelta(minutes=15)
SHORTEST, LONGEST = 10, 200  # of passwords, in characters
LONGEST_EMAIL = 254
# Of zxcvbn's grades, 0 to 4: guessed in more than a hundred million tries.
LEAST_STRENGTH = 3
_READ_AT_MOST = 72  # characters: it takes none longer, and by then a password is strong or will not be
# What is near at hand for whoever guesses, besides the list's own words, names, rows and dates.
_OURS = ("konvergensi", "stunting", "posyandu", "kader", "pembangunan", "manusia", "desa", "sandi", "rahasia")

# In place of the hash where no password was set yet: none fits it.
NO_PASSWORD = ""  # that there is none

# OWASP's choice for little memory: several tries at once must not push a small server into swapping.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class User:
    """Somebody who may log in: `region` is a region's code, or ID for the whole nation."""

    email: str
    name: str
    role: str
    region: str


@dataclass(frozen=True)
class Account:
    """A user, and whether they can get in. `closed_at` is None while the account is open, `locked_until` where no wrong
    passwords locked it."""

    user: User
    closed_at: datetime | None
    locked_until: datetime | None


_USER = tuple(users.c[name] for name in User.__dataclass_fields__)
# The email of a closed account can be given a new one: a KPM who moves, a role that changes.
_ADD = Upsert(
    users,
    lambda new: new.on_conflict_do_update(
        index_elements=["email"],
        set_={column.name: new.excluded[column.name] for column in users.columns if column.name != "email"},
        where=users.c.closed_at.is_not(None),
    ).returning(users.c.email),
)


def add(
    connection: Connection, user: User, password: str | None, now: datetime, hasher: PasswordHasher = HASHER
) -> User:
    """Opens an account; the user as kept. Without a password nobody gets in until `set_password` gives one.

    Raises ProblemError: BAD_EMAIL, KNOWN_EMAIL where an open account has it, WRONG_LEVEL, UNKNOWN_REGION,
    WEAK_PASSWORD.
    """
    email = check_email(user.email)
    check_region(connection, user)
    kept = User(email, user.name, user.role, user.region)
    fresh = {"created_at": now, "closed_at": None, "failures": 0, "locked_until": None}
    secret = {"password_hash": NO_PASSWORD, "session_key": secrets.token_urlsafe()}
    if password is not None:
        secret = _password(connection, kept, password, hasher)
    values = {**vars(kept), **fresh, **secret}
    if connection.execute(_ADD.on(connection), values).one_or_none() is None:
        raise problem(KNOWN_EMAIL, email=email)
    return kept


def check_email(email: str) -> str:
    """The email as it is kept. Raises ProblemError BAD_EMAIL."""
    plain = plain_email(email)
    name, _, host = plain.partition("@")
    if not name or not host or len(plain) > LONGEST_EMAIL or any(sign.isspace() for sign in plain):
        raise problem(BAD_EMAIL, email=email)
    return plain


def fits(role: str, code: str) -> bool:
    """Whether the role is held at the level of this code."""
    return code.count(".") in _LEVELS[role][0]


def check_region(connection: Connection, user: User) -> None:
    """Whether the user's role can be held in their region. Raises ProblemError WRONG_LEVEL, UNKNOWN_REGION."""
    if not fits(user.role, user.region):
        _, (role_id, role_en), (level_id, level_en) = _LEVELS[user.role]
        words = {"role_id": role_id, "role_en": role_en, "level_id": level_id, "level_en": level_en}
        raise problem(WRONG_LEVEL, code=user.region, **words)
    if user.region == NATION:
        return
    if connection.execute(select(regions.c.code).where(regions.c.code == user.region)).first() is None:
        raise problem(UNKNOWN_REGION, code=user.region)


def all_accounts(connection: Connection) -> list[Account]:
    """Every account there ever was, by region and email."""
    query = select(*_USER, users.c.closed_at, users.c.locked_until).order_by(users.c.region, users.c.email)
    return [Account(User(*row[:4]), row.closed_at, row.locked_until) for row in connection.execute(query)]


def find_by_session(connection: Connection, session_key: str, session_id: str) -> User | None:
    """Whose session this is; None where it is nobody's any more."""
    mine = select(*_USER).where(users.c.session_key == session_key, users.c.closed_at.is_(None))
    row = connection.execute(mine.where(~has_ended(session_id))).one_or_none()
    return User(*row) if row else None


def log_in(
    engine: Engine, email: str, password: str, now: datetime, hasher: PasswordHasher = HASHER, *, known: bool = False
) -> str:
    """The key of the user's sessions. `known`: the account was logged in with this browser before.

    Raises ProblemError WRONG_LOGIN, which does not tell what was wrong.
    """
    email = plain_email(email)
    nobodys = _nobodys(hasher)
    kept_hash, session_key = _count_try(engine, email, now, known=known) or (None, "")
    try:
        # Not within a transaction: this takes as long as it is meant to. What is too long for a password is none.
        hasher.verify(kept_hash or nobodys, password if len(password) <= LONGEST else "")
    except VerificationError as error:
        raise problem(WRONG_LOGIN) from error
    if not kept_hash:
        raise problem(WRONG_LOGIN)
    values: dict[str, object] = {"failures": 0, "locked_until": None, "logged_in_at": now}
    if hasher.check_needs_rehash(kept_hash):
        values["password_hash"] = hasher.hash(password)
    with writing(engine) as connection:
        connection.execute(update(users).where(users.c.session_key == session_key).values(values))
    return session_key


def _count_try(engine: Engine, email: str, now: datetime, *, known: bool) -> tuple[str, str] | None:
    """The hash to compare with and the key of the sessions, the try counted unless the browser is known; None where no
    password opens the door."""
    if known:
        mine = select(users.c.password_hash, users.c.session_key).where(users.c.email == email)
        with reading(engine) as connection:
            row = connection.execute(mine.where(users.c.closed_at.is_(None))).one_or_none()
        return (row.password_hash, row.session_key) if row else None
    reaches = users.c.locked_until.is_(None) & (users.c.failures + 1 >= LOCK_AFTER)
    counted = (
        update(users)
        .where(users.c.email == email, users.c.closed_at.is_(None))
        .where(or_(users.c.locked_until.is_(None), users.c.locked_until <= now))
        .values(
            failures=case((users.c.locked_until.is_(None), users.c.failures + 1), else_=1),
            locked_until=case((reaches, literal(now + LOCKED_FOR, Moment)), else_=null()),
        )
        .returning(users.c.password_hash, users.c.session_key)
    )
    with writing(engine) as connection:
        row = connection.execute(counted).one_or_none()
    return (row.password_hash, row.session_key) if row else None


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """A hash of a password that nobody knows: what is tried on it takes as long as on anybody's."""
    return hasher.hash(secrets.token_urlsafe())


def set_password(connection: Connection, email: str, new: str, hasher: PasswordHasher = HASHER) -> str:
    """Gives a new password, ends all sessions and lifts a lock; the key of the next sessions.

    Raises ProblemError UNKNOWN_USER and WEAK_PASSWORD.
    """
    email = plain_email(email)
    row = connection.execute(select(*_USER).where(users.c.email == email, users.c.closed_at.is_(None))).one_or_none()
    if row is None:
        raise problem(UNKNOWN_USER, email=email)
    values = _password(connection, User(*row), new, hasher)
    _change(connection, email, {**values, "failures": 0, "locked_until": None})
    return values["session_key"]


def close(connection: Connection, email: str, now: datetime) -> None:
    """Shuts somebody out for good and ends all their sessions. Raises ProblemError UNKNOWN_USER."""
    _change(connection, plain_email(email), {"closed_at": now, "session_key": secrets.token_urlsafe()})


def _change(connection: Connection, email: str, values: dict[str, object]) -> None:
    mine = update(users).where(users.c.email == email, users.c.closed_at.is_(None))
    if connection.execute(mine.values(values)).rowcount != 1:
        raise problem(UNKNOWN_USER, email=email)


def _password(connection: Connection, user: User, password: str, hasher: PasswordHasher) -> dict[str, str]:
    fits = SHORTEST <= len(password) <= LONGEST and user.email not in password.lower()
    if not fits or _strength(connection, user, password) < LEAST_STRENGTH:
        raise problem(WEAK_PASSWORD)
    return {"password_hash": hasher.hash(password), "session_key": secrets.token_urlsafe()}


def _strength(connection: Connection, user: User, password: str) -> int:
    """How hard the password is to guess, 0 to 4, for whoever knows who it is of and where they live."""
    from zxcvbn import zxcvbn  # its lists of words take 14 MB, and few processes ever set a password

    spoken = [user.name, *names_above(connection, user.region), *_OURS]
    words = {word for text in spoken for word in (text, "".join(text.split()), *text.split())}
    known = [user.email, *user.email.split("@"), user.region, *sorted(words)]
    return int(zxcvbn(password[:_READ_AT_MOST], user_inputs=known)["score"])


def plain_email(email: str) -> str:
    """As it is kept, however it was typed."""
    return email.strip().lower()
