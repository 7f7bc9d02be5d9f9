"""The history of all entities: one change for each submission (or decision) and entity; entities are folded from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

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


class Applied(NamedTuple):
    """Of a change that was applied, what later ones are compared with; see Change."""

    village_id: str
    entity_id: str
    action: str
    label: str
    properties: dict[str, str]
    branch_id: str | None
    base_version: int | None
    version: int

    @property
    def creates(self) -> bool:
        return self.action in ("create", "upsert")


_APPLIED = select(*(entity_changes.c[name] for name in Applied._fields)).where(
    entity_changes.c.village_id == bindparam("of_village"),
    entity_changes.c.entity_id.in_(bindparam("of_entities", expanding=True)),
    or_(
        entity_changes.c.version > bindparam("since"),
        entity_changes.c.version.is_not(None)
        & entity_changes.c.branch_id.in_(bindparam("of_branches", expanding=True)),
    ),
)


class Recent:
    """What was applied lately to some entities of a village, read at once: a batch of submissions asks for it again and
    again. It knows all that made a version after `least`, and all of the offline branches that it was read for."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[Applied]] = {}
        self._least = 0
        self._branches: frozenset[str] = frozenset()

    def read(
        self, connection: Connection, village_id: str, ids: Iterable[str], least: int, branches: Iterable[str]
    ) -> None:
        self._least, self._branches = least, frozenset(branches)
        self._known = {(village_id, id_): [] for id_ in ids}
        if self._known:
            here = {"of_village": village_id, "of_entities": sorted(id_ for _, id_ in self._known), "since": least}
            for row in connection.execute(_APPLIED, {**here, "of_branches": sorted(self._branches)}):
                self._known[row.village_id, row.entity_id].append(Applied(*row))

    def note(self, change: Change) -> None:
        """One more was applied."""
        known = self._known.get((change.village_id, change.entity_id))
        if known is not None:
            known.append(Applied(*(getattr(change, name) for name in Applied._fields)))

    def forget(self, place: tuple[str, str] | None = None) -> None:
        """The entity's (all entities') changes were changed by other means."""
        if place is None:
            self._known.clear()
        else:
            self._known.pop(place, None)

    def since(self, place: tuple[str, str], version: int) -> list[Applied] | None:
        """Those that made a version after this one; None where that has to be read from the database."""
        known = self._known.get(place) if version >= self._least else None
        return None if known is None else [one for one in known if one.version > version]

    def in_branch(self, place: tuple[str, str], branch_id: str, base_version: int) -> list[Applied] | None:
        """Those of the branch that were made on this version of the phone; None as above."""
        known = self._known.get(place) if branch_id in self._branches else None
        if known is None:
            return None
        return [one for one in known if (one.branch_id, one.base_version) == (branch_id, base_version)]


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
    connection.execute(_ADD, [row_of(change) for change in said])


def row_of(change: Change) -> dict[str, Any]:
    """The change as a row of its table."""
    return {name: getattr(change, name) for name in _NAMES}


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
