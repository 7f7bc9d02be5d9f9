"""A submission that is refused: its photos are kept only once its answers are taken, so nothing of it is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.openrosa.parts import LARGEST_FIELDS, MOST_PARTS
from server.submissions.receive import LARGEST_XML
from tests.server.conftest import Open
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.station import Station

# No database is asked before the answers are taken.
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

PHOTO, XML = b'name="anak.jpg"; filename="anak.jpg"', b'name="xml_submission_file"; filename="isi.xml"'


def part(disposition: bytes, content: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + content + b"\r\n"


IMAGE = part(PHOTO, b"gambar" * 50_000)
END = b"--b--\r\n"
# The photo comes before whatever is wrong.
REFUSED = {
    "no XML": (400, IMAGE + END),
    "broken XML": (400, IMAGE + part(XML, b"<data") + END),
    "no text": (400, IMAGE + part(XML, b"\xff\xfe\x00") + END),
    "XML too large": (413, IMAGE + part(XML, b"<data>" + b" " * LARGEST_XML + b"</data>") + END),
    "cut short": (400, IMAGE + part(XML, daftar(new_id()).encode())[:-40]),
    "too many parts": (413, IMAGE + part(XML, daftar(new_id()).encode()) + part(b'name="x"', b"") * MOST_PARTS + END),
    "a field too large": (413, IMAGE + part(b'name="x"', b"x" * (LARGEST_FIELDS + 1)) + END),
    "more than is taken": (413, IMAGE * 4 + part(XML, daftar(new_id()).encode()) + END),
}


@pytest.fixture
def station(open_station: Open) -> Station:
    found = open_station(MAX_UPLOAD_MB="1")
    found.publish(DAFTAR)
    return found


def photos(folder: Path) -> list[str]:
    return [path.name for path in (folder / "attachments").rglob("*") if path.is_file()]


def send(station: Station, body: bytes) -> int:
    content_type = "multipart/form-data; boundary=b"
    return station.client.post(station.path("submission"), data=body, content_type=content_type).status_code


@pytest.mark.parametrize("reason", REFUSED)
def test_nothing_of_its_photos_is_left(station: Station, tmp_path: Path, reason: str) -> None:
    status, body = REFUSED[reason]
    if reason == "XML too large":
        station.app.config["MAX_CONTENT_LENGTH"] = 2 * LARGEST_XML
    assert send(station, body) == status
    assert photos(tmp_path) == []


def test_a_photo_that_another_submission_has_stays(station: Station, tmp_path: Path) -> None:
    assert send(station, IMAGE + part(XML, daftar(new_id()).encode()) + END) == 201
    kept = photos(tmp_path)
    assert len(kept) == 1
    assert send(station, REFUSED["no XML"][1]) == 400
    assert photos(tmp_path) == kept
