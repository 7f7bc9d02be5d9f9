"""z-scores of the WHO Child Growth Standards, for children of 0-1856 days, by the rules of WHO's own software.

A z-score says how many standard deviations a child's measure lies from the median of healthy children of its sex and
age (or, for weight-for-length/height, of its length). The tables beside this module (`growth_tables/`) give for each
sex, and each day of age or 0.1 cm of length, the median M, the variation S and the skewness L:

    z = ((y / M) ** L - 1) / (L * S)

Rules: WHO Child Growth Standards, Methods and development (2006, 2007), and WHO's R package anthro. Two are easily
missed: skewed scores beyond 3 SD count in steps of their own (`_z`), and a length becomes a height, or the other way,
where the child was measured in the position not meant for its age (`corrected_length`).
A score that cannot be given (nothing measured, out of the tables' range) is None.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

Sex = Literal["L", "P"]  # laki-laki, perempuan: as in the register
Position = Literal["baring", "berdiri"]  # lying, standing

DAYS_PER_MONTH = 30.4375
MONTHS_COVERED = 60
LAST_DAY = 1856
HEIGHT_FROM_DAY = 731  # 24 months: from here on a child is measured standing
STANDS_FROM_DAY = 274  # 9 months: before, nobody measures a child standing
LYING_MINUS_STANDING_CM = 0.7
TABLES = Path(__file__).parents[1] / "growth_tables"


class LMS(NamedTuple):
    """One row of a table: skewness, median (in the measure's unit) and coefficient of variation."""

    l: float  # noqa: E741 - L, M and S are their names wherever growth is written about
    m: float
    s: float

    def measure_at(self, z: float) -> float:
        """The measure whose z-score, by the formula alone, is `z`."""
        return self.m * math.pow(1 + self.l * self.s * z, 1 / self.l)


@dataclass(frozen=True)
class Table:
    """The rows of one indicator by sex; row i stands for `first + i / per_unit` (days, or centimetres)."""

    first: float
    per_unit: int
    rows: dict[str, list[LMS]]

    def at(self, sex: Sex, place: float) -> LMS | None:
        """The row at `place`, interpolated between two rows as WHO does; None outside the table."""
        rows = self.rows[sex]
        steps = (place - self.first) * self.per_unit
        if not 0 <= steps <= len(rows) - 1:
            return None
        below = math.floor(steps)
        share = steps - below
        if share == 0:
            return rows[below]
        return LMS(*(low + share * (high - low) for low, high in zip(rows[below], rows[below + 1], strict=True)))


@dataclass(frozen=True)
class Measurement:
    """What was measured on one day. `age_days` in whole days; `position` None where nobody noted it."""

    sex: Sex
    age_days: int | None
    length_cm: float | None = None
    position: Position | None = None
    weight_kg: float | None = None
    head_cm: float | None = None
    arm_cm: float | None = None
    triceps_mm: float | None = None
    subscapular_mm: float | None = None
    oedema: bool = False


@dataclass(frozen=True)
class Score:
    """A z-score, not rounded. `flagged`: so far out that WHO takes the measure or the age for wrong."""

    z: float
    flagged: bool


@dataclass(frozen=True)
class ZScores:
    """The eight indicators of one measurement, and the length, position and BMI (kg/m2) that they rest on.

    A value is None where what it rests on was not measured, the age is unknown or outside the tables, or, for what
    rests on weight, the child has oedema (`bmi` itself is given then). `position_ignored`: the child was said to stand
    before nine months, which is not believed: the length counts as is.
    """

    corrected_length_cm: float | None
    position_ignored: bool
    bmi: float | None
    length_height_for_age: Score | None
    weight_for_age: Score | None
    weight_for_length_height: Score | None
    bmi_for_age: Score | None
    head_for_age: Score | None
    arm_for_age: Score | None
    triceps_for_age: Score | None
    subscapular_for_age: Score | None


@cache
def table(name: str) -> Table:
    """A table by its file name without `.csv`, read once."""
    with (TABLES / f"{name}.csv").open(encoding="ascii", newline="") as file:
        lines = list(csv.DictReader(file))
    rows: dict[str, list[LMS]] = {"L": [], "P": []}
    for line in lines:
        rows[line["sex"]].append(LMS(float(line["l"]), float(line["m"]), float(line["s"])))
    first, second = float(lines[0]["at"]), float(lines[1]["at"])
    return Table(first, round(1 / (second - first)), rows)


def whole_days(days: float) -> int:
    """Days to the next whole one, half up, as WHO rounds an age before it looks up the table."""
    return math.floor(days + 0.5)


def age_days(months: float) -> int | None:
    """Days of an age that is known in months only; None from 60 months on, where WHO gives no score for such an age.

    (An age in days has scores up to day 1856, the end of the tables: there the child is not yet 61 months old.)
    """
    return whole_days(months * DAYS_PER_MONTH) if months < MONTHS_COVERED else None


def position_implausible(age: int | None, position: Position | None) -> bool:
    """Whether a child of `age` days is too young to have been measured standing."""
    return age is not None and age < STANDS_FROM_DAY and position == "berdiri"


def corrected_length(length_cm: float, age: int | None, position: Position | None) -> float:
    """The length lying down under 731 days of age, the height standing from then on, in cm.

    A child is 0.7 cm longer lying than standing. Unknown age, unknown or implausible position: no change.
    """
    if age is None or position_implausible(age, position):
        return length_cm
    if age < HEIGHT_FROM_DAY and position == "berdiri":
        return length_cm + LYING_MINUS_STANDING_CM
    if age >= HEIGHT_FROM_DAY and position == "baring":
        return length_cm - LYING_MINUS_STANDING_CM
    return length_cm


def z_scores(child: Measurement) -> ZScores:
    """All that can be said of one measurement. Oedema adds weight: with it, no score that rests on weight is given."""
    age = child.age_days
    length = _measured(child.length_cm)
    if length is not None:
        length = _measured(corrected_length(length, age, child.position))
    weight = _measured(child.weight_kg)
    bmi = weight / (length / 100) ** 2 if weight is not None and length is not None else None
    covered = age if age is not None and 0 <= age <= LAST_DAY else None
    true_weight, true_bmi = (None, None) if child.oedema else (weight, bmi)

    def for_age(name: str, measure: float | None, lowest: float = -5, highest: float = 5) -> Score | None:
        return _score(name, child.sex, covered, _measured(measure), lowest, highest)

    return ZScores(
        corrected_length_cm=length,
        position_ignored=position_implausible(age, child.position),
        bmi=bmi,
        length_height_for_age=for_age("length_height_for_age", length, -6, 6),
        weight_for_age=for_age("weight_for_age", true_weight, -6, 5),
        weight_for_length_height=_weight_for_length(child.sex, covered, length, true_weight),
        bmi_for_age=for_age("bmi_for_age", true_bmi),
        head_for_age=for_age("head_for_age", child.head_cm),
        arm_for_age=for_age("arm_for_age", child.arm_cm),
        triceps_for_age=for_age("triceps_for_age", child.triceps_mm),
        subscapular_for_age=for_age("subscapular_for_age", child.subscapular_mm),
    )


def _weight_for_length(sex: Sex, age: int | None, length: float | None, weight: float | None) -> Score | None:
    """By the length table under 731 days of age, else by the height table: they differ, as a child lies longer."""
    if age is None:
        return None
    name = "weight_for_length" if age < HEIGHT_FROM_DAY else "weight_for_height"
    return _score(name, sex, length, weight, -5, 5)


def _measured(value: float | None) -> float | None:
    """None for what was not measured; nothing of a child measures zero or less."""
    return value if value is not None and value > 0 else None


def _score(
    name: str, sex: Sex, place: float | None, measure: float | None, lowest: float, highest: float
) -> Score | None:
    if place is None or measure is None:
        return None
    row = table(name).at(sex, place)
    if row is None:
        return None
    z = _z(measure, row)
    return Score(z, not lowest <= round(z, 2) <= highest)  # WHO flags the score as reported: with two decimals


def _z(measure: float, row: LMS) -> float:
    """The z-score; beyond 3 SD in steps of the distance from 2 to 3 SD, as the skewed tails hold no data of their own.

    Length and head need none of this: they are not skewed (L = 1), and one SD is as long as the next.
    """
    z = (math.pow(measure / row.m, row.l) - 1) / (row.l * row.s)
    if row.l == 1 or abs(z) <= 3:
        return z
    side = math.copysign(1, z)
    third = row.measure_at(3 * side)
    return 3 * side + (measure - third) / abs(third - row.measure_at(2 * side))
