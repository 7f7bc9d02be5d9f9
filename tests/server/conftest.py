"""Servers for the tests of this folder, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path

import pytest

from tests.support.databases import Databases, Recipe, ready
from tests.support.killing import with_forms
from tests.support.postgres import Cluster, join_cluster
from tests.support.station import Station, opened, prepared
from tests.support.village_forms import prepared_with_forms

Open = Callable[..., Station]
Fill = Callable[[Station], None]
Filled = Callable[[Fill], Station]


@pytest.fixture
def open_station(databases: Databases, tmp_path: Path) -> Iterator[Open]:
    """Opens the server, as often as a test likes, on one prepared database; keywords are settings."""
    with _opening(databases, prepared, tmp_path) as open_one:
        yield open_one


@pytest.fixture
def station(open_station: Open) -> Station:
    """The server with its usual settings."""
    return open_station()


@pytest.fixture
def published(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    """The same with the shipped forms about mothers and children, and the rules of the score."""
    with _opening(databases, prepared_with_forms, tmp_path) as open_one:
        yield open_one()


@pytest.fixture
def filled(databases: Databases, tmp_path: Path) -> Iterator[Filled]:
    """Opens the server with what a function of the test's module puts into it. The function is called once a run, so
    that whatever the tests look for in there has the same name in every process: no new_id() of the module."""
    with ExitStack() as stations:

        def open_filled(fill: Fill) -> Station:
            @wraps(fill)
            def recipe(url: str) -> dict[str, str]:
                tokens = prepared(url)
                station = opened(url, tmp_path, tokens)
                fill(station)
                station.engine.dispose()
                return tokens

            return stations.enter_context(_opening(databases, recipe, tmp_path))()

        yield open_filled


@contextmanager
def _opening(databases: Databases, recipe: Recipe, folder: Path) -> Iterator[Open]:
    url, tokens = ready(databases, recipe)
    stations: list[Station] = []

    def open_one(**environment: str) -> Station:
        stations.append(opened(url, folder, tokens, **environment))
        return stations[-1]

    yield open_one
    for station in stations:
        station.engine.dispose()


@pytest.fixture(scope="session")
def durable_postgres(run_folder: Path) -> Iterator[Cluster]:
    """A PostgreSQL that writes to the disk before it says that it has."""
    cluster = join_cluster(run_folder, durable=True)
    yield cluster
    cluster.leave()


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Station]]:
    """A database of each kind with the small forms, by its URL and as the test looks into it."""
    if request.param == "sqlite":
        station = with_forms(f"sqlite:///{tmp_path}/uji.db", tmp_path)
        yield station.url, station
        station.engine.dispose()
        return
    cluster: Cluster = request.getfixturevalue("durable_postgres")
    station = with_forms(cluster.create_database(), tmp_path)
    yield station.url, station
    station.engine.dispose()
    cluster.drop_database(station.url)
