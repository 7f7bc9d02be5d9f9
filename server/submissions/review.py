"""Deciding which of the submissions with one root counts, or that none does, and what people find of each of them: all
that is derived follows."""

from __future__ import annotations

import time
import uuid
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from sqlalchemy import Connection, insert, select, update

from forms.problems import Problem, problem
from server.database.account_tables import submission_reviews, users
from server.database.tables import submissions
from server.entities import change_log, decision_log
from server.entities.change import Change
from server.entities.decision import Decision, Review
from server.entities.offline_versions import when_decided
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache
from server.submissions import version_log, versions
from server.submissions.entity_changes import entity_changes_in
from server.submissions.interpret import came_as, interpret, understood
from server.submissions.process import Queued, process_in
from server.submissions.version_log import REJECTED, SubmissionVersion
from server.villages.lock import lock_village

NOT_IN_THREAD = Problem(
    "not-in-thread",
    404,
    "Pilihan ini tidak ada di antara isian yang dibandingkan. Muat ulang halamannya, lalu pilih lagi.",
    "This choice is not among the submissions compared. Load the page again and choose once more.",
)
BAD_REVIEW = Problem(
    "bad-review",
    400,
    "Hasil pemeriksaan {state!r} tidak dikenal. Muat ulang halamannya, lalu pilih dari tombol yang ada.",
    "The review {state!r} is not known. Load the page again and choose one of its buttons.",
)
NO_REASON = Problem(
    "no-reason",
    400,
    "Tulis dahulu apa yang harus diperbaiki, atau mengapa isian ini tidak dihitung; KPM membacanya. Lalu tekan lagi.",
    "First write what is to be corrected, or why this submission does not count: the KPM reads it. Then press again.",
)
NO_WORDS = Problem(
    "no-comment",
    400,
    "Catatannya kosong. Tulis sesuatu, lalu simpan lagi.",
    "The comment is empty. Write something, then save it again.",
)
HAS_ISSUES, APPROVED, NOT_REVIEWED = "has_issues", "approved", "received"
# What people find of a submission: nothing yet, it goes back to the KPM, it is right, it does not count.
STATES = (NOT_REVIEWED, HAS_ISSUES, APPROVED, REJECTED)
# Characters of a reason or comment: it stands in a phone's list.
LONGEST_REMARK = 300


def choose(
    connection: Connection,
    cache: FormCache,
    zone: tzinfo,
    village_id: str,
    root: str,
    use: str,
    made_by: str,
    now: datetime,
    seen: Container[str] | None = None,
) -> Decision:
    """Lets the submission `use` (sha256) count in place of the others with the root; none of them, where it is blank.

    It is a decision about those that were `seen` (sha256; all without it): what has come meanwhile waits. What cannot
    be understood now is not decided upon. Raises ProblemError NOT_IN_THREAD where `use` is none of them or there is
    nothing to decide, and those of `understood` where it cannot be understood.
    """
    work = UnitOfWork(connection, village_id, lock_village(connection, village_id), moment=now)
    root = version_log.root_of(connection, village_id, root)
    known = version_log.versions_of(connection, village_id, root)
    shown = [one for one in known if seen is None or one.sha256 in seen]
    among = [one.sha256 for one in known if one.sha256 == use or (one in shown and one.state != "quarantined")]
    chosen = next((one for one in known if one.sha256 == use), None)
    uncorrected = all(one.original for one in known)  # then "none" would change nothing
    if (use or not among or uncorrected) and chosen is None:
        raise problem(NOT_IN_THREAD)
    if chosen is not None:
        understood(connection, cache, came_as(chosen, zone))
        if chosen.review == REJECTED:
            _note(connection, chosen, NOT_REVIEWED, "", made_by, now)
    concerned = [one for one in known if one.sha256 in among or one.state == "accepted"]
    said = {one: _said(connection, cache, one, zone) for one in concerned}
    changing = [one for one in said if (one.state == "accepted") != (one.sha256 == use)]
    touched = {change.entity_id for one in changing for change in said[one]}
    aside = [change for one in said if one.sha256 != use for change in said[one]]
    about = Review(root, use, tuple(among), decision_log.offline_rows(aside))
    everybody = touched | {work.home(village_id, id_)[1] for id_ in touched}
    made = decision_log.made_now(village_id, about, work.seq, [], made_by, now, touched=everybody)
    decision_log.keep(connection, made)
    for one in known:
        if one.state == "accepted" and one.sha256 != use:
            versions.supersede(work, one)
    others = [one for one in known if not (one.state == "accepted" and one.sha256 == use)]
    read = interpret(work.connection, cache, [came_as(one, zone) for one in others])
    process_in(work, [Queued(found, one.seq, now, at=work.seq) for found, one in zip(read, others, strict=True)])
    work.refold(*(work.home(village_id, id_) for id_ in touched))
    if any(one.review == HAS_ISSUES for one in known):
        _tell_phones(work, touched, now)
    work.finish()
    return made


