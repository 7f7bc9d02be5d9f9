"""`make bench`: how many submissions a second, how long one takes, and what phones download.

Each figure of the server stands beside that of a bare handler, taken in turns with it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from server import publishing
from server.app import wall_clock
from server.store import phones, regions
from server.store.engine import open_engine, writing
from server.store.upgrade import upgrade
from tests import bench_bare, bench_load, bench_village
from tests.bench_load import Job, Outcome
from tests.form_engine import Engine as FormEngine
from tests.phone import Phone
from tests.phone_http import multipart
from tests.postgres import join_cluster
from tests.server.served import Served, serving

VILLAGES = 40
CONNECTIONS = (1, 8, 32)
ROUNDS, SECONDS = 2, 4.0
BARE = (sys.executable, "-m", "tests.bench_bare")


@dataclass(frozen=True)
class Village:
    """A village with its phone's token."""

    token: str
    targets: bench_village.Targets


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """For each kind two empty databases: the server's and the bare handler's."""
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
        list(publishing.publish_shipped(connection, wall_clock()))
        codes = ["11.01.01." + str(2001 + number) for number in range(VILLAGES)]
        names = [("11", "Aceh"), ("11.01", "Aceh Selatan"), ("11.01.01", "Bakongan"), *((code, code) for code in codes)]
        regions.keep(connection, [regions.Region(*name) for name in names])
        for code in codes:
            targets = bench_village.fill_village(connection, code, date.today())
            made.append(Village(phones.add(connection, code, "Bu Ani", wall_clock()), targets))
    engine.dispose()
    return made


def prepare_bare(database_url: str) -> None:
    engine = open_engine(database_url)
    bench_bare.received.metadata.create_all(engine)
    engine.dispose()


def phone_of(served: Served, village: Village, folder: Path, form_engine: FormEngine) -> Phone:
    return Phone(f"{served.base}/v1/key/{village.token}/projects/1", folder, form_engine)


def job(served: Served, template: str, targets: list[tuple[str, str]], connections: int) -> Job:
    body, content_type = multipart(template.encode(), [], incomplete=False)
    boundary = content_type.partition("boundary=")[2]
    return Job(served.port, connections, SECONDS, body.decode().replace(boundary, "BOUNDARY"), targets)


def measured(
    served: Served, bare: Served, villages: list[Village], template: str
) -> Iterator[tuple[int, str, Outcome]]:
    """Rounds of every number of connections, the server and the bare handler in turns: (connections, which, figures)."""
    spread = [
        (f"/v1/key/{village.token}/projects/1/submission?deviceID=collect:1", mother)
        for mothers in zip(*(village.targets.mothers for village in villages), strict=True)
        for village, mother in zip(villages, mothers, strict=True)
    ]
    for _ in range(ROUNDS):
        for connections in CONNECTIONS:
            yield connections, "server", bench_load.run(job(served, template, spread, connections))
            nowhere = [("/submission", target) for _, target in spread]
            yield connections, "bare", bench_load.run(job(bare, template, nowhere, connections))


def together(outcomes: list[Outcome]) -> Outcome:
    took = sorted(second for outcome in outcomes for second in outcome.took)
    return Outcome(took, sum(one.failed for one in outcomes), sum(one.wall for one in outcomes))


def line(*cells: object) -> str:
    return "{:<11}{:>12}  {:<8}{:>9}{:>9}{:>9}{:>9}{:>8}{:>9}".format(*cells)


def report(kind: str, found: dict[tuple[int, str], list[Outcome]]) -> None:
    for connections in CONNECTIONS:
        ours, bare = (together(found[connections, which]) for which in ("server", "bare"))
        for which, one in (("server", ours), ("bare", bare)):
            share = f"{ours.rate / bare.rate:.0%}" if one is ours else ""
            figures = [f"{one.percentile(share_):.1f}" for share_ in (0.5, 0.95, 0.99)]
            print(line(kind, connections, which, f"{one.rate:.0f}", *figures, one.failed, share))


def downloads(phone: Phone) -> None:
    """What a new phone gets, and what a sync with nothing new costs."""
    phone.sync()
    first = phone.traffic.copy()
    phone.sync()
    again = phone.traffic.since(first)
    whole = sum(_whole(url) for url in phone.http.cache)
    print(f"A new phone downloads {first.received / 1000:.0f} kB ({whole / 1000:.0f} kB unless compressed), ", end="")
    print(f"{first.requests} requests; aim: under 300 kB.")
    print(
        f"A sync with nothing new: {again.sent + again.received} bytes ({again.sent} up, {again.received} down), ",
        end="",
    )
    print(f"{again.requests} requests; aim: under 5,000.")


def _whole(url: str) -> int:
    import http.client

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", parts.path)
    size = len(connection.getresponse().read())
    connection.close()
    return size


def main() -> None:
    form_engine = FormEngine()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, databases(Path(name)) as urls:
        folder = Path(name)
        print(line("database", "connections", "", "per s", "p50 ms", "p95 ms", "p99 ms", "failed", "of bare"))
        for kind, (url, bare_url) in urls.items():
            villages = prepare(url)
            prepare_bare(bare_url)
            with serving(url, folder) as served, serving(bare_url, folder, BARE) as bare:
                phone = phone_of(served, villages[0], folder / f"phone-{kind}", form_engine)
                phone.sync()
                target = villages[0].targets.mothers[0]
                filled = bench_village.visit(phone, target, date.today())
                template = filled.replace(target, "TARGET").replace(_instance(filled), "uuid:INSTANCE")
                found: dict[tuple[int, str], list[Outcome]] = {}
                runs = measured(served, bare, villages, template)
                for connections, which, outcome in tqdm(
                    runs, kind, ROUNDS * len(CONNECTIONS) * 2, leave=False, disable=None
                ):
                    found.setdefault((connections, which), []).append(outcome)
                report(kind, found)
                if kind == "SQLite":
                    fresh = phone_of(served, villages[1], folder / "new-phone", form_engine)
                    kept = fresh
        print()
    form_engine.close()


def _instance(xml: str) -> str:
    return xml.partition("<instanceID>")[2].partition("<")[0] or xml.partition("instanceID>")[2].partition("<")[0]


if __name__ == "__main__":
    main()
