"""gunicorn's worker with threads, whose threads never wait for a client.

A thread gets a request when all of it is here, and its answer goes out as fast as the client takes it: both are done by
the worker's loop, for all connections at once. So a phone at the edge of the signal may take minutes to send a photo,
and hundreds of clients that send a byte a second stop nobody.

A connection goes round: its request comes in (`_read`), a thread answers it (`handle`), the answer goes out (`_send`),
and it waits for the next request; or it lingers until its client has read the answer (`_linger`), and ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from selectors import EVENT_READ, EVENT_WRITE
from socket import SHUT_WR
from typing import Any

from gunicorn.http import get_parser, wsgi
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from forms.problems import ProblemError, problem
from server.openrosa import documents
from server.openrosa.errors import BAD_REQUEST, SERVER_TROUBLE, TOO_SLOW
from server.web_worker.connection import PATIENCE, Connection
from server.web_worker.incoming import IN_MEMORY, IncomingRequest

CHUNK = 64 * 1024
# Seconds between two looks for clients that have had their time.
LOOK = 0.5
# Seconds in which a client reads its answer before the connection ends, and bytes by which its request may be over the
# limit and it still gets to read so: a photo of the largest camera. Where a server closes with bytes unread, a client
# that looks for the answer when it has sent everything finds a broken connection in place of the sentence.
LINGER = 2
OVER_THE_LIMIT = 32 * 1024 * 1024
# Requests of the largest size that may come in at once, in their bytes: they lie on the disk meanwhile.
MOST_AT_ONCE = 4
GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answer(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """Without headers that tell a phone nothing: who serves, and that HTTP/1.1 is as usual. It pays for each byte."""

    def default_headers(self) -> list[str]:
        lines: list[str] = super().default_headers()
        idle = ("Server:", "Connection: keep-alive") if self.req.version >= (1, 1) else ("Server:",)
        return [line for line in lines if not line.startswith(idle)]


wsgi.Response = Answer  # gunicorn has no setting for it


class ReadableBody:
    """A body that says of broken chunks what Flask understands as a client's mistake."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int | None = None) -> bytes:
        try:
            content: bytes = self._body.read(size)
        except ParseException as error:
            raise OSError(type(error).__name__) from error
        return content


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Answers in OpenRosa XML even to what never becomes a request."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._waiting: set[Connection] = set()
        self._next_look = 0.0
        self._held = 0  # bytes of large requests that are coming in

    # -- in the loop ---------------------------------------------------------------------------------------------------

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker has it, or nobody any more
        self.nr_conns += 1
        most = self.app.settings.max_upload
        self._wait(Connection(self.cfg, client, address, listener.getsockname(), most), EVENT_READ, self._read)

    def finish_request(self, connection: Connection, done: Any) -> None:
        """When a thread has answered: `done` holds whether the connection may stay."""
        connection.stays = not done.cancelled() and done.exception() is None and done.result() is True
        connection.give_time(PATIENCE)
        self._guarded(self._send, connection)

    def murder_pending(self) -> None:
        """Ends what takes too long: gunicorn's loop calls this each time round."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK
        for connection in list(self._waiting):
            if not self.alive and connection.is_idle:
                connection.give_time(min(LINGER, connection.deadline - now))
            if connection.deadline <= now:
                self._wait_no_longer(connection)
                self._guarded(self._give_up, connection)

    def murder_keepalived(self, force: bool = False) -> None:
        """Nothing: connections that wait for the next request are among all that wait."""

    def _wait(self, connection: Connection, event: int, step: Callable[[Connection], None]) -> None:
        """Takes the step once, when the client has sent something, or takes something."""

        def now(_socket: Any) -> None:
            self._wait_no_longer(connection)
            self._guarded(step, connection)

        self._waiting.add(connection)
        self.poller.register(connection.socket, event, now)

    def _wait_no_longer(self, connection: Connection) -> None:
        self._waiting.remove(connection)
        self.poller.unregister(connection.socket)

    def _guarded(self, step: Callable[[Connection], None], connection: Connection) -> None:
        """One connection that fails ends alone: the loop serves all of them."""
        try:
            step(connection)
        except OSError:
            self._end(connection)
        except Exception:
            self.log.exception("a connection failed")
            self._end(connection)

    def _read(self, connection: Connection) -> None:
        data = connection.receive(CHUNK)
        if data is None:
            self._wait(connection, EVENT_READ, self._read)
        elif data or connection.request.size:
            self._take(connection, data)
        else:
            self._end(connection)

    def _take(self, connection: Connection, data: bytes) -> None:
        """Has a thread answer the request once it is here; where the client has ended (no data), what is here of it."""
        request = connection.request
        if connection.is_idle:
            connection.give_time(PATIENCE)
        held = _on_disk(request)
        try:
            request.take(data)
        except OSError as error:
            self.log.error("a request cannot be kept: %s; is the disk of temporary files full?", error)
            self._refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE, problem(SERVER_TROUBLE))
            return
        self._held += _on_disk(request) - held
        if request.is_ready or not data:
            request.rewind()
            connection.parser = get_parser(self.cfg, request, connection.client)
            self.enqueue_req(connection)
        elif self._held > MOST_AT_ONCE * self.app.settings.max_upload:
            self._refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE, problem(SERVER_TROUBLE))
        else:
            if request.waits_for_go_ahead:
                request.waits_for_go_ahead = False
                connection.socket.send(GO_AHEAD)
            self._wait(connection, EVENT_READ, self._read)

    def _give_up(self, connection: Connection) -> None:
        """A client has had its time: one that was sending is told."""
        if connection.stays and connection.request.size and not connection.sock:
            self._refuse(connection, HTTPStatus.REQUEST_TIMEOUT, problem(TOO_SLOW))
        else:
            self._end(connection)

    def _refuse(self, connection: Connection, status: HTTPStatus, error: ProblemError) -> None:
        connection.stays = False
        connection.sock.sendall(self._refusal(status, error))
        connection.give_time(PATIENCE)
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        """Sends the answer, then waits for the next request, or for the client to have read it all."""
        connection.flush()
        if connection.sock:
            self._wait(connection, EVENT_WRITE, self._send)
            return
        self._held -= _on_disk(connection.request)
        came_along = connection.next_request()
        if not connection.stays:
            connection.socket.shutdown(SHUT_WR)
            connection.give_time(LINGER)
            self._wait(connection, EVENT_READ, self._linger)
        elif came_along:
            self._take(connection, came_along)
        else:
            connection.give_time(self.cfg.keepalive)
            self._wait(connection, EVENT_READ, self._read)

    def _linger(self, connection: Connection) -> None:
        """Throws away what still comes, until the client ends the connection or falls silent."""
        data = connection.receive(CHUNK)
        if data == b"" or connection.moved > self.app.settings.max_upload + OVER_THE_LIMIT:
            self._end(connection)
        else:
            self._wait(connection, EVENT_READ, self._linger)

    def _end(self, connection: Connection) -> None:
        self._held -= _on_disk(connection.request)
        connection.request.close()
        connection.sock.clear()
        connection.socket.close()
        self.nr_conns -= 1

    # -- in a thread ---------------------------------------------------------------------------------------------------

    def handle(self, connection: Connection) -> bool:
        stays: bool = super().handle(connection)
        with suppress(OSError):  # the loop finds it too
            connection.flush()
        return stays

    def handle_request(self, request: Any, connection: Connection) -> bool:
        if not connection.request.is_whole:
            request.force_close()  # nobody knows where the next one begins
        request.body = ReadableBody(request.body)
        stays: bool = super().handle_request(request, connection)
        return stays

    def _keepalive_after(self, _connection: Connection, keepalive: bool) -> bool:
        return keepalive  # whatever the app has not read of the body is here

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        status, error = HTTPStatus.SERVICE_UNAVAILABLE, problem(SERVER_TROUBLE)
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
        client.clear()  # of an answer that fails halfway nothing has gone out
        client.sendall(self._refusal(status, error))

    def _refusal(self, status: HTTPStatus, error: ProblemError) -> bytes:
        body = documents.message(error.text(self.app.settings.locale))
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nX-OpenRosa-Version: 1.0\r\n"
            f"Content-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


def _on_disk(request: IncomingRequest) -> int:
    return request.size if request.size > IN_MEMORY else 0
