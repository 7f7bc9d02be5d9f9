"""One person, child, household or place of a village, and the dated facts that counting reads from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forms.domain import ACTIVE, BORN_ON, CHILDREN, DUE_ON, HOUSEHOLD, MOTHERS, NAME, NIK, STATUS, STATUS_DAY
from forms.periods import child_leaves, mother_leaves, read_day

# Under this name `set_by` keeps which change gave the label; no property can be called so.
LABEL = "label"
# The property that the monitoring of early education sets, every time.
FOLLOWED = "ikut_paud"
# Early signs: [code, day].
Signs = list[list[str]]


@dataclass(frozen=True)
class Entity:
    """One person, child, household or place of a village; `data` as the phone's list shows it.

    `set_by`: property -> key of the change that set it. `visits`: of the month of `visited_on`, key -> what was
    missing. `measurements`: key -> measures. `signs`: early signs as (code, day).
    `created_seq` is None until it is created.
    """

    village_id: str
    id: str
    list: str
    registered_on: date
    label: str = ""
    version: int = 0
    data: dict[str, str] = field(default_factory=dict)
    set_by: dict[str, str] = field(default_factory=dict)
    created_seq: int | None = None
    visited_on: date | None = None
    missing: str | None = None
    visits: dict[str, str] = field(default_factory=dict)
    measurements: dict[str, dict[str, Any]] = field(default_factory=dict)
    signs: Signs = field(default_factory=Signs)

    @property
    def place(self) -> tuple[str, str]:
        return self.village_id, self.id


@dataclass(frozen=True)
class Facts:
    """The typed columns that counting reads; None where the register does not know."""

    leaves_on: date | None
    household: str | None
    birth_date: date | None
    due_date: date | None
    delivered_on: date | None
    nik: str | None
    followed_on: date | None


@dataclass(frozen=True)
class Tikar:
    """What the Tikar showed last: `colour` as forms write it, seen on the day `seen`. `measured`: the last day after it
    on which the length was measured; `referred`: the day of a referral since; None where there was none."""

    colour: str
    seen: date
    measured: date | None
    referred: date | None

    @property
    def is_followed(self) -> bool:
        """Whether what a red one asks for is done."""
        return self.measured is not None or self.referred is not None


def tikar_of(entity: Entity) -> Tikar | None:
    """A child's last Tikar; None where none was noted."""
    colour = entity.data.get("tikar", "")
    if not colour:
        return None
    seen = date.fromisoformat(entity.set_by["tikar"].partition(" ")[0])
    measured = _last_measured(entity, "panjang")
    referred = day_of(entity, "tanggal_rujuk")
    return Tikar(
        colour,
        seen,
        measured if measured is not None and measured > seen else None,
        referred if referred is not None and referred >= seen else None,
    )


def last_seen(entity: Entity) -> date | None:
    """The last day of a visit or a measurement; None where there was none."""
    days = (entity.visited_on, _last_measured(entity))
    return max((day for day in days if day is not None), default=None)


def _last_measured(entity: Entity, *measures: str) -> date | None:
    """The last day of a measurement, with these measures; None where there is none whose day can be read."""
    days = (_day(str(one["day"])) for one in entity.measurements.values() if one.keys() >= set(measures))
    return max((day for day in days if day is not None), default=None)


def facts(entity: Entity) -> Facts:
    """Reads the dated facts from the properties of domain lists; other lists have none."""
    birth, due = day_of(entity, BORN_ON), day_of(entity, DUE_ON)
    delivered = day_of(entity, "tanggal_melahirkan")
    closed = day_of(entity, STATUS_DAY) if entity.data.get(STATUS, ACTIVE) not in (ACTIVE, "") else None
    leaves = None
    if entity.list == MOTHERS:
        leaves = mother_leaves(due, delivered, closed)
    elif entity.list == CHILDREN:
        leaves = child_leaves(birth, closed)
    nik = entity.data.get(NIK, "")
    known = nik if re.fullmatch(r"\d{16,17}", nik, re.ASCII) else None
    followed = entity.set_by.get(FOLLOWED, "").partition(" ")[0]
    followed_on = date.fromisoformat(followed) if followed else None
    return Facts(leaves, entity.data.get(HOUSEHOLD) or None, birth, due, delivered, known, followed_on)


def day_of(entity: Entity, name: str) -> date | None:
    """The property as a day, None where it is none."""
    return _day(entity.data.get(name, ""))


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        return None


def name_of(entity: Entity) -> str:
    """What to call it: its label, else its property `nama`, else its id; blank where nobody has registered it, whose id
    says nothing to anybody."""
    return entity.label or entity.data.get(NAME) or ("" if entity.created_seq is None else entity.id)
