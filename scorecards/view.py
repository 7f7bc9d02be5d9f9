"""The village card as a page shows it: pure functions from the card's JSON to frozen values, no words and no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forms.indicators.rules import SECTORS, Sector, Target
from forms.periods import Quarter
from scorecards.shares import USUAL, Light, Share, Thresholds, share
from scorecards.sources import Card, IndicatorLabel, Place, TrendPoint
from scorecards.steps import Step, next_steps


@dataclass(frozen=True)
class Row:
    """An indicator of table 3; `number` counts within its target; `fathers`: how many, None where the card does not
    count them."""

    number: int
    indicator: IndicatorLabel
    share: Share
    fathers: int | None


@dataclass(frozen=True)
class SectorShare:
    """A sector's part of table 4; `change` in points against the quarter before, None where unknown."""

    sector: Sector
    share: Share
    change: Decimal | None


@dataclass(frozen=True)
class Bar:
    quarter: Quarter
    share: Share


@dataclass(frozen=True)
class SectorBar:
    """How many households have just so many of the five sectors complete; `width` in percent of the longest bar."""

    sectors: int
    households: int
    width: int


@dataclass(frozen=True)
class Colour:
    """Children with this latest colour of the Tikar (None: not measured); `start` and `width` in percent of all."""

    light: Light | None
    children: int
    start: Decimal
    width: Decimal


@dataclass(frozen=True)
class Funds:
    """A row of table 5, in rupiah; `field` is blank for all together."""

    field: str
    total: int
    stunting: Share
    spent: int


@dataclass(frozen=True)
class VillageView:
    """All that the village page shows. `previous` and `next` are the quarters to turn to, None at either end.

    `over`: the quarter has ended, so that nothing can be done for it any more; `changed_on`: the day on which its
    figures changed after that, None where they did not. `change`: of `total`, in percentage points against the quarter
    before; None where unknown. `not_monitored`, `pregnant` and `infants` (children of 0-23 months) are the card's
    counts by their names there. `mothers`, `children` and `paud` are the rows of table 3 by target; `funds` are
    the rows of table 5, the last one of all together; empty while none are recorded.
    """

    place: Place
    quarter: Quarter
    previous: Quarter | None
    next: Quarter | None
    as_of: date
    running: bool
    over: bool
    changed_on: date | None
    thresholds: Thresholds
    total: Share
    change: Decimal | None
    trend: tuple[Bar, ...]
    steps: tuple[Step, ...]
    sectors: tuple[SectorShare, ...]
    complete: Share
    sector_bars: tuple[SectorBar, ...]
    colours: tuple[Colour, ...]
    not_monitored: Mapping[str, int]
    households: int
    pregnant: Mapping[str, int]
    infants: Mapping[str, int]
    mothers: tuple[Row, ...]
    children: tuple[Row, ...]
    paud: tuple[Row, ...]
    mothers_share: Share
    children_share: Share
    funds: tuple[Funds, ...]

    @property
    def has_targets(self) -> bool:
        return self.pregnant["total"] + self.infants["total"] > 0

    @property
    def paud_counted(self) -> bool:
        return any(row.share.due for row in self.paud)


