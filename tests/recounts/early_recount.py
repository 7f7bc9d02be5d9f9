"""The early signs in a child's growth, found a second time, in plain Python, straight from the sentences of the rules.

It shares the z-scores with the program (they have reference tests of their own) and nothing else. The least gains come
from the tables as they were typed off the print, where those are at hand, else from the project's own tables.

Where the sentences are silent, this recount decides:
- Each of the three z-scores is looked at on the latest day that has one: weight for length where both were measured on
  one day. Whether weight for length "says so too" of a high weight is asked of the same day.
- A month's least gain is that of the month from the earlier weight on: of the month of life that it begins in and of
  the next one, the lower, unless it begins within three days of a month of life.
- Weight not rising is asked of every age: only the tables of gains end at 24 months (731 days).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple, cast

from forms.growth.zscores import TABLES, Measurement, Position, Score, Sex, ZScores, z_scores
from tests.support.reference import growth_cases

# The most pressing first.
ORDER = (
    *("bbpb_rendah", "bbu_rendah", "pbu_rendah", "bb_kurang_naik", "bb_tidak_naik", "pb_kurang_naik"),
    *("bbu_tinggi", "pbu_tinggi"),
)
MONTH = 30.4375
SHORT_OF = 3  # days by which a span of months may be missed
TWO_YEARS = 731  # days


class Gain(NamedTuple):
    """The least gain of a measure in so many months from an age in whole months, for a sex."""

    measure: str
    months: int
    age: int
    sex: Sex


@dataclass(frozen=True)
class Measured:
    """What one form says of a child's body on a day: kg, cm, and whether the child lay or stood; None is not said."""

    day: date
    weight: float | None = None
    length: float | None = None
    position: str | None = None


@dataclass(frozen=True)
class Point:
    """A measure that can be believed, at an age in days: kg, or cm lying."""

    age: int
    value: float


def growth_signs(measures: Iterable[Measured], sex: str, birth: date | None) -> dict[str, date]:
    """The day of the evidence of each sign, the most pressing first; `measures` in the order in which they were noted.

    Without sex or birth date growth cannot be judged.
    """
    if sex not in ("L", "P") or birth is None:
        return {}
    days = _days(measures, cast(Sex, sex), birth)
    ages = {*_out_of_range(days), *_low_gains(days, cast(Sex, sex))}
    found = {code: date.fromordinal(birth.toordinal() + age) for code, age in ages}
    return {code: found[code] for code in ORDER if code in found}


# -- what was measured, day by day -------------------------------------------------------------------------------------


class Day(NamedTuple):
    """All that was measured at an age in days: of several values of a day the one noted last."""

    measured: Measurement
    scores: ZScores

    @property
    def age(self) -> int:
        assert self.measured.age_days is not None
        return self.measured.age_days


def _days(measures: Iterable[Measured], sex: Sex, birth: date) -> list[Day]:
    by_age: dict[int, Measured] = {}
    for one in measures:
        age = (one.day - birth).days
        before = by_age.get(age, Measured(one.day))
        weight = before.weight if one.weight is None else one.weight
        # A length and how it was taken go together.
        lying = before if one.length is None else one
        by_age[age] = Measured(one.day, weight, lying.length, lying.position)
    found = []
    for age, one in sorted(by_age.items()):
        if age >= 0:
            measured = Measurement(sex, age, one.length, cast(Position | None, one.position), one.weight)
            found.append(Day(measured, z_scores(measured)))
    return found


# -- z-scores ----------------------------------------------------------------------------------------------------------


def _out_of_range(days: list[Day]) -> Iterator[tuple[str, int]]:
    """Weight for age below -2 or above +1, length for age below -2 or above +3, weight for length below -2.

    To two decimals, as the phone shows them. A high weight for age counts unless weight for length speaks against it.
    """
    for age, z, _ in _latest(days, lambda day: day.scores.weight_for_length_height):
        if z < -2:
            yield "bbpb_rendah", age
    for age, z, day in _latest(days, lambda day: day.scores.weight_for_age):
        for_length = day.scores.weight_for_length_height
        if z < -2:
            yield "bbu_rendah", age
        elif z > 1 and (for_length is None or round(for_length.z, 2) > 1):
            yield "bbu_tinggi", age
    for age, z, _ in _latest(days, lambda day: day.scores.length_height_for_age):
        if z < -2:
            yield "pbu_rendah", age
        elif z > 3:
            yield "pbu_tinggi", age


