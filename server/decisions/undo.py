"""Taking a decision back, so that no trace of it is left in the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from forms.problems import Problem, problem
from server.database.tables import decisions
from server.decisions.making import begin, close_ways, ways
from server.decisions.relocation import bring_home
from server.decisions.statements import members
from server.entities import change_log, decision_log
from server.entities.decision import Decision
from server.entities.decision_log import NO_SUCH_DECISION

UNDO_LATER_FIRST = Problem(
    "undo-later-first",
    409,
    "Ada keputusan yang lebih baru tentang orang yang sama. Batalkan yang itu dahulu; yang terbaru ada paling atas.",
    "There is a later decision about the same person. Undo that one first; the latest one is on top.",
)


def undo_decision(connection: Connection, village_id: str, decision_id: str, undone_by: str, now: datetime) -> Decision:
    """Takes a decision back. Raises ProblemError where a later one builds on it, or where it is about which content
    counts: choosing the other one takes that back."""
    made = decision_log.find(connection, village_id, decision_id)
    work = begin(connection, village_id, made.payload.get("to", village_id))
    made = decision_log.find(connection, village_id, decision_id)  # nobody else can undo it now
    if made.kind == "content":
        raise problem(NO_SUCH_DECISION)
    villages = {village_id, made.payload.get("to", village_id)}
    for later in (one for village in sorted(villages) for one in decision_log.read(connection, village, standing=True)):
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
    said = change_log.of_source(connection, village_id, made.id)
    change_log.forget(connection, village_id, made.id)
    close_ways(connection, made)
    for place in sorted({(one.village_id, one.entity_id) for one in said}):
        work.refold(place)  # first of all, a household that is no more
    for _from, to in ways(made):
        bring_home(work, to)
    for place in sorted({work.home(made.payload.get("to", village_id), id_) for id_ in followers}):
        work.refold(place)
    work.finish()
    return replace(made, undone_at=now, undone_by=undone_by)
