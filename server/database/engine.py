"""The database: one engine from a URL, SQLite tuned to survive a power cut, PostgreSQL as it is."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError

from forms.problems import Problem, problem
from server.database.dialect import write_json

BAD_DATABASE_URL = Problem(
    "bad-database-url",
    500,
    "DATABASE_URL {url!r} tidak dipahami. Tulis misalnya sqlite:///data/konvergensi.db atau "
    "postgresql://user:sandi@localhost/konvergensi.",
    "DATABASE_URL {url!r} is not understood. Write for example sqlite:///data/konvergensi.db or "
    "postgresql://user:password@localhost/konvergensi.",
)

_Result = TypeVar("_Result")
_decode = json.JSONDecoder().raw_decode


def _read_json(text: str | bytes) -> Any:
    """JSON as the databases keep it: nothing stands around it, and what `json.loads` does about that takes as long as
    the rest."""
    return _decode(text if isinstance(text, str) else str(text, "utf-8"))[0]


# Few connections that are used again and again, in place of all in turn: each one keeps what it knows of the tables
# (1 MB), pages, and prepared statements. Errors do not show the values in question.
_OPTIONS: dict[str, Any] = {
    "json_deserializer": _read_json,
    "json_serializer": write_json,
    "pool_use_lifo": True,
    "hide_parameters": True,
}
_DEADLOCK = "40P01"  # PostgreSQL's SQLSTATE
# How often work is begun in all. Being the victim again and again is no bad luck any more: then it is said.
_TRIES = 4
_PAUSE = 0.05  # seconds
# How long anybody waits for a lock that others hold, such as a database tool, with the time in the queue; in seconds.
# Where it was in vain, those that come next wait less until one gets it: they would only pile up.
LOCK_WAIT = 5
LOCK_WAIT_AGAIN = 0.5
# What the queue's file says then, to the writers of all processes.
_SHUT_OUT = b"!"
# A wait in the queue of so many seconds is as usual.
IN_TURN = 0.5
# A connection that was idle for so many seconds is tried before it is used: the database may have been started anew.
IDLE = 2


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://...` (psycopg 3). Makes the folder of a SQLite file.

    Its errors do not show the values in question: names and NIKs do not belong in a log. Raises ProblemError
    BAD_DATABASE_URL where the URL is for another database or malformed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise problem(BAD_DATABASE_URL, url=_masked(url)) from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        waits = {"options": f"{parsed.query.get('options', '')} -c lock_timeout={LOCK_WAIT}s".strip()}
        postgres = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(postgres, connect_args=waits, **_OPTIONS)
        _try_after_idling(engine)
        return engine
    if parsed.drivername != "sqlite" or not parsed.database:
        raise problem(BAD_DATABASE_URL, url=_masked(url))
    # What lies in there names people: a folder that is made here is its owner's alone.
    Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": LOCK_WAIT}, **_OPTIONS)
    _queue_for(engine, parsed.database)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_missing(url: str) -> bool:
    """Whether it is the URL of a SQLite file that is not there."""
    return url.startswith("sqlite:///") and not Path(make_url(url).database or "").exists()


def _queue_for(engine: Engine, database: str) -> None:
    """Gives each connection its place in the queue of writers (`_turn`), and keeps the files to their owner."""
    queue = f"{database}-queue"

    def make(*_: Any) -> None:
        # Where it cannot be made, SQLite says so. What SQLite makes beside the database is as private as that.
        with suppress(OSError):
            Path(database).touch(mode=0o600, exist_ok=False)

    def join(_connection: Any, record: Any) -> None:
        record.info["queue"] = os.open(queue, os.O_RDWR | os.O_CREAT, 0o600)

    event.listen(engine, "do_connect", make)
    event.listen(engine, "connect", join)
    event.listen(engine, "close", lambda _, record: os.close(record.info["queue"]))


def data_folder(url: str) -> Path:
    """Where a server of this database keeps what is not in it: beside a SQLite file, else the folder data."""
    parsed = make_url(url)
    return Path(parsed.database).parent if parsed.drivername == "sqlite" and parsed.database else Path("data")


def _masked(url: str) -> str:
    """The URL without its password."""
    return re.sub(r"//[^@/]*@", "//***@", url)


def _try_after_idling(engine: Engine) -> None:
    # SQLAlchemy's own pool_pre_ping would ask the database twice in every request.
    def note(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    def attempt(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("used", monotonic()) > IDLE:
            try:
                engine.dialect.do_ping(connection)
                connection.rollback()
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens a new one

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", attempt)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged submission survives a power cut
    # The cache stays at SQLite's own 2 MB, but where many villages are counted: each thread of each worker has one, and
    # the system keeps the file anyway.
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes would fail at once when another one wrote in between;
    # taking the write lock at the start makes it wait its turn instead.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; commits at the end, rolls back on any error."""
    with engine.connect().execution_options(writes=True) as connection, _turn(connection), connection.begin():
        yield connection


@contextmanager
def _turn(connection: Connection) -> Iterator[None]:
    """On SQLite, which has one writer at a time: waits in the queue of all processes' writers, first come first served.

    SQLite itself lets those who wait sleep and look again, so that under load some would wait for seconds. The system
    gives the lock back when a process ends, however it does.
    """
    queue = connection.info.get("queue")
    if queue is None:
        yield
        return
    began = monotonic()
    fcntl.flock(queue, fcntl.LOCK_EX)
    try:
        shut_out = os.pread(queue, 1, 0) == _SHUT_OUT
        with _waiting_until(connection, began + (LOCK_WAIT_AGAIN if shut_out else LOCK_WAIT)):
            yield
        if shut_out:
            os.ftruncate(queue, 0)
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_BUSY:
            os.pwrite(queue, _SHUT_OUT, 0)
        raise
    finally:
        fcntl.flock(queue, fcntl.LOCK_UN)


@contextmanager
def _waiting_until(connection: Connection, moment: float) -> Iterator[None]:
    """Has SQLite wait until then for writers that do not stand in the queue."""
    left = moment - monotonic()
    if left > LOCK_WAIT - IN_TURN:  # nobody was before us: it waits for so long anyway
        yield
        return
    sqlite = connection.connection
    sqlite.cursor().execute(f"PRAGMA busy_timeout = {max(0, round(left * 1000))}")
    try:
        yield
    finally:
        sqlite.cursor().execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")


def in_turn(engine: Engine, work: Callable[[Connection], _Result]) -> _Result:
    """What `work` gives, done in a write transaction; anew where the database ended it because two waited for each
    other: forms and decisions about people who moved write in several villages.

    Whatever `work` does beside its transaction it may do more than once.
    """
    tries = 1
    while True:
        try:
            with writing(engine) as connection:
                return work(connection)
        except DBAPIError as error:
            if tries == _TRIES or getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                raise
        time.sleep(_PAUSE * tries)  # whoever it waited for goes first
        tries += 1


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, never in a writer's way."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def on_trial(engine: Engine) -> Iterator[Connection]:
    """A transaction of which nothing stays, on a connection of its own.

    Tables that are made in it may stand in place of stored ones: no statement that this process has prepared for those
    is used again here.
    """
    alone = open_engine(engine.url.render_as_string(hide_password=False))
    try:
        with alone.connect() as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()
    finally:
        alone.dispose()
