"""The village card as a page shows it: pure functions from the card's JSON to frozen values, no words and no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forms.indicators.rules import SECTORS, Sector, Target
from forms.periods import Quarter
from scorecards.formulir1 import Line, unmet
from scorecards.running_month import RunningMonth, running_month, visited_this_month
from scorecards.shares import USUAL, Light, Share, Thresholds, change, share
from scorecards.small_counts import NOT_TOLD, Told, public_card, stand_in, told_share
from scorecards.sources import Card, ChangedRules, IndicatorLabel, Place, SignedOff, TrendPoint
from scorecards.steps import Step, next_steps


@dataclass(frozen=True)
class Row:
    """An indicator of table 3; `number` counts within its target; `fathers`: how many, None where the card does not
    count them."""

    number: int
    indicator: IndicatorLabel
    share: Share
    fathers: Told | None


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
    """How many households have just so many of the five sectors complete; `width` in percent of the longest bar, 0
    where the count is hidden."""

    sectors: int
    households: Told
    width: int


@dataclass(frozen=True)
class Colour:
    """Children with this latest colour of the Tikar (None: not measured); `start` and `width` in percent of all, 0
    where one of the counts is hidden."""

    light: Light | None
    children: Told
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
    the rows of table 5, the last one of all together; empty while none are recorded. `signed`: None where the village
    head has not signed the card. `unmet`: what people of a dusun wait for and no facility there gives, the neediest
    first. `changed_rules`: those that it was counted by, None where nobody gave a reason. `hides`: small counts are
    not told, nor is anything by dusun. `month`: the one whose visits are still to come, None where there is none.
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
    not_monitored: Mapping[str, Told]
    households: Told
    pregnant: Mapping[str, Told]
    infants: Mapping[str, Told]
    mothers: tuple[Row, ...]
    children: tuple[Row, ...]
    paud: tuple[Row, ...]
    mothers_share: Share
    children_share: Share
    funds: tuple[Funds, ...]
    unmet: tuple[Line, ...]
    signed: SignedOff | None = None
    changed_rules: ChangedRules | None = None
    hides: bool = False
    month: RunningMonth | None = None

    @property
    def has_targets(self) -> bool:
        return bool(self.pregnant["total"] or self.infants["total"])

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
    signed: SignedOff | None = None,
    changed_rules: ChangedRules | None = None,
    thresholds: Thresholds = USUAL,
    hides: bool = False,
    supply: Sequence[Mapping[str, Any]] = (),
) -> VillageView:
    """The page's values from a card (its JSON as published) and what stands around it.

    `indicators` are those that the card was counted by; `trend` runs from old to new and ends with the card's quarter;
    `first` is the first quarter with data (None: none yet), `current` the running one; `sectors_before` are the
    sector shares of the quarter before; `hides`: small counts of people are not told (small_counts.py); `supply`: rows
    as in Formulir 1's JSON.
    """
    card, shown = (stand_in(card, indicators), public_card(card, indicators)) if hides else (card, card)
    quarter = Quarter.parse(card["period"])
    as_of = date.fromisoformat(card["as_of"])
    rows = table3(card, indicators, thresholds, hides)
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
        change=change(total, bars[-2].share if len(bars) > 1 else None),
        trend=bars,
        steps=next_steps(card, indicators, hides=hides),
        sectors=tuple(
            SectorShare(name, own, change(own, sectors_before[name] if sectors_before else None))
            for name, own in sectors.items()
        ),
        complete=_complete(shown, thresholds),
        sector_bars=_sector_bars(shown["sectors"]),
        colours=_colours(shown["table2"]),
        not_monitored=shown["not_monitored"],
        households=shown["table1"]["households"],
        pregnant=shown["table1"]["pregnant"],
        infants=shown["table1"]["children"],
        mothers=tuple(row for row in rows if row.indicator.target == "ibu_hamil"),
        children=tuple(row for row in rows if row.indicator.target == "anak"),
        paud=tuple(row for row in rows if row.indicator.target == "paud"),
        mothers_share=_share(card["table4"]["pregnant"], thresholds),
        children_share=_share(card["table4"]["children"], thresholds),
        funds=_funds(card, thresholds),
        signed=signed,
        hides=hides,
        unmet=() if hides else unmet(supply),  # a dusun is too small to be counted in public
        changed_rules=changed_rules,
        month=running_month(quarter, as_of, visited_this_month(card), hides=hides) if quarter == current else None,
    )


def sector_shares(
    card: Card, indicators: Sequence[IndicatorLabel], thresholds: Thresholds = USUAL
) -> dict[Sector, Share]:
    """By sector its sum of table 3, without the rows that are in no score: together they give the total of table 4."""
    received, due = dict.fromkeys(SECTORS, 0), dict.fromkeys(SECTORS, 0)
    by_code = {indicator.code: indicator for indicator in indicators}
    if card["table4"]["total"]["due"] == NOT_TOLD:
        return {sector: share(NOT_TOLD, NOT_TOLD, thresholds) for sector in SECTORS}
    for counts in card["table3"]:
        indicator = by_code[counts["code"]]
        if indicator.scores:
            received[indicator.sector] += counts["received"]
            due[indicator.sector] += counts["due"]
    return {sector: share(received[sector], due[sector], thresholds) for sector in SECTORS}


def _share(counts: Mapping[str, Any], thresholds: Thresholds) -> Share:
    return share(counts["received"], counts["due"], thresholds)


def _complete(shown: Card, thresholds: Thresholds) -> Share:
    """Of the households, as it is `shown`: a text where it is not told."""
    complete, households = shown["complete"]["complete"], shown["complete"]["households"]
    if isinstance(complete, int) and isinstance(households, int):
        return share(complete, households, thresholds)
    return Share(complete, households, None, None)


def table3(
    card: Card, indicators: Sequence[IndicatorLabel], thresholds: Thresholds = USUAL, hides: bool = False
) -> tuple[Row, ...]:
    """The rows of table 3, in the card's order."""
    by_code = {indicator.code: indicator for indicator in indicators}
    numbers: dict[Target, int] = {}
    rows = []
    for counts in card["table3"]:
        indicator = by_code[counts["code"]]
        number = numbers[indicator.target] = numbers.get(indicator.target, 0) + 1
        own = share(counts["received"], counts["due"], thresholds, hides=hides)
        fathers = counts.get("fathers")
        if hides and fathers is not None:
            fathers = told_share(fathers, counts["due"])[0]
        rows.append(Row(number, indicator, own, fathers))
    return tuple(rows)


def _sector_bars(households: Mapping[str, Told]) -> tuple[SectorBar, ...]:
    known = {name: count for name, count in households.items() if isinstance(count, int)}
    longest = max(1, *known.values()) if known else 1
    return tuple(
        SectorBar(sectors, households[str(sectors)], round(100 * known.get(str(sectors), 0) / longest))
        for sectors in range(5, -1, -1)
    )


def _colours(table2: Mapping[str, Told]) -> tuple[Colour, ...]:
    kinds: tuple[tuple[Light | None, str], ...] = (
        ("green", "green"),
        ("yellow", "yellow"),
        ("red", "red"),
        (None, "not_measured"),
    )
    known = {name: count for name, count in table2.items() if isinstance(count, int)}
    is_drawn = len(known) == len(table2)
    found, start = [], 0
    for light, name in kinds:
        children = known.get(name, 0) if is_drawn else 0
        every = known.get("children", 0)
        found.append(Colour(light, table2[name], _tenths(start, every), _tenths(children, every)))
        start += children
    return tuple(found)


def _tenths(children: int, every: int) -> Decimal:
    return Decimal(1000 * children // max(1, every)).scaleb(-1)


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
