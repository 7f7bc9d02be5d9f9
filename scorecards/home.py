"""The home page's lists: villages by kecamatan with their totals, or all in a row; regions where there are too many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from forms.periods import Quarter
from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.sources import AreaTotal, Place, VillageTotal

# What the list can be sorted by, as its address says it; by name the villages stand under their kecamatan.
BY_NAME, BY_SCORE, BY_REPORT = "nama", "skor", "lapor"
SORTS = (BY_NAME, BY_SCORE, BY_REPORT)


@dataclass(frozen=True)
class VillageLine:
    """A village of the list. `reported_on`: the day of its last form, None where none ever came. `is_silent`: nothing
    came since the quarter began. `takes_part`: whether it has a phone or has ever sent something."""

    place: Place
    share: Share
    reported_on: date | None
    is_silent: bool
    takes_part: bool


@dataclass(frozen=True)
class Total:
    """What the villages that take part come to together; `silent` of them have not reported in the quarter. `unused`
    others are in the list of regions."""

    share: Share
    villages: int
    silent: int
    unused: int


@dataclass(frozen=True)
class Subdistrict:
    """A kecamatan with its villages, both by name; the names above it are those of any of its villages."""

    code: str
    name: str
    district: str
    province: str
    total: Total
    villages: tuple[VillageLine, ...]


@dataclass(frozen=True)
class District:
    """A kabupaten or kota with its kecamatan."""

    code: str
    name: str
    province: str
    total: Total
    subdistricts: tuple[Subdistrict, ...]


@dataclass(frozen=True)
class AreaLine:
    """A region of which the villages are not listed: those without targets in the quarter are silent."""

    code: str
    name: str
    total: Total


def by_district(
    villages: Iterable[VillageTotal], quarter: Quarter, thresholds: Thresholds = USUAL
) -> tuple[District, ...]:
    """Groups by the names from the province down, so that two kecamatan of one name stay apart."""
    lines = sorted(_lines(villages, quarter, thresholds), key=lambda line: (*_regions(line), line.place.village))
    found = []
    for (province, district), mine in groupby(lines, lambda line: _regions(line)[:2]):
        members = list(mine)
        subdistricts = tuple(
            Subdistrict(_above(own), name, district, province, _total(own, thresholds), tuple(own))
            for name, theirs in groupby(members, lambda line: line.place.subdistrict)
            for own in [list(theirs)]
        )
        code = subdistricts[0].code.rpartition(".")[0]
        found.append(District(code, district, province, _total(members, thresholds), subdistricts))
    return tuple(found)


def in_a_row(
    villages: Iterable[VillageTotal], quarter: Quarter, sort: str, thresholds: Thresholds = USUAL
) -> tuple[VillageLine, ...]:
    """All villages, the lowest score or the longest silence first: who needs help stands on top, and who has no score,
    as nobody is due anything there, at the end."""
    lines = _lines(villages, quarter, thresholds)
    if sort == BY_SCORE:
        return tuple(sorted(lines, key=_by_score))
    return tuple(sorted(lines, key=lambda line: (line.reported_on or date.min, _name(line))))


def area_lines(areas: Sequence[AreaTotal], thresholds: Thresholds = USUAL) -> tuple[AreaLine, ...]:
    """The regions, by name."""
    return tuple(
        AreaLine(
            area.code, area.name, Total(share(area.received, area.due, thresholds), area.villages, silent, area.unused)
        )
        for area in sorted(areas, key=lambda area: (area.name, area.code))
        for silent in [area.villages - area.counted]
    )


def _lines(villages: Iterable[VillageTotal], quarter: Quarter, thresholds: Thresholds) -> list[VillageLine]:
    return [
        VillageLine(
            one.place.bare(),
            share(one.received, one.due, thresholds),
            one.reported_on,
            one.takes_part and (one.reported_on is None or one.reported_on < quarter.first_day),
            one.takes_part,
        )
        for one in villages
    ]


def _above(lines: Sequence[VillageLine]) -> str:
    return lines[0].place.code.rpartition(".")[0]


def _total(lines: Sequence[VillageLine], thresholds: Thresholds) -> Total:
    received, due = (sum(getattr(line.share, name) for line in lines) for name in ("received", "due"))
    silent, used = (sum(getattr(line, name) for line in lines) for name in ("is_silent", "takes_part"))
    return Total(share(received, due, thresholds), used, silent, len(lines) - used)


def _regions(line: VillageLine) -> tuple[str, str, str]:
    return line.place.province, line.place.district, line.place.subdistrict


def _by_score(line: VillageLine) -> tuple[bool, Decimal, tuple[str, str]]:
    percent = line.share.percent
    return percent is None, percent or Decimal(0), _name(line)


def _name(line: VillageLine) -> tuple[str, str]:
    return line.place.village, line.place.code
