"""The month that a running quarter counts up to: while its visits are still to come, a level is lower than it will be.

A running quarter counts up to the current month from its first day, so that whoever was not visited in it yet has not
received what is due every month. The rule stays; pages say so beside the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forms.periods import Quarter
from scorecards.small_counts import Told, told_share
from scorecards.sources import Card

# Of the mothers and children of a month, visited so far: from here on the level tells more of services than of the day.
# A good KPM reaches nine tenths in a month.
ENOUGH = 0.8
# Where it is not known how many were visited: most visits of a month come in its last ten days.
YOUNG_UNTIL = 20


@dataclass(frozen=True)
class RunningMonth:
    """`first` is its first day, `day` the one up to which is counted. `monitored` of `targets` were visited in it; both
    None where that is not known."""

    first: date
    day: int
    monitored: Told | None = None
    targets: Told | None = None

    @property
    def has_begun_lately(self) -> bool:
        return self.day <= 7


def running_month(
    quarter: Quarter, as_of: date, counts: tuple[int, int] | None, *, hides: bool = False
) -> RunningMonth | None:
    """The month of `as_of`, the day up to which the quarter is counted; None where nothing need be said: the quarter
    is over, or most of the month's visits have come. `counts`: mothers and children of the month who were visited,
    and all of them, None where that is not known; `hides`: small ones are not told."""
    if as_of >= quarter.last_day:
        return None
    month = RunningMonth(as_of.replace(day=1), as_of.day)
    if counts is None:
        return month if as_of.day <= YOUNG_UNTIL else None
    monitored, targets = counts
    if monitored >= ENOUGH * targets:
        return None
    return RunningMonth(month.first, month.day, *(told_share(monitored, targets) if hides else counts))


def visited_this_month(card: Card) -> tuple[int, int] | None:
    """Of a card, or of the sum of several: mothers and children who were visited in the month, and all of them. None
    where it does not say."""
    groups = card.get("this_month", {}).values()
    return (sum(one["monitored"] for one in groups), sum(one["targets"] for one in groups)) if groups else None
