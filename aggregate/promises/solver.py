"""Which services to give to which households within a budget, as a small integer programme that HiGHS solves.

Households of one hamlet that lack the same are alike: one whole number for each such group and service says how many
get it, and one how many become complete; a yes or no for each service and hamlet pays for what is needed once. First
as many complete households as the budget makes possible, then, with so many, as many services as possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from scorecards.promises.plans import Cost, Gap, Plan, proposals

if TYPE_CHECKING:
    import highspy

TIME_LIMIT = 0.8  # seconds for each of the two steps
# A group of households: their hamlet, and what they lack.
_Group = tuple[str, frozenset[str]]


def best_plan(gaps: Sequence[Gap], costs: Mapping[str, Cost], budget: int) -> Plan:
    """The plan that makes most households complete for at most `budget` rupiah, and of these one that gives most
    services. Services without a cost are none that a budget buys: who lacks one stays incomplete.

    The latest answers are kept: a page, its paper and the copy with names ask the same.
    """
    plan = _best_plan(tuple(gaps), frozenset(costs.items()), budget)
    if not plan.proven:
        _best_plan.cache_clear()  # whoever asks again may have more luck
    return plan


@lru_cache(maxsize=32)
def _best_plan(gaps: tuple[Gap, ...], priced: frozenset[tuple[str, Cost]], budget: int) -> Plan:
    costs = dict(sorted(priced))
    groups: defaultdict[_Group, list[str]] = defaultdict(list)
    for gap in sorted(gaps, key=lambda one: one.household):
        groups[gap.dusun, gap.services].append(gap.household)
    model = _Model(groups, costs, budget)
    complete, proven = model.most_complete()
    given, also_proven = model.most_services(complete)
    plan = proposals(gaps, given, costs)
    whole = tuple(gap.household for gap in gaps if gap.services <= given.get(gap.household, frozenset()))
    return Plan(budget, tuple(plan), tuple(sorted(whole)), proven and also_proven)


class _Model:
    """The programme; costs are in thousands of rupiah, so that all numbers in it are of one size."""

    def __init__(self, groups: Mapping[_Group, list[str]], costs: Mapping[str, Cost], budget: int) -> None:
        import highspy  # two seconds of numpy and memory that only this page needs

        self._groups = groups
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("time_limit", TIME_LIMIT)):
            self._solver.setOptionValue(option, value)
        for option in ("mip_feasibility_tolerance", "primal_feasibility_tolerance"):
            self._solver.setOptionValue(option, 1e-9)  # not a rupiah beyond the budget, whatever things cost
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        whole = highspy.HighsVarType.kInteger
        self._paid: dict[tuple[str, str], highspy.highs_var] = {}
        self._given: dict[tuple[str, frozenset[str], str], highspy.highs_var] = {}
        self._complete: dict[_Group, highspy.highs_var] = {}
        spent = []
        for (dusun, services), homes in groups.items():
            buyable = services & costs.keys()
            for service in sorted(buyable):
                if (service, dusun) not in self._paid:
                    self._paid[service, dusun] = self._solver.addVariable(lb=0, ub=1, type=whole)
                    spent.append((self._paid[service, dusun], costs[service].hamlet))
                got = self._solver.addVariable(lb=0, ub=len(homes), type=whole)
                self._given[dusun, services, service] = got
                self._solver.addConstr(got - len(homes) * self._paid[service, dusun] <= 0)
                spent.append((got, costs[service].household))
            if buyable == services:
                done = self._complete[dusun, services] = self._solver.addVariable(lb=0, ub=len(homes), type=whole)
                for service in services:
                    self._solver.addConstr(done - self._given[dusun, services, service] <= 0)
        if spent:
            self._solver.addConstr(sum((rupiah / 1000) * one for one, rupiah in spent) <= budget / 1000)

    def most_complete(self) -> tuple[int, bool]:
        """How many households can be complete, and whether that is proven."""
        if not self._complete:
            return 0, True
        values, proven = self._maximise(list(self._complete.values()))
        return round(sum(values[one.index] for one in self._complete.values())), proven

    def most_services(self, complete: int) -> tuple[dict[str, frozenset[str]], bool]:
        """With so many complete ones, household -> the services that it is given; and whether no more is possible."""
        if not self._given:
            return {}, True
        if self._complete:
            self._solver.addConstr(sum(1 * one for one in self._complete.values()) >= complete)
        values, proven = self._maximise(list(self._given.values()))
        found: defaultdict[str, set[str]] = defaultdict(set)
        for (dusun, services, service), one in self._given.items():
            # The first of a group get each service, so that whoever is complete gets all of them.
            for home in self._groups[dusun, services][: round(values[one.index])]:
                found[home].add(service)
        return {home: frozenset(services) for home, services in found.items()}, proven

    def _maximise(self, of: Sequence[highspy.highs_var]) -> tuple[list[float], bool]:
        import highspy

        self._solver.maximize(sum(1 * one for one in of))
        proven = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return list(self._solver.getSolution().col_value), proven
