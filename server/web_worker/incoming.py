"""The bytes of one request as they come in, kept until it is whole: no thread waits for a slow line.

Only where the request ends is found here; what it says is read after that, by gunicorn's own parser, which refuses what
is wrong with it. Where the two would disagree, that parser finds less than it looks for, and never waits.
"""

from __future__ import annotations

import os
import re
from tempfile import SpooledTemporaryFile

# Bytes of a request that are held in memory: a larger one lies in a file.
IN_MEMORY = 64 * 1024
# A head of more bytes is no phone's and no browser's: gunicorn's parser refuses it before it has read so many.
LONGEST_HEAD = 1024 * 1024
LONGEST_CHUNK_LINE = 8190

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_GO_AHEAD = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9a-f]{1,15})[ \t]*(;[^\n]*)?\r\n", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


class IncomingRequest:
    """A request, as far as it has come. `size`: its bytes so far, with those of the next one if they came along."""

    def __init__(self, most: int) -> None:
        """`most`: bytes of a body; what announces or sends more need not be taken to its end."""
        self.size = 0
        self.waits_for_go_ahead = False
        self._most = most
        self._kept = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self._head = bytearray()
        self._head_size = 0  # 0 while the head goes on
        self._end: int | None = None  # where the request ends; None while nobody can know
        self._chunk_at: int | None = None  # where the next chunk begins; None where there are none
        self._trailing = False

    def take(self, data: bytes) -> None:
        """Keeps what has come. Raises OSError where the disk is full."""
        self._kept.seek(0, os.SEEK_END)
        self._kept.write(data)
        self.size += len(data)
        if not self._head_size:
            self._look_for_head(data)
        if self._head_size and self._chunk_at is not None:
            self._follow_chunks()

    @property
    def is_ready(self) -> bool:
        """Whether it can be answered: it is whole, or so large or so wrong that the rest does not matter."""
        return self.is_whole or self.is_too_large or len(self._head) > LONGEST_HEAD

    @property
    def is_whole(self) -> bool:
        return self._end is not None and self.size >= self._end

    @property
    def is_too_large(self) -> bool:
        return self._head_size > 0 and (self._end or self.size) - self._head_size > self._most

    def rewind(self) -> None:
        """To be called before the first `recv`."""
        self._kept.seek(0)

    def recv(self, size: int) -> bytes:
        """The next bytes, as from a socket; nothing where no more have come."""
        return self._kept.read(size)

    def next_one(self) -> bytes:
        """What has come of the next request."""
        self._kept.seek(self._end or self.size)
        return self._kept.read()

    def close(self) -> None:
        self._kept.close()

    def _look_for_head(self, data: bytes) -> None:
        seen = max(0, len(self._head) - len(_END_OF_HEAD) + 1)
        self._head += data
        end = self._head.find(_END_OF_HEAD, seen)
        if end < 0:
            return
        head = bytes(self._head[: end + len(_END_OF_HEAD)])
        self._head.clear()
        self._head_size = len(head)
        if _CHUNKED.search(head):
            self._chunk_at = len(head)
        else:
            length = _LENGTH.search(head)
            self._end = len(head) + (int(length[1]) if length else 0)
        self.waits_for_go_ahead = _GO_AHEAD.search(head) is not None

    def _follow_chunks(self) -> None:
        """Finds the end of a body in chunks. What is no chunk ends it too: the parser will say so."""
        while self._end is None and self._chunk_at is not None:
            self._kept.seek(self._chunk_at)
            line = self._kept.readline(LONGEST_CHUNK_LINE)
            chunk = _CHUNK.fullmatch(line)
            if not line.endswith(b"\n") and len(line) < LONGEST_CHUNK_LINE:
                return
            self._chunk_at += len(line)
            if self._trailing:
                self._end = self._chunk_at if line == b"\r\n" else None
            elif chunk is None:
                self._end = self.size
            elif length := int(chunk[1], 16):
                self._chunk_at += length + len(b"\r\n")
            else:
                self._trailing = True
