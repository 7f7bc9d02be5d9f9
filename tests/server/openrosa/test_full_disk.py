"""A disk that is full: the phone is told to send again, and nothing is left of what could not be kept."""

from __future__ import annotations

import io
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from server.submissions.attachments import AttachmentStore
from tests.server.conftest import Open
from tests.support.phone_http import multipart
from tests.support.replies import COMPLETE, Reply, said
from tests.support.served import serving
from tests.support.small_forms import DAFTAR, daftar, new_id

MB = 1024 * 1024
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system takes no more into any file of this process, as when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_of_a_photo_that_does_not_fit_nothing_is_left(tmp_path: Path) -> None:
    store = AttachmentStore(str(tmp_path))
    with files_of_at_most(MB), pytest.raises(OSError, match="too large"):
        store.keep("foto.jpg", "image/jpeg", io.BytesIO(bytes(2 * MB)))
    assert files_in(tmp_path) == []
    assert store.keep("foto.jpg", "image/jpeg", io.BytesIO(bytes(2 * MB))).size == 2 * MB


@on_sqlite
@pytest.mark.parametrize("room", [32 * 1024, 3 * MB])  # for the request itself, and for its photo
def test_the_phone_is_told__and_can_send_again(open_station: Open, tmp_path: Path, room: int) -> None:
    station, folder = open_station(), tmp_path / "attachments"
    station.publish(DAFTAR)
    body, photo = daftar(new_id()), ("foto.jpg", bytes(4 * MB))
    with files_of_at_most(room):
        assert "kirim lagi nanti" in said(station.keep(body, [photo]), 503)
    assert station.rows("submissions") == []
    assert files_in(folder) == []
    assert station.send(body, [photo]) == COMPLETE
    assert [path.stat().st_size for path in files_in(folder)] == [4 * MB]


@on_sqlite
def test_what_a_server_left_that_was_killed_is_taken_away_a_day_later(open_station: Open, tmp_path: Path) -> None:
    station = open_station()
    folder, now = tmp_path / "attachments", station.clock()
    kept = station.backend.attachments.keep("foto.jpg", "image/jpeg", io.BytesIO(b"isi"))
    for name, age in (("incoming-lama", timedelta(days=2)), ("incoming-baru", timedelta(hours=2))):
        (folder / name).write_bytes(b"separuh")
        os.utime(folder / name, times=((now - age).timestamp(),) * 2)
    os.utime(folder / kept.sha256[:2] / kept.sha256, times=(0, 0))
    open_station()
    assert sorted(path.name for path in files_in(folder)) == sorted(["incoming-baru", kept.sha256])


@on_sqlite
def test_a_server_without_room_for_a_request_says_so_and_goes_on(open_station: Open, tmp_path: Path) -> None:
    station = open_station()
    station.publish(DAFTAR)
    body, content_type = multipart(daftar(new_id()).encode(), [("foto.jpg", bytes(MB))], incomplete=False)

    def post() -> Reply:
        head = f"POST {station.path('submission')} HTTP/1.1\r\nContent-Type: {content_type}\r\n"
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            return Reply.read(connection)

    with serving(station.url, tmp_path, WORKERS="1") as served:
        for room, status in ((100_000, 503), (resource.RLIM_INFINITY, 201)):
            for pid in Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split():
                resource.prlimit(int(pid), resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            assert said(post(), status)
    assert len(station.rows("submissions")) == 1
