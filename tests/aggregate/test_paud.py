"""Indicator p1, children of 2-6 years. Quarter 2026-Q1 unless told otherwise, looked at when it is long over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from tests.support.builders import WORKBOOKS, publish, shipped_schema
from tests.support.counting import child, count, of_child, of_paud, village

MONTHS = ("2026-01-20", "2026-02-20", "2026-03-20")
AT_PAUD = [of_paud(day, "ya") for day in MONTHS]
GROWN = "2022-06-15"  # three years old


def test_attends_every_month(store: Engine) -> None:
    known = village(
        *[child(who, born=GROWN) for who in ("tiap", "sekali tidak", "sekali tak dipantau", "kosong", "tak pernah")],
        *[of_paud(day, "ya", "tiap") for day in MONTHS],
        *[of_paud(day, answer, "sekali tidak") for day, answer in zip(MONTHS, ("ya", "tidak", "ya"), strict=True)],
        *[of_paud(day, "ya", "sekali tak dipantau") for day in MONTHS[1:]],
        *[of_paud(day, answer, "kosong") for day, answer in zip(MONTHS, ("ya", "", "ya"), strict=True)],
    )

    counted = count(store, known)

    assert {who: result["p1"] for who, result in counted.results.items()} == {
        "tiap": "Y",
        "sekali tidak": "T",
        "sekali tak dipantau": "T",
        "kosong": "T",
        "tak pernah": "T",
    }
    assert counted.row("p1") == {"code": "p1", "received": 1, "due": 5, "percent": "20.0"}


def test_two_rows_in_a_month_count_if_one_says_yes(store: Engine) -> None:
    known = village(child(born=GROWN), *AT_PAUD[1:], of_paud("2026-01-05", "ya"), of_paud("2026-01-25", "tidak"))

    assert count(store, known).results["anak"]["p1"] == "Y"


def test_a_home_visit_is_no_monitoring_of_paud(store: Engine) -> None:
    known = village(child(born=GROWN), *[of_child(day) for day in MONTHS])

    counted = count(store, known)

    assert counted.results["anak"] == {"p1": "T"}
    assert counted.card["not_monitored"] == {"pregnant": 0, "children": 0}


def test_only_table_3_counts_children_of_two_to_six(store: Engine) -> None:
    card = count(store, village(child(born=GROWN), *AT_PAUD[:1])).card

    assert next(row for row in card["table3"] if row["code"] == "p1")["due"] == 1
    assert card["table1"]["households"] == card["table1"]["children"]["total"] == card["table2"]["children"] == 0
    assert card["table4"]["total"]["due"] == card["complete"]["households"] == sum(card["sectors"].values()) == 0


def test_a_child_turning_two_counts_in_each_group_by_its_months(store: Engine) -> None:
    # 24 months on 10 February: weighed in January and February, and at PAUD from February on.
    known = village(
        child(born="2024-02-10"),
        of_child("2026-01-05", timbang="ya"),
        of_child("2026-02-09", timbang="ya"),
        of_paud("2026-02-25", "ya"),
        of_paud("2026-03-25", "ya"),
    )

    counted = count(store, known)

    assert (counted.results["anak"]["a2"], counted.results["anak"]["p1"]) == ("Y", "Y")
    assert counted.card["table1"]["children"]["total"] == 1
    assert (counted.row("a2")["due"], counted.row("p1")["due"]) == (1, 1)
    after = counted.look("2026-Q2")
    assert after.results["anak"] == {"p1": "T"}


def test_a_child_leaves_on_the_day_it_completes_72_months(store: Engine) -> None:
    # 72 months on 15 February, on which it does not count any more: January and February are its months.
    known = village(
        child(born="2020-02-15"), of_paud("2026-01-20", "ya"), of_paud("2026-02-14", "ya"), of_paud("2026-02-15", "no")
    )

    counted = count(store, known)

    assert counted.results["anak"]["p1"] == "Y"
    assert counted.look("2026-Q2").results == {}


@pytest.mark.parametrize(
    "born, quarter, result",
    [
        ("2024-02-29", "2026-Q1", "TS T"),  # two years old on 1 March 2026
        ("2024-03-31", "2026-Q1", "TS T"),
        ("2024-04-01", "2026-Q1", "TS"),
        ("2020-01-02", "2026-Q1", "T"),
        ("2020-01-01", "2026-Q1", ""),
    ],
)
def test_the_age_begins_with_24_completed_months_and_ends_before_72(
    store: Engine, born: str, quarter: str, result: str
) -> None:
    counted = count(store, village(child(born=born)), quarter)

    found = counted.results.get("anak", {})
    assert " ".join(found[code] for code in ("a5", "p1") if code in found) == result


@pytest.mark.parametrize(
    "status, closed, result",
    [
        ("pindah", "2026-02-01", "Y"),  # January is its only month
        ("pindah", "2026-02-02", "T"),
        ("meninggal", "2026-01-01", None),
        ("aktif", "2026-01-01", "T"),
        ("pindah", None, "T"),
        ("pindah", "2024-05-05", None),
    ],
)
def test_a_child_that_is_closed_leaves_on_that_day(
    store: Engine, status: str, closed: str | None, result: str | None
) -> None:
    day = date.fromisoformat(closed) if closed else None
    known = village(
        child(born=GROWN, registered="2024-01-01", status=status, tanggal_status=day), of_paud("2026-01-10", "ya")
    )

    assert count(store, known).results.get("anak", {}).get("p1") == result


def test_a_child_that_left_before_it_was_two_never_comes_to_paud(store: Engine) -> None:
    # It died on 5 February, and would have been two years old on the 10th.
    known = village(child(born="2024-02-10", status="meninggal", tanggal_status=date(2026, 2, 5)))

    assert "p1" not in count(store, known).results["anak"]


def test_registered_late__counts_from_that_month_on(store: Engine) -> None:
    known = village(child(registered="2026-02-27", born=GROWN), *AT_PAUD[1:])

    assert count(store, known).results["anak"]["p1"] == "Y"


def test_a_running_quarter_asks_for_the_months_that_have_begun(store: Engine) -> None:
    known = village(child(born=GROWN), *AT_PAUD[:2])

    counted = count(store, known, today=date(2026, 2, 20))

    assert counted.results["anak"]["p1"] == "Y"
    assert counted.look("2026-Q1", date(2026, 2, 19)).results["anak"]["p1"] == "T"


def test_without_a_birth_date_nobody_knows_the_age(store: Engine) -> None:
    known = village(child(born=GROWN), replace(child("tanpa"), tanggal_lahir=None))

    assert count(store, known).row("p1")["due"] == 1


def test_before_the_form_is_published_nothing_is_due(engine: Engine) -> None:
    publish(engine, *[shipped_schema(form_id) for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")])

    counted = count(engine, village(child(born=GROWN), child("kecil")))

    assert counted.row("p1") == {"code": "p1", "received": 0, "due": 0, "percent": None}
    assert list(counted.results) == ["kecil"]


def test_it_counts_as_soon_as_the_form_is_published(engine: Engine) -> None:
    publish(engine, *[shipped_schema(form_id) for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")])
    waiting = count(engine, village(child(born=GROWN)), today=date(2026, 3, 30))
    publish(engine, shipped_schema("pantau_paud"), workbook=(WORKBOOKS / "indikator.xlsx").read_bytes())

    assert waiting.row("p1")["due"] == 0
    assert waiting.look("2026-Q1", date(2026, 3, 31)).row("p1")["due"] == 1