@dataclass(frozen=True)
class Remark:
    """A line of a submission's history: what somebody found of it, or wrote. `state` is one of STATES, None of a
    comment alone; `by` is their name, or their email where the account has gone."""

    at: datetime
    by: str
    state: str | None
    text: str


def remarks(connection: Connection, village_id: str, sha256: str) -> list[Remark]:
    """What people found of the submission and wrote about it, the latest first."""
    wanted = (
        select(submission_reviews, users.c.name)
        .select_from(submission_reviews.outerjoin(users, users.c.email == submission_reviews.c.email))
        .where(submission_reviews.c.village_id == village_id, submission_reviews.c.sha256 == sha256)
        .order_by(submission_reviews.c.at.desc(), submission_reviews.c.id.desc())
    )
    return [Remark(row.at, row.name or row.email, row.state, row.text) for row in connection.execute(wanted)]


def judge(
    connection: Connection,
    cache: FormCache,
    zone: tzinfo,
    village_id: str,
    sha256: str,
    state: str,
    reason: str,
    made_by: str,
    now: datetime,
) -> None:
    """Notes what somebody finds of a submission: one of STATES. HAS_ISSUES sends it back to the KPM: phones hear of it
    with their lists. What is REJECTED does not count, until it is found otherwise.

    Raises ProblemError BAD_REVIEW, NO_REASON where one of these two comes without a reason, and NO_SUCH_SUBMISSION.
    """
    reason = _words(reason)
    if state not in STATES:
        raise problem(BAD_REVIEW, state=state)
    if state in (HAS_ISSUES, REJECTED) and not reason:
        raise problem(NO_REASON)
    work = UnitOfWork(connection, village_id, lock_village(connection, village_id), moment=now)
    one = version_log.version_of(connection, village_id, sha256)
    told = {change.entity_id for change in change_log.of_source(connection, village_id, sha256)}
    _note(connection, one, state, reason, made_by, now)
    if state == REJECTED and one.review != REJECTED:
        _leave_out(work, cache, zone, one, made_by, now)
    elif state != REJECTED and one.review == REJECTED:
        _take_back(work, cache, zone, one, made_by, now)
    if HAS_ISSUES in (state, one.review):
        _tell_phones(work, told, now)
    work.finish()


def comment(connection: Connection, village_id: str, sha256: str, text: str, made_by: str, now: datetime) -> None:
    """Keeps what somebody writes about a submission. Raises ProblemError NO_WORDS, and NO_SUCH_SUBMISSION."""
    words = _words(text)
    if not words:
        raise problem(NO_WORDS)
    _note(connection, version_log.version_of(connection, village_id, sha256), None, words, made_by, now)


def read_again(connection: Connection, village_id: str) -> None:
    """Sets how each of the village's submissions stands anew, from what people found."""
    here = submission_reviews.c.village_id == village_id
    wanted = select(submission_reviews).where(here, submission_reviews.c.state.is_not(None))
    ordered = wanted.order_by(submission_reviews.c.at, submission_reviews.c.id)
    latest = {row.sha256: row.state for row in connection.execute(ordered)}
    mine = submissions.c.village_id == village_id
    connection.execute(update(submissions).where(mine, submissions.c.review.is_not(None)).values(review=None))
    for sha256, state in latest.items():
        if state != NOT_REVIEWED:
            connection.execute(update(submissions).where(mine, submissions.c.sha256 == sha256).values(review=state))


