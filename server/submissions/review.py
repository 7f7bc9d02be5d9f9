"""Deciding which of the submissions with one root counts, or that none does: all that is derived follows."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from forms.problems import Problem, problem
from forms.submission import read_envelope
from server.entities import decision_log
from server.entities.change import Change
from server.entities.decision import Decision, Review
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache
from server.submissions import version_log, versions
from server.submissions.entity_changes import entity_changes_in
from server.submissions.interpret import IncomingSubmission, interpret, understood
from server.submissions.process import Queued, process_in
from server.submissions.version_log import SubmissionVersion
from server.villages.lock import lock_village

NOT_IN_THREAD = Problem(
    "not-in-thread",
    404,
    "Pilihan ini tidak ada di antara isian yang dibandingkan. Muat ulang halamannya, lalu pilih lagi.",
    "This choice is not among the submissions compared. Load the page again and choose once more.",
)


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
        understood(connection, cache, _arrival(chosen, zone))
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
    read = interpret(work.connection, cache, [_arrival(one, zone) for one in others])
    process_in(work, [Queued(found, one.seq, now, at=work.seq) for found, one in zip(read, others, strict=True)])
    work.refold(*(work.home(village_id, id_) for id_ in touched))
    work.finish()
    return made


def _said(connection: Connection, cache: FormCache, member: SubmissionVersion, zone: tzinfo) -> list[Change]:
    arrival = _arrival(member, zone)
    _, submission = understood(connection, cache, arrival)
    return entity_changes_in(arrival.sent(submission, member.seq))[0]


def _arrival(member: SubmissionVersion, zone: tzinfo) -> IncomingSubmission:
    envelope = read_envelope(member.body)
    return IncomingSubmission(member.village_id, member.phone, None, member.body, envelope, member.received_at, zone)
