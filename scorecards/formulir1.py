"""Formulir 1 as a page shows it: pure functions from its JSON to frozen values, no words and no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal

from forms.indicators.rules import SERVICES
from forms.periods import Quarter
from scorecards.small_counts import Told, public_formulir1
from scorecards.sources import Place

Light = Literal["green", "yellow", "red", "none"]
MOST_GAPS = 5
# What a house has or lacks: it is built, and given to a household. The other services have a place and a schedule.
OF_HOUSES = ("air_minum", "jamban")


@dataclass(frozen=True)
class Line:
    """A service in a dusun: `missing` have not received it, and `waiting` of these know no facility that gives it.

    `light`: red where people wait for what nobody gives; yellow where somebody gives it, and not all have it; green
    where all have it; none where all have it though nobody gives it there.
    """

    dusun: str
    service: str
    due: int
    received: int
    missing: int
    waiting: int
    light: Light


@dataclass(frozen=True)
class DusunLines:
    """The services of one dusun, the neediest first."""

    dusun: str
    lines: tuple[Line, ...]

    @property
    def gaps(self) -> int:
        """How many of them people wait for: no facility that they know gives it."""
        return sum(line.light == "red" for line in self.lines)


@dataclass(frozen=True)
class HouseNeeds:
    """How many households of a dusun have no safe water, and how many no proper latrine."""

    dusun: str
    water: int
    latrine: int


@dataclass(frozen=True)
class FacilityLine:
    """`often`: by service how often, blank where that is not known; what it does not give is not in it."""

    kind: str
    name: str
    dusun: str
    serves_village: bool
    often: Mapping[str, str]


@dataclass(frozen=True)
class Formulir1View:
    """All that the page shows. `gaps`: the services that most people wait for in vain, at most MOST_GAPS, of
    `all_gaps`; `demand`: every service that is due, by dusun, the dusun with most that wait first. What houses lack is
    in neither: `needs` has the dusun with houses that lack something, that with most first. `hides`: small counts are
    not told, nor is anything by dusun."""

    place: Place
    quarter: Quarter
    as_of: date
    homes: Mapping[str, Told]
    targets: Mapping[str, Told]
    recap: Mapping[str, Told]
    dusun: Sequence[Mapping[str, Any]]
    services: tuple[str, ...]
    facilities: tuple[FacilityLine, ...]
    gaps: tuple[Line, ...]
    all_gaps: int
    demand: tuple[DusunLines, ...]
    needs: tuple[HouseNeeds, ...]
    hides: bool = False

    @property
    def has_targets(self) -> bool:
        return any(self.targets.values())


def formulir1_view(found: Mapping[str, Any], place: Place, *, hides: bool = False) -> Formulir1View:
    """The page's values from the JSON as it is counted; `hides`: small counts of people are not told."""
    shown = public_formulir1(found) if hides else found
    rows = [row for row in shown["supply"] if row["service"] not in OF_HOUSES]
    gaps = unmet(rows)
    return Formulir1View(
        place=place.bare(),
        quarter=Quarter.parse(found["period"]),
        as_of=date.fromisoformat(found["as_of"]),
        homes=shown["households"],
        targets=shown["targets"],
        recap=shown["recap"],
        dusun=shown["dusun"],
        services=SERVICES,
        facilities=tuple(_facility(one) for one in found["facilities"]),
        gaps=gaps[:MOST_GAPS],
        all_gaps=len(gaps),
        demand=_by_dusun(rows),
        needs=_needs(shown["dusun"]),
        hides=hides,
    )


def unmet(supply: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """What people wait for and no facility that they know gives, the neediest first; what houses lack is not in it."""
    return tuple(_line(row) for row in supply if row["waiting"] and row["service"] not in OF_HOUSES)


def _line(row: Mapping[str, Any]) -> Line:
    due, received, waiting = row["due"], row["received"], row["waiting"]
    light: Light = "none"
    if due > received:
        light = "red" if waiting else "yellow"
    elif row["supplied"]:
        light = "green"
    return Line(row["dusun"], row["service"], due, received, due - received, waiting, light)


def _needs(dusun: Sequence[Mapping[str, Any]]) -> tuple[HouseNeeds, ...]:
    lacking = []
    for one in dusun:
        homes = one["households"]
        every = homes["registered"]
        lacking.append(HouseNeeds(one["name"], every - homes["water"], every - homes["latrine"]))
    return tuple(sorted((one for one in lacking if one.water or one.latrine), key=lambda one: -one.water - one.latrine))


def _facility(one: Mapping[str, Any]) -> FacilityLine:
    often = {given["service"]: given["often"] for given in one["services"]}
    return FacilityLine(one["kind"], one["name"], one["dusun"], one["serves_village"], often)


def _by_dusun(rows: Sequence[Mapping[str, Any]]) -> tuple[DusunLines, ...]:
    # Sorting keeps the order within a dusun, which is that of the neediest.
    ordered = sorted(rows, key=lambda row: str(row["dusun"]))
    found = [(dusun, [*members]) for dusun, members in groupby(ordered, lambda row: row["dusun"])]
    neediest = sorted(found, key=lambda one: -sum(row["waiting"] for row in one[1]))
    return tuple(DusunLines(dusun, tuple(_line(row) for row in members)) for dusun, members in neediest)
