"""Where an entity is at home that phones may still look for elsewhere: it has moved, or is part of another one.

`entity_homes` holds one row for each entity that anybody ever transferred or merged: what the decisions come to that
stand. Any other entity is at home where it was registered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select

from server.database.dialect import Among
from server.database.tables import entity_homes
from server.entities.change import Place
from server.entities.change_log import MOST_AT_ONCE
from server.entities.decision import Decision, Merge, Transfer

_OF_IDS = select(entity_homes).where(Among(entity_homes.c.entity_id, "of_ids"))
_KNOWN = select(entity_homes).where(
    or_(
        Among(entity_homes.c.entity_id, "of_ids"),
        Among(entity_homes.c.village_id, "of_villages") & Among(entity_homes.c.survivor, "of_survivors"),
    )
)
_LED_TO = select(entity_homes).where(
    entity_homes.c.village_id == bindparam("of_village"), entity_homes.c.survivor == bindparam("of_survivor")
)


@dataclass(frozen=True)
class EntityHome:
    """`village_id`: where the entity lives; `survivor`: the id that it goes by there, its own where it is merged into
    no other. `residences`: the villages in which it ever was: their phones reach it, those of others do not."""

    entity_id: str
    village_id: str
    survivor: str
    residences: frozenset[str]

    @property
    def place(self) -> Place:
        return self.village_id, self.survivor

    @property
    def places(self) -> set[Place]:
        """From where phones reach it."""
        return {(village_id, self.entity_id) for village_id in self.residences}


def resolve(made: Iterable[Decision]) -> list[EntityHome]:
    """What merges and transfers, of which some are undone, come to for all whom they take elsewhere. They must be all
    that were ever made about these and those into whom they were merged."""
    ordered = sorted(made, key=lambda one: (one.made_at, one.id))
    survivors, lives = _survivors(ordered), _villages(ordered)
    residences = defaultdict[str, set[str]](set)
    for one in ordered:
        for id_ in one.taken:
            residences[id_] |= one.villages
    found = []
    for id_, villages in residences.items():
        last = _last(id_, survivors)
        if last != id_ or villages != {lives[id_]}:  # else it was never elsewhere
            found.append(EntityHome(id_, lives.get(last, lives[id_]), last, frozenset(villages)))
    return found


def _survivors(ordered: Iterable[Decision]) -> dict[str, str]:
    """Of entries that are part of another one, that one's id."""
    found: dict[str, str] = {}
    for one in ordered:
        match one.about:
            case Transfer(made=made) if not one.stands:
                # Whom forms still put into a household that was made by mistake lives in the one that was left.
                found |= {household: left for household, left in made.items() if left}
            case Merge(loser=loser, winner=winner) if one.stands:
                found[loser] = winner
    return found


def _villages(ordered: Iterable[Decision]) -> dict[str, str]:
    """Where each of them lives under its own id: where the last transfer that stands took it, else where it was."""
    found: dict[str, str] = {}
    for one in ordered:
        for id_ in one.taken:
            found.setdefault(id_, one.village_id)
        if isinstance(one.about, Transfer) and one.stands:
            found |= dict.fromkeys([*one.about.ids, *one.about.made], one.about.to)
    return found


def _last(id_: str, survivors: dict[str, str]) -> str:
    way = [id_]
    while (after := survivors.get(way[-1])) is not None and after not in way:
        way.append(after)
    return way[-1]


def known_of(connection: Connection, village_ids: Iterable[str], ids: Iterable[str]) -> list[EntityHome]:
    """The rows of these entities, and of those that are merged into one of them and live in one of the villages."""
    ids = sorted(set(ids))
    return _read(connection, _KNOWN, {"of_ids": ids, "of_villages": sorted(set(village_ids)), "of_survivors": ids})


def homes_of(connection: Connection, village_id: str, ids: Iterable[str]) -> set[Place]:
    """Where all of these are at home that phones of the village call so."""
    wanted = sorted(set(ids))
    places = {id_: (village_id, id_) for id_ in wanted}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        for one in _read(connection, _OF_IDS, {"of_ids": wanted[start : start + MOST_AT_ONCE]}):
            if village_id in one.residences:
                places[one.entity_id] = one.place
    return set(places.values())


