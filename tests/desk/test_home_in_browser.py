"""The list of villages as a village head and somebody of the district use it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from aggregate.scorecard.refresh import refresh
from server.database.engine import writing
from server.phones import phones
from server.villages import regions
from server.villages.region_file import read_regions
from tests.support.browsing import Browsing
from tests.support.members import open_account
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, visited

MUARA, LEMBAH = "11.01.02.2001", "11.02.01.2001"
MORE_REGIONS = f"""11,Aceh
11.01,Aceh Selatan
11.01.02,Kluet Utara
{MUARA},Muara
11.02,Aceh Tenggara
11.02.01,Lawe Alas
{LEMBAH},Lembah
"""
GOT = dict.fromkeys(
    ("timbang", "imunisasi_dasar", "konseling_ibu", "pengasuhan", "air_minum_anak", "jamban_anak"), "ya"
)


@pytest.fixture
def district(browsed: Station) -> Station:
    """Two kabupaten. This quarter Sukamaju and Lembah have reported; Muara did in the one before
    alone, Sukadamai never."""
    with writing(browsed.engine) as connection:
        regions.keep(connection, read_regions(MORE_REGIONS.encode()))
        for code in (MUARA, LEMBAH):
            browsed.tokens[code] = phones.add(connection, code, "Bu Ani", browsed.clock.now)
    for code, day, answers in (
        (MUARA, "2025-11-20", GOT),
        (VILLAGE, "2026-03-02", GOT),
        (LEMBAH, "2026-03-05", {**GOT, "timbang": "tidak", "imunisasi_dasar": "tidak"}),
    ):
        browsed.clock.now = datetime.fromisoformat(f"{day}T02:00:00+00:00").astimezone(UTC)
        child = new_id()
        browsed.send(mapped(new_id(), day=day, no_kk="", children=[(child, {"nama": "Ali"})]), village=code)
        browsed.send(visited(child, day=day, status_gizi="baik", **answers), village=code)
    browsed.clock.now = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    refresh(browsed.engine, browsed.clock.now.date())  # as every night
    return browsed


def test_village_head__sees_the_kecamatan_first__finds_another_village__and_opens_the_card_of_a_quarter(
    district: Station, browsing: Browsing, tmp_path: Path
) -> None:
    head = browsing.person(open_account(district, "village_head").email, phone=True)
    head.page.get_by_role("link", name="Semua desa").first.click()
    head.picture(tmp_path / "desa-360.png", phone=True)
    assert listed(head.page) == ["Sukadamai", "Sukamaju"]
    assert "belum pernah melapor" in line(head.page, "Sukadamai")
    assert "terakhir 2 Mar 2026" in line(head.page, "Sukamaju")

    head.page.get_by_role("link", name="Semua wilayah").click()
    choose(head.page, cari="mua")
    assert listed(head.page) == ["Muara"]
    assert "belum melapor, terakhir 20 Nov 2025" in line(head.page, "Muara")
    choose(head.page, triwulan="2025-Q4")
    assert listed(head.page) == ["Muara"], "the search stays"
    assert "33,3%" in line(head.page, "Muara")
    head.page.get_by_role("link", name="Muara").click()
    head.page.get_by_role("heading", name="Muara").wait_for()
    assert head.page.url.endswith(f"/desa/{MUARA}/2025-Q4")

    head.page.get_by_role("link", name="Semua desa").first.click()
    assert listed(head.page) == ["Sukadamai", "Sukamaju"]


def test_officer_of_a_kabupaten__sees_what_it_comes_to__and_who_needs_help_first(
    district: Station, browsing: Browsing, tmp_path: Path
) -> None:
    officer = browsing.person(open_account(district, "district", "11.01").email)
    page = officer.open("/")
    officer.picture(tmp_path / "kabupaten.png")
    assert listed(page) == ["Sukadamai", "Sukamaju", "Muara"]
    assert total(page, "Aceh Selatan") == "33,3% kurang 2 dari 3 desa belum melapor"
    assert total(page, "Kecamatan Bakongan") == "66,7% sedang 1 dari 2 desa belum melapor"

    choose(page, urut="lapor")
    assert listed(page) == ["Sukadamai", "Muara", "Sukamaju"]
    page.get_by_role("link", name="Semua wilayah").click()
    choose(page, urut="skor")
    officer.picture(tmp_path / "skor-360.png", phone=True)
    assert listed(page) == ["Muara", "Lembah", "Sukamaju", "Sukadamai"], "0% stands on top, no score at the end"
    choose(page, urut="nama")
    assert listed(page) == ["Sukadamai", "Sukamaju", "Muara", "Lembah"]
    page.get_by_role("link", name="Wilayah saya").click()
    assert listed(page) == ["Sukadamai", "Sukamaju", "Muara"]


def choose(page: Page, **asked: str) -> None:
    """Fills in what is above the list, and has it shown."""
    for name, value in asked.items():
        field = page.locator(f".choose [name={name}]")
        if name == "cari":
            field.fill(value)
        else:
            field.select_option(value)
    page.get_by_role("button", name="Tampilkan").click()
    page.wait_for_load_state()


def listed(page: Page) -> list[str]:
    """The villages as they stand below each other."""
    return page.locator(".villages a > span:first-child b").all_inner_texts()


def line(page: Page, village: str) -> str:
    return page.locator(".villages a", has_text=village).inner_text()


def total(page: Page, region: str) -> str:
    """What stands under the name of a kabupaten or kecamatan."""
    section = page.locator("section", has=page.get_by_role("heading", name=region, exact=False)).first
    return " ".join(section.locator("p").first.inner_text().split())
