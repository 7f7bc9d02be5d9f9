"""A child's growth on the WHO lines, and its services by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest

from forms.growth.zscores import DAYS_PER_MONTH
from forms.indicators.rules import Call, Expression, Indicator, Name, Number, Target, Window, named_by_service
from scorecards.people.growth_chart import BOTTOM, LEFT, RIGHT, TOP, Measure, chart
from scorecards.people.timeline import Contact, counts_since, last_months, months_between, timeline

BIRTH = date(2025, 1, 15)
MEASURED: dict[str, dict[str, Any]] = {
    "1": {"day": "2025-01-15", "panjang": 49.9, "berat": 3.3},
    "2": {"day": "2025-07-15", "panjang": 67.6, "posisi": "baring"},
    "3": {"day": "2025-07-15", "panjang": 66.0, "posisi": "baring"},
    "4": {"day": "2027-02-01", "panjang": 90.0},
    "5": {"day": "hari ini", "panjang": 70.0},
}


def test_points__by_day_the_last_that_was_noted_with_their_z() -> None:
    found = chart("length", MEASURED, "L", BIRTH).points
    assert [(one.day, one.value, one.z) for one in found] == [
        (date(2025, 1, 15), 49.9, 0.01),  # (49.9 - M) / (M S): M is 49.8842 cm, S 0.03795
        (date(2025, 7, 15), 66.0, -0.72),  # on day 181 M is 67.5371, S 0.03167
    ]
    assert found[0].x == LEFT


@pytest.mark.parametrize("measure", ["length", "weight"])
@pytest.mark.parametrize("sex", ["L", "P"])
def test_lines__lie_apart_within_the_chart_and_rise_with_the_age(measure: Measure, sex: Any) -> None:
    curves = chart(measure, MEASURED, sex, BIRTH).curves
    assert [one.z for one in curves] == [3, 2, 0, -2, -3]
    ends = [one.end for one in curves]
    assert ends == sorted(ends)
    for one in curves:
        numbers = [float(text) for text in one.path[1:].split()]
        across, heights = numbers[::2], numbers[1::2]
        assert across == sorted(across) and heights == sorted(heights, reverse=True)
        assert min(across) >= LEFT and max(across) <= RIGHT
        assert min(heights) >= TOP - 15 and max(heights) <= BOTTOM


def test_a_point_on_the_median_lies_on_its_line() -> None:
    day = 365
    born = date.fromordinal(date(2026, 1, 1).toordinal() - day)
    made = chart("length", {"1": {"day": "2026-01-01", "panjang": 75.5}}, "L", born)
    numbers = [float(text) for text in next(one for one in made.curves if one.z == 0).path[1:].split()]
    knot = dict(zip(numbers[::2], numbers[1::2], strict=True))
    (point,) = made.points
    assert point.x == pytest.approx(LEFT + (RIGHT - LEFT) * day / (24 * DAYS_PER_MONTH), abs=0.1)
    assert point.y == pytest.approx(knot[point.x], abs=1.0)


WEIGHED = Indicator(
    "a2",
    2,
    "anak",
    "kesehatan",
    "Ditimbang",
    "Weighed",
    Call("true", ()),
    Call("true", ()),
    "triwulan",
    "setiap_bulan",
    None,
    "",
)


def test_timeline__yes_where_a_form_says_so_no_where_it_was_asked() -> None:
    contacts = [
        Contact(date(2026, 1, 5), "anak", visits=True, asked=frozenset({"a2"}), yes=frozenset({"a2"})),
        Contact(date(2026, 2, 5), "anak", visits=True, asked=frozenset({"a2"}), yes=frozenset()),
        Contact(date(2026, 2, 6), "anak", visits=False, asked=frozenset({"a2"}), yes=frozenset({"a2"})),
        Contact(date(2025, 12, 5), "anak", visits=True, asked=frozenset(), yes=frozenset()),
        Contact(date(2026, 3, 5), "anak", visits=True, asked=frozenset({"a2"}), yes=frozenset()),
    ]
    found = timeline(contacts, [WEIGHED], last_months(date(2026, 3, 10)))
    assert found.months == tuple(date(2025 + (month < 4), month, 1) for month in (10, 11, 12, 1, 2, 3))
    assert found.visited == (False, False, True, True, True, True)
    assert found.services[0].cells == ("none", "none", "none", "yes", "yes", "no")


def measured_in(*months: int, target: Target = "anak") -> list[Contact]:
    """A visit in each month from January to October 2026 that asks; it says yes in these months."""
    return [
        Contact(date(2026, month, 5), target, True, frozenset({"a3"}), frozenset({"a3"} if month in months else ()))
        for month in range(1, 11)
    ]


def cells(contacts: list[Contact], window: Window, minimum: Expression | Literal["setiap_bulan"]) -> str:
    """May to October in short: y yes, n no, e enough."""
    months = last_months(date(2026, 10, 20))
    asked = replace(WEIGHED, code="a3", window=window, minimum=minimum)
    assert min(contact.day for contact in contacts) >= counts_since(months)
    return "".join(cell[0] for cell in timeline(contacts, [asked], months).services[0].cells)


def test_timeline__a_month_is_not_missed_where_its_half_year_has_enough() -> None:
    assert cells(measured_in(8), "semester", Number(1)) == "nneyee"
    assert cells(measured_in(2, 8), "semester", Number(1)) == "eeeyee"  # February counts, though it is not shown
    assert cells(measured_in(), "semester", Number(1)) == "nnnnnn"


def test_timeline__each_window_and_how_often_it_asks() -> None:
    assert cells(measured_in(8), "triwulan", Number(1)) == "nneyen"
    assert cells(measured_in(8), "tahun", Number(1)) == "eeeyee"
    assert cells(measured_in(8), "semua", Number(1)) == "eeeyee"
    assert cells(measured_in(8), "triwulan", "setiap_bulan") == "nnnynn"
    assert cells(measured_in(8), "terakhir", Number(1)) == "nnnynn"
    twice_late = Call("if", (Name("minggu_hamil"), Number(2), Number(1)))
    assert cells(measured_in(8), "triwulan", twice_late) == "nnnynn"
    assert cells(measured_in(8, 9), "triwulan", twice_late) == "nneyyn"
    assert cells(measured_in(8), "triwulan", Name("berapa")) == "nnnynn"


def test_months__of_a_pregnancy_are_all_of_them() -> None:
    months = months_between(date(2025, 9, 8), date(2026, 7, 27))
    assert (months[0], months[-1], len(months)) == (date(2025, 9, 1), date(2026, 7, 1), 11)
    assert months_between(date(2026, 3, 5), date(2026, 3, 5)) == (date(2026, 3, 1),)
    assert len(months_between(date(2023, 3, 5), date(2026, 3, 5))) == 12


def test_totals__in_how_many_months_a_service_was_received() -> None:
    tablets = replace(WEIGHED, code="a3", service="pil_fe")
    latrine = replace(tablets, window="terakhir", service="jamban")
    found = timeline(measured_in(2, 3, 8), [tablets, latrine], months_between(date(2026, 1, 1), date(2026, 10, 1)))
    assert (found.total_of("pil_fe"), found.tablets, found.total_of("jamban")) == (3, 90, None)
    assert found.total_of("timbang") is None


def test_short_names__only_where_the_service_tells_a_row_apart() -> None:
    weighing, measuring = replace(WEIGHED, service="timbang"), replace(WEIGHED, code="a3", service="ukur")
    again, mothers = replace(measuring, code="a11"), replace(measuring, code="ih1", target="ibu_hamil")
    assert named_by_service([weighing, measuring, again, mothers]) == {
        "a2": "timbang",
        "a3": "",
        "a11": "",
        "ih1": "ukur",
    }
