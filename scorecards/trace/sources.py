"""What is behind the numbers of a card, as whoever knows the database brings it: targets, how they stand, visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from forms.indicators.atoms import Truths
from forms.indicators.rules import Indicator
from forms.periods import Quarter
from scorecards.sources import Place, Traced


@dataclass(frozen=True)
class Stand:
    """How a target stands to one indicator on its day D. `begins`: since when it is a target; `needed`: months that are
    asked for, None where that cannot be said; `known`: what each name of the rules means that day; `due` and `latest`:
    the truth of the atoms of `berlaku_jika` and, in the window `terakhir`, of `diterima_jika`."""

    day: date
    begins: date
    needed: float | None
    known: Mapping[str, str | None]
    due: Truths
    latest: Truths


@dataclass(frozen=True)
class TracedVisit:
    """A form about a target. `sha256` and `village` are where the submission is found as received, `sha256` blank where
    it is not here; `visits`: it is one of those that monitor; `yes`: it says yes to what the indicator asks; `answers`:
    what it says to the names of the rule; `truths`: of the rule's atoms."""

    target: str
    form: str
    day: date
    village: str
    sha256: str
    visits: bool
    yes: bool
    answers: Mapping[str, str | None]
    truths: Truths


@dataclass(frozen=True)
class FieldWords:
    """What a question asks and its choices say, by language; empty where the form gives no words."""

    question: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fund:
    """An activity paid from Dana Desa, in rupiah. Those of the Rembuk (`meeting` rembuk) are what table 5 adds up by
    `field`; what a quarterly meeting (rapat) decided later has no field. `sha256`: of the submission that says it,
    blank where there is none to lead to."""

    meeting: str
    field: str
    name: str
    total: int
    stunting: int
    spent: int
    state: str
    day: date
    village: str
    sha256: str


@dataclass(frozen=True)
class Evidence:
    """What explains one indicator: how each target stands to it, and the forms of its window, the newest last."""

    indicator: Indicator
    stands: Mapping[str, Stand]
    visits: Sequence[TracedVisit]


class Allocated(NamedTuple):
    """A row of table 5 in rupiah: of a field (bidang), blank for all together; what the meeting gives it, of which for
    stunting, and what was spent of that."""

    field: str
    total: int
    stunting: int
    spent: int


@dataclass(frozen=True)
class Behind:
    """What is behind the card of a village and quarter. `evidence` is None where the number has no rule of its own or
    nobody is to be named."""

    place: Place
    quarter: Quarter
    as_of: date
    indicators: Sequence[Indicator]
    targets: Sequence[Traced]
    evidence: Evidence | None = None
    allocated: Sequence[Allocated] = ()
    funds: Sequence[Fund] = ()
    words: Mapping[str, FieldWords] = field(default_factory=dict)
