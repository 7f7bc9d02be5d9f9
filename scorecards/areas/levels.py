"""Which villages of a region a page speaks of: those that need help most, that are silent, that rose or fell most.

Pure decisions over all villages of the region; who knows the database asks for the names of those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from heapq import nlargest, nsmallest
from typing import Literal

from scorecards.shares import USUAL, Thresholds, exact_percent

Kind = Literal["nation", "province", "district", "subdistrict"]
KINDS: tuple[Kind, ...] = ("nation", "province", "district", "subdistrict")


@dataclass(frozen=True)
class VillageLevel:
    """A village's level of convergence (table 4, together) in a quarter, and in the one before: the two `before` are
    None where it had no card then. `targets` are its active mothers and children, `monitored` those who were visited.
    """

    code: str
    received: int
    due: int
    targets: int
    monitored: int
    received_before: int | None = None
    due_before: int | None = None

    @property
    def reports(self) -> bool:
        """Whether any visit of the quarter has come from there."""
        return self.monitored > 0

    @property
    def missing(self) -> int:
        """Services that are due and were not received."""
        return self.due - self.received

    @cached_property
    def percent(self) -> Decimal | None:
        """As pages show it; None where nothing is due."""
        return exact_percent(self.received, self.due)

    @property
    def moved(self) -> Decimal | None:
        """Points by which the percent changed; None where it or the one before is unknown."""
        before = self.percent_before
        return None if self.percent is None or before is None else self.percent - before

    @property
    def percent_before(self) -> Decimal | None:
        """None where it had no card then, or nothing was due."""
        return exact_percent(self.received_before or 0, self.due_before or 0)


# Villages that a page names of each kind.
MOST_HELPED = 5
MOST_SILENT = 12
MOST_MOVED = 3
# Points by which a village has to move to be counted as risen or fallen.
MOVES_BY = Decimal(1)

NATION = "ID"


@dataclass(frozen=True)
class Moved:
    """How many villages rose and fell by a point or more, with those that did most; the others stayed, more or less.
    `better` and `worse` are those that changed their light upwards and downwards. Only villages with a percent in both
    quarters are among them."""

    risen: int
    fallen: int
    stayed: int
    better: int
    worse: int
    most_risen: tuple[tuple[str, Decimal], ...]
    most_fallen: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Picked:
    """The villages that the page of a region names."""

    help: tuple[VillageLevel, ...]
    silent: tuple[VillageLevel, ...]
    moved: Moved

    @property
    def codes(self) -> set[str]:
        named = {one.code for one in (*self.help, *self.silent)}
        return named | {code for code, _ in (*self.moved.most_risen, *self.moved.most_fallen)}


def kind_of(code: str) -> Kind:
    """The level of a region's code, such as 11.01."""
    return "nation" if code == NATION else KINDS[code.count(".") + 1]


def below(region: str, village: str) -> str:
    """The code of the region right below `region` in which the village lies: the village itself in a kecamatan."""
    return village[: length_below(region)]


def length_below(region: str) -> int:
    """Signs of the codes right below the region. Of a Kemendagri code each level but the village has two figures and a
    point; the village has four figures."""
    dots = 0 if region == NATION else region.count(".") + 1
    return 3 * dots + (4 if dots == len(KINDS) - 1 else 2)


def pick(villages: Sequence[VillageLevel], thresholds: Thresholds = USUAL) -> Picked:
    """Who needs help most is told by the services that were not received, not by percent: a small village with half of
    them needs less than a large one with two thirds. Silent villages stand apart: nothing is known of what they need.
    """
    silent = [one for one in villages if not one.reports]
    lacking = [one for one in villages if one.reports and one.missing]
    return Picked(
        help=tuple(nsmallest(MOST_HELPED, lacking, key=lambda one: (-one.missing, one.code))),
        silent=tuple(nsmallest(MOST_SILENT, silent, key=lambda one: (-one.due, one.code))),
        moved=_moved(villages, thresholds),
    )


def _moved(villages: Iterable[VillageLevel], thresholds: Thresholds) -> Moved:
    moves: list[tuple[Decimal, str]] = []
    better = worse = 0
    lights = (None, "red", "yellow", "green")
    for one in villages:
        percent, percent_before = one.percent, one.percent_before
        if percent is None or percent_before is None or not one.reports:
            continue
        moves.append((percent - percent_before, one.code))
        now, before = thresholds.light(percent), thresholds.light(percent_before)
        if now != before:
            better += lights.index(now) > lights.index(before)
            worse += lights.index(now) < lights.index(before)
    risen = [(points, code) for points, code in moves if points >= MOVES_BY]
    fallen = [(points, code) for points, code in moves if points <= -MOVES_BY]
    return Moved(
        risen=len(risen),
        fallen=len(fallen),
        stayed=len(moves) - len(risen) - len(fallen),
        better=better,
        worse=worse,
        most_risen=tuple((code, points) for points, code in nlargest(MOST_MOVED, risen)),
        most_fallen=tuple((code, points) for points, code in nsmallest(MOST_MOVED, fallen)),
    )
