"""The growth tables: whole, unspoilt, and the same on the phone as on the server."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

import forms
from forms.growth.zscores import LAST_DAY, Measurement, Position, Sex, table, z_scores

SEXES: tuple[Sex, Sex] = ("L", "P")
PHONE_TABLE = Path(forms.__file__).parent / "media" / "who_pbtb.csv"
FROM_BIRTH = ("length_height_for_age", "weight_for_age", "bmi_for_age", "head_for_age")
FROM_DAY_91 = ("arm_for_age", "triceps_for_age", "subscapular_for_age")


@pytest.mark.parametrize(
    ("name", "first", "last", "per_unit"),
    [(name, 0, LAST_DAY, 1) for name in FROM_BIRTH]
    + [(name, 91, LAST_DAY, 1) for name in FROM_DAY_91]
    + [("weight_for_length", 45, 110, 10), ("weight_for_height", 65, 120, 10)],
)
def test_table__is_whole_and_without_leaps(name: str, first: int, last: int, per_unit: int) -> None:
    """A spoilt row would stand out from its neighbours; only day 730 to 731 leaps, from length to height."""
    rows = table(name)
    assert (rows.first, rows.per_unit) == (first, per_unit)
    for sex in SEXES:
        assert len(rows.rows[sex]) == (last - first) * per_unit + 1
        for place, (before, after) in enumerate(itertools.pairwise(rows.rows[sex])):
            change = 0.02 if place == 730 else 0.013
            assert after.m == pytest.approx(before.m, rel=change), (sex, place)
            assert after.s == pytest.approx(before.s, rel=0.03), (sex, place)


@pytest.mark.parametrize("name", FROM_BIRTH + FROM_DAY_91)
def test_table__places_stand_in_order(name: str) -> None:
    path = Path(forms.__file__).parent / "growth_tables" / f"{name}.csv"
    with path.open(encoding="ascii", newline="") as file:
        places = [(line["sex"], int(line["at"])) for line in csv.DictReader(file)]
    first = 91 if name in FROM_DAY_91 else 0
    assert places == [(sex, day) for sex in SEXES for day in range(first, LAST_DAY + 1)]


def phone_rows() -> dict[str, tuple[float, float]]:
    with PHONE_TABLE.open(encoding="ascii", newline="") as file:
        return {line["kunci"]: (float(line["m"]), float(line["s"])) for line in csv.DictReader(file)}


def test_phone_table__is_the_servers() -> None:
    servers = {
        f"{sex}-{day}": (row.m, row.s)
        for sex in SEXES
        for day, row in enumerate(table("length_height_for_age").rows[sex])
    }
    assert len(servers) == 2 * (LAST_DAY + 1)
    assert phone_rows() == servers
    assert {row.l for sex in SEXES for row in table("length_height_for_age").rows[sex]} == {1}


def test_phone__shows_the_servers_score_to_two_decimals() -> None:
    """The phone knows no L: z = (y / m - 1) / s."""
    rows = phone_rows()
    ages = sorted({*range(0, LAST_DAY, 13), 273, 274, 730, 731, LAST_DAY})
    positions: tuple[Position, Position] = ("baring", "berdiri")
    for sex, age, position, tenths in itertools.product(SEXES, ages, positions, range(300, 1301, 57)):
        length_cm = tenths / 10
        y = length_cm
        if position == "berdiri" and 274 <= age < 731:
            y += 0.7
        if position == "baring" and age >= 731:
            y -= 0.7
        m, s = rows[f"{sex}-{age}"]
        server = z_scores(Measurement(sex, age, length_cm, position)).length_height_for_age
        assert server is not None
        assert f"{(y / m - 1) / s:.2f}" == f"{server.z:.2f}", (sex, age, position, length_cm)
