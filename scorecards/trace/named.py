"""Who it is that the three things to do on the village page are about, for those who may see names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scorecards.sources import Traced
from scorecards.steps import Step

MOST = 5


@dataclass(frozen=True)
class Named:
    """The first of those whom a step is about; `others`: how many more there are. `figure` is the number that opens to
    all of them."""

    figure: str
    people: tuple[Traced, ...]
    others: int


def named(steps: Sequence[Step], targets: Sequence[Traced]) -> tuple[Named, ...]:
    """For each step, in their order; `targets` are all of the quarter, by name."""
    found = []
    for step in steps:
        those = [one for one in targets if _is_meant(step, one)]
        found.append(Named(figure_of(step), tuple(those[:MOST]), max(0, len(those) - MOST)))
    return tuple(found)


def _is_meant(step: Step, one: Traced) -> bool:
    if step.indicator is not None:
        return one.target == step.indicator.target and one.results.get(step.indicator.code) == 0
    if one.target == "paud":
        return False
    return one.tikar == "merah" if step.kind == "red" else not one.monitored


def figure_of(step: Step) -> str:
    """The number that opens to those whom a step is about."""
    if step.indicator is not None:
        return step.indicator.code
    return "tikar-anak" if step.kind == "red" else "tidak-dipantau"
