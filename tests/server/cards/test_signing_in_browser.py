"""A quarter is signed: the village head at a browser, somebody with the paper's code at another, and a late visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.server.cards.test_signing import late_visit, with_village
from tests.support.browsing import browsing_on
from tests.support.members import open_account
from tests.support.station import VILLAGE, Station, opened, prepared


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    url = f"sqlite:///{tmp_path}/uji.db"
    made = opened(url, tmp_path, prepared(url))
    yield with_village(made)
    made.engine.dispose()


def test_signed__scanned__and_changed(station: Station, tmp_path: Path, chromium_of_run: Browser) -> None:
    with browsing_on(chromium_of_run, station.app) as browsing:
        head = browsing.person(open_account(station, "village_head").email, phone=True)
        page = head.open(f"/desa/{VILLAGE}/2026-Q1")
        page.get_by_role("link", name="Tanda tangani", exact=True).click()
        head.picture(tmp_path / "tanda-tangan.png")
        head.picture(tmp_path / "tanda-tangan-360.png", phone=True)
        page.get_by_label("Nama", exact=True).nth(1).fill("Bu Kader Contoh")
        page.get_by_label("Saya sudah memeriksa angkanya").check()
        page.get_by_role("button", name="Tanda tangani Formulir 4").click()
        page.get_by_text("Kode periksa").wait_for()
        head.picture(tmp_path / "formulir-4.png")
        head.picture(tmp_path / "formulir-4-360.png", phone=True)

        code = station.one("signed_reports")["check_code"]
        anybody = browsing.person(phone=True)
        found = anybody.open(f"/periksa/{code}")
        assert found.get_by_text("Angkanya tidak berubah sampai hari ini.").is_visible()
        assert "Sukamaju" in found.locator("main").inner_text()
        anybody.picture(tmp_path / "periksa-360.png", phone=True)

        late_visit(station)
        found.reload()
        row = found.get_by_role("row").filter(has_text="Tingkat konvergensi (diterima)")
        assert row.get_by_role("cell").all_inner_texts()[-2:] == ["4", "8"]
        anybody.picture(tmp_path / "periksa-berubah.png")
        village = anybody.open(f"/desa/{VILLAGE}/2026-Q1")
        assert "angka berubah sejak itu." in village.locator("#formulir-4").inner_text()
        typed = anybody.open("/periksa")
        typed.get_by_label("Kode periksa di kertas").fill(code.lower())
        typed.get_by_role("button", name="Periksa").click()
        assert typed.url.endswith(f"/periksa/{code}")
        unknown = anybody.open("/periksa/0000-0000-0000")
        assert "Tidak ada laporan dengan kode" in unknown.get_by_role("alert").inner_text()
