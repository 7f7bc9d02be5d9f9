"""What a village does next, from the counts alone: at most three things, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from forms.indicators.rules import Sector
from scorecards.sources import Card, IndicatorLabel

MOST = 3


@dataclass(frozen=True)
class Step:
    """One thing to do: children marked red on the Tikar, targets not monitored, or a service that many miss.

    `mothers` and `children` are how many it is about; `indicator` is the service of the third kind, None for the
    others.
    """

    kind: Literal["red", "not_monitored", "missing"]
    mothers: int
    children: int
    indicator: IndicatorLabel | None = None


def next_steps(card: Card, indicators: Sequence[IndicatorLabel]) -> tuple[Step, ...]:
    """Red Tikar first (a child to measure again and to refer), then who was not monitored (nothing can be counted for
    them), then the services that most people miss, each from another sector: three different doors to knock on.
    """
    return tuple(islice(_all_steps(card, indicators), MOST))


def _all_steps(card: Card, indicators: Sequence[IndicatorLabel]) -> Iterator[Step]:
    if red := card["table2"]["red"]:
        yield Step("red", 0, red)
    absent = card["not_monitored"]
    if absent["pregnant"] or absent["children"]:
        yield Step("not_monitored", absent["pregnant"], absent["children"])
    yield from _missing(card, {indicator.code: indicator for indicator in indicators})


def _missing(card: Card, by_code: Mapping[str, IndicatorLabel]) -> Iterator[Step]:
    named: set[Sector] = set()
    for counts in sorted(card["table3"], key=lambda counts: counts["received"] - counts["due"]):
        indicator = by_code[counts["code"]]
        missing = counts["due"] - counts["received"]
        if missing == 0 or indicator.sector in named:
            continue
        named.add(indicator.sector)
        mothers = missing if indicator.target == "ibu_hamil" else 0
        yield Step("missing", mothers, missing - mothers, indicator)
