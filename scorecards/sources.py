"""What the pages ask for. Whoever knows the database answers; nothing here knows how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """What a page needs of a row of the indicator workbook."""

    code: str
    label_id: str
    label_en: str
    sector: Sector
    target: Target


class TrendPoint(NamedTuple):
    """The level of convergence (table 4, together) of one quarter."""

    quarter: Quarter
    received: int
    due: int


class VillageTotal(NamedTuple):
    """The level of convergence of one village in the current quarter."""

    place: Place
    received: int
    due: int


class Cards(Protocol):
    """Villages and their cards."""

    def village(self, code: str) -> Place | None:
        """The village of this Kemendagri code; None where there is none."""

    def villages(self, region: str = "ID") -> Sequence[VillageTotal]:
        """All villages in this region (ID: the nation) that have sent something, with their counts of the quarter."""

    def current_quarter(self) -> Quarter:
        """The quarter that runs today, where the villages are."""

    def first_quarter(self, code: str) -> Quarter | None:
        """The first quarter with data of the village; None where there is no data yet."""

    def card(self, code: str, quarter: Quarter) -> Card:
        """The card of a village that exists and a quarter that has begun; all zeros where nothing is known."""

    def formulir1(self, code: str) -> Mapping[str, Any]:
        """Formulir 1 of a village that exists, as the JSON that is published: all of the current quarter."""

    def trend(self, code: str, quarter: Quarter) -> Sequence[TrendPoint]:
        """Up to five quarters, from old to new, the last one `quarter`."""

    def indicators(self, code: str, quarter: Quarter) -> Sequence[IndicatorLabel]:
        """The indicators that the card was counted by, which may be older than those in force."""
