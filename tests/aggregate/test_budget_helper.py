"""The budget helper: which activities make most households complete for a budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregate.promises import solver
from aggregate.promises.solver import best_plan
from scorecards.promises.plans import USUAL_COSTS, Cost, Gap, Plan

LATRINE, CLASS, CARD = "ih7_a7", "a10", "a8"
COSTS = {LATRINE: Cost(3_000_000, 0), CLASS: Cost(0, 1_000_000), CARD: Cost(50_000, 500_000)}


def gap(household: str, *services: str, dusun: str = "Mawar") -> Gap:
    return Gap(household, dusun, frozenset(services))


def cost_of(given_to: Mapping[str, frozenset[str]], gaps: Sequence[Gap], costs: Mapping[str, Cost]) -> int:
    """Counted apart from the helper: households one by one, and each hamlet once."""
    homes = sum(costs[service].household for services in given_to.values() for service in services)
    dusun = {one.household: one.dusun for one in gaps}
    once = {(service, dusun[home]) for home, services in given_to.items() for service in services}
    return homes + sum(costs[service].hamlet for service, _ in once)


def given_by(plan: Plan) -> dict[str, frozenset[str]]:
    homes = {home for one in plan.proposals for home in one.households}
    return {home: frozenset(one.service for one in plan.proposals if home in one.households) for home in homes}


def subsets(items: Iterable[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    every = list(items)
    return chain.from_iterable(combinations(every, count) for count in range(len(every) + 1))


def best_by_trying(gaps: Sequence[Gap], costs: Mapping[str, Cost], budget: int) -> tuple[int, int]:
    """The most households made complete, and then the most services, over all choices that the budget allows."""
    wanted = [(one.household, service) for one in gaps for service in sorted(one.services) if service in costs]
    best = (0, 0)
    for chosen in subsets(wanted):
        to = {home: frozenset(service for one, service in chosen if one == home) for home, _ in chosen}
        if cost_of(to, gaps, costs) <= budget:
            whole = sum(one.services <= to.get(one.household, frozenset()) for one in gaps)
            best = max(best, (whole, len(chosen)))
    return best


def test_a_household_is_complete_when_all_its_gaps_are_closed() -> None:
    gaps = [gap("a", LATRINE, CLASS), gap("b", CLASS), gap("c", LATRINE)]
    plan = best_plan(gaps, COSTS, 4_000_000)
    assert len(plan.complete) == 2
    assert plan.cost == 4_000_000
    assert plan.proven
    assert set(best_plan(gaps, COSTS, 7_000_000).complete) == {"a", "b", "c"}


def test_what_is_paid_once_for_a_hamlet_serves_all_in_it() -> None:
    gaps = [*(gap(f"m{n}", CLASS) for n in range(9)), *(gap(f"k{n}", CLASS, dusun="Kenanga") for n in range(2))]
    plan = best_plan(gaps, COSTS, 1_500_000)
    (class_,) = plan.proposals
    assert (class_.dusun, len(class_.households), class_.completes, class_.cost) == ("Mawar", 9, 9, 1_000_000)


def test_proposals_stand_by_households_made_complete_per_rupiah() -> None:
    gaps = [*(gap(f"m{n}", CLASS) for n in range(9)), gap("x", LATRINE)]
    assert [one.service for one in best_plan(gaps, COSTS, 10_000_000).proposals] == [CLASS, LATRINE]


def test_of_plans_with_as_many_complete_households_the_one_with_most_services_is_chosen() -> None:
    gaps = [gap("a", LATRINE), gap("b", LATRINE, CARD, "ih5_a5")]
    plan = best_plan(gaps, COSTS, 3_550_000)
    assert plan.complete == ("a",)
    assert given_by(plan) == {"a": {LATRINE}, "b": {CARD}}


@pytest.mark.parametrize("budget", [0, 999_999])
def test_without_enough_money_nothing_is_proposed(budget: int) -> None:
    assert best_plan([gap("a", CLASS)], COSTS, budget).proposals == ()
    assert best_plan([], COSTS, budget).proposals == ()


SMALL = st.lists(
    st.tuples(st.sampled_from(["Mawar", "Kenanga"]), st.sets(st.sampled_from([LATRINE, CLASS, CARD]), min_size=1)),
    max_size=4,
)
PRICES = st.fixed_dictionaries(
    {code: st.builds(Cost, st.integers(0, 9), st.integers(0, 9)) for code in (LATRINE, CLASS, CARD)}
)


@settings(max_examples=60, deadline=None)
@given(SMALL, PRICES, st.integers(0, 60))
def test_it_is_as_good_as_trying_everything(
    homes: list[tuple[str, set[str]]], prices: dict[str, Cost], budget: int
) -> None:
    costs = {code: Cost(one.household * 50_000, one.hamlet * 50_000) for code, one in prices.items()}
    gaps = [Gap(f"rumah-{place}", dusun, frozenset(lacks)) for place, (dusun, lacks) in enumerate(homes)]
    plan = best_plan(gaps, costs, budget * 50_000)
    assert (len(plan.complete), plan.services) == best_by_trying(gaps, costs, budget * 50_000)
    assert plan.cost == cost_of(given_by(plan), gaps, costs) <= budget * 50_000
    assert plan.proven


@pytest.fixture(scope="module")
def large_village() -> list[Gap]:
    random, services = Random(7), sorted(USUAL_COSTS)
    gaps = [
        Gap(f"rumah-{n}", f"Dusun {n % 6}", frozenset(random.sample(services, random.randint(1, 9))))
        for n in range(200)
    ]
    best_plan(gaps[:2], USUAL_COSTS, 0)  # the library is loaded once
    return gaps


@pytest.fixture(autouse=True)
def _nothing_is_known_yet() -> None:
    solver._best_plan.cache_clear()


BUDGETS = pytest.mark.parametrize("budget", [5_000_000, 50_000_000, 300_000_000])


@BUDGETS
def test_a_large_village_is_answered_in_time(large_village: list[Gap], budget: int) -> None:
    begun = perf_counter()
    plan = best_plan(large_village, USUAL_COSTS, budget)
    assert perf_counter() - begun < 2
    assert plan.cost == cost_of(given_by(plan), large_village, USUAL_COSTS) <= budget
    assert plan.complete


@BUDGETS
def test_a_large_village_gets_a_plan_that_is_proven_to_be_the_best(
    large_village: list[Gap], budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "TIME_LIMIT", 60)  # a busy machine only takes longer
    assert best_plan(large_village, USUAL_COSTS, budget).proven


def test_a_plan_that_ran_out_of_time_says_that_it_is_not_proven(
    large_village: list[Gap], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "TIME_LIMIT", 1e-9)
    plan = best_plan(large_village, USUAL_COSTS, 50_000_000)
    assert not plan.proven
    assert plan.cost == cost_of(given_by(plan), large_village, USUAL_COSTS) <= 50_000_000
