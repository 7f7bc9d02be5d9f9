"""What a phone is told, whether over a real connection or inside the test."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lxml import etree

from tests.support.phone_http import message_of

COMPLETE = "full submission upload was successful!"
MESSAGE = "{http://openrosa.org/http/response}message"


class Answer(Protocol):
    """A werkzeug TestResponse or a Reply."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True)
class Reply:
    """What came back over a connection; status 0 where nothing did."""

    status_code: int
    headers: Mapping[str, str]
    data: bytes

    @classmethod
    def read(cls, connection: socket.socket) -> Reply:
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
        except http.client.RemoteDisconnected:
            return cls(0, {}, b"")
        return cls(answer.status, dict(answer.getheaders()), answer.read())


def said(answer: Answer, status: int) -> str:
    """The sentence that Collect shows: only where the answer has the status and is an OpenRosa document in full."""
    assert answer.status_code == status, answer.data
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert [element.tag for element in etree.fromstring(answer.data)] == [MESSAGE]
    sentence = message_of(answer.data)
    assert sentence
    return sentence
