"""What phones send to a server that is killed, and whether all of it was kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.support.phone_http import message_of, multipart
from tests.support.served import Served
from tests.support.small_forms import DAFTAR, KUNJUNGAN
from tests.support.station import Station, opened, prepared

PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Send:
    """One request of a phone: a submission with its photos."""

    path: str
    xml: bytes
    photos: tuple[tuple[str, bytes], ...] = ()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.xml).hexdigest()


def post(served: Served, send: Send) -> tuple[int, str]:
    """Status of the answer, and its sentence."""
    body, content_type = multipart(send.xml, send.photos, incomplete=False)
    connection = served.connect()
    try:
        connection.request("POST", send.path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, message_of(answer.read())
    finally:
        connection.close()


def with_forms(url: str, folder: Path) -> Station:
    station = opened(url, folder, prepared(url))
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    return station


def kept_photos(station: Station) -> dict[str, list[tuple[str, bytes]]]:
    """Names and bytes of the kept files, by the sha256 of their submission."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for row in station.rows("attachments"):
        with station.backend.attachments.open(row["sha256"]) as file:
            content = file.read()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        found.setdefault(row["submission_sha256"], []).append((row["name"], content))
    return found


def assert_all_kept(sends: list[Send], station: Station) -> None:
    bodies = {row["sha256"]: bytes(row["body"]) for row in station.rows("submissions")}
    photos = kept_photos(station)
    for send in sends:
        assert bodies[send.sha256] == send.xml
        assert photos.get(send.sha256, []) == list(send.photos)
