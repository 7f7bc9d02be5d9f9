"""The early signs of random children against a second finding of them, with the edges of every rule on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from forms.growth.early import signs
from forms.growth.signs import WEIGHED
from forms.growth.zscores import DAYS_PER_MONTH, Sex, table
from tests.recounts.early_recount import ORDER, Measured, growth_signs

BIRTH = date(2024, 1, 31)
CHILDREN = 3000
# Gains that lie at the least ones of weight (kg) and length (cm) in the tables, and beside them.
GAINS = {
    "weight_for_age": (-0.1, 0.0, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.3, 1.7),
    "length_height_for_age": (-0.5, 0.0, 0.4, 0.5, 1.0, 1.5, 1.6, 2.0, 2.8, 3.1, 5.0),
}


class Child(NamedTuple):
    sex: Sex
    noted: tuple[Measured, ...]


def random_child(seed: int) -> Child:
    """Weighed and measured now and then; half of the times so much as is just enough, or just not."""
    luck = Random(f"growth {seed}")
    sex: Sex = luck.choice(("L", "P"))
    age = luck.choice((0, 30, 61, 122, 183, 274, luck.randint(0, 600), luck.randint(600, 735)))
    weight, length = (_usual(name, sex, age, luck) for name in GAINS)
    noted = []
    for _ in range(luck.randint(1, 5)):
        weighed = None if luck.random() < 0.2 else weight
        measured = None if luck.random() < 0.4 else length
        position = luck.choice(("baring", "baring", "berdiri", None))
        noted.append(Measured(BIRTH + timedelta(days=age), weighed, measured, position))
        months = luck.choice((0, 1, 1, 1, 2, 3, 4, 6, 7))
        age = max(-1, age + round(months * DAYS_PER_MONTH) + luck.choice((0, 0, -4, -3, -2, 1, luck.randint(-9, 20))))
        weight, length = (
            round(value + luck.choice(gains) + luck.choice((0, 0, -0.01, 0.01)), 2)
            if luck.random() < 0.5
            else _usual(name, sex, age, luck)
            for (name, gains), value in zip(GAINS.items(), (weight, length), strict=True)
        )
    return Child(sex, tuple(noted))


def _usual(name: str, sex: Sex, age: int, luck: Random) -> float:
    """By a z-score at the border of a sign, beyond what can be, or any."""
    row = table(name).at(sex, min(max(age, 0), 1856))
    assert row is not None
    z = luck.choice((-2.0, 1.0, 3.0, luck.gauss(-0.5, 1.5), luck.gauss(-0.5, 1.5), luck.choice((-7.0, 7.0))))
    return round(max(row.measure_at(min(max(z, -7.0), 7.0)), 0.5), luck.choice((1, 1, 2)))


def kept(noted: Iterable[Measured]) -> dict[str, dict[str, Any]]:
    """As the register keeps what was noted one after another."""
    found = {}
    for number, one in enumerate(noted):
        point = {"berat": one.weight, "panjang": one.length, "posisi": one.position}
        said = {name: value for name, value in point.items() if value is not None}
        found[f"{number:03}"] = {"day": str(one.day), **said}
    return found


def by_program(child: Child) -> list[tuple[str, str]]:
    return [(code, day) for code, day in signs(kept(child.noted), child.sex, BIRTH) if code != WEIGHED]


def by_recount(child: Child) -> list[tuple[str, str]]:
    return [(code, str(day)) for code, day in growth_signs(child.noted, child.sex, BIRTH).items()]


def test_signs_are_those_of_the_recount() -> None:
    differ = [
        f"{seed}: {by_program(child)}, recounted {by_recount(child)}: {child}"
        for seed in range(CHILDREN)
        if by_program(child := random_child(seed)) != by_recount(child)
    ]
    assert differ == []


def test_random_children__have_every_sign_often() -> None:
    found = Counter(code for seed in range(CHILDREN) for code, _ in by_recount(random_child(seed)))
    assert set(found) == set(ORDER)
    assert min(found.values()) >= CHILDREN // 30, found
