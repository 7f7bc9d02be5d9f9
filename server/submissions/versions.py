"""Which content of a submission counts: an original, its corrections, and other content under the same instanceID.

They are a thread, called by the original's instanceID. The original counts until somebody decides otherwise
(review.py); what comes after the decision waits for the next one. At most one of a thread counts, also where a link
that comes late makes one thread of two: then the last decision about any of them is that of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select, update

from forms.problems import Problem, ProblemError, problem
from forms.submission import CORRECTION, LONGEST_ID, Envelope
from server.database.dialect import lists_any
from server.database.tables import decisions, submissions
from server.entities import change_log, decision_log
from server.entities.decision import Decision
from server.entities.unit_of_work import UnitOfWork
from server.submissions.answers import withdraw
from server.submissions.version_log import State, SubmissionVersion, holder, thread_of, versions_of

OTHER_CONTENT = Problem(
    "same-id-other-content",
    409,
    "Isian dengan instanceID {instance_id} sudah diterima dengan isi lain atau dari desa lain. Keduanya disimpan; yang "
    "pertama dihitung sampai admin atau kepala desa memilih di halaman Perbaikan.",
    "A submission with the instanceID {instance_id} came before with other content or from another village. Both are "
    "kept; the first one counts until an admin or the village head chooses on the page Corrections.",
)
NONE_COUNTS = Problem(
    "none-counts-yet",
    409,
    "Isian {instance_id} menunggu, dan belum ada yang dihitung: yang seharusnya dihitung belum sampai, atau tidak "
    "terbaca. Admin atau kepala desa memilih di halaman Perbaikan.",
    "The submission {instance_id} waits, and none counts yet: the one that should count has not come, or cannot be "
    "understood. An admin or the village head chooses on the page Corrections.",
)
CHOSEN_WITHOUT = Problem(
    "chosen-without-it",
    409,
    "Perbaikan dari isian {instance_id} dipilih tanpa dibandingkan dengan isian ini. Keduanya disimpan; yang dipilih "
    "tetap dihitung sampai admin atau kepala desa memilih lagi di halaman Perbaikan.",
    "A correction of the submission {instance_id} was chosen without comparing it with this one. Both are kept; the "
    "chosen one counts until an admin or the village head chooses again on the page Corrections.",
)


@dataclass(frozen=True)
class VersionStatus:
    """Whether a submission counts. `thread` is None where it is an original; `reason` says what it waits for."""

    thread: str | None
    state: State
    reason: ProblemError | None = None


@dataclass(frozen=True)
class Decided:
    """What is decided of a thread: `use` counts, None where nothing was chosen; `among` were decided upon, so that
    those of them that do not count have been set aside. `decision` is the latest one."""

    use: str | None
    among: frozenset[str]
    decision: Decision | None

    def state(self, sha256: str, original: bool) -> State:
        """How a submission of the thread stands by it, if it can be understood."""
        if sha256 == self.use:
            return "accepted"
        if sha256 in self.among:
            return "replaced"
        return "accepted" if original and self.use is None else "waiting"


def version_status(
    work: UnitOfWork,
    village_id: str,
    sha256: str,
    seq: int,
    envelope: Envelope,
    *,
    other_body: bool,
    corrected: bool,
    understood: bool,
) -> VersionStatus:
    """Whether the submission counts, by what is decided; joins it with what came before and settles how that stands.

    `other_body`: its instanceID was another's before. `corrected`: others may be in the thread that is called by its
    instanceID. One that is not `understood` is of its thread all the same.
    """
    name = envelope.instance_id
    if not 0 < len(name) <= LONGEST_ID or len(envelope.deprecated_id) > LONGEST_ID:
        return VersionStatus(None, "quarantined")
    linked = other_body or envelope.deprecated_id
    if not linked and not corrected:
        return VersionStatus(None, "accepted" if understood else "quarantined")  # the usual case, no query
    connection = work.connection
    thread = _joins(connection, village_id, sha256, seq, envelope) if linked else None
    if corrected and thread not in (None, name):
        here = (submissions.c.village_id == village_id) & (submissions.c.thread == name)
        connection.execute(update(submissions).where(here).values(thread=thread))
    others = [one for one in versions_of(connection, village_id, thread or name) if one.sha256 != sha256]
    made = decided(connection, village_id, thread or name, [sha256, *(one.sha256 for one in others)])
    state = made.state(sha256, thread is None) if understood else "quarantined"
    counts = _settle(work, thread or name, others, made, state == "accepted")
    if state != "waiting":
        return VersionStatus(thread, state)
    why = _waits_for(connection, village_id, name, envelope.deprecated_id, thread is None, counts)
    return VersionStatus(thread, state, why)


def _joins(connection: Connection, village_id: str, sha256: str, seq: int, envelope: Envelope) -> str:
    """The thread of a correction, or of other content under the same instanceID.

    The latter stands with what came under the id before it, whatever it corrects: answers have one row an instanceID.
    """
    before = (
        select(submissions.c.thread)
        .where(submissions.c.village_id == village_id, submissions.c.instance_id == envelope.instance_id)
        .where(submissions.c.seq < seq, submissions.c.sha256 != sha256)
        .order_by(submissions.c.seq)
    )
    same_id = connection.execute(before).first()
    if same_id is not None:
        return same_id.thread or envelope.instance_id
    return thread_of(connection, village_id, envelope.deprecated_id or envelope.instance_id)


def decided(connection: Connection, village_id: str, thread: str, shas: Iterable[str]) -> Decided:
    """What is decided of the thread, whose submissions are `shas`: also by a decision about a part of it, made when the
    link to the rest had not come."""
    about = or_(
        decisions.c.payload["thread"].as_string() == thread, lists_any(connection, decisions.c.payload, "among", shas)
    )
    wanted = select(decisions).where(
        decisions.c.village_id == village_id, decisions.c.kind == "content", decisions.c.undone_at.is_(None), about
    )
    made = [Decision(**row) for row in connection.execute(wanted).mappings()]
    made.sort(key=lambda one: one.payload["seq"], reverse=True)
    among: set[str] = set()
    for one in made:
        refused = one.payload["use"] in among
        among.update(one.payload["among"])
        if one.payload["use"]:
            return Decided(None if refused else one.payload["use"], frozenset(among), made[0])
    return Decided(None, frozenset(among), made[0] if made else None)


def _settle(work: UnitOfWork, thread: str, others: Iterable[SubmissionVersion], made: Decided, counts: bool) -> bool:
    """Brings the others of the thread to what is decided; whether one of the thread counts now. `counts`: this one."""
    for one in others:
        if one.state == "accepted" and made.state(one.sha256, one.thread is None) == "accepted":
            counts = True
        elif one.state == "accepted":
            _carry_on(work, thread, one, made)
            supersede(work, one)
    for one in others:
        state = made.state(one.sha256, one.thread is None)
        if one.state != "quarantined" and state != "accepted":
            derived = without_problem(state)
            if state == "waiting":
                why = _waits_for(
                    work.connection, one.village_id, one.instance_id, one.deprecated_id, one.thread is None, counts
                )
                derived = with_problem(state, why)
            here = (submissions.c.village_id == one.village_id) & (submissions.c.sha256 == one.sha256)
            work.connection.execute(update(submissions).where(here).values(derived))
    return counts


def supersede(work: UnitOfWork, member: SubmissionVersion) -> None:
    """Takes back what counted; another one of its thread does."""
    withdraw(work, member.village_id, member.sha256)
    here = (submissions.c.village_id == member.village_id) & (submissions.c.sha256 == member.sha256)
    work.connection.execute(update(submissions).where(here).values(without_problem("replaced")))


def _carry_on(work: UnitOfWork, thread: str, member: SubmissionVersion, made: Decided) -> None:
    """Notes that a decision now sets aside what counted until a link made it one thread with what was chosen.

    That is a step of its own for those whom it speaks of, or their versions would fall and phones would not hear of it.
    """
    said = change_log.of_source(work.connection, member.village_id, member.sha256)
    touched = sorted({id_ for change in said for id_ in (change.sent_id, change.entity_id)})
    if made.decision and touched:
        payload = {**made.decision.payload, "thread": thread, "carries": made.decision.id}
        payload |= {"seq": work.seq, "touched": touched, "aside": decision_log.offline_rows(said)}
        decision_log.note(
            work.connection, member.village_id, "content", payload, made.decision.made_by, made.decision.made_at
        )


def _waits_for(
    connection: Connection, village_id: str, instance_id: str, deprecated_id: str | None, original: bool, counts: bool
) -> ProblemError:
    """Why a submission waits. `counts`: whether one of its thread counts."""
    if original:
        return problem(CHOSEN_WITHOUT, instance_id=instance_id)
    if not counts and (deprecated_id or holder(connection, instance_id) in (None, village_id)):
        return problem(NONE_COUNTS, instance_id=instance_id)
    if deprecated_id:
        return problem(CORRECTION, deprecated_id=deprecated_id)
    return problem(OTHER_CONTENT, instance_id=instance_id)


def with_problem(state: State, error: ProblemError) -> dict[str, Any]:
    """The derived columns of a submission with a problem, which is said in both languages."""
    return {"state": state, "problem": error.code, "detail": f"{error.text('id')}\n{error.text('en')}"}


def without_problem(state: State) -> dict[str, Any]:
    return {"state": state, "problem": None, "detail": None}
