"""Wrong passwords in the database, on both kinds: several processes count at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Engine

from forms.problems import ProblemError
from server.accounts import login_tries
from server.accounts.login_tries import ON_ALL_ACCOUNTS, ON_ONE_ACCOUNT, WITHIN, mark
from server.database.engine import in_turn, open_engine
from tests.support.databases import Databases, ready
from tests.support.station import START, prepared

ADDRESS = "198.51.100.1"


@pytest.fixture
def processes(databases: Databases) -> Iterator[list[Engine]]:
    """The database as three processes have it open."""
    url, _ = ready(databases, prepared)
    opened = [open_engine(url) for _ in range(3)]
    yield opened
    for engine in opened:
        engine.dispose()


def tries(engine: Engine, email: str = "ani@desa.id", now: datetime = START) -> bool:
    try:
        in_turn(engine, lambda one: login_tries.count(one, mark(ADDRESS, email), mark(ADDRESS), now))
    except ProblemError as error:
        assert error.code == "too-many-tries"
        return False
    return True


def test_count__all_processes_at_once_have_no_more_than_one(processes: list[Engine]) -> None:
    with ThreadPoolExecutor(12) as pool:
        let_in = list(pool.map(tries, processes * 8))
    assert let_in.count(True) == ON_ONE_ACCOUNT


def test_count__all_processes_at_once_on_many_accounts(processes: list[Engine]) -> None:
    with ThreadPoolExecutor(12) as pool:
        let_in = list(
            pool.map(lambda one: tries(*one), [(engine, f"{n}@desa.id") for n in range(15) for engine in processes])
        )
    assert let_in.count(True) == ON_ALL_ACCOUNTS


def test_count__begins_anew_a_quarter_of_an_hour_after_the_first(processes: list[Engine]) -> None:
    assert [tries(processes[0]) for _ in range(ON_ONE_ACCOUNT + 1)] == [True] * ON_ONE_ACCOUNT + [False]
    assert not tries(processes[1], now=START + WITHIN / 2)
    assert tries(processes[1], now=START + WITHIN)


def test_count__what_is_refused_counts_nowhere(processes: list[Engine]) -> None:
    for _ in range(ON_ALL_ACCOUNTS):
        tries(processes[0])
    assert tries(processes[0], "budi@desa.id")


def test_was_right__begins_anew_on_the_account_and_takes_one_back_on_all(processes: list[Engine]) -> None:
    for _ in range(ON_ALL_ACCOUNTS + 1):
        assert tries(processes[0])
        in_turn(processes[0], lambda one: login_tries.was_right(one, mark(ADDRESS, "ani@desa.id"), mark(ADDRESS)))
