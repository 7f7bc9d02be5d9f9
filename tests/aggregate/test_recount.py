"""The SQL against a recount in plain Python that was written from the rules alone: every number of every card.

The villages are random, and full of edge cases on purpose; each has its own day to look from, and all of them are
looked at again from three other days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from aggregate.scorecard.card import card_json
from aggregate.scorecard.refresh import refresh, refresh_village
from forms.periods import Quarter
from server.database.engine import reading, writing
from tests.recounts.recount import recount
from tests.recounts.recount_formulir1 import recount_formulir1
from tests.scenarios.random_villages import suggested_period
from tests.scenarios.random_year import random_year
from tests.support.builders import load
from tests.support.facts import Village
from tests.support.shown import formulir1

OTHER_DAYS = (date(2024, 8, 31), date(2025, 11, 14), date(2027, 3, 1))


def cards(engine: Engine, village: Village, quarters: list[Quarter], today: date) -> Iterator[tuple[Any, Any]]:
    """What the program says of these quarters, and what the recount says."""
    with reading(engine) as connection:
        for quarter in quarters:
            if quarter.first_day <= today:
                counted = card_json(connection, village.code, quarter, today)
                yield counted, recount(village, quarter.year, quarter.number, today)


def assert_formulir1(engine: Engine, village: Village, today: date) -> None:
    with reading(engine) as connection:
        found = formulir1(connection, village.code, today)
    assert found == recount_formulir1(village, today), f"{village.name} on {today}"


@pytest.mark.parametrize("seeds", [range(start, start + 70) for start in (0, 70, 140)], ids=str)
def test_every_number_of_every_card_agrees_with_the_recount(own_store: Engine, seeds: range) -> None:
    villages = {seed: random_year(seed) for seed in seeds}
    with writing(own_store) as connection:
        load(connection, *villages.values())
    compared = 0

    for seed, village in villages.items():
        year, number, today = suggested_period(seed)
        refresh_village(own_store, village.code, today)
        for counted, expected in cards(own_store, village, [Quarter(year, number)], today):
            assert counted == expected, f"village {seed} on {today}"
            compared += 1
        assert_formulir1(own_store, village, today)

    for today in OTHER_DAYS:
        refresh(own_store, today)
        for seed, village in villages.items():
            year, number, _ = suggested_period(seed)
            around = [Quarter(year, number).plus(step) for step in (-1, 0, 1, 2)]
            for counted, expected in cards(own_store, village, around, today):
                assert counted == expected, f"village {seed} on {today}"
                compared += 1
            assert_formulir1(own_store, village, today)

    assert compared >= 5 * len(seeds)
