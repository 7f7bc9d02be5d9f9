"""The card of a quarter by dusun and by Posyandu: each with its level, what lags and its households; either way they
add up to the village's card. Forms record the dusun of a household, so that a Posyandu has the people of its dusun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.indicators.rules import Indicator, named_by_service
from forms.periods import Quarter
from forms.region_names import dusun_key, usual_spelling
from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.sources import Place, Traced
from scorecards.trace.figures import FIXED
from scorecards.trace.sources import Behind
from scorecards.trace.view import services

MOST_LAGGING = 3


@dataclass(frozen=True)
class Lag:
    """A service that people of the dusun miss. `short`: the service that names it in a list, blank where the
    indicator's own label has to."""

    indicator: Indicator
    short: str
    share: Share
    missing: int


@dataclass(frozen=True)
class DusunCard:
    """`level`: services received of due, as in table 4; `complete`: households with all that is due to them; `lags`:
    the services that most people miss; `posyandu`: those that are there. `name` is blank where none is recorded, and
    for a Posyandu, which its `posyandu` names: several where they share a dusun, and none where there is none."""

    name: str
    level: Share
    mothers: int
    children: int
    not_monitored: int
    complete: Share
    lags: tuple[Lag, ...]
    posyandu: tuple[str, ...]


@dataclass(frozen=True)
class DusunView:
    """The dusun with the lowest level first, likewise the Posyandu; `village` is all of them together."""

    place: Place
    quarter: Quarter
    as_of: date
    village: DusunCard
    dusun: tuple[DusunCard, ...]
    posyandu: tuple[DusunCard, ...]
    thresholds: Thresholds


def dusun_view(
    behind: Behind,
    posyandu: Mapping[str, Sequence[str]],
    *,
    thresholds: Thresholds = USUAL,
) -> DusunView:
    """`posyandu`: the names of those of each dusun, by its key (forms/region_names.py)."""
    targets = [one for one in behind.targets if one.target != "paud"]
    spelt = usual_spelling(one.dusun for one in targets)
    by_key: defaultdict[str, list[Traced]] = defaultdict(list)
    for one in targets:
        by_key[dusun_key(one.dusun)].append(one)
    # A household is where the first of its members is, so that each counts once.
    homes: dict[str, str] = {}
    for one in targets:
        if one.household:
            homes.setdefault(one.household, dusun_key(one.dusun))
    lacking = {one.household for one in targets if _lacks(one, behind.indicators)}

    def card(name: str, keys: Collection[str], names: Sequence[str]) -> DusunCard:
        those = [one for key in keys for one in by_key.get(key, ())]
        here = [home for home, place in homes.items() if place in keys]
        counted = [services(one, FIXED["tingkat-desa"], behind.indicators) for one in those]
        away = sum(not one.monitored for one in those)
        mothers = sum(one.target == "ibu_hamil" for one in those)
        children = len(those) - mothers
        return DusunCard(
            name,
            share(sum(received for _, received in counted), sum(due for due, _ in counted), thresholds),
            mothers,
            children,
            away,
            share(sum(home not in lacking for home in here), len(here), thresholds),
            _lags(those, behind.indicators, thresholds),
            tuple(names),
        )

    served: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for key in sorted({*by_key, *posyandu}):
        served[tuple(posyandu.get(key, ()))].append(key)
    return DusunView(
        behind.place.bare(),
        behind.quarter,
        behind.as_of,
        card("", by_key, ()),
        _lowest_first([card(spelt[key], [key], posyandu.get(key, ())) for key in by_key]),
        _lowest_first([card("", keys, names) for names, keys in served.items()]) if posyandu else (),
        thresholds,
    )


def _lowest_first(cards: Sequence[DusunCard]) -> tuple[DusunCard, ...]:
    level = [(one.level.percent is None, one.level.percent or 0, one.name.casefold(), one.posyandu) for one in cards]
    return tuple(one for _, one in sorted(zip(level, cards, strict=True), key=lambda pair: pair[0]))


def _lacks(one: Traced, indicators: Sequence[Indicator]) -> bool:
    return any(one.results.get(own.code) == 0 for own in indicators if own.target == one.target)


def _lags(those: Sequence[Traced], indicators: Sequence[Indicator], thresholds: Thresholds) -> tuple[Lag, ...]:
    found = []
    short = named_by_service(indicators)
    for indicator in indicators:
        results = [one.results.get(indicator.code) for one in those if one.target == indicator.target]
        missing, received = results.count(0), results.count(1)
        if missing:
            found.append(
                Lag(indicator, short[indicator.code], share(received, received + missing, thresholds), missing)
            )
    return tuple(sorted(found, key=lambda one: -one.missing)[:MOST_LAGGING])
