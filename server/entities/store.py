"""The entities of the villages in the database: read, added, saved and removed. What they mean: entity.py, fold.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from forms.domain import HOUSEHOLDS
from server.database.tables import entities
from server.entities.entity import LABEL, Entity, facts, name_of

_HERE = (entities.c.village_id == bindparam("of_village")) & (entities.c.id == bindparam("of_id"))
_LOAD = select(entities).where(_HERE)
_LOAD_EACH = select(entities).where(
    entities.c.village_id == bindparam("of_village"), entities.c.id.in_(bindparam("of_ids", expanding=True))
)
_ADD = insert(entities)
_CHANGE = update(entities).where(_HERE)
_REMOVE = delete(entities).where(_HERE)


_NAMES = tuple(one.name for one in fields(Entity))


def load(connection: Connection, village_id: str, entity_id: str) -> Entity | None:
    """The entity of the village with this id; None where it is not in the village's register."""
    row = connection.execute(_LOAD, {"of_village": village_id, "of_id": entity_id}).mappings().one_or_none()
    return None if row is None else _entity(row)


def load_each(
    connection: Connection, village_id: str, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Entity | None]:
    """The entities at these places (village, id), all of the village; by place, None where there is none."""
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
    """The entity as it is kept, with its facts: column -> value."""
    return vars(entity) | vars(facts(entity)) | {"label": name_of(entity)}


def add(connection: Connection, new: Sequence[Entity]) -> None:
    """Writes entities that were not there."""
    if new:
        connection.execute(_ADD, [row_of(entity) for entity in new])


def save(connection: Connection, changed: Sequence[Entity]) -> None:
    """Writes entities that were there, and have changed."""
    if changed:
        connection.execute(_CHANGE, [_new_values(entity) for entity in changed])


def _new_values(entity: Entity) -> dict[str, Any]:
    values = row_of(entity)
    return {"of_village": values.pop("village_id"), "of_id": values.pop("id"), **values}


def remove(connection: Connection, gone: Sequence[Entity]) -> None:
    """Takes entities out of the register: merged into others, or moved away."""
    if gone:
        connection.execute(_REMOVE, [{"of_village": entity.village_id, "of_id": entity.id} for entity in gone])


def counts_from(connection: Connection, changed: Iterable[Entity]) -> Iterator[tuple[str, date]]:
    """(village, day) from which what the register says of these counts: for a person the day of registration, for a
    household that of the first of its members."""
    households: dict[str, set[str]] = {}
    for entity in changed:
        yield entity.village_id, entity.registered_on
        if entity.list == HOUSEHOLDS:
            households.setdefault(entity.village_id, set()).add(entity.id)
    for village_id, ids in sorted(households.items()):
        members = (entities.c.village_id == village_id) & entities.c.household.in_(sorted(ids))
        first = connection.execute(select(func.min(entities.c.registered_on)).where(members)).scalar_one()
        if first is not None:
            yield village_id, first
