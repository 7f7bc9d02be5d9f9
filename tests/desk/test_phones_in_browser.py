"""KPMs, phones, regions and the monthly digest as an admin goes through them, with a phone that sends."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
from sqlalchemy import update

from server.database.engine import writing
from server.database.tables import phones as table
from server.phones import phones
from server.villages import officers
from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.phone_http import multipart
from tests.support.sent_forms import KEGIATAN
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped, visited

PRACTICE = "11.01.99.2999"
COLLECT = {"User-Agent": "org.odk.collect.android/v2025.2.1 Dalvik/2.1.0 (Linux; U; Android 13)"}


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
    page.locator("svg.qr").wait_for()
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
    assert "2 kesalahan" in page.locator("section.red h2").inner_text()
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


def test_regions__the_official_list_and_dusun_from_excel__and_a_kpm_with_her_record(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    with writing(browsed.engine) as connection:
        officers.elect(connection, VILLAGE, "Bu Ani", START.date() - timedelta(days=300), START.date())
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/wilayah")
    assert "Open Database License (ODbL)" in page.locator("main").inner_text()
    page.get_by_label("Provinsi atau kabupaten").select_option("11.01")
    page.get_by_role("button", name="Ambil wilayah ini").click()
    assert re.search(r"2\d\d wilayah baru", page.get_by_role("status").inner_text())
    book = openpyxl.Workbook()
    for row in (("kode", "nama"), (f"{VILLAGE}.01", "Mawar"), (f"{VILLAGE}.02", "Melati")):
        book.worksheets[0].append(row)
    book.save(tmp_path / "dusun.xlsx")
    page.get_by_label("Berkas Excel").set_input_files(tmp_path / "dusun.xlsx")
    page.get_by_role("button", name="Periksa dan simpan").click()
    assert "2 wilayah baru" in page.get_by_role("status").inner_text()
    pictures(admin, tmp_path, "wilayah-resmi")

    admin.open(f"/admin/hp/{VILLAGE}")
    page.get_by_role("link", name="Catatan KPM desa ini").click()
    assert "Bu Ani" in page.locator("main").inner_text()
    pictures(admin, tmp_path, "catatan-kpm")


def test_phones__those_that_do_not_sync_come_with_why_since_when_and_what_to_tell_the_kpm(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    browsed.publish(KEGIATAN)
    browsed.send(visited(new_id(), day="2026-03-09", status_gizi="buruk"))  # of a child that no form has told of yet
    browsed.clock.forward(minutes=11)
    for village in (VILLAGE, OTHER_VILLAGE):
        browsed.get("formList", village, COLLECT)
        browsed.get("forms/kegiatan/1/form.xml", village, COLLECT)
    browsed.clock.forward(days=2)
    browsed.publish(KEGIATAN.replace("| kegiatan | 1 |", "| kegiatan | 2 |"))
    browsed.get("forms/kegiatan/2/form.xml", OTHER_VILLAGE)
    tomorrow = str(browsed.clock().date() + timedelta(days=1))
    browsed.send(mapped(new_id(), day=tomorrow), village=OTHER_VILLAGE)  # finished at noon of that day
    browsed.clock.forward(hours=1)

    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = admin.open("/admin/hp")
    lights = [" ".join(one.inner_text().split()) for one in page.locator(".states li").all()]
    assert [light.partition(":")[0] for light in lights[:2]] == ["1 perlu ditolong", "1 perlu dilihat"]
    worst_first = [row.inner_text().split(",")[0] for row in page.locator("tbody tr").all()]
    assert worst_first == ["Sukadamai", "Sukamaju"], "the clock is worse than an old form"
    known = " ".join(page.locator("tbody tr").last.inner_text().split())
    assert "10 Mar 2026, 09.41 2 hari yang lalu" in known
    assert "2025.2.1 formulir: 1 dari 2 versi lama 1 perubahan tertahan" in known
    assert "Yang masih ada di HP tidak dapat dilihat dari sini." in page.locator("main").inner_text()
    pictures(admin, tmp_path, "tidak-sinkron")
    page.locator("tbody tr").first.get_by_role("link", name="Lihat, ganti, tutup").click()
    why = page.locator(".why").inner_text()
    assert "Jam HP terlalu cepat" in why and "terlihat pada isian yang datang 12 Mar 2026, 09.41" in why
    assert "Katakan kepada KPM: “Buka Setelan HP, Tanggal & waktu, lalu nyalakan Waktu otomatis.”" in why
    pictures(admin, tmp_path, "jam-salah")

    page = admin.open("/admin/hp")
    page.locator("select[name=keadaan]").select_option(label="formulir lama")
    page.get_by_role("button", name="Cari").click()
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="Lihat, ganti, tutup").click()
    why = page.locator(".why").inner_text()
    assert "1 formulir di HP ini masih versi lama, sejak 12 Mar 2026, 09.41" in why
    assert "Katakan kepada KPM: “Buka ODK Collect saat ada sinyal" in why
    pictures(admin, tmp_path, "formulir-lama")


def test_digest__who_lags_in_what__is_chosen_printed_and_downloaded(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    child = new_id()
    browsed.send(mapped(new_id(), children=[(child, {"nama": "Ali"})]))
    browsed.send(visited(child, day="2026-02-05"))
    camat = browsing.person(open_account(browsed, "subdistrict", "11.01.01").email)
    page = camat.page
    page.get_by_role("link", name="Meja admin").click()
    assert "Laporan bulanan" in page.locator("h1").inner_text()
    assert "tidak ada kunjungan" in page.locator("tbody tr").first.inner_text()
    pictures(camat, tmp_path, "laporan")
    page.get_by_label("Bulan").select_option(label="Februari 2026")
    page.get_by_role("button", name="Tampilkan").click()
    assert "Februari 2026" in page.locator(".where").inner_text()
    rows = [" ".join(row.inner_text().split()) for row in page.locator("tbody tr").all()]
    assert [row.split()[0] for row in rows] == ["Sukadamai", "Sukamaju"]
    assert "1/1" in rows[1]
    with page.expect_download() as got:
        page.get_by_role("link", name="Unduh (.xlsx)").click()
    assert got.value.suggested_filename == "laporan-11.01.01-2026-02.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(got.value.path().read_bytes())).worksheets[0]
    assert [row[1:5] for row in sheet.values] == [
        ("Desa", "Kode", "Ibu & anak", "Dikunjungi"),
        ("Sukadamai", OTHER_VILLAGE, 0, 0),
        ("Sukamaju", VILLAGE, 1, 1),
    ]
    page.emulate_media(media="print")
    assert page.locator("tbody").is_visible()
    assert not page.get_by_role("button", name="Tampilkan").is_visible()
    page.set_viewport_size({"width": 733, "height": 1060})  # A4 without its margins
    page.screenshot(path=tmp_path / "laporan-cetak.png", full_page=True)
    page.pdf(path=tmp_path / "laporan.pdf")
