"""`make bench`: how many submissions a second, how long one takes, what it costs the machine, and what phones download.

Each figure of the server stands beside that of a bare handler, which only parses the same XML and inserts one row. At
the end stands a line for each aim. For a quick look: `python -m tests.bench --rounds 1 --seconds 2 --villages 8`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tests.bench import bare as bench_bare
from tests.bench import report, turns
from tests.bench.downloads import Downloads, downloads
from tests.bench.report import Measured
from tests.bench.side import bare_side, phone_of, prepare, server_side
from tests.support.form_engine import Engine as FormEngine
from tests.support.postgres import join_cluster
from tests.support.served import serving

BARE = (sys.executable, "-m", "tests.bench.bare")
KINDS = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class Database:
    """Two empty databases of one kind, the server's and the bare handler's; `postmaster` is PostgreSQL's process."""

    kind: str
    url: str
    bare_url: str
    postmaster: int | None = None


def main() -> None:
    asked = _asked()
    form_engine = FormEngine()
    say(f"{os.cpu_count()} processors, for the server, its database and the load together.")
    say("The bare handler parses the same XML and inserts one row, in the same gunicorn, in turns with the server.\n")
    all_measured = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name, databases(Path(name), asked.database) as found:
        for database in found:
            folder = Path(name) / database.kind
            folder.mkdir()
            measured, traffic = measure(database, folder, form_engine, asked)
            all_measured.append(measured)
            say("\n".join(report.table(measured)))
    form_engine.close()
    say("\n".join(report.traffic(traffic)))  # the same for every kind of database
    say("\n".join(report.verdicts(report.aims(all_measured, traffic))))


def measure(
    database: Database, folder: Path, form_engine: FormEngine, asked: argparse.Namespace
) -> tuple[Measured, Downloads]:
    bench_bare.prepare(database.bare_url)
    places = prepare(database.url, asked.villages)
    with serving(database.url, folder) as served, serving(database.bare_url, folder, BARE) as bare:
        server = server_side(served, places, folder, form_engine)
        sides = {"server": server, "bare": bare_side(bare, server)}
        running = turns.turns(sides, database.postmaster, asked.rounds, asked.seconds, asked.connections)
        total = asked.rounds * len(asked.connections) * len(sides)
        done = list(tqdm(running, database.kind, total, leave=False, disable=None))
        traffic = downloads(phone_of(served, places.shown, folder, form_engine))
    return Measured(database.kind, done, turns.rebuild(database.url, database.postmaster)), traffic


@contextmanager
def databases(folder: Path, kinds: list[str]) -> Iterator[list[Database]]:
    """For each kind two databases that survive a power cut."""
    cluster = join_cluster(folder, durable=True) if "PostgreSQL" in kinds else None
    found = []
    if "SQLite" in kinds:
        found.append(Database("SQLite", f"sqlite:///{folder}/server.db", f"sqlite:///{folder}/bare.db"))
    try:
        if cluster:
            postmaster = int((cluster.folder / "data/postmaster.pid").read_text().split("\n")[0])
            found.append(Database("PostgreSQL", cluster.create_database(), cluster.create_database(), postmaster))
        yield found
    finally:
        if cluster:
            cluster.leave()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="The figures of docs/figures.md.")
    parser.add_argument("--rounds", type=int, default=3, help="how often server and bare handler take turns")
    parser.add_argument("--seconds", type=float, default=3, help="how long a turn lasts")
    parser.add_argument("--villages", type=int, default=40, help="how many villages are under load")
    parser.add_argument("--database", action="append", choices=KINDS, help="only this kind; may be repeated")
    some = "with so many connections alone; may be repeated (the aims are for 8)"
    parser.add_argument("--connections", type=int, action="append", choices=turns.CONNECTIONS, help=some)
    asked = parser.parse_args()
    asked.database = asked.database or list(KINDS)
    asked.connections = asked.connections or list(turns.CONNECTIONS)
    if turns.USUAL not in asked.connections:
        parser.error(f"--connections {turns.USUAL} is wanted too: the aims are for it")
    return asked


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
