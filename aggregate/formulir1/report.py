"""Formulir 1: a village's households, targets and facilities by dusun, and supply against demand.

All of the running quarter, from its recaps. Only reads: whoever shows it brings the village up to date first
(aggregate/scorecard/refresh.py). Dusun names are typed by hand: spellings that differ in capitals, in blanks, or in
a leading "Dusun" are one dusun, called as most entries call it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection

from aggregate.formulir1.rows import Rows, read_rows
from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import Rules
from forms.indicators.rules import SERVICES
from forms.periods import Quarter
from forms.region_names import dusun_key
from server.villages.regions import listed_name

OPEN = "buka"
WHOLE_VILLAGE = "desa"
POSYANDU = "posyandu"


@dataclass(frozen=True)
class Homes:
    """Households: all that are registered, and those of them with a target of table 1, safe drinking water, a proper
    latrine, and vulnerable ones."""

    registered: int = 0
    with_targets: int = 0
    water: int = 0
    latrine: int = 0
    vulnerable: int = 0


@dataclass(frozen=True)
class People:
    """The active targets of the quarter; a child that turns 24 months in it is counted in both groups of children."""

    pregnant: int = 0
    children: int = 0
    paud: int = 0


@dataclass(frozen=True)
class Dusun:
    """`name` is blank where people or places have none."""

    name: str
    homes: Homes
    people: People


@dataclass(frozen=True)
class Facility:
    """An open facility. `services`: those of SERVICES that it gives, with how often (blank: not known)."""

    kind: str
    name: str
    dusun: str
    serves_village: bool
    services: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Supply:
    """One service in one dusun: to how many targets it is due this quarter, how many of them have received it, and
    whether an open facility gives it there."""

    dusun: str
    service: str
    due: int
    received: int
    supplied: bool

    @property
    def waiting(self) -> int:
        """How many wait for what no facility gives."""
        return 0 if self.supplied else self.due - self.received

    def json(self) -> dict[str, Any]:
        return {**vars(self), "waiting": self.waiting}


@dataclass(frozen=True)
class Formulir1:
    """`supply` has what is due in some dusun, the neediest first; `dusun` and `facilities` are ordered by name."""

    code: str
    name: str
    quarter: Quarter
    as_of: date
    dusun: tuple[Dusun, ...]
    conditions: Mapping[str, int]
    facilities: tuple[Facility, ...]
    supply: tuple[Supply, ...]

    @property
    def recap(self) -> dict[str, int]:
        """The official recapitulation: targets of the quarter with the conditions that it counts apart (KEK from risti,
        and each kind of poor nutrition), and what households lack. Who is KEK and risti is counted in both."""
        homes, people = _sum(Homes, (one.homes for one in self.dusun)), _sum(People, (one.people for one in self.dusun))
        return {
            "households": homes.with_targets,
            "vulnerable": homes.vulnerable,
            "pregnant": people.pregnant,
            "children": people.children,
            "no_water": homes.registered - homes.water,
            "no_latrine": homes.registered - homes.latrine,
            **self.conditions,
        }

    def json(self) -> dict[str, Any]:
        """What is published (`/desa/<code>/formulir1.json`): counts and places, nobody's name."""
        return {
            "village": {"code": self.code, "name": self.name},
            "period": str(self.quarter),
            "as_of": self.as_of.isoformat(),
            "households": vars(_sum(Homes, (one.homes for one in self.dusun))),
            "targets": vars(_sum(People, (one.people for one in self.dusun))),
            "recap": self.recap,
            "dusun": [
                {"name": one.name, "households": vars(one.homes), "targets": vars(one.people)} for one in self.dusun
            ],
            "facilities": [
                {
                    "kind": one.kind,
                    "name": one.name,
                    "dusun": one.dusun,
                    "serves_village": one.serves_village,
                    "services": [{"service": service, "often": often} for service, often in one.services],
                }
                for one in self.facilities
            ],
            "supply": [one.json() for one in self.supply],
        }


def read_formulir1(connection: Connection, village_id: str, today: date) -> Formulir1:
    """Formulir 1 of the village. Raises ProblemError UNKNOWN_VILLAGE, and where no indicators are published."""
    name = listed_name(connection, village_id)
    return make_formulir1(connection, published_rules(connection), village_id, name, today)


def make_formulir1(connection: Connection, rules: Rules, village_id: str, name: str, today: date) -> Formulir1:
    """The same by the published rules, of a village whose name is known."""
    quarter = Quarter.of(today)
    rows = read_rows(connection, rules, village_id, quarter, today)
    spelt = _Spelling(rows)
    facilities = tuple(sorted(map(spelt.facility, _open(rows.facilities)), key=_by_name))
    return Formulir1(
        village_id,
        name,
        quarter,
        today,
        _dusun(rows, spelt),
        rows.conditions,
        facilities,
        _supply(rows, spelt, facilities),
    )


