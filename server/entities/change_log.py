"""The history of all entities: one change for each submission (or decision) and entity; entities are folded from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from server.database.tables import entity_changes
from server.entities.change import DONE, Change

_NAMES = tuple(one.name for one in fields(Change))
_HERE = and_(
    entity_changes.c.village_id == bindparam("of_village"), entity_changes.c.entity_id == bindparam("of_entity")
)
_THIS = and_(
    _HERE,
    entity_changes.c.origin == bindparam("of_origin"),
    entity_changes.c.source == bindparam("of_source"),
    entity_changes.c.sent_id == bindparam("of_sent"),
)
_ADD = insert(entity_changes)
_SETTLE = update(entity_changes).where(_THIS)
_OF_ENTITY = select(entity_changes).where(_HERE)
_SINCE = _OF_ENTITY.where(entity_changes.c.version > bindparam("since"))
_IN_BRANCH = _OF_ENTITY.where(
    entity_changes.c.branch_id == bindparam("branch"),
    entity_changes.c.base_version == bindparam("base"),
    entity_changes.c.version.is_not(None),
)


def of_entity(connection: Connection, village_id: str, entity_id: str) -> list[Change]:
    """All changes of an entity, in the order in which things happened."""
    return sorted(_read(connection, _OF_ENTITY, village_id, entity_id), key=lambda change: change.key)


def since(connection: Connection, village_id: str, entity_id: str, version: int) -> list[Change]:
    """The changes that made a version after this one."""
    return list(_read(connection, _SINCE, village_id, entity_id, since=version))


def in_branch(
    connection: Connection, village_id: str, entity_id: str, branch_id: str, base_version: int
) -> Change | None:
    """The applied change of a phone's offline branch that was made on this version of the phone."""
    found = _read(connection, _IN_BRANCH, village_id, entity_id, branch=branch_id, base=base_version)
    return next(found, None)


def held(connection: Connection, village_id: str, entity_id: str | None = None) -> list[Change]:
    """The changes that wait, of the village or of one entity, the oldest first."""
    wanted = select(entity_changes).where(entity_changes.c.village_id == village_id, entity_changes.c.state == "held")
    if entity_id is not None:
        wanted = wanted.where(entity_changes.c.entity_id == entity_id)
    return sorted(map(_change, connection.execute(wanted)), key=lambda change: (change.received_at, change.key))


def count_held(connection: Connection) -> int:
    """How many changes wait, in all villages."""
    wanted = select(func.count()).select_from(entity_changes).where(entity_changes.c.state == "held")
    return int(connection.execute(wanted).scalar_one())


def of_source(connection: Connection, origin: str, source: str) -> list[Change]:
    """What one submission or decision said, wherever its entities are at home now."""
    wanted = select(entity_changes).where(entity_changes.c.origin == origin, entity_changes.c.source == source)
    return [_change(row) for row in connection.execute(wanted)]


def created_by(connection: Connection, origins: Iterable[str]) -> list[Change]:
    """What registered somebody or something, of the phones and people of these villages."""
    wanted = select(entity_changes).where(
        entity_changes.c.origin.in_(sorted(origins)),
        entity_changes.c.action.in_(["create", "upsert"]),
        entity_changes.c.state.in_(DONE),
    )
    return [_change(row) for row in connection.execute(wanted)]


def homes(connection: Connection, origin: str) -> set[tuple[str, str]]:
    """(village, entity) of everything that this village's phones ever spoke of."""
    wanted = select(entity_changes.c.village_id, entity_changes.c.entity_id).where(entity_changes.c.origin == origin)
    return {(row.village_id, row.entity_id) for row in connection.execute(wanted.distinct())}


def others_speak_of(connection: Connection, village_id: str, entity_id: str, origin: str) -> bool:
    """Whether phones of another village spoke of the entity."""
    wanted = _OF_ENTITY.with_only_columns(entity_changes.c.seq).where(entity_changes.c.origin != bindparam("origin"))
    here = {"of_village": village_id, "of_entity": entity_id, "origin": origin}
    return connection.execute(wanted.limit(1), here).first() is not None


def add(connection: Connection, *said: Change) -> None:
    connection.execute(_ADD, [{name: getattr(change, name) for name in _NAMES} for change in said])


def settle(connection: Connection, change: Change) -> None:
    """Writes what became of a change that was held."""
    values = {name: getattr(change, name) for name in ("state", "version", "conflict", "conflicting")}
    connection.execute(_SETTLE, values | _keys(change))


def rehome(connection: Connection, change: Change, village_id: str, entity_id: str) -> None:
    """Moves a change to where its entity is at home now."""
    connection.execute(_SETTLE, {"village_id": village_id, "entity_id": entity_id} | _keys(change))


def forget(connection: Connection, origin: str, source: str | None = None) -> None:
    """Deletes what a submission or decision said (all of the village's without one): to be derived again, or undone."""
    gone = delete(entity_changes).where(entity_changes.c.origin == origin)
    connection.execute(gone if source is None else gone.where(entity_changes.c.source == source))


def _keys(change: Change) -> dict[str, str]:
    return {
        "of_village": change.village_id,
        "of_entity": change.entity_id,
        "of_origin": change.origin,
        "of_source": change.source,
        "of_sent": change.sent_id,
    }


def _read(connection: Connection, wanted: Any, village_id: str, entity_id: str, **more: Any) -> Iterator[Change]:
    here = {"of_village": village_id, "of_entity": entity_id}
    rows: Iterable[Row[Any]] = connection.execute(wanted, here | more)
    return map(_change, rows)


def _change(row: Row[Any]) -> Change:
    return Change(**{name: getattr(row, name) for name in _NAMES})
