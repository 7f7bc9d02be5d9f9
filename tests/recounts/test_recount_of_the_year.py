"""The recount of p1, table 5 and Formulir 1 against villages small enough to count by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.recounts.looks import paud_stay
from tests.recounts.recount import recount
from tests.recounts.recount_formulir1 import recount_formulir1
from tests.support.facts import Activity, Agreement, Child, Facility, Household, Progress, Review, Village, Visit

APRIL_20 = date(2026, 4, 20)


def child(born: date | None = date(2022, 6, 15), **known: Any) -> Child:
    usual: dict[str, Any] = {"id": "adi", "household": "K1", "dusun": "Barat", "registered_on": date(2025, 1, 1)}
    return Child(**(usual | {"tanggal_lahir": born} | known))


def at_paud(day: date, answer: str = "ya", order: int = 1) -> Visit:
    return Visit(order, day, "paud", "adi", {"ikut_paud": answer})


def p1(one: Child, *rows: Visit, today: date = APRIL_20) -> str:
    card = recount(Village("11.01.01.2001", "Sukamaju", children=(one,), follow_ups=rows), 2026, 1, today)
    row = next(row for row in card["table3"] if row["code"] == "p1")
    assert card["table4"]["total"] == recount(Village("", "", children=(one,)), 2026, 1, today)["table4"]["total"]
    return f"{row['received']}/{row['due']}"


@pytest.mark.parametrize(
    ("born", "status", "closed", "stay"),
    [
        ("2022-06-15", "aktif", "", "2025-01-01 2028-06-15"),
        ("2024-02-29", "aktif", "", "2026-03-01 2030-03-01"),
        ("2024-02-10", "pindah", "2026-02-10", None),
        ("2024-02-10", "pindah", "2026-02-11", "2026-02-10 2026-02-11"),
        ("2024-02-10", "aktif", "2026-02-01", "2026-02-10 2030-02-10"),
        ("", "aktif", "", None),
    ],
)
def test_paud_age__from_24_months_to_the_day_before_72(born: str, status: str, closed: str, stay: str | None) -> None:
    day, end = (date.fromisoformat(text) if text else None for text in (born, closed))
    found = paud_stay(child(day, status=status, tanggal_status=end))
    assert (found and f"{found.begins} {found.leaves}") == stay


def test_p1__every_month() -> None:
    months = [date(2026, month, 20) for month in (1, 2, 3)]
    assert p1(child(), *[at_paud(day) for day in months]) == "1/1"
    assert p1(child(), *[at_paud(day) for day in months[1:]]) == "0/1"
    assert p1(child(), at_paud(months[0], "tidak"), *[at_paud(day) for day in months[1:]]) == "0/1"
    assert p1(child()) == "0/1"
    assert p1(child(), at_paud(months[0]), today=date(2026, 1, 20)) == "1/1"
    turning = child(date(2024, 3, 5))
    assert p1(turning, at_paud(months[2])) == "1/1"
    assert p1(turning, today=date(2026, 3, 4)) == "0/0"
    leaving = child(date(2020, 2, 1))
    assert p1(leaving, at_paud(months[0])) == "1/1"


def test_table_5__of_the_year_from_dana_desa_and_not_called_off() -> None:
    plan = Agreement(
        1,
        date(2026, 1, 15),
        2026,
        (
            Activity("sumur", "dana_desa", 100, 40, "pembangunan"),
            Activity("kelas", "dana_desa", 50, 20, "pemberdayaan"),
            Activity("jalan", "apbd", 900, 9, "pembangunan"),
        ),
    )
    other_year = Agreement(2, date(2026, 1, 16), 2025, (Activity("lama", "dana_desa", 7000, 7000),))
    later = Agreement(3, date(2026, 4, 1), 2026, (Activity("nanti", "dana_desa", 800, 800),))
    reviews = (
        Review(6, date(2026, 3, 1), (Progress("sumur", "berjalan", 30), Progress("kelas", "batal", 5))),
        Review(5, date(2026, 3, 1), (Progress("sumur", "berjalan", 10), Progress("kelas", "berjalan", 5))),
        Review(4, date(2026, 4, 2), (Progress("kelas", "berjalan", 15), Progress("sumur", "selesai", None))),
    )
    village = Village("11.01.01.2001", "Sukamaju", agreements=(plan, other_year, later), reviews=reviews)

    first, second = (recount(village, 2026, quarter, APRIL_20)["table5"] for quarter in (1, 2))

    assert first == {"allocated_total": 100, "allocated_stunting": 40, "percent": "40.0", "spent": 30}
    assert second == {"allocated_total": 950, "allocated_stunting": 860, "percent": "90.5", "spent": 45}


def test_table_5__a_row_a_field_with_the_total_that_the_latest_meeting_says() -> None:
    well, course = Activity("sumur", "dana_desa", 100, 40, "pembangunan"), Activity("kelas", "dana_desa", 50, 20)
    plans = (
        Agreement(3, date(2026, 2, 1), 2026, (), {"pembangunan": 1000}),  # the later one of the day, and of both
        Agreement(1, date(2026, 1, 15), 2026, (well, course), {"pembangunan": 400, "pemberdayaan": 300}),
        Agreement(2, date(2026, 2, 1), 2026, (), {"pembangunan": 900}),
        Agreement(4, date(2026, 4, 1), 2026, (Activity("nanti", "dana_desa", 800, 800),)),
        Agreement(5, date(2026, 1, 2), 2025, (), {"pembangunan": 7000}),
    )
    village = Village("11.01.01.2001", "Sukamaju", agreements=plans)

    first, second = (recount(village, 2026, quarter, APRIL_20) for quarter in (1, 2))

    assert first["table5_fields"] == {
        "pembangunan": {"allocated_total": 1000, "allocated_stunting": 40, "percent": "4.0", "spent": 0},
        "pemberdayaan": {"allocated_total": 300, "allocated_stunting": 20, "percent": "6.7", "spent": 0},
    }
    assert first["table5"] == {"allocated_total": 1300, "allocated_stunting": 60, "percent": "4.6", "spent": 0}
    # More was agreed on than the total that was said: the total is at least that.
    assert second["table5_fields"]["pemberdayaan"]["allocated_total"] == 850


def test_formulir_1__homes_people_and_who_waits() -> None:
    village = Village(
        "11.01.01.2001",
        "Sukamaju",
        households=(Household("K1", "Barat", "ya", "tidak", "ya"), Household("K2", "dusun barat")),
        children=(child(date(2025, 1, 15)), child(id="cici", dusun="Timur")),
        facilities=(
            Facility("p", "posyandu", "P", "BARAT", gives={"timbang": "bulanan"}),
            Facility("q", "posyandu", "Q", "Barat", gives={"ukur": ""}, keadaan="tutup"),
            Facility("r", "paud", "R", "Barat", gives={"paud": ""}),
        ),
    )

    found = recount_formulir1(village, date(2026, 3, 31))

    assert found["households"] == {
        ("barat", "registered"): 2,
        ("barat", "with_targets"): 1,
        ("barat", "water"): 1,
        ("barat", "vulnerable"): 1,
    }
    assert found["targets"] == {("barat", "children"): 1, ("timur", "paud"): 1}
    supply = {place: tuple(line.values()) for place, line in found["supply"].items()}
    assert supply["barat", "timbang"] == (1, 0, True, 0)
    assert supply["barat", "ukur"] == (1, 0, False, 1)
    assert supply["timur", "paud"] == (1, 0, False, 1)
    assert ("barat", "kunjungan_terpadu") not in supply
