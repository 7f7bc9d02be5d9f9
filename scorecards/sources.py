"""What the pages ask for. Whoever knows the database answers; nothing here knows how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class TrendPoint(NamedTuple):
    """The level of convergence (table 4, together) of one quarter."""

    quarter: Quarter
    received: int
    due: int


class VillageTotal(NamedTuple):
    """The level of convergence of one village in a quarter. `reported_on`: the day on which its last form came in; None
    where none ever did."""

    place: Place
    received: int
    due: int
    reported_on: date | None = None


class AreaTotal(NamedTuple):
    """The same of a region: `counted` of its `villages` have targets in the quarter."""

    code: str
    name: str
    received: int
    due: int
    villages: int
    counted: int


class CountedCard(NamedTuple):
    """A card, with the indicators that it was counted by: they may be older than the newest."""

    card: Card
    indicators: Sequence[IndicatorLabel]


class VillageCards(NamedTuple):
    """What the page of a village's card is made of. `before` is the card of the quarter before, None where the village
    had no data yet; `trend` has up to five quarters, from old to new, the last one the card's. `first` is the first
    quarter with data of the village (None: no data yet), `current` the one that runs today, where the villages are.
    `changed_on`: the day on which the card's figures last changed after its quarter was over; None where they did not.
    """

    place: Place
    counted: CountedCard
    before: CountedCard | None
    trend: Sequence[TrendPoint]
    first: Quarter | None
    current: Quarter
    changed_on: date | None = None


class Cards(Protocol):
    """Villages and their cards: one call a page.

    `code` is a Kemendagri code, `period` a quarter such as 2026-Q1; None is the one that runs. Those that take them
    raise ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD.
    """

    def villages(self, region: str = "ID", period: str | None = None, search: str = "") -> Sequence[VillageTotal]:
        """The villages in this region (ID: the nation) that have a phone or have sent something, with their counts of
        the quarter; only those with a part of the name, or the beginning of the code, in `search`. At most
        `most_villages`."""

    def areas(self, region: str, period: str | None = None) -> Sequence[AreaTotal]:
        """The regions right below this one that have such villages."""

    most_villages: int

    def quarter(self, period: str | None) -> Quarter:
        """The quarter that is asked for. Raises ProblemError BAD_PERIOD or FUTURE_PERIOD."""

    def region_name(self, code: str) -> str:
        """The bare name of a region; blank for the nation, and where there is none."""

    def current_quarter(self) -> Quarter:
        """The quarter that runs today, where the villages are."""

    def village_cards(self, code: str, period: str | None) -> VillageCards:
        """The village's card of the quarter, all zeros where nothing is known, and what its page shows beside it."""

    def card(self, code: str, period: str | None) -> Card:
        """That card alone."""

    def formulir1(self, code: str) -> tuple[Place, Mapping[str, Any]]:
        """Formulir 1, as the JSON that is published: all of the current quarter."""
