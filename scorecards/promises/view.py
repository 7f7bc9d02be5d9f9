"""The promise ledger as pages, posters and packs show it: pure, from the ledger to frozen view values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from forms.indicators.rules import SECTORS
from scorecards.promises.sources import Lacked, LateVillages, Ledger, Promise, tally
from scorecards.sources import IndicatorLabel, Place, Tally

FUNDS = ("dana_desa", "apbd", "apbn", "lainnya")
MEETINGS = ("rembuk", "rapat")
# How a promise stands, with the light beside it: the sign says it too.
Standing = Literal["overdue", "done", "open", "off"]
LIGHTS: Mapping[Standing, str] = {"overdue": "red", "done": "green", "open": "yellow", "off": "none"}
# In this order households are shown: what is left to do first.
HOME_STATES = ("open", "closed", "had", "not_due")


@dataclass(frozen=True)
class Home:
    """A household that a promise names, or one of the people whom it is for where it names none: the name in the
    register, the bare id where there is none. `service`: which one, where somebody lacked several; None elsewhere."""

    id: str
    name: str
    state: str
    service: IndicatorLabel | None = None


@dataclass(frozen=True)
class Line:
    """A promise with what it says. `days`: how long it is overdue, or until it is due; None without a day."""

    promise: Promise
    standing: Standing
    light: str
    services: tuple[IndicatorLabel, ...]
    homes: tuple[Home, ...]
    people: tuple[Home, ...]
    days: int | None


@dataclass(frozen=True)
class Money:
    """Rupiah of a sector, of a source, of a kind of meeting, or of all (blank `name`): planned, of that against
    stunting, and spent."""

    name: str
    total: int
    stunting: int
    spent: int


@dataclass(frozen=True)
class YearMoney:
    """The activities of a year with their money, without those called off: by sector, by source, by the kind of meeting
    that decided them, and in all."""

    year: str
    by_sector: tuple[Money, ...]
    by_fund: tuple[Money, ...]
    by_meeting: tuple[Money, ...]
    all: Money


@dataclass(frozen=True)
class LedgerView:
    """A village's page of promises: what is overdue, open, kept and called off, in this order."""

    place: Place
    today: date
    tally: Tally
    lines: tuple[Line, ...]
    money: tuple[YearMoney, ...]

    def of(self, standing: Standing) -> tuple[Line, ...]:
        """The lines that stand so."""
        return tuple(line for line in self.lines if line.standing == standing)


@dataclass(frozen=True)
class LateView:
    """A region's page: its villages with overdue promises; `region` is blank for the nation."""

    code: str
    region: str
    today: date
    late: LateVillages


def ledger_view(ledger: Ledger, *, hides: bool = False) -> LedgerView:
    """The page of a village's ledger; `hides`: without how many people or households lacked something, and lack it
    still, as each promise is about few."""
    if hides:
        ledger = replace(
            ledger, promises=[replace(one, lacking=None, closed=None, homes={}) for one in ledger.promises]
        )
    years = sorted({one.year for one in ledger.promises}, reverse=True)
    return LedgerView(
        ledger.place.bare(),
        ledger.today,
        tally(ledger.promises, ledger.today),
        tuple(_line(one, ledger) for one in ledger.promises),
        tuple(year_money(ledger.promises, year) for year in years),
    )


def standing_of(promise: Promise) -> Standing:
    """How a promise stands."""
    if promise.is_off:
        return "off"
    if promise.done:
        return "done"
    return "overdue" if promise.overdue else "open"


def _line(promise: Promise, ledger: Ledger) -> Line:
    standing = standing_of(promise)
    homes = [Home(id_, ledger.called.get(id_, id_), state) for id_, state in promise.homes.items()]
    return Line(
        promise,
        standing,
        LIGHTS[standing],
        tuple(ledger.indicators[code] for code in promise.services if code in ledger.indicators),
        _in_order(homes),
        _in_order(_people(ledger.people.get(promise.id, ()), ledger)),
        None if promise.due is None else abs((promise.due - ledger.today).days),
    )


def _people(lacked: Sequence[Lacked], ledger: Ledger) -> Iterator[Home]:
    several = {id_ for id_, times in Counter(one.id for one in lacked).items() if times > 1}
    for one in lacked:
        service = ledger.indicators.get(one.code) if one.id in several else None
        yield Home(one.id, ledger.called.get(one.id, one.id), "closed" if one.closed else "open", service)


def _in_order(homes: Iterable[Home]) -> tuple[Home, ...]:
    return tuple(sorted(homes, key=lambda one: (HOME_STATES.index(one.state), one.name)))


def year_money(promises: Sequence[Promise], year: str) -> YearMoney:
    """The money of one year's activities."""
    those = [one for one in promises if one.year == year and not one.is_off]
    return YearMoney(
        year,
        tuple(_parts({name: [one for one in those if one.sector == name] for name in SECTORS})),
        tuple(_parts({name: [one for one in those if one.fund == name] for name in FUNDS})),
        tuple(_parts({name: [one for one in those if one.meeting == name] for name in MEETINGS})),
        _added_up("", those),
    )


def _parts(groups: Mapping[str, Sequence[Promise]]) -> list[Money]:
    return [_added_up(name, those) for name, those in groups.items() if those]


def _added_up(name: str, those: Sequence[Promise]) -> Money:
    return Money(
        name, sum(one.total for one in those), sum(one.stunting for one in those), sum(one.spent for one in those)
    )
