"""People who live in another village from a day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from forms.problems import Problem, problem
from server.decisions.follow_on import known_with
from server.decisions.making import begin, known_person, record
from server.decisions.statements import lives_in, statements_of_move
from server.entities.decision import Decision

SAME_VILLAGE = Problem(
    "same-village",
    400,
    "Desa tujuan sama dengan desa asal. Untuk pindah dusun, ubah dusunnya.",
    "The village moved to is the one moved from. For another dusun, change the dusun.",
)


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
    work = begin(connection, village_id, to)
    if to == village_id:
        raise problem(SAME_VILLAGE)
    people = [known_person(work, village_id, id_) for id_ in dict.fromkeys(ids)]
    if household:
        known_person(work, to, household)
    said, made = statements_of_move(work, people, to, day, dusun, household)
    payload = {"ids": [one.id for one in people], "to": to, "day": str(day), "dusun": dusun, "made": made}
    payload |= {"along": {}, "back": {}, "left": lives_in(people), "known": known_with(work, people)}
    return record(work, "move", {**payload, "said": said}, made_by, now)
