"""The servers of tests/server serve the tests of the desk too."""

from __future__ import annotations

from tests.server.conftest import filled, open_station, published, station

__all__ = ["filled", "open_station", "published", "station"]
