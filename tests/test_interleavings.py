"""Whatever order the submissions come in, the register, the answers, the cards and the phones' lists end alike.

Random stories of three village workers in two villages: they visit, measure, register, report births and correct what
they sent, on phones that are out of signal most of the time; in the second kind of story people are merged, moved and
brought back in between. Each is told as it happened, with the syncs in between, and then again in random orders.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.steps import Step, any_decision, any_step
from tests.stories import Deciding, World, differences, happens_again, new_world, told

STEPS = range(5, 10)
# How many stories of each kind are tried on each database: the same ones each time.
STORIES = {"sqlite": 20, "postgresql": 3}


@pytest.fixture
def world(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    return new_world(engine, monkeypatch)


def among_stories(
    stories: st.SearchStrategy[list[Step]], world: World, holds: Callable[[list[Step], Random], None]
) -> None:
    @settings(
        max_examples=STORIES[world.engine.dialect.name],
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow],
    )
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


decided_between = st.lists(any_step | any_decision, min_size=STEPS[0], max_size=STEPS[-1] + 4)


def test_any_order_between_what_is_decided_ends_alike_and_a_rebuild_too(world: World) -> None:
    def holds(story: list[Step], order: Random) -> None:
        happened = told(world, story)
        first = world.outcome()
        world.rebuild()
        assert differences(first, world.outcome()) == []
        happens_again(world, happened.events, order, 0)
        assert differences(first, world.outcome()) == []

    among_stories(decided_between, world, holds)


def test_what_is_undone_leaves_no_trace_but_newer_versions(world: World) -> None:
    def holds(story: list[Step], order: Random) -> None:
        # The phones do not hear of it: a form filled on what was decided says so itself.
        happened = told(world, story, fetches=False)
        world.take_back_everything()
        undone = without_versions(world.outcome())
        never = [one for one in happened.events if not (isinstance(one, Deciding) and one.kind != "choose")]
        happens_again(world, never, order, 0)
        assert differences(without_versions(world.outcome()), undone) == []

    among_stories(decided_between, world, holds)


def without_versions(outcome: dict[str, Any]) -> dict[str, Any]:
    """A version only ever grows; what phones fetch because of it is not compared here."""
    rows = [{name: value for name, value in row.items() if name != "version"} for row in outcome["entities"]]
    shown = {name: value for name, value in outcome.items() if not name.startswith("list ")}
    return {**shown, "entities": rows}
