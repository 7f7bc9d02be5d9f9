"""The performance of a KPM: hand-worked numbers, and random villages against a recount in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from aggregate.performance.measures import FORMS, Span
from aggregate.performance.report import DaysOfYear, Performance, performance
from forms.periods import Quarter
from forms.problems import ProblemError
from server.database.engine import open_engine, reading, writing
from tests.recounts.kpm_year import MORE_FORMS, PaudRow, Year, a_year, keep, keep_submission
from tests.recounts.looks import Period
from tests.recounts.performance_recount import recount
from tests.scenarios.random_villages import random_village, suggested_period
from tests.support.builders import load, publish, shipped_schema
from tests.support.counting import child, mother, of_child, of_mother, village
from tests.support.databases import Databases, opened_ready
from tests.support.facts import Measurement

JAKARTA = ZoneInfo("Asia/Jakarta")
SHIPPED = ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")
MAY = date(2026, 5, 1)


@pytest.fixture
def store(databases: Databases) -> Iterator[Engine]:
    with opened_ready(databases, with_forms) as engine:
        yield engine


def with_forms(url: str) -> dict[str, str]:
    engine = open_engine(url)
    publish(engine, *[shipped_schema(form_id) for form_id in (*SHIPPED, *MORE_FORMS)])
    engine.dispose()
    return {}


def judged(engine: Engine, code: str, quarter: str = "2026-Q1", today: date = MAY, **days: Any) -> Performance:
    with reading(engine) as connection:
        span = Span(Quarter.parse(quarter), today, JAKARTA)
        return performance(connection, [code], span, DaysOfYear(**days))[code]


def of(engine: Engine, year: Year, quarter: str = "2026-Q1", today: date = MAY) -> Performance:
    with writing(engine) as connection:
        keep(connection, year)
    return judged(engine, year.code, quarter, today)


def share(found: Performance, measure: str) -> str:
    """ "done/due of all" of a measure."""
    part = next(part for part in found.parts if part.measure == measure)
    return f"{part.share.received}/{part.share.due} of {part.all}"


def measured(day: str, target: str = "anak", by: str = "kpm") -> Measurement:
    return Measurement(0, date.fromisoformat(day), target, by, "hijau")


# -- visits ------------------------------------------------------------------------------------------------------------


def test_every_target_active_in_a_month_is_to_be_visited_in_it(store: Engine) -> None:
    found = of(
        store,
        Year(
            village(
                mother("ibu"),
                mother("baru", "2026-02-28"),  # active in February and March
                child("anak"),
                child("pindah", status="pindah", tanggal_status=date(2026, 2, 1)),  # left on February's first day
                *[of_mother(day) for day in ("2026-01-31", "2026-02-01", "2026-02-20", "2026-03-31")],
                of_mother("2026-03-15", "baru"),
                of_child("2026-01-05"),
                of_child("2026-03-05"),
            )
        ),
    )

    assert found.months == {"2026-01": (2, 3), "2026-02": (1, 3), "2026-03": (3, 3)}
    assert share(found, "visits") == "6/9 of 9"


def test_a_visit_of_the_running_month_is_no_failure_yet(store: Engine) -> None:
    year = Year(village(mother("satu"), mother("dua"), of_mother("2026-01-05", "satu"), of_mother("2026-02-05", "dua")))

    assert share(of(store, year, today=date(2026, 2, 28)), "visits") == "2/3 of 4"  # "satu" in February is to come
    assert share(judged(store, year.code, today=date(2026, 3, 1)), "visits") == "2/4 of 6"
    assert share(judged(store, year.code, today=date(2026, 3, 31)), "visits") == "2/4 of 6"
    assert share(judged(store, year.code, today=date(2026, 4, 1)), "visits") == "2/6 of 6"


def test_visits_to_come_by_date_do_not_count_yet(store: Engine) -> None:
    year = Year(village(mother(), of_mother("2026-01-20")))

    assert share(of(store, year, today=date(2026, 1, 19)), "visits") == "0/0 of 1"
    assert share(judged(store, year.code, today=date(2026, 1, 20)), "visits") == "1/1 of 1"


# -- height checks -----------------------------------------------------------------------------------------------------


def test_a_child_is_measured_once_a_half_year_by_whomever(store: Engine) -> None:
    found = of(
        store,
        Year(
            village(
                child("kpm"),
                child("nakes"),
                child("ditanya"),
                child("lama"),
                child("belum"),
                child("bayi", "2026-02-10", "2026-01-02"),  # two months old on 31 March
                measured("2026-01-01", "kpm"),
                measured("2026-03-31", "nakes", by="nakes"),
                of_child("2026-02-10", "ditanya", ukur="ya"),
                of_child("2026-02-10", "belum", ukur="tidak"),
                measured("2025-12-31", "lama"),
            )
        ),
    )

    assert share(found, "heights") == "3/5 of 5"
    assert share(judged(store, found.village_id, "2026-Q2", date(2026, 7, 1)), "heights") == "3/6 of 6"
    assert share(judged(store, found.village_id, "2026-Q3", date(2026, 10, 1)), "heights") == "0/6 of 6"


def test_a_height_check_is_no_failure_before_the_quarter_is_over(store: Engine) -> None:
    year = Year(village(child("satu"), child("dua"), measured("2026-01-10", "satu")))

    assert share(of(store, year, today=date(2026, 3, 31)), "heights") == "1/1 of 2"
    assert share(judged(store, year.code, today=date(2026, 4, 1)), "heights") == "1/2 of 2"


# -- PAUD --------------------------------------------------------------------------------------------------------------


def test_children_of_paud_age_are_asked_after_each_month(store: Engine) -> None:
    known = village(
        child("tiga", born="2023-01-15"),
        child("dua", born="2024-02-28"),  # two years old on 28 February
        child("enam", born="2020-02-01"),  # six years old on 1 February
        child("pindah", born="2023-01-15", status="pindah", tanggal_status=date(2026, 2, 2)),
    )
    rows = [("2026-01-05", "tiga"), ("2026-02-05", "tiga"), ("2026-02-28", "dua"), ("2026-01-05", "pindah")]
    asked = tuple(PaudRow(number, date.fromisoformat(day), child) for number, (day, child) in enumerate(rows, start=1))

    # January: tiga, enam, pindah. February: tiga, dua, pindah. March: tiga, dua.
    assert share(of(store, Year(known, asked)), "paud") == "4/8 of 8"


# -- once a year, once a quarter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mapped, quarter, today, expected",
    [
        ("2026-03-31", "2026-Q1", "2026-04-01", "1/1 of 1"),
        ("2026-01-05", "2026-Q1", "2026-01-05", "1/1 of 1"),
        ("2026-04-01", "2026-Q1", "2026-05-01", "0/1 of 1"),  # a day late
        (None, "2026-Q1", "2026-03-31", "0/0 of 1"),  # it may still be done today
        (None, "2026-Q1", "2026-04-01", "0/1 of 1"),
        (None, "2026-Q2", "2026-04-01", "0/1 of 1"),
        ("2026-04-20", "2026-Q2", "2026-05-01", "1/1 of 1"),  # done late is held against the first quarter alone
        ("2026-07-01", "2026-Q2", "2026-08-01", "0/1 of 1"),
        ("2025-12-31", "2026-Q1", "2026-05-01", "0/1 of 1"),  # that of another year
    ],
)
def test_the_social_map_of_the_year_is_due_by_the_end_of_march(
    store: Engine, mapped: str | None, quarter: str, today: str, expected: str
) -> None:
    year = Year(village(mother()), maps=(date.fromisoformat(mapped),) if mapped else ())

    assert share(of(store, year, quarter, date.fromisoformat(today)), "social_map") == expected


def test_the_last_days_of_the_year_can_be_set(store: Engine) -> None:
    year = Year(village(mother()), maps=(date(2026, 3, 1),), rembuk=((date(2026, 3, 1), 2026),))
    of(store, year)

    assert share(judged(store, year.code, social_map=(2, 28)), "social_map") == "0/1 of 1"
    assert share(judged(store, year.code, social_map=(3, 1)), "social_map") == "1/1 of 1"
    assert share(judged(store, year.code, rembuk=(2, 28)), "rembuk") == "0/1 of 1"


@pytest.mark.parametrize(
    "held, of_year, quarter, today, expected",
    [
        ("2025-08-10", 2026, "2026-Q1", "2026-01-10", "1/1 of 1"),  # held in the year before, for this one
        ("2026-05-10", 2026, "2026-Q2", "2026-05-10", "1/1 of 1"),
        ("2026-05-10", 2026, "2026-Q1", "2026-06-01", "0/0 of 1"),  # in the first quarter it was not due yet
        ("2026-05-10", 2027, "2026-Q2", "2026-07-01", "0/1 of 1"),  # planned another year
        ("2026-07-01", 2026, "2026-Q2", "2026-08-01", "0/1 of 1"),
        ("2026-07-01", 2026, "2026-Q3", "2026-08-01", "1/1 of 1"),
        ("2026-07-01", 2027, "2026-Q3", "2026-08-01", "0/1 of 1"),
        ("2026-05-10", 2027, "2026-Q2", "2026-06-30", "0/0 of 1"),
    ],
)
def test_the_rembuk_that_planned_the_year_is_due_by_the_end_of_june(
    store: Engine, held: str, of_year: int, quarter: str, today: str, expected: str
) -> None:
    year = Year(village(mother()), rembuk=((date.fromisoformat(held), of_year),))

    assert share(of(store, year, quarter, date.fromisoformat(today)), "rembuk") == expected


@pytest.mark.parametrize(
    "held, about, today, expected",
    [
        ("2026-03-30", "2026-Q1", "2026-03-30", "1/1 of 1"),
        ("2026-04-30", "2026-Q1", "2026-04-30", "1/1 of 1"),
        ("2026-05-01", "2026-Q1", "2026-05-01", "0/1 of 1"),
        ("2026-04-10", "2026-Q2", "2026-04-30", "0/0 of 1"),
        ("2026-04-10", "2026-Q2", "2026-05-01", "0/1 of 1"),
        ("2025-12-31", "2026-Q1", "2026-05-01", "0/1 of 1"),  # a quarter that had not begun
    ],
)
def test_the_meeting_about_the_quarter_may_be_held_until_a_month_after_it(
    store: Engine, held: str, about: str, today: str, expected: str
) -> None:
    year = Year(village(mother()), meetings=((date.fromisoformat(held), about),))

    assert share(of(store, year, today=date.fromisoformat(today)), "meeting") == expected


# -- sent in time ------------------------------------------------------------------------------------------------------


def test_a_form_is_in_time_up_to_midnight_of_the_fifth_day_after_where_the_village_is(store: Engine) -> None:
    known = village(mother(), *[of_mother("2026-01-10")] * 3, measured("2026-01-10"))
    moments = {
        1: datetime(2026, 1, 15, 16, 59, 59, 999999, tzinfo=UTC),  # the last moment of 15 January in Jakarta
        2: datetime(2026, 1, 15, 17, tzinfo=UTC),
        3: datetime(2026, 1, 10, 3, tzinfo=UTC),
        4: datetime(2026, 2, 10, 3, tzinfo=UTC),
    }

    assert share(of(store, Year(known, received=moments)), "sent") == "2/4 of 4"


def test_a_correction_is_in_time_where_what_it_corrects_was(store: Engine) -> None:
    known = village(mother(), of_mother("2026-01-10"))
    with writing(store) as connection:
        keep(connection, Year(known))
        keep_submission(connection, known.code, 7, datetime(2026, 1, 11, tzinfo=UTC), root="uuid:asli")
        keep_submission(connection, known.code, 1, datetime(2026, 2, 11, tzinfo=UTC), root="uuid:asli")

    assert share(judged(store, known.code), "sent") == "1/1 of 1"


# -- who gets the credit -----------------------------------------------------------------------------------------------


def test_a_move_leaves_each_kpm_the_credit_for_what_her_phone_sent(store: Engine) -> None:
    old = village(mother("tinggal"), of_mother("2026-01-02", "tinggal"))
    # Moved from the old village to the new one in February; all rows are where she lives now.
    new = village(mother("pindah"), of_mother("2026-01-10", "pindah"), of_mother("2026-02-20", "pindah"))
    with writing(store) as connection:
        keep(connection, Year(old), Year(new, origins={1: old.code}))

    assert judged(store, old.code).months == {"2026-01": (2, 2), "2026-02": (0, 1), "2026-03": (0, 1)}
    assert judged(store, new.code).months == {"2026-02": (1, 1), "2026-03": (0, 1)}


def test_both_kpm_are_credited_where_both_were_there_in_a_month(store: Engine) -> None:
    old, new = village(), village(mother(), of_mother("2026-01-02"), of_mother("2026-01-20"))
    with writing(store) as connection:
        keep(connection, Year(old), Year(new, origins={1: old.code}))

    assert judged(store, old.code).months == {"2026-01": (1, 1)}
    assert judged(store, new.code).months == {"2026-01": (1, 1), "2026-02": (0, 1), "2026-03": (0, 1)}


# -- all together ------------------------------------------------------------------------------------------------------


def test_the_performance_is_the_mean_of_the_duties_that_apply(store: Engine) -> None:
    known = village(mother(), of_mother("2026-01-02"), of_mother("2026-02-02"))
    sent = {1: datetime(2026, 1, 2, tzinfo=UTC), 2: datetime(2026, 2, 20, tzinfo=UTC)}
    year = Year(known, maps=(date(2026, 2, 1),), received=sent)

    found = of(store, year)

    # visits 2/3, social map 1/1, meeting 0/1, sent 1/2; no children to measure or for PAUD, the Rembuk is not due yet
    assert [share(found, part.measure) for part in found.parts] == [
        *("2/3 of 3", "0/0 of 0", "0/0 of 0", "1/1 of 1", "0/0 of 1", "0/1 of 1", "1/2 of 2")
    ]
    assert found.percent == "54.2"  # (2/3 + 1 + 0 + 1/2) / 4 = 54.1666...
    assert (found.is_final, found.final_from) == (True, MAY)
    assert not judged(store, year.code, today=date(2026, 4, 30)).is_final


def test_nothing_due_is_no_percent(store: Engine) -> None:
    assert of(store, Year(village()), today=date(2026, 1, 5)).percent is None


def test_duties_of_unpublished_forms_are_not_asked(engine: Engine) -> None:
    publish(engine, *[shipped_schema(form_id) for form_id in SHIPPED])
    known = village(mother(), child("paud", born="2023-01-15"), of_mother("2026-01-02"))
    with writing(engine) as connection:
        load(connection, known)

    found = judged(engine, known.code)

    assert [part.measure for part in found.parts if not part.asked] == ["paud", "rembuk", "meeting"]
    assert found.percent == "16.7"  # visits 1/3, no social map


def test_a_quarter_to_come_is_refused(store: Engine) -> None:
    with pytest.raises(ProblemError) as refused:
        judged(store, "11.01.01.2001", "2026-Q3", MAY)

    assert refused.value.code == "future-period"


# -- against the recount -----------------------------------------------------------------------------------------------


def pairs(seeds: range) -> Iterator[tuple[int, Year, Year]]:
    """Neighbours, between whom people move; both are looked at in the quarter of the first."""
    for seed in seeds:
        year, number, today = suggested_period(seed)
        first = date(year, number * 3 - 2, 1)
        here, there = random_village(seed), random_village(10_000 + seed)
        yield (
            seed,
            a_year(seed, here, there.code, first, today),
            a_year(10_000 + seed, there, here.code, first, today),
        )


@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in (0, 25)], ids=str)
def test_every_number_agrees_with_the_recount(store: Engine, seeds: range) -> None:
    known = list(pairs(seeds))
    with writing(store) as connection:
        for _, *both in known:
            keep(connection, *both)
    counting = dict.fromkeys(FORMS, 0)

    for seed, *both in known:
        year, number, suggested = suggested_period(seed)
        suggested_quarter = Quarter(year, number)
        looks = [(suggested_quarter, suggested), (suggested_quarter, suggested + timedelta(days=45))]
        for quarter, today in (*looks, (suggested_quarter.plus(1), date(year + 1, 4, 15))):
            with reading(store) as connection:
                found = performance(connection, [one.code for one in both], Span(quarter, today, JAKARTA))
            for one in both:
                expected = recount(both, one.code, Period(quarter.year, quarter.number, today))
                assert found[one.code].json() == expected, f"village {seed}: {quarter} on {today}"
                for part in found[one.code].parts:
                    counting[part.measure] += part.counts

    assert min(counting.values()) > len(seeds), counting
