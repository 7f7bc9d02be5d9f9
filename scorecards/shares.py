"""Received of due, as a percent and as a traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Light = Literal["green", "yellow", "red"]


@dataclass(frozen=True)
class Thresholds:
    """The least percents for green and for yellow; what is below is red."""

    green: float = 80
    yellow: float = 60

    def light(self, percent: Decimal | None) -> Light | None:
        """The light of a percent as it is shown, so that 80.0 on the page is never yellow; None has no light."""
        if percent is None:
            return None
        if percent >= self.green:
            return "green"
        return "yellow" if percent >= self.yellow else "red"


USUAL = Thresholds()


@dataclass(frozen=True)
class Share:
    """How many received of how many due; `percent` and `light` are None where nothing is due."""

    received: int
    due: int
    percent: Decimal | None
    light: Light | None

    @property
    def missing(self) -> int:
        return self.due - self.received


def share(received: int, due: int, thresholds: Thresholds) -> Share:
    value = percent(received, due)
    return Share(received, due, value, thresholds.light(value))


def percent(received: int, due: int) -> Decimal | None:
    """100 * received / due to one decimal, half up (as Formulir 4 rounds); None where due is 0."""
    if due == 0:
        return None
    return Decimal((2000 * received + due) // (2 * due)).scaleb(-1)
