"""The processor: a process beside the web workers that works through the inbox, village by village, as it fills.

Several servers may each have one on a PostgreSQL database. One that dies in the middle leaves nothing stuck: what it
had not committed is still in the inbox, and the next one goes on.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sqlalchemy import Engine, make_url

from server.database.engine import open_engine, reading
from server.database.errors import without_rows
from server.publications.form_versions import FormCache
from server.settings import Settings
from server.submissions.inbox import process_some, waiting_villages

# Seconds between two looks at an empty inbox; between two at one that fills, so that what comes meanwhile is worked out
# together; after a failure, such as a database that is being started anew.
PAUSE = 0.2
GATHERING = 0.1
AFTER_FAILURE = 2.0
# How far it steps back where there is not processor time enough for all, so that phones are answered first: on SQLite,
# where all write one after the other. Much further, and they would wait for the lock that it holds. On PostgreSQL it
# all but keeps step: what is acknowledged is worked out sooner, and there is time enough for both.
NICENESS = {"sqlite": 5, "postgresql": 1}

_log = logging.getLogger(__name__)
_log.addFilter(without_rows)


def work_through(engine: Engine, cache: FormCache, settings: Settings) -> int:
    """Processes one batch of every village in which something waits; how many submissions. A village that fails does
    not stop the others."""
    with reading(engine) as connection:
        found = waiting_villages(connection)
    done = 0
    for village_id in found:
        try:
            done += process_some(engine, cache, village_id, settings.timezone, datetime.now(UTC), skip_locked=True)
        except Exception:
            _log.exception("the inbox of village %s could not be processed; it is tried again", village_id)
    return done


def run(settings: Settings, stopping: Callable[[float], bool]) -> None:
    """Works until `stopping(seconds)`, which waits for so long at most, says so."""
    engine, cache = open_engine(settings.database_url), FormCache()
    pause = 0.0
    while not stopping(pause):
        try:
            pause = GATHERING if work_through(engine, cache, settings) else PAUSE
        except Exception:
            _log.exception("the inbox could not be read; it is tried again")
            pause = AFTER_FAILURE
    engine.dispose()


def start(settings: Settings, listening: Iterable[int] = ()) -> int:
    """Begins a processor as a child of this process, which must have no open database; its process id.

    `listening`: file descriptors of sockets that are the web workers' alone.
    """
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    for descriptor in listening:
        os.close(descriptor)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda _number, _frame: stop.set())
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.SIG_IGN)
    try:
        os.nice(NICENESS[make_url(settings.database_url).get_backend_name()])
        # Where the server was killed, nobody tells its processor to end.
        run(settings, lambda seconds: stop.wait(seconds) or os.getppid() != parent)
    finally:
        os._exit(0)
