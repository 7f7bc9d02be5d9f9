"""People who live in another village from a day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from forms.problems import Problem, problem
from server.decisions.follow_on import known_with
from server.decisions.making import begin, known_person, record
from server.decisions.statements import lives_in, statements_of_move
from server.entities.decision import Decision, Transfer
from server.villages.regions import is_practice

SAME_VILLAGE = Problem(
    "same-village",
    400,
    "Desa tujuan sama dengan desa asal. Untuk pindah dusun, ubah dusunnya.",
    "The village moved to is the one moved from. For another dusun, change the dusun.",
)
PRACTICE_APART = Problem(
    "practice-apart",
    400,
    "Desa latihan tidak dihitung, jadi tidak ada yang pindah dari atau ke sana.",
    "A practice village is not counted, so that nobody moves from or to it.",
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
    the household itself stays in it. Raises ProblemError NO_SUCH_PERSON where somebody is not there, SAME_VILLAGE, and
    PRACTICE_APART.
    """
    work = begin(connection, now, village_id, to)
    if to == village_id:
        raise problem(SAME_VILLAGE)
    if is_practice(village_id) or is_practice(to):
        raise problem(PRACTICE_APART)
    ids = tuple(dict.fromkeys(ids))
    work.preload(ids)
    people = [known_person(work, village_id, id_) for id_ in ids]
    if household:
        known_person(work, to, household)
    said, made = statements_of_move(work, people, to, day, dusun, household)
    about = Transfer(
        tuple(one.id for one in people), to, day, dusun, made, left=lives_in(people), known=known_with(work, people)
    )
    return record(work, about, said, made_by, now)
