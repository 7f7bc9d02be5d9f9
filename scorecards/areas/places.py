"""The regions of a page as numbered tiles of thumb size, in the order of their codes: a map without boundaries.

Lists of regions bring no shapes. A tile shows its number (the same as in the table), its light with sign and percent,
and where the villages of a region fit, each of them as a sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scorecards.areas.levels import VillageLevel, below
from scorecards.shares import USUAL, Light, Share, Thresholds
from scorecards.small_counts import Told

# In units of the drawing, which is as wide as a phone's page in pixels: what a finger needs is 44.
WIDTH = 300
GAP = 4
VILLAGES_IN_A_ROW, AREAS_IN_A_ROW = 5, 3
# Without signs below, a tile is so high; a row of signs adds to it.
HEIGHT = 52
SIGN, SIGNS_IN_A_ROW = 11, 8
# Beyond so many villages in a region, signs tell less than the percent.
MOST_SIGNS = 48


@dataclass(frozen=True)
class Line:
    """A region right below, or a village of a kecamatan; `number` is that of its tile on the map. `share` is what its
    villages come to, `change` in points against the quarter before, None where unknown. Of its `villages`, `reporting`
    were visited at all; of a village, `targets` are its mothers and children, of whom `monitored` were visited."""

    number: int
    code: str
    name: str
    share: Share
    change: Decimal | None
    villages: int
    reporting: int
    targets: Told
    monitored: Told

    @property
    def light(self) -> Light | None:
        """None where nobody was visited, whatever the percent: silence has a sign of its own."""
        return self.share.light if self.reporting else None


@dataclass(frozen=True)
class Tile:
    """A line's place on the map; `signs` are paths of its villages, each with the light that they are drawn in (None:
    silent)."""

    line: Line
    x: int
    y: int
    signs: tuple[tuple[Light | None, str], ...]


@dataclass(frozen=True)
class TileMap:
    """All tiles, each `across` wide and `high`; the whole is `height` high."""

    tiles: tuple[Tile, ...]
    across: int
    high: int
    height: int


def tile_map(
    lines: Sequence[Line], region: str, villages: Iterable[VillageLevel], thresholds: Thresholds = USUAL
) -> TileMap:
    """The map of these lines, which are in the order of their numbers."""
    of_villages = all(line.code.count(".") == 3 for line in lines)
    in_a_row = VILLAGES_IN_A_ROW if of_villages else AREAS_IN_A_ROW
    across = (WIDTH + GAP) // in_a_row - GAP
    most = max((line.villages for line in lines), default=0)
    has_signs = not of_villages and most <= MOST_SIGNS
    lights = _lights(region, villages, thresholds) if has_signs else {}
    high = HEIGHT + (SIGN * -(-most // SIGNS_IN_A_ROW) if has_signs else 0)
    tiles = []
    for place, line in enumerate(lines):
        row, column = divmod(place, in_a_row)
        x, y = column * (across + GAP), row * (high + GAP)
        tiles.append(Tile(line, x, y, _signs(lights.get(line.code, []), x + 6, y + HEIGHT - 6)))
    return TileMap(tuple(tiles), across, high, -(-len(tiles) // in_a_row) * (high + GAP))


def _lights(
    region: str, villages: Iterable[VillageLevel], thresholds: Thresholds
) -> defaultdict[str, list[Light | None]]:
    found: defaultdict[str, list[Light | None]] = defaultdict(list)
    for one in villages:
        found[below(region, one.code)].append(one.light(thresholds))
    return found


def _signs(lights: Sequence[Light | None], x: int, y: int) -> tuple[tuple[Light | None, str], ...]:
    """A circle and a square are short strokes with round and square ends, a triangle is filled, silence is a dash."""
    paths: defaultdict[Light | None, str] = defaultdict(str)
    for place, light in enumerate(lights):
        row, column = divmod(place, SIGNS_IN_A_ROW)
        left, top = x + column * SIGN, y + row * SIGN
        match light:
            case "yellow":
                paths[light] += f"M{left + 4} {top}l4 7h-8z"
            case None:
                paths[light] += f"M{left} {top + 4}h8"
            case _:
                paths[light] += f"M{left + 4} {top + 4}h0"
    return tuple(paths.items())
