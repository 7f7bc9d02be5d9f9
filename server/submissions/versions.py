"""Which content of a submission counts: an original, its corrections, and other content under the same instanceID.

They have one root, the original's instanceID. The original counts until somebody decides otherwise (review.py); what
comes after the decision waits for the next one. At most one with a root counts, also where a link that comes late joins
two roots: then the last decision about any of them is that of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, update

from forms.answer_values import LONGEST_ID
from forms.problems import Problem, ProblemError, problem
from forms.submission import CORRECTION, Envelope
from server.database.tables import submissions
from server.entities import change_log, decision_log
from server.entities.decision import Decision, Review
from server.entities.decision_log import reviews_of
from server.entities.unit_of_work import UnitOfWork
from server.submissions.answers import withdraw
from server.submissions.version_log import State, SubmissionVersion, holder, root_of, versions_of

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
    """Whether a submission counts. `root` is None where it names itself by no instanceID that can be; `reason` says
    what it waits for, None where it does not wait."""

    root: str | None
    state: State
    reason: ProblemError | None = None


@dataclass(frozen=True)
class Decided:
    """What is decided of the submissions with a root: `use` counts, None where nothing was chosen; `among` were decided
    upon, so that those of them that do not count are superseded. `decision` is the latest one, None where there is
    none."""

    use: str | None
    among: frozenset[str]
    decision: Decision | None

    def state(self, sha256: str, original: bool) -> State:
        """How one of the submissions stands by it, if it can be understood."""
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
    rebuilding: bool = False,
) -> VersionStatus:
    """Whether the submission counts, by what is decided; joins it with what came before and settles how that stands.

    `other_body`: its instanceID was another's before. `corrected`: others may have its instanceID as their root, or it
    was rejected. One that is not `understood` is joined all the same. `rebuilding`: what came after it is not derived
    yet, however it still stands in its row.
    """
    name = envelope.instance_id
    if not 0 < len(name) <= LONGEST_ID or len(envelope.deprecated_id) > LONGEST_ID:
        return VersionStatus(None, "quarantined")
    linked = other_body or bool(envelope.deprecated_id)
    if not linked and not corrected:
        return VersionStatus(name, "accepted" if understood else "quarantined")  # the usual case, no query
    connection = work.connection
    root = _joins(connection, village_id, sha256, seq, envelope) if linked else name
    if corrected and root != name:
        here = (submissions.c.village_id == village_id) & (submissions.c.root_instance_id == name)
        connection.execute(update(submissions).where(here).values(root_instance_id=root))
    others = [one for one in versions_of(connection, village_id, root) if one.sha256 != sha256]
    if rebuilding:
        others = [one for one in others if one.seq < seq]
    made = decided(connection, village_id, root, [sha256, *(one.sha256 for one in others)])
    state = made.state(sha256, not linked) if understood else "quarantined"
    counts = _settle(work, root, others, made, state == "accepted")
    if state != "waiting":
        return VersionStatus(root, state)
    why = _waits_for(connection, village_id, name, envelope.deprecated_id, not linked, counts)
    return VersionStatus(root, state, why)


def _joins(connection: Connection, village_id: str, sha256: str, seq: int, envelope: Envelope) -> str:
    """The root of a correction, or of other content under the same instanceID.

    The latter stands with what came under the id before it, whatever it corrects: answers have one row an instanceID.
    """
    before = (
        select(submissions.c.root_instance_id)
        .where(submissions.c.village_id == village_id, submissions.c.instance_id == envelope.instance_id)
        .where(submissions.c.seq < seq, submissions.c.sha256 != sha256)
        .order_by(submissions.c.seq)
    )
    same_id = connection.execute(before).first()
    if same_id is not None:
        return same_id.root_instance_id or envelope.instance_id
    return root_of(connection, village_id, envelope.deprecated_id or envelope.instance_id)


def decided(connection: Connection, village_id: str, root: str, shas: Iterable[str]) -> Decided:
    """What is decided of the submissions `shas` with the root: also by a decision about a part of them, made when the
    link to the rest had not come."""
    among: set[str] = set()
    made = sorted(reviews_of(connection, village_id, root, shas), key=lambda one: one[0].seq, reverse=True)
    latest = made[0][0] if made else None
    for _, review in made:
        refused = review.use in among
        among.update(review.among)
        if review.use:
            return Decided(None if refused else review.use, frozenset(among), latest)
    return Decided(None, frozenset(among), latest)


def _settle(work: UnitOfWork, root: str, others: Iterable[SubmissionVersion], made: Decided, counts: bool) -> bool:
    """Brings the others to what is decided; whether one with the root counts now. `counts`: this one does."""
    for one in others:
        if one.state == "accepted" and made.state(one.sha256, one.original) == "accepted":
            counts = True
        elif one.state == "accepted":
            _carry_on(work, root, one, made)
            supersede(work, one)
    for one in others:
        state = made.state(one.sha256, one.original)
        if one.state != "quarantined" and state != "accepted":
            derived = without_problem(state)
            if state == "waiting":
                why = _waits_for(
                    work.connection, one.village_id, one.instance_id, one.deprecated_id, one.original, counts
                )
                derived = with_problem(state, why)
            here = (submissions.c.village_id == one.village_id) & (submissions.c.sha256 == one.sha256)
            work.connection.execute(update(submissions).where(here).values({**derived, "effective_at": None}))
    return counts


def supersede(work: UnitOfWork, member: SubmissionVersion) -> None:
    """Takes back what counted; another one with its root does."""
    withdraw(work, member.village_id, member.sha256)
    here = (submissions.c.village_id == member.village_id) & (submissions.c.sha256 == member.sha256)
    work.connection.execute(
        update(submissions).where(here).values({**without_problem("replaced"), "effective_at": None})
    )


def _carry_on(work: UnitOfWork, root: str, member: SubmissionVersion, made: Decided) -> None:
    """Notes that a decision now supersedes what counted until a link joined it with what was chosen."""
    said = change_log.of_source(work.connection, member.village_id, member.sha256)
    touched = {id_ for change in said for id_ in (change.entity_id, work.home(*change.place)[1])}
    before = made.decision
    if before is not None and isinstance(before.about, Review) and touched:
        superseded = decision_log.offline_rows(said)
        about = replace(before.about, root_instance_id=root, carries=before.id, superseded=superseded)
        carried = decision_log.made_now(
            member.village_id, about, work.seq, [], before.made_by, before.made_at, touched=touched
        )
        decision_log.keep(work.connection, carried)


def _waits_for(
    connection: Connection, village_id: str, instance_id: str, deprecated_id: str | None, original: bool, counts: bool
) -> ProblemError:
    """Why a submission waits. `counts`: whether one with its root counts."""
    if original:
        return problem(CHOSEN_WITHOUT, instance_id=instance_id)
    if not counts and (deprecated_id or holder(connection, instance_id) in (None, village_id)):
        return problem(NONE_COUNTS, instance_id=instance_id)
    if deprecated_id:
        return problem(CORRECTION, deprecated_id=deprecated_id)
    return problem(OTHER_CONTENT, instance_id=instance_id)


def with_problem(state: State, error: ProblemError) -> dict[str, Any]:
    """The derived columns of a submission with a problem, which is said in both languages: column -> value."""
    return {"state": state, "problem": error.code, "detail": f"{error.text('id')}\n{error.text('en')}"}


def without_problem(state: State) -> dict[str, Any]:
    """The same of a submission without one."""
    return {"state": state, "problem": None, "detail": None}
