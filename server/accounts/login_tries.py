"""Wrong passwords by whence they came: one count for all processes and servers of a database.

The table holds no addresses or emails, only marks made of them, and what is over is forgotten.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, update

from forms.problems import Problem, problem
from server.database.account_tables import login_tries
from server.database.dialect import Upsert

TOO_MANY_TRIES = Problem(
    "too-many-tries",
    429,
    "Terlalu banyak kata sandi salah. Coba lagi 15 menit lagi, atau pakai HP atau komputer yang pernah dipakai masuk.",
    "Too many wrong passwords. Try again in 15 minutes, or use a phone or computer that you have logged in with.",
)

WITHIN = timedelta(minutes=15)
# Of one address on one account: whoever guesses slows down themselves. A browser that is known has tries of its own,
# whatever others do.
ON_ONE_ACCOUNT = 5
# Of one address on all accounts: a village office, or all of a mobile network, may share it, so many enough are
# allowed; it slows down whoever tries one password on many accounts.
ON_ALL_ACCOUNTS = 30

_COUNT = Upsert(
    login_tries,
    lambda new: new.on_conflict_do_update(index_elements=["mark"], set_={"count": login_tries.c.count + 1}).returning(
        login_tries.c.count
    ),
)
_TAKE_BACK = update(login_tries).where(login_tries.c.mark == bindparam("of_mark")).values(count=login_tries.c.count - 1)


def mark(whence: str, email: str = "") -> str:
    """Under what tries from an address or browser are counted: those on one account, or on all of them."""
    return hashlib.sha256(f"{whence} {email}".encode()).hexdigest()


def count(connection: Connection, own: str, shared: str | None, now: datetime) -> None:
    """Counts a try under the mark of one account and under that of all; `shared` is None where it counts on one alone.

    To be called before the password is looked at, so that tries sent at the same time count too. Raises ProblemError
    TOO_MANY_TRIES where there were enough; the transaction is then to be rolled back, and none is counted.
    """
    connection.execute(delete(login_tries).where(login_tries.c.forget_at <= now))
    for name, most in ((own, ON_ONE_ACCOUNT), (shared, ON_ALL_ACCOUNTS)):
        row = {"mark": name, "count": 1, "forget_at": now + WITHIN}
        if name is not None and connection.execute(_COUNT.on(connection), row).scalar_one() > most:
            raise problem(TOO_MANY_TRIES)


def was_right(connection: Connection, own: str, shared: str | None) -> None:
    """After the right password: the account's tries begin anew, and on all of them this one was no wrong one."""
    connection.execute(delete(login_tries).where(login_tries.c.mark == own))
    if shared is not None:
        connection.execute(_TAKE_BACK, {"of_mark": shared})
