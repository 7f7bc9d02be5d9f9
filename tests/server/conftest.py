"""Servers for the tests of this folder, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.station import Station, opened, prepared

Open = Callable[..., Station]


@pytest.fixture
def open_station(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the server, as often as a test likes, on one prepared database; keywords are settings."""
    tokens = prepared(database_url)
    stations: list[Station] = []

    def open_one(**environment: str) -> Station:
        stations.append(opened(database_url, tmp_path, tokens, **environment))
        return stations[-1]

    yield open_one
    for station in stations:
        station.engine.dispose()


@pytest.fixture
def station(open_station: Open) -> Station:
    """The server with its usual settings."""
    return open_station()
