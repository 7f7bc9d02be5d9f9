"""The load: a process of its own that posts submissions over a number of connections for some seconds.

Reads a `Job` as JSON from its standard input, and writes the seconds that each request took, and how many were not
answered with 201.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Job:
    """`template` is the body, in which BOUNDARY, INSTANCE and TARGET are put in; `targets` are (path, id) in turn."""

    port: int
    connections: int
    seconds: float
    template: str
    targets: list[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """`took` in seconds, sorted; `wall` is how long it all was."""

    took: list[float]
    failed: int
    wall: float

    @property
    def rate(self) -> float:
        return len(self.took) / self.wall

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return 1000 * self.took[min(len(self.took) - 1, int(len(self.took) * share))]


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as if they were one."""
    found = list(outcomes)
    took = sorted(second for one in found for second in one.took)
    return Outcome(took, sum(one.failed for one in found), sum(one.wall for one in found))


def run(job: Job) -> Outcome:
    """Runs the job in a new process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=True,
    )
    return Outcome(**json.loads(done.stdout))


def _request(job: Job, number: int) -> bytes:
    path, target = job.targets[number % len(job.targets)]
    boundary = uuid.uuid4().hex  # a new one for each request, as clients do
    text = job.template.replace("BOUNDARY", boundary).replace("INSTANCE", str(uuid.uuid4())).replace("TARGET", target)
    body = text.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection:
    """Kept open where the server keeps it, else opened again, as a phone does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> bool:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(headers[b"content-length"]):
            body += self._more()
        if headers.get(b"connection") == b"close":
            self._socket.close()
            self._socket = None
        return b" 201 " in head.split(b"\r\n")[0]

    def _more(self) -> bytes:
        assert self._socket is not None
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection without an answer")
        return received


def _work(job: Job) -> Outcome:
    took: list[float] = []
    failures: list[int] = []
    start = time.perf_counter()

    def post(first: int) -> None:
        connection = _Connection(job.port)
        number = first
        while time.perf_counter() - start < job.seconds:
            request = _request(job, number)
            before = time.perf_counter()
            if not connection.ask(request):
                failures.append(number)
            took.append(time.perf_counter() - before)
            number += job.connections

    threads = [threading.Thread(target=post, args=(first,)) for first in range(job.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(sorted(took), len(failures), time.perf_counter() - start)


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump(asdict(_work(Job(**given))), sys.stdout)
