"""The home page's list: villages by subdistrict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.sources import Place, VillageTotal


@dataclass(frozen=True)
class VillageLine:
    place: Place
    share: Share


@dataclass(frozen=True)
class Subdistrict:
    """A kecamatan with its villages, both by name; the names above it are those of any of its villages."""

    name: str
    district: str
    province: str
    villages: tuple[VillageLine, ...]


def by_subdistrict(villages: Sequence[VillageTotal], thresholds: Thresholds = USUAL) -> tuple[Subdistrict, ...]:
    """Groups by the names from the province down, so that two subdistricts of one name stay apart."""
    bare = [total._replace(place=total.place.bare()) for total in villages]
    ordered = sorted(bare, key=lambda total: (_regions(total), total.place.village, total.place.code))
    return tuple(
        Subdistrict(
            name,
            district,
            province,
            tuple(VillageLine(one.place, share(one.received, one.due, thresholds)) for one in members),
        )
        for (province, district, name), members in groupby(ordered, _regions)
    )


def _regions(total: VillageTotal) -> tuple[str, str, str]:
    return total.place.province, total.place.district, total.place.subdistrict
