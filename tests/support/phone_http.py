"""How ODK Collect talks HTTP: its headers, cache and multipart bodies. Counts every byte that goes over the line."""

from __future__ import annotations

import gzip
import http.client
import mimetypes
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml import etree

USER_AGENT = "org.odk.collect.android/v2026.3.0 Dalvik/2.1.0 (Linux; U; Android 11; SM-A032F Build/RP1A.200720.012)"
TIME_OUT = 60  # seconds, as in Collect


class ServerError(Exception):
    """An answer that Collect shows as an error: `status` and the sentence that the person reads."""

    def __init__(self, url: str, status: int, message: str) -> None:
        super().__init__(f"{url}: {status}: {message}")
        self.status = status
        self.message = message


@dataclass
class Traffic:
    """What went over the line since the phone was new, with request and status lines, headers and bodies."""

    requests: int = 0
    sent: int = 0
    received: int = 0

    def since(self, before: Traffic) -> Traffic:
        return Traffic(self.requests - before.requests, self.sent - before.sent, self.received - before.received)

    def copy(self) -> Traffic:
        return replace(self)


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes


@dataclass
class Http:
    """One phone's side of HTTP. `cache`: by URL, the answers with an ETag that the server allowed to keep."""

    device_id: str
    traffic: Traffic = field(default_factory=Traffic)
    cache: dict[str, Response] = field(default_factory=dict)

    def get(self, url: str, query: Mapping[str, str] | None = None) -> Response:
        """GET with the cache in between. Raises ServerError for any answer but 200 and a 304 for what is cached."""
        kept = self.cache.get(url) if not query else None
        headers = {"If-None-Match": kept.headers["ETag"]} if kept else {}
        answer = self._ask("GET", url, headers, query=query)
        if kept and answer.status == 304:
            return kept
        if answer.status != 200:
            raise ServerError(url, answer.status, message_of(answer.body))
        if "ETag" in answer.headers and not query and "no-store" not in answer.headers.get("Cache-Control", ""):
            self.cache[url] = answer
        return answer

    def get_xml(self, url: str, query: Mapping[str, str] | None = None) -> Any:
        """GET of an OpenRosa document: Collect takes it only as text/xml and with the version header."""
        answer = self.get(url, query)
        if "text/xml" not in answer.headers.get("Content-Type", ""):
            raise ServerError(url, 200, f"not text/xml: {answer.headers.get('Content-Type')}")
        if answer.headers.get("X-OpenRosa-Version") != "1.0":
            raise ServerError(url, 200, "no X-OpenRosa-Version: 1.0")
        return etree.fromstring(answer.body)

    def head(self, url: str) -> Response:
        return self._ask("HEAD", url, {})

    def post(self, url: str, body: bytes, content_type: str) -> Response:
        return self._ask("POST", url, {"Content-Type": content_type}, body=body)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        parts = urlsplit(url)
        asked = "&".join(
            part for part in (parts.query, urlencode({**(query or {}), "deviceID": self.device_id})) if part
        )
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"not an http address: {url}")
        connection = _Counting(parts.hostname, parts.port or 80, timeout=TIME_OUT)
        try:
            connection.request(method, f"{parts.path}?{asked}", body, {**_common_headers(), **headers})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.traffic.requests += 1
        self.traffic.sent += connection.sent
        self.traffic.received += _head_size(answer) + len(content)
        if answer.headers.get("Content-Encoding") == "gzip" and content:
            content = gzip.decompress(content)
        return Response(answer.status, answer.headers, content)


def multipart(xml: bytes, files: Iterable[tuple[str, bytes]], *, incomplete: bool) -> tuple[bytes, str]:
    """Body and content type of one POST: the XML first, then a part a file, named as the file."""
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, 'name="xml_submission_file"; filename="submission.xml"', "text/xml", xml)]
    for name, content in files:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        parts.append(_part(boundary, f'name="{name}"; filename="{name}"', kind, content))
    if incomplete:
        parts.append(_part(boundary, 'name="*isIncomplete*"', "", b"yes"))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def message_of(body: bytes) -> str:
    """The sentence in an OpenRosaResponse; "" where the body is none, as then Collect shows words of its own."""
    try:
        root: Any = etree.fromstring(body)
    except etree.XMLSyntaxError:
        return ""
    return str(root.xpath("string(/*[local-name()='OpenRosaResponse']/*[local-name()='message'])"))


def _part(boundary: str, disposition: str, content_type: str, content: bytes) -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n"
    return head.encode() + content + b"\r\n"


def _common_headers() -> dict[str, str]:
    # Collect writes the hour of the Date header in twelve hours without am or pm: it must never serve as a clock.
    now = datetime.now(UTC).strftime("%a, %d %b %Y %I:%M:%S GMT")
    return {"X-OpenRosa-Version": "1.0", "Date": now, "User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}


def _head_size(answer: http.client.HTTPResponse) -> int:
    status_line = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
    return len(status_line) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + 2


class _Counting(http.client.HTTPConnection):
    sent = 0

    def send(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.sent += len(data)
        super().send(data)
