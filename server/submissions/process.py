"""What becomes of a submission: whether it counts, its answers, and what it changes in the register."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any

from sqlalchemy import Connection, select

from forms.domain import HOUSEHOLD
from forms.problems import Finding, ProblemError
from forms.submission import (
    encrypted_files,
)
from server.database.answer_tables import FormTables
from server.database.tables import instance_ids
from server.decisions.follow_on import go_along
from server.decisions.relocation import bring_home
from server.entities import change_log
from server.entities.change import WITH, Change, family_of
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache
from server.submissions.answers import targets_of, write_answers
from server.submissions.entity_changes import SentSubmission, entity_changes_in
from server.submissions.interpret import IncomingSubmission, understood
from server.submissions.versions import version_status, with_problem, without_problem


def process_answers(work: UnitOfWork, tables: FormTables, sent: SentSubmission) -> list[Finding]:
    """Writes the answers and applies the changes. One bad entity never stops the others: its findings are returned."""
    work.force(sent.received_at)
    found, findings = entity_changes_in(sent)
    targets = [str(target) for target in targets_of(sent).values()]
    households = {change.properties.get(HOUSEHOLD) for change in found}
    work.foresee([*filter(None, households), *targets, *(change.sent_id for change in found)])
    village_id = write_answers(work, tables, sent)
    work.spoken_of(village_id, sent.day)
    for change in found:
        at_home = _at_home(work, change, targets)
        finding = work.take(at_home)
        if finding is not None:
            findings.append(finding)
        elif at_home.sent_id in work.named:
            work.refold((at_home.village_id, at_home.entity_id))  # its version counts the move that took it along
            _take_family_along(work, at_home)
    return findings


def _take_family_along(work: UnitOfWork, newcomer: Change) -> None:
    """Who was told of before the newcomer, as of the newcomer's family, goes along as well."""
    for one in change_log.created_by(work.connection, [newcomer.origin]):
        if family_of(one) == newcomer.sent_id:
            _, left = go_along(work, one, newcomer.sent_id)
            for place in left:
                bring_home(work, place)


def _at_home(work: UnitOfWork, change: Change, targets: list[str]) -> Change:
    """The change where its entity is at home. Who is new is at home with the form's own target, or with the household:
    a late form may tell of a birth in a family that has moved."""
    place = work.home(change.origin, change.sent_id)
    if change.creates:
        others = [one for one in targets if one != change.sent_id]
        if others:
            change = replace(change, observed=change.observed | {WITH: others[0]})
        family = family_of(change)
        known = work.entity(place)
        is_new = work.told != "again" or family in work.named
        if family and is_new and (known is None or known.created_seq is None):
            place, left = go_along(work, change, family)
            for one in left:  # what was said of them there before anybody told who they are
                bring_home(work, one)
    return change.moved_to(*place)


class Holder(Enum):
    """Who held the instanceID before this arrival. A submission without one is held by nobody that we could know."""

    NOBODY = "nobody"
    UNKNOWN = "unknown"
    SAME_BODY = "same body"
    OTHER_BODY = "other body"


def holder_of(connection: Connection, arrival: IncomingSubmission) -> Holder:
    """Whether the body that came first under this instanceID is this one."""
    wanted = select(instance_ids).where(instance_ids.c.instance_id == arrival.envelope.instance_id)
    first = connection.execute(wanted).mappings().one_or_none()
    if first is None:
        return Holder.UNKNOWN
    same = (first["village_id"], first["sha256"]) == (arrival.village_id, arrival.sha256)
    return Holder.SAME_BODY if same else Holder.OTHER_BODY


def outcome(
    work: UnitOfWork, cache: FormCache, arrival: IncomingSubmission, holder: Holder, seq: int
) -> dict[str, Any]:
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
        row["thread"] = version_status(*place, other_body=other_body, understood=False).thread
        return row | with_problem("quarantined", error)
    row["expected_files"] = list(submission.files)
    stands = version_status(*place, other_body=other_body, understood=True)
    row["thread"] = stands.thread
    if stands.state != "accepted":
        return row | (with_problem(stands.state, stands.reason) if stands.reason else without_problem(stands.state))
    troubles = process_answers(work, known.tables, arrival.sent(submission, seq))
    return row | (with_problem("accepted", ProblemError(troubles)) if troubles else without_problem("accepted"))
