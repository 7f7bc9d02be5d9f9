"""What a phone downloads; all bytes of HTTP, without those of TLS."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.phone import Phone
from tests.support.phone_http import Traffic


@dataclass(frozen=True)
class Downloads:
    """Of a new phone, and of a sync with nothing new. `whole`: bytes for a new phone if nothing were compressed."""

    first: Traffic
    whole: int
    again: Traffic

    @property
    def both_ways(self) -> int:
        return self.again.sent + self.again.received


def downloads(phone: Phone) -> Downloads:
    """Lets a new phone sync twice."""
    phone.sync()
    first = phone.traffic.copy()
    phone.sync()
    return Downloads(first, sum(_size_as_is(url) for url in phone.http.cache), phone.traffic.since(first))


def _size_as_is(url: str) -> int:
    """The bytes of a document for a client that takes none of it compressed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", parts.path)
    size = len(connection.getresponse().read())
    connection.close()
    return size
