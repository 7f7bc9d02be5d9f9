"""The history of all entities: one change for each submission (or decision) and entity; entities are folded from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from server.database.dialect import Among
from server.database.tables import entity_changes
from server.entities.change import DONE, Change, Place
from server.entities.offline_versions import made_on_version

# Databases take some 30,000 values in a statement; SQLite nests 1,000 conditions, and places need one a village.
MOST_AT_ONCE = 1000
_MOST_PLACES = 500
_NAMES = tuple(one.name for one in fields(Change))
_HERE = and_(
    entity_changes.c.village_id == bindparam("of_village"), entity_changes.c.entity_id == bindparam("of_entity")
)
_HELD = entity_changes.c.state == "held"
_ADD = insert(entity_changes)
_MADE = ("version", "conflict", "conflicting")
_KEEP_MADE = (
    update(entity_changes)
    .where(_HERE, entity_changes.c.source == bindparam("of_source"))
    .values({name: bindparam(name) for name in _MADE})
)
_SETTLE = update(entity_changes).where(_HERE, entity_changes.c.source == bindparam("of_source"))


def of_places(connection: Connection, places: Iterable[Place]) -> list[Change]:
    """All that was said of what phones look for there, in the order in which things happened."""
    return sorted(_read_at(connection, places), key=lambda change: change.key)


def held(connection: Connection, village_id: str) -> list[Change]:
    """The changes of the village's phones that wait, the oldest first."""
    return sorted(_read(connection, (entity_changes.c.village_id == village_id) & _HELD), key=_arrival)


def held_at(connection: Connection, places: Iterable[Place]) -> list[Change]:
    """The changes that wait at these places, the oldest first."""
    return sorted(_read_at(connection, places, _HELD), key=_arrival)


def _arrival(change: Change) -> tuple[datetime, str]:
    return change.received_at, change.key


def count_held(connection: Connection) -> int:
    """How many changes wait, in all villages."""
    wanted = select(func.count()).select_from(entity_changes).where(_HELD)
    return int(connection.execute(wanted).scalar_one())


class Applied(NamedTuple):
    """Of a change that was applied, what later ones are compared with; see Change, also for when `branch_id` and
    `base_version` are None."""

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
    Among(entity_changes.c.entity_id, "of_entities"),
    or_(
        entity_changes.c.version > bindparam("since"),
        entity_changes.c.version.is_not(None) & Among(entity_changes.c.branch_id, "of_branches"),
    ),
)


class _Known(NamedTuple):
    """Of an entity all that made a version after `least`, and all of these offline branches (None: of all branches)."""

    applied: list[Applied]
    least: int = 0
    branches: frozenset[str] | None = None


class Recent:
    """What was applied lately. Of some entities of a village it is read at once, as a batch of submissions asks for it
    again and again."""

    def __init__(self, connect: Callable[[], Connection], places: Callable[[Place], Iterable[Place]]) -> None:
        self._connect, self._places = connect, places
        self._known: dict[Place, _Known] = {}

    def preload(self, village_id: str, changes: Iterable[Change], versions: Mapping[Place, int | None]) -> None:
        """Reads what the village's own changes of a batch are compared with, where an entity of which only its phones
        speak has got a later version than a change was made on, or will have before the batch is through.

        `versions`: of the entities, None where the register has none there: nothing was applied to it.
        """
        mine = [one for one in changes if one.place in versions and self._places(one.place) == {one.place}]
        based = [one for one in mine if one.base_version is not None]
        times = Counter(one.place for one in based)
        made_on = [
            (one, made_on_version(one))
            for one in based
            if made_on_version(one) < (versions[one.place] or 0) or (versions[one.place] and times[one.place] > 1)
        ]
        if 0 < len(made_on) <= MOST_AT_ONCE:
            least = min(version for _, version in made_on)
            branches = frozenset(change.branch_id for change, _ in made_on if change.branch_id)
            self._known = {change.place: _Known([], least, branches) for change, _ in made_on}
            ids = sorted(id_ for _, id_ in self._known)
            here = {"of_village": village_id, "of_entities": ids, "since": least, "of_branches": sorted(branches)}
            for row in self._connect().execute(_APPLIED, here):
                self._known[row.village_id, row.entity_id].applied.append(Applied(*row))
        self._known |= {one.place: _Known([]) for one in mine if versions[one.place] is None}

    def note(self, change: Change) -> None:
        """One more was applied."""
        known = self._known.get(change.place)
        if known is not None:
            known.applied.append(Applied(*(getattr(change, name) for name in Applied._fields)))

    def forget(self, home: Place | None = None) -> None:
        """The entity's (all entities') changes were changed by other means."""
        if home is None:
            self._known.clear()
        else:
            self._known.pop(home, None)

    def since(self, home: Place, version: int) -> Sequence[Applied | Change]:
        """What made a version after this one."""
        known = self._known.get(home)
        if known is None or version < known.least:
            return _read_at(self._connect(), self._places(home), entity_changes.c.version > version)
        return [one for one in known.applied if one.version > version]

    def in_branch(self, home: Place, branch_id: str, base_version: int) -> Applied | Change | None:
        """What was applied of the phone's offline branch on this version of the phone; None where nothing was yet."""
        known = self._known.get(home)
        found: Sequence[Applied | Change]
        if known is None or (known.branches is not None and branch_id not in known.branches):
            made_on = and_(entity_changes.c.branch_id == branch_id, entity_changes.c.base_version == base_version)
            applied = entity_changes.c.version.is_not(None)
            found = _read_at(self._connect(), self._places(home), made_on, applied)
        else:
            found = [one for one in known.applied if (one.branch_id, one.base_version) == (branch_id, base_version)]
        return found[0] if found else None