def locate(connection: Connection, village_id: str, entity_id: str) -> Place:
    """The place where the entity is at home that phones of this village call so; the given one where nobody ever took
    it elsewhere."""
    for one in _read(connection, _OF_IDS, {"of_ids": [entity_id]}):
        if village_id in one.residences:
            return one.place
    return village_id, entity_id


def places_led_to(connection: Connection, home: Place) -> set[Place]:
    """The places from which phones reach what is at home there, with itself."""
    here = {"of_village": home[0], "of_survivor": home[1]}
    return {home}.union(*(one.places for one in _read(connection, _LED_TO, here)))


def shared(connection: Connection, village_ids: Iterable[str]) -> set[Place]:
    """The places in these villages at which somebody is at home whom phones look for elsewhere, too."""
    wanted = select(entity_homes).where(entity_homes.c.village_id.in_(sorted(set(village_ids))))
    return {one.place for one in _read(connection, wanted, {}) if one.places != {one.place}}


def gone(connection: Connection, village_id: str, ids: Iterable[str]) -> set[str]:
    """Those of the ids under which the village's phones reach somebody who lives elsewhere, or has another id."""
    found = _read(connection, _OF_IDS, {"of_ids": sorted(set(ids))})
    return {one.entity_id for one in found if (village_id, one.entity_id) in one.places - {one.place}}


def replace_all(connection: Connection, new: Iterable[EntityHome]) -> None:
    """Keeps these and no others."""
    connection.execute(delete(entity_homes))
    _add(connection, new)


def save(connection: Connection, ids: Iterable[str], new: Iterable[EntityHome]) -> None:
    """Keeps these in place of what was known of the entities `ids`."""
    connection.execute(delete(entity_homes).where(entity_homes.c.entity_id.in_(sorted(set(ids)))))
    _add(connection, new)


def _add(connection: Connection, new: Iterable[EntityHome]) -> None:
    rows = [{**vars(one), "residences": sorted(one.residences)} for one in new]
    if rows:
        connection.execute(insert(entity_homes), rows)


def _read(connection: Connection, wanted: Select[Any], values: Mapping[str, Any]) -> list[EntityHome]:
    rows = connection.execute(wanted, values).mappings()
    return [EntityHome(**{**row, "residences": frozenset(row["residences"])}) for row in rows]


class KnownHomes:
    """What one transaction knows of this: read for many at once, and asked again and again. `connect` gives the
    connection, only where something has to be asked."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._of_ids: dict[str, EntityHome | None] = {}
        self._places: dict[Place, set[Place]] = {}

    def preload(self, places: Iterable[Place]) -> None:
        """Reads what is known of the entities that phones look for there, where that is not yet known here."""
        new = [place for place in places if place not in self._places]
        ids = {id_ for _, id_ in new}
        found = known_of(self._connect(), {village for village, _ in new}, ids) if new else []
        for id_ in ids:
            self._of_ids.setdefault(id_, None)
        for place in new:
            self._places[place] = {place}
        for one in found:
            if one.entity_id in ids:
                self._of_ids[one.entity_id] = one
            if one.place in self._places:
                self._places[one.place] |= one.places

    def learn(self, ids: Iterable[str], found: Iterable[EntityHome]) -> None:
        """These are at home there now, and those of `ids` that are not among them where they were registered."""
        self._of_ids |= dict.fromkeys(ids)
        self._places = {place: known for place, known in self._places.items() if place[1] not in self._of_ids}
        for one in found:
            self._of_ids[one.entity_id] = one
            self._places.setdefault(one.place, {one.place}).update(one.places)

    def of(self, entity_id: str) -> EntityHome | None:
        """Where it lives; None where nobody ever took it elsewhere."""
        if entity_id not in self._of_ids:
            found = known_of(self._connect(), [], [entity_id])
            self._of_ids[entity_id] = found[0] if found else None
        return self._of_ids[entity_id]

    def locate(self, place: Place) -> Place:
        """Where it is at home that phones look for at that place."""
        known = self.of(place[1])
        return known.place if known is not None and place[0] in known.residences else place

    def places(self, home: Place) -> set[Place]:
        """From where phones reach what is at home there."""
        if home not in self._places:
            self._places[home] = places_led_to(self._connect(), home)
        return self._places[home]

    def forget(self) -> None:
        """Somebody was taken elsewhere, or may have been while we waited for a lock."""
        self._of_ids.clear()
        self._places.clear()
