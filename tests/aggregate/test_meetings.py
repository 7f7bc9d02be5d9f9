"""Table 5: what meetings agreed on, and what was spent. Quarter 2026-Q1 unless told otherwise, long over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.builders import WORKBOOKS, publish, shipped_schema
from tests.support.counting import count, mother, village
from tests.support.facts import Activity, Agreement, Progress, Review

WELL = Activity("sumur", "dana_desa", 120_000_000, 40_000_000, "pembangunan")
CLASS = Activity("kelas", "dana_desa", 30_000_000, 30_000_000, "pemberdayaan")
ROAD = Activity("jalan", "apbd", 900_000_000, 10_000_000, "pembangunan")


def agreed(day: str, *activities: Activity, tahun: int = 2026, **totals: int) -> Agreement:
    return Agreement(0, date.fromisoformat(day), tahun, activities, totals)


def told(day: str, **progress: tuple[str, int | None]) -> Review:
    said = tuple(Progress(activity, state, spent) for activity, (state, spent) in progress.items())
    return Review(0, date.fromisoformat(day), said)


def table5(engine: Engine, *meetings: Agreement | Review, quarter: str = "2026-Q1", today: str = "") -> dict[str, Any]:
    """The table of a village that has a mother and held these meetings."""
    known = village(mother(registered="2025-01-01"), *meetings)
    days = {"today": date.fromisoformat(today)} if today else {}
    found: dict[str, Any] = count(engine, known, quarter, **days).card["table5"]
    return found


def fields(engine: Engine, *meetings: Agreement | Review, quarter: str = "2026-Q1") -> list[dict[str, Any]]:
    """The table's rows: village development, community empowerment."""
    known = village(mother(registered="2025-01-01"), *meetings)
    found: dict[str, Any] = count(engine, known, quarter).card["table5_fields"]
    return [found["pembangunan"], found["pemberdayaan"]]


def money(total: int, stunting: int, percent: str | None, spent: int) -> dict[str, Any]:
    return {"allocated_total": total, "allocated_stunting": stunting, "percent": percent, "spent": spent}


NOTHING = money(0, 0, None, 0)
BOTH = money(150_000_000, 70_000_000, "46.7", 0)


def test_what_dana_desa_pays_is_added_up(store: Engine) -> None:
    assert table5(store, agreed("2026-01-15", WELL, CLASS, ROAD)) == BOTH


def test_amounts_of_any_size_add_up(store: Engine) -> None:
    """In a form without bounds somebody typed the largest number that a database holds, twice."""
    most = 2**63 - 1
    activities = (Activity("a", "dana_desa", most, most), Activity("b", "dana_desa", most, 0))

    found = table5(store, agreed("2026-01-15", *activities), told("2026-02-01", a=("berjalan", most)))

    assert found == money(2 * 2**63, 2**63, "50.0", pytest.approx(2**63, rel=1e-9))


def test_meetings_of_one_year_add_up(store: Engine) -> None:
    assert table5(store, agreed("2025-11-20", WELL), agreed("2026-03-31", CLASS)) == BOTH


def test_the_plan_of_another_year_is_not_this_years(store: Engine) -> None:
    meetings = (agreed("2026-01-15", WELL, tahun=2025), agreed("2026-02-15", CLASS, tahun=2027))

    assert table5(store, *meetings) == NOTHING
    assert table5(store, *meetings, quarter="2025-Q4") == NOTHING  # agreed after the year was over
    assert table5(store, agreed("2025-06-01", WELL, tahun=2025), quarter="2025-Q4")["allocated_total"] == 120_000_000


@pytest.mark.parametrize("today, total", [("2026-02-14", 0), ("2026-02-15", 120_000_000)])
def test_a_running_quarter_knows_what_was_agreed_by_today(store: Engine, today: str, total: int) -> None:
    assert table5(store, agreed("2026-02-15", WELL), today=today)["allocated_total"] == total


def test_what_was_agreed_after_the_quarter_is_not_in_it(store: Engine) -> None:
    assert table5(store, agreed("2026-04-01", WELL)) == NOTHING
    assert table5(store, agreed("2026-04-01", WELL), quarter="2026-Q2")["allocated_total"] == 120_000_000


def test_spent_is_what_the_latest_meeting_says(store: Engine) -> None:
    reviews = (
        told("2026-03-30", sumur=("berjalan", 25_000_000), kelas=("berjalan", 4_000_000)),
        told("2026-02-01", sumur=("belum", 0), kelas=("berjalan", 3_000_000)),
        told("2026-04-01", sumur=("selesai", 40_000_000), kelas=("selesai", 30_000_000)),
    )

    assert table5(store, agreed("2026-01-15", WELL, CLASS), *reviews) == BOTH | {"spent": 29_000_000}
    later = table5(store, agreed("2026-01-15", WELL, CLASS), *reviews, quarter="2026-Q2")
    assert later == BOTH | {"spent": 70_000_000}


