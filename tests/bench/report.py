"""The figures as text: a table for each database, what phones download, and a line for each aim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.downloads import Downloads
from tests.bench.turns import USUAL, Figures, Rebuilt, Turn, figures_of

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Measured:
    """All that was measured on one kind of database."""

    kind: str
    turns: list[Turn]
    rebuilt: Rebuilt

    def figures(self, which: str, connections: int) -> Figures:
        return figures_of(self.turns, which, connections)

    @property
    def connections(self) -> list[int]:
        return sorted({turn.connections for turn in self.turns})


@dataclass(frozen=True)
class Aim:
    """A figure beside what is wanted; `digits` after the point are shown, the whole figure is compared."""

    what: str
    figure: float
    wanted: float
    unit: str
    digits: int = 0
    least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        return self.figure >= self.wanted if self.least else self.figure <= self.wanted


HEAD = ("connections", "", "per s", "of bare", "p50 ms", "p95 ms", "p99 ms", "failed", "sustained", "of bare", "CPU ms")


def table(measured: Measured) -> Iterator[str]:
    """Both sides at every number of connections, then what there is at the usual number alone."""
    yield f"{measured.kind}\n{_line(*HEAD)}"
    for connections in measured.connections:
        ours, bare = (measured.figures(which, connections) for which in ("server", "bare"))
        for which, one in (("server", ours), ("bare", bare)):
            out = one.outcome
            delays = [f"{out.percentile(part):.1f}" for part in (0.5, 0.95, 0.99)]
            acknowledged, sustained = f"{out.rate / bare.outcome.rate:.0%}", f"{_share(one, bare):.0%}"
            if one is bare:
                acknowledged = sustained = ""
            rates = (f"{out.rate:.0f}", acknowledged, *delays, out.failed, f"{out.sustained:.0f}", sustained)
            yield _line(connections, which, *rates, _with_database(one.cpu_each, one.whole_cpu_each, one.database_cpu))
    usual = measured.figures("server", USUAL)
    yield (
        f"Memory of all server processes at {USUAL} connections: {usual.memory.pss / MEGABYTE:.0f} MB PSS, "
        f"{usual.memory.rss / MEGABYTE:.0f} MB RSS. The load itself took {usual.load_each:.2f} ms CPU a submission."
    )
    rebuilt = measured.rebuilt
    each = _with_database(_each(rebuilt), _whole_each(rebuilt), rebuilt.database_cpu)
    yield f"Milliseconds of CPU a submission of kpm rebuild, of {rebuilt.submissions} submissions: {each}.\n"


def traffic(found: Downloads) -> Iterator[str]:
    first, again = found.first, found.again
    yield (
        f"A new phone of a village of 190 targets downloads {first.received / 1000:.0f} kB "
        f"({found.whole / 1000:.0f} kB if nothing were compressed) in {first.requests} requests."
    )
    yield (
        f"A sync with nothing new costs {again.sent} bytes up and {again.received} down, {found.both_ways} in all, in "
        f"{again.requests} requests.\nAll that goes up are the phone's own request lines and headers "
        f"({again.sent / again.requests:.0f} a request); the server's part is what comes down "
        f"({again.received / again.requests:.0f} a request).\n"
    )


def aims(all_measured: list[Measured], found: Downloads) -> list[Aim]:
    of_databases = [aim for measured in all_measured for aim in _aims(measured)]
    return [
        *of_databases,
        Aim("download of a new phone", found.first.received / 1000, 300, "kB"),
        Aim(
            "a sync with nothing new, but for the phone's own headers",
            found.again.received / 1000,
            6,
            "kB",
            1,
            note=f"{found.both_ways / 1000:.1f} kB with them",
        ),
    ]


def verdicts(wanted: list[Aim]) -> Iterator[str]:
    """A line for each aim, and how many are met."""
    for aim in wanted:
        figure, bound = f"{aim.figure:.{aim.digits}f} {aim.unit}", f"{aim.wanted:g} {aim.unit}"
        sign, said = ">=" if aim.least else "<=", "met" if aim.met else "NOT met"
        note = f"  ({aim.note})" if aim.note else ""
        yield f"{aim.what:<58}{figure:>12}   aim {sign} {bound:<9}  {said}{note}"
    yield f"{sum(aim.met for aim in wanted)} of {len(wanted)} aims are met."


def _aims(measured: Measured) -> Iterator[Aim]:
    kind = measured.kind
    ours, bare = (measured.figures(which, USUAL) for which in ("server", "bare"))
    at = f"at {USUAL} connections"
    failed = sum(measured.figures("server", connections).outcome.failed for connections in measured.connections)
    yield Aim(f"{kind}: failed submissions", failed, 0, "")
    acknowledged = 100 * ours.outcome.rate / bare.outcome.rate
    yield Aim(f"{kind}: acknowledged {at}, of bare", acknowledged, 60, "%", 1, least=True)
    yield Aim(f"{kind}: p99 {at}", ours.outcome.percentile(0.99), 60, "ms", 1)
    yield Aim(f"{kind}: sustained {at}, of bare", 100 * _share(ours, bare), 50, "%", 1, least=True)
    yield Aim(f"{kind}: server CPU a visit", ours.cpu_each, 3, "ms", 2)
    if ours.database_cpu is not None:
        yield Aim(f"{kind}: CPU a visit with the database's", ours.whole_cpu_each, 3.5, "ms", 2)
    yield Aim(f"{kind}: memory of all server processes (PSS)", ours.memory.pss / MEGABYTE, 200, "MB")
    rebuilt = measured.rebuilt
    note = "" if rebuilt.database_cpu is None else f"{_whole_each(rebuilt):.2f} ms with the database's"
    yield Aim(f"{kind}: CPU of kpm rebuild a submission", _each(rebuilt), 0.8, "ms", 2, note=note)


def _share(ours: Figures, bare: Figures) -> float:
    return ours.outcome.sustained / bare.outcome.sustained


def _each(rebuilt: Rebuilt) -> float:
    return 1000 * rebuilt.cpu / rebuilt.submissions


def _whole_each(rebuilt: Rebuilt) -> float:
    return _each(rebuilt) + 1000 * (rebuilt.database_cpu or 0) / rebuilt.submissions


def _with_database(cpu: float, whole: float, database_cpu: float | None) -> str:
    return f"{cpu:.2f}" if database_cpu is None else f"{cpu:.2f}, {whole:.2f} with the database's"


def _line(*cells: object) -> str:
    return "{:>11}  {:<7}{:>6}{:>9}{:>8}{:>8}{:>8}{:>8}{:>11}{:>9}  {}".format(*cells)
