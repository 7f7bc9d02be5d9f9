"""Received of due, as a percent and as a traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from forms.percent import percent

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


def share(received: int, due: int, thresholds: Thresholds = USUAL) -> Share:
    """The share with its percent, rounded as the card's JSON has it."""
    text = percent(received, due)
    exact = None if text is None else Decimal(text)
    return Share(received, due, exact, thresholds.light(exact))
