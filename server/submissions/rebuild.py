"""Deriving everything again from the submissions as they came, and trying again what was not understood."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from forms.problems import Problem, problem
from server.database.answer_tables import form_tables
from server.database.dialect import shut
from server.database.engine import in_turn, reading, writing
from server.database.tables import decisions, list_revisions, submissions, villages
from server.database.upgrade import ensure_table, to_rebuild
from server.decisions import follow_on, making
from server.entities import change_log, decision_log, homes, store
from server.entities.change import Place
from server.entities.entity import Entity
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import FormCache, form_ids, published_schemas
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
        _make_tables(connection)
        shut(connection, decisions)  # what is decided meanwhile comes after it
        homes.replace_all(connection, homes.resolve(decision_log.read_all(connection)))
        all_ids = connection.execute(select(villages.c.village_id).order_by(villages.c.village_id)).scalars()
        ids = [village_id for village_id in all_ids if only is None or village_id in only]
    rebuild_villages(engine, cache, progress(ids), zone, now)
    return len(ids)


def rebuild_villages(engine: Engine, cache: FormCache, village_ids: Iterable[str], zone: tzinfo, now: datetime) -> None:
    """Derives these villages again, one by one. Raises ProblemError VILLAGES_FAILED at the end."""
    failed = each_village(village_ids, lambda one: rebuild_village(engine, cache, one, zone, now))
    if failed:
        raise problem(VILLAGES_FAILED, villages=", ".join(failed))


def finish_upgrade(
    engine: Engine, cache: FormCache, zone: tzinfo, now: datetime, progress: Callable[[list[str]], Iterable[str]]
) -> bool:
    """Derives again what is of an older version of this program; whether there was anything. One that was broken off is
    gone on with. The answer tables are there afterwards, also where nobody has sent anything yet. Raises ProblemError
    VILLAGES_FAILED as `rebuild` does."""
    with writing(engine) as connection:
        _make_tables(connection)
        older = to_rebuild(connection)
    if older:
        rebuild(engine, cache, zone, now, progress, older)
    return bool(older)


def _make_tables(connection: Connection) -> None:
    for form_id in form_ids(connection):
        for table in form_tables(published_schemas(connection, form_id)).tables.values():
            ensure_table(connection, table)


def force_overdue(engine: Engine, now: datetime) -> int:
    """Applies the changes that have waited for their predecessor for five days; in how many villages. Where that fails
    they go on waiting."""
    wanted = select(villages.c.village_id).where(villages.c.held_since.is_not(None)).order_by(villages.c.village_id)
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
    locks = _lock_homes(connection, village_id)
    connection.execute(_back_to(village_id, locks[village_id].seq - 1))
    places = homes.homes_of(connection, village_id, change_log.spoken_of(connection, village_id))
    before = _people(connection, village_id, places)
    revisions = _revisions(connection, {place[0] for place in before} | {village_id})
    made = change_log.made_by(connection, village_id)
    _clear(connection, village_id, places, before)
    read_again(connection, village_id)
    _process_all(connection, cache, village_id, zone, sorted(locks), now)
    locks = as_they_stand(connection, locks)
    work = UnitOfWork(connection, village_id, locks[village_id], locks, now)
    places |= homes.homes_of(connection, village_id, change_log.spoken_of(connection, village_id))
    _decide_all(work, {*before, *places})
    work.force(now)
    work.preload_places(before)
    work.keep_versions(before)
    work.finish()
    change_log.keep_made(connection, village_id, made)
    after = {place: one for place in {*before, *places} if (one := work.entity(place)) is not None}
    differ = [place for place in {*before, *after} if before.get(place) != after.get(place)]
    changed = {(one.village_id, one.list) for place in differ for one in (before.get(place), after.get(place)) if one}
    _keep_larger(connection, revisions, changed)


def _decide_all(work: UnitOfWork, places: set[Place]) -> None:
    """Lets the village's decisions say again what they said, and makes anew whom others speak of as well."""
    for one in decision_log.read(work.connection, work.village_id):
        work.seq = one.undone_seq or one.seq
        if one.stands and one.cause_id is None:
            work.refold(*making.add_statements(work, one))
        elif one.stands:
            follow_on.say_again(work, one)
    work.preload_places(places)
    work.refold(*(place for place in places if place[0] != work.village_id or len(work.homes.places(place)) > 1))