def _words(text: str) -> str:
    """On one line, and cut to what a phone's list can show."""
    return " ".join(text.split())[:LONGEST_REMARK]


def _note(
    connection: Connection, one: SubmissionVersion, state: str | None, text: str, made_by: str, now: datetime
) -> None:
    """Keeps a line of the submission's history; with a state, that is how it stands from now on."""
    mine = {"village_id": one.village_id, "sha256": one.sha256}
    row = {**mine, "id": f"{time.time_ns()}-{uuid.uuid4().hex}", "at": now}
    connection.execute(insert(submission_reviews), {**row, "email": made_by, "state": state, "text": text})
    if state is not None:
        here = (submissions.c.village_id == one.village_id) & (submissions.c.sha256 == one.sha256)
        connection.execute(update(submissions).where(here).values(review=None if state == NOT_REVIEWED else state))


def _leave_out(
    work: UnitOfWork, cache: FormCache, zone: tzinfo, one: SubmissionVersion, made_by: str, now: datetime
) -> None:
    """Decides that the submission does not count, whatever else has its root."""
    if not one.root_instance_id:
        return  # nobody can tell what it is: it never counts
    said = _said_if_any(work.connection, cache, one, zone)
    touched = {change.entity_id for change in said}
    about = Review(one.root_instance_id, "", (one.sha256,), decision_log.offline_rows(said))
    everybody = touched | {work.home(one.village_id, id_)[1] for id_ in touched}
    made = decision_log.made_now(one.village_id, about, work.seq, [], made_by, now, touched=everybody)
    decision_log.keep(work.connection, made)
    if one.state == "accepted":
        versions.supersede(work, one)
    _settle_again(work, cache, zone, one, now, touched)


def _take_back(
    work: UnitOfWork, cache: FormCache, zone: tzinfo, one: SubmissionVersion, made_by: str, now: datetime
) -> None:
    """Undoes that decision: the submission counts as it would without."""
    reviews = decision_log.reviews_of(work.connection, one.village_id, one.root_instance_id, [one.sha256])
    for made, about in reviews:
        if not about.use and about.among == (one.sha256,):
            undone = replace(made, undone_at=now, undone_by=made_by, undone_seq=work.seq)
            decision_log.undo(work.connection, undone)
    touched = {change.entity_id for change in _said_if_any(work.connection, cache, one, zone)}
    _settle_again(work, cache, zone, one, now, touched)


def _settle_again(
    work: UnitOfWork, cache: FormCache, zone: tzinfo, one: SubmissionVersion, now: datetime, touched: Iterable[str]
) -> None:
    """Lets the submission stand as is decided now, and what waits beside it."""
    known = version_log.versions_of(work.connection, one.village_id, one.root_instance_id)
    again = [other for other in known if other.state == "waiting" or other.sha256 == one.sha256]
    read = interpret(work.connection, cache, [came_as(other, zone) for other in again])
    process_in(work, [Queued(found, other.seq, now, at=work.seq) for found, other in zip(read, again, strict=True)])
    work.refold(*(work.home(one.village_id, id_) for id_ in touched))


def _tell_phones(work: UnitOfWork, ids: Iterable[str], now: datetime) -> None:
    """Gives these entities a later version: what their lists ask to do about them may be another thing now, and of a
    list that has changed, phones take the rows alone that are newer than theirs."""
    for home in sorted({work.home(work.village_id, id_) for id_ in ids}):
        found = work.entity(home)
        if found is not None:
            work.set(home, replace(found, version=max(found.version + 1, when_decided(now))))


def _said_if_any(connection: Connection, cache: FormCache, one: SubmissionVersion, zone: tzinfo) -> list[Change]:
    """What it says of the register; nothing where it cannot be understood."""
    (found,) = interpret(connection, cache, [came_as(one, zone)])
    submission = found.submission
    return entity_changes_in(came_as(one, zone).sent(submission, one.seq))[0] if submission else []


def _said(connection: Connection, cache: FormCache, member: SubmissionVersion, zone: tzinfo) -> list[Change]:
    incoming = came_as(member, zone)
    _, submission = understood(connection, cache, incoming)
    return entity_changes_in(incoming.sent(submission, member.seq))[0]
