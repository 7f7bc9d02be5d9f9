"""The register of people and places: what an entity change makes of it, and the facts that counting reads from it.

Decisions are pure functions on `Entity`; only `load` and `save` touch the database. The semantics are those of ODK
entities: a new version is the server's plus one, properties that were not sent keep their value, a sent blank
overwrites, a blank label is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from forms.periods import child_leaves, mother_leaves, read_day
from forms.problems import Problem, problem
from forms.submission import LONGEST_ID, EntityChange
from server.store.model import entities

ENTITY_WITHOUT_ID = Problem(
    "entity-without-id",
    400,
    "Data untuk daftar {list} tidak membawa id, jadi tidak masuk daftar. Periksa kolom entity_id di formulir.",
    "The entity for the list {list} came without an id and was not applied. Check entity_id in the form.",
)
ENTITY_UNKNOWN = Problem(
    "entity-unknown",
    404,
    "Sasaran {id} tidak ada di daftar {list} desa ini. Kirim dulu isian yang mendaftarkannya, lalu proses ulang.",
    "Entity {id} is not in this village's list {list}. Send the submission that registers it, then replay.",
)
ENTITY_EXISTS = Problem(
    "entity-exists",
    409,
    "Sasaran {id} sudah ada di daftar {list}; pendaftaran kedua tidak dipakai.",
    "Entity {id} is already in the list {list}; the second registration was not applied.",
)
ENTITY_WITHOUT_LABEL = Problem(
    "entity-without-label",
    400,
    "Data baru untuk daftar {list} tidak bernama, jadi tidak masuk daftar. Isi namanya.",
    "The new entity for the list {list} has no label and was not applied. Give it a name.",
)

ACTIVE = "aktif"

_LOAD = select(entities).where(entities.c.village_id == bindparam("village_id"), entities.c.id == bindparam("id"))
_ADD = insert(entities)
_CHANGE = update(entities).where(entities.c.village_id == bindparam("of_village"), entities.c.id == bindparam("of_id"))
# What the server computes for the phones' lists. Forms save it too, so that a phone's own list is right until its next
# sync; the register keeps nothing of that.
COMPUTED = ("prioritas", "perlu")


@dataclass(frozen=True)
class Entity:
    """One person, child, household or place of a village; `data` as the phone's list shows it."""

    village_id: str
    id: str
    list: str
    label: str
    version: int
    data: dict[str, str]
    created_seq: int
    registered_on: date
    visited_on: date | None = None
    missing: str | None = None


@dataclass(frozen=True)
class Facts:
    """The typed columns that counting reads; None where the register does not know."""

    leaves_on: date | None
    household: str | None
    birth_date: date | None
    due_date: date | None
    delivered_on: date | None


def applied(found: Entity | None, change: EntityChange, village_id: str, seq: int, day: date) -> Entity:
    """The entity after the change. `day` is the submission's `tanggal`, on which a new one is registered.

    Raises ProblemError where the change cannot be applied; the submission itself is not in question.
    """
    if not change.id or len(change.id) > LONGEST_ID:
        raise problem(ENTITY_WITHOUT_ID, list=change.list)
    kept = {name: value for name, value in change.properties.items() if name not in COMPUTED}
    if found is not None and found.list == change.list:
        if not change.update:
            raise problem(ENTITY_EXISTS, id=change.id, list=change.list)
        return replace(
            found,
            label=change.label or found.label,
            version=found.version + 1,
            data=found.data | kept,
        )
    if found is not None or not change.create:
        raise problem(ENTITY_UNKNOWN, id=change.id, list=change.list)
    if not change.label:
        raise problem(ENTITY_WITHOUT_LABEL, list=change.list)
    return Entity(village_id, change.id, change.list, change.label, 1, kept, seq, day)


def visited(entity: Entity, before: Entity, day: date, missing: str) -> Entity:
    """The entity after a visit on `day` that found `missing`; an older visit that arrives late changes nothing.

    `before` is the entity before the submission: a change that no phone has yet needs a new version, but only one.
    """
    if entity.visited_on and entity.visited_on > day:
        return entity
    return replace(entity, visited_on=day, missing=missing, version=before.version + 1)


def facts(entity: Entity) -> Facts:
    """Reads the dated facts from the properties of domain lists; other lists have none."""
    birth, due = _day(entity, "tanggal_lahir"), _day(entity, "hpl")
    delivered = _day(entity, "tanggal_melahirkan")
    closed = _day(entity, "tanggal_status") if entity.data.get("status", ACTIVE) not in (ACTIVE, "") else None
    match entity.list:
        case "ibu_hamil":
            leaves = mother_leaves(due, delivered, closed)
        case "anak":
            leaves = child_leaves(birth, closed)
        case _:
            leaves = None
    return Facts(leaves, entity.data.get("keluarga") or None, birth, due, delivered)


def _day(entity: Entity, name: str) -> date | None:
    try:
        return read_day(entity.data.get(name, ""))
    except ValueError:
        return None


def load(connection: Connection, village_id: str, ids: set[str]) -> dict[str, Entity]:
    """The entities of the village with these ids, by id."""
    # One by one: a visit speaks of one or two, and an IN would be put together anew each time.
    rows = (
        connection.execute(_LOAD, {"village_id": village_id, "id": id_}).mappings().one_or_none() for id_ in sorted(ids)
    )
    return {row["id"]: _entity(row) for row in rows if row}


def _entity(row: Any) -> Entity:
    names = Entity.__dataclass_fields__
    return Entity(**{name: row[name] for name in names})


def save(connection: Connection, before: Entity | None, after: Entity) -> None:
    """Writes a new or changed entity with its facts."""
    values = {name: getattr(after, name) for name in Entity.__dataclass_fields__} | vars(facts(after))
    if before is None:
        connection.execute(_ADD, values)
        return
    here = {"of_village": values.pop("village_id"), "of_id": values.pop("id")}
    connection.execute(_CHANGE, values | here)