def _lock_homes(connection: Connection, village_id: str) -> dict[str, VillageLock]:
    """Locks the village, and those in which people live now whom its phones ever spoke of: theirs is made anew as well,
    and their own phones go on sending. By their codes, as everybody does: then nobody waits for each other."""
    locks: dict[str, VillageLock] = {}
    while left := {village_id, *_homes(connection, village_id)} - locks.keys():  # some may have moved while we waited
        locks |= {home: lock_village(connection, home) for home in sorted(left)}
    return locks


def _homes(connection: Connection, village_id: str) -> set[str]:
    ids = change_log.spoken_of(connection, village_id)
    return {home for home, _ in homes.homes_of(connection, village_id, ids)}


def _back_to(village_id: str, seq: int) -> Any:
    """The village as it was before anything was derived; its counter does not count rebuilding."""
    here = villages.c.village_id == village_id
    return update(villages).where(here).values(seq=seq, stale_since=None, held_since=None, to_rebuild=False)


def _people(connection: Connection, village_id: str, places: Iterable[Place]) -> dict[Place, Entity]:
    """The entities of the village, and of those elsewhere that its phones spoke of."""
    found = {one.place: one for one in store.load_all(connection, village_id)}
    for place in sorted({*places} - found.keys()):
        one = store.load(connection, *place)
        if one is not None:
            found[place] = one
    return found


def _revisions(connection: Connection, village_ids: Iterable[str]) -> dict[tuple[str, str], int]:
    wanted = select(list_revisions).where(list_revisions.c.village_id.in_(sorted(village_ids)))
    return {(row.village_id, row.list): row.revision for row in connection.execute(wanted)}


def _clear(connection: Connection, village_id: str, places: set[Place], before: dict[Place, Entity]) -> None:
    homes = sorted({village_id, *(place[0] for place in places)})
    for form_id in form_ids(connection):
        for table in form_tables(published_schemas(connection, form_id)).tables.values():
            connection.execute(
                delete(table).where(table.c.village_id.in_(homes), table.c.sending_village == village_id)
            )
    change_log.forget(connection, village_id)
    store.remove(connection, list(before.values()))
    # Not deleted: a revision that nothing makes anew is kept as well.
    connection.execute(update(list_revisions).where(list_revisions.c.village_id.in_(homes)).values(revision=0))


def _process_all(
    connection: Connection, cache: FormCache, village_id: str, zone: tzinfo, locked: Sequence[str], now: datetime
) -> None:
    """Puts all that was processed back into the inbox, and processes it again in its old order; what did not count
    before takes effect now, if it does.

    The roots stay known meanwhile: an original whose correction was chosen does not count before that comes again.
    """
    here = (submissions.c.village_id == village_id) & (submissions.c.state != "received")
    columns = [submissions.c[name] for name in ("sha256", "seq", "state", "effective_at")]
    before = connection.execute(select(*columns).where(here).order_by(submissions.c.seq)).all()
    connection.execute(update(submissions).where(here).values(state="received", problem=None, detail=None))
    for start in range(0, len(before), BATCH):
        part = {row.sha256: row for row in before[start : start + BATCH]}
        wanted = select(submissions).where(submissions.c.village_id == village_id, submissions.c.sha256.in_(part))
        queued = [
            Queued(
                interpret(connection, cache, incoming_of(row, zone)),
                part[row.sha256].seq,
                part[row.sha256].effective_at if part[row.sha256].state == "accepted" else now,
            )
            for row in connection.execute(wanted.order_by(submissions.c.seq))
        ]
        process(connection, village_id, queued, as_they_stand(connection, locked))


def _keep_larger(connection: Connection, revisions: dict[tuple[str, str], int], changed: set[tuple[str, str]]) -> None:
    """A list's revision never falls: an earlier state of the list may have had the smaller one. It grows where the list
    has `changed` (village, list): phones would take it for what they have."""
    for (home, name), revision in revisions.items():
        least = revision + ((home, name) in changed)
        here = (list_revisions.c.village_id == home) & (list_revisions.c.list == name)
        smaller = list_revisions.c.revision < least
        connection.execute(update(list_revisions).where(here, smaller).values(revision=least))
