"""What becomes of submissions: whether each one counts, its answers, and what it changes in the register.

There is one way: `process`, for what phones send now, a rebuild, a replay, and a correction that was chosen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from forms.domain import HOUSEHOLD
from forms.problems import Finding, ProblemError, problem
from server.database.dialect import Among
from server.database.errors import failure_name, is_of_the_server
from server.database.tables import instance_ids, submissions
from server.decisions import follow_on
from server.entities.change import WITH, Change
from server.entities.homes import homes_of
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import KnownVersion
from server.submissions.answers import write_answers
from server.submissions.entity_changes import SentSubmission, entity_changes_in
from server.submissions.interpret import NOT_DERIVED, Interpreted, names_of
from server.submissions.version_log import with_roots
from server.submissions.versions import version_status, with_problem, without_problem
from server.villages.lock import VillageLock, as_they_stand

_DERIVED = (
    *("seq", "effective_at", "instance_id", "form_id", "form_version", "deprecated_id"),
    *("state", "problem", "detail", "root_instance_id", "expected_files"),
)
_SETTLE = (
    update(submissions)
    .where(submissions.c.village_id == bindparam("of_village"), submissions.c.sha256 == bindparam("of_sha256"))
    .values({name: bindparam(f"new_{name}") for name in _DERIVED})
)
_FIRST = select(*(instance_ids.c[name] for name in ("instance_id", "village_id", "sha256"))).where(
    Among(instance_ids.c.instance_id, "names")
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Queued:
    """A submission in its place in the village's order. `effective_at`: since when it counts, if it does; None
    of what counted before this was noted.

    `at`: the place under which what it changes is noted, where that is not its own: that of a decision.
    `was`: in a rebuild, its row as it is kept; what came later in the order is still to be derived then. `changed`:
    that row may be another one by now.
    """

    interpreted: Interpreted
    seq: int
    effective_at: datetime | None
    at: int | None = None
    was: Row[Any] | None = None
    changed: bool = False


@dataclass(frozen=True)
class _Ready:
    """What a submission that is understood says, before anybody knows whether it counts."""

    sent: SentSubmission
    changes: Sequence[Change]
    findings: Sequence[Finding]


def process(
    connection: Connection,
    village_id: str,
    queued: Sequence[Queued],
    locks: Mapping[str, VillageLock],
) -> int:
    """Lets submissions of one village take effect, in their order; how many went to quarantine because they failed.

    `locks`: of the village, and of others that are locked already. A submission whose processing fails goes to
    quarantine alone, and the rest goes on. Raises what is the server's fault (a lost connection, a full disk): then
    nothing is done, and it can be tried again.
    """
    try:
        with connection.begin_nested():
            work = UnitOfWork(connection, village_id, locks[village_id], locks)
            process_in(work, queued)
            work.finish()
    except Exception as error:
        if is_of_the_server(error):
            raise
        if len(queued) > 1:
            each = [replace(one, changed=True) for one in queued]
            return sum(process(connection, village_id, [one], as_they_stand(connection, locks)) for one in each)
        _log.error("a submission could not be processed", exc_info=error)
        failed = problem(NOT_DERIVED, reason=failure_name(error))
        _quarantine(connection, queued[0], failed, as_they_stand(connection, locks))
        return 1
    return 0


def _quarantine(connection: Connection, one: Queued, failed: ProblemError, locks: Mapping[str, VillageLock]) -> None:
    """Puts in quarantine what failed, joined with what it corrects as all that is not understood; by itself where that
    was what failed."""
    incoming = one.interpreted.incoming
    if one.interpreted.error is None:
        process(
            connection, incoming.village_id, [replace(one, interpreted=replace(one.interpreted, error=failed))], locks
        )
    else:
        derived = with_problem("quarantined", failed)
        settled = _settled(one, {"root_instance_id": incoming.envelope.instance_id or None, **derived})
        connection.execute(_SETTLE, _values(one, settled))


def process_in(work: UnitOfWork, queued: Sequence[Queued]) -> None:
    """The same as a part of some greater work, which the caller finishes."""
    ready = [_ready(one) for one in queued]
    work.preload(_spoken_of(ready))
    work.preload_history(change for one in ready if one for change in one.changes)
    names = sorted({one.interpreted.incoming.envelope.instance_id for one in queued} - {""})
    rows = work.connection.execute(_FIRST, {"names": names}).all()
    first = {name: (village_id, sha256) for name, village_id, sha256 in rows}
    with_root, rejected = with_roots(work.connection, work.village_id, names)
    decided_at, changed = work.seq, False
    for one, says in zip(queued, ready, strict=True):
        work.seq, work.moment = (one.seq if one.at is None else one.at), one.effective_at
        sha256, name = one.interpreted.incoming.sha256, one.interpreted.incoming.envelope.instance_id
        corrected = bool(with_root.get(name, set()) - {sha256}) or sha256 in rejected
        derived, alone = _outcome(work, one, says, first, corrected)
        with_root[derived["root_instance_id"] or ""].add(sha256)
        changed = changed or one.changed or not alone  # who is not alone may settle how others stand
        settled = _settled(one, derived)
        if changed or one.was is None or any(getattr(one.was, name) != value for name, value in settled.items()):
            work.pending.run(_SETTLE, _values(one, settled))
    work.seq = decided_at


def homes_elsewhere(connection: Connection, village_id: str, found: Iterable[Interpreted]) -> set[str]:
    """The other villages in which those are at home of whom the submissions speak: mostly none."""
    ids: set[str] = set()
    for submission in (one.submission for one in found if one.submission is not None):
        ids.update(submission.targets.values())
        for change in submission.changes:
            ids |= {change.id, change.properties.get(HOUSEHOLD) or change.id}
    return {home for home, _ in homes_of(connection, village_id, ids)} - {village_id}


def _ready(one: Queued) -> _Ready | None:
    """None where it is not understood, or could not be worked out."""
    if one.interpreted.submission is None or one.interpreted.error is not None:
        return None
    sent = one.interpreted.incoming.sent(one.interpreted.submission, one.seq)
    return _Ready(sent, *entity_changes_in(sent))


def _spoken_of(ready: Iterable[_Ready | None]) -> set[str]:
    """The ids of all that the submissions speak of."""
    found: set[str] = set()
    for one in filter(None, ready):
        found.update(one.sent.submission.targets.values())
        for change in one.changes:
            found.add(change.entity_id)
            found.add(change.properties.get(HOUSEHOLD) or change.entity_id)
    return found


def _outcome(
    work: UnitOfWork,
    queued: Queued,
    says: _Ready | None,
    first: Mapping[str, tuple[str, str]],
    corrected: bool,
) -> tuple[dict[str, Any], bool]:
    """Lets the submission take effect where it counts: its `state`, `problem`, `detail` and `root_instance_id`; and
    whether it has nothing to do with any other one.

    `corrected`: others may have its instanceID as their root, or it was rejected."""
    incoming, envelope = queued.interpreted.incoming, queued.interpreted.incoming.envelope
    mine = incoming.village_id, incoming.sha256
    other_body = first.get(envelope.instance_id, mine) != mine
    stands = version_status(
        work,
        *mine,
        queued.seq,
        envelope,
        other_body=other_body,
        corrected=corrected,
        understood=says is not None,
        rebuilding=queued.was is not None,
    )
    error, known = queued.interpreted.error or stands.reason, queued.interpreted.known
    if stands.state == "accepted" and says is not None and known is not None:
        findings = _take_effect(work, known, says)
        error = ProblemError(findings) if findings else None
    derived = with_problem(stands.state, error) if error else without_problem(stands.state)
    alone = not (corrected or other_body or envelope.deprecated_id)
    return {"root_instance_id": stands.root, **derived}, alone


def _settled(one: Queued, derived: Mapping[str, Any]) -> dict[str, Any]:
    """The values of _DERIVED."""
    return {
        **derived,
        **names_of(one.interpreted.incoming.envelope),
        "seq": one.seq,
        "effective_at": one.effective_at if derived["state"] == "accepted" else None,
        "expected_files": one.interpreted.expected_files,
    }


def _values(one: Queued, settled: Mapping[str, Any]) -> dict[str, Any]:
    """For _SETTLE."""
    incoming = one.interpreted.incoming
    here = {"of_village": incoming.village_id, "of_sha256": incoming.sha256}
    return here | {f"new_{name}": value for name, value in settled.items()}


def _take_effect(work: UnitOfWork, known: KnownVersion, one: _Ready) -> list[Finding]:
    """Writes the answers and applies the changes. One bad entity never stops the others: its findings are returned."""
    sent, findings = one.sent, list(one.findings)
    work.force(sent.received_at)
    village_id = write_answers(work, known, sent)
    work.marks.stale(village_id, sent.day)
    targets = [*sent.submission.targets.values()]
    for change in one.changes:
        change = _with_family(change, targets)
        followed = change.creates and _is_new(work, change) and follow_on.follow_family(work, change)
        finding = work.take(change)
        if finding is not None:
            findings.append(finding)
        elif followed:
            follow_on.say(work, change)
            follow_on.take_family_along(work, change)
    return findings


def _with_family(change: Change, targets: list[str]) -> Change:
    """Who is registered in a form about somebody else is of that one's family, such as a newborn of its mother's."""
    others = [one for one in targets if one != change.entity_id] if change.creates else []
    return replace(change, observed=change.observed | {WITH: others[0]}) if others else change


def _is_new(work: UnitOfWork, change: Change) -> bool:
    known = work.entity(work.home(*change.place))
    return known is None or known.created_seq is None
