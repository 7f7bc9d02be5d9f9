"""What the log says when something fails: where and of which kind it was, and nobody's name or token."""

from __future__ import annotations

import logging
import socket
import sqlite3
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import Column, Engine, MetaData, Table, Text, insert
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from server import serve
from server.cli import main
from server.database.engine import writing
from server.database.errors import database_error, is_of_the_server
from server.http.access import public
from server.serve import open_to_others
from tests.support.served import serving
from tests.support.station import Station, prepared

NAME = "Namasentinel"
PEOPLE = Table(
    "orang",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("nama", Text, nullable=False),
    Column("dusun", Text, nullable=False),
)


def refuse_a_row(engine: Engine) -> None:
    """Fails with an error in which PostgreSQL tells the whole row."""
    with writing(engine) as connection:
        PEOPLE.create(connection, checkfirst=True)
        connection.execute(insert(PEOPLE), {"id": NAME, "nama": NAME, "dusun": None})


def refuse_and_fail_again(engine: Engine) -> None:
    try:
        refuse_a_row(engine)
    except IntegrityError as error:
        raise RuntimeError("the page could not be made") from error


@pytest.mark.parametrize("fail", [refuse_a_row, refuse_and_fail_again])
def test_page__that_fails_at_the_database_is_logged_without_the_row(
    station: Station, caplog: pytest.LogCaptureFixture, fail: object
) -> None:
    def page() -> str:
        assert callable(fail)
        fail(station.engine)
        return "isi"

    station.app.add_url_rule("/gagal", "gagal", public(page))
    with caplog.at_level(logging.ERROR):
        answer = station.client.get("/gagal")
    assert (answer.status_code, "Server sedang terganggu" in answer.text) == (500, True)
    assert NAME not in caplog.text + answer.text
    assert any(code in caplog.text for code in ("NotNullViolation 23502", "IntegrityError SQLITE_CONSTRAINT_NOTNULL"))
    assert "in refuse_a_row" in caplog.text or fail is refuse_and_fail_again
    assert "/gagal [GET]" in caplog.text


DRIVERS_OWN = {
    "a value that PostgreSQL's driver cannot send": (DataError("", {}, psycopg.DataError("NUL (0x00) bytes")), False),
    "a value that SQLite's driver cannot send": (InterfaceError("", {}, sqlite3.InterfaceError("parameter 3")), False),
    "a statement with too few values": (ProgrammingError("", {}, sqlite3.ProgrammingError("bindings")), False),
    "no server": (OperationalError("", {}, psycopg.OperationalError("connection refused")), True),
    "a connection that was lost": (
        InterfaceError("", {}, psycopg.InterfaceError("closed"), connection_invalidated=True),
        True,
    ),
}


@pytest.mark.parametrize(("error", "of_the_server"), DRIVERS_OWN.values(), ids=DRIVERS_OWN)
def test_a_drivers_own_error__without_a_code(error: Exception, of_the_server: bool) -> None:
    assert is_of_the_server(error) is of_the_server


def test_page__that_fails_otherwise_is_logged_in_full(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    def page() -> str:
        raise ValueError("no such colour")

    station.app.add_url_rule("/gagal", "gagal", public(page))
    with caplog.at_level(logging.ERROR):
        assert station.client.get("/gagal").status_code == 500
    assert "ValueError: no such colour" in caplog.text


def test_database_error__of_none() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first  # nobody makes such a circle, and it ends all the same
    assert database_error(first) is None


def test_served__a_request_that_cannot_be_read_is_logged_by_its_class_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/uji.db"
    prepared(url)
    with serving(url, tmp_path, WORKERS="1") as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as client:
            client.sendall(b"GET /v1/key/Tokensentinel/projects/1/formList tanpa versi\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 400")
        assert served.stop() == 0
    log = served.log.read_text()
    assert "cannot be read: InvalidHTTPVersion" in log
    assert "Tokensentinel" not in log


@pytest.mark.parametrize(
    ("bind", "others"),
    [
        ("127.0.0.1:8000", False),
        ("localhost:8000", False),
        ("[::1]:8000", False),
        ("unix:/run/kpm.sock", False),
        ("fd://3", False),
        ("0.0.0.0:8000", True),
        (":8000", True),
        ("[::]:8000", True),
        ("192.168.1.5:80", True),
        ("server.desa.id:80", True),
    ],
)
def test_open_to_others(bind: str, others: bool) -> None:
    assert open_to_others(bind) is others


@pytest.mark.parametrize(
    ("bind", "base_url", "warned"),
    [
        ("0.0.0.0:8000", "", True),
        ("0.0.0.0:8000", "http://stunting.desa.id", True),
        ("0.0.0.0:8000", "https://stunting.desa.id", False),
        ("127.0.0.1:8000", "", False),
    ],
)
def test_serve__says_where_cookies_are_not_secure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bind: str, base_url: str, warned: bool
) -> None:
    url = f"sqlite:///{tmp_path}/uji.db"
    prepared(url)
    served: list[str] = []
    monkeypatch.setattr(serve, "serve", lambda _settings, address, _workers: served.append(address))
    done = CliRunner().invoke(main.main, ["--database", url, "serve", "--bind", bind], env={"BASE_URL": base_url})
    assert (done.exit_code, served) == (0, [bind])
    assert ("tidak Secure" in done.stderr, "are not Secure" in done.stderr) == (warned, warned)
