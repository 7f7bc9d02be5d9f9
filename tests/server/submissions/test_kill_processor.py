"""The processor, the master above it or the database is killed: what was acknowledged is processed afterwards, once."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import processor
from server.openrosa.documents import COMPLETE
from server.processor import NICENESS
from tests.support.killing import PATIENCE, Send, assert_all_kept, post, with_forms
from tests.support.postgres import Cluster, join_cluster
from tests.support.served import Served, serving
from tests.support.small_forms import daftar, kunjungan, new_id
from tests.support.station import Station


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def await_processed(station: Station) -> None:
    """Until the server has worked through its inbox; the test does none of it."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if {row["state"] for row in station.rows("submissions")} == {"accepted"}:
            return
        time.sleep(0.05)
    raise AssertionError("some are still in the inbox")


def fill_inbox(station: Station) -> list[str]:
    """What was acknowledged and not processed when a server ended; the ids of the children."""
    children = [new_id() for _ in range(40)]
    station.keep(daftar(*children))
    for child in children:
        station.keep(kunjungan(child, "<status_gizi>kurang</status_gizi>"))
    assert {row["state"] for row in station.rows("submissions")} == {"received"}
    return children


def assert_each_took_effect_once(station: Station, visited: list[str], *registered: str) -> None:
    assert station.took_effect() == dict.fromkeys(visited, 2) | dict.fromkeys(registered, 1)
    assert sorted(row["anak"] for row in station.rows("answers_kunjungan")) == sorted(visited)
    assert sorted(row["seq"] for row in station.rows("submissions")) == [*range(1, len(visited) + 2 + len(registered))]


def test_killed_between_acknowledging_and_processing__the_next_server_goes_on(
    durable_station: tuple[str, Station], tmp_path: Path
) -> None:
    url, station = durable_station
    children = fill_inbox(station)
    with serving(url, tmp_path):
        await_processed(station)
    assert_each_took_effect_once(station, children)


def test_every_process_beside_the_master_is_killed_again_and_again__others_take_their_place(
    durable_station: tuple[str, Station], tmp_path: Path
) -> None:
    """One of them is the processor."""
    url, station = durable_station
    children = fill_inbox(station)
    with serving(url, tmp_path) as served:
        for _ in range(3):
            for child in children_of(served.process.pid):
                os.kill(child, signal.SIGKILL)
            time.sleep(0.3)
        await_processed(station)
        late = new_id()
        status, _ = post(served, Send(station.path("submission"), daftar(late).encode()))
        assert status == 201
        await_processed(station)
    assert_each_took_effect_once(station, children, late)


def test_a_url_as_hosting_providers_write_it__the_processor_works(
    durable_station: tuple[str, Station], tmp_path: Path
) -> None:
    url, station = durable_station
    children = fill_inbox(station)
    with serving(url.replace("postgresql://", "postgres://"), tmp_path):
        await_processed(station)
    assert_each_took_effect_once(station, children)


def test_a_processor_that_cannot_work_says_why(
    station: Station, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_given: object) -> None:
        raise KeyError("a fault of the program's own")

    monkeypatch.setattr(processor, "run", fail)
    log = logging.FileHandler(tmp_path / "log")
    monkeypatch.setattr(logging.getLogger(processor.__name__), "handlers", [log])
    os.waitpid(processor.start(station.backend.settings), 0)
    log.close()
    said = (tmp_path / "log").read_text()
    assert "the processor has ended" in said
    assert 'KeyError: "a fault of the program\'s own"' in said


def test_killed_master__its_processor_ends_as_well(station: Station, tmp_path: Path) -> None:
    with serving(station.url, tmp_path) as served:
        children = children_of(served.process.pid)
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(PATIENCE)
        give_up = time.monotonic() + PATIENCE
        while (left := [pid for pid in children if Path(f"/proc/{pid}").exists()]) and time.monotonic() < give_up:
            time.sleep(0.1)
        assert left == []


def processor_of(served: Served) -> int:
    """The process id of the server's processor: it steps back for those that answer phones."""
    usual = os.getpriority(os.PRIO_PROCESS, served.process.pid)
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        niceness = {pid: os.getpriority(os.PRIO_PROCESS, pid) for pid in children_of(served.process.pid)}
        found = [pid for pid, nice in niceness.items() if nice - usual in NICENESS.values()]
        if found:
            return found[0]
    raise AssertionError("no process beside the workers steps back")


# -- the database ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Cluster]:
    """One that the test may kill."""
    cluster = join_cluster(tmp_path, durable=True)
    yield cluster
    cluster.leave()


def post_until_taken(served: Served, send: Send) -> None:
    """As a phone does: tries again after each failure."""
    give_up = time.monotonic() + PATIENCE
    while post(served, send) != (201, COMPLETE):
        assert time.monotonic() < give_up
        time.sleep(0.2)


def test_killed_database__all_that_was_acknowledged_is_processed_by_the_processes_that_were_there(
    own_postgres: Cluster, tmp_path: Path
) -> None:
    station = with_forms(own_postgres.create_database(), tmp_path)
    path, children = station.path("submission"), [new_id() for _ in range(20)]
    visits = [kunjungan(child, "<status_gizi>kurang</status_gizi>") for child in children]
    sends = [Send(path, xml.encode()) for xml in (daftar(*children), *visits)]
    late = Send(path, daftar(new_id()).encode())

    with serving(station.url, tmp_path, WORKERS="2") as served:
        stopped, processes = processor_of(served), children_of(served.process.pid)
        os.kill(stopped, signal.SIGSTOP)
        assert Counter(post(served, send) for send in sends) == {(201, COMPLETE): len(sends)}
        own_postgres.crash()
        assert post(served, late)[0] == 503
        os.kill(stopped, signal.SIGCONT)
        own_postgres.start_again()
        station.engine.dispose()
        assert_all_kept(sends, station)
        await_processed(station)
        post_until_taken(served, late)
        await_processed(station)
        assert children_of(served.process.pid) == processes

    assert_all_kept([*sends, late], station)
    assert sorted(row["anak"] for row in station.rows("answers_kunjungan")) == sorted(children)
    assert {times for child, times in station.took_effect().items() if child in children} == {2}
    station.engine.dispose()