def test_of_two_meetings_on_one_day_the_one_finished_later_holds(store: Engine) -> None:
    reviews = (told("2026-03-30", sumur=("berjalan", 1)), told("2026-03-30", sumur=("selesai", 2)))

    assert table5(store, agreed("2026-01-15", WELL), *reviews)["spent"] == 2


def test_an_activity_that_the_latest_meeting_leaves_out_keeps_what_was_said(store: Engine) -> None:
    reviews = (told("2026-02-01", sumur=("berjalan", 7)), told("2026-03-01", kelas=("berjalan", 5)))

    assert table5(store, agreed("2026-01-15", WELL, CLASS), *reviews)["spent"] == 12


def test_a_blank_amount_changes_nothing(store: Engine) -> None:
    reviews = (told("2026-02-01", sumur=("berjalan", 7)), told("2026-03-01", sumur=("selesai", None)))

    assert table5(store, agreed("2026-01-15", WELL), *reviews)["spent"] == 7


def test_what_was_called_off_is_not_counted(store: Engine) -> None:
    plan = agreed("2026-01-15", WELL, CLASS)
    off = told("2026-03-01", sumur=("batal", 2_000_000), kelas=("berjalan", 1_000_000))

    assert table5(store, plan, off) == money(30_000_000, 30_000_000, "100.0", 1_000_000)
    assert table5(store, plan, off, told("2026-03-02", sumur=("berjalan", 3_000_000)))["spent"] == 4_000_000


def test_amounts_beyond_32_bits(store: Engine) -> None:
    dam = Activity("bendung", "dana_desa", 4_999_999_999, 4_999_999_999)

    assert table5(store, agreed("2026-01-15", dam), told("2026-02-15", bendung=("selesai", 4_999_999_999))) == money(
        4_999_999_999, 4_999_999_999, "100.0", 4_999_999_999
    )


def test_meetings_of_other_villages_are_theirs(own_store: Engine) -> None:
    assert table5(own_store, agreed("2026-01-15", WELL)) == money(120_000_000, 40_000_000, "33.3", 0)
    assert table5(own_store, told("2026-02-15", sumur=("selesai", 9))) == NOTHING
    assert table5(own_store, agreed("2026-01-15", WELL))["spent"] == 0


def test_before_the_forms_are_published_it_stays_at_zeros(engine: Engine) -> None:
    first = [shipped_schema(form_id) for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")]
    publish(engine, *first)
    assert table5(engine) == NOTHING

    publish(engine, shipped_schema("rembuk_stunting"), workbook=(WORKBOOKS / "indikator.xlsx").read_bytes())
    assert table5(engine, agreed("2026-01-15", WELL)) == money(120_000_000, 40_000_000, "33.3", 0)


def test_each_field_has_a_row__and_they_add_up_to_the_table(store: Engine) -> None:
    meetings = (
        agreed("2026-01-15", WELL, CLASS, ROAD),
        told("2026-02-15", sumur=("berjalan", 7), kelas=("selesai", 5)),
    )

    assert fields(store, *meetings) == [
        money(120_000_000, 40_000_000, "33.3", 7),
        money(30_000_000, 30_000_000, "100.0", 5),
    ]
    assert table5(store, *meetings) == money(150_000_000, 70_000_000, "46.7", 12)


def test_the_total_of_a_field_is_what_the_latest_meeting_says_that_says_it(store: Engine) -> None:
    meetings = (
        agreed("2026-01-15", WELL, CLASS, pembangunan=400_000_000, pemberdayaan=9_999_999_999),
        agreed("2026-02-15", pembangunan=800_000_000),
        agreed("2026-02-15", pembangunan=500_000_000),  # finished later
        agreed("2026-04-01", pembangunan=700_000_000),  # after the quarter
        agreed("2026-02-20", pembangunan=600_000_000, tahun=2027),
    )

    assert fields(store, *meetings) == [
        money(500_000_000, 40_000_000, "8.0", 0),
        money(9_999_999_999, 30_000_000, "0.3", 0),
    ]
    assert table5(store, *meetings)["allocated_total"] == 10_499_999_999
    assert fields(store, *meetings, quarter="2026-Q2")[0]["allocated_total"] == 700_000_000


def test_the_total_of_a_field_is_at_least_what_its_activities_cost(store: Engine) -> None:
    assert fields(store, agreed("2026-01-15", WELL, pembangunan=100_000_000))[0]["allocated_total"] == 120_000_000


def test_a_total_is_known_also_where_nothing_was_agreed_on(store: Engine) -> None:
    assert fields(store, agreed("2026-01-15", pemberdayaan=5)) == [NOTHING, money(5, 0, "0.0", 0)]
