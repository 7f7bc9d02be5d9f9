"""The least gains of growth against the tables of Permenkes 2/2020 and the Buku KIA as they were typed off the print.

Those are not part of the project. tests/conftest.py leaves this file out, and says so, where they are not at hand.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

import pytest

from forms.growth.early import signs
from forms.growth.zscores import DAYS_PER_MONTH, Sex, table
from tests.support.reference import growth_cases

BIRTH = date(2024, 2, 1)
SEXES: tuple[tuple[Sex, str], ...] = (("L", "boys_min"), ("P", "girls_min"))
FIELDS = {
    "weight": ("berat", "weight_for_age", "bb_kurang_naik"),
    "length": ("panjang", "length_height_for_age", "pb_kurang_naik"),
}


def read(name: str) -> list[dict[str, str]]:
    folder = growth_cases()
    assert folder is not None
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PERMENKES = read("permenkes_2_2020_increments_0_24m.csv")
KBM = [row for row in read("kbm_buku_kia_2023.csv") if int(row["age_month"]) <= 6]


def median(name: str, sex: Sex, day: int) -> float:
    return round(table(name).rows[sex][day].m, 1)


def measured(field: str, *points: tuple[int, float]) -> dict[str, dict[str, Any]]:
    days = [(str(BIRTH + timedelta(days=age)), value) for age, value in points]
    return {day: {"day": day, field: value} for day, value in days}


def days_old(months: int) -> int:
    return round(months * DAYS_PER_MONTH)


def test_reference__is_whole() -> None:
    assert len(PERMENKES) == 147
    assert [row["age_month"] for row in KBM] == list("123456")


@pytest.mark.parametrize("row", PERMENKES, ids=lambda row: f"{row['table']}-{row['age_from_month']}")
def test_permenkes__each_row_is_the_border(row: dict[str, str]) -> None:
    """A gain of the printed number between the printed ages is enough, a thousandth less is not."""
    field, indicator, code = FIELDS[row["measure"]]
    first, last = days_old(int(row["age_from_month"])), days_old(int(row["age_to_month"]))
    for sex, column in SEXES:
        gain = float(row[column]) / (1000 if row["unit"] == "g" else 1)
        start = median(indicator, sex, first)
        for less, expected in ((0, False), (0.001, True)):
            points = measured(field, (first, start), (last, round(start + gain - less, 3)))
            assert (code in dict(signs(points, sex, BIRTH))) is expected, (sex, less)


@pytest.mark.parametrize("row", KBM, ids=lambda row: row["age_month"])
def test_kbm__each_month_of_the_first_six_is_the_border(row: dict[str, str]) -> None:
    """In 31 days from the month's beginning; a thousandth less is not enough."""
    first = days_old(int(row["age_month"]) - 1)
    for sex, _ in SEXES:
        start = median("weight_for_age", sex, first)
        for less, expected in ((0, False), (0.001, True)):
            heavier = round(start + int(row["kbm_gram"]) / 1000 - less, 3)
            points = measured("berat", (first, start), (first + 31, heavier))
            assert ("bb_tidak_naik" in dict(signs(points, sex, BIRTH))) is expected, (sex, less)
