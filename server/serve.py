"""The production server: gunicorn, which lets running requests end before it stops."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.util import parse_address

from server import processor
from server.app import create_app
from server.settings import Settings
from server.web_worker.worker import Worker

THREADS = 8
# Connections of a worker: more wait to be taken up. Each may need two files, and a process often has 1024.
CONNECTIONS = 400
# Seconds that running requests get to end.
GRACE = 30
# The integrity check asks for many ids in one address.
REQUEST_LINE = 8190

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, configured from our settings alone."""

    def __init__(self, settings: Settings, bind: str, workers: int) -> None:
        self.settings = settings
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "worker_class": Worker,
            "threads": THREADS,
            "worker_connections": CONNECTIONS,
            "graceful_timeout": GRACE,
            "limit_request_line": REQUEST_LINE,
            "keepalive": 5,
            "preload_app": True,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        """Once, in the master: what is the same in all workers and the processor is then in memory once."""
        app = self.application()
        # A collector that runs in a child writes into every object that it looks at, and so copies it.
        gc.collect()
        gc.freeze()
        return app

    def application(self) -> Wsgi:
        """The app, with no open connection: processes share none."""
        return create_app(self.settings)

    def run(self) -> None:
        Master(self).run()


class Master(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's master, which keeps a processor beside its workers: it begins another one where one has ended."""

    processor = 0

    def manage_workers(self) -> None:
        super().manage_workers()
        if not self.processor:
            self.processor = processor.start(self.app.settings, [listener.fileno() for listener in self.LISTENERS])

    def reap_workers(self) -> None:
        super().reap_workers()
        if self.processor > 0 and _has_ended(self.processor):
            self.processor = 0

    def stop(self, graceful: bool = True) -> None:
        ending, self.processor = self.processor, -1
        if ending > 0:
            with suppress(ProcessLookupError):
                os.kill(ending, signal.SIGTERM)
        super().stop(graceful)


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] != 0
    except ChildProcessError:  # gunicorn has taken note of it already, as of all children
        return True


def open_to_others(bind: str) -> bool:
    """Whether other computers reach this address of --bind."""
    place = parse_address(bind)
    if not isinstance(place, tuple):
        return False  # a socket of this computer, or one that was opened by whoever started this
    try:
        return not ip_address(place[0]).is_loopback
    except ValueError:
        return bool(place[0] != "localhost")


def serve(settings: Settings, bind: str, workers: int) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests end."""
    os.umask(0o077)  # photos name people as the database does
    Server(settings, bind, workers).run()
