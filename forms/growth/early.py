"""Early signs in a child's growth, from its measurements: gains below the official least ones, z-scores out of range.

Pure: what a child's measurements say does not depend on today. What to say of each sign stands in signs.py.

**Which two measurements.** The latest believable one and, before it, the nearest that lies far enough back: so a normal
gain later on clears the sign. Of several values of one day the one noted last counts. A measure so far out that WHO
takes it for wrong (`forms.growth.Score.flagged`) proves no gain; its z-score still asks for a second look.

**Which least gain** (Permenkes 2/2020; weight in 3, 4 or 6 months, length in 2, 3, 4 or 6). Ages are counted in days, a
month has 30.4375 of them. Where two measurements lie between the table's rows, less is asked:
- the interval is the longest one of the table that is not longer than the time between the two measurements,
- the age is the whole month next reached at the first one (a higher age asks for less).
Both may be missed by up to 3 days: so much do calendar months differ. In the first 24 months only: until then a child
is measured lying, and there the tables end.

**Weight not rising.** Against the nearest weight a month back or more: less than a month's least gain (KBM) in the
first six months of life (of two months that it lies across the lower one, of four weeks their share); later, no gain at
all. The KBM comes near the median gain of healthy children: it asks for more than the table of Permenkes does.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from forms.growth.signs import (
    HIGH_LENGTH_FOR_AGE,
    HIGH_WEIGHT_FOR_AGE,
    LOW_LENGTH_FOR_AGE,
    LOW_LENGTH_GAIN,
    LOW_WEIGHT_FOR_AGE,
    LOW_WEIGHT_FOR_LENGTH,
    LOW_WEIGHT_GAIN,
    SIGNS,
    WEIGHED,
    WEIGHT_NOT_RISING,
)
from forms.growth.zscores import DAYS_PER_MONTH, HEIGHT_FROM_DAY, TABLES, Measurement, Score, Sex, ZScores, z_scores
from forms.periods import read_day

GRACE_DAYS = 3
SEXES: tuple[Sex, Sex] = ("L", "P")

Entry = Mapping[str, Any]  # {"day": "2026-03-05", "berat": 7.2, "panjang": 66.5, "posisi": "baring", "timbang": "ya"}


@dataclass(frozen=True)
class Evidence:
    """Why a sign is there: `value` is a z-score, or the gain (kg or cm) since the day `since`, which is below `least`
    or no gain at all. `since` and `least` are None for a z-score."""

    code: str
    day: date
    value: float
    since: date | None = None
    least: float | None = None


@dataclass(frozen=True)
class _Point:
    """A measure that can be believed: weight in kg, or length (cm) as it is lying."""

    day: date
    age: int
    value: float


@dataclass(frozen=True)
class _Day:
    """What was measured on a day: the age in days, the weight in kg; None where nobody weighed."""

    day: date
    age: int
    weight: float | None
    scores: ZScores


def signs(measurements: Mapping[str, Entry], sex: str, birth: date | None) -> list[list[str]]:
    """The register's `signs`: [code, day of its evidence], and last ["ditimbang", the day last weighed].

    `measurements` as the register keeps them, under keys that sort as they were noted. A child was weighed where an
    entry has a `berat`, or says `timbang` = "ya" without one. Without sex or birth date growth cannot be judged.
    """
    found = [[one.code, one.day.isoformat()] for one in evidence(measurements, sex, birth)]
    weighed = [day for day, one in _dated(measurements) if "berat" in one or one.get("timbang") == "ya"]
    return found + ([[WEIGHED, max(weighed).isoformat()]] if weighed else [])


def evidence(measurements: Mapping[str, Entry], sex: str, birth: date | None) -> list[Evidence]:
    """What stands behind the child's signs, the most pressing first. `measurements` as for `signs`."""
    known = next((one for one in SEXES if one == sex), None)
    if known is None or birth is None:
        return []
    days = _days(measurements, known, birth)
    weights = [
        _Point(one.day, one.age, one.weight)
        for one in days
        if one.weight is not None and _believable(one.scores.weight_for_age)
    ]
    lengths = [
        _Point(one.day, one.age, one.scores.corrected_length_cm)
        for one in days
        if one.scores.corrected_length_cm is not None and _believable(one.scores.length_height_for_age)
    ]
    found = {
        *_out_of_range(days),
        *_low_gain(LOW_WEIGHT_GAIN, weights, lambda first, last: _least_gain("weight", known, first, last)),
        *_low_gain(LOW_LENGTH_GAIN, lengths, lambda first, last: _least_gain("length", known, first, last)),
        *_low_gain(WEIGHT_NOT_RISING, weights, _least_gain_a_month),
    }
    return sorted(found, key=lambda one: list(SIGNS).index(one.code))


def _days(measurements: Mapping[str, Entry], sex: Sex, birth: date) -> list[_Day]:
    """What was measured, day by day since birth; of two values of a day the one noted last."""
    by_day: dict[date, dict[str, Any]] = {}
    for day, entry in _dated(measurements):
        if day >= birth:
            by_day.setdefault(day, {}).update(_measures(entry))
    return [
        _Day(day, (day - birth).days, one.get("weight_kg"), z_scores(Measurement(sex, (day - birth).days, **one)))
        for day, one in sorted(by_day.items())
    ]


