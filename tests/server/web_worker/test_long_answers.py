"""Answers that are longer than a client takes at once: what waits is on the disk, and goes out whole and in order."""

from __future__ import annotations

import hashlib
import random
import socket
import tracemalloc
from collections.abc import Iterator

import pytest

from server.web_worker.connection import MOST_IN_MEMORY, Outgoing

MB = 1024 * 1024


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's end of a connection, and the client's; neither waits for the other."""
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def taken(client: socket.socket) -> bytes:
    try:
        return client.recv(MB)
    except BlockingIOError:
        return b""


def test_long_answer__goes_out_whole_and_in_order(ends: tuple[socket.socket, socket.socket]) -> None:
    outgoing, parts = Outgoing(ends[0]), [random.Random(seed).randbytes(70_000) for seed in range(40)]
    for number, part in enumerate(parts):
        outgoing.sendall(part)
        if number == 20:  # some of it is on its way while more is written
            outgoing.flush()
    got = b""
    while outgoing:
        outgoing.flush()
        got += taken(ends[1])
    while more := taken(ends[1]):
        got += more
    assert hashlib.sha256(got).digest() == hashlib.sha256(b"".join(parts)).digest()


def test_long_answer__waits_on_the_disk(ends: tuple[socket.socket, socket.socket]) -> None:
    outgoing, part = Outgoing(ends[0]), bytes(64 * 1024)
    tracemalloc.start()
    for _ in range(320):
        outgoing.sendall(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MOST_IN_MEMORY
    outgoing.clear()
    assert not outgoing


def test_answer_that_fails_halfway__is_forgotten(ends: tuple[socket.socket, socket.socket]) -> None:
    outgoing = Outgoing(ends[0])
    outgoing.sendall(bytes(3 * MB))
    outgoing.clear()
    outgoing.sendall(b"maaf")
    outgoing.flush()
    assert (taken(ends[1]), bool(outgoing)) == (b"maaf", False)
