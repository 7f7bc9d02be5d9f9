"""Accounts in the database: opening, locking, changing and closing them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from forms.problems import ProblemError
from server.accounts import users
from server.accounts.users import LOCK_AFTER, User
from server.database.engine import reading, writing
from server.villages.regions import covers
from tests.support.databases import Databases, opened_ready
from tests.support.members import PASSWORD, QUICK
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, prepared, table_rows

EMAIL = "ani@desa.id"
ANI = User(EMAIL, "Bu Ani", "kpm", VILLAGE)
WRONG = "salah salah salah"
SECOND = timedelta(seconds=1)


@pytest.fixture
def accounts(databases: Databases) -> Iterator[Engine]:
    """A database with Bu Ani's account."""
    with opened_ready(databases, prepared) as engine:
        with writing(engine) as connection:
            users.add(connection, ANI, PASSWORD, START, QUICK)
        yield engine


def gets_in(engine: Engine, password: str = PASSWORD, after: timedelta = timedelta(0), email: str = EMAIL) -> bool:
    try:
        users.log_in(engine, email, password, START + after, QUICK)
    except ProblemError as error:
        assert error.code == "wrong-login"
        return False
    return True


def test_log_in__gives_the_key_by_which_the_session_is_known(accounts: Engine) -> None:
    key = users.log_in(accounts, " ANI@desa.id", PASSWORD, START, QUICK)
    with reading(accounts) as connection:
        assert users.find_by_session(connection, key, "") == ANI
        assert users.find_by_session(connection, "", "") is None


def test_lock_out__after_many_wrong_tries_for_fifteen_minutes(accounts: Engine) -> None:
    assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER))
    assert not gets_in(accounts)
    assert not gets_in(accounts, after=timedelta(minutes=15) - SECOND)
    assert gets_in(accounts, after=timedelta(minutes=15))


def test_lock_out__tries_while_it_is_locked_do_not_make_it_longer(accounts: Engine) -> None:
    assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER))
    assert not any(gets_in(accounts, WRONG, timedelta(minutes=minute)) for minute in range(15))
    assert gets_in(accounts, after=timedelta(minutes=15))


def test_lock_out__a_right_password_between_begins_the_count_anew(accounts: Engine) -> None:
    for _ in range(2):
        assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER - 1))
        assert gets_in(accounts)


def test_lock_out__after_the_lock_come_as_many_more_tries(accounts: Engine) -> None:
    later = timedelta(minutes=15)
    assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER))
    assert not any(gets_in(accounts, WRONG, later) for _ in range(LOCK_AFTER - 1))
    assert gets_in(accounts, after=later)
    assert not any(gets_in(accounts, WRONG, later) for _ in range(LOCK_AFTER))
    assert not gets_in(accounts, after=later)


def test_lock_out__tries_at_the_same_time_count_too(accounts: Engine) -> None:
    tried: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            tried.append(str(hash))
            return super().verify(hash, password)

    watched = Watched(time_cost=1, memory_cost=8, parallelism=1)
    hers = table_rows(accounts, "users")[0]["password_hash"]

    def attempt(_number: int) -> None:
        with pytest.raises(ProblemError):
            users.log_in(accounts, EMAIL, WRONG, START, watched)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(LOCK_AFTER + 19)))
    assert len(tried) == LOCK_AFTER + 19  # each answer takes its time
    assert tried.count(hers) == LOCK_AFTER


def test_unknown_email__takes_the_same_work(accounts: Engine) -> None:
    tried: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            tried.append(str(hash))
            return super().verify(hash, password)

    watched = Watched(time_cost=1, memory_cost=8, parallelism=1)
    for email in (EMAIL, "tak@ada.id"):
        with pytest.raises(ProblemError):
            users.log_in(accounts, email, WRONG, START, watched)
    known, unknown = tried
    assert known != unknown
    assert known.split("$")[:4] == unknown.split("$")[:4]  # the same kind, version and cost


def test_hash__is_argon2id_and_made_anew_when_its_cost_has_grown(accounts: Engine) -> None:
    before = table_rows(accounts, "users")[0]["password_hash"]
    assert before.startswith("$argon2id$")
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    users.log_in(accounts, EMAIL, PASSWORD, START, dearer)
    after = table_rows(accounts, "users")[0]["password_hash"]
    assert not dearer.check_needs_rehash(after)
    users.log_in(accounts, EMAIL, PASSWORD, START, dearer)
    assert table_rows(accounts, "users")[0]["password_hash"] == after


