"""What waits in the inbox, and having it processed: village by village, in the order in which it came.

Anybody may do it at any time: the processor beside the web workers (server/processor.py), one of several servers, or
whoever is about to read what a village's phones have sent. The village's row is the lock between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, case, exists, func, select, update

from forms.problems import Problem, problem
from forms.submission import read_envelope
from server.database.dialect import Among
from server.database.engine import in_turn, reading
from server.database.tables import submissions, villages
from server.phones import phone_versions
from server.phones.phone_clocks import note_clocks
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission, Interpreted, interpret
from server.submissions.process import Queued, homes_elsewhere, process
from server.submissions.version_log import claim
from server.villages.each import each_village
from server.villages.lock import hold_village, lock_village

VILLAGE_IN_REPAIR = Problem(
    "village-in-repair",
    503,
    "Data desa {village} sedang diperbaiki sesudah server diperbarui. Semua isian tersimpan, dan HP tetap dapat "
    "mengirim. Coba lagi nanti; bila tetap begini, beri tahu admin.",
    "The data of village {village} is being mended after an upgrade of the server. All submissions are kept, and "
    "phones can go on sending. Try again later, and tell the admin if it stays so.",
)

# Submissions in one transaction: many are cheaper each, and few keep phones that send meanwhile waiting for less. All
# wait for SQLite's one writer.
BATCH = {"sqlite": 30, "postgresql": 200}
# No inbox takes so long where all goes well.
LATE = timedelta(minutes=5)
# Villages that one look finds.
MOST_VILLAGES = 100

_RECEIVED = submissions.c.state == "received"
_COLUMNS = [submissions.c[name] for name in ("village_id", "sha256", "phone", "device_id", "body", "received_at")]
_OF_VILLAGE = (
    select(*_COLUMNS)
    .where(submissions.c.village_id == bindparam("of_village"), _RECEIVED)
    .order_by(submissions.c.arrival, submissions.c.sha256)
    .limit(bindparam("most"))
)
_STILL = select(submissions.c.sha256).where(
    submissions.c.village_id == bindparam("of_village"),
    _RECEIVED,
    Among(submissions.c.sha256, "of_shas"),
)
_COUNTED = update(villages).where(villages.c.village_id == bindparam("of_village")).values(seq=bindparam("new_seq"))
_COUNT = select(func.count()).select_from(submissions).where(_RECEIVED)
_ANY = select(
    exists().where(submissions.c.village_id == bindparam("of_village"), _RECEIVED).label("waits"),
    exists().where(villages.c.village_id == bindparam("of_village"), villages.c.to_rebuild).label("in_repair"),
)
_IN_REPAIR = select(villages.c.village_id).where(villages.c.to_rebuild)


@dataclass(frozen=True)
class Waiting:
    """How many submissions are kept and not processed yet, in how many villages, and when the oldest one came; None
    where none waits. `late`: in how many of the villages one has waited so long that processing must fail, or nobody
    does it."""

    count: int
    villages: int
    since: datetime | None
    late: int


def waiting(connection: Connection, now: datetime) -> Waiting:
    """What waits in the whole inbox."""
    village, came = submissions.c.village_id, submissions.c.received_at
    late = func.count(case((came < now - LATE, village)).distinct())
    figures = (func.count(), func.count(village.distinct()), func.min(came), late)
    return Waiting(*connection.execute(select(*figures).where(_RECEIVED)).one())


def late_villages(connection: Connection, now: datetime) -> list[str]:
    """The villages that `Waiting.late` counts, the longest wait first; not more than one look finds."""
    late = _RECEIVED & (submissions.c.received_at < now - LATE)
    wanted = select(submissions.c.village_id).where(late).group_by(submissions.c.village_id)
    ordered = wanted.order_by(func.min(submissions.c.received_at), submissions.c.village_id)
    return list(connection.execute(ordered.limit(MOST_VILLAGES)).scalars())


def count_waiting(connection: Connection) -> int:
    """How many submissions wait in the whole inbox."""
    return connection.execute(_COUNT).scalar_one()


def waiting_villages(connection: Connection, without: Collection[str] = ()) -> list[str]:
    """The villages in which something waits, but for those and those in repair; the longest wait first."""
    oldest = func.min(submissions.c.arrival)
    wanted = select(submissions.c.village_id).where(
        _RECEIVED, submissions.c.village_id.not_in(without), submissions.c.village_id.not_in(_IN_REPAIR)
    )
    ordered = wanted.group_by(submissions.c.village_id).order_by(oldest)
    return list(connection.execute(ordered.limit(MOST_VILLAGES)).scalars())


def catch_up(engine: Engine, cache: FormCache, village_id: str, zone: tzinfo, now: datetime) -> int:
    """Processes all that waits in the village, so that whoever reads it next sees what was sent before; how many.

    Costs one small query where nothing waits. Raises ProblemError VILLAGE_IN_REPAIR where what is derived is still of
    an older version of this program.
    """
    done = 0
    while _waits(engine, village_id):  # somebody else may have done the batch that was read, and not what came after
        done += process_some(engine, cache, village_id, zone, now)
    return done


def _waits(engine: Engine, village_id: str) -> bool:
    """Raises ProblemError VILLAGE_IN_REPAIR."""
    with reading(engine) as connection:
        found = connection.execute(_ANY, {"of_village": village_id}).one()
    if found.in_repair:
        raise problem(VILLAGE_IN_REPAIR, village=village_id)
    return bool(found.waits)


def catch_up_all(engine: Engine, cache: FormCache, zone: tzinfo, now: datetime) -> int:
    """Processes all that waits anywhere; how many submissions. What waits in a village that fails goes on waiting."""
    done: list[int] = []
    failed: set[str] = set()
    while True:
        with reading(engine) as connection:
            found = waiting_villages(connection, failed)
        if not found:
            return sum(done)
        failed.update(each_village(found, lambda one: done.append(catch_up(engine, cache, one, zone, now))))


def process_some(
    engine: Engine, cache: FormCache, village_id: str, zone: tzinfo, now: datetime, *, skip_locked: bool = False
) -> int:
    """Processes a batch of what waits in the village; how many, 0 where nothing waits any more.

    `skip_locked`: does nothing where somebody else is at it, or decides there.
    """
    with reading(engine) as connection:  # understanding them takes no lock
        found = read_waiting(connection, cache, village_id, zone)
        also = homes_elsewhere(connection, village_id, found)
    if not found:
        return 0
    sent = phone_versions.not_noted(engine, village_id, _versions(found))

    def work(connection: Connection) -> int:
        count = process_in_order(connection, village_id, found, also, now, skip_locked=skip_locked)
        if count and sent:
            phone_versions.note_sent(connection, village_id, sent)
        return count

    done = in_turn(engine, work)
    if done:
        phone_versions.remember(engine, village_id, sent)
    return done


def read_waiting(connection: Connection, cache: FormCache, village_id: str, zone: tzinfo) -> list[Interpreted]:
    """The next batch of what waits in the village, in the order in which it came."""
    here = {"of_village": village_id, "most": BATCH[connection.dialect.name]}
    return interpret(connection, cache, [incoming_of(row, zone) for row in connection.execute(_OF_VILLAGE, here).all()])


def process_in_order(
    connection: Connection,
    village_id: str,
    found: Sequence[Interpreted],
    also: Collection[str],
    now: datetime,
    *,
    skip_locked: bool = False,
) -> int:
    """Processes those of the submissions that still wait, once the village is locked; how many.

    `also`: the other villages that they concern. All are locked by their codes, so that nobody waits for each other.
    """
    locks = {one: lock_village(connection, one) for one in sorted(also) if one < village_id}
    lock = hold_village(connection, village_id, skip_locked=skip_locked)
    if lock is None:
        return 0
    locks |= {one: lock_village(connection, one) for one in sorted(also) if one > village_id}
    shas = [one.incoming.sha256 for one in found]
    still = set(connection.execute(_STILL, {"of_village": village_id, "of_shas": shas}).scalars())
    waits = [one for one in found if one.incoming.sha256 in still]
    queued = [Queued(one, seq, now) for seq, one in enumerate(waits, start=lock.seq + 1)]
    if queued:
        connection.execute(_COUNTED, {"of_village": village_id, "new_seq": queued[-1].seq})
        claim(connection, village_id, [(one.incoming.envelope.instance_id, one.incoming.sha256) for one in waits])
        process(connection, village_id, queued, locks | {village_id: lock._replace(seq=queued[-1].seq)})
        note_clocks(connection, village_id, _finished(waits))
    return len(queued)


def _finished(found: Iterable[Interpreted]) -> dict[str, tuple[datetime, datetime]]:
    """By phone, when the last of its forms was finished there, and when it was received."""
    return {
        one.incoming.phone: (one.submission.ended, one.incoming.received_at)
        for one in found
        if one.submission is not None and one.submission.ended is not None
    }


def _versions(found: Iterable[Interpreted]) -> dict[tuple[str, str], tuple[str, datetime]]:
    """By phone and form, the version in which it was sent last, and when it was received."""
    return {
        (said.phone, said.envelope.form_id): (said.envelope.form_version, said.received_at)
        for said in (one.incoming for one in found)
        if said.phone and said.envelope.form_id
    }


def incoming_of(row: Row[Any], zone: tzinfo) -> IncomingSubmission:
    """A kept submission as it came in."""
    body = bytes(row.body)
    return IncomingSubmission(
        row.village_id, row.phone, row.device_id, body, read_envelope(body), row.received_at, zone
    )
