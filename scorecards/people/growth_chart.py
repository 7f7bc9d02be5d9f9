"""A child's growth on the lines of the WHO standards, as figures for an inline SVG: pure, no words and no HTML.

Lines in the colours of Permenkes 2/2020: 0 green, -2 and +2 red, -3 and +3 black; up to 24 months, where length is
measured lying. For early detection only: a chart never says what a child has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from forms.growth.zscores import (
    DAYS_PER_MONTH,
    HEIGHT_FROM_DAY,
    Measurement,
    Sex,
    ZScores,
    corrected_length,
    table,
    z_scores,
)
from forms.periods import read_day

Measure = Literal["length", "weight"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 346, 300, 34, 320, 18, 268
LAST_MONTH = 24
_TABLES: dict[Measure, str] = {"length": "length_height_for_age", "weight": "weight_for_age"}
# The lowest and the highest figure drawn (cm, kg), and the step of the grid: the +3 and -3 lines of boys and girls fit.
_RANGES: dict[Measure, tuple[int, int, int]] = {"length": (40, 100, 10), "weight": (0, 18, 3)}
_LINES = (3, 2, 0, -2, -3)
# Days: close together where the lines bend, so that straight pieces between them look like curves.
_KNOTS = (0, 15, 30, 60, 91, 122, 183, 243, 304, 365, 487, 608, HEIGHT_FROM_DAY - 1)


@dataclass(frozen=True)
class Point:
    """A measure on the chart (x, y in its units). `value` in cm or kg, `z` with two decimals, None where WHO gives
    none."""

    day: date
    x: float
    y: float
    value: float
    z: float | None


@dataclass(frozen=True)
class Curve:
    """The line of a z-score as an SVG path; `end` is the height at which it ends."""

    z: int
    path: str
    end: float


@dataclass(frozen=True)
class Chart:
    """`band` is the ground between -2 and +2 (of length up to +3) as a path; `across` are (y, figure) of the grid and
    `along` (x, months)."""

    measure: Measure
    curves: tuple[Curve, ...]
    band: str
    points: tuple[Point, ...]
    across: tuple[tuple[float, int], ...]
    along: tuple[tuple[float, int], ...]

    @property
    def own(self) -> str:
        """The child's line."""
        return "M" + " ".join(f"{one.x:.1f} {one.y:.1f}" for one in self.points)


def chart(measure: Measure, measurements: Mapping[str, Mapping[str, Any]], sex: Sex, birth: date) -> Chart:
    """The chart of a child; `measurements` as the register keeps them, under keys that sort as they were noted."""
    curves = {z: [(day, _measure_at(measure, sex, day, z)) for day in _KNOTS] for z in _LINES}
    top = curves[3 if measure == "length" else 2]
    band = _path(measure, top) + "L" + _path(measure, curves[-2][::-1])[1:] + "z"
    lowest, highest, step = _RANGES[measure]
    return Chart(
        measure,
        tuple(Curve(z, _path(measure, knots), _y(measure, knots[-1][1])) for z, knots in curves.items()),
        band,
        tuple(_points(measure, measurements, sex, birth)),
        tuple((_y(measure, figure), figure) for figure in range(lowest, highest + 1, step)),
        tuple((_x(months * DAYS_PER_MONTH), months) for months in range(0, LAST_MONTH + 1, 3)),
    )


def _points(measure: Measure, measurements: Mapping[str, Mapping[str, Any]], sex: Sex, birth: date) -> Sequence[Point]:
    """By day; of two measures of a day the one that was noted last. What lies outside the chart is left out."""
    by_day: dict[date, Point] = {}
    lowest, highest, _ = _RANGES[measure]
    for _, entry in sorted(measurements.items()):
        try:
            day = read_day(entry["day"])
        except ValueError:
            continue
        age, value = (day - birth).days, entry.get("panjang" if measure == "length" else "berat")
        if value is None or not 0 <= age < HEIGHT_FROM_DAY:
            continue
        if measure == "length":
            value = corrected_length(value, age, entry.get("posisi"))
        if lowest <= value <= highest:
            by_day[day] = Point(day, _x(age), _y(measure, value), value, _z(measure, sex, age, value))
    return [by_day[day] for day in sorted(by_day)]


def _z(measure: Measure, sex: Sex, age: int, value: float) -> float | None:
    found: ZScores = z_scores(
        Measurement(sex, age, length_cm=value) if measure == "length" else Measurement(sex, age, weight_kg=value)
    )
    score = found.length_height_for_age if measure == "length" else found.weight_for_age
    return round(score.z, 2) if score else None


def _measure_at(measure: Measure, sex: Sex, day: int, z: int) -> float:
    row = table(_TABLES[measure]).at(sex, day)
    return row.measure_at(z) if row else 0.0


def _x(days: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * days / (LAST_MONTH * DAYS_PER_MONTH), 1)


def _y(measure: Measure, value: float) -> float:
    lowest, highest, _ = _RANGES[measure]
    return round(BOTTOM - (BOTTOM - TOP) * (value - lowest) / (highest - lowest), 1)


def _path(measure: Measure, knots: Sequence[tuple[int, float]]) -> str:
    return "M" + " ".join(f"{_x(day)} {_y(measure, value)}" for day, value in knots)
