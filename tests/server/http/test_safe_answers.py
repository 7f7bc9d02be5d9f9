"""What every answer tells a browser, whatever became of the request."""

from __future__ import annotations

import pytest

from tests.server.conftest import Open
from tests.support.members import log_in, open_account
from tests.support.small_forms import DAFTAR
from tests.support.station import VILLAGE, Station

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/masuk", 200),
        ("GET", "/healthz", 200),
        ("GET", f"/desa/{VILLAGE}/tugas", 302),
        ("GET", "/desa/99.99.99.9999.json", 404),
        ("GET", "/static/gaya.css", 404),
        ("GET", "/favicon.ico", 404),
        ("POST", "/desa/x", 405),
        ("POST", "/masuk", 400),
        ("POST", "/keluar", 401),
        ("GET", "/v1/key/salah/projects/1/formList", 403),
        ("GET", "{phone}/formList", 200),
        ("GET", "{phone}/forms/daftar/1/form.xml", 200),
        ("GET", "{phone}/lists/anak.csv", 200),
        ("GET", "{phone}/media/tidak.png", 404),
        ("HEAD", "{phone}/submission", 204),
        ("POST", "{phone}/submission", 400),
    ],
)
def test_no_answer_is_taken_for_something_else(station: Station, method: str, path: str, status: int) -> None:
    station.publish(DAFTAR)
    answer = station.client.open(path.replace("{phone}", station.path("").rstrip("/")), method=method)
    assert answer.status_code == status
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]


@on_sqlite
@pytest.mark.parametrize(("path", "status"), [("/desa/{village}", 500), ("{phone}/formList", 503)])
def test_nor_that_of_a_failure(open_station: Open, path: str, status: int) -> None:
    station = open_station()
    station.app.before_request(_fail)
    answer = station.client.get(path.format(village=VILLAGE, phone=station.path("").rstrip("/")))
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (status, "nosniff")


def _fail() -> None:
    raise RuntimeError("rusak")


@on_sqlite
def test_a_form_that_is_too_large_is_refused_with_a_sentence(station: Station) -> None:
    answer = station.client.post("/masuk", data={"email": "a" * 20_000})
    assert (answer.status_code, "terlalu besar" in answer.text) == (413, True)
    log_in(station.client, open_account(station).email)
    for content_type in (None, "multipart/form-data"):
        answer = station.client.post("/sandi", data={"old": "a" * 300_000}, content_type=content_type)
        assert (answer.status_code, "terlalu besar" in answer.text) == (413, True)
