"""Deriving everything again from the submissions as they came, and trying again what was not understood."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Table, bindparam, delete, select, update

from forms.problems import Problem, problem
from server.database.card_tables import quality_marks
from server.database.dialect import Among, shut
from server.database.engine import in_turn, reading, writing
from server.database.tables import decisions, list_revisions, submissions, villages
from server.database.upgrade import ensure_table, to_rebuild
from server.decisions import follow_on, making
from server.entities import change_log, decision_log, homes, store
from server.entities.change import Place
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache
from server.submissions.inbox import incoming_of
from server.submissions.interpret import interpret
from server.submissions.process import Queued, process
from server.submissions.review import read_again
from server.villages.each import each_village
from server.villages.lock import VillageLock, as_they_stand, lock_village

VILLAGES_FAILED = Problem(
    "villages-failed",
    500,
    "Desa {villages} tidak dapat diolah ulang; datanya tetap seperti sebelumnya, dan desa lain sudah selesai. Sebabnya "
    "ada di log: beri tahu pembuat program, lalu ulangi perintah ini.",
    "{villages} could not be derived again; what was there stays, and the other villages are done. The log says why: "
    "tell whoever makes the program, then run this command again.",
)

# Submissions that are processed at once: the village is locked all the while.
BATCH = 200
_NEW = {"to_rebuild": False, "rebuild_problem": None, "replay_since": None}


def rebuild(
    engine: Engine,
    cache: FormCache,
    zone: tzinfo,
    now: datetime,
    progress: Callable[[list[str]], Iterable[str]],
    only: Container[str] | None = None,
) -> int:
    """Derives answers, register, lists and stale marks of the villages `only` again (None: of all); how many villages.

    Each village is one transaction, so that phones can go on sending. On SQLite, which has one writer, all phones wait
    for the village that is at work: some seconds where it has sent a thousand submissions. `progress` wraps the list of
    villages. One that fails keeps what it had: raises ProblemError VILLAGES_FAILED, when all others are done.
    """
    with writing(engine) as connection:
        _make_tables(connection, cache)
        shut(connection, decisions)  # what is decided meanwhile comes after it
        homes.replace_all(connection, homes.resolve(decision_log.read_all(connection)))
        all_ids = connection.execute(select(villages.c.village_id).order_by(villages.c.village_id)).scalars()
        ids = [village_id for village_id in all_ids if only is None or village_id in only]
    rebuild_villages(engine, cache, progress(ids), zone, now)
    return len(ids)


def rebuild_villages(engine: Engine, cache: FormCache, village_ids: Iterable[str], zone: tzinfo, now: datetime) -> None:
    """Derives these villages again, one by one. Raises ProblemError VILLAGES_FAILED at the end."""
    failed = try_to_rebuild(engine, cache, village_ids, zone, now)
    if failed:
        raise problem(VILLAGES_FAILED, villages=", ".join(failed))


def try_to_rebuild(
    engine: Engine, cache: FormCache, village_ids: Iterable[str], zone: tzinfo, now: datetime
) -> dict[str, str]:
    """The same; those in which it failed, each with what failed, as `villages.rebuild_problem` then says."""
    failed = each_village(village_ids, lambda one: rebuild_village(engine, cache, one, zone, now))

    def note(village_id: str) -> None:
        here = update(villages).where(villages.c.village_id == village_id)
        with writing(engine) as connection:
            connection.execute(here.values(rebuild_problem=failed[village_id], replay_since=None))

    each_village(failed, note)  # where somebody else holds it, that cannot be noted either
    return failed


def failed_rebuilds(connection: Connection) -> dict[str, str]:
    """Why a village that can be used could not be derived again when that was last tried, by village."""
    failed = villages.c.rebuild_problem.is_not(None) & ~villages.c.to_rebuild
    query = select(villages.c.village_id, villages.c.rebuild_problem).where(failed).order_by(villages.c.village_id)
    return {row.village_id: row.rebuild_problem for row in connection.execute(query)}


def finish_upgrade(
    engine: Engine, cache: FormCache, zone: tzinfo, now: datetime, progress: Callable[[list[str]], Iterable[str]]
) -> bool:
    """Derives again what is of an older version of this program; whether there was anything. One that was broken off is
    gone on with. The answer tables are there afterwards, also where nobody has sent anything yet. Raises ProblemError
    VILLAGES_FAILED as `rebuild` does: nobody reads those villages until they are derived, the others can be used."""
    with writing(engine) as connection:
        _make_tables(connection, cache)
        older = to_rebuild(connection)
    if older:
        rebuild(engine, cache, zone, now, progress, older)
    return bool(older)


def _make_tables(connection: Connection, cache: FormCache) -> None:
    for table in cache.answer_tables(connection):
        ensure_table(connection, table)


def force_overdue(engine: Engine, now: datetime) -> int:
    """Applies the changes that have waited for their predecessor for five days; in how many villages. Where that fails
    they go on waiting."""
    held = villages.c.held_since.is_not(None) & ~villages.c.to_rebuild
    wanted = select(villages.c.village_id).where(held).order_by(villages.c.village_id)
    with reading(engine) as connection:
        waiting = list(connection.execute(wanted).scalars())
    failed = each_village(waiting, lambda one: in_turn(engine, partial(_force, village_id=one, now=now)))
    return len(waiting) - len(failed)


def _force(connection: Connection, village_id: str, now: datetime) -> None:
    work = UnitOfWork(connection, village_id, lock_village(connection, village_id), moment=now)
    work.force(now)
    work.finish()


def rebuild_village(engine: Engine, cache: FormCache, village_id: str, zone: tzinfo, now: datetime) -> None:
    """Derives everything that the village's phones sent again, in the order in which it came, and its decisions.

    Versions and revisions come out as they were, so that no phone has to fetch what it has.
    """
    in_turn(engine, lambda connection: _rebuild_village(connection, cache, village_id, zone, now))


def _rebuild_village(connection: Connection, cache: FormCache, village_id: str, zone: tzinfo, now: datetime) -> None:
    locks, places = _lock_homes(connection, village_id)
    connection.execute(_back_to(village_id, locks[village_id].seq - 1))
    before = store.kept(connection, village_id, places)
    revisions = _revisions(connection, {place[0] for place in before} | {village_id})
    made = change_log.made_by(connection, village_id)
    _clear(connection, cache, village_id, places, before)
    read_again(connection, village_id)
    _process_all(connection, cache, village_id, zone, sorted(locks), now)
    locks = as_they_stand(connection, locks)
    work = UnitOfWork(connection, village_id, locks[village_id], locks, now)
    places |= homes.homes_of(connection, village_id, change_log.spoken_of(connection, village_id))
    _decide_all(work, {*before, *places})
    work.force(now)
    changed = _keep_versions(work, before, store.kept(connection, village_id, places))
    work.finish()
    change_log.keep_made(connection, village_id, made)
    _keep_larger(connection, revisions, changed)


def _keep_versions(
    work: UnitOfWork, before: dict[Place, store.Kept], processed: dict[Place, store.Kept]
) -> set[tuple[str, str]]:
    """Gives the versions that they had to those who stand as they did; the lists (village, list) of all others.

    `processed` is kept by now, and `work` may have changed more: mostly nothing differs, and nobody has to be read."""
    perhaps = work.looked_at | {place for place in {*before, *processed} if before.get(place) != processed.get(place)}
    were = {place: store.entity_of(before[place]) for place in perhaps & before.keys()}
    work.preload_entities(perhaps)
    work.keep_versions(were)
    pairs = [(were.get(place), work.entity(place)) for place in perhaps]
    return {(one.village_id, one.list) for pair in pairs if pair[0] != pair[1] for one in pair if one}


def _decide_all(work: UnitOfWork, places: set[Place]) -> None:
    """Lets the village's decisions say again what they said, and makes anew whom others speak of as well."""
    for one in decision_log.read(work.connection, work.village_id):
        work.seq = one.undone_seq or one.seq
        if one.stands and one.cause_id is None:
            work.refold(*making.add_statements(work, one))
        elif one.stands:
            follow_on.say_again(work, one)
    also = homes.shared(work.connection, {work.village_id})
    work.refold(*(place for place in places if place[0] != work.village_id or place in also))


