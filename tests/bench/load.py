"""The load: a process of its own that posts submissions over a number of connections.

Reads a `Job` as JSON from its standard input and writes an `Outcome`. One loop serves all connections, with requests
that are made of ready pieces: server and load share the machine, and what the load takes the server lacks.
"""

from __future__ import annotations

import http.client
import json
import re
import select
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle

ANSWER_SECONDS = 60
POLL_SECONDS = 0.05
MOST_FAILURES = 1000
_HOLES = (b"PATH", b"BOUNDARY", b"INSTANCE", b"TARGET")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """Posts for so many `seconds`, or with `once` one submission to each target.

    `template` is the body, in which BOUNDARY, INSTANCE and TARGET are put in; `targets` are (path, id) in turn. What
    waits to be processed is waited for, `drain_seconds` at most.
    """

    port: int
    connections: int
    seconds: float
    template: str
    targets: list[tuple[str, str]]
    once: bool = False
    drain_seconds: float = 120


@dataclass(frozen=True)
class Outcome:
    """`took`: the seconds of each answer, sorted; `failed`: how many of them were no 201, or never came.

    `wall` lasts from the first request to the last answer, `processed` from there until nothing waits any more, `cpu`
    is what the load itself took.
    """

    took: list[float]
    failed: int
    wall: float
    processed: float
    cpu: float

    @property
    def taken_in(self) -> int:
        return len(self.took) - self.failed

    @property
    def rate(self) -> float:
        """Acknowledged submissions a second."""
        return self.taken_in / self.wall

    @property
    def sustained(self) -> float:
        """Processed submissions a second."""
        return self.taken_in / self.processed

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return 1000 * self.took[min(len(self.took) - 1, int(len(self.took) * share))]


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as if they were one."""
    found = list(outcomes)
    took = sorted(second for one in found for second in one.took)
    walls, processed, cpu = (sum(getattr(one, name) for one in found) for name in ("wall", "processed", "cpu"))
    return Outcome(took, sum(one.failed for one in found), walls, processed, cpu)


def run(job: Job) -> Outcome:
    """Runs the job in a new process."""
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(command, input=json.dumps(asdict(job)), stdout=subprocess.PIPE, text=True, check=True)
    return Outcome(**json.loads(done.stdout))


def waiting(port: int) -> int:
    """How many submissions the server has taken in and not yet processed; 0 where it processes each at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"/healthz answers {answer.status}: {content.decode(errors='replace')}")
    return int(json.loads(content).get("waiting", 0))


def wait_until_processed(port: int, seconds: float) -> None:
    """Raises TimeoutError where something still waits after so many seconds."""
    give_up = time.monotonic() + seconds
    while (left := waiting(port)) > 0:
        if time.monotonic() > give_up:
            raise TimeoutError(f"{left} submissions still wait after {seconds:.0f} s: is the processor running?")
        time.sleep(POLL_SECONDS)


def _requests(job: Job) -> Iterator[bytes]:
    # A boundary and an id have always the same length, so the length of the body is known beforehand.
    boundary_length, instance_length = len(uuid.uuid4().hex), len(str(uuid.uuid4()))
    plain = job.template.replace("BOUNDARY", "b" * boundary_length).replace("INSTANCE", "i" * instance_length)
    length = len(plain.replace("TARGET", job.targets[0][1]).encode())
    head = (
        f"POST PATH HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: multipart/form-data; boundary=BOUNDARY\r\nContent-Length: {length}\r\n\r\n"
    )
    pieces = re.split(b"(" + b"|".join(_HOLES) + b")", (head + job.template).encode())
    holes = [(place, piece) for place, piece in enumerate(pieces) if piece in _HOLES]
    for path, target in job.targets if job.once else cycle(job.targets):
        # A boundary of its own for each request, as clients do.
        values = {b"PATH": path, b"BOUNDARY": uuid.uuid4().hex, b"INSTANCE": str(uuid.uuid4()), b"TARGET": target}
        filled = {name: value.encode() for name, value in values.items()}
        for place, name in holes:
            pieces[place] = filled[name]
        yield b"".join(pieces)


class _Connection:
    """Kept open where the server keeps it, else opened again, as a phone does."""

    def __init__(self, port: int, epoll: select.epoll) -> None:
        self._port = port
        self._epoll = epoll
        self._socket: socket.socket | None = None
        self._answer = b""
        self.asked = 0.0

    def ask(self, request: bytes) -> int:
        """Sends the request; the file number under which its answer will come."""
        self.asked = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=ANSWER_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._epoll.register(self._socket, select.EPOLLIN)
        self._answer = b""
        self._socket.sendall(request)  # a few kB: the system takes them at once
        return self._socket.fileno()

    def hear(self) -> bool | None:
        """Takes what has come: whether it was a 201, or None where more is to come. Raises OSError where it ended."""
        assert self._socket is not None
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection without an answer")
        self._answer += received
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < int(length[1] if length else 0):
            return None
        if _CLOSE.search(head):
            self.close()
        return head.startswith(b"HTTP/1.1 201 ")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()  # epoll forgets it by itself
            self._socket = None


class _Load:
    """The running load: connections by the file number of their sockets, and what their answers took."""

    def __init__(self, job: Job) -> None:
        self._requests = _requests(job)
        self._epoll = select.epoll()
        self._idle = [_Connection(job.port, self._epoll) for _ in range(job.connections)]
        self._busy: dict[int, _Connection] = {}
        self._end = time.perf_counter() + job.seconds
        self.took: list[float] = []
        self.failed = 0

    def work(self) -> None:
        while self._ask_all():
            found = self._epoll.poll(ANSWER_SECONDS)
            if not found:
                raise TimeoutError(f"no answer in {ANSWER_SECONDS} s")
            for number, _ in found:
                self._hear(number)
        for connection in self._idle:
            connection.close()

    def _ask_all(self) -> bool:
        """Gives each idle connection a request, while there are some; whether any answer is to come."""
        resting = []
        while self._idle:
            connection = self._idle.pop()
            request = next(self._requests, None) if time.perf_counter() < self._end else None
            if request is None:
                resting.append(connection)
                continue
            try:
                self._busy[connection.ask(request)] = connection
            except OSError:
                self._done(connection, good=False)
        self._idle = resting
        return bool(self._busy)

    def _hear(self, number: int) -> None:
        connection = self._busy.get(number)
        if connection is None:  # the server has closed an idle one
            return
        try:
            good = connection.hear()
        except OSError:
            good = False
            connection.close()
        if good is not None:
            del self._busy[number]
            self._done(connection, good=good)

    def _done(self, connection: _Connection, *, good: bool) -> None:
        self.took.append(time.perf_counter() - connection.asked)
        self.failed += not good
        if self.failed > MOST_FAILURES:
            raise RuntimeError(f"{self.failed} of {len(self.took)} requests failed: is this the right server?")
        self._idle.append(connection)


def _work(job: Job) -> Outcome:
    load = _Load(job)
    began, cpu = time.perf_counter(), time.process_time()
    load.work()
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    wait_until_processed(job.port, job.drain_seconds)
    return Outcome(sorted(load.took), load.failed, wall, time.perf_counter() - began, used)


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump(asdict(_work(Job(**given))), sys.stdout)
