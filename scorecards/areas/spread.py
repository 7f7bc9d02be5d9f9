"""How the scores of a region's villages are spread: by tens of percent, and by light."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scorecards.areas.levels import VillageLevel
from scorecards.shares import USUAL, Light, Thresholds

# Where the bars begin, in percent; each goes up to the next one, the last one to 100.
STARTS = (0, 50, 60, 70, 80, 90)


@dataclass(frozen=True)
class SpreadBar:
    """So many villages with a percent from `start` on; None: the silent ones. `light` is that of all percents of the
    bar, None where they are of two. `height` in percent of the highest."""

    start: int | None
    light: Light | None
    villages: int
    height: int


@dataclass(frozen=True)
class Spread:
    """The bars, and how many villages have which light; None: the silent ones."""

    bars: tuple[SpreadBar, ...]
    lights: tuple[tuple[Light | None, int], ...]


def spread_of(villages: Sequence[VillageLevel], thresholds: Thresholds = USUAL) -> Spread:
    """The spread of all villages of a region; the silent ones stand first, apart."""
    lights: Counter[Light | None] = Counter()
    bars: Counter[int | None] = Counter()
    for one in villages:
        lights[one.light(thresholds)] += 1
        bars[start_of(one)] += 1
    highest = max(1, *bars.values(), 1)
    return Spread(
        bars=tuple(
            SpreadBar(start, _light_of(start, thresholds), bars[start], round(100 * bars[start] / highest))
            for start in (None, *STARTS)
        ),
        lights=tuple((light, lights[light]) for light in ("green", "yellow", "red", None)),
    )


def start_of(one: VillageLevel) -> int | None:
    """Where the bar of the village begins; None where no percent is told of it."""
    told = one.told
    return None if told is None else STARTS[bisect_right(STARTS, told // 10) - 1]


def _light_of(start: int | None, thresholds: Thresholds) -> Light | None:
    if start is None:
        return None
    end = (*STARTS, 101)[STARTS.index(start) + 1]
    first, last = thresholds.light(Decimal(start)), thresholds.light(Decimal(end) - Decimal("0.1"))
    return first if first == last else None
