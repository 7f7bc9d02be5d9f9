"""What is long: an import that is processed for a while, and lists that the server sorts and hands out by the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from server.accounts import users
from server.accounts.users import User
from server.database.engine import writing
from server.phones import phones
from tests.support.browsing import Browsing, Person
from tests.support.members import QUICK, open_account
from tests.support.register_sheets import HOME, filled_in
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped

HOMES = 60


@pytest.fixture
def admin(browsed: Station, browsing: Browsing) -> Person:
    return browsing.person(open_account(browsed, "admin", "11.01").email)


def test_import__shows_how_far_it_is__and_its_submissions_fill_pages_that_the_server_sorts(
    browsed: Station, admin: Person, tmp_path: Path
) -> None:
    browsed.send(mapped(new_id(), head="Tetangga"), village=OTHER_VILLAGE)
    page = admin.open("/admin/tukar")
    with page.expect_download() as asked:
        page.get_by_role("link", name="Unduh berkas kosong (Excel)").click()
    homes = [{**HOME, "keluarga": number, "nama_kepala": f"Budi {number:02}"} for number in range(1, HOMES + 1)]
    file = tmp_path / "warga.xlsx"
    file.write_bytes(filled_in(asked.value.path().read_bytes(), homes))
    page.get_by_label("Desa", exact=True).fill("Sukamaju")
    page.get_by_label("Berkas yang sudah diisi (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Impor semuanya").click()
    assert done(page) == (0, HOMES)
    assert f"Masih {HOMES} isian yang menunggu diolah" in page.get_by_role("status").inner_text()
    admin.picture(tmp_path / "impor.png")
    admin.picture(tmp_path / "impor-360.png", phone=True)
    browsed.process()
    page.get_by_text(f"Selesai: {HOMES} keluarga diterima dan diolah.").wait_for()  # the page looks again by itself

    page.get_by_role("link", name="Lihat kirimannya").click()
    assert rows(page) == 50
    page.get_by_role("link", name="Berikutnya").click()
    assert rows(page) == HOMES - 50
    page = admin.open("/admin/kiriman")
    sort(page, "Desa, KPM")
    assert "Sukamaju" in first(page)
    sort(page, "Desa, KPM, urutkan sebaliknya")
    assert "Sukadamai" in first(page) and rows(page) == 50
    page.get_by_role("link", name="Berikutnya").click()
    assert "Sukamaju" in first(page) and rows(page) == HOMES + 1 - 50


def done(page: Page) -> tuple[int, int]:
    """What the bar says: so many of so many."""
    bar = page.locator("progress")
    return int(bar.get_attribute("value") or -1), int(bar.get_attribute("max") or -1)


def rows(page: Page) -> int:
    return page.locator("tbody tr").count()


def first(page: Page) -> str:
    return page.locator("tbody tr").first.inner_text()


def sort(page: Page, column: str) -> None:
    page.locator("thead").get_by_role("link", name=column, exact=True).click()


def test_accounts_and_phones__are_sorted_before_they_are_cut_into_pages(browsed: Station, admin: Person) -> None:
    with writing(browsed.engine) as connection:
        for number in range(60):
            user = User(f"orang{number}@desa.id", f"Orang {number:02}", "kpm", VILLAGE)
            users.add(connection, user, None, START, QUICK)
            phones.add(connection, VILLAGE, f"Bu Contoh {number:02}", START)
    for path, column, name, everybody in (("/admin/akun", "Nama", "Orang", 61), ("/admin/hp", "KPM", "Bu Contoh", 62)):
        page = admin.open(path)
        sort(page, column)
        sort(page, f"{column}, urutkan sebaliknya")
        assert f"{name} 59" in first(page) and rows(page) == 50
        page.get_by_role("link", name="Berikutnya").click()
        assert rows(page) == everybody - 50
        assert f"{name} 00" in page.locator("tbody").inner_text()
