"""Accounts as people go through them: an admin invites and changes, the invited set a password; many at once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
from playwright.sync_api import Page

from server.accounts import users
from server.accounts.users import User
from server.database.engine import writing
from server.villages import regions
from server.villages.region_file import read_regions
from tests.support.browsing import Browsing, Person
from tests.support.members import PASSWORD, QUICK, open_account
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station

FAR = "12.01.01.2001"
ELSEWHERE = f"12,Sumatera Utara\n12.01,Tapanuli Tengah\n12.01.01,Barus\n{FAR},Kedai Gadang\n".encode()


def pictures(person: Person, folder: Path, name: str) -> None:
    """Of the page on a desk and on a phone: nothing sticks out of either."""
    person.picture(folder / f"{name}.png")
    person.picture(folder / f"{name}-360.png", phone=True)


def invite(page: Page, email: str, name: str, role: str, region: str) -> None:
    page.get_by_role("link", name="Undang orang", exact=True).click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Nama", exact=True).fill(name)
    page.get_by_label("Peran").select_option(label=role)
    page.get_by_label("Wilayah").fill(region)
    page.get_by_role("button", name="Buat tautan undangan").click()


def test_invitation__from_the_admin_to_the_kpm_and_back(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    with writing(browsed.engine) as connection:
        for number, role in enumerate(("kpm", "village_head", "kpm")):
            asked = User(f"orang{number}@desa.id", f"Orang {number}", role, (VILLAGE, OTHER_VILLAGE)[number % 2])
            users.add(connection, asked, None if number else PASSWORD, browsed.clock(), QUICK)
        users.close(connection, "orang2@desa.id", browsed.clock())
    page = admin.page
    page.get_by_role("link", name="Meja admin").click()
    admin.to("Akun")
    pictures(admin, tmp_path, "akun")

    invite(page, "ani@sukamaju.desa.id", "Ani Contoh", "Kader pembangunan manusia (KPM)", "Sukamajuu")
    assert "tidak ada di daftar wilayah Anda" in page.get_by_role("alert").inner_text()
    pictures(admin, tmp_path, "akun-baru-salah")
    page.get_by_label("Wilayah").fill("Sukamaju")
    page.get_by_role("button", name="Buat tautan undangan").click()
    link = page.locator("p.copy").inner_text()
    pictures(admin, tmp_path, "akun-tautan")

    ani = browsing.person(phone=True)
    ani.page.goto(link)
    pictures(ani, tmp_path, "undangan")
    for label in ("Kata sandi baru, 10 huruf atau lebih", "Kata sandi baru, sekali lagi"):
        ani.page.get_by_label(label).fill(PASSWORD)
    ani.page.get_by_role("button", name="Pasang dan masuk").click()
    ani.page.get_by_role("link", name="Ani Contoh").wait_for()
    answer = ani.page.goto(link)
    assert answer is not None and answer.status == 404

    page.get_by_role("link", name="Ke akunnya").click()
    pictures(admin, tmp_path, "akun-satu")
    page.get_by_label("Peran").select_option(label="Kepala desa")
    page.get_by_role("button", name="Simpan").click()
    assert "Perubahan akun disimpan" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Tutup akun ini").click()
    assert "Akun ditutup" in page.get_by_role("status").inner_text()
    assert ani.open("/sandi").url.startswith(f"{ani.base}/masuk")
    page.get_by_role("button", name="Buka kembali akun ini").click()
    page.get_by_role("link", name="Apa yang dilihat dan diubahnya").click()
    assert "memasang kata sandi lewat tautan" in page.locator("tbody").inner_text()
    page.get_by_label("Siapa: nama atau email").fill("")
    page.locator("select[name=jenis]").select_option(label="– menutup akun")
    page.get_by_role("button", name="Cari").click()
    assert page.locator("tbody tr").count() == 1
    page.locator("select[name=jenis]").select_option(label="semua kegiatan")
    page.get_by_role("button", name="Cari").click()
    pictures(admin, tmp_path, "catatan")


def test_account__of_the_own_region_alone_is_moved_given_a_new_password_and_seen_in_the_log(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    with writing(browsed.engine) as connection:
        regions.keep(connection, read_regions(ELSEWHERE))
        users.add(connection, User("jauh@desa.id", "Orang Jauh", "kpm", FAR), PASSWORD, browsed.clock(), QUICK)
    kpm = browsing.person(open_account(browsed, "kpm").email, phone=True)
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/akun")
    assert "Nama kpm" in page.locator("tbody").inner_text()
    assert "Orang Jauh" not in page.locator("tbody").inner_text()
    page.get_by_role("link", name="Nama kpm").click()
    page.get_by_label("Wilayah").fill("Kedai Gadang")
    page.get_by_role("button", name="Simpan").click()
    assert "tidak ada di daftar wilayah Anda" in page.get_by_role("alert").inner_text()
    page.get_by_label("Wilayah").fill("Sukadamai")
    page.get_by_role("button", name="Simpan").click()
    assert "Perubahan akun disimpan" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Buat tautan kata sandi").click()
    link = page.locator("p.copy").inner_text()
    pictures(admin, tmp_path, "akun-sandi")

    kpm.page.goto(link)
    for label in ("Kata sandi baru, 10 huruf atau lebih", "Kata sandi baru, sekali lagi"):
        kpm.page.get_by_label(label).fill(PASSWORD)
    kpm.page.get_by_role("button", name="Pasang dan masuk").click()
    kpm.open(f"/desa/{VILLAGE}/sasaran")
    kpm.page.get_by_text("di luar wilayah akun Anda").wait_for()
    kpm.open(f"/desa/{OTHER_VILLAGE}/sasaran")
    admin.open("/admin/catatan")
    page.get_by_label("Siapa: nama atau email").fill("Nama kpm")
    page.locator("select[name=jenis]").select_option(label="Melihat nama warga")
    page.get_by_role("button", name="Cari").click()
    seen = [" ".join(row.inner_text().split()) for row in page.locator("tbody tr").all()]
    assert any("membuka halaman sasaran" in line and "Sukadamai" in line for line in seen)
    assert all("Nama kpm" in line for line in seen)
    pictures(admin, tmp_path, "catatan-dilihat")


def test_list__downloaded_filled_wrongly_mended_and_made(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/akun")
    page.get_by_role("link", name="Banyak sekaligus, dari Excel").click()
    pictures(admin, tmp_path, "daftar")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh daftar kosong (Excel)").click()
    book = openpyxl.load_workbook(BytesIO(download.value.path().read_bytes()))
    sheet = book["daftar"]
    for number in range(1, 7):
        place = ("Sukamaju, Bakongan (11.01.01.2001)", "Sukadamai")[number % 2]
        sheet.append([f"KPM Contoh {number}", place, "KPM", f"kpm{number}@contoh.desa.id", "ya"])
    sheet["B3"], sheet["C4"], sheet["D5"] = "Sukadamaj", "kader", "kpm1@contoh.desa.id"

    def upload(button: str) -> None:
        out = BytesIO()
        book.save(out)
        file = {"name": "daftar.xlsx", "mimeType": "application/octet-stream", "buffer": out.getvalue()}
        page.get_by_label("Daftar yang sudah diisi (.xlsx)").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name=button).click()

    upload("Buat semuanya")
    assert [row.inner_text().split()[:3] for row in page.locator("tbody tr").all()] == [
        ["daftar", "·", "B3"],
        ["daftar", "·", "C4"],
        ["daftar", "·", "D5"],
    ]
    pictures(admin, tmp_path, "daftar-salah")
    sheet["B3"], sheet["C4"], sheet["D5"] = "Sukadamai", "KPM", "kpm4@contoh.desa.id"
    upload("Periksa dulu")
    assert "6 akun dan 6 HP dapat dibuat" in page.get_by_role("status").inner_text()
    upload("Buat semuanya")
    assert page.locator(".cards li").count() == 12
    pictures(admin, tmp_path, "kartu")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 733, "height": 1060})  # A4 without its margins
    page.screenshot(path=tmp_path / "kartu-cetak.png", full_page=True)
    boxes = [card.bounding_box() for card in page.locator(".cards li").all()]
    assert {round(box["height"]) for box in boxes if box} == {261}  # 69 mm
    assert len({box["x"] for box in boxes if box}) == 2
    page.pdf(path=tmp_path / "kartu.pdf", prefer_css_page_size=True)
