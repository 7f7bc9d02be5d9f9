"""What happened in some villages: forms that their phones sent and what people decided, in the order in which it came.

These records know nothing of the program. A village is its code; times are moments in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.recounts.worklist_recount import Kind, Person
from tests.support.facts import Activity, Answer, Facility, Progress


@dataclass(frozen=True)
class Form:
    """A form of the phone of `village`, about the day `tanggal`; it came in `at`. No two are `finished` at one moment.

    `corrects`: the id of the form that this is another version of, "" of none.
    """

    id: str
    village: str
    tanggal: date
    finished: datetime
    at: datetime
    corrects: str


@dataclass(frozen=True)
class SocialMap(Form):
    """A household, new or seen again, and its people that are new; `says`: properties of the household."""

    household: str
    is_new: bool
    says: Mapping[str, str]
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class HomeVisit(Form):
    """`missing`: what the form calls missing. `baby`: whose birth is told; it lives in `household`, says the phone."""

    target: str
    kind: Kind
    answers: Mapping[str, Answer]
    missing: tuple[str, ...] = ()
    baby: Person | None = None
    household: str = ""


@dataclass(frozen=True)
class HeightCheck(Form):
    """`answers`: panjang, posisi, berat, tikar, diukur_oleh; those that were given."""

    target: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class PaudVisit(Form):
    target: str
    ikut_paud: str


@dataclass(frozen=True)
class Survey(Form):
    """A facility, new or seen again."""

    facility: Facility
    is_new: bool


@dataclass(frozen=True)
class Rembuk(Form):
    tahun: int
    activities: tuple[Activity, ...]


@dataclass(frozen=True)
class Rapat(Form):
    """About the quarter `triwulan`, such as 2026-Q1."""

    triwulan: str
    progress: tuple[Progress, ...]


@dataclass(frozen=True)
class Decision:
    """What somebody decided on a page of `village`, at a moment that no other decision shares."""

    village: str
    at: datetime


@dataclass(frozen=True)
class Choice(Decision):
    """Of the form `first` and all its corrections, `use` counts; none of them where it is blank."""

    first: str
    use: str


@dataclass(frozen=True)
class Merge(Decision):
    """Two entries are one: the loser's is a part of the winner's from now on."""

    day: date
    loser: str
    winner: str


@dataclass(frozen=True)
class Move(Decision):
    """They live in the village `to` since `day`; who leaves a household alone, in `household`, "" for a new one."""

    day: date
    ids: tuple[str, ...]
    to: str
    dusun: str
    household: str = ""

    @property
    def new_household(self) -> str:
        """What the new household is called in a tale: whoever makes it calls it otherwise."""
        return f"rumah baru {self.at.isoformat()}"


@dataclass(frozen=True)
class Change(Decision):
    """Properties of the register, typed in by hand as of `day`."""

    day: date
    id: str
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Undo(Decision):
    """Takes a merge, a move or a change back: it is as though it had never been."""

    what: Merge | Move | Change


Event = Form | Decision
