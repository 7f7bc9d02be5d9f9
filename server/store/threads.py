"""Which content of a submission counts: an original, its corrections, and other content under the same instanceID.

They are a thread, called by the original's instanceID. The original counts until somebody decides otherwise
(decisions.py); what comes after the decision waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, or_, select, update

from forms.problems import Problem, ProblemError, problem
from forms.submission import CORRECTION, Envelope
from server.store.model import decisions, instance_ids, submissions

OTHER_CONTENT = Problem(
    "same-id-other-content",
    409,
    "Isian dengan instanceID {instance_id} sudah diterima dengan isi lain atau dari desa lain. Keduanya disimpan; yang "
    "pertama dihitung sampai admin atau kepala desa memilih di halaman Perbaikan.",
    "A submission with the instanceID {instance_id} came before with other content or from another village. Both are "
    "kept; the first one counts until an admin or the village head chooses on the page Corrections.",
)

State = Literal["accepted", "quarantined", "waiting", "replaced"]

_CORRECTED = select(submissions.c.sha256).where(
    submissions.c.village_id == bindparam("of_village"), submissions.c.thread == bindparam("of_thread")
)


@dataclass(frozen=True)
class Standing:
    """Whether a submission counts. `thread` is None where it is an original; `reason` says what it waits for."""

    thread: str | None
    state: State
    reason: ProblemError | None = None


@dataclass(frozen=True)
class Member:
    """A submission of a thread, as the page shows it beside the others."""

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


def standing(connection: Connection, village_id: str, sha256: str, envelope: Envelope, other_body: bool) -> Standing:
    """Whether the submission counts, by what is decided; joins it with the corrections that came before it."""
    name = envelope.instance_id
    thread = None
    if envelope.deprecated_id:
        thread = _thread_of(connection, village_id, envelope.deprecated_id)
    elif other_body:
        thread = _thread_of(connection, village_id, name)
    corrected = connection.execute(_CORRECTED, {"of_village": village_id, "of_thread": name}).first() is not None
    if corrected and thread is not None and thread != name:
        here = (submissions.c.village_id == village_id) & (submissions.c.thread == name)
        connection.execute(update(submissions).where(here).values(thread=thread))
    if thread is None and not corrected:
        return Standing(None, "accepted")
    use, among = decided(connection, village_id, thread or name)
    if use == sha256 or (use is None and thread is None):
        return Standing(thread, "accepted")
    if sha256 in among:
        return Standing(thread, "replaced")
    if envelope.deprecated_id:
        return Standing(thread, "waiting", problem(CORRECTION, deprecated_id=envelope.deprecated_id))
    return Standing(thread, "waiting", problem(OTHER_CONTENT, instance_id=name))


def _thread_of(connection: Connection, village_id: str, instance_id: str) -> str:
    """The thread that the submission of that instanceID is in; its own, where it has not come yet."""
    wanted = (
        select(submissions.c.thread)
        .join(
            instance_ids,
            (instance_ids.c.village_id == submissions.c.village_id) & (instance_ids.c.sha256 == submissions.c.sha256),
        )
        .where(instance_ids.c.instance_id == instance_id, submissions.c.village_id == village_id)
    )
    return connection.execute(wanted).scalar_one_or_none() or instance_id


def decided(connection: Connection, village_id: str, thread: str) -> tuple[str | None, list[str]]:
    """(sha256 that counts, or None; those that it was chosen among): the latest decision that stands."""
    wanted = (
        select(decisions.c.payload)
        .where(decisions.c.village_id == village_id, decisions.c.kind == "content", decisions.c.undone_at.is_(None))
        .order_by(decisions.c.made_at.desc())
    )
    for payload in connection.execute(wanted).scalars():
        if payload["thread"] == thread:
            return payload["use"], payload["among"]
    return None, []


def members(connection: Connection, village_id: str, thread: str) -> list[Member]:
    """The submissions of the thread, in the order in which they came."""
    original = select(instance_ids.c.sha256).where(
        instance_ids.c.instance_id == thread, instance_ids.c.village_id == village_id
    )
    wanted = (
        select(submissions)
        .where(
            submissions.c.village_id == village_id,
            or_(submissions.c.thread == thread, submissions.c.sha256.in_(original)),
        )
        .order_by(submissions.c.seq)
    )
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


def _member(row: Any) -> Member:
    values = {name: row[name] for name in Member.__dataclass_fields__}
    return Member(**{**values, "body": bytes(row["body"])})
