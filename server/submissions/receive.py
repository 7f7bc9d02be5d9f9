"""What a phone sends is kept as it came, in one short transaction, and nothing that can be read is ever lost.

What it means is worked out after that (process.py), so that nothing that goes wrong there can refuse a form. The phone
is told 201 when the commit is through, and a commit survives a power cut.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import IO

from sqlalchemy import Connection, bindparam, select

from forms.answer_values import LONGEST_ID
from forms.characters import possible
from forms.problems import Problem, problem
from forms.submission import Envelope
from server.database.dialect import Upsert
from server.database.errors import database_error, without_rows
from server.database.tables import attachments, submissions
from server.publications.form_versions import FormCache
from server.submissions.attachments import AttachmentStore, StoredFile
from server.submissions.interpret import IncomingSubmission, expected_files, names_of

_log = logging.getLogger(__name__)
_log.addFilter(without_rows)

XML_TOO_LARGE = Problem(
    "xml-too-large",
    413,
    "Jawaban isian ini (tanpa foto) lebih besar dari {limit} MB. Periksa isiannya; bila benar, hubungi admin.",
    "The answers of this submission (without photos) are larger than {limit} MB. Look through it; if it is right, tell "
    "the admin.",
)
# The field of a POST that holds the answers.
XML_FIELD = "xml_submission_file"
# Bytes. The answers of the longest form are some 20 kB; a parsed tree takes many times its text.
LARGEST_XML = 5 * 1024 * 1024

# RETURNING tells a new row from a conflict on both databases; psycopg's rowcount does not.
_KEEP = Upsert(submissions, lambda new: new.on_conflict_do_nothing().returning(submissions.c.sha256))
_KEEP_FILE = Upsert(attachments, lambda new: new.on_conflict_do_nothing())
_FILES = select(attachments.c.name).where(
    attachments.c.village_id == bindparam("village_id"), attachments.c.submission_sha256 == bindparam("sha256")
)


@dataclass(frozen=True)
class SentFile:
    """A file of a POST, and the name of the field that it came in."""

    field: str
    stored: StoredFile

    def name(self, expected: Collection[str]) -> str:
        """What the answers call it. Some clients call each file `blob`, or tell its whole path; the field has its name
        then."""
        called = [self.stored.name, _last(self.stored.name), self.field, _last(self.field)]
        return next((name for name in called if name in expected), self.stored.name)


def read_body(content: IO[bytes]) -> bytes:
    """The answers as they were sent. Raises ProblemError XML_TOO_LARGE."""
    body = content.read(LARGEST_XML + 1)
    if len(body) > LARGEST_XML:
        raise problem(XML_TOO_LARGE, limit=LARGEST_XML // 1024 // 1024)
    return body


def keep_file(store: AttachmentStore, field: str, filename: str, content_type: str, content: IO[bytes]) -> SentFile:
    """A file of a POST, safely kept; its names as the answers have them."""
    field, name, content_type = (possible(text)[:LONGEST_ID] for text in (field, filename, content_type))
    return SentFile(field, store.keep(name or field, content_type, content))


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True)
class Receipt:
    """What a phone is told. `again`: these very bytes had come before. `files_expected`: the names of those
    that the answers speak of; `files_missing`: those of them that are still to come."""

    again: bool
    files_expected: tuple[str, ...]
    files_missing: tuple[str, ...]


def receive(
    connection: Connection, cache: FormCache, incoming: IncomingSubmission, files: Iterable[SentFile]
) -> Receipt:
    """Keeps one POST: the submission if it is new, and its files. Idempotent; to be run in one write transaction."""
    envelope = incoming.envelope
    expected = _expected_files(connection, cache, envelope)
    mine = {"village_id": incoming.village_id, "sha256": incoming.sha256}
    row = {
        **mine,
        "received_at": incoming.received_at,
        "phone": incoming.phone,
        "device_id": incoming.device_id,
        "body": incoming.body,
        **names_of(envelope),
        "state": "received",
        "expected_files": expected,
    }
    again = connection.execute(_KEEP.on(connection), row).first() is None
    return Receipt(again, expected, _merge_files(connection, incoming, expected, files))


def _expected_files(connection: Connection, cache: FormCache, envelope: Envelope) -> tuple[str, ...]:
    """None where the program fails to find them: what can be kept is kept, and processing tells of the fault.

    Raises what the database says, as nothing can be kept then.
    """
    try:
        return expected_files(connection, cache, envelope)
    except Exception as error:
        if database_error(error):
            raise
        _log.exception("the files that a submission speaks of could not be found; it is kept")
        return ()


def _merge_files(
    connection: Connection, incoming: IncomingSubmission, expected: tuple[str, ...], files: Iterable[SentFile]
) -> tuple[str, ...]:
    """Adds the files of this POST to those that came before; the names that are still expected."""
    rows = [
        vars(file.stored)
        | {
            "name": file.name(expected),
            "village_id": incoming.village_id,
            "submission_sha256": incoming.sha256,
            "received_at": incoming.received_at,
        }
        for file in files
    ]
    if rows:
        connection.execute(_KEEP_FILE.on(connection), rows)
    if not expected:
        return ()
    here = {"village_id": incoming.village_id, "sha256": incoming.sha256}
    present = set(connection.execute(_FILES, here).scalars())
    return tuple(name for name in expected if name not in present)