def village_view(
    card: Card,
    place: Place,
    indicators: Sequence[IndicatorLabel],
    trend: Sequence[TrendPoint],
    *,
    first: Quarter | None,
    current: Quarter,
    sectors_before: Mapping[Sector, Share] | None = None,
    changed_on: date | None = None,
    thresholds: Thresholds = USUAL,
) -> VillageView:
    """The page's values from a card (its JSON as published) and what stands around it.

    `indicators` are those that the card was counted by; `trend` runs from old to new and ends with the card's quarter;
    `first` is the first quarter with data (None: none yet), `current` the running one; `sectors_before` are the
    sector shares of the quarter before.
    """
    quarter = Quarter.parse(card["period"])
    as_of = date.fromisoformat(card["as_of"])
    rows = _rows(card, indicators, thresholds)
    total = _share(card["table4"]["total"], thresholds)
    bars = tuple(Bar(point.quarter, share(point.received, point.due, thresholds)) for point in trend)
    sectors = sector_shares(card, indicators, thresholds)
    return VillageView(
        place=place.bare(),
        quarter=quarter,
        previous=quarter.plus(-1) if first is not None and first < quarter else None,
        next=quarter.plus(1) if quarter < current else None,
        as_of=as_of,
        running=as_of < quarter.last_day,
        over=quarter < current,
        changed_on=changed_on,
        thresholds=thresholds,
        total=total,
        change=_change(total, bars[-2].share if len(bars) > 1 else None),
        trend=bars,
        steps=next_steps(card, indicators),
        sectors=tuple(
            SectorShare(name, own, _change(own, sectors_before[name] if sectors_before else None))
            for name, own in sectors.items()
        ),
        complete=share(card["complete"]["complete"], card["complete"]["households"], thresholds),
        sector_bars=_sector_bars(card["sectors"]),
        colours=_colours(card["table2"]),
        not_monitored=card["not_monitored"],
        households=card["table1"]["households"],
        pregnant=card["table1"]["pregnant"],
        infants=card["table1"]["children"],
        mothers=tuple(row for row in rows if row.indicator.target == "ibu_hamil"),
        children=tuple(row for row in rows if row.indicator.target == "anak"),
        paud=tuple(row for row in rows if row.indicator.target == "paud"),
        mothers_share=_share(card["table4"]["pregnant"], thresholds),
        children_share=_share(card["table4"]["children"], thresholds),
        funds=_funds(card, thresholds),
    )


def sector_shares(
    card: Card, indicators: Sequence[IndicatorLabel], thresholds: Thresholds = USUAL
) -> dict[Sector, Share]:
    """By sector its sum of table 3, like table 4 without the children of 2-6 years: together they give its total."""
    received, due = dict.fromkeys(SECTORS, 0), dict.fromkeys(SECTORS, 0)
    for row in _rows(card, indicators, thresholds):
        if row.indicator.target != "paud":
            received[row.indicator.sector] += row.share.received
            due[row.indicator.sector] += row.share.due
    return {sector: share(received[sector], due[sector], thresholds) for sector in SECTORS}


def _share(counts: Mapping[str, Any], thresholds: Thresholds) -> Share:
    return share(counts["received"], counts["due"], thresholds)


def _change(now: Share, before: Share | None) -> Decimal | None:
    if before is None or now.percent is None or before.percent is None:
        return None
    return now.percent - before.percent


def _rows(card: Card, indicators: Sequence[IndicatorLabel], thresholds: Thresholds) -> tuple[Row, ...]:
    by_code = {indicator.code: indicator for indicator in indicators}
    numbers: dict[Target, int] = {}
    rows = []
    for counts in card["table3"]:
        indicator = by_code[counts["code"]]
        number = numbers[indicator.target] = numbers.get(indicator.target, 0) + 1
        rows.append(Row(number, indicator, _share(counts, thresholds), counts.get("fathers")))
    return tuple(rows)


def _sector_bars(households: Mapping[str, int]) -> tuple[SectorBar, ...]:
    longest = max(1, *households.values())
    return tuple(
        SectorBar(sectors, households[str(sectors)], round(100 * households[str(sectors)] / longest))
        for sectors in range(5, -1, -1)
    )


def _colours(table2: Mapping[str, int]) -> tuple[Colour, ...]:
    kinds: tuple[tuple[Light | None, str], ...] = (
        ("green", "green"),
        ("yellow", "yellow"),
        ("red", "red"),
        (None, "not_measured"),
    )
    found, start = [], 0
    for light, name in kinds:
        found.append(Colour(light, table2[name], _tenths(start, table2), _tenths(table2[name], table2)))
        start += table2[name]
    return tuple(found)


def _tenths(children: int, table2: Mapping[str, int]) -> Decimal:
    return Decimal(1000 * children // max(1, table2["children"])).scaleb(-1)


def _funds(card: Card, thresholds: Thresholds) -> tuple[Funds, ...]:
    if not card["table5"]["allocated_total"]:
        return ()
    rows = [*card["table5_fields"].items(), ("", card["table5"])]
    return tuple(
        Funds(
            field,
            row["allocated_total"],
            share(row["allocated_stunting"], row["allocated_total"], thresholds),
            row["spent"],
        )
        for field, row in rows
    )
