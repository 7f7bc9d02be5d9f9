"""What the pages ask for. Whoever knows the database answers; nothing here knows how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from forms.indicators.rules import Sector, Target
from forms.periods import Quarter
from forms.region_names import bare

Card = Mapping[str, Any]
"""A village's Formulir 4 of one quarter, as the JSON that is published (counts as integers, percents as text)."""


class Place(NamedTuple):
    """A village and the regions above it. The district's name says itself whether it is a Kabupaten or a Kota."""

    code: str
    village: str
    subdistrict: str
    district: str
    province: str

    def bare(self) -> Place:
        """With names as pages need them, which write Desa, Kecamatan and Provinsi themselves: lists of regions
        differ in whether these words are part of the name."""
        village, subdistrict, province = (bare(name) for name in (self.village, self.subdistrict, self.province))
        return self._replace(village=village, subdistrict=subdistrict, province=province)


class IndicatorLabel(NamedTuple):
    """What a page needs of a row of the indicator workbook; the notes are blank where counting is as the label says."""

    code: str
    label_id: str
    label_en: str
    sector: Sector
    target: Target
    note_id: str = ""
    note_en: str = ""
    scores: bool = True


class TrendPoint(NamedTuple):
    """The level of convergence (table 4, together) of one quarter; texts where it is not told (small_counts.py)."""

    quarter: Quarter
    received: int | str
    due: int | str


class VillageTotal(NamedTuple):
    """The level of convergence of one village in a quarter. `reported_on`: the day on which its last form came in; None
    where none ever did. `takes_part`: whether it has a phone or has ever sent something."""

    place: Place
    received: int
    due: int
    reported_on: date | None = None
    takes_part: bool = True


class AreaTotal(NamedTuple):
    """The same of a region: `counted` of its `villages` that take part have targets in the quarter, and `unused` others
    are in the list of regions."""

    code: str
    name: str
    received: int
    due: int
    villages: int
    counted: int
    unused: int = 0


@dataclass(frozen=True)
class Traced:
    """A target of the quarter as it was counted. `results`: a column of the recap -> 1 received, 0 due and not
    received, None not due; `monitored_now` in the same way: visited in the last month that has begun. `name` and
    `household_name` are blank where nobody is to be named; `household` is an id, blank where it is unknown, as is
    `tikar` where the child was never measured."""

    id: str
    target: Target
    name: str
    household: str
    household_name: str
    dusun: str
    monitored: bool
    at_risk: bool
    tikar: str
    results: Mapping[str, int | None]
    monitored_now: int | None = None


class CountedCard(NamedTuple):
    """A card, with the indicators that it was counted by: they may be older than the newest."""

    card: Card
    indicators: Sequence[IndicatorLabel]


class CardNames(NamedTuple):
    """Of a card that is shown: its name, those of the others by which the same answers can be looked at, and of the one
    in force where that is another one, else None."""

    name: str
    others: Sequence[str]
    in_force: str | None = None

    @classmethod
    def of(cls, name: str, kept: Iterable[str]) -> CardNames:
        return cls(name, tuple(one for one in kept if one != name))

    @classmethod
    def beside(cls, name: str, in_force: str, kept: Iterable[str]) -> CardNames:
        return cls(name, (in_force, *(one for one in kept if one not in (name, in_force))), in_force)


class SignedOff(NamedTuple):
    """A card that the village head signed: the day, and how many figures of the paper are others by now."""

    day: date
    changes: int


class Tally(NamedTuple):
    """What a village's promises come to: how many were made and not called off, kept, and overdue; and of `lacking`
    people or households `closed` receive now what they lacked. `on`: the day on which that was so, None where nothing
    is promised."""

    promised: int = 0
    done: int = 0
    overdue: int = 0
    lacking: int = 0
    closed: int = 0
    on: date | None = None


NO_PROMISES = Tally()


class ChangedRules(NamedTuple):
    """The day from which rules are in force, and the reason that was given for them."""

    day: date
    reason: str


class VillageCards(NamedTuple):
    """What the page of a village's card is made of. `before` is the card of the quarter before, None where the village
    had no data yet; `trend` has up to five quarters, from old to new, the last one the card's. `first` is the first
    quarter with data of the village (None: no data yet), `current` the one that runs today, where the villages are.
    `changed_on`: the day on which the card's figures last changed after its quarter was over; None where they did not.
    `signed`: None where the village head has not signed it. `changed_rules`: those that it was counted by, None where
    nobody gave a reason for them.
    `promises`: what the village's promises come to today, whatever the quarter.
    `supply`: rows as in Formulir 1's JSON, of the card's quarter; `targets`: those of the quarter with their names,
    empty where nobody is to be named.
    """

    place: Place
    counted: CountedCard
    before: CountedCard | None
    trend: Sequence[TrendPoint]
    first: Quarter | None
    current: Quarter
    changed_on: date | None = None
    names: CardNames = CardNames("", ())
    signed: SignedOff | None = None
    promises: Tally = NO_PROMISES
    supply: Sequence[Mapping[str, Any]] = ()
    targets: Sequence[Traced] = ()
    changed_rules: ChangedRules | None = None


class Cards(Protocol):
    """Villages and their cards: one call a page.

    `code` is a Kemendagri code, `period` a quarter such as 2026-Q1; None is the one that runs. Those that take them
    raise ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD. `hides`: with sums of what stands in for small
    counts (small_counts.py).
    """

    def villages(
        self, region: str = "ID", period: str | None = None, search: str = "", *, hides: bool = False
    ) -> Sequence[VillageTotal]:
        """The villages in this region (ID: the nation) with their counts of the quarter; only those with a part of the
        name, or the beginning of the code, in `search`. At most `most_villages`: first those that take part; where
        nothing is searched for, the others only if all of them find room."""

    def unused(self, region: str) -> int:
        """How many villages of the region are in the list of regions and take no part."""

    def areas(self, region: str, period: str | None = None, *, hides: bool = False) -> Sequence[AreaTotal]:
        """The regions right below this one that have villages."""

    most_villages: int

    def quarter(self, period: str | None) -> Quarter:
        """The quarter that is asked for. Raises ProblemError BAD_PERIOD or FUTURE_PERIOD."""

    def region_name(self, code: str) -> str:
        """The bare name of a region; blank for the nation, and where there is none."""

    def today(self) -> date:
        """The day where the villages are."""

    def village_cards(
        self, code: str, period: str | None, card: str | None = None, *, names: bool = False, hides: bool = False
    ) -> VillageCards:
        """The village's card of the quarter, all zeros where nothing is known, and what its page shows beside it; with
        `names` for those who may see them. With `card` by the rules of that name, which are kept beside those in force;
        raises ProblemError UNKNOWN_CARD where none are. With `hides` all cards have figures that stand in for small
        counts, and nothing is said of the effects of promises."""

    def card(self, code: str, period: str | None, card: str | None = None) -> Card:
        """That card alone."""

    def formulir1(self, code: str) -> tuple[Place, Mapping[str, Any]]:
        """Formulir 1, as the JSON that is published: all of the current quarter."""
