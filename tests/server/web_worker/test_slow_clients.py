"""Clients that send or read a byte a second, and what others notice of them: nothing."""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path

import pytest

from server.web_worker.connection import PATIENCE
from tests.support.phone_http import message_of, multipart
from tests.support.replies import Reply, said
from tests.support.served import Served, serving
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id
from tests.support.station import OTHER_VILLAGE, Station

SLOW = 200
OTHERS = 4
SECONDS = 4  # how long the others ask
LATEST = 30  # seconds in which everybody is answered

Request = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


# No database is asked by a request that is not here yet.
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


class SlowClient:
    """Sends the beginning of a request at once, and then a byte a second until it is answered."""

    def __init__(self, served: Served, at_once: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", served.port), timeout=LATEST)
        self.socket.sendall(at_once)
        self.begun = time.monotonic()
        self.took = 0.0
        self.answer = b""


class Dripping(threading.Thread):
    """Has all slow clients send, until each is answered or the time is over."""

    def __init__(self, clients: list[SlowClient]) -> None:
        super().__init__(daemon=True)
        self._clients = clients
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        for client in self._clients:
            self._selector.register(client.socket, selectors.EVENT_READ, client)
        give_up = time.monotonic() + LATEST
        while self._selector.get_map() and time.monotonic() < give_up:
            next_drip = time.monotonic() + 1
            while (left := next_drip - time.monotonic()) > 0:
                for key, _ in self._selector.select(left):
                    self._hear(key.data)
            for key in list(self._selector.get_map().values()):
                self._drip(key.data)

    def _hear(self, client: SlowClient) -> None:
        data = client.socket.recv(65536)
        client.answer += data
        client.took = client.took or time.monotonic() - client.begun
        if not data:
            self._selector.unregister(client.socket)
            client.socket.close()

    def _drip(self, client: SlowClient) -> None:
        if not client.answer:
            client.socket.sendall(b"a")


@contextmanager
def dripping(clients: list[SlowClient]) -> Iterator[None]:
    thread = Dripping(clients)
    thread.start()
    yield
    thread.join()


@pytest.fixture
def served(published: Station, tmp_path: Path) -> Iterator[Served]:
    """`kpm serve` as it is set up by itself."""
    for form in (DAFTAR, KUNJUNGAN):
        published.publish(form)
    with serving(published.url, tmp_path) as found:
        yield found
    assert "Traceback" not in found.log.read_text()


def ask_again_and_again(served: Served, requests: Callable[[], Request], seconds: float) -> list[tuple[int, float]]:
    """Status of each answer, and the seconds that it took. A connection for each, as many phones have."""
    answers = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        method, path, body, headers = requests()
        connection = served.connect(LATEST)
        begun = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        answers.append((answer.status, time.monotonic() - begun))
        connection.close()
    return answers


def posting(path: str, xml: str) -> Request:
    body, content_type = multipart(xml.encode(), [], incomplete=False)
    return "POST", path, body, {"Content-Type": content_type}


class Others:
    """Phones and readers that are as quick as ever: they send visits, and open pages."""

    def __init__(self, served: Served, station: Station) -> None:
        self._served, self._path, self._child = served, station.path("submission"), new_id()
        self._visits = cycle([True, False])
        self._pages = cycle([station.path("formList"), f"/desa/{OTHER_VILLAGE}", "/masuk"])
        ask_again_and_again(served, lambda: posting(self._path, daftar(self._child)), 0.1)

    def p99(self, seconds: float) -> float:
        """In seconds, of all that they ask for meanwhile. Everything is answered."""
        with ThreadPoolExecutor(OTHERS) as pool:
            asking = [pool.submit(ask_again_and_again, self._served, self._next, seconds) for _ in range(OTHERS)]
            answers = [answer for done in asking for answer in done.result()]
        assert {status for status, _ in answers} == {200, 201}
        return sorted(took for _, took in answers)[int(len(answers) * 0.99)]

    def _next(self) -> Request:
        if next(self._visits):
            return posting(self._path, kunjungan(self._child, "<status_gizi>kurang</status_gizi>"))
        return "GET", next(self._pages), b"", {}


def not_slowed(alone: float) -> float:
    """What the others may wait for: a second, or more where the machine is that busy without any slow client."""
    return max(1, 3 * alone)


@on_sqlite
def test_200_that_send_a_byte_a_second__others_do_not_notice__and_they_are_told_within_thirty_seconds(
    served: Served, published: Station
) -> None:
    head = f"POST {published.path('submission')} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    beginnings = cycle(
        [
            b"",
            f"GET {published.path('formList')} HTTP/1.1\r\nX-Lambat: ".encode(),
            f"{head}Content-Length: 9000\r\n\r\n--b\r\n".encode(),
            f"{head}Transfer-Encoding: chunked\r\n\r\n2000\r\n--b\r\n".encode(),
        ]
    )
    others = Others(served, published)
    alone = others.p99(SECONDS / 2)
    slow = [SlowClient(served, next(beginnings)) for _ in range(SLOW)]
    with dripping(slow):
        assert others.p99(SECONDS) < not_slowed(alone)
    for client in slow:
        assert PATIENCE <= client.took < LATEST
        head_of_it, _, message = client.answer.partition(b"\r\n\r\n")
        assert head_of_it.startswith(b"HTTP/1.1 408 ")
        assert "terlalu lambat" in message_of(message)


@on_sqlite
def test_40_that_read_nothing_of_what_they_ask_for__others_do_not_notice(served: Served, published: Station) -> None:
    others = Others(served, published)
    alone = others.p99(SECONDS / 2)
    large = re.search(r"/v1/key/[^<]*/peta_sosial/[^<]*/form.xml", published.get("formList").text)
    assert large and len(published.client.get(large[0]).data) > 50_000
    ask = f"GET {large[0]} HTTP/1.1\r\nHost: desa\r\n\r\n".encode()
    with ExitStack() as opened:
        for _ in range(40):
            reader = opened.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            reader.connect(("127.0.0.1", served.port))
            reader.setblocking(False)
            with suppress(BlockingIOError):
                for _ in range(200):
                    reader.sendall(ask)
        time.sleep(5)  # until the system keeps no more for them: it takes 100 MB
        assert others.p99(SECONDS / 2) < not_slowed(alone)


@on_sqlite
def test_large_requests_that_come_in_at_once__only_so_many_lie_on_the_disk(station: Station, tmp_path: Path) -> None:
    station.publish(DAFTAR)
    begun = []
    with serving(station.url, tmp_path, WORKERS="1", MAX_UPLOAD_MB="1") as served, ExitStack() as opened:
        for _ in range(8):
            body, content_type = multipart(daftar(new_id()).encode(), [("foto.jpg", bytes(900_000))], incomplete=False)
            head = f"POST {station.path('submission')} HTTP/1.1\r\nContent-Type: {content_type}\r\n"
            phone = opened.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=LATEST))
            phone.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:700_000])
            begun.append((phone, body[700_000:]))
            time.sleep(0.1)  # in this order
        for phone, _ in begun[5:]:
            assert "kirim lagi nanti" in said(Reply.read(phone), 503)
        for phone, rest in begun[:5]:
            phone.sendall(rest)
            assert said(Reply.read(phone), 201)
