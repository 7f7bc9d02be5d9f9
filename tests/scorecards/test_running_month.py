"""Of which month a running quarter says that its visits are still to come: first and last days, and how many came."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from forms.periods import Quarter
from scorecards.running_month import RunningMonth, running_month, visited_this_month

DECEMBER = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2026, 10, 1), date(2026, 10, 1)),  # of a quarter
        (date(2026, 10, 31), date(2026, 10, 1)),
        (date(2026, 11, 1), date(2026, 11, 1)),
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 12, 30), date(2026, 12, 1)),
        (date(2027, 1, 1), date(2027, 1, 1)),  # of a year
        (date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_first_and_last_days__the_month_up_to_which_is_counted(as_of: date, first: date) -> None:
    assert running_month(Quarter.of(as_of), as_of, (0, 96)) == RunningMonth(first, as_of.day, 0, 96)


@pytest.mark.parametrize("last", [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)])
def test_last_day_of_a_quarter__nothing_is_still_to_come(last: date) -> None:
    assert running_month(Quarter.of(last), last, (0, 96)) is None
    assert running_month(Quarter.of(last), last, None) is None
    assert running_month(Quarter.of(last), last - timedelta(days=1), (0, 96)) is not None


def test_visits__said_until_four_fifths_have_come() -> None:
    quarter, day = Quarter(2026, 4), date(2026, 12, 25)
    assert running_month(quarter, day, (79, 100)) == RunningMonth(DECEMBER, 25, 79, 100)
    assert running_month(quarter, day, (80, 100)) is None
    assert running_month(quarter, DECEMBER, (100, 100)) is None
    assert running_month(quarter, DECEMBER, (0, 0)) is None  # nobody is to be visited


def test_unknown_visits__said_until_the_last_ten_days() -> None:
    quarter = Quarter(2026, 4)
    assert running_month(quarter, date(2026, 12, 20), None) == RunningMonth(DECEMBER, 20)
    assert running_month(quarter, date(2026, 12, 21), None) is None


def test_small_counts__are_not_told() -> None:
    found = running_month(Quarter(2026, 4), DECEMBER, (2, 30), hides=True)
    assert found == RunningMonth(DECEMBER, 1, "<3", 30)


def test_begun_lately__the_first_week() -> None:
    found = [running_month(Quarter(2026, 4), date(2026, 12, day), (0, 9)) for day in (1, 7, 8, 30)]
    assert [one.has_begun_lately for one in found if one] == [True, True, False, False]


def test_card__mothers_and_children_together() -> None:
    groups = {"pregnant": {"targets": 12, "monitored": 3}, "children": {"targets": 84, "monitored": 20}}
    assert visited_this_month({"this_month": groups}) == (23, 96)
    assert visited_this_month({}) is None
