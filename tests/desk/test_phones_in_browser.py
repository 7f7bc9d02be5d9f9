"""KPMs, phones, regions and the monthly digest as an admin goes through them, with a phone that sends."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from server.database.engine import writing
from server.database.tables import phones as table
from server.phones import phones
from server.villages import officers
from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.phone_http import multipart
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import mapped

PRACTICE = "11.01.99.2999"


def pictures(person: Person, folder: Path, name: str) -> None:
    """Of the page on a desk and on a phone: nothing sticks out of either."""
    person.picture(folder / f"{name}.png")
    person.picture(folder / f"{name}-360.png", phone=True)


def send(station: Station, token: str, xml: str) -> int:
    body, content_type = multipart(xml.encode(), [], incomplete=False)
    address = f"/v1/key/{token}/projects/1/submission"
    answer = station.client.post(address, data=body, content_type=content_type)
    return answer.status_code


def test_phones__one_that_is_refused_is_replaced_and_loses_nothing(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    with writing(browsed.engine) as connection:
        long_ago = {"seen_at": START - timedelta(days=45)}
        connection.execute(update(table).where(table.c.village_id == VILLAGE).values(**long_ago))
        officers.elect(connection, VILLAGE, "Bu Ani", START.date() - timedelta(days=300), START.date())
    old = browsed.tokens[VILLAGE]
    assert browsed.client.post(f"/v1/key/{old}/projects/1/submission", data=b"x").status_code == 400

    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.page
    page.get_by_role("link", name="Meja admin").click()
    admin.to("KPM & HP")
    first = page.locator("tbody tr").first
    assert "Sukamaju" in first.inner_text()
    assert "kirimannya ditolak" in first.inner_text()
    pictures(admin, tmp_path, "hp")
    first.get_by_role("link", name="Lihat, ganti, tutup").click()
    assert "Katakan kepada KPM" in page.locator(".why").inner_text()
    pictures(admin, tmp_path, "hp-satu")

    page.get_by_label(re.compile("HP diganti")).check()
    page.get_by_role("button", name="Lanjut").click()
    assert "Kode untuk HP Desa Sukamaju" in page.locator("h1").inner_text()
    assert page.locator(".steps svg").count() == 4
    pictures(admin, tmp_path, "hp-kartu")
    page.emulate_media(media="print")
    shown = [one for one in page.locator("main > *").all() if one.is_visible()]
    assert [one.get_attribute("class") for one in shown] == ["paper"]
    assert not page.locator(".top").is_visible()
    page.pdf(path=tmp_path / "hp-kartu.pdf")
    page.emulate_media(media="screen")

    browsed.clock.forward(seconds=10)
    assert browsed.client.get(f"/v1/key/{old}/projects/1/formList").status_code == 403
    assert send(browsed, old, mapped(new_id(), children=[(new_id(), {"nama": "Ali"})])) == 201
    assert len(browsed.rows("entities", list="anak")) == 1


def test_phones__a_kpm_who_has_left_and_a_lost_phone_that_is_found(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    with writing(browsed.engine) as connection:
        officers.elect(connection, VILLAGE, "Bu Ani", START.date() - timedelta(days=300), START.date())
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open(f"/admin/hp/{VILLAGE}")
    assert page.get_by_label("Nama KPM").input_value() == "Bu Ani"
    pictures(admin, tmp_path, "hp-desa")
    page.get_by_role("link", name="Lihat, ganti, tutup").click()
    page.get_by_label(re.compile("KPM Bu Ani berhenti")).check()
    page.get_by_label(re.compile("Hari terakhir bertugas")).fill("2026-03-09")
    page.get_by_role("button", name="Lanjut").click()
    assert "pemegangnya berhenti" in page.locator("main").inner_text()
    assert str(browsed.one("kpm")["ended_on"]) == "2026-03-09"

    admin.open("/admin/hp?keadaan=tanpa-hp")
    page.get_by_role("link", name="Buat kode HP").click()
    page.get_by_label("Nama KPM").fill("Bu Rini")
    page.get_by_role("button", name="Buat kode").click()
    assert page.locator("svg.qr").is_visible()
    page.get_by_role("link", name="HP desa ini").click()
    page.get_by_role("row", name="Bu Rini").get_by_role("link", name="Lihat, ganti, tutup").click()
    page.get_by_label(re.compile("HP hilang atau dicuri")).check()
    page.get_by_role("button", name="Lanjut").click()
    assert "ODK Collect menyimpan isian yang ditolak di HP itu" in page.locator("main").inner_text()
    page.get_by_role("button", name="Bolehkan mengirim yang tertinggal").click()
    assert "Isian yang tertinggal di HP masih diterima sampai" in page.locator("main").inner_text()
    pictures(admin, tmp_path, "hp-ditutup")


def test_practice__is_tried_and_emptied(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/hp")
    page.get_by_role("button", name="Buka desa latihan kabupaten ini").click()
    page.get_by_label("Nama KPM").fill("HP latihan 1")
    page.get_by_role("button", name="Buat kode").click()
    assert "HP latihan: tidak ada yang dihitung" in page.locator(".paper").inner_text()
    with writing(browsed.engine) as connection:  # what the camera of a phone reads
        token = phones.add(connection, PRACTICE, "HP latihan 2", START)
    assert send(browsed, token, mapped(new_id(), children=[(new_id(), {"nama": "Ali"})])) == 201
    assert PRACTICE not in admin.open("/").content()
    admin.open(f"/admin/hp/{PRACTICE}")
    pictures(admin, tmp_path, "hp-latihan")
    page.get_by_label("Saya yakin").check()
    page.get_by_role("button", name="Kosongkan").click()
    assert "Desa latihan sudah kosong" in page.get_by_role("status").inner_text()
    assert browsed.rows("submissions") == browsed.rows("entities") == []


def test_regions__a_broken_list_is_mended_and_hamlets_typed(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/wilayah")
    broken, mended = tmp_path / "salah.csv", tmp_path / "benar.csv"
    broken.write_text("kode;nama\n11.01.01.2003;Ladang\n1101;Salah\n13.01;Tanpa induk\n")
    mended.write_text("kode;nama\n11.01.01.2003;Ladang\n")
    page.get_by_label("Berkas Excel").set_input_files(broken)
    page.get_by_role("button", name="Periksa dan simpan").click()
    assert "2 kesalahan" in page.locator("h2.red").inner_text()
    pictures(admin, tmp_path, "wilayah-salah")
    page.get_by_label("Berkas Excel").set_input_files(mended)
    page.get_by_role("button", name="Periksa dan simpan").click()
    assert "1 wilayah baru" in page.get_by_role("status").inner_text()
    pictures(admin, tmp_path, "wilayah")
    page.get_by_role("row", name="Ladang").get_by_role("link", name="Tambah dusun").click()
    page.get_by_label("Nama dusun").fill("Mawar\nMelati")
    page.get_by_role("button", name="Simpan dusun").click()
    assert "11.01.01.2003.02" in page.locator("main").inner_text()
    pictures(admin, tmp_path, "dusun")


def test_digest__is_chosen_printed_and_downloaded(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    browsed.send(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    camat = browsing.person(open_account(browsed, "subdistrict", "11.01.01").email)
    page = camat.page
    page.get_by_role("link", name="Meja admin").click()
    assert "Laporan bulanan" in page.locator("h1").inner_text()
    assert "tidak ada kunjungan" in page.locator("tbody tr").first.inner_text()
    pictures(camat, tmp_path, "laporan")
    page.get_by_label("Bulan").select_option(label="Februari 2026")
    page.get_by_role("button", name="Tampilkan").click()
    assert "Februari 2026" in page.locator(".where").inner_text()
    with page.expect_download() as got:
        page.get_by_role("link", name="Unduh (.xlsx)").click()
    assert got.value.suggested_filename == "laporan-11.01.01-2026-02.xlsx"
    page.pdf(path=tmp_path / "laporan.pdf")
