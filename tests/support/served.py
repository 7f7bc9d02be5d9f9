"""`kpm serve` as a process of its own, for tests that need real connections, several workers, or a sudden end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KPM = Path(sys.executable).with_name("kpm")
START_SECONDS = 30
STOP_SECONDS = 40


@dataclass
class Served:
    """A running server. `process` leads a process group of its own, which holds the workers too."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """Asks it to end and waits for it; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """As when the power goes: every process of the group at once, none is asked."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def connect(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)


@contextmanager
def serving(
    database_url: str, folder: Path, command: Sequence[str] = (), port: int = 0, **environment: str
) -> Iterator[Served]:
    """Runs the server until the end of the block, however that is reached; keywords are settings.

    `command` stands in the place of `kpm serve`; it is given `--bind ADDRESS`.
    """
    served = start(database_url, folder, command, port, **environment)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.kill()


def start(database_url: str, folder: Path, command: Sequence[str] = (), port: int = 0, **environment: str) -> Served:
    """Starts the server and waits until it answers. Raises RuntimeError with its log where it does not."""
    port = port or free_port()
    settings = {
        "SECRET_KEY": "kunci untuk uji saja",
        "ATTACHMENTS_URL": str(folder / "attachments"),
        "WORKERS": "3",
        **environment,
    }
    log = folder / f"server-{port}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*(command or (str(KPM), "serve")), "--bind", f"127.0.0.1:{port}"],
            env={**os.environ, **settings, "DATABASE_URL": database_url},
            cwd=folder if not command else None,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    served = Served(process, port, log)
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        if _answers(served):
            return served
        time.sleep(0.05)
    if process.poll() is None:
        served.kill()
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def _answers(served: Served) -> bool:
    connection = served.connect(5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
