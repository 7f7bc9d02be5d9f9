"""What a submission means: the form version that it was made with, its answers, and whether its day can be."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property

from sqlalchemy import Connection

from forms.answer_values import LONGEST_ID, TOO_LONG, require_bounds
from forms.domain import CHILDREN, FIRST_DAY
from forms.problems import Problem, ProblemError, problem
from forms.submission import (
    ENCRYPTED,
    NO_FORM_ID,
    NO_INSTANCE_ID,
    Envelope,
    Submission,
    encrypted_files,
    named_files,
    read_envelope,
    read_submission,
)
from server.database.errors import database_error, failure_name, is_of_the_server, without_rows
from server.publications.form_versions import FormCache, KnownVersion, published_schemas
from server.submissions.entity_changes import BIRTH_MEASURES, LENGTH, WEIGHTS, SentSubmission
from server.submissions.version_log import SubmissionVersion

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


NOT_DERIVED = Problem(
    "not-derived",
    500,
    "Isian ini tersimpan utuh, tetapi server gagal mengolahnya ({reason}). Beri tahu pengelola server; sesudah "
    "sebabnya diperbaiki, coba lagi dari karantina.",
    "This submission is kept whole, but the server failed to work it out ({reason}). Tell whoever runs the server; "
    "when the cause is mended, try it again from quarantine.",
)

# Kilograms and centimetres: nobody who is measured as a child weighs more, or is longer.
_BODY_KG, _BODY_CM = (0.1, 300.0), (10.0, 300.0)
POSSIBLE_MEASURES = {
    **dict.fromkeys((*WEIGHTS, BIRTH_MEASURES["berat"]), _BODY_KG),
    **dict.fromkeys((LENGTH, BIRTH_MEASURES[LENGTH]), _BODY_CM),
}
_log = logging.getLogger(__name__)
_log.addFilter(without_rows)


@dataclass(frozen=True)
class IncomingSubmission:
    """A submission as it came in. `day` is the local date of `received_at`: the day of answers that name none. `phone`
    is the sha256 of its token; `device_id` is None where the phone sent none."""

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

    def sent(self, submission: Submission, seq: int) -> SentSubmission:
        return SentSubmission(submission, self.village_id, self.sha256, seq, self.received_at, self.day)


def came_as(version: SubmissionVersion, zone: tzinfo) -> IncomingSubmission:
    """A kept submission as it came in; without its device, which means nothing of it."""
    envelope = read_envelope(version.body)
    return IncomingSubmission(
        version.village_id, version.phone, None, version.body, envelope, version.received_at, zone
    )


def understood(
    connection: Connection, cache: FormCache, incoming: IncomingSubmission
) -> tuple[KnownVersion, Submission]:
    """The submission by the form version that it was made with. Raises ProblemError where it cannot be understood."""
    known = understood_version(connection, cache, incoming.envelope)
    submission = read_submission(incoming.envelope, known.schema)
    _require_possible_day(submission.day, incoming.day)
    _require_possible_measures(submission)
    return known, submission


def _require_possible_day(day: date | None, arrived: date) -> None:
    last = arrived + timedelta(days=1)  # a phone may be a time zone ahead
    if day and not FIRST_DAY <= day <= last:
        raise problem(WRONG_DAY, day=day, first=FIRST_DAY, last=last)


def _require_possible_measures(submission: Submission) -> None:
    """What a form says of a child's body is a number that a body can have, also where its own constraint is wider or a
    calculation gives it."""
    schema = submission.schema
    if CHILDREN not in (*schema.main.by_name, *schema.lists):
        return
    for name, (least, most) in POSSIBLE_MEASURES.items():
        require_bounds(name, submission.number(name), least, most)


def understood_version(connection: Connection, cache: FormCache, envelope: Envelope) -> KnownVersion:
    """The form version that the submission was made with.

    Raises ProblemError where it cannot be understood: NO_INSTANCE_ID, NO_FORM_ID, TOO_LONG (an id), ENCRYPTED,
    UNKNOWN_FORM, or UNKNOWN_VERSION where only other versions of the form are published.
    """
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


def names_of(envelope: Envelope) -> dict[str, str | None]:
    """What the submission calls itself and its form, column -> text; None for what it does not say."""
    return {
        "instance_id": envelope.instance_id or None,
        "form_id": envelope.form_id or None,
        "form_version": envelope.form_version or None,
        "deprecated_id": envelope.deprecated_id or None,
    }


def expected_files(connection: Connection, cache: FormCache, envelope: Envelope) -> tuple[str, ...]:
    """The names of the files that a submission speaks of; none where its form version is not known."""
    if envelope.encrypted:
        return encrypted_files(envelope)
    known = cache.find(connection, envelope.form_id, envelope.form_version)
    return named_files(envelope, known.schema) if known else ()


@dataclass(frozen=True)
class Interpreted:
    """A submission with what it means. `known`, its form version, and `submission` are None where it cannot be
    understood. `error`: why not, or why it could not be worked out; None where nothing is wrong."""

    incoming: IncomingSubmission
    known: KnownVersion | None = None
    submission: Submission | None = None
    error: ProblemError | None = None

    @property
    def expected_files(self) -> list[str]:
        """The names of the files that its answers speak of."""
        if self.submission is not None:
            return list(self.submission.files)
        envelope = self.incoming.envelope
        return list(encrypted_files(envelope)) if envelope.encrypted else []


def interpret(connection: Connection, cache: FormCache, incoming: Sequence[IncomingSubmission]) -> list[Interpreted]:
    """Each submission by the form version that it was made with; why not, where it cannot be understood.

    Raises what is the server's fault alone, such as a lost connection.
    """
    try:
        with connection.begin_nested():
            return [_interpret(connection, cache, one) for one in incoming]
    except Exception as error:
        if is_of_the_server(error):
            raise
        if len(incoming) > 1:  # the database goes on after the one that it stumbled over
            return [found for one in incoming for found in interpret(connection, cache, [one])]
        return [_not_derived(incoming[0], error)]


def _interpret(connection: Connection, cache: FormCache, incoming: IncomingSubmission) -> Interpreted:
    """Raises what is the server's fault, and what the database says."""
    try:
        known, submission = understood(connection, cache, incoming)
    except ProblemError as error:
        return Interpreted(incoming, error=error)
    except Exception as error:
        if is_of_the_server(error) or database_error(error):
            raise
        return _not_derived(incoming, error)
    return Interpreted(incoming, known, submission)


def _not_derived(incoming: IncomingSubmission, error: Exception) -> Interpreted:
    _log.error("a submission could not be read", exc_info=error)
    return Interpreted(incoming, error=problem(NOT_DERIVED, reason=failure_name(error)))
