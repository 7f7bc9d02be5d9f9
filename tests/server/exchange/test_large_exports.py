"""Exports of a whole region: whatever their length, a village at a time is in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pytest
from sqlalchemy import insert

from forms.sheets_out.tables import Sheet
from server.database.engine import reading, writing
from server.database.tables import submissions, villages
from server.exchange import files
from server.exchange.answers import answer_sheets, answers_of
from server.exchange.scope import Scope
from tests.support.station import START, Station

VILLAGES, EACH = 40, 500
MOST = 12 * 1024 * 1024  # bytes; all rows at once would take some 60 MB


@pytest.fixture
def large(published: Station) -> Station:
    """20,000 visits, as many in each village."""
    with reading(published.engine) as connection:
        main = answers_of(connection, "kunjungan_rumah").tables[""]
    with writing(published.engine) as connection:
        for number in range(VILLAGES):
            code = f"11.01.{2 + number // 4:02}.{2001 + number}"
            keys = [{"village_id": code, "instance_id": f"uuid:{number}-{one}", "seq": one} for one in range(EACH)]
            connection.execute(insert(villages), {"village_id": code, "seq": EACH, "to_rebuild": False})
            more = {"sending_village": code, "order_key": "", "tanggal": date(2026, 2, 1), "masih_kurang": "x" * 200}
            connection.execute(insert(main), [{**key, **more} for key in keys])
            sent = {"received_at": START, "phone": "x", "body": b"", "state": "accepted", "expected_files": []}
            connection.execute(insert(submissions), [{**key, **sent, "sha256": key["instance_id"]} for key in keys])
    return published


def test_memory__does_not_grow_with_the_region(large: Station) -> None:
    assert lines_and_peak(large, "11.01", lambda sheets: files.csv_file(sheets[0])) == VILLAGES * EACH + 1


def test_memory__does_not_grow_with_a_workbook(large: Station) -> None:
    assert lines_and_peak(large, "11.01.02", files.workbook_file) >= 0


def lines_and_peak(station: Station, region: str, make: Callable[[Sequence[Sheet]], Iterator[bytes]]) -> int:
    """How many line ends go out; fails where more than MOST is in memory meanwhile."""
    with reading(station.engine) as connection:
        tables = answers_of(connection, "kunjungan_rumah")
    sheets = answer_sheets(station.engine, tables, Scope(region, station.backend.settings.timezone))
    tracemalloc.start()
    lines = sum(portion.count(b"\r\n") for portion in make(sheets))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST, f"{peak / 1024 / 1024:.1f} MB"
    return lines
