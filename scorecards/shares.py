"""Received of due, as a percent and as a traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from forms.percent import percent
from scorecards.small_counts import NOT_TOLD, Told, told_share

Light = Literal["green", "yellow", "red"]


@dataclass(frozen=True)
class Thresholds:
    """The least percents for green and for yellow; what is below is red."""

    green: float = 80
    yellow: float = 60

    def light(self, percent: Decimal | float | None) -> Light | None:
        """The light of a percent as it is shown, so that 80.0 on the page is never yellow; None has no light."""
        if percent is None:
            return None
        if percent >= self.green:
            return "green"
        return "yellow" if percent >= self.yellow else "red"


USUAL = Thresholds()


@dataclass(frozen=True)
class Share:
    """How many received of how many due; `percent` and `light` are None where nothing is due, and where small counts
    are hidden (small_counts.py) and it would tell one."""

    received: Told
    due: Told
    percent: Decimal | None
    light: Light | None


def share(received: Told, due: Told, thresholds: Thresholds = USUAL, *, hides: bool = False) -> Share:
    """The share with its percent, rounded as the card's JSON has it; `hides`: small counts are not told. One of texts
    is not told already."""
    if isinstance(received, str) or isinstance(due, str):
        return Share(NOT_TOLD, NOT_TOLD, None, None)
    if hides:
        some, every = told_share(received, due)
        if not (isinstance(some, int) and isinstance(every, int)):
            return Share(some, every, None, None)
    exact = exact_percent(received, due)
    return Share(received, due, exact, thresholds.light(exact))


def exact_percent(received: int, due: int) -> Decimal | None:
    """The percent as it is shown, with one decimal; None where nothing is due."""
    text = percent(received, due)
    return None if text is None else Decimal(text)


def change(now: Share, before: Share | None) -> Decimal | None:
    """Points by which the percent, as it is shown, changed; None where either is unknown."""
    if before is None or now.percent is None or before.percent is None:
        return None
    return now.percent - before.percent
