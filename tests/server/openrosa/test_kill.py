"""A server that ends while phones send: nothing that a phone was told is safe may be missing afterwards."""

from __future__ import annotations

import http.client
import secrets
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from server.openrosa.documents import COMPLETE
from server.serve import GRACE
from tests.support.killing import PATIENCE, Send, assert_all_kept, post
from tests.support.phone_http import message_of, multipart
from tests.support.served import Served, serving
from tests.support.small_forms import DAFTAR, daftar, kunjungan, new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station

PHONES = 6
KILLS = 2
ANSWERS_BEFORE_A_KILL = 50


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
