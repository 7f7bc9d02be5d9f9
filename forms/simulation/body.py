"""How simulated children grow, and what a measurement of them says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from random import Random

from forms.growth.zscores import Sex, table
from forms.simulation.people import Child

LATER_FROM_DAY = 548  # 18 months: until then the length for age drifts away from that at birth
RULER_CM = 0.35  # spread of a measured length around the true one
WRONG_COLOUR = 0.06  # share of mats that are read one colour off
COLOURS = ("hijau", "kuning", "merah")


@dataclass(frozen=True)
class Measured:
    """Length lying in cm, weight in kg, and the colour at the child's heel."""

    length: float
    length_again: float
    weight: float
    colour: str


def z_length(child: Child, day: date) -> float:
    """The child's true z-score of length for age."""
    share = min(1.0, max(0, (day - child.born_on).days) / LATER_FROM_DAY)
    return child.z_birth + (child.z_later - child.z_birth) * math.sqrt(share)


def measured(child: Child, day: date, random: Random) -> Measured:
    """What is read off a ruler, a scale and a mat on that day, with their errors."""
    z = z_length(child, day)
    true = _at("length_height_for_age", child.sex, (day - child.born_on).days, z)
    colour = 2 if z < -2 else 1 if z < -1.4 else 0
    if random.random() < WRONG_COLOUR:
        colour = max(0, min(2, colour + random.choice((-1, 1, 2))))
    return Measured(
        length=round(true + random.gauss(0, RULER_CM), 1),
        length_again=round(true + random.gauss(0, RULER_CM / 2), 1),
        weight=weight(child, day, random),
        colour=COLOURS[colour],
    )


def weight(child: Child, day: date, random: Random) -> float:
    """Weight in kg, as light as the child is short, and a little up and down."""
    z = 0.6 * z_length(child, day) + 0.7 * child.z_weight + random.gauss(0, 0.15)
    return round(_at("weight_for_age", child.sex, (day - child.born_on).days, max(-3.8, min(3.5, z))), 1)


def nutrition(child: Child, day: date) -> str:
    """What health staff say of the child (`status_gizi`)."""
    if z_length(child, day) < -2.2:
        return "stunting"
    if child.z_weight < -2.2:
        return "buruk"
    return "kurang" if child.z_weight < -1.5 else "baik"


def _at(name: str, sex: Sex, age_days: int, z: float) -> float:
    row = table(name).at(sex, age_days)
    if row is None:
        raise ValueError(f"{name}: no row for {age_days} days")
    return row.measure_at(z)
