"""The rules for mothers, case by case. Quarter 2026-Q1 unless told otherwise, looked at when it is long over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from tests.support.counting import HOUSE, count, mother, of_mother, village
from tests.support.facts import Household

LAST_DAY = date(2026, 3, 31)


def due_in(weeks: int) -> date:
    """The expected date of birth of a mother who is that many weeks pregnant on the quarter's last day."""
    return LAST_DAY + timedelta(days=280 - 7 * weeks)


@pytest.mark.parametrize("code, service", [("ih1", "periksa_kehamilan"), ("ih4", "konseling_gizi_ibu")])
def test_one_month_is_enough_before_week_28_and_two_are_needed_from_then_on(
    store: Engine, code: str, service: str
) -> None:
    early, late, later = mother("awal"), mother("akhir", hpl=due_in(28)), mother("dua", hpl=due_in(28))
    almost = mother("hampir", hpl=due_in(28) + timedelta(days=1))
    yes = {service: "ya"}
    once = [of_mother("2026-02-10", who, **yes) for who in ("awal", "akhir", "hampir", "dua")]

    counted = count(store, village(early, almost, late, later, *once, of_mother("2026-03-10", "dua", **yes)))

    got = {target: result[code] for target, result in counted.results.items()}
    assert got == {"awal": "Y", "hampir": "Y", "akhir": "T", "dua": "Y"}


def test_two_visits_in_one_month_are_one_month(store: Engine) -> None:
    visits = [of_mother(day, periksa_kehamilan="ya") for day in ("2026-02-01", "2026-02-28")]

    counted = count(store, village(mother(hpl=due_in(30)), *visits))

    assert counted.results["ibu"]["ih1"] == "T"


def test_of_two_visits_in_a_month_a_service_is_received_where_either_says_so(store: Engine) -> None:
    visits = [of_mother("2026-02-01", pil_fe="ya"), of_mother("2026-02-01", pil_fe="tidak")]

    counted = count(store, village(mother(), *visits))

    assert counted.results["ibu"]["ih2"] == "Y"


def test_services_of_other_quarters_do_not_count(store: Engine) -> None:
    visits = [
        of_mother("2025-12-31", pil_fe="ya"),
        of_mother("2026-01-01", pil_fe="tidak"),
        of_mother("2026-04-01", pil_fe="ya"),
    ]

    counted = count(store, village(mother(), *visits))

    assert counted.results["ibu"]["ih2"] == "T"


def test_after_birth_pregnancy_services_are_not_due_and_three_visits_are(store: Engine) -> None:
    # The number of visits so far was once written too low afterwards: the largest answer counts.
    visits = [of_mother("2026-03-20", periksa_nifas=3), of_mother("2026-03-25", periksa_nifas=2)]

    counted = count(store, village(mother(tanggal_melahirkan=date(2026, 3, 1)), *visits))

    expected = {"ih1": "TS", "ih2": "TS", "ih3": "Y", "ih4": "TS", "ih5": "TS"}
    assert expected.items() <= counted.results["ibu"].items()


def test_visits_after_birth_count_from_earlier_quarters_too(store: Engine) -> None:
    visits = [of_mother("2026-03-30", periksa_nifas=3), of_mother("2026-04-02", periksa_nifas=1)]

    counted = count(store, village(mother(tanggal_melahirkan=date(2026, 3, 1)), *visits), "2026-Q2")

    assert counted.results["ibu"]["ih3"] == "Y"


def test_a_birth_after_the_day_has_not_happened_yet(store: Engine) -> None:
    known = village(mother(tanggal_melahirkan=date(2026, 3, 2)), of_mother("2026-03-01"))

    before = count(store, known, today=date(2026, 3, 1))

    assert (before.results["ibu"]["ih1"], before.results["ibu"]["ih3"]) == ("T", "TS")


def test_a_mother_leaves_42_days_after_birth_and_day_d_is_the_day_before(store: Engine) -> None:
    # Born on 18 February: she leaves on 1 April, and is not on the list of April.
    born = {"tanggal_melahirkan": date(2026, 2, 18)}
    known = village(mother(**born), of_mother("2026-03-31", periksa_nifas=3), of_mother("2026-04-01", periksa_nifas=4))

    assert count(store, known).results["ibu"]["ih3"] == "Y"


def test_a_mother_who_left_on_the_first_day_of_a_quarter_is_not_in_it(store: Engine) -> None:
    known = village(mother(tanggal_melahirkan=date(2026, 2, 18)))

    assert count(store, known, "2026-Q2").results == {}


def test_without_a_known_birth_a_mother_leaves_42_days_after_the_expected_day(store: Engine) -> None:
    known = village(mother("pergi", hpl=date(2025, 11, 20)), mother("masih", hpl=date(2025, 11, 21)))

    counted = count(store, known)

    assert set(counted.results) == {"masih"}


def test_midwife_visits_are_due_every_month_to_mothers_at_risk_only(store: Engine) -> None:
    risky = {"status_kehamilan": "kek", "kunjungan_bidan": "ya"}
    known = village(
        mother("normal"),
        mother("risiko"),
        mother("lalai"),
        of_mother("2026-01-05", "normal", status_kehamilan="normal"),
        *[of_mother(day, "risiko", **risky) for day in ("2026-01-05", "2026-02-05", "2026-03-05")],
        *[of_mother(day, "lalai", **risky) for day in ("2026-01-05", "2026-03-05")],
    )

    counted = count(store, known)

    got = {target: result["ih5"] for target, result in counted.results.items()}
    assert got == {"normal": "TS", "risiko": "Y", "lalai": "T"}
    assert counted.card["table1"]["pregnant"] == {"total": 3, "kek_risti": 2}