def _dated(measurements: Mapping[str, Entry]) -> Iterator[tuple[date, Entry]]:
    """The entries with their days, in the order in which they were noted; one whose day cannot be read is left out."""
    for _, entry in sorted(measurements.items()):
        with suppress(ValueError):
            yield read_day(entry["day"]), entry


def _measures(entry: Entry) -> dict[str, Any]:
    """The entry's measures by the names of `forms.growth`. A length brings its position, also where nobody noted it."""
    found = {"weight_kg": entry["berat"]} if "berat" in entry else {}
    if "panjang" in entry:
        found |= {"length_cm": entry["panjang"], "position": entry.get("posisi")}
    return found


def _believable(score: Score | None) -> bool:
    return score is not None and not score.flagged


def _out_of_range(days: list[_Day]) -> Iterator[Evidence]:
    """The latest z-scores below -2 or too high, with two decimals, as the phone shows them.

    Weight above +1 for the age is looked into where weight for length says so too, or does not speak.
    """
    weight = next((one for one in reversed(days) if one.scores.weight_for_age), None)
    length = next((one for one in reversed(days) if one.scores.length_height_for_age), None)
    both = next((one for one in reversed(days) if one.scores.weight_for_length_height), None)
    if both and (z := _z(both.scores.weight_for_length_height)) < -2:
        yield Evidence(LOW_WEIGHT_FOR_LENGTH, both.day, z)
    if length and not -2 <= (z := _z(length.scores.length_height_for_age)) <= 3:
        yield Evidence(LOW_LENGTH_FOR_AGE if z < -2 else HIGH_LENGTH_FOR_AGE, length.day, z)
    if weight and (z := _z(weight.scores.weight_for_age)) < -2:
        yield Evidence(LOW_WEIGHT_FOR_AGE, weight.day, z)
    elif weight and z > 1 and _z(weight.scores.weight_for_length_height, absent=math.inf) > 1:
        yield Evidence(HIGH_WEIGHT_FOR_AGE, weight.day, z)


def _z(score: Score | None, absent: float = math.nan) -> float:
    return absent if score is None else round(score.z, 2)


def _low_gain(code: str, points: list[_Point], least_gain: Callable[[int, int], float | None]) -> Iterator[Evidence]:
    """Evidence where the latest gain is too low. `least_gain`: between two ages in days; None where they do not fit."""
    for first in reversed(points[:-1]):
        last = points[-1]
        least = least_gain(first.age, last.age)
        if least is not None:
            gain = round(last.value - first.value, 3)  # the tenths of scale and tape, without the float's own error
            if gain < least or gain <= 0:
                yield Evidence(code, last.day, gain, first.day, least)
            return


def _least_gain(measure: str, sex: Sex, first: int, last: int) -> float | None:
    """The least gain (kg or cm) asked between two ages in days; None where no row of the table fits."""
    if last >= HEIGHT_FROM_DAY:
        return None
    months = _months_reached(first)
    for interval, rows in _table(measure, sex):
        if _months_apart(first, last) >= interval and months in rows:
            return rows[months]
    return None


def _least_gain_a_month(first: int, last: int) -> float | None:
    """The least gain (kg) of a month, 0 where no KBM is known: any will do; None for less than a month."""
    if _months_apart(first, last) < 1:
        return None
    months = (_months_apart(0, first), _months_reached(first))
    share = min(1.0, (last - first) / DAYS_PER_MONTH)
    return share * min(_table_a_month().get(month, 0) for month in months)


def _months_apart(first: int, last: int) -> int:
    """Whole months from one age in days to another, up to GRACE_DAYS short."""
    return math.floor((last - first + GRACE_DAYS) / DAYS_PER_MONTH)


def _months_reached(age: int) -> int:
    """An age in days as the whole month next reached, up to GRACE_DAYS late."""
    return max(0, math.ceil((age - GRACE_DAYS) / DAYS_PER_MONTH))


@cache
def _table(measure: str, sex: Sex) -> list[tuple[int, dict[int, float]]]:
    """The intervals in months, the longest first: the least gain (kg or cm) by the age in months that it begins at."""
    per_unit = 1000 if measure == "weight" else 1
    found: dict[int, dict[int, float]] = {}
    for row in _rows("least_gain.csv"):
        if row["measure"] == measure:
            found.setdefault(int(row["months"]), {})[int(row["from"])] = float(row[sex]) / per_unit
    return sorted(found.items(), reverse=True)


@cache
def _table_a_month() -> dict[int, float]:
    """The least weight gain (kg) in the month that begins at this age in months."""
    return {int(row["from"]): int(row["g"]) / 1000 for row in _rows("least_gain_a_month.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    """The rows of a table; its first lines, with #, say where it is from."""
    with (TABLES / name).open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
