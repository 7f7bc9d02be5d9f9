"""A whole server inside the test: an empty database made ready, two villages with a phone each, and a clock to set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, MetaData, Table, select, table, text
from werkzeug.test import TestResponse

from server.app import create_app
from server.database import tables
from server.database.engine import open_engine, reading, writing
from server.database.upgrade import upgrade
from server.entities.change import DONE
from server.http.context import Backend
from server.phones import phones
from server.publications.plans import PlannedForm
from server.publications.publish import publish_form, publish_shipped
from server.publications.shipped import in_folders
from server.settings import read_settings
from server.submissions import quarantine
from server.submissions.inbox import catch_up_all
from server.villages import regions
from server.villages.region_file import read_regions
from tests.support.phone_http import message_of, multipart
from tests.support.tables import workbook_bytes

VILLAGE, OTHER_VILLAGE = "11.01.01.2001", "11.01.01.2002"
REGIONS = b"""11,Aceh
11.01,Aceh Selatan
11.01.01,Bakongan
11.01.01.2001,Sukamaju
11.01.01.2002,Sukadamai
"""
START = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)


@dataclass
class Clock:
    """The time at the server; a test sets it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Station:
    """What a test needs of the server: its HTTP side as phones see it, and its database."""

    app: Flask
    clock: Clock
    tokens: dict[str, str]
    client: FlaskClient = field(init=False)
    keeps: bool = False  # whether what comes in stays in the inbox

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.app.after_request(self._process_after)

    def _process_after(self, response: Response) -> Response:
        """The tests' processor works at once, also for phones that send over a socket, and for pages that ask it to."""
        if request.method == "POST" and not self.keeps:
            if response.status_code == 201:
                self.process()
            elif response.status_code == 303:
                self.replay()
        return response

    @property
    def backend(self) -> Backend:
        found: Backend = self.app.extensions["backend"]
        return found

    @property
    def engine(self) -> Engine:
        return self.backend.engine

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.backend.settings.database_url

    def path(self, rest: str, village: str = VILLAGE) -> str:
        return f"/v1/key/{self.tokens[village]}/projects/1/{rest}"

    def get(self, rest: str, village: str = VILLAGE, headers: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.get(self.path(rest, village), headers=dict(headers or {}))

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """GET of an address that the server itself has given out."""
        return self.client.get(url.removeprefix("http://localhost"), headers=dict(headers or {}))

    def post(
        self, xml: str | bytes, files: Iterable[tuple[str, bytes]] = (), village: str = VILLAGE, *, part: bool = False
    ) -> TestResponse:
        """A submission as a phone sends it; `part` where more of its files are to come in other posts."""
        content = xml.encode() if isinstance(xml, str) else xml
        body, content_type = multipart(content, files, incomplete=part)
        return self.client.post(self.path("submission", village), data=body, content_type=content_type)

    def keep(
        self, xml: str | bytes, files: Iterable[tuple[str, bytes]] = (), village: str = VILLAGE, *, part: bool = False
    ) -> TestResponse:
        """The same where nothing is processed yet."""
        self.keeps = True
        try:
            return self.post(xml, files, village, part=part)
        finally:
            self.keeps = False

    def process(self) -> None:
        """What the processor does beside the server: works through the inbox, and tries quarantines again."""
        catch_up_all(self.engine, self.backend.cache, self.backend.settings.timezone, self.clock())
        self.replay()

    def replay(self) -> None:
        """The second of them alone."""
        zone = self.backend.settings.timezone
        while quarantine.replay_next(self.engine, self.backend.cache, zone, self.clock()):
            pass

    def send(self, xml: str | bytes, files: Iterable[tuple[str, bytes]] = (), village: str = VILLAGE) -> str:
        """A submission that is taken: the sentence of its 201."""
        answer = self.post(xml, files, village)
        assert answer.status_code == 201, answer.text
        return message_of(answer.data)

    def publish(self, markdown: str, media: Path = Path("/nowhere")) -> PlannedForm:
        with writing(self.engine) as connection:
            return publish_form(connection, workbook_bytes(markdown), in_folders([media]), self.clock(), validate=False)

    def send_all(self, sent: Iterable[str], village: str = VILLAGE) -> None:
        """The same for many, which are processed together at the end: much quicker."""
        for xml in sent:
            answer = self.keep(xml, village=village)
            assert answer.status_code == 201, answer.text
        self.process()

    def rows(self, table: str, **where: object) -> list[dict[str, Any]]:
        """The rows of a table, by its primary key."""
        return table_rows(self.engine, table, **where)

    def one(self, table: str, **where: object) -> dict[str, Any]:
        (row,) = self.rows(table, **where)
        return row

    def took_effect(self) -> dict[str, int]:
        """How many changes each entity was made of, by the id that they were sent under."""
        return Counter(row["entity_id"] for row in self.rows("entity_changes") if row["state"] in DONE)


def table_rows(engine: Engine, name: str, **where: object) -> list[dict[str, Any]]:
    """The rows of a table with these values, by its primary key; JSON and moments as the database keeps them."""
    with reading(engine) as connection:
        found = _described(connection, name)
        wanted = select(found).filter_by(**where).order_by(*found.primary_key.columns)
        return [dict(row) for row in connection.execute(wanted).mappings()]


_described_before: dict[tuple[str, str, tuple[str, ...]], Table] = {}


def _described(connection: Connection, name: str) -> Table:
    """The table as the database itself describes it. That takes long: tables that every database has, with the same
    columns, are described once a process. Those of a form have the types of its questions."""
    if name not in tables.metadata.tables:
        return Table(name, MetaData(), autoload_with=connection)
    columns = connection.execute(select(text("*")).select_from(table(name)).limit(0)).keys()
    key = connection.dialect.name, name, tuple(columns)
    if key not in _described_before:
        _described_before[key] = Table(name, MetaData(), autoload_with=connection)
    return _described_before[key]


def prepared(database_url: str) -> dict[str, str]:
    """Makes the database ready; a phone's token for each village."""
    engine = open_engine(database_url)
    with writing(engine) as connection:
        upgrade(connection)
        regions.keep(connection, read_regions(REGIONS))
        tokens = {code: phones.add(connection, code, "Bu Ani", START) for code in (VILLAGE, OTHER_VILLAGE)}
    engine.dispose()
    return tokens


def prepared_as_shipped(database_url: str) -> dict[str, str]:
    """The same with all forms and rules that come with the project, published on New Year's Day."""
    tokens = prepared(database_url)
    engine = open_engine(database_url)
    with writing(engine) as connection:
        list(publish_shipped(connection, datetime(2026, 1, 1, tzinfo=UTC)))
    engine.dispose()
    return tokens


def opened(database_url: str, folder: Path, tokens: dict[str, str], **environment: str) -> Station:
    """The server on a prepared database, with settings from `environment`."""
    given = {"SECRET_KEY": "kunci untuk uji saja", "ATTACHMENTS_URL": str(folder / "attachments"), **environment}
    clock = Clock()
    return Station(create_app(read_settings(given, database_url), clock), clock, tokens)
