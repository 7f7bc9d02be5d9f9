"""The register of people and places: what a change makes of an entity, and the facts that counting reads from it.

An entity is folded from its changes, and the order in which they come in does not matter: each property has the value
of the change that happened last (Change.key), not of the one that arrived last. Decisions are pure functions on
`Entity`; only `load`, `save` and `remove` touch the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from forms.early import signs
from forms.periods import child_leaves, mother_leaves, read_day
from server.store.changes import DONE, MEASURES, MISSING, Change
from server.store.model import entities

ACTIVE = "aktif"
CHILDREN = "anak"
# Under this name `set_by` keeps which change gave the label; no property can be called so.
LABEL = "label"
# The property that the monitoring of early education sets, every time.
FOLLOWED = "ikut_paud"

_HERE = (entities.c.village_id == bindparam("of_village")) & (entities.c.id == bindparam("of_id"))
_LOAD = select(entities).where(_HERE)
_LOAD_EACH = select(entities).where(
    entities.c.village_id == bindparam("of_village"), entities.c.id.in_(bindparam("of_ids", expanding=True))
)
_ADD = insert(entities)
_CHANGE = update(entities).where(_HERE)
_REMOVE = delete(entities).where(_HERE)
# What the server computes for the phones' lists. Forms save it too, so that a phone's own list is right until its next
# sync; the register keeps nothing of that.
COMPUTED = ("prioritas", "perlu")


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
    signs: Sequence[Sequence[str]] = ()

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


_NAMES = tuple(one.name for one in fields(Entity))


def applied(found: Entity | None, change: Change) -> Entity:
    """The entity after the change; the same for any order of its changes, but for the version, which counts them."""
    entity = found or Entity(change.village_id, change.entity_id, change.list, change.day)
    if change.creates and entity.created_seq is None:
        entity = replace(entity, created_seq=change.seq, registered_on=change.day)
    elif entity.created_seq is None:
        entity = replace(entity, registered_on=min(entity.registered_on, change.day))
    newer = [name for name in change.properties if change.key >= entity.set_by.get(name, "")]
    relabels = bool(change.label) and change.key >= entity.set_by.get(LABEL, "")
    entity = replace(
        entity,
        label=change.label if relabels else entity.label,
        version=entity.version + 1,
        data=entity.data | {name: change.properties[name] for name in newer},
        set_by=entity.set_by | dict.fromkeys([*newer, *([LABEL] if relabels else [])], change.key),
    )
    return _with_signs(found, _measured(_visited(entity, change), change))


def folded(changes: Iterable[Change]) -> Entity | None:
    """The entity that the changes make together, None where none of them took effect."""
    done = [change for change in changes if change.state in DONE]
    entity: Entity | None = None
    for change in done:
        entity = applied(entity, change)
    return entity


def _visited(entity: Entity, change: Change) -> Entity:
    """What the visits of the latest month say is still missing: a service is received if one of them says so."""
    if MISSING not in change.observed:
        return entity
    month, latest = f"{change.day:%Y-%m}", f"{entity.visited_on:%Y-%m}" if entity.visited_on else ""
    if month < latest:
        return entity
    visits = {change.key: str(change.observed[MISSING])} | (entity.visits if month == latest else {})
    return replace(
        entity,
        visited_on=max(entity.visited_on or change.day, change.day),
        visits=dict(sorted(visits.items())),
        missing=_missing_in_all(visits),
    )


def _missing_in_all(visits: dict[str, str]) -> str:
    found = [[word for word in visits[key].split(", ") if word] for key in sorted(visits, reverse=True)]
    return ", ".join(word for word in found[0] if all(word in words for words in found))


def _measured(entity: Entity, change: Change) -> Entity:
    measures = {name: change.observed[name] for name in MEASURES if name in change.observed}
    if not measures:
        return entity
    point = {"day": str(change.observed.get("day", change.day)), **measures}
    return replace(entity, measurements=dict(sorted((entity.measurements | {change.key: point}).items())))


def _with_signs(before: Entity | None, entity: Entity) -> Entity:
    if entity.list != CHILDREN or not entity.measurements:
        return entity
    read = ("tanggal_lahir", "jenis_kelamin")
    if (
        before is not None
        and before.measurements == entity.measurements
        and all(before.data.get(name) == entity.data.get(name) for name in read)
    ):
        return entity
    found = signs(entity.measurements, entity.data.get("jenis_kelamin", ""), day_of(entity, "tanggal_lahir"))
    return replace(entity, signs=found)


def facts(entity: Entity) -> Facts:
    """Reads the dated facts from the properties of domain lists; other lists have none."""
    birth, due = day_of(entity, "tanggal_lahir"), day_of(entity, "hpl")
    delivered = day_of(entity, "tanggal_melahirkan")
    closed = day_of(entity, "tanggal_status") if entity.data.get("status", ACTIVE) not in (ACTIVE, "") else None
    match entity.list:
        case "ibu_hamil":
            leaves = mother_leaves(due, delivered, closed)
        case "anak":
            leaves = child_leaves(birth, closed)
        case _:
            leaves = None
    nik = entity.data.get("nik", "")
    known = nik if re.fullmatch(r"\d{16,17}", nik, re.ASCII) else None
    followed = entity.set_by.get(FOLLOWED, "").partition(" ")[0]
    followed_on = date.fromisoformat(followed) if followed else None
    return Facts(leaves, entity.data.get("keluarga") or None, birth, due, delivered, known, followed_on)


def day_of(entity: Entity, name: str) -> date | None:
    """The property as a day, None where it is none."""
    try:
        return read_day(entity.data.get(name, ""))
    except ValueError:
        return None


def name_of(entity: Entity) -> str:
    """What to call it: its label, else its property `nama`, else its id."""
    return entity.label or entity.data.get("nama") or entity.id


def load(connection: Connection, village_id: str, entity_id: str) -> Entity | None:
    """The entity of the village with this id."""
    row = connection.execute(_LOAD, {"of_village": village_id, "of_id": entity_id}).mappings().one_or_none()
    return None if row is None else _entity(row)


def load_each(
    connection: Connection, village_id: str, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Entity | None]:
    """The entities at these places, all of the village; None where there is none."""
    found: dict[tuple[str, str], Entity | None] = dict.fromkeys(places)
    if places:
        here = {"of_village": village_id, "of_ids": [id_ for _, id_ in places]}
        found |= {(village_id, row["id"]): _entity(row) for row in connection.execute(_LOAD_EACH, here).mappings()}
    return found


def load_all(connection: Connection, village_id: str, entity_list: str | None = None) -> list[Entity]:
    """All entities of the village, or those of one list."""
    wanted = select(entities).where(entities.c.village_id == village_id).order_by(entities.c.registered_on)
    if entity_list is not None:
        wanted = wanted.where(entities.c.list == entity_list)
    return [_entity(row) for row in connection.execute(wanted).mappings()]


def _entity(row: Mapping[Any, Any]) -> Entity:
    # What nothing has named yet is listed by another name, see `save`.
    label = row["label"] if LABEL in row["set_by"] else ""
    return Entity(**{name: row[name] for name in _NAMES} | {"label": label})


def row_of(entity: Entity) -> dict[str, Any]:
    """The entity as it is kept, with its facts."""
    return {name: getattr(entity, name) for name in _NAMES} | vars(facts(entity)) | {"label": name_of(entity)}


def add(connection: Connection, new: Sequence[Entity]) -> None:
    """Writes entities that were not there."""
    if new:
        connection.execute(_ADD, [row_of(entity) for entity in new])


def save(connection: Connection, entity: Entity) -> None:
    """Writes an entity that was there, and has changed."""
    values = row_of(entity)
    here = {"of_village": values.pop("village_id"), "of_id": values.pop("id")}
    connection.execute(_CHANGE, values | here)


def remove(connection: Connection, entity: Entity) -> None:
    """Takes the entity out of the register: it was merged into another one, or moved away."""
    connection.execute(_REMOVE, {"of_village": entity.village_id, "of_id": entity.id})
