"""The versions of submissions in the database: which root each one has, and what came first under an instanceID."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select

from forms.answer_values import LONGEST_ID
from forms.problems import Problem, problem
from server.database.dialect import Among, Upsert
from server.database.tables import instance_ids, submissions

# received: kept, and not processed yet.
State = Literal["received", "accepted", "quarantined", "waiting", "replaced"]

NO_SUCH_SUBMISSION = Problem(
    "no-such-submission",
    404,
    "Isian {sha256} tidak ada di desa ini, atau belum diolah. Buka lagi dari daftar kiriman.",
    "There is no submission {sha256} in this village, or it is not processed yet. Open it from the list of them.",
)
# What a submission's review says where it does not count.
REJECTED = "rejected"

_CLAIM = Upsert(instance_ids, lambda new: new.on_conflict_do_nothing())
_OF_ROOTS = select(submissions.c.root_instance_id, submissions.c.sha256, submissions.c.review).where(
    submissions.c.village_id == bindparam("of_village"),
    Among(submissions.c.root_instance_id, "of_roots"),
)


@dataclass(frozen=True)
class SubmissionVersion:
    """One of the submissions that have a root in common, as the page shows it beside the others. `original`: it came
    first under the root's instanceID and corrects nothing. `deprecated_id` is None where it corrects nothing, `review`
    where nobody has found anything of it."""

    village_id: str
    sha256: str
    seq: int
    received_at: datetime
    phone: str
    body: bytes
    instance_id: str
    form_id: str
    form_version: str
    state: str
    deprecated_id: str | None
    root_instance_id: str
    review: str | None
    original: bool


def claim(connection: Connection, village_id: str, came: Iterable[tuple[str, str]]) -> None:
    """Notes what came first under each instanceID: of these (instanceID, sha256), in the order in which the village's
    phones sent them, that which nothing came before. Where another village has it already, it keeps it."""
    rows = [
        {"instance_id": instance_id, "village_id": village_id, "sha256": sha256}
        for instance_id, sha256 in sorted(came, key=lambda one: one[0])  # so that villages do not wait for each other
        if 0 < len(instance_id) <= LONGEST_ID
    ]
    if rows:
        connection.execute(_CLAIM.on(connection), rows)


def with_roots(
    connection: Connection, village_id: str, names: Sequence[str]
) -> tuple[defaultdict[str, set[str]], set[str]]:
    """The submissions (sha256) that have these instanceIDs as their root, by root; and those of them that people
    rejected."""
    found, rejected = defaultdict[str, set[str]](set), set[str]()
    for root, sha256, review in connection.execute(_OF_ROOTS, {"of_village": village_id, "of_roots": names}).all():
        found[root].add(sha256)
        if review == REJECTED:
            rejected.add(sha256)
    return found, rejected


def root_of(connection: Connection, village_id: str, instance_id: str) -> str:
    """The root of what the village's phones sent under that instanceID; that itself, where nothing of theirs is
    processed yet. It does not matter whether another village's phone used the instanceID first."""
    wanted = (
        select(submissions.c.root_instance_id)
        .where(submissions.c.village_id == village_id, submissions.c.instance_id == instance_id)
        .where(submissions.c.root_instance_id.is_not(None))
        .order_by(submissions.c.seq)
    )
    return connection.execute(wanted.limit(1)).scalar_one_or_none() or instance_id


def holder(connection: Connection, instance_id: str) -> str | None:
    """The village whose phone sent the first content under the instanceID; None where nothing has come under it."""
    first = _first_under(connection, instance_id)
    return first.village_id if first else None


def _first_under(connection: Connection, instance_id: str) -> Row[Any] | None:
    """Which content came first under the instanceID. Looked up by itself, and joined to nothing: a distributed database
    keeps it elsewhere than the submissions."""
    return connection.execute(select(instance_ids).where(instance_ids.c.instance_id == instance_id)).one_or_none()


def _is(first: Row[Any]) -> ColumnElement[bool]:
    return and_(submissions.c.village_id == first.village_id, submissions.c.sha256 == first.sha256)


def roots_of(connection: Connection, village_id: str, shas: Iterable[str]) -> dict[str, str]:
    """The root of each of the submissions, by sha256."""
    columns = (submissions.c.sha256, submissions.c.root_instance_id)
    wanted = select(*columns).where(submissions.c.village_id == village_id, submissions.c.sha256.in_(sorted(shas)))
    return {row.sha256: row.root_instance_id for row in connection.execute(wanted)}


def first_of(connection: Connection, instance_id: str) -> SubmissionVersion:
    """The first content that came under the instanceID, from whatever village."""
    first = _first_under(connection, instance_id)
    if first is None:
        raise LookupError(f"nothing has come under the instanceID {instance_id}")
    return _version(connection.execute(select(submissions).where(_is(first))).mappings().one(), first)


def versions_of(connection: Connection, village_id: str, root: str) -> list[SubmissionVersion]:
    """The submissions with the root that are processed, in the order in which they came."""
    first = _first_under(connection, root)
    wanted = select(submissions).where(
        submissions.c.village_id == village_id,
        submissions.c.root_instance_id == root,
        submissions.c.state != "received",
    )
    return [_version(row, first) for row in connection.execute(wanted.order_by(submissions.c.seq)).mappings()]


def version_of(connection: Connection, village_id: str, sha256: str) -> SubmissionVersion:
    """One submission of the village that is processed. Raises ProblemError NO_SUCH_SUBMISSION."""
    wanted = select(submissions).where(
        submissions.c.village_id == village_id, submissions.c.sha256 == sha256, submissions.c.state != "received"
    )
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise problem(NO_SUCH_SUBMISSION, sha256=sha256[:12])
    return _version(row, _first_under(connection, row["root_instance_id"] or ""))


def detail_of(connection: Connection, village_id: str, sha256: str) -> str:
    """What is wrong with the submission, in Indonesian and in as many lines in English; blank where nothing is."""
    here = (submissions.c.village_id == village_id) & (submissions.c.sha256 == sha256)
    return connection.execute(select(submissions.c.detail).where(here)).scalar_one_or_none() or ""


def waiting_roots(connection: Connection, village_id: str) -> list[str]:
    """The roots with which something waits for a decision, the oldest first."""
    wanted = select(submissions.c.root_instance_id).where(
        submissions.c.village_id == village_id, submissions.c.problem.is_not(None), submissions.c.state == "waiting"
    )
    return list(dict.fromkeys(connection.execute(wanted.order_by(submissions.c.seq)).scalars()))


def count_waiting(connection: Connection, village_id: str) -> int:
    """With how many roots something waits for a decision."""
    wanted = select(func.count(submissions.c.root_instance_id.distinct())).where(
        submissions.c.village_id == village_id, submissions.c.problem.is_not(None), submissions.c.state == "waiting"
    )
    return connection.execute(wanted).scalar_one()


def _version(row: Any, first: Row[Any] | None) -> SubmissionVersion:
    """`first`: what came first under the root; None where nothing did."""
    came_first = first is not None and (row["village_id"], row["sha256"]) == (first.village_id, first.sha256)
    values = {name: row[name] for name in SubmissionVersion.__dataclass_fields__ if name != "original"}
    # Of what is quarantined these may be missing.
    form = {name: row[name] or "" for name in ("form_id", "form_version", "instance_id", "root_instance_id")}
    values |= {**form, "body": bytes(row["body"]), "original": came_first and row["deprecated_id"] is None}
    return SubmissionVersion(**values)