def _lock_homes(connection: Connection, village_id: str) -> tuple[dict[str, VillageLock], set[Place]]:
    """Locks the village, and those in which people live now whom its phones ever spoke of: theirs is made anew as well,
    and their own phones go on sending. By their codes, as everybody does: then nobody waits for each other.

    The locks by village, and where those people live."""
    locks: dict[str, VillageLock] = {}
    while True:
        places = homes.homes_of(connection, village_id, change_log.spoken_of(connection, village_id))
        left = {village_id, *(home for home, _ in places)} - locks.keys()
        if not left:  # some may have moved while we waited
            return locks, places
        locks |= {home: lock_village(connection, home) for home in sorted(left)}


def _back_to(village_id: str, seq: int) -> Any:
    """The village as it was before anything was derived; its counter does not count rebuilding."""
    here = villages.c.village_id == village_id
    return update(villages).where(here).values(seq=seq, stale_since=None, held_since=None, unmarked_since=None, **_NEW)


def _revisions(connection: Connection, village_ids: Iterable[str]) -> dict[tuple[str, str], int]:
    wanted = select(list_revisions).where(list_revisions.c.village_id.in_(sorted(village_ids)))
    return {(row.village_id, row.list): row.revision for row in connection.execute(wanted)}


@lru_cache(maxsize=256)
def _without_answers(table: Table) -> Executable:
    return delete(table).where(
        Among(table.c.village_id, "of_homes"), table.c.sending_village == bindparam("of_village")
    )


