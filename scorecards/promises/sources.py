"""What the pages of the promise ledger are made of. Whoever knows the database fills it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from scorecards.promises.plans import Helped, Wish
from scorecards.sources import NO_PROMISES, IndicatorLabel, Place, Tally


@dataclass(frozen=True)
class Promise:
    """An activity that a village meeting (`meeting`: rembuk or rapat) decided, as it stands on a day.

    `due`: blank where the meeting set no day. `services`: codes of indicators; `homes`: household -> closed, open, had,
    not_due (aggregate/promises/effects.py). `lacking` people or households lacked a service then, `closed` of them
    receive it; None in both where nothing is counted from visits. `state` is what the meeting of `told_on` said: belum,
    berjalan, selesai, batal. `done`: finished, or all closed. Money in rupiah.
    """

    id: str
    meeting: str
    agreed_on: date
    year: str
    name: str
    sector: str
    fund: str
    total: int
    stunting: int
    owner: str
    due: date | None
    services: tuple[str, ...]
    dusun: str
    state: str
    spent: int
    told_on: date | None
    homes: Mapping[str, str]
    lacking: int | None
    closed: int | None
    done: bool
    overdue: bool

    @property
    def is_off(self) -> bool:
        """Whether a meeting called it off."""
        return self.state == "batal"


@dataclass(frozen=True)
class Lacked:
    """A mother or child who lacked a service (the code of its indicator) when it was promised; `closed`: receives it
    now."""

    id: str
    code: str
    closed: bool


@dataclass(frozen=True)
class Late:
    """A village with overdue promises: how many, of the oldest the day that passed, its activity and who answers for it
    (both may be blank), and how many still lack what was promised."""

    place: Place
    overdue: int
    oldest: date
    activity: str
    owner: str
    still_lacking: int


@dataclass(frozen=True)
class LateVillages:
    """The villages of a region with overdue promises, worst first, as many as are `shown`; how many `villages` there
    are, and how many overdue promises all of them have together."""

    shown: Sequence[Late]
    villages: int
    overdue: int


@dataclass(frozen=True)
class Ledger:
    """All promises of a village on a day, overdue ones first, with the labels of the indicators; `called`: what
    households and people are called, `people`: of a promise (by its id) that names no household, who is counted in
    `lacking`, and beyond what it was to reach; both are {} for the public."""

    place: Place
    today: date
    promises: Sequence[Promise]
    indicators: Mapping[str, IndicatorLabel]
    called: Mapping[str, str]
    people: Mapping[str, Sequence[Lacked]]


class Promises(Protocol):
    """The ledgers of villages: one call a page. `code` is a Kemendagri code."""

    def ledger(self, code: str, *, names: bool = False) -> Ledger:
        """The village's ledger of today; `names`: with what households are called, and whom
        promises without households are about. Raises ProblemError UNKNOWN_VILLAGE, and NO_RULES."""

    def helped(self, code: str, wish: Wish, *, names: bool = False) -> Helped:
        """What the village could do with a budget. Raises ProblemError UNKNOWN_VILLAGE, and NO_RULES."""

    def late(self, region: str) -> tuple[str, date, LateVillages]:
        """The region's bare name (blank for the nation, and where there is none), today, and its villages with overdue
        promises, worst first, as their cards were counted last."""


def tally(promises: Iterable[Promise], on: date) -> Tally:
    """The promises added up as they stand on this day, without those that were called off."""
    standing = [one for one in promises if not one.is_off]
    if not standing:
        return NO_PROMISES
    return Tally(
        len(standing),
        sum(one.done for one in standing),
        sum(one.overdue for one in standing),
        sum(one.lacking or 0 for one in standing),
        sum(one.closed or 0 for one in standing),
        on,
    )
