"""A server that ends in the middle of its work: nothing that a phone was told is safe may be missing afterwards."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.openrosa.documents import COMPLETE
from server.processor import NICENESS
from server.serve import GRACE
from tests.support.phone_http import message_of, multipart
from tests.support.postgres import Cluster, join_cluster
from tests.support.served import Served, serving
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared

PHONES = 6
KILLS = 2
ANSWERS_BEFORE_A_KILL = 50
PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Send:
    """One request of a phone: a submission with its photos."""

    path: str
    xml: bytes
    photos: tuple[tuple[str, bytes], ...] = ()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.xml).hexdigest()


@dataclass
class Phone(threading.Thread):
    """Registers children and visits them, with a photo each time, until the server answers no more."""

    served: Served
    path: str
    answered: list[Send] = field(default_factory=list)
    unanswered: Send | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        for send in self._work():
            self.unanswered = send
            try:
                status, _ = post(self.served, send)
            except (OSError, http.client.HTTPException):
                return
            if status != 201:
                return
            self.answered.append(send)

    def _work(self) -> Iterator[Send]:
        while True:
            children = [new_id(), new_id()]
            yield Send(self.path, daftar(*children).encode())
            for child in children:
                visit = kunjungan(child, "<status_gizi>kurang</status_gizi><foto>anak.jpg</foto>")
                yield Send(self.path, visit.encode(), (("anak.jpg", secrets.token_bytes(30_000)),))


def post(served: Served, send: Send) -> tuple[int, str]:
    """Status of the answer, and its sentence."""
    body, content_type = multipart(send.xml, send.photos, incomplete=False)
    connection = served.connect()
    try:
        connection.request("POST", send.path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, message_of(answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def durable_postgres(run_folder: Path) -> Iterator[Cluster]:
    """A PostgreSQL that writes to the disk before it says that it has."""
    cluster = join_cluster(run_folder, durable=True)
    yield cluster
    cluster.leave()


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Station]]:
    """A database of each kind with the small forms, by its URL and as the test looks into it."""
    if request.param == "sqlite":
        station = with_forms(f"sqlite:///{tmp_path}/uji.db", tmp_path)
        yield station.url, station
        station.engine.dispose()
        return
    cluster: Cluster = request.getfixturevalue("durable_postgres")
    station = with_forms(cluster.create_database(), tmp_path)
    yield station.url, station
    station.engine.dispose()
    cluster.drop_database(station.url)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Cluster]:
    """One that the test may kill."""
    cluster = join_cluster(tmp_path, durable=True)
    yield cluster
    cluster.leave()


def with_forms(url: str, folder: Path) -> Station:
    station = opened(url, folder, prepared(url))
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    return station


def load_until_killed(served: Served, station: Station) -> list[Phone]:
    """Sends from several phones of two villages at once, and kills the server among it."""
    paths = [station.path("submission", village) for village in (VILLAGE, OTHER_VILLAGE)]
    senders = [Phone(served, paths[number % 2]) for number in range(PHONES)]
    for phone in senders:
        phone.start()
    give_up = time.monotonic() + PATIENCE
    while sum(len(phone.answered) for phone in senders) < ANSWERS_BEFORE_A_KILL and time.monotonic() < give_up:
        time.sleep(0.01)
    served.kill()
    for phone in senders:
        phone.join(PATIENCE)
    return senders


def kept_photos(station: Station) -> dict[str, list[tuple[str, bytes]]]:
    """Names and bytes of the kept files, by the sha256 of their submission."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for row in station.rows("attachments"):
        with station.backend.attachments.open(row["sha256"]) as file:
            content = file.read()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        found.setdefault(row["submission_sha256"], []).append((row["name"], content))
    return found


def assert_all_kept(sends: list[Send], station: Station) -> None:
    bodies = {row["sha256"]: bytes(row["body"]) for row in station.rows("submissions")}
    photos = kept_photos(station)
    for send in sends:
        assert bodies[send.sha256] == send.xml
        assert photos.get(send.sha256, []) == list(send.photos)


