"""The random villages against what they promise: every result, every cell and every edge case occurs."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from tests.recounts.looks import Period, active_months, completed_months, day_d, leaves_on
from tests.recounts.recount import recount
from tests.scenarios.random_villages import random_village, suggested_period
from tests.support.facts import Child, Mother, Village, Visit

SEEDS = range(200)


@cache
def random_card(seed: int) -> dict[str, Any]:
    return recount(random_village(seed), *suggested_period(seed))


def cells(value: Any, name: str = "") -> Counter[str]:
    """Every count of a card by its path, such as "table1.pregnant.total" or "table3.ih1.due"."""
    if isinstance(value, int):
        return Counter({name: value})
    if isinstance(value, list):
        value = {row["code"]: row for row in value}
    found: Counter[str] = Counter()
    for key, part in value.items() if isinstance(value, dict) else ():
        found.update(cells(part, f"{name}.{key}".lstrip(".")))
    return found


def test_random_village__same_seed_same_village() -> None:
    assert [random_village(seed) for seed in (3, 4)] == [random_village(seed) for seed in (3, 4)]
    assert len({random_village(seed).code for seed in SEEDS}) == len(SEEDS)


def test_random_villages__every_result_and_every_cell_occurs() -> None:
    totals = cells({"together": [{"code": str(seed), **random_card(seed)} for seed in SEEDS]})
    sums: Counter[str] = Counter()
    for name, number in totals.items():
        sums[name.split(".", 2)[2]] += number
    awaited = [name for name in sums if not name.startswith(("table5", "table3.p1"))]
    assert not [name for name in awaited if sums[name] == 0]
    codes = {name.split(".")[1] for name in awaited if name.startswith("table3")}
    assert len(codes) == 18
    for code in codes:
        active = sums["table1.children.total" if code.startswith("a") else "table1.pregnant.total"]
        received, due = sums[f"table3.{code}.received"], sums[f"table3.{code}.due"]
        assert 0 < received < due <= active
        if code not in {"ih6", "ih7", "ih8", "a4", "a6", "a7", "a8", "a9"}:  # these are always due
            assert due < active


@pytest.mark.parametrize("seed", SEEDS)
def test_random_village__card_adds_up(seed: int) -> None:
    card = random_card(seed)
    children, households = card["table1"]["children"]["total"], card["table1"]["households"]
    colours = {name: number for name, number in card["table2"].items() if name != "children"}
    assert sum(colours.values()) == card["table2"]["children"] == children
    assert sum(card["sectors"].values()) == card["complete"]["households"] == households
    assert card["sectors"]["5"] == card["complete"]["complete"]
    for part in ("received", "due"):
        assert card["table4"]["total"][part] == sum(row[part] for row in card["table3"] if row["code"] != "p1")
    assert all(row["received"] <= row["due"] for row in card["table3"])


# -- edge cases: how many times each occurs in the 200 villages --------------------------------------------------------

Case = Callable[[Mother | Child, Period, list[Visit]], bool]


def in_quarter(day: date | None, period: Period) -> bool:
    return day is not None and period.first <= day <= period.last


def turns(target: Mother | Child, months: int, period: Period) -> bool:
    """A child of that age at the end of the quarter, not yet on the day before it."""
    if not isinstance(target, Child) or target.tanggal_lahir is None:
        return False
    before, after = (completed_months(target.tanggal_lahir, day) for day in (period.first, period.last))
    return before < months <= after


def month_edge(day: date | None) -> bool:
    return day is not None and (day.day == 1 or (day + timedelta(1)).day == 1)


def born(target: Mother | Child) -> date | None:
    return target.tanggal_melahirkan if isinstance(target, Mother) else target.tanggal_lahir


def differing(visits: list[Visit]) -> Iterator[tuple[Visit, Visit]]:
    """Two visits of one month with other answers, in the order of their days."""
    ordered = sorted(visits, key=lambda visit: visit.tanggal)
    for one, other in pairwise(ordered):
        if one.tanggal.replace(day=1) == other.tanggal.replace(day=1) and one.answers != other.answers:
            yield one, other


CASES: dict[str, Case] = {
    "registered in the quarter": lambda t, p, v: in_quarter(t.registered_on, p),
    "registered on a month's first or last day": lambda t, p, v: (
        in_quarter(t.registered_on, p) and month_edge(t.registered_on)
    ),
    "birth in the quarter": lambda t, p, v: isinstance(t, Mother) and in_quarter(born(t), p),
    "42 days after the birth are in the quarter": lambda t, p, v: (
        isinstance(t, Mother) and born(t) is not None and in_quarter(leaves_on(t), p)
    ),
    "expected date past, no birth known": lambda t, p, v: (
        isinstance(t, Mother) and not born(t) and t.hpl is not None and t.hpl < p.as_of and bool(active_months(t, p))
    ),
    "no expected date": lambda t, p, v: isinstance(t, Mother) and t.hpl is None,
    "turns 6 months": lambda t, p, v: turns(t, 6, p),
    "turns 24 months": lambda t, p, v: turns(t, 24, p),
    "born on the 29th, 30th, 31st": lambda t, p, v: isinstance(t, Child) and (born(t) or p.first).day > 28,
    "born on 29 February": lambda t, p, v: isinstance(t, Child) and born(t) == date(2024, 2, 29),
    "closed on a month's first or last day": lambda t, p, v: (
        t.status != "aktif" and in_quarter(t.tanggal_status, p) and month_edge(t.tanggal_status)
    ),
    "two differing visits in a month": lambda t, p, v: any(one.tanggal != other.tanggal for one, other in differing(v)),
    "two differing visits on a day": lambda t, p, v: any(one.tanggal == other.tanggal for one, other in differing(v)),
    "received out of order": lambda t, p, v: any(a.order > b.order and a.tanggal < b.tanggal for a in v for b in v),
    "never visited": lambda t, p, v: bool(active_months(t, p)) and not v,
    "visited, but not in the quarter": lambda t, p, v: (
        bool(active_months(t, p) and v) and not any(in_quarter(visit.tanggal, p) for visit in v)
    ),
    "visit after day D, in the quarter": lambda t, p, v: any(day_d(t, p) < visit.tanggal <= p.last for visit in v),
    "visit before registration, in the quarter": lambda t, p, v: any(
        in_quarter(visit.tanggal, p) and visit.tanggal < t.registered_on for visit in v
    ),
    "visit in the half-year, before the quarter": lambda t, p, v: any(
        p.half_year_first <= visit.tanggal < p.first for visit in v
    ),
    "blank household": lambda t, p, v: not t.household,
}


def test_random_villages__every_edge_case_occurs_often() -> None:
    found: Counter[str] = Counter()
    for seed in SEEDS:
        village, period = random_village(seed), Period(*suggested_period(seed))
        for target in village.targets:
            visits = [visit for visit in village.visits if visit.target == target.id]
            found.update(name for name, happens in CASES.items() if happens(target, period, visits))
    assert {name: found[name] for name in CASES if found[name] < 20} == {}


def village_cases(village: Village, period: Period) -> Iterator[str]:
    """The edge cases that are of a village, not of a target."""
    homes = Counter(target.household for target in village.targets)
    known = {house.id for house in village.households}
    if any(number > 2 for home, number in homes.items() if home):
        yield "several targets in a household"
    if known - set(homes):
        yield "household without targets"
    if set(homes) - known - {""}:
        yield "household that the register does not have"
    if period.today < period.last:
        yield "running quarter"
        if month_edge(period.today):
            yield "running quarter, first or last day of a month"
    if period.today > period.last:
        yield "past quarter"
    if any(m.tanggal > period.as_of and m.tikar for m in village.measurements):
        yield "colour after the quarter"
    if {m.diukur_oleh for m in village.measurements} == {"nakes", "kpm"}:
        yield "measured by nakes and by kpm"


def test_random_villages__every_kind_of_village_occurs_often() -> None:
    found = Counter(
        case for seed in SEEDS for case in village_cases(random_village(seed), Period(*suggested_period(seed)))
    )
    assert len(found) == 8
    assert min(found.values()) >= 20, found
