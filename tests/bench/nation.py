"""`make bench-nation`: what it costs to count the cards of many villages, of one, and how long a phone waits meanwhile.

Every village has 290 targets with a year of visits behind them, and four cards.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import Engine, text, update
from tqdm import tqdm

from aggregate.scorecard.refresh import BATCH, refresh, refresh_village
from server.database.engine import open_engine, writing
from server.database.tables import villages
from tests.bench.copies import TABLES, TODAY, code_of, fill
from tests.support.builders import publish_shipped
from tests.support.postgres import join_cluster

VILLAGES = 500
SINGLE_VILLAGES = 20
TWO_QUARTERS = "2025-Q3"  # and all later ones, which are two
PAUSE = 0.02  # seconds between two submissions of the phone


@dataclass(frozen=True)
class Counted:
    """The whole refresh: `seconds` by the clock, `work` in seconds of the processor, how long a phone waited."""

    cards: int
    seconds: float
    work: float
    waits: list[float]


@dataclass(frozen=True)
class Figure:
    what: str
    figure: str
    aim: str = ""


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--villages", type=int, default=VILLAGES, help="how many villages (%(default)s)")
    number: int = wanted.parse_args().villages
    print(
        f"{number} villages of 290 targets; {os.cpu_count()} processors for the counting, its database and the phone.\n"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as name, databases(Path(name)) as urls:
        for kind, url in urls.items():
            engine = open_engine(url)
            publish_shipped(engine)
            list(tqdm(fill(engine, number), f"{kind}: villages", len(TABLES), leave=False, disable=None))
            single = [count_one(engine, code_of(one)) for one in range(min(number, SINGLE_VILLAGES))]
            whole = count_all(engine, kind, number)
            report(kind, whole, single)
            engine.dispose()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind that survives a power cut."""
    cluster = join_cluster(folder, durable=True)
    try:
        yield {"PostgreSQL": cluster.create_database(), "SQLite": f"sqlite:///{folder}/bench.db"}
    finally:
        cluster.leave()


def count_all(engine: Engine, kind: str, number: int) -> Counted:
    """`refresh --all`, while a phone sends to villages whose turn it is."""
    with tqdm(desc=f"{kind}: cards", total=number, unit=" villages", leave=False, disable=None) as bar:
        reached = [0]

        def progress(done: int, _total: int) -> None:
            reached[0] = done
            bar.update(done - bar.n)

        with phone(engine, lambda: reached[0], number) as waits:
            before, work = time.monotonic(), processor_seconds(engine)
            cards = refresh(engine, TODAY, "all", progress=progress)
            after, worked = time.monotonic(), processor_seconds(engine)
    return Counted(cards, after - before, worked - work, sorted(waits))


def count_one(engine: Engine, code: str) -> float:
    """The seconds for a village with two quarters out of date."""
    refresh_village(engine, code, TODAY)  # all four of them, and the first time the statements are built
    with writing(engine) as connection:
        connection.execute(update(villages).where(villages.c.village_id == code).values(stale_since=TWO_QUARTERS))
    before = time.perf_counter()
    refresh_village(engine, code, TODAY)
    return time.perf_counter() - before


@contextmanager
def phone(engine: Engine, reached: Callable[[], int], number: int) -> Iterator[list[float]]:
    """Somebody who sends again and again, to a village that is being counted or soon will be; how long each one took.

    It only takes the village's turn, which is all that the refresh is in the way of.
    """
    waits: list[float] = []
    done = threading.Event()
    rng = Random(1)

    def send() -> None:
        own = open_engine(engine.url.render_as_string(hide_password=False))
        while not done.wait(PAUSE):
            code = code_of(min(reached() + rng.randrange(BATCH), number - 1))
            before = time.perf_counter()
            with writing(own) as connection:
                turn = update(villages).where(villages.c.village_id == code)
                connection.execute(turn.values(seq=villages.c.seq + 1))
            waits.append(time.perf_counter() - before)
        own.dispose()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()


def processor_seconds(engine: Engine) -> float:
    """What this thread has used, and on PostgreSQL the process that serves it."""
    own = time.thread_time()
    if engine.dialect.name != "postgresql":
        return own
    with engine.connect() as connection:  # the only connection of the pool
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return own + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def report(kind: str, whole: Counted, single: list[float]) -> None:
    waits = whole.waits
    figures = [
        Figure("cards counted, by the second", f"{whole.cards / whole.seconds:.0f}"),
        Figure("milliseconds of processor a card", f"{1000 * whole.work / whole.cards:.1f}", "at most 9"),
        Figure(
            "one village, two quarters, ms: median, longest",
            f"{1000 * median(single):.0f}, {1000 * max(single):.0f}",
            "at most 60",
        ),
        Figure(
            f"a phone waits, ms: 99 of 100, longest of {len(waits)}",
            f"{1000 * waits[int(0.99 * len(waits))]:.0f}, {1000 * waits[-1]:.0f}",
            "below 1000",
        ),
    ]
    print(f"{kind}: {whole.cards} cards in {whole.seconds:.1f} s")
    for one in figures:
        print(f"  {one.what:<52}{one.figure:>14}   {one.aim}")
    print(flush=True)


if __name__ == "__main__":
    main()
