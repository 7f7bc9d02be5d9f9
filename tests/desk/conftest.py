"""Servers for the tests of the desk, with what phones have sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases, ready
from tests.support.sent_forms import fill
from tests.support.station import Station, opened
from tests.support.village_forms import prepared_with_forms


@pytest.fixture
def sent(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    """A village with submissions of all kinds (tests/support/sent_forms.py), on each kind of database."""
    url, tokens = ready(databases, prepared_with_forms)
    station = opened(url, tmp_path, tokens)
    fill(station)
    yield station
    station.engine.dispose()
