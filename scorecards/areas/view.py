"""A region's page as it is shown: pure functions from what its villages' cards come to, to frozen values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from forms.indicators.rules import SECTORS
from forms.periods import Quarter
from scorecards.areas.levels import Kind, Moved, VillageLevel, below, kind_of, points
from scorecards.areas.places import Line, TileMap, tile_map
from scorecards.areas.sources import AreaCards, AreaQuarter, Counting, Region
from scorecards.areas.spread import Spread, spread_of
from scorecards.promises.sources import Late
from scorecards.running_month import RunningMonth, running_month, visited_this_month
from scorecards.shares import USUAL, Share, Thresholds, change, share
from scorecards.small_counts import Told, as_told, told_share
from scorecards.steps import Step, next_steps
from scorecards.view import Row, SectorShare, sector_shares, table3

MOST_LAGGING = 5


@dataclass(frozen=True)
class Needing:
    """A village that needs help: `missing` services were not received, `change` in points (None where unknown), and
    the first thing to do there, None where its card says none."""

    code: str
    name: str
    area: str
    share: Share
    missing: int
    change: Decimal | None
    step: Step | None


@dataclass(frozen=True)
class Silent:
    """A village of which nobody was visited. `targets`: its mothers and children; `heard_on`: the day on which a phone
    of it was last heard of, None where none ever was; `has_phone`: whether it has one."""

    code: str
    name: str
    area: str
    targets: int
    heard_on: date | None
    has_phone: bool


@dataclass(frozen=True)
class QuarterBar:
    """A quarter of the comparison; `reporting` of the `villages` that have a card."""

    quarter: Quarter
    share: Share
    villages: int
    reporting: int


@dataclass(frozen=True)
class LagRow:
    """A row of table 3 of all villages together; `change` in points, None where unknown."""

    row: Row
    change: Decimal | None


@dataclass(frozen=True)
class AreaView:
    """All that the page of a region shows. `late`: villages with overdue promises, `signed`: how many reports of the
    quarter are signed.

    `total` is the level of all villages, where silent ones have received nothing; `told` the level without them.
    `change`: of `total` in points, None where unknown. `previous` and `next` are the quarters to turn to, None at
    either end. `unused`: how many of the list's villages have neither a phone nor ever sent something. `silent` and
    `silent_missing`: how many villages are silent, and how many services are due there. `lines` have the lowest on top,
    `map` has them by their numbers. `lagging` are the services with the lowest percent, `services` all of
    them in the card's order. `names` has those of the villages in `moved`. `hides`: small counts are not told.
    `month`: the one whose visits are still to come, None where there is none.
    """

    region: Region
    kind: Kind
    above: tuple[Region, ...]
    quarter: Quarter
    previous: Quarter | None
    next: Quarter | None
    running: bool
    counting: Counting
    thresholds: Thresholds
    total: Share
    told: Share
    change: Decimal | None
    villages: int
    reporting: int
    unused: int
    late: tuple[Late, ...]
    signed: int
    silent: int
    silent_missing: int
    households: Told
    pregnant: Told
    children: Told
    trend: tuple[QuarterBar, ...]
    helped: tuple[Needing, ...]
    silent_villages: tuple[Silent, ...]
    lines: tuple[Line, ...]
    map: TileMap
    spread: Spread
    moved: Moved
    names: Mapping[str, str]
    sectors: tuple[SectorShare, ...]
    lagging: tuple[LagRow, ...]
    services: tuple[LagRow, ...]
    hides: bool = False
    month: RunningMonth | None = None


def area_view(found: AreaCards, thresholds: Thresholds = USUAL, *, hides: bool = False) -> AreaView:
    """The page's values of what the region's villages come to; `hides`: without small counts of people of a village."""
    picked = found.picked
    telling = [one for one in found.villages if one.reports]
    silent = [one for one in found.villages if not one.reports]
    total = _share(found.villages, thresholds)
    card = as_told(found.together.card) if hides else found.together.card
    lines = _lines(found, thresholds, hides=hides)
    rows = _rows(found, thresholds, hides=hides)
    trend = tuple(_bar(one, thresholds) for one in found.trend)
    running = found.quarter == found.current
    return AreaView(
        region=found.region,
        kind=kind_of(found.region.code),
        above=tuple(found.above),
        quarter=found.quarter,
        previous=found.quarter.plus(-1) if found.before else None,
        next=None if running else found.quarter.plus(1),
        running=running,
        counting=found.counting,
        thresholds=thresholds,
        total=total,
        told=_share(telling, thresholds),
        change=change(total, _before(found.villages, thresholds)),
        villages=len(found.villages),
        reporting=len(telling),
        unused=max(0, found.listed - len(found.villages)),
        late=tuple(replace(one, still_lacking=0) if hides else one for one in found.late),
        signed=found.signed,
        silent=len(silent),
        silent_missing=sum(one.missing for one in silent),
        households=card["table1"]["households"],
        pregnant=card["table1"]["pregnant"]["total"],
        children=card["table1"]["children"]["total"],
        trend=trend,
        helped=tuple(_needing(found, one, thresholds, hides=hides) for one in picked.help),
        silent_villages=tuple(_silent(found, one) for one in picked.silent),
        lines=tuple(sorted(lines, key=lambda line: (line.reporting > 0, line.share.percent or 0, line.number))),
        map=tile_map(lines, found.region.code, found.villages, thresholds),
        spread=spread_of(found.villages, thresholds),
        moved=picked.moved,
        names=found.names,
        sectors=_sectors(found, thresholds),
        lagging=tuple(sorted((one for one in rows if one.row.share.due), key=_percent)[:MOST_LAGGING]),
        services=rows,
        hides=hides,
        month=_month(found, hides=hides) if running else None,
    )


def _month(found: AreaCards, *, hides: bool) -> RunningMonth | None:
    """How many were visited in the month is known where all cards were counted in it."""
    first, last = found.counting.first, found.counting.last
    if first is None or last is None:
        return None
    is_one_month = (first.year, first.month) == (last.year, last.month)
    counts = visited_this_month(found.together.card) if is_one_month else None
    return running_month(found.quarter, last, counts, hides=hides)


def _share(villages: Sequence[VillageLevel], thresholds: Thresholds) -> Share:
    return share(sum(one.received for one in villages), sum(one.due for one in villages), thresholds)


def _before(villages: Sequence[VillageLevel], thresholds: Thresholds) -> Share:
    return share(
        sum(one.received_before or 0 for one in villages), sum(one.due_before or 0 for one in villages), thresholds
    )


def _lines(found: AreaCards, thresholds: Thresholds, *, hides: bool) -> list[Line]:
    """By code; a region's sums are those of its villages."""
    groups: defaultdict[str, list[VillageLevel]] = defaultdict(list)
    for one in found.villages:
        groups[below(found.region.code, one.code)].append(one)
    lines = []
    for number, (code, those) in enumerate(sorted(groups.items()), start=1):
        own = _share(those, thresholds)
        monitored, targets = sum(one.monitored for one in those), sum(one.targets for one in those)
        seen = told_share(monitored, targets) if hides else (monitored, targets)
        lines.append(
            Line(
                number=number,
                code=code,
                name=found.names.get(code, code),
                share=own,
                change=change(own, _before(those, thresholds)),
                villages=len(those),
                reporting=sum(one.reports for one in those),
                targets=seen[1],
                monitored=seen[0],
            )
        )
    return lines