def _latest(days: list[Day], score: Callable[[Day], Score | None]) -> list[tuple[int, float, Day]]:
    """The age and the score of the latest day that has one, or nothing."""
    scored = [(day.age, round(found.z, 2), day) for day in days if (found := score(day)) is not None]
    return scored[-1:]


# -- gains -------------------------------------------------------------------------------------------------------------


def _low_gains(days: list[Day], sex: Sex) -> Iterator[tuple[str, int]]:
    weights = [
        Point(day.age, day.measured.weight_kg)
        for day in days
        if day.measured.weight_kg is not None and _believed(day.scores.weight_for_age)
    ]
    lengths = [
        Point(day.age, day.scores.corrected_length_cm)
        for day in days
        if day.scores.corrected_length_cm is not None and _believed(day.scores.length_height_for_age)
    ]
    for code, measure, points in (("bb_kurang_naik", "weight", weights), ("pb_kurang_naik", "length", lengths)):
        for first, last in _pair(points, min(gain.months for gain in _table() if gain.measure == measure)):
            # In the first 24 months only: until then a child is measured lying, and there the tables end.
            if last.age < TWO_YEARS and _gained(first, last) < _least(measure, sex, first, last):
                yield code, last.age
    for first, last in _pair(weights, 1):
        gained = _gained(first, last)
        if gained <= 0 or gained < round(_least_a_month(first.age, last.age), 6):
            yield "bb_tidak_naik", last.age


def _gained(first: Point, last: Point) -> float:
    return round(last.value - first.value, 6)  # without the float's own error


def _believed(score: Score | None) -> bool:
    """A measure so far out that WHO takes it for wrong proves no gain."""
    return score is not None and not score.flagged


def _pair(points: list[Point], months: int) -> list[tuple[Point, Point]]:
    """The latest one and, before it, the nearest that lies so many months back."""
    far = [point for point in points if _months(points[-1].age - point.age) >= months]
    return [(point, points[-1]) for point in far[-1:]]


def _months(days: int) -> int:
    """Whole months in so many days, which may be up to 3 days short."""
    return math.floor((days + SHORT_OF) / MONTH)


def _least(measure: str, sex: Sex, first: Point, last: Point) -> float:
    """The longest interval of the table that is not longer than the time between; from the whole month next reached."""
    passed = _months(last.age - first.age)
    months = max(gain.months for gain in _table() if gain.measure == measure and gain.months <= passed)
    age = max(0, math.ceil((first.age - SHORT_OF) / MONTH))
    return _table()[Gain(measure, months, age, sex)]


def _least_a_month(first: int, last: int) -> float:
    """A month's least gain, in the first six months of life: 0 later. Less than a month asks for its share."""
    begins = _months(first)
    exactly = abs(first - begins * MONTH) <= SHORT_OF
    months = (begins,) if exactly else (begins, begins + 1)
    return min(_table_a_month().get(month, 0.0) for month in months) * min(1, (last - first) / MONTH)


@cache
def _table() -> dict[Gain, float]:
    """Permenkes 2/2020, tables 17-23: kg or cm."""
    typed = growth_cases()
    path = typed / "permenkes_2_2020_increments_0_24m.csv" if typed else TABLES / "least_gain.csv"
    months, age = ("interval_months", "age_from_month") if typed else ("months", "from")
    sexes: tuple[tuple[Sex, str], ...] = (("L", "boys_min" if typed else "L"), ("P", "girls_min" if typed else "P"))
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {
        Gain(row["measure"], int(row[months]), int(row[age]), sex): float(row[column])
        / (1000 if row["measure"] == "weight" else 1)
        for row in rows
        for sex, column in sexes
    }


@cache
def _table_a_month() -> dict[int, float]:
    """KBM, Buku KIA 2023: kg in the month from an age in months; its rows after the sixth month are not used."""
    typed = growth_cases()
    path = typed / "kbm_buku_kia_2023.csv" if typed else TABLES / "least_gain_a_month.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if typed:  # which counts the months of life from the first
        return {int(row["age_month"]) - 1: int(row["kbm_gram"]) / 1000 for row in rows if int(row["age_month"]) <= 6}
    return {int(row["from"]): int(row["g"]) / 1000 for row in rows}
