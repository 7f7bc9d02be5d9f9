"""What follows from merges and transfers: where everybody is at home now."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from forms.domain import HOUSEHOLDS
from server.decisions.moved_answers import take_answers
from server.decisions.statements import members
from server.entities import change_log, decision_log, homes
from server.entities.change import Place
from server.entities.decision import Decision
from server.entities.homes import EntityHome
from server.entities.unit_of_work import UnitOfWork


def settle_homes(work: UnitOfWork, made: Iterable[Decision]) -> set[Place]:
    """Finds anew where those are at home whom these decisions take elsewhere, now that they stand or are undone, and
    takes what was answered about them there. The entries that are to be made anew: theirs, and in their households."""
    made = list(made)
    ids = {id_ for one in made for id_ in one.concerned}
    if not ids:
        return set()
    before = _rows(work, {village for one in made for village in one.villages}, ids)
    ids |= before.keys()
    after = {one.entity_id: one for one in _resolved(work.connection, made, before, ids)}
    places = {place for one in (*before.values(), *after.values()) for place in one.places}
    ways = {place: (_home(before, place), _home(after, place)) for place in sorted(places)}
    ways = {place: way for place, way in ways.items() if way[0] != way[1]}
    changed = {home for way in ways.values() for home in way}
    for village_id in sorted({village for village, _ in changed}):
        work.lock(village_id)
    work.preload_entities(changed)
    members = {member for old, _ in ways.values() for member in _members(work, old)}
    homes.save(work.connection, ids, after.values())
    work.learn_homes(ids, after.values())
    changes = change_log.of_places(work.connection, ways)
    take_answers(work.connection, changes, ways)
    for change in changes:
        for village_id, _ in ways[change.place]:
            work.marks.stale(village_id, change.day)
    if changes:
        compared = {village for village, _ in (*changed, *ways)}
        work.marks.unmarked(compared, min(change.day for change in changes))
    return changed | members


def _rows(work: UnitOfWork, villages: set[str], ids: set[str]) -> dict[str, EntityHome]:
    """What is known of where they are at home, and of those who are merged into one of them."""
    found = {one.entity_id: one for one in homes.known_of(work.connection, villages, ids)}
    survivors = {one.survivor for one in found.values()} - ids
    lived_in = {one.village_id for one in found.values()}
    if survivors:
        found |= {one.entity_id: one for one in homes.known_of(work.connection, lived_in, survivors)}
    return found


def _resolved(
    connection: Connection, made: list[Decision], before: dict[str, EntityHome], ids: set[str]
) -> list[EntityHome]:
    villages = {village for one in made for village in one.villages}
    villages |= {village for one in before.values() for village in one.residences}
    names = ids | {one.survivor for one in before.values()}
    about = decision_log.taking_elsewhere(connection, villages, names)
    return [one for one in homes.resolve(about) if one.entity_id in ids]


def _home(known: dict[str, EntityHome], place: Place) -> Place:
    found = known.get(place[1])
    return found.place if found is not None and place[0] in found.residences else place


def _members(work: UnitOfWork, place: Place) -> list[Place]:
    """Who belongs to the household by the register, if it is one: the household is called otherwise from now on."""
    found = work.entity(place)
    if found is None or found.list != HOUSEHOLDS:
        return []
    return [one.place for one in members(work, *place)]
