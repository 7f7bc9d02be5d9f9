"""A count of villages on a region's page, opened: which ones they are, or how many of them lie in each part of it.

Pure functions without words. Where they are too many to be listed, the page goes down by region until they are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.periods import Quarter
from scorecards.areas.levels import Direction, Kind, VillageLevel, below, direction, kind_of, points
from scorecards.areas.sources import AreaVillages, Region
from scorecards.areas.spread import STARTS, start_of
from scorecards.shares import USUAL, Light, Share, Thresholds, share

# So many villages are listed on one page.
MOST_LISTED = 100
SIGNED = "desa-tanda-tangan"

_LIGHTS: Mapping[str, Light | None] = {
    "desa-baik": "green",
    "desa-sedang": "yellow",
    "desa-kurang": "red",
    "desa-tanpa-angka": None,
}
_BARS = {f"desa-{start}": start for start in STARTS}
_PLAIN: Mapping[str, Callable[[VillageLevel], bool]] = {
    "desa-tidak-melapor": lambda one: not one.reports,
    "desa-menunggu": lambda one: one.waits,
}
_MOVES: Mapping[str, Direction] = {"desa-naik": "risen", "desa-turun": "fallen", "desa-tetap": "stayed"}
_STEPS: Mapping[str, int] = {"desa-naik-warna": 1, "desa-turun-warna": -1}
GROUPS = frozenset({*_PLAIN, *_MOVES, *_LIGHTS, *_BARS, *_STEPS, SIGNED})


@dataclass(frozen=True)
class PartCount:
    """A region right below with how many of its `of` villages are among those that are counted."""

    code: str
    name: str
    count: int
    of: int


@dataclass(frozen=True)
class VillageRow:
    """A village: `area` is its kecamatan, blank on that one's page; `change` in points, None where unknown;
    `reports`: whether anybody was visited there."""

    code: str
    name: str
    area: str
    share: Share
    change: Decimal | None
    reports: bool


@dataclass(frozen=True)
class GroupView:
    """The page of a count of villages by its `name`: `count` of them. Either `villages`, or, where they are too many,
    the `parts` in which they lie, most of them first."""

    region: Region
    kind: Kind
    above: tuple[Region, ...]
    quarter: Quarter
    name: str
    count: int
    parts: tuple[PartCount, ...]
    villages: tuple[VillageRow, ...]
    thresholds: Thresholds
    hides: bool


def chosen(
    name: str, villages: Sequence[VillageLevel], signed: Collection[str] = (), thresholds: Thresholds = USUAL
) -> list[VillageLevel]:
    """Those of the villages that are counted under the name (one of GROUPS); `signed` are those whose reports are."""
    if name in _PLAIN:
        return [one for one in villages if _PLAIN[name](one)]
    if name in _MOVES:
        return [one for one in villages if one.moved is not None and direction(one.moved) == _MOVES[name]]
    if name in _LIGHTS:
        return [one for one in villages if one.light(thresholds) == _LIGHTS[name]]
    if name in _BARS:
        return [one for one in villages if start_of(one) == _BARS[name]]
    if name in _STEPS:
        return [one for one in villages if one.steps(thresholds) * _STEPS[name] > 0]
    return [one for one in villages if one.code in signed]


def named(region: str, villages: Sequence[VillageLevel]) -> set[str]:
    """The codes of what the page of these villages names: them and their kecamatan, or the parts of the region."""
    if len(villages) > MOST_LISTED:
        return {below(region, one.code) for one in villages}
    return {code for one in villages for code in (one.code, one.code.rpartition(".")[0])}


def group_view(found: AreaVillages, thresholds: Thresholds = USUAL, *, hides: bool = False) -> GroupView:
    """The page's values; `hides`: the levels are added up from what stands in for small counts."""
    those, region = found.chosen, found.region.code
    is_listed = len(those) <= MOST_LISTED
    return GroupView(
        region=found.region,
        kind=kind_of(region),
        above=tuple(found.above),
        quarter=found.quarter,
        name=found.name,
        count=len(those),
        parts=() if is_listed else _parts(found),
        villages=tuple(_row(found, one, thresholds) for one in _in_order(found.name, those)) if is_listed else (),
        thresholds=thresholds,
        hides=hides,
    )


def _parts(found: AreaVillages) -> tuple[PartCount, ...]:
    region = found.region.code
    every = Counter(below(region, one.code) for one in found.villages)
    counts = Counter(below(region, one.code) for one in found.chosen)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(PartCount(code, found.names.get(code, code), count, every[code]) for code, count in ordered)


def _in_order(name: str, villages: Sequence[VillageLevel]) -> list[VillageLevel]:
    """Those that rose or fell: who did most first; else the lowest percent first, as on the region's page."""
    sign = {"desa-naik": -1, "desa-naik-warna": -1, "desa-turun": 1, "desa-turun-warna": 1}.get(name)
    if sign is not None:
        return sorted(villages, key=lambda one: (sign * (one.moved or 0), one.code))
    return sorted(villages, key=lambda one: (one.told is not None, one.told or 0, one.code))


def _row(found: AreaVillages, one: VillageLevel, thresholds: Thresholds) -> VillageRow:
    area = one.code.rpartition(".")[0]
    above = "" if area == found.region.code else found.names.get(area, area)
    moved = None if one.moved is None else points(one.moved)
    own = share(one.received, one.due, thresholds)
    return VillageRow(one.code, found.names.get(one.code, one.code), above, own, moved, one.reports)
