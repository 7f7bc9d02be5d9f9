"""Whoever is registered late, with somebody who has moved, moved along, as though the move had named them too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from server.store import aliases, changes
from server.store.acts import STEP
from server.store.changes import Change
from server.store.effects import HOUSEHOLD, Work
from server.store.model import decisions
from server.store.register import Entity
from server.store.sql import lists_any

Place = tuple[str, str]  # village, entity


def go_along(work: Work, change: Change, family: str) -> tuple[Place, list[Place]]:
    """Where whoever the change tells of for the first time is at home: where moves made before that took this member of
    the family, or the household itself. With it, the places that they have left for it.

    They are noted in these moves, also in those that brought the family to where the form was filled and those undone,
    with the household into which each took the family's member: so it stays, whatever becomes of the family later, and
    where a move is undone they go back with it.
    """
    told = change.origin, change.sent_id
    home = work.home(change.origin, family)
    found = work.entity(home)
    if home == (change.origin, family) and (found is None or found.version < STEP):
        return told, []  # nobody ever decided anything about the family: the usual case costs no query
    way = aliases.way_of(work.connection, change.origin, family)
    moves = _moves(work, way, changes.first_told(work.connection, change))
    if any(change.sent_id in made.payload["ids"] for made in moves):
        return told, []  # not new: it is made anew, and its ways are led already
    here = work.home(change.origin, change.properties.get(HOUSEHOLD, ""))[0] == home[0]
    given = {} if here or found is None else _households(moves, {id_ for _, id_ in way}, found)
    for made in moves:
        _name(work.connection, made, change.sent_id, given.get(made.id))
        work.named.add(change.sent_id)
    ways = [(made.made_at, made.village_id, made.payload["to"]) for made in moves]
    ways += [(made.undone_at, made.payload["to"], made.village_id) for made in moves if made.undone_at]
    for _moment, from_, to in sorted(ways):
        aliases.lead(work.connection, (from_, change.sent_id), (to, change.sent_id))
    work.forget_foreseen()
    at_home = aliases.home_of(work.connection, *told)
    return at_home, sorted({told, *((village_id, change.sent_id) for _moment, village_id, _to in ways)} - {at_home})


def _households(moves: Sequence[Row[Any]], ids: set[str], family: Entity) -> dict[str, str]:
    """The household into which each move took whoever has these ids; after the last, the one that they live in now:
    since then their entry may have been merged into another one."""
    found = {
        made.id: one["properties"][HOUSEHOLD]
        for made in moves
        for one in made.payload["said"]
        if one["id"] in ids and HOUSEHOLD in one["properties"]
    }
    last = next((made for made in reversed(moves) if made.undone_at is None), None)
    if last is not None and family.data.get(HOUSEHOLD):
        found[last.id] = family.data[HOUSEHOLD]
    return found


def _name(connection: Connection, made: Row[Any], newcomer: str, household: str | None) -> None:
    named: dict[str, Any] = {name: [*made.payload[name], newcomer] for name in ("ids", "touched")}
    if household:
        named["along"] = {**made.payload["along"], newcomer: household}
    this = (decisions.c.village_id == made.village_id) & (decisions.c.id == made.id)
    connection.execute(update(decisions).where(this).values(payload=made.payload | named))


def _moves(work: Work, way: Sequence[Place], before: datetime) -> Sequence[Row[Any]]:
    """The moves made before that moment that named the one who went this way, in the order in which they were made.

    Their villages are locked first: somebody may be undoing one of them.
    """
    said = changes.of_entity(work.connection, *way[-1])
    villages = {village for village, _ in way} | {one.origin for one in said if one.source_is_decision}
    for village_id in sorted(villages):
        work.enter(village_id)
    wanted = select(decisions).where(
        decisions.c.village_id.in_(sorted(villages)),
        decisions.c.kind == "move",
        decisions.c.made_at <= before,
        lists_any(work.connection, decisions.c.payload, "ids", {id_ for _, id_ in way}),
    )
    return work.connection.execute(wanted.order_by(decisions.c.made_at)).all()
