"""The tool of the figures: it waits for what is still to be processed, counts all processes, and hides no miss."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.bench.load import wait_until_processed
from tests.bench.processes import cpu_seconds, memory
from tests.bench.report import Aim, verdicts

BUSY = "end = __import__('time').process_time() + 0.2\nwhile __import__('time').process_time() < end: pass\n"
# A child that works and has ended, and one that works and goes on.
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}])
left = subprocess.Popen([sys.executable, "-c", {BUSY!r} + "print(flush=True)\\ninput()"], stdout=subprocess.PIPE)
left.stdout.readline()
print(flush=True)
input()
left.kill()
left.wait()
"""


@contextmanager
def healthy(answers: list[dict[str, object]]) -> Iterator[int]:
    """The port of a server whose /healthz gives these answers, and the last one for ever."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers[0] if len(answers) == 1 else answers.pop(0)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_waits_until_nothing_is_left() -> None:
    answers: list[dict[str, object]] = [{"waiting": 5}, {"waiting": 2}, {"waiting": 0}]
    with healthy(answers) as port:
        wait_until_processed(port, 10)
    assert answers == [{"waiting": 0}]


def test_a_server_that_says_nothing_of_it_has_nothing_left() -> None:
    with healthy([{"status": "ok"}]) as port:
        wait_until_processed(port, 0)


def test_gives_up_loudly() -> None:
    with healthy([{"waiting": 3}]) as port, pytest.raises(TimeoutError, match="3 submissions still wait"):
        wait_until_processed(port, 0.1)


def test_processor_time_and_memory_are_those_of_all_processes() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin and parent.stdout
    parent.stdout.readline()
    assert 0.4 <= cpu_seconds(parent.pid) < 4
    both = memory(parent.pid)
    assert 0 < both.pss < both.rss
    parent.communicate(b"\n")
    with pytest.raises(ProcessLookupError):
        cpu_seconds(parent.pid)


@pytest.mark.parametrize(
    ("aim", "said"),
    [
        (Aim("a", 60, 60, "%", least=True), "met"),
        (Aim("a", 59.9, 60, "%", least=True), "NOT met"),
        (Aim("a", 60, 60, "ms"), "met"),
        (Aim("a", 60.01, 60, "ms"), "NOT met"),
    ],
)
def test_an_aim_is_met_by_the_whole_figure_not_by_the_rounded_one(aim: Aim, said: str) -> None:
    line, summary = verdicts([aim])
    assert line.endswith(f"  {said}")
    assert summary == f"{int(said == 'met')} of 1 aims are met."