def test_killed_under_load__nothing_acknowledged_is_lost__and_sending_all_again_adds_nothing(
    durable_station: tuple[str, Station], tmp_path: Path
) -> None:
    url, station = durable_station
    answered: list[Send] = []
    unanswered: list[Send] = []

    for _ in range(KILLS):
        with serving(url, tmp_path) as served:
            senders = load_until_killed(served, station)
        sent = [send for phone in senders for send in phone.answered]
        assert len(sent) >= ANSWERS_BEFORE_A_KILL
        answered += sent
        unanswered += [phone.unanswered for phone in senders if phone.unanswered]
        assert_all_kept(answered, station)
    assert len(unanswered) == KILLS * PHONES

    everything = [*answered, *unanswered]
    with serving(url, tmp_path) as served:
        assert Counter(post(served, send) for send in everything) == {(201, COMPLETE): len(everything)}

    assert_all_kept(everything, station)
    station.process()
    visits = [send for send in everything if send.photos]
    registrations = len(everything) - len(visits)
    assert {row["state"] for row in station.rows("submissions")} == {"accepted"}
    assert len(station.rows("submissions")) == len(station.rows("instance_ids")) == len(everything)
    assert len(station.rows("answers_kunjungan")) == len(visits)
    assert len(station.rows("answers_daftar")) == registrations
    assert len(station.rows("answers_daftar__balita")) == len(station.rows("entities")) == 2 * registrations
    # One visit to a child is one change of it: none took effect twice.
    visited = Counter(row["anak"] for row in station.rows("answers_kunjungan"))
    assert station.took_effect() == {row["id"]: 1 + visited[row["id"]] for row in station.rows("entities")}


def test_asked_to_end__it_answers_what_it_has_begun_and_exits_with_0(station: Station, tmp_path: Path) -> None:
    station.publish(DAFTAR)
    bodies = [daftar(new_id()).encode() for _ in range(3)]

    with serving(station.url, tmp_path, WORKERS=str(len(bodies) + 1)) as served:
        begun = [Begun(served, station.path("submission"), xml) for xml in bodies]
        asked = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        wait_for_idle_workers_to_go(served, busy=len(bodies))
        answers = [request.finish() for request in begun]
        status = served.process.wait(GRACE)
        took = time.monotonic() - asked

    assert [(answer.status, message_of(content)) for answer, content in answers] == [(201, COMPLETE)] * len(bodies)
    assert status == 0
    assert took < GRACE
    assert sorted(row["body"] for row in station.rows("submissions")) == sorted(bodies)


class Begun:
    """A request that a worker has taken up and waits for the rest of, as from a phone on a slow line."""

    def __init__(self, served: Served, path: str, xml: bytes) -> None:
        self._body, content_type = multipart(xml, [], incomplete=False)
        self._socket = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(self._body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self._socket.sendall(head.encode() + self._body[:100])
        # The worker says this when it has the request in hand.
        assert self._socket.recv(4096).startswith(b"HTTP/1.1 100 Continue")

    def finish(self) -> tuple[http.client.HTTPResponse, bytes]:
        """Sends the rest; the answer and its body."""
        with self._socket:
            self._socket.sendall(self._body[100:])
            answer = http.client.HTTPResponse(self._socket, method="POST")
            answer.begin()
            return answer, answer.read()


def wait_for_idle_workers_to_go(served: Served, busy: int) -> None:
    """Until the signal has reached the workers: those that had nothing in hand are gone, at most `busy` remain.

    A worker has several threads, so that it may hold more than one of the requests.
    """
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if 0 < len(children.read_text().split()) <= busy:
            return
        time.sleep(0.02)
    raise AssertionError(f"more than the {busy} busy workers remain, or none: {children.read_text()}")


# -- the processor -----------------------------------------------------------------------------------------------------


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
        processor, processes = processor_of(served), children_of(served.process.pid)
        os.kill(processor, signal.SIGSTOP)
        assert Counter(post(served, send) for send in sends) == {(201, COMPLETE): len(sends)}
        own_postgres.crash()
        assert post(served, late)[0] == 503
        os.kill(processor, signal.SIGCONT)
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