def test_registered_in_mid_quarter_every_month_means_from_then_on(store: Engine) -> None:
    risky = {"status_kehamilan": "risti", "kunjungan_bidan": "ya"}
    known = village(mother(registered="2026-02-28"), of_mother("2026-02-28", **risky), of_mother("2026-03-01", **risky))

    assert count(store, known).results["ibu"]["ih5"] == "Y"


def test_a_visit_before_registration_does_not_stand_in_for_an_active_month(store: Engine) -> None:
    risky = {"status_kehamilan": "risti", "kunjungan_bidan": "ya"}
    known = village(mother(registered="2026-02-28"), of_mother("2026-01-28", **risky), of_mother("2026-03-01", **risky))

    assert count(store, known).results["ibu"]["ih5"] == "T"


def test_a_status_is_the_latest_answer_whatever_came_first(store: Engine) -> None:
    known = village(
        mother(),
        of_mother("2026-02-10", status_kehamilan="normal", jaminan_kesehatan="ya"),
        of_mother("2026-01-10", status_kehamilan="kek", jaminan_kesehatan="tidak"),
    )

    counted = count(store, known)

    assert (counted.results["ibu"]["ih5"], counted.results["ibu"]["ih8"]) == ("TS", "Y")


def test_on_one_day_the_status_that_came_later_wins(store: Engine) -> None:
    known = village(
        mother(), of_mother("2026-02-10", jaminan_kesehatan="tidak"), of_mother("2026-02-10", jaminan_kesehatan="ya")
    )

    assert count(store, known).results["ibu"]["ih8"] == "Y"


def test_a_status_left_blank_keeps_the_answer_before_it(store: Engine) -> None:
    known = village(mother(), of_mother("2025-11-10", jaminan_kesehatan="ya"), of_mother("2026-02-10"))

    assert count(store, known).results["ibu"]["ih8"] == "Y"


def test_a_status_never_answered_is_that_of_the_register(store: Engine) -> None:
    known = village(mother(jaminan_kesehatan="ya", status_kehamilan="kek"), of_mother("2026-02-10"))

    counted = count(store, known)

    assert (counted.results["ibu"]["ih8"], counted.results["ibu"]["ih5"]) == ("Y", "T")


def test_an_answer_after_the_quarter_does_not_change_its_status(store: Engine) -> None:
    known = village(
        mother(), of_mother("2026-03-31", jaminan_kesehatan="tidak"), of_mother("2026-04-01", jaminan_kesehatan="ya")
    )

    assert count(store, known).results["ibu"]["ih8"] == "T"


@pytest.mark.parametrize(
    "answer, of_household, result",
    [("", "ya", "Y"), ("", "", "T"), ("ya", "tidak", "Y"), ("tidak", "ya", "T")],
)
def test_water_and_latrine_are_the_visits_answer_else_the_households(
    store: Engine, answer: str, of_household: str, result: str
) -> None:
    house = Household(HOUSE.id, HOUSE.dusun, air_minum=of_household, jamban=of_household)
    visit = of_mother("2026-02-10", air_minum=answer, jamban=answer)

    counted = count(store, village(house, mother(), visit))

    assert (counted.results["ibu"]["ih6"], counted.results["ibu"]["ih7"]) == (result, result)


def test_who_was_not_visited_in_the_quarter_received_nothing_and_is_counted_as_such(store: Engine) -> None:
    known = village(
        mother(jaminan_kesehatan="ya"), of_mother("2025-12-31", jaminan_kesehatan="ya", air_minum="ya", jamban="ya")
    )

    counted = count(store, known)

    expected = {"ih1": "T", "ih2": "T", "ih3": "TS", "ih4": "T", "ih5": "TS", "ih6": "T", "ih7": "T", "ih8": "T"}
    assert counted.results["ibu"] == expected
    assert counted.card["not_monitored"] == {"pregnant": 1, "children": 0}


def test_who_moved_away_is_counted_as_of_the_day_before(store: Engine) -> None:
    moved = {"status": "pindah", "tanggal_status": date(2026, 2, 10)}
    known = village(
        mother(**moved), of_mother("2026-02-09", jaminan_kesehatan="ya"), of_mother("2026-02-10", pil_fe="ya")
    )

    counted = count(store, known)

    assert (counted.results["ibu"]["ih8"], counted.results["ibu"]["ih2"]) == ("Y", "T")


def test_registered_on_the_last_day_of_a_quarter_is_in_it_and_a_day_later_is_not(store: Engine) -> None:
    counted = count(store, village(mother("masuk", "2026-03-31"), mother("belum", "2026-04-01")))

    assert set(counted.results) == {"masuk"}


def test_in_a_running_quarter_months_count_up_to_the_current_one(store: Engine) -> None:
    risky = {"status_kehamilan": "kek", "kunjungan_bidan": "ya"}
    known = village(
        mother(),
        mother("maret", "2026-03-01"),
        of_mother("2026-01-20", **risky),
        of_mother("2026-02-20", **risky),
        of_mother("2026-02-21", status_kehamilan="normal"),
    )

    counted = count(store, known, today=date(2026, 2, 20))

    assert counted.results["ibu"]["ih5"] == "Y"
    assert set(counted.results) == {"ibu"}
    assert counted.card["as_of"] == "2026-02-20"