def _clear(
    connection: Connection, cache: FormCache, village_id: str, places: set[Place], before: Iterable[Place]
) -> None:
    homes = sorted({village_id, *(place[0] for place in places)})
    for table in cache.answer_tables(connection):
        connection.execute(_without_answers(table), {"of_homes": homes, "of_village": village_id})
    change_log.forget(connection, village_id)
    store.remove(connection, before)
    connection.execute(delete(quality_marks).where(quality_marks.c.village_id == village_id))
    compared = sorted({*homes} - {village_id})  # what was sent there about the same people
    connection.execute(update(villages).where(villages.c.village_id.in_(compared)).values(unmarked_since=date.min))
    # Not deleted: a revision that nothing makes anew is kept as well.
    connection.execute(update(list_revisions).where(list_revisions.c.village_id.in_(homes)).values(revision=0))


def _process_all(
    connection: Connection, cache: FormCache, village_id: str, zone: tzinfo, locked: Sequence[str], now: datetime
) -> None:
    """Processes all that was processed before again, in its old order; what did not count before takes effect now, if
    it does.

    The rows stay as they are meanwhile, but for what comes out otherwise: they hold all that was sent, and it would be
    written twice. So the roots stay known, and an original whose correction was chosen does not count before that
    comes again.
    """
    here = (submissions.c.village_id == village_id) & (submissions.c.state != "received")
    in_order = select(submissions).where(here, submissions.c.seq > bindparam("after")).order_by(submissions.c.seq)
    after = -1
    while rows := connection.execute(in_order.limit(BATCH), {"after": after}).all():
        found = interpret(connection, cache, [incoming_of(row, zone) for row in rows])
        queued = [
            Queued(one, row.seq, row.effective_at if row.state == "accepted" else now, was=row)
            for one, row in zip(found, rows, strict=True)
        ]
        process(connection, village_id, queued, as_they_stand(connection, locked))
        after = rows[-1].seq


def _keep_larger(connection: Connection, revisions: dict[tuple[str, str], int], changed: set[tuple[str, str]]) -> None:
    """A list's revision never falls: an earlier state of the list may have had the smaller one. It grows where the list
    has `changed` (village, list): phones would take it for what they have."""
    now = _revisions(connection, {home for home, _ in revisions})
    for (home, name), revision in revisions.items():
        least = revision + ((home, name) in changed)
        if now[home, name] < least:
            here = (list_revisions.c.village_id == home) & (list_revisions.c.list == name)
            connection.execute(update(list_revisions).where(here).values(revision=least))
