"""The random years against what they promise: p1, table 5 and Formulir 1 have every result and every edge case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from tests.recounts.looks import Period, completed_months, first_day_of_age, paud_stay
from tests.recounts.recount import recount, table5
from tests.recounts.recount_formulir1 import recount_formulir1
from tests.scenarios.random_villages import random_village, suggested_period
from tests.scenarios.random_year import random_year
from tests.support.facts import Agreement, Child, Village

SEEDS = range(200)


@cache
def year(seed: int) -> Village:
    return random_year(seed)


def test_random_year__same_seed_same_year_and_the_village_is_left_as_it_is() -> None:
    assert [random_year(seed) for seed in (3, 4)] == [year(3), year(4)]
    assert (year(3).visits, year(3).mothers) == (random_village(3).visits, random_village(3).mothers)
    for village in map(year, SEEDS):
        rows = (*village.visits, *village.measurements, *village.follow_ups, *village.agreements, *village.reviews)
        assert len({row.order for row in rows}) == len(rows)


def test_random_years__p1_and_table_5_have_every_result() -> None:
    cards = [recount(year(seed), *suggested_period(seed)) for seed in SEEDS]
    p1 = [next(row for row in card["table3"] if row["code"] == "p1") for card in cards]
    assert 0 < sum(row["received"] for row in p1) < sum(row["due"] for row in p1)
    money = [card["table5"] for card in cards]
    assert sum(one["allocated_total"] == 0 for one in money) >= 20
    assert sum(one["spent"] > 0 for one in money) >= 20
    assert sum(one["allocated_stunting"] > 2**31 for one in money) >= 20


def test_random_years__of_two_meetings_on_a_day_the_later_one_often_matters() -> None:
    differ = 0
    for seed in SEEDS:
        village, period = year(seed), Period(*suggested_period(seed))
        turned = replace(village, reviews=tuple(replace(one, order=-one.order) for one in village.reviews))
        differ += table5(village, period) != table5(turned, period)
    assert differ >= 15


def test_random_years__supply_and_demand_have_every_result() -> None:
    found = Counter(
        (line["supplied"], line["received"] == line["due"], line["waiting"] > 0)
        for seed in SEEDS
        for line in recount_formulir1(year(seed), suggested_period(seed).today)["supply"].values()
    )
    assert set(found) == {(True, True, False), (True, False, False), (False, True, False), (False, False, True)}
    assert min(found.values()) >= 100


def near(day: date | None, period: Period) -> bool:
    return day is not None and period.first <= day <= period.last


def child_cases(child: Child, period: Period) -> Iterator[str]:
    born, time = child.tanggal_lahir, paud_stay(child)
    if born is None:
        yield "no birth date"
        return
    for months in (24, 72):
        if near(first_day_of_age(born, months), period):
            yield f"turns {months} months"
    if time is None:
        yield "never at the age of PAUD"
        return
    if time.months(period):
        if near(child.tanggal_status, period) and child.status != "aktif":
            yield "closed at the age of PAUD"
        if near(child.registered_on, period) and completed_months(born, child.registered_on) >= 24:
            yield "registered at the age of PAUD"
        if time.begins > period.as_of:
            yield "turns 24 months after today, in this month"


def agreement_cases(agreement: Agreement, period: Period) -> Iterator[str]:
    if agreement.activities and agreement.tanggal > period.as_of:
        yield "agreed after day D"
    if agreement.activities and agreement.tahun != period.year:
        yield "planned for another year"
    if agreement.totals and agreement.tahun == period.year and agreement.tanggal <= period.as_of:
        yield "the total of a bidang said"


def year_cases(village: Village, period: Period) -> Iterator[str]:
    for child in village.children:
        yield from child_cases(child, period)
    days = Counter(review.tanggal for review in village.reviews)
    if any(number > 1 for number in days.values()):
        yield "two quarterly meetings on a day"
    for agreement in village.agreements:
        yield from agreement_cases(agreement, period)
    for review in village.reviews:
        for one in review.progress:
            yield "said after day D" if review.tanggal > period.as_of else "said by day D"
            if one.keadaan == "batal":
                yield "called off"
            if one.realisasi is None:
                yield "amount not said"


def test_random_years__every_edge_case_occurs_often() -> None:
    found = Counter(case for seed in SEEDS for case in set(year_cases(year(seed), Period(*suggested_period(seed)))))
    assert len(found) == 15, found
    assert min(found.values()) >= 10, found
