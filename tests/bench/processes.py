"""What processes take, read from /proc: processor time and memory of a process with all that it started."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SAMPLE_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, order=True)
class Memory:
    """In bytes. `pss` counts what several processes share once, divided among them; `rss` counts it for each."""

    pss: int
    rss: int


@dataclass(frozen=True)
class _Process:
    parent: int
    cpu: float


def cpu_seconds(pid: int) -> float:
    """Processor time of the process and of all below it, with those that have ended and were waited for."""
    processes = _all()
    return sum(processes[one].cpu for one in _family(pid, processes))


def memory(pid: int) -> Memory:
    """Memory of the process and of all below it."""
    found = [_memory_of(one) for one in _family(pid, _all())]
    return Memory(sum(one.pss for one in found), sum(one.rss for one in found))


@contextmanager
def memory_watched(pid: int) -> Iterator[list[Memory]]:
    """Looks at the memory again and again while the block runs; the list is full at its end."""
    seen: list[Memory] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            seen.append(memory(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        seen.append(memory(pid))


def _family(pid: int, processes: dict[int, _Process]) -> list[int]:
    """By who started whom, not by group: every backend of PostgreSQL makes a session of its own."""
    if pid not in processes:
        raise ProcessLookupError(f"no process {pid}")
    family = [pid]
    for one in family:
        family += [child for child, process in processes.items() if process.parent == one]
    return family


def _all() -> dict[int, _Process]:
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            # The name in brackets may hold anything. After it: state, parent, ... and as the 12th to 15th the ticks of
            # the process, in user and system mode, and of its children that ended.
            fields = text.rpartition(")")[2].split()
            found[int(folder.name)] = _Process(int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
    return found


def _memory_of(pid: int) -> Memory:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0)
    kilobytes = {name: int(size) for name, size in re.findall(r"^(Pss|Rss): +(\d+) kB$", text, re.MULTILINE)}
    return Memory(kilobytes.get("Pss", 0) * 1024, kilobytes.get("Rss", 0) * 1024)
