"""What a submission does to the register, to the phones' lists, and to the cards that are out of date after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, bindparam, func, or_, select, update

from forms.periods import Quarter
from forms.problems import Finding, ProblemError
from forms.submission import Submission
from server.store import register
from server.store.model import entities, list_revisions, villages
from server.store.register import Entity
from server.store.sql import Upsert

# A form is a visit where it holds this field: what the visit found still missing this month, in words.
MISSING_FIELD = "masih_kurang"
TARGET_LISTS = ("ibu_hamil", "anak")
HOUSEHOLDS = "keluarga"

_RENEW_LIST = Upsert(
    list_revisions,
    lambda new: new.on_conflict_do_update(
        index_elements=["village_id", "list"], set_={"revision": list_revisions.c.revision + new.excluded.revision}
    ),
)
_MARK_STALE = (
    update(villages)
    .where(villages.c.village_id == bindparam("of_village"))
    .where(or_(villages.c.stale_since.is_(None), villages.c.stale_since > bindparam("since")))
    .values(stale_since=bindparam("since"))
)


def apply_to_register(
    connection: Connection, village_id: str, submission: Submission, seq: int, arrived: date
) -> list[Finding]:
    """Applies the submission's entity changes and visits, renews the lists' revisions and marks cards stale.

    `arrived` stands in where the form names no `tanggal`. One bad entity never stops the others: its findings are
    returned.
    """
    day = submission.day or arrived
    targets = _visited_targets(submission)
    before = register.load(connection, village_id, {change.id for change in submission.changes} | targets)
    after = dict(before)
    findings: list[Finding] = []
    for change in submission.changes:
        try:
            after[change.id] = register.applied(after.get(change.id), change, village_id, seq, day)
        except ProblemError as error:
            findings.extend(error.findings)
    for target in targets & before.keys():
        after[target] = register.visited(
            after[target], before[target], day, str(submission.answer(MISSING_FIELD) or "")
        )
    changed = [(before.get(id_), entity) for id_, entity in after.items() if entity != before.get(id_)]
    for old, new in changed:
        register.save(connection, old, new)
    _renew_lists(connection, village_id, {entity.list for _, entity in changed}, seq)
    _mark_stale(connection, village_id, _stale_since(connection, village_id, day, changed))
    return findings


def _visited_targets(submission: Submission) -> set[str]:
    if not any(field.name == MISSING_FIELD for field in submission.schema.main.fields):
        return set()
    return {str(answer) for name in TARGET_LISTS if (answer := submission.answer(name))}


def _renew_lists(connection: Connection, village_id: str, lists: set[str], seq: int) -> None:
    for name in sorted(lists):
        row = {"village_id": village_id, "list": name, "revision": seq}
        connection.execute(_RENEW_LIST.on(connection), row)


def _stale_since(
    connection: Connection, village_id: str, day: date, changed: Iterable[tuple[Entity | None, Entity]]
) -> Quarter:
    """The first quarter that a submission for `day` can change.

    Answers count from their own quarter on. What the register says of a person counts from the quarter in which the
    person was registered, of a household from the first of its members on.
    """
    since = Quarter.of(day)
    for old, new in changed:
        if old is None or old.data != new.data:
            since = min(since, Quarter.of(new.registered_on))
            if new.list == HOUSEHOLDS:
                since = min(since, _first_member(connection, village_id, new))
    return since


def _first_member(connection: Connection, village_id: str, household: Entity) -> Quarter:
    members = (entities.c.village_id == village_id) & (entities.c.household == household.id)
    first = connection.execute(select(func.min(entities.c.registered_on)).where(members)).scalar_one()
    return Quarter.of(first or household.registered_on)


def _mark_stale(connection: Connection, village_id: str, since: Quarter) -> None:
    connection.execute(_MARK_STALE, {"of_village": village_id, "since": str(since)})
