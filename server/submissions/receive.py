"""Taking in what a phone sent: one transaction a submission, and nothing that can be read is ever lost.

The village's row in `villages` is its lock and counter: submissions of one village go one after another, each with its
own `seq`, so that `rebuild` can walk them in the same order and come to the same rows. Different villages never wait
for each other (on SQLite, which has one writer, for a few milliseconds).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from forms.submission import (
    LONGEST_ID,
)
from server.database.dialect import Upsert
from server.database.tables import attachments, instance_ids, submissions
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache
from server.submissions.attachments import StoredFile
from server.submissions.interpret import IncomingSubmission
from server.submissions.process import Holder, holder_of, outcome
from server.submissions.versions import State
from server.villages.lock import VillageLock, lock_village

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
class Receipt:
    """What became of a submission. `files_expected`: those its answers speak of; `files_missing`: the ones to come."""

    state: State
    again: bool
    files_expected: tuple[str, ...]
    files_missing: tuple[str, ...]


def receive(
    connection: Connection, cache: FormCache, arrival: IncomingSubmission, files: Iterable[StoredFile]
) -> Receipt:
    """Takes in one POST: the submission if it is new, and its files. Idempotent; to be run in one write transaction."""
    turn = lock_village(connection, arrival.village_id)
    holder = _claim(connection, arrival)
    row = None if holder == Holder.NOBODY else _already(connection, arrival)
    again = row is not None
    if row is None:
        row = _take_in(connection, cache, arrival, holder, turn)
    missing = _merge_files(connection, arrival, row["expected_files"], files)
    return Receipt(row["state"], again, tuple(row["expected_files"]), missing)


def _claim(connection: Connection, arrival: IncomingSubmission) -> Holder:
    """Claims the instanceID for this body; the constraint decides, however many phones send at once."""
    name = arrival.envelope.instance_id
    if not name or len(name) > LONGEST_ID:
        return Holder.UNKNOWN
    row = {"instance_id": name, "village_id": arrival.village_id, "sha256": arrival.sha256}
    if connection.execute(_CLAIM.on(connection), row).first() is not None:
        return Holder.NOBODY
    return holder_of(connection, arrival)


def _already(connection: Connection, arrival: IncomingSubmission) -> Any:
    here = {"village_id": arrival.village_id, "sha256": arrival.sha256}
    return connection.execute(_ALREADY, here).mappings().one_or_none()


def _take_in(
    connection: Connection,
    cache: FormCache,
    arrival: IncomingSubmission,
    holder: Holder,
    turn: VillageLock,
) -> dict[str, Any]:
    work = UnitOfWork(connection, arrival.village_id, turn)
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


def _merge_files(
    connection: Connection, arrival: IncomingSubmission, expected: list[str], files: Iterable[StoredFile]
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
