"""Taking in what a phone sent: one transaction a submission, and nothing that can be read is ever lost.

The village's row in `villages` is its lock and counter: submissions of one village go one after another, each with its
own `seq`, so that `rebuild` can walk them in the same order and come to the same rows. Different villages never wait
for each other (on SQLite, which has one writer, for a few milliseconds).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from forms.problems import Problem, ProblemError, problem
from forms.submission import (
    ENCRYPTED,
    LONGEST_ID,
    NO_FORM_ID,
    NO_INSTANCE_ID,
    TOO_LONG,
    Envelope,
    Submission,
    encrypted_files,
    read_submission,
)
from server.store.attachments import StoredFile
from server.store.counted import let_count
from server.store.effects import Work
from server.store.forms import FormCache, KnownVersion, published_schemas
from server.store.model import attachments, instance_ids, submissions
from server.store.said import Sent
from server.store.sql import Upsert
from server.store.threads import State, standing, trouble, untroubled
from server.store.turns import Turn, next_turn

UNKNOWN_FORM = Problem(
    "unknown-form",
    404,
    "Formulir {form_id} tidak dikenal server ini. Terbitkan formulirnya, lalu proses ulang dari karantina.",
    "The form {form_id} is not known here. Publish it, then replay from quarantine.",
)
UNKNOWN_VERSION = Problem(
    "unknown-version",
    404,
    "Formulir {form_id} versi {version!r} tidak dikenal server ini. Terbitkan versi itu, lalu proses ulang.",
    "Version {version!r} of the form {form_id} is not known here. Publish that version, then replay from quarantine.",
)
WRONG_DAY = Problem(
    "wrong-day",
    400,
    "Tanggal isian ini, {day}, tidak mungkin ({first} sampai {last}): mungkin jam HP salah. Betulkan jam HP, lalu isi "
    "ulang dengan tanggal yang benar.",
    "This submission's date, {day}, cannot be (it must be from {first} to {last}): perhaps the phone's clock is wrong. "
    "Set the clock right and fill in the form again with the right date.",
)

# The monitoring of convergence began in 2018; an earlier day comes from a phone whose clock was reset.
FIRST_DAY = date(2018, 1, 1)

# RETURNING tells a new row from a conflict on both databases; psycopg's rowcount does not.
_CLAIM = Upsert(instance_ids, lambda new: new.on_conflict_do_nothing().returning(instance_ids.c.instance_id))
_KEEP = insert(submissions)
_ALREADY = select(submissions.c.state, submissions.c.expected_files).where(
    submissions.c.village_id == bindparam("village_id"), submissions.c.sha256 == bindparam("sha256")
)
_KEEP_FILE = Upsert(attachments, lambda new: new.on_conflict_do_nothing())
_FILES = select(attachments.c.name).where(
    attachments.c.village_id == bindparam("village_id"), attachments.c.submission_sha256 == bindparam("sha256")
)


@dataclass(frozen=True)
class Arrival:
    """A submission as it came in. `day` is the local date of `received_at`: the day of answers that name none."""

    village_id: str
    phone: str
    device_id: str | None
    body: bytes
    envelope: Envelope
    received_at: datetime
    timezone: tzinfo

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def day(self) -> date:
        return self.received_at.astimezone(self.timezone).date()

    def sent(self, submission: Submission, seq: int) -> Sent:
        return Sent(submission, self.village_id, self.sha256, seq, self.received_at, self.day)


@dataclass(frozen=True)
class Receipt:
    """What became of a submission. `files_expected`: those its answers speak of; `files_missing`: the ones to come."""

    state: State
    again: bool
    files_expected: tuple[str, ...]
    files_missing: tuple[str, ...]


def receive(connection: Connection, cache: FormCache, arrival: Arrival, files: Iterable[StoredFile]) -> Receipt:
    """Takes in one POST: the submission if it is new, and its files. Idempotent; to be run in one write transaction."""
    turn = next_turn(connection, arrival.village_id)
    holder = _claim(connection, arrival)
    row = None if holder == Holder.NOBODY else _already(connection, arrival)
    again = row is not None
    if row is None:
        row = _take_in(connection, cache, arrival, holder, turn)
    missing = _merge_files(connection, arrival, row["expected_files"], files)
    return Receipt(row["state"], again, tuple(row["expected_files"]), missing)


class Holder(Enum):
    """Who held the instanceID before this arrival. A submission without one is held by nobody that we could know."""

    NOBODY = "nobody"
    UNKNOWN = "unknown"
    SAME_BODY = "same body"
    OTHER_BODY = "other body"


def _claim(connection: Connection, arrival: Arrival) -> Holder:
    """Claims the instanceID for this body; the constraint decides, however many phones send at once."""
    name = arrival.envelope.instance_id
    if not name or len(name) > LONGEST_ID:
        return Holder.UNKNOWN
    row = {"instance_id": name, "village_id": arrival.village_id, "sha256": arrival.sha256}
    if connection.execute(_CLAIM.on(connection), row).first() is not None:
        return Holder.NOBODY
    return holder_of(connection, arrival)


def holder_of(connection: Connection, arrival: Arrival) -> Holder:
    """Whether the body that came first under this instanceID is this one."""
    wanted = select(instance_ids).where(instance_ids.c.instance_id == arrival.envelope.instance_id)
    first = connection.execute(wanted).mappings().one_or_none()
    if first is None:
        return Holder.UNKNOWN
    same = (first["village_id"], first["sha256"]) == (arrival.village_id, arrival.sha256)
    return Holder.SAME_BODY if same else Holder.OTHER_BODY


def _already(connection: Connection, arrival: Arrival) -> Any:
    here = {"village_id": arrival.village_id, "sha256": arrival.sha256}
    return connection.execute(_ALREADY, here).mappings().one_or_none()


def _take_in(
    connection: Connection,
    cache: FormCache,
    arrival: Arrival,
    holder: Holder,
    turn: Turn,
) -> dict[str, Any]:
    work = Work(connection, arrival.village_id, turn)
    derived = outcome(work, cache, arrival, holder, turn.seq)
    row = {
        "village_id": arrival.village_id,
        "sha256": arrival.sha256,
        "seq": turn.seq,
        "received_at": arrival.received_at,
        "phone": arrival.phone,
        "device_id": arrival.device_id,
        "body": arrival.body,
        **derived,
    }
    connection.execute(_KEEP, row)
    work.finish()
    return row


def outcome(work: Work, cache: FormCache, arrival: Arrival, holder: Holder, seq: int) -> dict[str, Any]:
    """Understands the submission and lets it take effect; the derived columns of its row in `submissions`."""
    envelope = arrival.envelope
    row: dict[str, Any] = {
        "instance_id": envelope.instance_id or None,
        "form_id": envelope.form_id or None,
        "form_version": envelope.form_version or None,
        "deprecated_id": envelope.deprecated_id or None,
        "thread": None,
        "expected_files": list(encrypted_files(envelope)) if envelope.encrypted else [],
    }
    place = (work, arrival.village_id, arrival.sha256, seq, envelope)
    other_body = holder is Holder.OTHER_BODY
    try:
        known, submission = understood(work.connection, cache, arrival)
    except ProblemError as error:
        row["thread"] = standing(*place, other_body=other_body, understood=False).thread
        return row | trouble("quarantined", error)
    row["expected_files"] = list(submission.files)
    stands = standing(*place, other_body=other_body, understood=True)
    row["thread"] = stands.thread
    if stands.state != "accepted":
        return row | (trouble(stands.state, stands.reason) if stands.reason else untroubled(stands.state))
    troubles = let_count(work, known.tables, arrival.sent(submission, seq))
    return row | (trouble("accepted", ProblemError(troubles)) if troubles else untroubled("accepted"))


def understood(connection: Connection, cache: FormCache, arrival: Arrival) -> tuple[KnownVersion, Submission]:
    """The submission by the form version that it was made with. Raises ProblemError where it cannot be understood."""
    known = understood_version(connection, cache, arrival.envelope)
    submission = read_submission(arrival.envelope, known.schema)
    _require_possible_day(submission.day, arrival.day)
    return known, submission


def _require_possible_day(day: date | None, arrived: date) -> None:
    last = arrived + timedelta(days=1)  # a phone may be a time zone ahead
    if day and not FIRST_DAY <= day <= last:
        raise problem(WRONG_DAY, day=day, first=FIRST_DAY, last=last)


def understood_version(connection: Connection, cache: FormCache, envelope: Envelope) -> KnownVersion:
    """The form version that the submission was made with. Raises ProblemError where it cannot be understood."""
    if not envelope.instance_id:
        raise problem(NO_INSTANCE_ID)
    if len(envelope.instance_id) > LONGEST_ID:
        raise problem(TOO_LONG, "meta/instanceID", length=len(envelope.instance_id), most=LONGEST_ID)
    if len(envelope.deprecated_id) > LONGEST_ID:
        raise problem(TOO_LONG, "meta/deprecatedID", length=len(envelope.deprecated_id), most=LONGEST_ID)
    if not envelope.form_id:
        raise problem(NO_FORM_ID)
    if envelope.encrypted:
        raise problem(ENCRYPTED)
    known = cache.find(connection, envelope.form_id, envelope.form_version)
    if known is None:
        if published_schemas(connection, envelope.form_id):
            raise problem(UNKNOWN_VERSION, form_id=envelope.form_id, version=envelope.form_version)
        raise problem(UNKNOWN_FORM, form_id=envelope.form_id)
    return known


def _merge_files(
    connection: Connection, arrival: Arrival, expected: list[str], files: Iterable[StoredFile]
) -> tuple[str, ...]:
    """Adds the files of this POST to those that came before; the names that are still expected."""
    for file in files:
        row = vars(file) | {
            "village_id": arrival.village_id,
            "submission_sha256": arrival.sha256,
            "received_at": arrival.received_at,
        }
        connection.execute(_KEEP_FILE.on(connection), row)
    if not expected:
        return ()
    here = {"village_id": arrival.village_id, "sha256": arrival.sha256}
    present = set(connection.execute(_FILES, here).scalars())
    return tuple(name for name in expected if name not in present)