def _name(found: AreaCards, village: str) -> tuple[str, str]:
    """The name of the village, and that of its kecamatan; blank on the kecamatan's own page."""
    area = village.rpartition(".")[0]
    above = "" if area == found.region.code else found.names.get(area, area)
    return found.names.get(village, village), above


def _needing(found: AreaCards, one: VillageLevel, thresholds: Thresholds, *, hides: bool) -> Needing:
    moved = None if one.moved is None else points(one.moved)
    counted, own = found.cards.get(one.code), share(one.received, one.due, thresholds)
    steps = next_steps(counted.card, counted.indicators, hides=hides) if counted else ()
    return Needing(one.code, *_name(found, one.code), own, one.missing, moved, steps[0] if steps else None)


def _silent(found: AreaCards, one: VillageLevel) -> Silent:
    heard_on = found.contacts.get(one.code)
    return Silent(one.code, *_name(found, one.code), one.targets, heard_on, one.code in found.contacts)


def _bar(one: AreaQuarter, thresholds: Thresholds) -> QuarterBar:
    return QuarterBar(one.quarter, share(one.received, one.due, thresholds), one.villages, one.reporting)


def _sectors(found: AreaCards, thresholds: Thresholds) -> tuple[SectorShare, ...]:
    now = sector_shares(*found.together, thresholds)
    before = sector_shares(*found.before, thresholds) if found.before else {}
    return tuple(SectorShare(sector, now[sector], change(now[sector], before.get(sector))) for sector in SECTORS)


def _rows(found: AreaCards, thresholds: Thresholds, *, hides: bool) -> tuple[LagRow, ...]:
    before = table3(*found.before, thresholds, hides) if found.before else ()
    past = {row.indicator.code: row.share for row in before}
    rows = table3(*found.together, thresholds, hides)
    return tuple(LagRow(row, change(row.share, past.get(row.indicator.code))) for row in rows)


def _percent(one: LagRow) -> tuple[Decimal, str]:
    return one.row.share.percent or Decimal(0), one.row.indicator.code
