"""A district of 300 villages and four quarters: the pages of a village's card are quick, light, and soon to be seen."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser
from sqlalchemy import delete

from server.database.engine import writing
from server.database.tables import regions, villages
from tests.bench.copies import code_of, fill_with_cards
from tests.server.entities.test_lists_of_a_district import QUICK, tried
from tests.support.browsing import PHONE, browsing_on
from tests.support.station import Station, opened, prepared_as_shipped

VILLAGES = 300
HEAVIEST = 30_000  # bytes, as they go out
FIRST_VIEW = 2.0  # seconds
HOME = f"/desa/{code_of(150)}"
# Chromium's "Slow 3G": milliseconds, and bytes a second.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("kabupaten")
    url = f"sqlite:///{folder}/uji.db"
    tokens = prepared_as_shipped(url)
    made = opened(url, folder, tokens)
    made.clock.now = datetime(2025, 12, 31, 2, 30, tzinfo=UTC)
    with writing(made.engine) as connection:  # its two villages make room for those of the district
        connection.execute(delete(regions).where(regions.c.code.like("11.01.%.%")))
        connection.execute(delete(villages))
    fill_with_cards(made.engine, VILLAGES)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("end", ["", "/2025-Q4/dusun", "/2025-Q4/angka/a2", "/2025-Q4/angka/rumah-lengkap"])
def test_pages_of_a_card_weigh_little(district: Station, end: str) -> None:
    first = district.client.get(HOME + end)
    assert first.status_code == 200 and "Dusun" in first.text
    assert len(gzip.compress(first.data, 6)) < HEAVIEST


@pytest.mark.parametrize("path", [HOME, f"{HOME}/2025-Q2"])
def test_a_village_page_is_served_in_20_ms(district: Station, path: str) -> None:
    assert district.client.get(path).status_code == 200
    took, worked = tried(lambda: district.client.get(path))
    assert took < QUICK and worked < QUICK, (path, took, worked)


def test_on_slow_3g_the_card_is_seen_within_2_seconds(district: Station, chromium_of_run: Browser) -> None:
    with browsing_on(chromium_of_run, district.app) as people:
        page = people.browser.new_page(viewport=PHONE)  # type: ignore[arg-type] # two libraries' words for one thing
        page.goto(people.base + "/masuk")  # the browser itself is awake
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_3G)
        page.goto(people.base + HOME)
        seen = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        assert 400 < seen < 1000 * FIRST_VIEW, seen
