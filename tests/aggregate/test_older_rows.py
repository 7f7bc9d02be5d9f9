"""What the rows of the quarter do not answer is looked up in older ones. Quarter 2026-Q3, looked at when it is over."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from tests.support.counting import child, count, mother, of_child, of_mother, village
from tests.support.facts import Measurement

DUE = date(2026, 10, 20)
QUARTER = "2026-Q3"


def test_an_answer_holds_until_there_is_another_one(store: Engine) -> None:
    rows = [
        of_mother("2025-11-05", jaminan_kesehatan="tidak"),
        of_mother("2025-12-05", jaminan_kesehatan="ya"),
        of_mother("2026-08-05", periksa_kehamilan="ya"),
    ]

    counted = count(store, village(mother(hpl=DUE), *rows), QUARTER)

    assert counted.results["ibu"]["ih8"] == "Y"


def test_of_two_old_answers_of_one_day_the_later_form_holds(store: Engine) -> None:
    rows = [
        of_mother("2025-12-05", jaminan_kesehatan="ya"),
        of_mother("2025-12-05", jaminan_kesehatan="tidak"),
        of_mother("2026-08-05", periksa_kehamilan="ya"),
    ]

    counted = count(store, village(mother(hpl=DUE), *rows), QUARTER)

    assert counted.results["ibu"]["ih8"] == "T"


@pytest.mark.parametrize("day, result", [("2026-06-30", "Y"), ("2025-11-01", "Y"), (None, "T")])
def test_a_service_of_long_ago_counts_where_its_window_has_no_beginning(
    store: Engine, day: str | None, result: str
) -> None:
    """ih3: at least three visits by health staff after the birth, at some time or other."""
    delivered = mother(hpl=DUE, tanggal_melahirkan=date(2026, 8, 20))
    rows = [of_mother("2026-09-05", periksa_nifas=1)]
    rows += [of_mother(day, periksa_nifas=3)] if day else []

    counted = count(store, village(delivered, *rows), QUARTER)

    assert counted.results["ibu"]["ih3"] == result


def test_the_colour_of_the_last_measurement_holds(store: Engine) -> None:
    colours = [("2025-11-10", "merah"), ("2026-02-10", "kuning")]
    measured = [Measurement(0, date.fromisoformat(day), "anak", "kpm", colour) for day, colour in colours]

    counted = count(store, village(child(), of_child("2026-08-05", timbang="ya"), *measured), QUARTER)

    assert counted.card["table2"] == {"children": 1, "green": 0, "yellow": 1, "red": 0, "not_measured": 0}


def test_an_old_answer_counts_for_whom_nobody_visited_lately(store: Engine) -> None:
    counted = count(store, village(child(), of_child("2025-11-05", status_gizi="kurang")), QUARTER)

    assert counted.card["table1"]["children"] == {"total": 1, "malnourished": 1}
    assert counted.results["anak"]["a5"] == "T"
