"""Data in and out as an admin goes through it: a workbook with mistakes, mended, imported, and taken out again."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import Page

from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.register_sheets import CHILD, HOME, MOTHER, filled_in
from tests.support.station import Station


def pictures(person: Person, folder: Path, name: str) -> None:
    """Of the page on a desk and on a phone: nothing sticks out of either."""
    person.picture(folder / f"{name}.png")
    person.picture(folder / f"{name}-360.png", phone=True)


def download(page: Page, name: str, role: str, to: Path) -> Path:
    with page.expect_download() as asked:
        page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]  # a role is a literal
    asked.value.save_as(to)
    return to


def upload(page: Page, file: Path, button: str) -> None:
    page.get_by_label("Desa", exact=True).fill("Sukamaju")
    page.get_by_label("Berkas yang sudah diisi (.xlsx)").set_input_files(file)
    page.get_by_role("button", name=button).click()


def test_register__from_excel_into_the_village_and_out_again(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.page
    page.get_by_role("link", name="Meja admin").click()
    admin.to("Impor & ekspor")
    pictures(admin, tmp_path, "tukar")
    blank = download(page, "Unduh berkas kosong (Excel)", "link", tmp_path / "kosong.xlsx").read_bytes()

    broken, mended = tmp_path / "salah.xlsx", tmp_path / "betul.xlsx"
    broken.write_bytes(filled_in(blank, [{**HOME, "sumber_air": "laut"}], [{**MOTHER, "keluarga": 7}], [CHILD]))
    mended.write_bytes(filled_in(blank, [HOME], [MOTHER], [CHILD]))
    upload(page, broken, "Impor semuanya")
    assert "2 kesalahan di berkas ini" in page.get_by_role("heading", level=2).first.inner_text()
    assert "laut" in page.locator("tbody").first.inner_text()
    pictures(admin, tmp_path, "tukar-salah")
    assert browsed.rows("submissions") == [], "the mistakes are of two rows of three: none is imported"
    upload(page, mended, "Periksa dulu")
    assert "1 keluarga, 1 ibu dan 1 anak dapat diimpor" in page.get_by_role("status").inner_text()
    upload(page, mended, "Impor semuanya")
    assert "Masih 1 isian" in page.get_by_role("status").inner_text()
    pictures(admin, tmp_path, "tukar-diolah")
    browsed.process()
    page.get_by_text("Selesai: 1 keluarga diterima dan diolah.").wait_for()  # the page looks again by itself
    pictures(admin, tmp_path, "tukar-selesai")
    page.get_by_role("link", name="Lihat daftar warganya").click()
    page.get_by_role("link", name="Siti").first.wait_for()

    admin.open("/admin/tukar")
    page.get_by_label("Wilayah, sampai desa; kosong untuk semuanya").fill("Sukamaju")
    out = download(page, "Unduh Excel", "button", tmp_path / "warga.xlsx")
    assert [row[3] for row in openpyxl.load_workbook(out)["Keluarga"].values] == ["nama_kepala", "Budi"]
    page.get_by_label("Yang diekspor").select_option("formulir:peta_sosial")
    download(page, "Unduh CSV", "button", tmp_path / "jawaban.zip")
    assert (tmp_path / "jawaban.zip").read_bytes().startswith(b"PK")
    admin.to("Catatan kegiatan")
    noted = page.locator("tbody").inner_text()
    assert "mengimpor daftar warga" in noted and "mengekspor data" in noted
