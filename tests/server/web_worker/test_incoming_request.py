"""Where a request ends, however its bytes come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Protocol

import pytest

from server.web_worker.incoming import LONGEST_HEAD, IncomingRequest

MOST = 1000
CHUNKED = b"POST /submission HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"POST /submission HTTP/1.1\r\nHost: desa\r\n"
NEXT = b"GET /formList HTTP/1.1\r\n\r\n"

WHOLE = [
    pytest.param(b"GET / HTTP/1.1\r\nHost: desa\r\n\r\n", id="no body"),
    pytest.param(HEAD + b"content-LENGTH:  7 \r\n\r\n12345\r\n", id="a length"),
    pytest.param(HEAD + b"Content-Length: 0\r\n\r\n", id="no length"),
    pytest.param(CHUNKED + b"5\r\nabc\r\n\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n", id="chunks"),
    pytest.param(CHUNKED + b"0\r\n\r\n", id="no chunk"),
    pytest.param(CHUNKED + b"1\r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\n", id="trailers"),
]


class Taken(Protocol):
    def __call__(self, *pieces: bytes, most: int = MOST) -> IncomingRequest: ...


@pytest.fixture
def taken() -> Iterator[Taken]:
    """Makes requests of which these pieces have come."""
    with ExitStack() as made:

        def take(*pieces: bytes, most: int = MOST) -> IncomingRequest:
            request = made.enter_context(closing(IncomingRequest(most)))
            for piece in pieces:
                request.take(piece)
            return request

        yield take


@pytest.mark.parametrize("whole", WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(taken: Taken, whole: bytes) -> None:
    request = taken()
    for place in range(len(whole)):
        assert not request.is_ready, whole[:place]
        request.take(whole[place : place + 1])
    assert request.is_whole
    assert request.next_one() == b""
    request.rewind()
    assert request.recv(10_000) == whole


@pytest.mark.parametrize("whole", WHOLE)
def test_what_of_the_next_request_came_along_is_told_apart(taken: Taken, whole: bytes) -> None:
    for cut in range(len(whole)):
        request = taken(whole[:cut], whole[cut:] + NEXT)
        assert request.is_whole
        assert request.next_one() == NEXT


@pytest.mark.parametrize(
    "body",
    [b"x\r\n", b"-1\r\nab", b"\r\n", b"0x5\r\nabcde\r\n", b"5 a\r\n", b"1\nab", b"1\r\na\r\nzz\r\n", b"1" * 9000],
)
def test_broken_chunks_are_given_to_the_parser_at_once(taken: Taken, body: bytes) -> None:
    assert taken(CHUNKED + body, most=100_000).is_ready


@pytest.mark.parametrize("length", [b"banyak", b"-5", b"", b"1e3", b"5, 6", b"0x10", b"9" * 30])
def test_a_length_that_is_none_is_given_to_the_parser_at_once(taken: Taken, length: bytes) -> None:
    assert taken(HEAD + b"Content-Length: " + length + b"\r\n\r\n").is_ready


def test_more_than_is_taken_is_not_waited_for(taken: Taken) -> None:
    announced = taken(HEAD + b"Content-Length: 1001\r\n\r\n")
    assert (announced.is_ready, announced.is_whole) == (True, False)
    assert not taken(HEAD + b"Content-Length: 1000\r\n\r\n").is_ready
    chunks = taken(CHUNKED, b"10000\r\n" + b"a" * 994)
    assert chunks.is_ready
    assert not taken(CHUNKED, b"10000\r\n" + b"a" * 993).is_ready


def test_a_head_without_an_end_is_not_waited_for(taken: Taken) -> None:
    assert not taken(b"a" * LONGEST_HEAD).is_ready
    assert taken(b"a" * LONGEST_HEAD, b"a").is_ready


@pytest.mark.parametrize(("head", "waits"), [(b"", False), (b"Expect: 100-Continue\r\n", True)])
def test_who_waits_for_the_go_ahead(taken: Taken, head: bytes, waits: bool) -> None:
    assert taken(HEAD + head + b"Content-Length: 5\r\n\r\n").waits_for_go_ahead == waits
