"""Formulir 1 as a page shows it: pure functions from its JSON to frozen values, no words and no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal

from forms.indicators.rules import SERVICES
from forms.periods import Quarter
from scorecards.sources import Place

Light = Literal["green", "yellow", "red", "none"]
MOST_GAPS = 5
# What a house has or lacks: it is built, and given to a household. The other services have a place and a schedule.
OF_HOUSES = ("air_minum", "jamban")


@dataclass(frozen=True)
class Line:
    """A service in a dusun: `missing` have not received it, and `waiting` of these know no facility that gives it."""

    dusun: str
    service: str
    due: int
    received: int
    supplied: bool
    waiting: int

    @property
    def missing(self) -> int:
        return self.due - self.received

    @property
    def light(self) -> Light:
        """Red: people wait for what nobody gives. Yellow: somebody gives it, and not all have it. Green: all have it.
        Without a light: all have it, though nobody gives it there."""
        if self.waiting:
            return "red"
        if self.missing:
            return "yellow"
        return "green" if self.supplied else "none"


@dataclass(frozen=True)
class DusunLines:
    """The services of one dusun, the neediest first."""

    dusun: str
    lines: tuple[Line, ...]

    @property
    def gaps(self) -> int:
        """How many of them people wait for: no facility that they know gives it."""
        return sum(line.waiting > 0 for line in self.lines)


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
    in neither: `needs` has the dusun with houses that lack something, that with most first."""

    place: Place
    quarter: Quarter
    as_of: date
    homes: Mapping[str, int]
    targets: Mapping[str, int]
    dusun: Sequence[Mapping[str, Any]]
    services: tuple[str, ...]
    facilities: tuple[FacilityLine, ...]
    gaps: tuple[Line, ...]
    all_gaps: int
    demand: tuple[DusunLines, ...]
    needs: tuple[HouseNeeds, ...]

    @property
    def has_targets(self) -> bool:
        return any(self.targets.values())


def formulir1_view(found: Mapping[str, Any], place: Place) -> Formulir1View:
    """The page's values from the JSON as published."""
    lines = [Line(**row) for row in found["supply"] if row["service"] not in OF_HOUSES]
    gaps = [line for line in lines if line.waiting]
    return Formulir1View(
        place=place.bare(),
        quarter=Quarter.parse(found["period"]),
        as_of=date.fromisoformat(found["as_of"]),
        homes=found["households"],
        targets=found["targets"],
        dusun=found["dusun"],
        services=SERVICES,
        facilities=tuple(_facility(one) for one in found["facilities"]),
        gaps=tuple(gaps[:MOST_GAPS]),
        all_gaps=len(gaps),
        demand=_by_dusun(lines),
        needs=_needs(found["dusun"]),
    )


def _needs(dusun: Sequence[Mapping[str, Any]]) -> tuple[HouseNeeds, ...]:
    found = []
    for one in dusun:
        homes = one["households"]
        found.append(
            HouseNeeds(one["name"], homes["registered"] - homes["water"], homes["registered"] - homes["latrine"])
        )
    return tuple(sorted((one for one in found if one.water or one.latrine), key=lambda one: -one.water - one.latrine))


def _facility(one: Mapping[str, Any]) -> FacilityLine:
    often = {given["service"]: given["often"] for given in one["services"]}
    return FacilityLine(one["kind"], one["name"], one["dusun"], one["serves_village"], often)


def _by_dusun(lines: Sequence[Line]) -> tuple[DusunLines, ...]:
    # Sorting keeps the order within a dusun, which is that of the neediest.
    ordered = sorted(lines, key=lambda line: line.dusun)
    found = [DusunLines(dusun, tuple(members)) for dusun, members in groupby(ordered, lambda line: line.dusun)]
    return tuple(sorted(found, key=lambda one: -sum(line.waiting for line in one.lines)))
