"""The rules for children, case by case. Quarter 2026-Q1 unless told otherwise, looked at when it is long over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from tests.support.counting import child, count, of_child, village
from tests.support.facts import Measurement


def measured(day: str, tikar: str | None = "hijau", by: str = "nakes", target: str = "anak") -> Measurement:
    return Measurement(0, date.fromisoformat(day), target, by, tikar)


@pytest.mark.parametrize(
    "code, not_yet, old_enough",
    [("a1", "2025-10-01", "2025-09-30"), ("a2", "2026-03-01", "2026-02-28"), ("a3", "2026-01-01", "2025-12-31")],
)
def test_a_service_is_due_from_an_age_on_that_is_reached_by_the_last_day(
    store: Engine, code: str, not_yet: str, old_enough: str
) -> None:
    # 31 March is the last day; a month that began on the 31st is completed on it, one that began on the 1st is not.
    known = village(child("muda", born=not_yet), child("cukup", born=old_enough))

    counted = count(store, known)

    assert {target: result[code] for target, result in counted.results.items()} == {"muda": "TS", "cukup": "T"}


def test_height_counts_in_its_half_year(store: Engine) -> None:
    known = village(
        child(), of_child("2026-01-10", ukur="ya"), of_child("2026-06-30", ukur="tidak"), of_child("2026-07-01")
    )

    first = count(store, known)

    quarters = (first, first.look("2026-Q2"), first.look("2026-Q3"))
    assert [counted.results["anak"]["a3"] for counted in quarters] == ["Y", "Y", "T"]


@pytest.mark.parametrize("by, result", [("nakes", "Y"), ("kpm", "T")])
def test_height_measured_at_the_posyandu_counts_where_health_staff_did_it(store: Engine, by: str, result: str) -> None:
    known = village(child(), of_child("2026-02-10"), measured("2026-02-11", by=by))

    assert count(store, known).results["anak"]["a3"] == result


def test_a_measurement_is_no_home_visit(store: Engine) -> None:
    counted = count(store, village(child(), measured("2026-02-11")))

    assert counted.results["anak"]["a3"] == "T"
    assert counted.card["not_monitored"] == {"pregnant": 0, "children": 1}


def test_weighed_every_month_means_all_three(store: Engine) -> None:
    every = [of_child(day, "tiap", timbang="ya") for day in ("2026-01-31", "2026-02-01", "2026-03-31")]
    twice = [of_child(day, "dua", timbang="ya") for day in ("2026-01-31", "2026-02-01", "2026-02-28")]

    counted = count(store, village(child("tiap"), child("dua"), *every, *twice))

    assert {target: result["a2"] for target, result in counted.results.items()} == {"tiap": "Y", "dua": "T"}


def test_a_child_leaves_on_the_day_it_completes_24_months(store: Engine) -> None:
    # Born on 15 February 2024: on the list up to 14 February 2026, so that January and February are all its months.
    known = village(
        child(born="2024-02-15"),
        of_child("2026-01-10", timbang="ya", akta_lahir="ya"),
        of_child("2026-02-14", timbang="ya"),
        of_child("2026-02-15", timbang="tidak", akta_lahir="tidak"),
    )

    counted = count(store, known)

    assert (counted.results["anak"]["a2"], counted.results["anak"]["a8"]) == ("Y", "Y")
    assert counted.look("2026-Q2").results == {"anak": {"p1": "T"}}  # a child of two years, and no longer in `anak`


def test_a_child_that_completes_24_months_on_the_first_day_of_a_quarter_is_not_in_it(store: Engine) -> None:
    known = village(child("pas", born="2024-01-01"), child("sehari", born="2024-01-02"))

    results = count(store, known).results

    assert {target for target, result in results.items() if "a2" in result} == {"sehari"}


def test_a_child_born_in_the_quarter_counts_from_its_registration(store: Engine) -> None:
    # Born on 20 January, registered by the visit of 5 February: one month old on the last day, active in two months.
    known = village(
        child(registered="2026-02-05", born="2026-01-20"),
        of_child("2026-02-05", timbang="ya", konseling_ibu="ya"),
        of_child("2026-03-05", timbang="ya", konseling_ibu="ya"),
    )

    expected = {"a1": "TS", "a2": "Y", "a3": "TS", "a4": "Y", "a10": "TS"}
    assert expected.items() <= count(store, known).results["anak"].items()


def test_either_parent_counts_and_fathers_are_counted_apart(store: Engine) -> None:
    days = ("2026-01-10", "2026-02-10", "2026-03-10")
    known = village(
        child("ibunya"),
        child("bergantian"),
        child("sekali"),
        *[of_child(day, "ibunya", konseling_ibu="ya") for day in days],
        *[of_child(day, "bergantian", konseling_ibu="ya") for day in days[:2]],
        of_child(days[2], "bergantian", konseling_ayah="ya"),
        of_child(days[0], "sekali", konseling_ayah="ya"),
    )

    counted = count(store, known)

    assert counted.row("a4") == {"code": "a4", "received": 2, "due": 3, "percent": "66.7", "fathers": 2}


@pytest.mark.parametrize("status, result", [("baik", "TS"), ("kurang", "T"), ("buruk", "T"), ("stunting", "T")])
def test_integrated_visits_are_due_where_nutrition_is_poor(store: Engine, status: str, result: str) -> None:
    counted = count(store, village(child(), of_child("2026-02-10", status_gizi=status)))

    assert counted.results["anak"]["a5"] == result
    assert counted.card["table1"]["children"] == {"total": 1, "malnourished": int(result == "T")}


def test_nutrition_without_any_answer_is_that_of_the_register(store: Engine) -> None:
    counted = count(store, village(child(status_gizi="stunting"), of_child("2026-02-10")))

    assert counted.results["anak"]["a5"] == "T"


def test_table_2_shows_the_latest_colour_of_any_quarter_up_to_the_day(store: Engine) -> None:
    known = village(
        child("lama"),
        child("terbaru"),
        child("gagal"),
        child("belum"),
        child("nanti"),
        measured("2025-11-01", "merah", target="lama"),
        measured("2026-02-02", "hijau", target="terbaru"),
        measured("2026-02-01", "merah", target="terbaru"),
        measured("2026-02-01", "kuning", target="gagal"),
        measured("2026-03-01", None, target="gagal"),
        measured("2026-04-01", "merah", target="nanti"),
    )

    expected = {"children": 5, "green": 1, "yellow": 1, "red": 1, "not_measured": 2}
    assert count(store, known).card["table2"] == expected


def test_a_child_without_a_birth_date_owes_nothing_that_depends_on_its_age(store: Engine) -> None:
    known = village(replace(child(), tanggal_lahir=None), of_child("2026-02-10"))

    expected = {"a1": "TS", "a2": "TS", "a3": "TS", "a4": "T", "a10": "TS"}
    assert expected.items() <= count(store, known).results["anak"].items()
