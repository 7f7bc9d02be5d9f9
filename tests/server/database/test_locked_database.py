"""A database that somebody else holds locked, as an admin's tool does: nobody waits for long, nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text

from server.database import engine as engine_module
from tests.server.conftest import Open
from tests.support.members import browser_of, open_account
from tests.support.phone_http import multipart
from tests.support.replies import COMPLETE, said
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.station import VILLAGE, Station

PHONES = 12
WAIT = 1  # seconds, in the place of LOCK_WAIT
WAIT_AGAIN = 0.2
SLACK = 2  # seconds that a busy machine may take for the rest


@pytest.fixture
def station(open_station: Open, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setattr(engine_module, "LOCK_WAIT", WAIT)
    monkeypatch.setattr(engine_module, "LOCK_WAIT_AGAIN", WAIT_AGAIN)
    opened = open_station()
    opened.publish(DAFTAR)
    return opened


@contextmanager
def locked(station: Station) -> Iterator[None]:
    """Somebody holds what every writer needs, outside of the server's queue."""
    url = make_url(station.url)
    if url.drivername == "sqlite":
        other = sqlite3.connect(str(url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    with station.engine.connect() as connection:
        connection.execute(text("LOCK TABLE submissions IN ACCESS EXCLUSIVE MODE"))
        yield


def post_all(station: Station, bodies: list[str]) -> tuple[list[tuple[int, str]], float]:
    """Each from a phone of its own, all at once: what they are told, and the longest that one waited, in seconds."""

    def post(xml: str) -> tuple[tuple[int, str], float]:
        body, content_type = multipart(xml.encode(), [], incomplete=False)
        client, begun = station.app.test_client(), time.monotonic()
        answer = client.post(station.path("submission"), data=body, content_type=content_type)
        return (answer.status_code, said(answer, answer.status_code)), time.monotonic() - begun

    with ThreadPoolExecutor(PHONES) as pool:
        answers = list(pool.map(post, bodies))
    return [answer for answer, _ in answers], max(took for _, took in answers)


def test_posts_wait_a_bounded_time_and_are_taken_when_they_come_again(station: Station) -> None:
    station.keeps = True
    bodies = [daftar(new_id()) for _ in range(PHONES)]
    with locked(station):
        refused, took = post_all(station, bodies)
        again, took_again = post_all(station, bodies)
    assert {status for status, _ in refused + again} == {503}
    assert all("Isian aman di HP; kirim lagi nanti" in sentence for _, sentence in refused + again)
    assert took < WAIT + SLACK
    assert took_again < WAIT + SLACK
    assert station.rows("submissions") == []
    assert post_all(station, bodies)[0] == [(201, COMPLETE)] * PHONES
    assert sorted(row["body"].decode() for row in station.rows("submissions")) == sorted(bodies)


def test_pages_wait_a_bounded_time_and_say_so(station: Station) -> None:
    browser = browser_of(station, open_account(station))
    station.keep(daftar(new_id()))
    with locked(station):
        begun = time.monotonic()
        answers = [browser.get(f"/desa/{VILLAGE}{page}") for page in ("", "/tugas", "/sasaran")]
        assert time.monotonic() - begun < 3 * WAIT + SLACK
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("Server sedang sibuk; datanya aman" in answer.text for answer in answers)
    assert [row["state"] for row in station.rows("submissions")] == ["received"]
    assert browser.get(f"/desa/{VILLAGE}/tugas").status_code == 200
    assert [row["state"] for row in station.rows("submissions")] == ["accepted"]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_whoever_comes_after_one_that_waited_in_vain_waits_less__until_one_gets_through(station: Station) -> None:
    body = daftar(new_id())
    waits = []
    with locked(station):
        for _ in range(3):
            begun = time.monotonic()
            assert station.post(body).status_code == 503
            waits.append(time.monotonic() - begun)
    assert waits[0] >= WAIT > max(waits[1:])
    assert station.post(body).status_code == 201
    with locked(station):
        begun = time.monotonic()
        assert station.post(daftar(new_id())).status_code == 503
        assert time.monotonic() - begun >= WAIT
