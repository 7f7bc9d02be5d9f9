"""A running quarter on every page that shows a level: how much of its month has been visited, from its first day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from server.cards.seen import SETTING
from tests.server.pages.test_people_pages import HOME, read
from tests.support.members import member
from tests.support.papers import papers_as_pages
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, publish_shipped, visited

QUARTER = f"{HOME}/2026-Q1"
PAGES = (QUARTER, f"{QUARTER}/rapat.pdf", f"{QUARTER}/berkas.html", f"{QUARTER}/formulir-4", "/wilayah/11.01.01")
FIRST_DAY = datetime(2026, 2, 28, 17, 30, tzinfo=UTC)  # 1 March in Jakarta


@pytest.fixture
def seen(station: Station) -> Iterator[Station]:
    """Three children, two of whom were visited on 3 March, and one who left in January."""
    publish_shipped(station)
    children = [new_id() for _ in range(3)]
    station.send(mapped(new_id(), day="2026-01-05", children=[(one, {"nama": "Ali"}) for one in children]))
    for child in children[:2]:
        station.send(visited(child, day="2026-03-03", timbang="ya"))
    gone = new_id()
    born = {"nama": "Tua", "tanggal_lahir": "2024-01-20"}
    station.send(mapped(new_id(), day="2026-01-05", children=[(gone, born)]))
    with papers_as_pages():
        yield station


def told(station: Station, path: str, at: datetime) -> str:
    station.clock.now = at
    if path.startswith("/wilayah"):
        read(station.client, HOME)  # counts the village's card; the region's page counts none
    return read(station.client, path)


@pytest.mark.parametrize("path", PAGES)
def test_level__says_how_many_were_visited_in_its_month(seen: Station, path: str) -> None:
    begun = "Maret 2026 baru mulai (hari ke-1): 0 dari 3 ibu dan anak sudah dikunjungi bulan ini."
    assert begun in told(seen, path, FIRST_DAY)
    assert "2 dari 3 ibu dan anak sudah dikunjungi bulan ini." in told(seen, path, datetime(2026, 3, 10, tzinfo=UTC))
    assert "bulan ini. Yang lain" not in told(seen, path, datetime(2026, 3, 31, 3, tzinfo=UTC))  # the last day


def test_list_and_poster__say_it_without_counts(seen: Station) -> None:
    assert "sebagian besar kunjungan bulan ini belum sampai" in told(seen, "/", FIRST_DAY)
    assert "sebagian besar kunjungan" not in told(seen, "/?triwulan=2025-Q4", FIRST_DAY)
    assert "Maret baru hari ke-1, masih dapat naik" in told(seen, f"{QUARTER}/poster.pdf", FIRST_DAY)


def test_number__opens_to_who_was_visited(seen: Station) -> None:
    seen.clock.now = datetime(2026, 3, 10, tzinfo=UTC)
    kpm = member(seen)
    page = read(kpm, f"{QUARTER}/angka/bulan-ini")
    assert "1 T, belum dikunjungi 2 Y, sudah dikunjungi 1 TS, bukan sasaran lagi" in page
    assert page.count("Ali") == 3 and page.count("Tua") == 1
    assert "2 dari 3 ibu dan anak sudah dikunjungi." in told(
        seen, "/wilayah/11.01.01/2026-Q1/angka/bulan-ini", seen.clock.now
    )


def test_small_counts_hidden__the_month_is_said_as_the_card_tells_it(seen: Station) -> None:
    seen.app.config[SETTING] = True
    page = told(seen, QUARTER, datetime(2026, 3, 10, tzinfo=UTC))
    assert "<3 dari 3 ibu dan anak sudah dikunjungi bulan ini." in page
    opened = read(seen.client, f"{QUARTER}/angka/bulan-ini")
    assert "<3 Y, sudah dikunjungi" in opened
    assert "Ali" not in opened
    card = seen.client.get(f"{QUARTER}.json").json
    assert card["this_month"]["children"] == {"targets": 3, "monitored": "<3"}
    assert card["village"]["code"] == VILLAGE