def read_supply(
    connection: Connection, rules: Rules, village_id: str, quarter: Quarter, today: date
) -> tuple[Supply, ...]:
    """Supply against demand in a quarter that was counted by these rules: its targets, and the facilities of today."""
    rows = read_rows(connection, rules, village_id, quarter, today, homes=False)
    spelt = _Spelling(rows)
    return _supply(rows, spelt, tuple(map(spelt.facility, _open(rows.facilities))))


def read_posyandu(
    connection: Connection, rules: Rules, village_id: str, quarter: Quarter, today: date
) -> dict[str, tuple[str, ...]]:
    """The names of the Posyandu that are open today, by the dusun (`dusun_key`) in which they are."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _open(read_rows(connection, rules, village_id, quarter, today, homes=False).facilities):
        if row["kind"] == POSYANDU:
            found[dusun_key(row["dusun"] or "")].append(row["label"])
    return {key: tuple(sorted(names, key=str.casefold)) for key, names in found.items()}


class _Spelling:
    """How most entries spell each dusun."""

    def __init__(self, rows: Rows) -> None:
        spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in (*rows.homes, *(row for group in rows.people.values() for row in group), *rows.facilities):
            name = " ".join((row["dusun"] or "").split())
            spellings[dusun_key(name)][name] += row.get("targets") or row.get("registered") or 0
        self._names = {key: max(sorted(known), key=known.__getitem__) for key, known in spellings.items()}

    def __call__(self, row: Mapping[str, Any]) -> str:
        return self._names[dusun_key(row["dusun"] or "")]

    def facility(self, row: Mapping[str, Any]) -> Facility:
        gives = (row["services"] or "").split()
        often = dict(pair.split("=", 1) for pair in (row["often"] or "").split() if "=" in pair)
        return Facility(
            row["kind"] or "",
            row["label"],
            self(row),
            row["serves"] == WHOLE_VILLAGE,
            tuple((service, often.get(service, "")) for service in SERVICES if service in gives),
        )


def _open(facilities: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in facilities if row["state"] == OPEN]


def _by_name(facility: Facility) -> tuple[str, str]:
    return facility.dusun.casefold(), facility.name.casefold()


_Counts = TypeVar("_Counts", Homes, People)


def _sum(kind: type[_Counts], parts: Iterable[_Counts]) -> _Counts:
    counted = list(parts)
    return kind(**{one.name: sum(getattr(part, one.name) for part in counted) for one in fields(kind)})


def _dusun(rows: Rows, spelt: _Spelling) -> tuple[Dusun, ...]:
    homes: defaultdict[str, list[Homes]] = defaultdict(list)
    for row in rows.homes:
        homes[spelt(row)].append(Homes(*(row[one.name] for one in fields(Homes))))
    people: defaultdict[str, list[People]] = defaultdict(list)
    for place, group in zip(fields(People), rows.people.values(), strict=True):
        for row in group:
            people[spelt(row)].append(People(**{place.name: row["targets"]}))
    names = sorted(homes.keys() | people.keys(), key=str.casefold)
    return tuple(Dusun(name, _sum(Homes, homes[name]), _sum(People, people[name])) for name in names)


def _supply(rows: Rows, spelt: _Spelling, facilities: Iterable[Facility]) -> tuple[Supply, ...]:
    due: Counter[tuple[str, str]] = Counter()
    lacking: Counter[tuple[str, str]] = Counter()
    for row in (row for group in rows.people.values() for row in group):
        for service in SERVICES:
            due[spelt(row), service] += row[f"due_{service}"]
            lacking[spelt(row), service] += row[f"lacking_{service}"]
    gives = _gives(facilities)
    found = [
        Supply(dusun, service, number, number - lacking[dusun, service], gives(dusun, service))
        for (dusun, service), number in due.items()
        if number
    ]
    return tuple(sorted(found, key=_neediest))


def _gives(facilities: Iterable[Facility]) -> Callable[[str, str], bool]:
    everywhere = {service for one in facilities if one.serves_village for service, _ in one.services}
    there = {(one.dusun, service) for one in facilities for service, _ in one.services}
    # Who has no dusun is in none that a facility could serve.
    return lambda dusun, service: service in everywhere or (bool(dusun) and (dusun, service) in there)


def _neediest(supply: Supply) -> tuple[int, int, str, int]:
    return -supply.waiting, supply.received - supply.due, supply.dusun.casefold(), SERVICES.index(supply.service)
