"""What people decide on a page, and take back: merges, moves and changes by hand. What they keep of it: acts.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from forms.problems import Problem, problem
from server.store import acts, aliases, changes
from server.store.acts import NO_SUCH_DECISION, Decision
from server.store.aliases import Place
from server.store.along import known_with
from server.store.answers import TURN_WIDTH
from server.store.changes import Change
from server.store.counted import bring_home
from server.store.effects import HOUSEHOLDS, Work
from server.store.model import decisions
from server.store.register import Entity
from server.store.sayings import identity, lives_in, members, said_of_moving, says
from server.store.turns import next_turn

NO_SUCH_PERSON = Problem(
    "no-such-entity",
    404,
    "{id} tidak ada di register desa {village}. Mungkin sudah digabungkan atau pindah; muat ulang halamannya.",
    "{id} is not in the register of {village}. It may have been merged or moved; load the page again.",
)
NOT_ALIKE = Problem(
    "not-alike",
    400,
    "Hanya dua data yang berbeda dari daftar yang sama yang dapat digabungkan.",
    "Only two different entries of the same list can be merged.",
)
SAME_VILLAGE = Problem(
    "same-village",
    400,
    "Desa tujuan sama dengan desa asal. Untuk pindah dusun, ubah dusunnya.",
    "The village moved to is the one moved from. For another dusun, change the dusun.",
)
UNDO_LATER_FIRST = Problem(
    "undo-later-first",
    409,
    "Ada keputusan yang lebih baru tentang orang yang sama. Batalkan yang itu dahulu; yang terbaru ada paling atas.",
    "There is a later decision about the same person. Undo that one first; the latest one is on top.",
)


def merge(
    connection: Connection, village_id: str, loser: str, winner: str, day: date, made_by: str, now: datetime
) -> Decision:
    """Makes the loser's entry a part of the winner's. Raises ProblemError where they cannot be one."""
    work = _work(connection, village_id)
    pair = [_known(work, village_id, id_) for id_ in (loser, winner)]
    if loser == winner or pair[0].list != pair[1].list:
        raise problem(NOT_ALIKE)
    said = [says(pair[1], identity(pair[1]), day, label=pair[1].label)]
    if pair[1].list == HOUSEHOLDS:
        said += [says(member, {"keluarga": winner}, day) for member in members(work, village_id, loser)]
    payload = {"loser": loser, "winner": winner, "day": str(day), "along": {}, "known": known_with(work, pair[:1])}
    return _made(work, "merge", {**payload, "said": said}, made_by, now)


def move(
    connection: Connection,
    village_id: str,
    ids: Iterable[str],
    to: str,
    day: date,
    dusun: str,
    household: str,
    made_by: str,
    now: datetime,
) -> Decision:
    """Takes people, with their history, to another village from `day` on.

    `household`: the id of a household there; blank makes one of the name of the one they leave. Somebody who moves with
    the household itself stays in it. Raises ProblemError where somebody is not there.
    """
    work = _work(connection, village_id, to)
    if to == village_id:
        raise problem(SAME_VILLAGE)
    people = [_known(work, village_id, id_) for id_ in dict.fromkeys(ids)]
    if household:
        _known(work, to, household)
    said, made = said_of_moving(work, people, to, day, dusun, household)
    payload = {"ids": [one.id for one in people], "to": to, "day": str(day), "dusun": dusun, "made": made}
    payload |= {"along": {}, "back": {}, "left": lives_in(people), "known": known_with(work, people)}
    return _made(work, "move", {**payload, "said": said}, made_by, now)


def change(
    connection: Connection,
    village_id: str,
    ids: Sequence[str],
    properties: Mapping[str, str],
    day: date,
    made_by: str,
    now: datetime,
) -> Decision:
    """Sets properties by hand, as of `day`: another dusun, a death, somebody closed by mistake. Of the first of `ids`,
    and of all who go with it."""
    work = _work(connection, village_id)
    said = [says(_known(work, village_id, id_), properties, day) for id_ in ids]
    payload = {"id": ids[0], "day": str(day), "properties": dict(properties), "said": said}
    return _made(work, "change", payload, made_by, now)


def differ(connection: Connection, village_id: str, ids: Iterable[str], made_by: str, now: datetime) -> Decision:
    """Notes that these two entries, one of which may be in another village, are not the same person."""
    return _made(_work(connection, village_id), "different", {"ids": sorted(ids), "said": []}, made_by, now)


def undo(connection: Connection, village_id: str, decision_id: str, undone_by: str, now: datetime) -> Decision:
    """Takes a decision back. Raises ProblemError where a later one builds on it, or where it is about which content
    counts: choosing the other one takes that back."""
    made = acts.find(connection, village_id, decision_id)
    work = _work(connection, village_id, made.payload.get("to", village_id))
    made = acts.find(connection, village_id, decision_id)  # nobody else can undo it now
    if made.kind == "content":
        raise problem(NO_SUCH_DECISION)
    villages = {village_id, made.payload.get("to", village_id)}
    for later in (one for village in sorted(villages) for one in acts.read(connection, village, standing=True)):
        builds_on = later.kind != "content" and {*later.payload["touched"]} & {*made.payload["touched"]}
        if later.made_at > made.made_at and builds_on:
            raise problem(UNDO_LATER_FIRST)
    here = (decisions.c.village_id == village_id) & (decisions.c.id == decision_id)
    # Those that late forms registered in a household that is not one any more, or with somebody who is two again.
    followers = {*made.payload.get("along", ())}
    if made.kind == "merge":
        followers |= {one.id for one in members(work, village_id, made.payload["winner"])}
    touched = sorted({*made.payload["touched"], *followers})
    payload = {**made.payload, "undone_seq": work.seq, "touched": touched}
    connection.execute(update(decisions).where(here).values(payload=payload, undone_at=now, undone_by=undone_by))
    said = changes.of_source(connection, village_id, made.id)
    changes.forget(connection, village_id, made.id)
    close_ways(connection, made)
    for place in sorted({(one.village_id, one.entity_id) for one in said}):
        work.refold(place)  # first of all, a household that is no more
    for _from, to in _ways(made):
        bring_home(work, to)
    for place in sorted({work.home(made.payload.get("to", village_id), id_) for id_ in followers}):
        work.refold(place)
    work.finish()
    return replace(made, undone_at=now, undone_by=undone_by)


def _made(work: Work, kind: str, payload: Mapping[str, Any], made_by: str, now: datetime) -> Decision:
    touched = {one["id"] for one in payload["said"]} | ({payload["loser"]} if kind == "merge" else set())
    payload = {**payload, "seq": work.seq, "touched": sorted(touched)}
    made = acts.note(work.connection, work.village_id, kind, payload, made_by, now)
    open_ways(work.connection, made)
    for from_, _to in _ways(made):
        bring_home(work, from_)
    let_say(work, made)
    work.finish()
    return made


def lead_all(connection: Connection) -> None:
    """Makes the aliases of all villages anew from what was decided and undone, in that order."""
    aliases.forget_all(connection)
    made = [Decision(**row) for row in connection.execute(select(decisions)).mappings()]
    turns = [(one.made_at, open_ways, one) for one in made]
    turns += [(one.undone_at, close_ways, one) for one in made if one.undone_at is not None]
    for _moment, act, one in sorted(turns, key=lambda turn: turn[0]):
        act(connection, one)


def open_ways(connection: Connection, made: Decision) -> None:
    """Leads what speaks of people by their old places to the new ones."""
    for from_, to in _ways(made):
        aliases.lead(connection, from_, to)


def close_ways(connection: Connection, made: Decision) -> None:
    """The way back: somebody who has not moved is at home where they were, also for those who spoke of them there."""
    for from_, to in _ways(made):
        if made.kind == "move":
            aliases.lead(connection, to, from_)
        else:
            aliases.close(connection, from_)
    for household, left in made.payload.get("made", {}).items():
        # Who was born there goes home as well, and their forms still speak of the household that is no more.
        aliases.point(connection, (made.payload["to"], household), (made.village_id, left))


def _ways(made: Decision) -> Iterator[tuple[Place, Place]]:
    """(from, to) of every entity that the decision takes elsewhere."""
    if made.kind == "merge":
        yield (made.village_id, made.payload["loser"]), (made.village_id, made.payload["winner"])
    if made.kind == "move":
        for id_ in made.payload["ids"]:
            yield (made.village_id, id_), (made.payload["to"], id_)


def let_say(work: Work, made: Decision) -> None:
    """Adds what a decision says to the histories of those that it speaks of."""
    places = set()
    for one in made.payload.get("said", ()):
        home = work.home(one["village_id"], one["id"])
        changes.add(work.connection, _change(made, one).moved_to(*home))
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


def _work(connection: Connection, *village_ids: str) -> Work:
    """Locks the villages, always in the same order; the work is the first one's."""
    turns = {village_id: next_turn(connection, village_id) for village_id in sorted(set(village_ids))}
    return Work(connection, village_ids[0], turns[village_ids[0]], turns)


def _known(work: Work, village_id: str, entity_id: str) -> Entity:
    found = work.entity((village_id, entity_id))
    if found is None:
        raise problem(NO_SUCH_PERSON, id=entity_id, village=village_id)
    return found
