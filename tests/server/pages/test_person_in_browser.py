"""The page of a mother or child in Chromium, on a narrow phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.server.pages.test_people_pages import HOME
from tests.server.pages.test_person_care import a_child, tikar
from tests.support.browsing import browsing_on
from tests.support.members import open_account
from tests.support.station import Station, opened
from tests.support.village_forms import measured, prepared_with_forms

LABEL = "(cell) => getComputedStyle(cell, '::before').content"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    url = f"sqlite:///{tmp_path}/uji.db"
    made = opened(url, tmp_path, prepared_with_forms(url))
    yield made
    made.engine.dispose()


def test_on_a_phone_each_measure_stands_behind_its_name(
    station: Station, tmp_path: Path, chromium_of_run: Browser
) -> None:
    child = a_child(station)
    station.send(measured(child, day="2026-01-20", berat="7.0", panjang="64.0", posisi="baring"))
    station.send(measured(child, day="2026-03-02", **tikar("merah")))
    with browsing_on(chromium_of_run, station.app) as browsing:
        kpm = browsing.person(open_account(station).email, phone=True)
        page = kpm.open(f"{HOME}/sasaran/{child}")
        for table, measure in zip(page.locator("section.growth table").all(), ("Panjang", "Berat"), strict=True):
            assert not table.locator("thead").is_visible() or table.locator("thead").bounding_box()["x"] < 0
            shown = [cell.evaluate(LABEL) for cell in table.locator("tr").nth(1).locator("td").all()]
            assert shown == ['"Tanggal"', f'"{measure}"', '"Angka z"']
        kpm.picture(tmp_path / "anak-360.png", phone=True)
