"""The entities of the villages in the database: read, added, saved and removed. What they mean: entity.py, fold.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from sqlalchemy import JSON, Connection, Text, bindparam, cast, delete, func, select, update

from forms.domain import HOUSEHOLDS
from server.database.dialect import Among, insert_rows
from server.database.tables import entities
from server.entities.change import Place
from server.entities.entity import LABEL, Entity, facts, name_of

_HERE = (entities.c.village_id == bindparam("of_village")) & (entities.c.id == bindparam("of_id"))
_NAMES = tuple(one.name for one in fields(Entity))
_IN_JSON = tuple(name for name in _NAMES if isinstance(entities.c[name].type, JSON))
_COLUMNS = [entities.c[name] for name in _NAMES]
_LOAD = select(*_COLUMNS).where(_HERE)
_OF_VILLAGE = entities.c.village_id == bindparam("of_village")
_LOAD_EACH = select(*_COLUMNS).where(_OF_VILLAGE, Among(entities.c.id, "of_ids"))
_AS_KEPT = select(*(cast(one, Text) if one.name in _IN_JSON else one for one in _COLUMNS)).where(_OF_VILLAGE)
_AS_KEPT_EACH = _AS_KEPT.where(Among(entities.c.id, "of_ids"))
_FIRST_MEMBER = select(func.min(entities.c.registered_on)).where(_OF_VILLAGE, Among(entities.c.household, "of_ids"))
_CHANGE = update(entities).where(_HERE)
_REMOVE = delete(entities).where(_OF_VILLAGE, Among(entities.c.id, "of_ids"))

# A row of the register as it is kept: the values of _NAMES, of which those in JSON are texts.
Kept = tuple[Any, ...]


def load(connection: Connection, village_id: str, entity_id: str) -> Entity | None:
    """The entity of the village with this id; None where it is not in the village's register."""
    row = connection.execute(_LOAD, {"of_village": village_id, "of_id": entity_id}).one_or_none()
    return None if row is None else _entity(row)


def load_each(
    connection: Connection, village_id: str, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Entity | None]:
    """The entities at these places (village, id), all of the village; by place, None where there is none."""
    found: dict[tuple[str, str], Entity | None] = dict.fromkeys(places)
    if places:
        here = {"of_village": village_id, "of_ids": [id_ for _, id_ in places]}
        found |= {one.place: one for one in map(_entity, connection.execute(_LOAD_EACH, here).all())}
    return found


def kept(connection: Connection, village_id: str, places: Iterable[Place]) -> dict[Place, Kept]:
    """All rows of the village, and those at the places; by place. Told apart quicker than entities; see `entity_of`."""
    elsewhere: dict[str, list[str]] = {}
    for home, id_ in sorted(places):
        if home != village_id:
            elsewhere.setdefault(home, []).append(id_)
    rows = [*connection.execute(_AS_KEPT, {"of_village": village_id}).all()]
    for home, ids in elsewhere.items():
        rows += connection.execute(_AS_KEPT_EACH, {"of_village": home, "of_ids": ids}).all()
    return {(row.village_id, row.id): tuple(row) for row in rows}


def entity_of(row: Kept) -> Entity:
    """The entity of such a row."""
    return _entity([json.loads(value) if name in _IN_JSON else value for name, value in zip(_NAMES, row, strict=True)])


def load_all(connection: Connection, village_id: str, entity_list: str | None = None) -> list[Entity]:
    """All entities of the village, or those of one list."""
    wanted = select(*_COLUMNS).where(entities.c.village_id == village_id).order_by(entities.c.registered_on)
    if entity_list is not None:
        wanted = wanted.where(entities.c.list == entity_list)
    return [_entity(row) for row in connection.execute(wanted).all()]


def _entity(row: Sequence[Any]) -> Entity:
    found = Entity(*row)
    # What nothing has named yet is listed by another name, see `save`.
    return found if LABEL in found.set_by else replace(found, label="")


def row_of(entity: Entity) -> dict[str, Any]:
    """The entity as it is kept, with its facts: column -> value."""
    return vars(entity) | vars(facts(entity)) | {"label": name_of(entity)}


def add(connection: Connection, new: Sequence[Entity]) -> None:
    """Writes entities that were not there."""
    insert_rows(connection, entities, [row_of(entity) for entity in new])


def save(connection: Connection, changed: Sequence[Entity]) -> None:
    """Writes entities that were there, and have changed."""
    if changed:
        connection.execute(_CHANGE, [_new_values(entity) for entity in changed])


def _new_values(entity: Entity) -> dict[str, Any]:
    values = row_of(entity)
    return {"of_village": values.pop("village_id"), "of_id": values.pop("id"), **values}


def remove(connection: Connection, gone: Iterable[Place]) -> None:
    """Takes the entities at these places out of the register: merged into others, or moved away."""
    ids: dict[str, list[str]] = {}
    for village_id, id_ in sorted(gone):
        ids.setdefault(village_id, []).append(id_)
    for village_id, mine in ids.items():
        connection.execute(_REMOVE, {"of_village": village_id, "of_ids": mine})


def counts_from(
    connection: Connection, changed: Iterable[tuple[Entity | None, Entity | None]]
) -> Iterator[tuple[str, date]]:
    """(village, day) from which it counts what the register says of these, as they were and as they are now (None: not
    there): for a person the day of registration, for a household that of the first of its members."""
    households: dict[str, set[str]] = {}
    visible = [(was, now) for was, now in changed if was is None or now is None or was.data != now.data]
    for entity in (one for pair in visible for one in pair if one is not None):
        yield entity.village_id, entity.registered_on
        if entity.list == HOUSEHOLDS:
            households.setdefault(entity.village_id, set()).add(entity.id)
    for village_id, ids in sorted(households.items()):
        first = connection.execute(_FIRST_MEMBER, {"of_village": village_id, "of_ids": sorted(ids)}).scalar_one()
        if first is not None:
            yield village_id, first
