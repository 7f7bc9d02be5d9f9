"""Which villages of a region a page speaks of: those that need help most, that are silent, that rose or fell most.

Pure decisions over all villages of the region; who knows the database asks for the names of those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest, nsmallest
from typing import Literal, NamedTuple

from forms.percent import tenths
from scorecards.shares import USUAL, Light, Thresholds

Direction = Literal["risen", "fallen", "stayed"]
Kind = Literal["nation", "province", "district", "subdistrict"]
KINDS: tuple[Kind, ...] = ("nation", "province", "district", "subdistrict")


class VillageLevel(NamedTuple):
    """A village's level of convergence (table 4, together) in a quarter, and in the one before: the two `before` are
    None where it had no card then. `targets` are its active mothers and children, `monitored` those who were visited.
    `waits`: something of it waits to be counted.
    """

    code: str
    received: int
    due: int
    targets: int
    monitored: int
    received_before: int | None = None
    due_before: int | None = None
    waits: bool = False

    @property
    def reports(self) -> bool:
        """Whether any visit of the quarter has come from there."""
        return self.monitored > 0

    @property
    def missing(self) -> int:
        """Services that are due and were not received."""
        return self.due - self.received

    @property
    def told(self) -> int | None:
        """Tenths of its percent as pages show it; None where nothing is due, or nobody was visited: silence has a sign
        of its own."""
        return tenths(self.received, self.due) if self.monitored > 0 else None

    @property
    def told_before(self) -> int | None:
        """The same of the quarter before; None where it had no card then, or nothing was due."""
        return tenths(self.received_before or 0, self.due_before or 0)

    @property
    def moved(self) -> int | None:
        """Tenths of points by which the percent changed; None where it is not compared: one of the two is unknown."""
        now, before = self.told, self.told_before
        return None if now is None or before is None else now - before

    def light(self, thresholds: Thresholds) -> Light | None:
        """None where no percent is told."""
        return _light(self.told, thresholds)

    def steps(self, thresholds: Thresholds) -> int:
        """By how many lights it rose, below 0 where it fell; 0 where it is not compared."""
        return 0 if self.moved is None else _steps(self.told, self.told_before, thresholds)


# Villages that a page names of each kind.
MOST_HELPED = 5
MOST_SILENT = 12
MOST_MOVED = 3
# Tenths of points by which a village has to move to be counted as risen or fallen.
MOVES_BY = 10

NATION = "ID"
LIGHTS: tuple[Light | None, ...] = (None, "red", "yellow", "green")


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


def points(moved: int) -> Decimal:
    """Of tenths of points, as pages show them."""
    return Decimal(moved).scaleb(-1)


def direction(moved: int) -> Direction:
    """Of tenths of points."""
    return "risen" if moved >= MOVES_BY else "fallen" if moved <= -MOVES_BY else "stayed"


def _light(told: int | None, thresholds: Thresholds) -> Light | None:
    return None if told is None else thresholds.light(told / 10)


def _steps(now: int | None, before: int | None, thresholds: Thresholds) -> int:
    return LIGHTS.index(_light(now, thresholds)) - LIGHTS.index(_light(before, thresholds))


def _moved(villages: Iterable[VillageLevel], thresholds: Thresholds) -> Moved:
    moves: dict[Direction, list[tuple[int, str]]] = {"risen": [], "fallen": [], "stayed": []}
    better = worse = 0
    for one in villages:
        now, before = one.told, one.told_before
        if now is not None and before is not None:
            moves[direction(now - before)].append((now - before, one.code))
            steps = _steps(now, before, thresholds)
            better, worse = better + (steps > 0), worse + (steps < 0)
    return Moved(
        risen=len(moves["risen"]),
        fallen=len(moves["fallen"]),
        stayed=len(moves["stayed"]),
        better=better,
        worse=worse,
        most_risen=tuple((code, points(moved)) for moved, code in nlargest(MOST_MOVED, moves["risen"])),
        most_fallen=tuple((code, points(moved)) for moved, code in nsmallest(MOST_MOVED, moves["fallen"])),
    )