def of_source(connection: Connection, village_id: str, source: str) -> list[Change]:
    """What one submission or decision of the village said."""
    return _read(connection, (entity_changes.c.village_id == village_id) & (entity_changes.c.source == source))


def created_by(connection: Connection, village_ids: Iterable[str]) -> list[Change]:
    """What registered somebody or something, of the phones and people of these villages."""
    creates = entity_changes.c.action.in_(["create", "upsert"]) & entity_changes.c.state.in_(DONE)
    return _read(connection, entity_changes.c.village_id.in_(sorted(set(village_ids))) & creates)


def spoken_of(connection: Connection, village_id: str) -> set[str]:
    """The ids of everything that this village's phones and people ever spoke of."""
    wanted = select(entity_changes.c.entity_id).where(entity_changes.c.village_id == village_id)
    return set(connection.execute(wanted.distinct()).scalars())


def add(connection: Connection, said: Iterable[Change]) -> None:
    rows = [row_of(change) for change in said]
    if rows:
        connection.execute(_ADD, rows)


def row_of(change: Change) -> dict[str, Any]:
    """The change as a row of its table: column -> value."""
    return dict(vars(change))


def settle(connection: Connection, change: Change) -> None:
    """Writes what became of a change that had come before."""
    values = {name: getattr(change, name) for name in ("state", "version", "conflict", "conflicting")}
    here = {"of_village": change.village_id, "of_entity": change.entity_id, "of_source": change.source}
    connection.execute(_SETTLE, values | here)


Made = dict[tuple[str, str], tuple[Any, ...]]


def made_by(connection: Connection, village_id: str) -> Made:
    """What became of the village's changes that were applied: (entity, source) -> the values of _MADE."""
    columns = (entity_changes.c.entity_id, entity_changes.c.source, *(entity_changes.c[name] for name in _MADE))
    applied = (entity_changes.c.village_id == village_id) & entity_changes.c.version.is_not(None)
    return {row[:2]: row[2:] for row in connection.execute(select(*columns).where(applied)).all()}


def keep_made(connection: Connection, village_id: str, before: Made) -> None:
    """Gives the changes that are applied again the versions that phones know, and the conflicts that were noted when
    they came: what had not come yet then may be there now."""
    differ = [
        (key, before[key])
        for key, values in made_by(connection, village_id).items()
        if before.get(key, values) != values
    ]
    rows = [
        {"of_village": village_id, "of_entity": entity_id, "of_source": source, **dict(zip(_MADE, values, strict=True))}
        for (entity_id, source), values in differ
    ]
    if rows:
        connection.execute(_KEEP_MADE, rows)


def forget(connection: Connection, village_id: str, source: str | None = None) -> None:
    """Deletes what a submission or decision said (all of the village's without one): to be derived again, or undone."""
    gone = delete(entity_changes).where(entity_changes.c.village_id == village_id)
    connection.execute(gone if source is None else gone.where(entity_changes.c.source == source))


def _read_at(connection: Connection, places: Iterable[Place], *where: ColumnElement[bool]) -> list[Change]:
    """What was said there and fits: so many places at once as a statement takes."""
    wanted = sorted(set(places))
    parts = (wanted[start : start + _MOST_PLACES] for start in range(0, len(wanted), _MOST_PLACES))
    return [change for part in parts for change in _read(connection, and_(_at(part), *where))]


def _at(places: Iterable[Place]) -> ColumnElement[bool]:
    """Village by village: a distributed database then asks only the nodes on which these lie."""
    ids: dict[str, list[str]] = {}
    for village_id, entity_id in places:
        ids.setdefault(village_id, []).append(entity_id)
    return or_(
        *(
            and_(entity_changes.c.village_id == village_id, entity_changes.c.entity_id.in_(mine))
            for village_id, mine in ids.items()
        )
    )


def _read(connection: Connection, where: ColumnElement[bool]) -> list[Change]:
    rows: Iterable[Row[Any]] = connection.execute(select(entity_changes).where(where))
    return [Change(**{name: getattr(row, name) for name in _NAMES}) for row in rows]
