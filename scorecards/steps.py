"""What a village does next, from the counts alone: at most three things, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from forms.indicators.rules import Sector
from scorecards.promises.plans import services_of
from scorecards.small_counts import NOT_TOLD, Told, public_card, stand_in, told_share
from scorecards.sources import Card, IndicatorLabel

MOST = 3


@dataclass(frozen=True)
class Step:
    """One thing to do: children marked red on the Tikar, targets not monitored, or a service that many miss.

    `mothers` and `children` are how many it is about; `indicator` is the service of the third kind, None for the
    others.
    """

    kind: Literal["red", "not_monitored", "missing"]
    mothers: Told
    children: Told
    indicator: IndicatorLabel | None = None

    @property
    def service(self) -> str:
        """The service by which it is named and for which there is advice: a code of `SERVICES`, or the indicator's own
        where that has none; blank where it is about none."""
        return next(iter(services_of([self.indicator.code]))) if self.indicator else ""


def next_steps(card: Card, indicators: Sequence[IndicatorLabel], *, hides: bool = False) -> tuple[Step, ...]:
    """Red Tikar first (a child to measure again and to refer), then who was not monitored (nothing can be counted for
    them), then the services that most people miss, each from another sector: three different doors to knock on.

    `hides`: small counts of people are not told, nor do they choose the steps.
    """
    return tuple(islice(_all_steps(stand_in(card, indicators) if hides else card, indicators, hides), MOST))


def _all_steps(card: Card, indicators: Sequence[IndicatorLabel], hides: bool) -> Iterator[Step]:
    shown = public_card(card, indicators) if hides else card
    red, absent = shown["table2"]["red"], shown["not_monitored"]
    if red and red != NOT_TOLD:
        yield Step("red", 0, red)
    if absent["pregnant"] or absent["children"]:
        yield Step("not_monitored", absent["pregnant"], absent["children"])
    yield from _missing(card, {indicator.code: indicator for indicator in indicators}, hides)


def _missing(card: Card, by_code: Mapping[str, IndicatorLabel], hides: bool) -> Iterator[Step]:
    named: set[Sector] = set()
    for counts in sorted(card["table3"], key=lambda counts: counts["received"] - counts["due"]):
        indicator = by_code[counts["code"]]
        missing = counts["due"] - counts["received"]
        if missing == 0 or indicator.sector in named:
            continue
        named.add(indicator.sector)
        people = told_share(missing, counts["due"])[0] if hides else missing
        is_of_mothers = indicator.target == "ibu_hamil"
        yield Step("missing", people if is_of_mothers else 0, 0 if is_of_mothers else people, indicator)
