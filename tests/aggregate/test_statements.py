"""What a database that is distributed by village asks of the statements that count, and of how villages are locked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, Insert, Select, event
from sqlalchemy.dialects import postgresql

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.rules import GROUPS
from aggregate.scorecard import refresh, stale
from aggregate.scorecard.counts import insert_cards
from aggregate.scorecard.recap import insert_recap
from server.database.engine import writing
from tests.support.builders import load
from tests.support.counting import LATER, mother, village
from tests.support.narrowed import narrowed_tables, selects

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
CODES = [f"11.01.01.{number}" for number in (2003, 2001, 2002)]


@pytest.fixture
def counting(store: Engine) -> list[Insert]:
    """The statements that fill the recaps and the cards."""
    rules = published_rules_with_tables(store)
    return [*[insert_recap(rules, group) for group in GROUPS], insert_cards(rules)]


def queries(counting: list[Insert]) -> Iterator[Select[Any]]:
    """Every SELECT, whatever it lies in; also of what is asked first: which cards there are."""
    for statement in (*[one.select for one in counting], stale._KNOWN):
        yield from selects(statement)


def test_every_table_is_narrowed_to_the_villages(counting: list[Insert]) -> None:
    tables = [pair for query in queries(counting) for pair in narrowed_tables(query)]

    assert [table for table, narrowed in tables if not narrowed] == []
    times = Counter(table for table, _ in tables)
    assert times["entities"] >= 3 and {"cards", "villages"} <= {*times}, "house, person and who has rows are entities"


def test_every_table_that_is_joined_is_narrowed_by_itself(counting: list[Insert]) -> None:
    """Where a table has only its neighbour's village, PostgreSQL reads all of it, and a distributed database asks all
    nodes. Not so where rows are looked up for one target after the other."""
    read = [query for query in queries(counting) if not query._correlate]
    tables = [pair for query in read for pair in narrowed_tables(query, alone=True)]

    assert [table for table, narrowed in tables if not narrowed] == []
    assert {"entities", "cards", "villages", "answers_kunjungan_rumah"} <= {table for table, _ in tables}


def test_a_statement_can_be_handed_on_as_it_is(counting: list[Insert]) -> None:
    """No WITH that would be run apart, before the INSERT or elsewhere; no step twice; no limit to a number of rows."""
    for statement in counting:
        text = str(statement.compile(dialect=POSTGRESQL))
        assert text.startswith("INSERT INTO ")
        assert not {"WITH", "LIMIT", "OFFSET"} & {*text.split()}
        for step in ("row", "history", "known", "lacking", "told"):
            assert text.count(f") AS {step} ") + text.count(f') AS "{step}" ') <= 1, step


def test_villages_are_locked_one_by_one_and_in_order(own_store: Engine) -> None:
    people = village(mother(registered="2026-01-05"))
    with writing(own_store) as connection:
        load(connection, *[replace(people, code=code) for code in CODES])
    locked: list[str] = []

    def note(_connection: object, statement: object, _many: object, given: dict[str, str], _options: object) -> None:
        if getattr(statement, "_for_update_arg", None) is not None and "locked" in given:
            locked.append(given["locked"])

    event.listen(own_store, "before_execute", note)
    refresh.refresh(own_store, LATER, "all")

    assert locked == sorted(CODES)


def test_no_lock_is_of_several_villages(own_store: Engine) -> None:
    text = str(refresh._LOCK.compile(dialect=POSTGRESQL))

    assert "FOR UPDATE" in text
    assert "villages.village_id = %(locked)s" in text
