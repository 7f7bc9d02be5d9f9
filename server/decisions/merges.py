"""Two entries that are one person, or that are not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from forms.domain import HOUSEHOLD, HOUSEHOLDS
from forms.problems import Problem, problem
from server.decisions.follow_on import known_with
from server.decisions.making import begin, known_person, record
from server.decisions.statements import identity, members, statement
from server.entities.decision import Decision, Distinct, Merge

NOT_ALIKE = Problem(
    "not-alike",
    400,
    "Hanya dua data yang berbeda dari daftar yang sama yang dapat digabungkan.",
    "Only two different entries of the same list can be merged.",
)


def merge(
    connection: Connection, village_id: str, loser: str, winner: str, day: date, made_by: str, now: datetime
) -> Decision:
    """Makes the loser's entry a part of the winner's. Raises ProblemError NO_SUCH_PERSON, and NOT_ALIKE where they
    cannot be one."""
    work = begin(connection, now, village_id)
    pair = [known_person(work, village_id, id_) for id_ in (loser, winner)]
    if loser == winner or pair[0].list != pair[1].list:
        raise problem(NOT_ALIKE)
    said = [statement(pair[1], identity(pair[1]), day, label=pair[1].label, merged=pair[0])]
    if pair[1].list == HOUSEHOLDS:
        said += [statement(member, {HOUSEHOLD: winner}, day) for member in members(work, village_id, loser)]
    about = Merge(loser, winner, day, known_with(work, pair[:1]))
    return record(work, about, said, made_by, now)


def differ(connection: Connection, village_id: str, ids: Iterable[str], made_by: str, now: datetime) -> Decision:
    """Notes that these two entries, one of which may be in another village, are not the same person."""
    return record(begin(connection, now, village_id), Distinct(tuple(sorted(ids))), [], made_by, now)
