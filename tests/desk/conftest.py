"""Servers for the tests of the desk, with what phones have sent."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.support.databases import Databases, ready
from tests.support.sent_forms import fill, picture
from tests.support.station import Station, opened
from tests.support.village_forms import prepared_with_forms


@pytest.fixture
def sent(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    """A village with submissions of all kinds (tests/support/sent_forms.py), on each kind of database."""

    def recipe(url: str) -> dict[str, str]:
        tokens = prepared_with_forms(url)
        station = opened(url, tmp_path, tokens)
        fill(station)
        station.engine.dispose()
        return tokens

    url, tokens = ready(databases, recipe)
    station = opened(url, tmp_path, tokens)
    for photo in (picture(), picture(160, 60, 50)):
        station.backend.attachments.keep("foto.png", "image/png", BytesIO(photo))
    yield station
    station.engine.dispose()
