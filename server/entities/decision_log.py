"""Decisions in the database, and what was decided about an entity.

A decision is kept for good in `decisions`; what follows from it is derived, so that taking it back leaves no trace in
the numbers. Its `payload` by kind:
- content: {"thread", "use", "among", "aside"}: of the submissions `among` (sha256), `use` counts, none where it is
  blank; `aside`: [id, branch, version] of the changes of offline rows that do not count for it: what follows them has
  not to wait for them; `carries`: the id of the decision that it carries on, where a late link has joined two threads;
- merge: {"loser", "winner"}: two entries of the village are one; the loser's visits become the winner's;
- move: {"ids", "to", "day", "dusun", "made"}: they live in village `to` since `day`; `made`: of a household that is
  made for them there, by its id the one that they left.
  `ids` also names whoever came along later (decisions/follow_on.py);
- change: {"id", "properties"}: properties typed in by hand;
- different: {"ids"}: two entries are alike and yet not one person; it changes nothing, and nobody is asked again.
All hold `seq`, the decision's place in its village's order, and `touched`, the ids of the entities that it changes.
merge, move and change hold `day`, since when it is so, and `said`, what it says of people: read from the register as it
stood when it was made, it is the same whenever it is derived. merge and move also hold `known`, who was in the register
as born to the loser or to those who moved, and `along`, where those live since who are told of later; a move also
`left`, where those lived before who were moved, and `back`, where those told of later live if it is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from forms.problems import Problem, problem
from server.database.dialect import lists_any
from server.database.tables import decisions
from server.entities.change import Change
from server.entities.decision import Decision

NO_SUCH_DECISION = Problem(
    "no-such-decision",
    404,
    "Keputusan ini tidak ada, atau sudah dibatalkan. Muat ulang halamannya.",
    "There is no such decision, or it is undone already. Load the page again.",
)


def read(connection: Connection, village_id: str, *, standing: bool = False) -> list[Decision]:
    """The village's decisions in the order in which they were made; only those that stand, where wanted."""
    wanted = select(decisions).where(decisions.c.village_id == village_id).order_by(decisions.c.made_at)
    if standing:
        wanted = wanted.where(decisions.c.undone_at.is_(None))
    return [Decision(**row) for row in connection.execute(wanted).mappings()]


def find(connection: Connection, village_id: str, decision_id: str) -> Decision:
    """Raises ProblemError NO_SUCH_DECISION."""
    here = (decisions.c.village_id == village_id) & (decisions.c.id == decision_id) & decisions.c.undone_at.is_(None)
    row = connection.execute(select(decisions).where(here)).mappings().one_or_none()
    if row is None:
        raise problem(NO_SUCH_DECISION)
    return Decision(**row)


def note(
    connection: Connection, village_id: str, kind: str, payload: Mapping[str, Any], made_by: str, now: datetime
) -> Decision:
    """Keeps a decision; what follows from it is the caller's to derive."""
    made = Decision(village_id, str(uuid4()), kind, payload, now, made_by, None, None)
    connection.execute(insert(decisions), vars(made))
    return made


def offline_rows(said: Iterable[Change]) -> list[list[Any]]:
    """Those of the changes that others of a phone's offline row may follow, as a decision keeps them under `aside`."""
    return [[one.sent_id, one.branch_id, one.base_version] for one in said if one.branch_id]


def superseded(connection: Connection, village_id: str, entity_id: str, branch_id: str, base_version: int) -> bool:
    """Whether people decided that the change of this offline row, made on this version of the phone, does not count."""
    wanted = select(decisions.c.payload).where(
        decisions.c.village_id == village_id,
        decisions.c.kind == "content",
        lists_any(connection, decisions.c.payload, "touched", [entity_id]),
    )
    one = [entity_id, branch_id, base_version]
    return any(one in payload["aside"] for payload in connection.execute(wanted).scalars())


def decisions_on(
    connection: Connection, village_ids: Iterable[str], entity_id: str
) -> tuple[int, dict[str, dict[str, tuple[str, str]]]]:
    """How many decisions of these villages touched the entity, made and undone counted each; and where whoever they
    took along, or back, has lived since, by id: each property with the village that it was said in."""
    wanted = select(decisions).where(
        decisions.c.village_id.in_(sorted(set(village_ids))),
        lists_any(connection, decisions.c.payload, "touched", [entity_id]),
    )
    count, along = 0, dict[str, dict[str, tuple[str, str]]]()
    for made in sorted(connection.execute(wanted), key=lambda made: made.undone_at or made.made_at):
        stands = made.undone_at is None
        count += 1 if stands else 2
        where = made.payload.get("to", made.village_id) if stands else made.village_id
        for id_, said in made.payload.get("along" if stands else "back", {}).items():
            along.setdefault(id_, {}).update({name: (where, value) for name, value in said.items()})
    return count, along
