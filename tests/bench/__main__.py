"""`make bench`: how many submissions a second, how long one takes, and what phones download.

Each figure of the server stands beside that of a bare handler, which only parses the same XML and inserts one row. The
two take turns of a second or two, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import http.client
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree
from tqdm import tqdm

from server.accounts import phones
from server.app import wall_clock
from server.database.engine import open_engine, writing
from server.database.upgrade import upgrade
from server.publications import publish
from server.villages import regions
from tests.bench import bare as bench_bare
from tests.bench.load import Job, Outcome, run, together
from tests.bench.village import Targets, fill_village, visit
from tests.support.form_engine import Engine as FormEngine
from tests.support.phone import Phone
from tests.support.phone_http import multipart
from tests.support.postgres import join_cluster
from tests.support.served import Served, serving

VILLAGES = 40
CONNECTIONS = (1, 8, 32)
ROUNDS, SECONDS, WARM_UP = 5, 1.5, 1.5
BARE = (sys.executable, "-m", "tests.bench.bare")


@dataclass(frozen=True)
class Village:
    """A village with its phone's token."""

    token: str
    targets: Targets


@dataclass(frozen=True)
class Turn:
    """Some seconds of load on the server, or on the bare handler."""

    which: str
    connections: int
    outcome: Outcome


def main() -> None:
    form_engine = FormEngine()
    say(f"{os.cpu_count()} processors, for the server, its database and the load together.")
    say("The bare handler parses the same XML and inserts one row, in the same gunicorn, in turns with the server.\n")
    say(line("database", "connections", "", "per s", "p50 ms", "p95 ms", "p99 ms", "failed", "of bare"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name, databases(Path(name)) as urls:
        for kind, (url, bare_url) in urls.items():
            folder = Path(name) / kind
            folder.mkdir()
            villages = prepare(url)
            bench_bare.prepare(bare_url)
            with serving(url, folder) as served, serving(bare_url, folder, BARE) as bare:
                worker, new = (phone_of(served, village, folder, form_engine) for village in villages[:2])
                template = visit_template(worker, villages[0])
                turns = list(
                    tqdm(load(served, bare, villages, template), kind, turn_count(), leave=False, disable=None)
                )
                report(kind, turns)
                traffic = downloads(new)
    form_engine.close()
    say(f"\n{traffic}")


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """For each kind two empty databases that survive a power cut: the server's and the bare handler's."""
    cluster = join_cluster(folder, durable=True)
    try:
        yield {
            "SQLite": (f"sqlite:///{folder}/server.db", f"sqlite:///{folder}/bare.db"),
            "PostgreSQL": (cluster.create_database(), cluster.create_database()),
        }
    finally:
        cluster.leave()


def prepare(database_url: str) -> list[Village]:
    """The shipped forms, and villages of 190 targets with a phone each."""
    engine = open_engine(database_url)
    made = []
    with writing(engine) as connection:
        upgrade(connection)
        list(publish.publish_shipped(connection, wall_clock()))
        codes = ["11.01.01." + str(2001 + number) for number in range(VILLAGES)]
        names = [("11", "Aceh"), ("11.01", "Aceh Selatan"), ("11.01.01", "Bakongan"), *((code, code) for code in codes)]
        regions.keep(connection, [regions.Region(*name) for name in names])
        for code in codes:
            targets = fill_village(connection, code, date.today())
            made.append(Village(phones.add(connection, code, "Bu Ani", wall_clock()), targets))
    engine.dispose()
    return made


def phone_of(served: Served, village: Village, folder: Path, form_engine: FormEngine) -> Phone:
    server_url = f"{served.base}/v1/key/{village.token}/projects/1"
    return Phone(server_url, folder / village.targets.village_id, form_engine)


def visit_template(phone: Phone, village: Village) -> str:
    """A real visit, as the form engine wrote it, with TARGET and INSTANCE in the place of its ids."""
    phone.sync()
    mother = village.targets.mothers[0]
    xml = visit(phone, mother, date.today())
    instance = etree.fromstring(xml.encode()).xpath("string(//*[local-name()='instanceID'])")
    return xml.replace(mother, "TARGET").replace(str(instance), "uuid:INSTANCE")


def turn_count() -> int:
    return 2 * ROUNDS * len(CONNECTIONS)


def load(served: Served, bare: Served, villages: list[Village], template: str) -> Iterator[Turn]:
    """The server and the bare handler in turns, with every number of connections, several times round."""
    body, content_type = multipart(template.encode(), [], incomplete=False)
    text = body.decode().replace(content_type.partition("boundary=")[2], "BOUNDARY")
    spread = [
        (f"/v1/key/{village.token}/projects/1/submission?deviceID=collect:1", mother)
        for mothers in zip(*(village.targets.mothers for village in villages), strict=True)
        for village, mother in zip(villages, mothers, strict=True)
    ]
    nowhere = [("/submission", target) for _, target in spread]
    sides = {"server": (served.port, spread), "bare": (bare.port, nowhere)}
    for port, targets in sides.values():
        run(Job(port, max(CONNECTIONS), WARM_UP, text, targets))
    for _ in range(ROUNDS):
        for connections in CONNECTIONS:
            for which, (port, targets) in sides.items():
                yield Turn(which, connections, run(Job(port, connections, SECONDS, text, targets)))


def report(kind: str, turns: list[Turn]) -> None:
    for connections in CONNECTIONS:
        ours, bare = (
            together(turn.outcome for turn in turns if (turn.which, turn.connections) == (which, connections))
            for which in ("server", "bare")
        )
        for which, one, share in (("server", ours, f"{ours.rate / bare.rate:.0%}"), ("bare", bare, "")):
            figures = [f"{one.percentile(part):.1f}" for part in (0.5, 0.95, 0.99)]
            say(line(kind, connections, which, f"{one.rate:.0f}", *figures, one.failed, share))


def downloads(phone: Phone) -> str:
    """What a new phone gets, and what a sync with nothing new costs; all bytes of HTTP, without those of TLS."""
    phone.sync()
    first = phone.traffic.copy()
    phone.sync()
    again = phone.traffic.since(first)
    whole = sum(size_as_is(url) for url in phone.http.cache)
    kilobytes = f"{first.received / 1000:.0f} kB, {whole / 1000:.0f} kB if not compressed (aim: under 300 kB)"
    bytes_again = f"{again.sent} bytes up and {again.received} down, {again.sent + again.received} in all"
    return (
        f"A new phone of a village of 190 targets downloads {kilobytes}, in {first.requests} requests.\n"
        f"A sync with nothing new costs {bytes_again} (aim: under 5,000), in {again.requests} requests."
    )


def size_as_is(url: str) -> int:
    """The bytes of a document for a client that takes none of it compressed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", parts.path)
    size = len(connection.getresponse().read())
    connection.close()
    return size


def line(*cells: object) -> str:
    return "{:<11}{:>12}  {:<8}{:>7}{:>9}{:>9}{:>9}{:>8}{:>9}".format(*cells)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