def test_set_password__ends_sessions(accounts: Engine) -> None:
    old_key = users.log_in(accounts, EMAIL, PASSWORD, START, QUICK)
    with writing(accounts) as connection:
        new_key = users.set_password(connection, EMAIL, "gajah biru menari", QUICK)
        assert users.find_by_session(connection, old_key, "") is None
        assert users.find_by_session(connection, new_key, "") == ANI
    assert not gets_in(accounts)
    assert gets_in(accounts, "gajah biru menari")


def test_lock_out__a_browser_that_is_known_gets_in_and_counts_nothing(accounts: Engine) -> None:
    assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER))
    with pytest.raises(ProblemError):
        users.log_in(accounts, EMAIL, WRONG, START, QUICK, known=True)
    assert not gets_in(accounts)
    users.log_in(accounts, EMAIL, PASSWORD, START, QUICK, known=True)
    assert gets_in(accounts)


def test_set_password__lifts_a_lock(accounts: Engine) -> None:
    assert not any(gets_in(accounts, WRONG) for _ in range(LOCK_AFTER))
    with writing(accounts) as connection:
        users.set_password(connection, EMAIL, "gajah biru menari", QUICK)
    assert gets_in(accounts, "gajah biru menari")


@pytest.mark.parametrize(
    "weak",
    [
        *("", "sembilan9", "x" * 201, f"sandi-{EMAIL.upper()}", "password12", "1234567890", " " * 10, "aaaaaaaaaaaa"),
        *("qwertyuiop", "Sukamaju2026", "bakongan123", "acehselatan", "buani12345", "desasukamaju", "rahasia1234"),
    ],
)
def test_weak_password__is_refused_wherever_it_is_set(accounts: Engine, weak: str) -> None:
    with writing(accounts) as connection:
        for attempt in (
            lambda: users.add(connection, ANI, weak, START, QUICK),
            lambda: users.set_password(connection, EMAIL, weak, QUICK),
        ):
            with pytest.raises(ProblemError) as refused:
                attempt()
            assert refused.value.code == "weak-password"
    assert gets_in(accounts)


def test_too_long_a_password__is_wrong_even_where_it_begins_rightly(accounts: Engine) -> None:
    longest = "kata " * 40
    with writing(accounts) as connection:
        users.set_password(connection, EMAIL, longest, QUICK)
    assert gets_in(accounts, longest)
    assert not gets_in(accounts, longest + "lagi")


def test_closed_account__lets_nobody_in_and_can_be_opened_anew_elsewhere(accounts: Engine) -> None:
    key = users.log_in(accounts, EMAIL, PASSWORD, START, QUICK)
    moved = User(EMAIL, "Bu Ani", "village_head", OTHER_VILLAGE)
    with pytest.raises(ProblemError) as refused, writing(accounts) as connection:
        users.add(connection, moved, PASSWORD, START, QUICK)
    assert refused.value.code == "known-email"
    with writing(accounts) as connection:
        users.close(connection, EMAIL, START)
        assert users.find_by_session(connection, key, "") is None
    assert not gets_in(accounts)
    with writing(accounts) as connection:
        users.add(connection, moved, "gajah biru menari", START, QUICK)
        (account,) = users.all_accounts(connection)
    assert (account.user, account.closed_at) == (moved, None)
    assert gets_in(accounts, "gajah biru menari")


@pytest.mark.parametrize("change", ["close", "set_password"])
def test_unknown_account__cannot_be_changed(accounts: Engine, change: str) -> None:
    with pytest.raises(ProblemError) as refused, writing(accounts) as connection:
        if change == "close":
            users.close(connection, "tak@ada.id", START)
        else:
            users.set_password(connection, "tak@ada.id", PASSWORD, QUICK)
    assert refused.value.code == "unknown-user"


@pytest.mark.parametrize(
    ("region", "code", "expected"),
    [
        ("ID", "11.01.01.2001", True),
        ("11", "11.01.01.2001", True),
        ("11.01.01.2001", "11.01.01.2001", True),
        ("11.01.01.2001", "11.01.01.2001.01", True),
        ("11.01.01.200", "11.01.01.2001", False),
        ("11.01.01.2002", "11.01.01.2001", False),
        ("11.01.01.2001", "11.01.01", False),
        ("11.02", "11.01.01.2001", False),
        ("11", "ID", False),
    ],
)
def test_covers__itself_and_what_lies_in_it(region: str, code: str, *, expected: bool) -> None:
    assert covers(region, code) is expected
