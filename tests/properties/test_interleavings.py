"""Whatever order the submissions come in, the register, the answers, the cards and the phones' lists end alike.

Random stories of three village workers in two villages: they visit, measure, register, report births and correct what
they sent, on phones that are out of signal most of the time; in the second kind of story people are merged, moved and
brought back in between. Each is told as it happened, with the syncs in between, and then again in random orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.steps import Step, any_decision, any_family_step, any_step
from tests.scenarios.stories import Deciding, World, differences, happens_again, new_world, prepared, told
from tests.support.databases import Databases, opened_ready
from tests.support.fuzzing import bounded
from tests.support.station import OTHER_VILLAGE

STEPS = range(5, 10)
# How many stories of each kind are tried on each database: the same ones each time, and many new ones with FUZZ.
STORIES = {"sqlite": 20, "postgresql": 3}


@pytest.fixture
def world(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with opened_ready(databases, prepared) as engine:
        yield new_world(engine, monkeypatch)


def among_stories(
    stories: st.SearchStrategy[list[Step]], world: World, holds: Callable[[list[Step], Random], None]
) -> None:
    @bounded(STORIES[world.engine.dialect.name])
    @given(story=stories, order=st.randoms(use_true_random=False))
    def each(story: list[Step], order: Random) -> None:
        holds(story, order)

    each()


def test_any_order_of_the_same_submissions_ends_alike(world: World) -> None:
    def holds(story: list[Step], order: Random) -> None:
        happened = told(world, story)
        first = world.outcome()
        for days_between in (0, 3):
            happens_again(world, happened.events, order, days_between)
            assert differences(first, world.outcome()) == []

    among_stories(st.lists(any_step, min_size=STEPS[0], max_size=STEPS[-1]), world, holds)


def stories_of(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    return st.lists(steps, min_size=STEPS[0], max_size=STEPS[-1] + 4)


decided_between = pytest.mark.parametrize(
    "stories",
    [stories_of(any_step | any_decision), stories_of(any_family_step)],
    ids=["all work", "families that grow and move"],
)


@decided_between
def test_any_order_between_what_is_decided_ends_alike_and_a_rebuild_too(
    world: World, stories: st.SearchStrategy[list[Step]]
) -> None:
    def holds(story: list[Step], order: Random) -> None:
        happened = told(world, story)
        first = world.outcome()
        world.rebuild()
        assert differences(first, world.outcome()) == []
        happens_again(world, happened.events, order, 0)
        assert differences(first, world.outcome()) == []

    among_stories(stories, world, holds)


@decided_between
def test_what_is_undone_leaves_no_trace_but_newer_versions(
    world: World, stories: st.SearchStrategy[list[Step]]
) -> None:
    def holds(story: list[Step], order: Random) -> None:
        # The phones do not hear of it: a form filled on what was decided says so itself.
        happened = told(world, story, fetches=False)
        world.take_back_everything()
        undone = without_versions(world.outcome())
        never = [one for one in happened.events if not (isinstance(one, Deciding) and one.kind != "choose")]
        happens_again(world, never, order, 0)
        assert differences(without_versions(world.outcome()), undone) == []

    among_stories(stories, world, holds)


def test_a_mother_and_her_newborn_told_of_after_their_household_has_moved_end_in_it_in_any_order(world: World) -> None:
    day = date(2026, 2, 2)
    story = [
        Step(0, "map again", day, 0, 0, 0b0000010110),  # with a mother whom nobody had noted
        Step(0, "birth", day + timedelta(days=18), 1, 1, 0b0000010110),
        Step(1, "move", day + timedelta(days=27), 0, 0, 1),
    ]
    happened = told(world, story)
    first = world.outcome()
    lived_in = [one["household"] for one in first["entities"] if one["village_id"] == OTHER_VILLAGE]
    assert len(first["entities"]) == len(lived_in)
    assert sorted(map(lived_in.count, {*lived_in} - {None})) == [2, 4]  # the mother and the newborn are two of the four
    for luck in range(6):
        happens_again(world, happened.events, Random(luck), 0)
        assert differences(first, world.outcome()) == []


def without_versions(outcome: dict[str, Any]) -> dict[str, Any]:
    """A version only ever grows; what phones fetch because of it is not compared here."""
    rows = [{name: value for name, value in row.items() if name != "version"} for row in outcome["entities"]]
    shown = {name: value for name, value in outcome.items() if not name.startswith("list ")}
    return {**shown, "entities": rows}
