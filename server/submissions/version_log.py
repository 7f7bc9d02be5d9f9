"""The versions of submissions in the database: which thread each one is in, and what came first under an instanceID."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select

from server.database.tables import instance_ids, submissions

# received: kept, and not processed yet.
State = Literal["received", "accepted", "quarantined", "waiting", "replaced"]

_ROOTS = select(submissions.c.thread).where(
    submissions.c.village_id == bindparam("of_village"),
    submissions.c.thread.in_(bindparam("of_threads", expanding=True)),
)


@dataclass(frozen=True)
class SubmissionVersion:
    """A submission of a thread, as the page shows it beside the others. `thread` is None where it is the original."""

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
    thread: str | None


def roots_of_others(connection: Connection, village_id: str, names: Sequence[str]) -> set[str | None]:
    """Those of the instanceIDs by which a thread is called that others are in."""
    found = connection.execute(_ROOTS, {"of_village": village_id, "of_threads": names})
    return set(found.scalars())


def thread_of(connection: Connection, village_id: str, instance_id: str) -> str:
    """The thread that the submission of that instanceID is in; its own, where it has not come yet."""
    first = _first_under(connection, instance_id)
    if first is None or first.village_id != village_id:
        return instance_id
    return connection.execute(select(submissions.c.thread).where(_is(first))).scalar_one_or_none() or instance_id


def holder(connection: Connection, instance_id: str) -> str | None:
    """The village whose phone sent the first content under the instanceID."""
    first = _first_under(connection, instance_id)
    return first.village_id if first else None


def _first_under(connection: Connection, instance_id: str) -> Row[Any] | None:
    """Which content came first under the instanceID. Looked up by itself, and joined to nothing: a distributed database
    keeps it elsewhere than the submissions."""
    return connection.execute(select(instance_ids).where(instance_ids.c.instance_id == instance_id)).one_or_none()


def _is(first: Row[Any]) -> ColumnElement[bool]:
    return and_(submissions.c.village_id == first.village_id, submissions.c.sha256 == first.sha256)


def threads_of(connection: Connection, village_id: str, shas: Iterable[str]) -> dict[str, str]:
    """The thread that each of the submissions is in, by sha256."""
    columns = (submissions.c.sha256, submissions.c.thread, submissions.c.instance_id)
    wanted = select(*columns).where(submissions.c.village_id == village_id, submissions.c.sha256.in_(sorted(shas)))
    return {row.sha256: row.thread or row.instance_id for row in connection.execute(wanted)}


def first_of(connection: Connection, instance_id: str) -> SubmissionVersion:
    """The first content that came under the instanceID, from whatever village."""
    first = _first_under(connection, instance_id)
    if first is None:
        raise LookupError(f"nothing has come under the instanceID {instance_id}")
    return _member(connection.execute(select(submissions).where(_is(first))).mappings().one())


def versions_of(connection: Connection, village_id: str, thread: str) -> list[SubmissionVersion]:
    """The submissions of the thread that are processed, in the order in which they came."""
    first = _first_under(connection, thread)
    of_thread: ColumnElement[bool] = and_(submissions.c.village_id == village_id, submissions.c.thread == thread)
    if first is not None and first.village_id == village_id:
        of_thread = or_(of_thread, _is(first))
    wanted = select(submissions).where(of_thread, submissions.c.state != "received").order_by(submissions.c.seq)
    return [_member(row) for row in connection.execute(wanted).mappings()]


def waiting_threads(connection: Connection, village_id: str) -> list[str]:
    """The threads in which something waits for a decision, the oldest first."""
    wanted = (
        select(submissions.c.thread, submissions.c.instance_id)
        .where(
            submissions.c.village_id == village_id, submissions.c.problem.is_not(None), submissions.c.state == "waiting"
        )
        .order_by(submissions.c.seq)
    )
    return list(dict.fromkeys(row.thread or row.instance_id for row in connection.execute(wanted)))


def _member(row: Any) -> SubmissionVersion:
    values = {name: row[name] for name in SubmissionVersion.__dataclass_fields__}
    form = {name: row[name] or "" for name in ("form_id", "form_version")}  # of what is quarantined they may be missing
    return SubmissionVersion(**{**values, **form, "body": bytes(row["body"])})
