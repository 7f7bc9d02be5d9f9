"""A client's connection: what has come of its request, and what is still to be sent of its answer.

A client may take its time, but not all the time in the world: what comes in and goes out has to move at a least rate.
"""

from __future__ import annotations

import socket
import time
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Any

from gunicorn.workers.gthread import TConn

from server.web_worker.incoming import IncomingRequest

# Seconds in which a request has to be here, or an answer to be gone, and the bytes that give it another second.
PATIENCE = 20
LEAST_RATE = 500


# Bytes of an answer that wait in memory; what is longer, as an export is, waits on the disk.
MOST_IN_MEMORY = 1024 * 1024


class Outgoing:
    """What is written to a client, in the place of its socket: threads never wait for it to be taken."""

    def __init__(self, taken_by: socket.socket) -> None:
        self._socket = taken_by
        self._unsent = bytearray()
        self._rest: IO[bytes] | None = None  # what comes after that
        self._taken = 0  # bytes of it

    def __bool__(self) -> bool:
        return bool(self._unsent) or self._rest is not None

    def sendall(self, data: bytes) -> None:
        if self._rest is None and len(self._unsent) + len(data) <= MOST_IN_MEMORY:
            self._unsent += data
            return
        if self._rest is None:
            self._rest, self._taken = TemporaryFile(), 0  # noqa: SIM115 # closed where all of it was read
        self._rest.seek(0, SEEK_END)
        self._rest.write(data)

    def _more(self) -> bool:
        """Whether there is something to send now, from the disk where need be."""
        if not self._unsent and self._rest is not None:
            self._rest.seek(self._taken)
            self._unsent += self._rest.read(MOST_IN_MEMORY)
            self._taken += len(self._unsent)
            if len(self._unsent) < MOST_IN_MEMORY:
                self._forget_rest()
        return bool(self._unsent)

    def _forget_rest(self) -> None:
        if self._rest is not None:
            self._rest.close()
            self._rest = None

    def send(self, _data: bytes) -> None:
        """gunicorn sends by this alone that a body may come: it is here already."""

    def clear(self) -> None:
        self._unsent.clear()
        self._forget_rest()

    def setblocking(self, _flag: bool) -> None:
        """The socket stays as it is: only the loop of the worker waits for it."""

    def flush(self) -> int:
        """Sends what the client takes now; how many bytes. Raises OSError where it is gone."""
        sent = 0
        try:
            while self._more():
                gone = self._socket.send(self._unsent)
                del self._unsent[:gone]
                sent += gone
        except BlockingIOError:
            pass
        return sent


class Connection(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """A connection. `request`: the one that is coming in, or is answered. `stays`: whether another one may come after
    it. `moved`: bytes that came in or went out since the client's time began."""

    def __init__(self, config: Any, client: socket.socket, address: Any, server: Any, most: int) -> None:
        """`most`: bytes of a request's body."""
        super().__init__(config, client, address, server)
        self.initialized = True  # there is no TLS here, and no HTTP/2
        self.socket, self.sock = client, Outgoing(client)
        self.request = IncomingRequest(most)
        self.stays = True
        self._most = most
        self.give_time(PATIENCE)

    @property
    def deadline(self) -> float:
        """When its client has had its time."""
        return self._begun + self._patience + self.moved / LEAST_RATE

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has come."""
        return self.stays and not self.request.size

    def give_time(self, seconds: float) -> None:
        """From now on its client has so many seconds, and more the more it moves."""
        self._begun, self._patience, self.moved = time.monotonic(), seconds, 0

    def receive(self, size: int) -> bytes | None:
        """What has come: nothing at the end, None where that is not now."""
        try:
            data: bytes = self.socket.recv(size)
        except BlockingIOError:
            return None
        self.moved += len(data)
        return data

    def flush(self) -> None:
        """Sends what the client takes now. Raises OSError where it is gone."""
        self.moved += self.sock.flush()

    def next_request(self) -> bytes:
        """Begins another one; what of it came along with the one before."""
        came_along = self.request.next_one()
        self.request.close()
        self.request = IncomingRequest(self._most)
        return came_along
