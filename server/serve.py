"""The production server: gunicorn, which lets running requests end before it stops.

Each worker has threads, as a phone at the edge of the signal may take minutes to send a photo and nobody shall wait
for it.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http import wsgi
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.util import parse_address
from gunicorn.workers.gthread import ThreadWorker

from forms.problems import problem
from server import processor
from server.app import create_app
from server.openrosa import documents
from server.openrosa.errors import BAD_REQUEST, SERVER_TROUBLE
from server.settings import Settings

THREADS = 8
# Seconds: how long a phone may be silent while it sends (Collect itself gives up after 60), how long sending it one
# answer may take, how long a client that waits for an early answer is waited for, and what running requests get to end.
SILENCE = 60
ANSWERING = 300
PAUSE = 2
GRACE = 30
# Bytes by which a request may be over the limit and its phone still get to read so: a photo of the largest camera.
OVER_THE_LIMIT = 32 * 1024 * 1024
# The integrity check asks for many ids in one address.
REQUEST_LINE = 8190
CHUNK = 64 * 1024

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ReadToTheEnd:
    """Takes what is left of a request before it is answered.

    A phone looks for the answer when it has sent everything. Where the server has closed before, with bytes unread, it
    finds a broken connection in place of the sentence that says what is wrong. No more than `most` bytes are taken,
    and a client that stops sending is answered at once.
    """

    def __init__(self, app: Wsgi, most: int) -> None:
        self._app = app
        self._most = most

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        client = environ["gunicorn.socket"]
        client.settimeout(SILENCE)
        answer = self._app(environ, start_response)
        client.settimeout(PAUSE)
        left = self._most
        with suppress(OSError, ParseException):
            while left > 0 and (taken := environ["wsgi.input"].read(CHUNK)):
                left -= len(taken)
        client.settimeout(ANSWERING)
        return answer


class Answer(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """Without headers that tell a phone nothing: who serves, and that HTTP/1.1 is as usual. It pays for each byte."""

    def default_headers(self) -> list[str]:
        lines: list[str] = super().default_headers()
        idle = ("Server:", "Connection: keep-alive") if self.req.version >= (1, 1) else ("Server:",)
        return [line for line in lines if not line.startswith(idle)]


wsgi.Response = Answer  # gunicorn has no setting for it


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Answers in OpenRosa XML even to what never becomes a request."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(exc, ParseException):
            status = HTTPStatus.BAD_REQUEST
            if isinstance(exc, LimitRequestLine):
                status = HTTPStatus.REQUEST_URI_TOO_LONG
            if isinstance(exc, LimitRequestHeaders):
                status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            # Its class alone: what cannot be read may hold a phone's token.
            self.log.warning("a request from %s cannot be read: %s", addr, type(exc).__name__)
            error = problem(BAD_REQUEST, reason=status.phrase)
        else:
            self.log.error("a request failed", exc_info=exc)
            error = problem(SERVER_TROUBLE)
        body = documents.message(error.text(self.app.settings.locale))
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nX-OpenRosa-Version: 1.0\r\n"
            f"Content-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):
            client.sendall(head.encode() + body)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, configured from our settings alone."""

    def __init__(self, settings: Settings, bind: str, workers: int) -> None:
        self.settings = settings
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "worker_class": Worker,
            "threads": THREADS,
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
        app = ReadToTheEnd(self.application(), self.settings.max_upload + OVER_THE_LIMIT)
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
    Server(settings, bind, workers).run()
