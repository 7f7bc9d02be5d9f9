"""Taking a decision back, so that no trace of it is left in the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from forms.problems import Problem, problem
from server.decisions.follow_on import follow_and_say
from server.decisions.making import begin
from server.decisions.relocation import settle_homes
from server.entities import change_log, decision_log
from server.entities.change import Change, Place, family_of
from server.entities.decision import Decision, Review
from server.entities.decision_log import NO_SUCH_DECISION
from server.entities.unit_of_work import UnitOfWork

UNDO_LATER_FIRST = Problem(
    "undo-later-first",
    409,
    "Ada keputusan yang lebih baru tentang orang yang sama. Batalkan yang itu dahulu; yang terbaru ada paling atas.",
    "There is a later decision about the same person. Undo that one first; the latest one is on top.",
)


def undo_decision(connection: Connection, village_id: str, decision_id: str, undone_by: str, now: datetime) -> Decision:
    """Takes a decision back, and what the server decided because of it.

    Raises ProblemError UNDO_LATER_FIRST where a later one builds on it, and NO_SUCH_DECISION; also where it is about
    which content counts: choosing the other one takes that back.
    """
    villages = decision_log.find(connection, village_id, decision_id).villages
    work = begin(connection, now, village_id, *sorted(villages))
    made = decision_log.find(connection, village_id, decision_id)  # nobody else can undo it now
    if isinstance(made.about, Review):
        raise problem(NO_SUCH_DECISION)
    lived_in = {place[0] for id_ in made.goes for place in _places(work, made, id_)}
    followed = decision_log.caused_by(connection, villages | lived_in, decision_id)
    taken_back = [made, *followed]
    newcomers = _newcomers(work, made, followed)
    touched = {id_ for one in taken_back for id_ in one.touched} | {one.entity_id for one in newcomers}
    _require_nothing_later(connection, made.made_at, touched, {one.id for one in taken_back}, villages | lived_in)
    places = {work.home(one.village_id, id_) for one in taken_back for id_ in one.touched}
    undone = [replace(one, undone_at=now, undone_by=undone_by, undone_seq=work.seq) for one in taken_back]
    for one in undone:
        work.lock(one.village_id)
        decision_log.undo(connection, one)
        change_log.forget(connection, one.village_id, one.id)
    places |= settle_homes(work, undone)
    work.refold(*places, *(work.home(one.village_id, id_) for one in taken_back for id_ in one.touched))
    for creation in newcomers:
        follow_and_say(work, creation)
    work.finish()
    return undone[0]


def _places(work: UnitOfWork, made: Decision, id_: str) -> set[Place]:
    return work.homes.places(work.home(made.village_id, id_))


def _require_nothing_later(
    connection: Connection, moment: datetime, touched: set[str], taken_back: set[str], villages: set[str]
) -> None:
    for village_id in sorted(villages):
        for later in decision_log.read(connection, village_id, standing=True):
            builds_on = not isinstance(later.about, Review) and later.touched & touched
            if later.made_at > moment and builds_on and later.id not in taken_back:
                raise problem(UNDO_LATER_FIRST)


def _newcomers(work: UnitOfWork, made: Decision, followed: list[Decision]) -> list[Change]:
    """The registrations of those whom it took along, and of others of the family of whom it did not know: where the
    family lives afterwards may be elsewhere."""
    if not made.goes:
        return []
    places = {place for id_ in made.goes for place in _places(work, made, id_)}
    names, along = {id_ for _, id_ in places}, [id_ for one in followed for id_ in one.touched]
    villages = {village for village, _ in places} | {
        place[0] for one in followed for id_ in one.touched for place in _places(work, one, id_)
    }
    created = {change.entity_id: change for change in change_log.created_by(work.connection, villages)}
    others = [id_ for id_, change in created.items() if family_of(change) in names and id_ not in made.known]
    return [created[id_] for id_ in dict.fromkeys([*along, *sorted(others)]) if id_ in created]
