"""Turns of some seconds of load, on the server and on the bare handler one after the other, so that whatever else the
machine does falls on both; and how dear it is to derive everything again afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy import func, select

from server.database.engine import open_engine, reading
from server.database.tables import submissions
from server.entities import change_log
from server.submissions.quarantine import quarantined
from tests.bench.load import Outcome, together
from tests.bench.processes import Memory, cpu_seconds, memory_watched
from tests.bench.side import Side
from tests.support.served import KPM

CONNECTIONS = (1, 8, 32)
# The number for which the aims are.
USUAL = 8
WARM_UP_SECONDS = 1.5


@dataclass(frozen=True)
class Turn:
    """Some seconds of load, until nothing waits any more. `cpu`: seconds of the handler's processes and, where there is
    a database server, of that."""

    which: str
    connections: int
    outcome: Outcome
    cpu: float
    database_cpu: float | None
    memory: Memory


@dataclass(frozen=True)
class Rebuilt:
    """`kpm rebuild`: seconds of its own processor time and of the database server's."""

    submissions: int
    cpu: float
    database_cpu: float | None


def turns(
    sides: dict[str, Side], postmaster: int | None, rounds: int, seconds: float, connections: Sequence[int]
) -> Iterator[Turn]:
    """Each side in turn with every number of connections, several times round."""
    for side in sides.values():
        side.post(max(connections), min(seconds, WARM_UP_SECONDS))
    for _, number, (which, side) in product(range(rounds), connections, sides.items()):
        pid = side.served.process.pid
        before, database_before = cpu_seconds(pid), _database_cpu(postmaster)
        with memory_watched(pid) as seen:
            outcome = side.post(number, seconds)
        cpu = cpu_seconds(pid) - before
        yield Turn(which, number, outcome, cpu, _since(database_before, postmaster), max(seen))


def rebuild(database_url: str, postmaster: int | None) -> Rebuilt:
    """Derives everything again, as an operator would."""
    count = _understood(database_url)
    before = _database_cpu(postmaster)
    process = subprocess.Popen([KPM, "--database", database_url, "rebuild"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"kpm rebuild ended with {process.returncode}")
    cpu, database_cpu = usage.ru_utime + usage.ru_stime, _since(before, postmaster)
    if _understood(database_url) != count:
        raise RuntimeError("kpm rebuild has lost submissions")
    return Rebuilt(count, cpu, database_cpu)


def _understood(database_url: str) -> int:
    """How many submissions there are. Raises RuntimeError where any was not understood: that would be quick work."""
    engine = open_engine(database_url)
    with reading(engine) as connection:
        count = connection.execute(select(func.count()).select_from(submissions)).scalar_one()
        strange, held = len(quarantined(connection)), change_log.count_held(connection)
    engine.dispose()
    if strange or held:
        raise RuntimeError(f"of {count} submissions {strange} are in quarantine, and {held} changes wait")
    return int(count)


@dataclass(frozen=True)
class Figures:
    """All turns of one side with one number of connections, as if they were one."""

    outcome: Outcome
    cpu: float
    database_cpu: float | None
    memory: Memory

    @property
    def cpu_each(self) -> float:
        """Milliseconds of the handler's processes for a submission."""
        return 1000 * self.cpu / self.outcome.taken_in

    @property
    def whole_cpu_each(self) -> float:
        """The same with the database server."""
        return 1000 * (self.cpu + (self.database_cpu or 0)) / self.outcome.taken_in

    @property
    def load_each(self) -> float:
        """Milliseconds of the load itself for a submission."""
        return 1000 * self.outcome.cpu / self.outcome.taken_in


def figures_of(all_turns: list[Turn], which: str, connections: int) -> Figures:
    found = [turn for turn in all_turns if (turn.which, turn.connections) == (which, connections)]
    outcome = together(turn.outcome for turn in found)
    database = [turn.database_cpu for turn in found if turn.database_cpu is not None]
    cpu = sum(turn.cpu for turn in found)
    return Figures(outcome, cpu, sum(database) if database else None, max(turn.memory for turn in found))


def _database_cpu(postmaster: int | None) -> float | None:
    return None if postmaster is None else cpu_seconds(postmaster)


def _since(before: float | None, postmaster: int | None) -> float | None:
    now = _database_cpu(postmaster)
    return None if now is None or before is None else now - before
