"""What the sheets with names are made of. Whoever knows the database answers; nothing here knows how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from forms.indicators.rules import Target
from forms.periods import Quarter, completed_months, completed_weeks
from scorecards.sources import Card, IndicatorLabel, Place

Results = Mapping[str, int | None]
"""By the indicator's code: 1 received, 0 due and not received, None not due."""
MARKS: Mapping[int | None, str] = {1: "Y", 0: "T", None: "TS"}  # as the official sheets write them


@dataclass(frozen=True)
class Person:
    """A target of a quarter as the card counted it. `as_of` is the day on which its state was taken; `at_risk`: KEK or
    high risk, of children undernourished or stunted; `monitored`: visited in the quarter. The days are None where the
    register does not have them; of children the last two always are."""

    id: str
    name: str
    no_kia: str
    sex: str
    dusun: str
    birth_date: date | None
    due_date: date | None
    delivered_on: date | None
    as_of: date
    at_risk: bool
    monitored: bool
    results: Results

    @property
    def weeks(self) -> int | None:
        """Completed weeks of the pregnancy on that day; None after the birth, and where no day is expected."""
        if self.due_date is None or (self.delivered_on is not None and self.delivered_on <= self.as_of):
            return None
        return completed_weeks(self.due_date, self.as_of)

    @property
    def months(self) -> int | None:
        """The age in completed months on that day; None where the birth is not known."""
        return completed_months(self.birth_date, self.as_of) if self.birth_date else None

    @property
    def received(self) -> int:
        return sum(1 for result in self.results.values() if result == 1)

    @property
    def due(self) -> int:
        return sum(1 for result in self.results.values() if result is not None)


class QuarterSheets(NamedTuple):
    """Formulir 3A and 3B, and their children of 2-6 years: `people` by target, and the rows of table 3 by target."""

    place: Place
    quarter: Quarter
    card: Card
    running: bool
    people: Mapping[Target, Sequence[Person]]
    indicators: Mapping[Target, Sequence[IndicatorLabel]]


class MonthRow(NamedTuple):
    """What the visits of one target in a month say together; `answers` by the name of the question, blank where none
    was given."""

    month: date
    person: Person
    answers: Mapping[str, str]
