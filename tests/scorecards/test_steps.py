"""What a village does next, by its counts."""

from __future__ import annotations

from typing import Any

from scorecards.steps import next_steps
from tests.support.made_up import COUNTS, EMPTY_CARD, FULL_CARD, INDICATORS, make_card

ALL_MONITORED = {"pregnant": 0, "children": 0}
NO_RED = {"children": 121, "green": 121, "yellow": 0, "red": 0, "not_measured": 0}


def steps(card: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    """Kind, mothers, children and indicator of each step."""
    return [
        (step.kind, step.mothers, step.children, step.indicator.code if step.indicator else "")
        for step in next_steps(card, INDICATORS)
    ]


def test_red_first__then_who_is_not_monitored__then_what_most_people_miss() -> None:
    assert steps(make_card()) == [("red", 0, 11, ""), ("not_monitored", 2, 7, ""), ("missing", 0, 51, "a4")]


def test_services__most_people_first_and_each_from_another_sector() -> None:
    # Missing: a4 51 (gizi), a5 45 (gizi, named already), a10 40 (paud), a2 26 (kesehatan), a8 20 (sosial).
    card = make_card(COUNTS | {"a5": (15, 60)}, not_monitored=ALL_MONITORED, table2=NO_RED)
    assert steps(card) == [("missing", 0, 51, "a4"), ("missing", 0, 40, "a10"), ("missing", 0, 26, "a2")]


def test_services__the_mothers_are_named_where_they_miss_it() -> None:
    counts = {code: (due, due) for code, (_, due) in COUNTS.items()} | {"ih7": (29, 34)}
    assert steps(make_card(counts, not_monitored=ALL_MONITORED, table2=NO_RED)) == [("missing", 5, 0, "ih7")]


def test_not_monitored__mothers_alone() -> None:
    counts = {code: (due, due) for code, (_, due) in COUNTS.items()}
    card = make_card(counts, not_monitored={"pregnant": 3, "children": 0}, table2=NO_RED)
    assert steps(card) == [("not_monitored", 3, 0, "")]


def test_nothing_missing__nothing_to_do() -> None:
    assert steps(FULL_CARD) == []
    assert steps(EMPTY_CARD) == []
