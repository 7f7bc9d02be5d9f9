"""The services of a mother or child month by month: pure, from what each form about them says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forms.indicators.rules import Call, Expression, Indicator, Number, Target, named_by_service
from forms.periods import Quarter, add_months

MONTHS = 6
MOST_MONTHS = 12
# What a mother is asked after is whether she got and took so many in the month.
TABLETS_A_MONTH = 30
Cell = Literal["yes", "no", "enough", "none"]


@dataclass(frozen=True)
class Contact:
    """A form about somebody as one of the targets. `visits`: it is the one that monitors them; `asked` and `yes`: the
    codes of the indicators to which it says something, and says yes."""

    day: date
    target: Target
    visits: bool
    asked: frozenset[str]
    yes: frozenset[str]


@dataclass(frozen=True)
class Service:
    """An indicator in each month: `yes` where a form says so, `no` where it was asked and none does, `enough` where
    that is not missed, as other months of its window say yes as often as is needed, `none` where nobody asked. `short`:
    the service that names it in a list, blank where its own label has to."""

    indicator: Indicator
    short: str
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int | None:
        """In how many of the months it was received; None of what is there or not, such as a latrine."""
        return None if self.indicator.window == "terakhir" else self.cells.count("yes")


@dataclass(frozen=True)
class Timeline:
    """`months` from old to new by their first days; `visited`: whether there was a visit."""

    months: tuple[date, ...]
    visited: tuple[bool, ...]
    services: tuple[Service, ...]

    def total_of(self, service: str) -> int | None:
        """In how many of the months a service (one of SERVICES) was received; None where no rule asks after it."""
        return next((one.total for one in self.services if one.indicator.service == service), None)

    @property
    def tablets(self) -> int | None:
        """Iron-folate tablets in all of the months; None where no rule asks after them."""
        months = self.total_of("pil_fe")
        return None if months is None else months * TABLETS_A_MONTH


def last_months(today: date) -> tuple[date, ...]:
    """The first days of the last months, the one that runs among them."""
    first = today.replace(day=1)
    return tuple(add_months(first, place) for place in range(1 - MONTHS, 1))


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The first days of the months of two days and of those between them; of many the last ones."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return tuple(add_months(last.replace(day=1), -place) for place in range(min(months, MOST_MONTHS - 1), -1, -1))


def counts_since(months: Sequence[date]) -> date:
    """Since when forms tell whether a month is needed: the year in which the first of them lies begins then, and with
    it each window but those of all time."""
    return months[0].replace(month=1)


def timeline(contacts: Sequence[Contact], indicators: Sequence[Indicator], months: Sequence[date]) -> Timeline:
    """Of the groups of targets as which somebody was ever asked after in them. `contacts`: those since
    `counts_since`."""
    asked = {contact.target for contact in contacts if contact.day >= months[0]}
    short = named_by_service(indicators)
    return Timeline(
        tuple(months),
        tuple(any(one.visits and _in(one, month) for one in contacts) for month in months),
        tuple(
            Service(one, short[one.code], tuple(_cell(one, contacts, month) for month in months))
            for one in indicators
            if one.target in asked
        ),
    )


def _cell(indicator: Indicator, contacts: Sequence[Contact], month: date) -> Cell:
    ours = [one for one in contacts if one.target == indicator.target]
    here = [one for one in ours if _in(one, month)]
    if any(indicator.code in one.yes for one in here):
        return "yes"
    if not any(indicator.code in one.asked for one in here):
        return "none"
    window = [one for one in ours if _window(indicator, one.day) == _window(indicator, month)]
    received = {one.day.replace(day=1) for one in window if indicator.code in one.yes}
    return "enough" if len(received) >= _needed(indicator) else "no"


def _window(indicator: Indicator, day: date) -> date:
    """The first day of the indicator's window that the day lies in."""
    quarter = Quarter.of(day)
    match indicator.window:
        case "triwulan":
            return quarter.first_day
        case "semester":
            return quarter.semester_start
        case "tahun":
            return quarter.year_start
        case _:
            return date.min


def _needed(indicator: Indicator) -> float:
    """How many months of the window are enough; infinite where each month is asked for, or the last answer counts."""
    if indicator.window == "terakhir" or isinstance(indicator.minimum, str):
        return math.inf
    return _most(indicator.minimum)


def _most(minimum: Expression) -> float:
    """The largest number that it can be; infinite where that cannot be seen."""
    match minimum:
        case Number(value):
            return value
        case Call("if", (_, one, other)):
            return max(_most(one), _most(other))
        case _:
            return math.inf


def _in(contact: Contact, month: date) -> bool:
    return contact.day.replace(day=1) == month
