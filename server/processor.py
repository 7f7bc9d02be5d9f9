"""The processor: a process beside the web workers that works through the inbox, village by village, as it fills, and
tries quarantines again where that is asked for.

Several servers may each have one on a PostgreSQL database. One that dies in the middle leaves nothing stuck: what it
had not committed is still in the inbox, and the next one goes on.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from sqlalchemy import Engine

from server.database.engine import open_engine, reading
from server.database.errors import failure_name, without_rows
from server.publications.form_versions import FormCache
from server.settings import Settings
from server.submissions import quarantine
from server.submissions.inbox import count_waiting, process_some, waiting_villages

# Seconds between two looks at an empty inbox; between two at one that fills; after a failure, such as a database that
# is being started anew.
PAUSE = 0.2
LOOK = 0.1
AFTER_FAILURE = 2.0
# How long what comes in is gathered at most, while it goes on coming: a batch of a village costs as much as five more
# submissions. Whoever reads of a village does not wait for it (inbox.py).
GATHERING = 2.0
# What fails again and again is tried at least this often.
LONGEST_PAUSE = 60.0
# Villages at a time: while the database works for one, the next one's forms are understood. SQLite has one writer.
AT_ONCE = {"sqlite": 1, "postgresql": 2}
_INBOX = "inbox"  # its name among the failures, beside those of villages
# How far it steps back where there is not processor time enough for all, so that phones are answered first: on SQLite,
# where all write one after the other. Much further, and they would wait for the lock that it holds. On PostgreSQL it
# all but keeps step: what is acknowledged is worked out sooner, and there is time enough for both.
NICENESS = {"sqlite": 5, "postgresql": 1}

_log = logging.getLogger(__name__)
_log.addFilter(without_rows)


class Failures:
    """What failed lately, by name: it waits before it is tried again, longer each time, and the log tells of it once
    while it fails alike. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Failure] = {}

    def note(self, name: str, said: str, error: Exception) -> float:
        """`said` is the sentence for the log; in how many seconds to try again."""
        kind = failure_name(error)
        now, before = self._clock(), self._known.get(name)
        if before and now > before.until + LONGEST_PAUSE:
            before = None  # what waited was done by somebody else meanwhile
        pause = min(2 * before.pause, LONGEST_PAUSE) if before else AFTER_FAILURE
        if before is None or before.kind != kind:
            _log.error("%s; it is tried again, at least every %.0f s", said, LONGEST_PAUSE, exc_info=error)
        self._known[name] = _Failure(kind, pause, now + pause)
        return pause

    def forget(self, name: str) -> None:
        """It went well."""
        self._known.pop(name, None)

    def waiting(self) -> list[str]:
        """The names of what is not to be tried yet."""
        now = self._clock()
        return [name for name, one in self._known.items() if now < one.until]


@dataclass(frozen=True)
class _Failure:
    kind: str
    pause: float
    until: float


def work_through(engine: Engine, cache: FormCache, settings: Settings, failures: Failures) -> int:
    """Processes one batch of every village in which something waits; how many submissions. A village that fails does
    not stop the others."""
    with reading(engine) as connection:
        found = waiting_villages(connection, failures.waiting())

    def batch(village_id: str) -> int:
        try:
            done = process_some(engine, cache, village_id, settings.timezone, datetime.now(UTC), skip_locked=True)
            failures.forget(village_id)
        except Exception as error:
            failures.note(village_id, f"the inbox of village {village_id} could not be processed", error)
            done = 0
        return done

    with ThreadPoolExecutor(AT_ONCE[engine.dialect.name]) as threads:
        return sum(threads.map(batch, found))


def gather(engine: Engine, stopping: Callable[[float], bool], clock: Callable[[], float] = monotonic) -> None:
    """Waits while more and more comes in, but no longer than GATHERING, or until it is `stopping`."""
    until, before = clock() + GATHERING, 0
    while clock() < until:
        with reading(engine) as connection:
            waits = count_waiting(connection)
        if waits <= before or stopping(LOOK):
            return
        before = waits


def run(engine: Engine, settings: Settings, stopping: Callable[[float], bool]) -> None:
    """Works until `stopping(seconds)`, which waits for so long at most, says so."""
    cache, failures, pause = FormCache(), Failures(), 0.0
    while not stopping(pause):
        try:
            gather(engine, stopping)
            # What was just sent goes first; then one village at a time, each of which may take many seconds.
            done = bool(work_through(engine, cache, settings, failures))
            done = done or quarantine.replay_next(engine, cache, settings.timezone, datetime.now(UTC))
            pause = LOOK if done else PAUSE
            failures.forget(_INBOX)
        except Exception as error:
            failures.note(_INBOX, "the inbox could not be read", error)
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
        engine = open_engine(settings.database_url)
        os.nice(NICENESS[engine.dialect.name])
        # Where the server was killed, nobody tells its processor to end.
        run(engine, settings, lambda seconds: stop.wait(seconds) or os.getppid() != parent)
    except Exception:
        _log.exception("the processor has ended; the server begins another one")
    finally:
        os._exit(0)
