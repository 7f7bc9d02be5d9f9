"""What people decide on a page, and take back: what all kinds of decisions have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select

from forms.problems import Problem, problem
from server.database.answer_tables import TURN_WIDTH
from server.database.tables import decisions
from server.decisions.relocation import bring_home
from server.entities import change_log, decision_log, homes
from server.entities.change import Change
from server.entities.decision import Decision
from server.entities.entity import Entity
from server.entities.homes import Place
from server.entities.unit_of_work import UnitOfWork
from server.villages.lock import lock_village

NO_SUCH_PERSON = Problem(
    "no-such-entity",
    404,
    "{id} tidak ada di register desa {village}. Mungkin sudah digabungkan atau pindah; muat ulang halamannya.",
    "{id} is not in the register of {village}. It may have been merged or moved; load the page again.",
)


def record(work: UnitOfWork, kind: str, payload: Mapping[str, Any], made_by: str, now: datetime) -> Decision:
    touched = {one["id"] for one in payload["said"]} | ({payload["loser"]} if kind == "merge" else set())
    payload = {**payload, "seq": work.seq, "touched": sorted(touched)}
    made = decision_log.note(work.connection, work.village_id, kind, payload, made_by, now)
    open_ways(work.connection, made)
    for from_, _to in ways(made):
        bring_home(work, from_)
    let_say(work, made)
    work.finish()
    return made


def lead_all(connection: Connection) -> None:
    """Makes the aliases of all villages anew from what was decided and undone, in that order."""
    homes.forget_all(connection)
    made = [Decision(**row) for row in connection.execute(select(decisions)).mappings()]
    turns = [(one.made_at, open_ways, one) for one in made]
    turns += [(one.undone_at, close_ways, one) for one in made if one.undone_at is not None]
    for _moment, act, one in sorted(turns, key=lambda turn: turn[0]):
        act(connection, one)


def open_ways(connection: Connection, made: Decision) -> None:
    """Leads what speaks of people by their old places to the new ones."""
    for from_, to in ways(made):
        homes.lead(connection, from_, to)


def close_ways(connection: Connection, made: Decision) -> None:
    """The way back: somebody who has not moved is at home where they were, also for those who spoke of them there."""
    for from_, to in ways(made):
        if made.kind == "move":
            homes.lead(connection, to, from_)
        else:
            homes.close(connection, from_)
    for household, left in made.payload.get("made", {}).items():
        # Who was born there goes home as well, and their forms still speak of the household that is no more.
        homes.point(connection, (made.payload["to"], household), (made.village_id, left))


def ways(made: Decision) -> Iterator[tuple[Place, Place]]:
    """(from, to) of every entity that the decision takes elsewhere."""
    if made.kind == "merge":
        yield (made.village_id, made.payload["loser"]), (made.village_id, made.payload["winner"])
    if made.kind == "move":
        for id_ in made.payload["ids"]:
            yield (made.village_id, id_), (made.payload["to"], id_)


def let_say(work: UnitOfWork, made: Decision) -> None:
    """Adds what a decision says to the histories of those that it speaks of."""
    places = set()
    for one in made.payload.get("said", ()):
        home = work.home(one["village_id"], one["id"])
        change_log.add(work.connection, _change(made, one).moved_to(*home))
        places.add(home)
    for place in sorted(places):
        work.refold(place)


def _change(made: Decision, said: Mapping[str, Any]) -> Change:
    moment = made.made_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return Change(
        village_id=said["village_id"],
        entity_id=said["id"],
        origin=made.village_id,
        source=made.id,
        sent_id=said["id"],
        seq=made.payload["seq"],
        received_at=made.made_at,
        list=said["list"],
        action=said["action"],
        label=said["label"],
        properties=said["properties"],
        observed={},
        day=date.fromisoformat(said["day"]),
        turn=f"{moment}{made.id}"[:TURN_WIDTH],
        state="applied",
        version=said["version"],
    )


def begin(connection: Connection, *village_ids: str) -> UnitOfWork:
    """Locks the villages, always in the same order; the work is the first one's."""
    turns = {village_id: lock_village(connection, village_id) for village_id in sorted(set(village_ids))}
    return UnitOfWork(connection, village_ids[0], turns[village_ids[0]], turns)


def known_person(work: UnitOfWork, village_id: str, entity_id: str) -> Entity:
    found = work.entity((village_id, entity_id))
    if found is None:
        raise problem(NO_SUCH_PERSON, id=entity_id, village=village_id)
    return found
