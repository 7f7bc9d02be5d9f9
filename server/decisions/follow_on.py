"""Whoever is registered late, with somebody who has moved, moved along, as though the move had named them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from forms.domain import HOUSEHOLD
from server.database.dialect import lists_any
from server.database.tables import decisions
from server.entities import change_log, homes
from server.entities.change import LIVES_IN, Change, family_of
from server.entities.decision import STEP
from server.entities.entity import Entity
from server.entities.homes import Place
from server.entities.unit_of_work import UnitOfWork


def known_with(work: UnitOfWork, people: Iterable[Entity]) -> list[str]:
    """Who is in the register as born to one of these people, or mapped with one of these households: a decision that is
    made now is made knowing of them, and leaves them where they are unless it names them."""
    names, villages = set[str](), set[str]()
    for one in people:
        said = change_log.of_entity(work.connection, *one.place)
        names |= {one.id, *(change.sent_id for change in said)}
        villages |= {one.village_id, *(change.origin for change in said)}
    created = change_log.created_by(work.connection, villages)
    return sorted({change.sent_id for change in created if family_of(change) in names})


def go_along(work: UnitOfWork, change: Change, family: str) -> tuple[Place, list[Place]]:
    """Where whoever the change tells of for the first time is at home: where the moves that were made without knowing
    of them took this member of the family, or the household itself. With it, the places that they have left for it.

    They are noted in these moves, also in those that brought the family to where the form was filled and those undone,
    and with the household that the family's member came to live in: by a move, or merged into somebody else's entry. So
    they stay with it, whatever becomes of the family later, and where a decision is undone they go back with it.
    """
    told = change.origin, change.sent_id
    home = work.home(change.origin, family)
    found = work.entity(home)
    undecided = found is None or found.version < STEP
    if home == (change.origin, family) and undecided and work.told == "now":
        return work.home(*told), []  # nobody ever decided about them: the usual case, no query
    way = _way(work, family, home, change.sent_id)
    told_there = _arrival(change.origin, [made for made, _ in way])
    taken = []
    for number, (made, name) in enumerate(way):
        if made.undone_at is None and _parts(made, change.sent_id, name):
            break  # from here on they went their own way
        if change.sent_id in {*made.payload["known"], *made.payload["touched"]}:
            continue
        lives = (
            {"along": _given(made, name)} if number > told_there else {"back": made.payload.get("left", {}).get(name)}
        )
        if made.kind == "move" or lives.get("along"):
            _name(work.connection, made, change.sent_id, lives)
            work.named.add(change.sent_id)
            taken.append(made)
    places = {told, *_lead(work.connection, change.sent_id, [made for made in taken if made.kind == "move"])}
    work.forget_preloaded()
    at_home = homes.locate(work.connection, *told)
    return at_home, sorted(places - {at_home})


def _parts(made: Row[Any], newcomer: str, name: str) -> bool:
    """Whether people who knew of both moved one of them without the other."""
    if made.kind != "move":
        return False
    named = any(one["id"] == newcomer for one in made.payload["said"])
    return named if name not in made.payload["ids"] else newcomer in made.payload["known"] and not named


def _way(work: UnitOfWork, family: str, home: Place, newcomer: str) -> list[tuple[Row[Any], str]]:
    """The moves and merges, in the order in which they were made, that were about the entry which was then that of the
    family's member, or about the newcomer; with the former's id.

    Their villages are locked first: somebody may be undoing one of them.
    """
    ways = homes.places_led_to(work.connection, home)
    villages = sorted({village for village, _ in ways})
    for village_id in villages:
        work.enter(village_id)
    wanted = select(decisions).where(
        decisions.c.village_id.in_(villages),
        decisions.c.kind.in_(["move", "merge"]),
        lists_any(work.connection, decisions.c.payload, "touched", {family, newcomer, *(id_ for _, id_ in ways)}),
    )
    found = work.connection.execute(wanted.order_by(decisions.c.made_at)).all()
    named = [(made, _name_at(made.made_at, family, found)) for made in found]
    return [(made, name) for made, name in named if {name, newcomer} & _who_goes(made)]


def _who_goes(made: Row[Any]) -> set[str]:
    return {*made.payload["ids"]} if made.kind == "move" else {made.payload["loser"]}


def _name_at(moment: datetime, family: str, found: Sequence[Row[Any]]) -> str:
    """Under which id the register had the family's member at that moment: merged entries have the winner's."""
    for made in found:
        stood = made.made_at < moment and (made.undone_at is None or made.undone_at > moment)
        if made.kind == "merge" and stood and made.payload["loser"] == family:
            family = made.payload["winner"]
    return family


def _arrival(origin: str, way: Sequence[Row[Any]]) -> int:
    """The place, in the way, of the move that brought the family to where the form was filled: until then the phone
    knew nothing of them, and what it says of where they live is right. -1 where they came from there."""
    left = set[str]()
    for number, made in enumerate(way):
        left.add(made.village_id)
        if made.kind == "move" and made.payload["to"] == origin and origin not in left:
            return number
    return -1


def _given(made: Row[Any], name: str) -> dict[str, str]:
    """Where the one of this id lives by the decision; nothing by a merge that says of no household."""
    about = made.payload.get("winner", name)
    said = {one["id"]: one["properties"] for one in made.payload["said"]}.get(about, {})
    if made.kind == "merge" and not said.get(HOUSEHOLD):
        return {}
    dusun = {"dusun": made.payload["dusun"]} if made.kind == "move" else {}
    return dusun | {one: said[one] for one in LIVES_IN if said.get(one)}


def _name(connection: Connection, made: Row[Any], newcomer: str, lives: Mapping[str, dict[str, str] | None]) -> None:
    """Notes the newcomer in the decision; `lives`: where they live since, or if it is undone."""
    named: dict[str, Any] = {
        name: [*made.payload[name], newcomer] for name in ("ids", "touched") if name in made.payload
    }
    named |= {which: {**made.payload[which], newcomer: said} for which, said in lives.items() if said}
    this = (decisions.c.village_id == made.village_id) & (decisions.c.id == made.id)
    connection.execute(update(decisions).where(this).values(payload=made.payload | named))


def _lead(connection: Connection, newcomer: str, moves: Iterable[Row[Any]]) -> list[Place]:
    """Leads the newcomer where the moves went, and back where they were undone; the places on the way."""
    ways = [(made.made_at, made.village_id, made.payload["to"]) for made in moves]
    ways += [(made.undone_at, made.payload["to"], made.village_id) for made in moves if made.undone_at]
    for _moment, from_, to in sorted(ways):
        homes.lead(connection, (from_, newcomer), (to, newcomer))
    return [(from_, newcomer) for _moment, from_, _to in ways]
