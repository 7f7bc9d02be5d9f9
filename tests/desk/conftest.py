"""Servers for the tests of the desk: those of tests/server, and one with what phones have sent."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.server.conftest import filled, open_station, published, station
from tests.support.databases import Databases, ready
from tests.support.sent_forms import fill, picture
from tests.support.station import Station, opened
from tests.support.village_forms import prepared_with_forms

__all__ = ["filled", "open_station", "published", "sent", "station"]


@pytest.fixture
def sent(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    """A village with submissions of all kinds (tests/support/sent_forms.py), on each kind of database."""

    def recipe(url: str) -> dict[str, str]:
        tokens = prepared_with_forms(url)
        made = opened(url, tmp_path, tokens)
        fill(made)
        made.engine.dispose()
        return tokens

    url, tokens = ready(databases, recipe)
    made = opened(url, tmp_path, tokens)
    for photo in (picture(), picture(160, 60, 50)):
        made.backend.attachments.keep("foto.png", "image/png", BytesIO(photo))
    yield made
    made.engine.dispose()
