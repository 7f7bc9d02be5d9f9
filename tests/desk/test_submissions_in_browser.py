"""Submissions at a browser, as people go about them: found, read, sent back, corrected, rejected, tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.sent_forms import ACTIVITY, ALI, CORRECTED, KEGIATAN, VISIT, activity, fill, page_of
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import visited

HOME = f"/desa/{VILLAGE}"


@pytest.fixture
def village(browsed: Station) -> Iterator[Station]:
    fill(browsed)
    yield browsed


def pictures(person: Person, folder: Path, name: str) -> None:
    person.picture(folder / f"{name}.png")
    person.picture(folder / f"{name}-360.png", phone=True)


def states(page: Page) -> list[str]:
    return [" ".join(one.inner_text().split()) for one in page.locator(".states li").all()]


def test_an_admin__finds_what_waits__and_tries_the_quarantine_again(
    village: Station, browsing: Browsing, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(village, "admin", "11.01").email)
    page = admin.page
    page.get_by_role("link", name="Meja admin").click()
    admin.to("Kiriman")
    assert page.get_by_role("heading", level=1).inner_text() == "Kiriman"
    assert states(page)[:2] == ["1 menunggu keputusan", "1 karantina"]
    pictures(admin, tmp_path, "kiriman")
    page.locator(".states a", has_text="karantina").click()
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("button", name="Coba lagi semua yang di karantina").click()
    assert "sekarang 1" in page.get_by_role("status").inner_text()

    page.goto(f"{admin.base}/admin/kiriman")
    page.get_by_text("Saring menurut wilayah").click()
    page.locator("select[name=formulir]").select_option(label="Kegiatan")
    page.get_by_label("ada fotonya").check()
    page.get_by_role("button", name="Tampilkan").click()
    assert page.locator("tbody tr").count() == 2
    page.get_by_label("Cari desa").fill("tidak ada di mana pun")
    page.get_by_role("button", name="Tampilkan").click()
    page.get_by_role("heading", name="Tidak ada kiriman yang cocok").wait_for()
    page.get_by_role("link", name="Hapus semua saringan").click()
    assert page.locator("tbody tr").count() == 11


def test_a_village_head__reads_one__and_sends_it_back__until_its_correction_counts(
    village: Station, browsing: Browsing, tmp_path: Path
) -> None:
    head = browsing.person(open_account(village, "village_head").email)
    kpm = browsing.person(open_account(village, "kpm").email, phone=True)
    page = head.open(page_of(village, VISIT))
    assert page.get_by_text("Berat badan, kg").first.is_visible()
    page.get_by_label("Catatan untuk KPM").fill("beratnya 8,4 di KMS")
    page.get_by_role("button", name="Minta diperbaiki").click()
    assert "disimpan" in page.get_by_role("status").inner_text()
    assert page.locator("h2 .tag").first.inner_text() == "diminta diperbaiki"
    pictures(head, tmp_path, "kiriman-dikembalikan")

    kpm.open(f"{HOME}/tugas")
    assert kpm.page.get_by_text("Dikembalikan kepada KPM: 1 isian perlu diperbaiki").is_visible()
    assert kpm.page.get_by_text("beratnya 8,4 di KMS").first.is_visible()
    pictures(kpm, tmp_path, "tugas-dikembalikan")
    kpm.page.get_by_role("link", name="Kunjungan Rumah Bulanan").click()
    kpm.page.get_by_label("Tambah catatan").fill("Sudah saya perbaiki di HP.")
    kpm.page.get_by_role("button", name="Simpan catatan").click()
    assert kpm.page.get_by_role("button", name="Minta diperbaiki").count() == 0

    page = head.open(page_of(village, CORRECTED))
    page.get_by_role("link", name="Bandingkan dan pilih yang dihitung").click()
    page.get_by_role("button", name="Pakai nomor 2").click()
    kpm.open(f"{HOME}/tugas")
    assert kpm.page.get_by_text("Dikembalikan kepada KPM").count() == 0


def test_a_village_head__rejects_one_with_a_photo__and_takes_that_back(
    village: Station, browsing: Browsing, tmp_path: Path
) -> None:
    head = browsing.person(open_account(village, "village_head").email)
    page = head.open(f"{HOME}/kiriman")
    pictures(head, tmp_path, "kiriman-desa")
    page.get_by_role("link", name="Kegiatan Posyandu").last.click()
    assert page.url.endswith(page_of(village, ACTIVITY))
    loaded = page.locator(".shots img").first.evaluate("one => one.decode().then(() => one.naturalWidth)")
    assert loaded == 32
    pictures(head, tmp_path, "kiriman-satu")
    page.get_by_label("Catatan untuk KPM").fill("isian latihan")
    page.get_by_role("button", name="Jangan dihitung").click()
    assert page.locator("h2 .tag").first.inner_text() == "tidak dihitung"
    page.get_by_role("link", name="Foto dari desa ini").click()
    page.get_by_text("Belum ada foto dari desa ini.").wait_for()
    page.go_back()
    page.get_by_role("button", name="Batalkan hasil pemeriksaan").click()
    assert page.locator("h2 .tag").first.inner_text() == "diterima"
    page.get_by_role("link", name="Foto dari desa ini").click()
    assert page.locator(".shots img").count() == 1
    pictures(head, tmp_path, "foto")


def test_a_village_head__approves_one__sees_two_versions_side_by_side__and_what_is_rejected_is_not_counted(
    village: Station, browsing: Browsing, tmp_path: Path
) -> None:
    village.send(visited(ALI, day="2026-03-04", instance="uuid:imunisasi", imunisasi_dasar="ya"))
    head = browsing.person(open_account(village, "village_head").email)
    page = head.open(page_of(village, ACTIVITY))
    assert page.locator("#tempat svg").is_visible()
    page.get_by_role("button", name="Benar, tandai ditinjau").click()
    assert page.locator("h2 .tag").first.inner_text() == "sudah ditinjau"

    page = head.open(page_of(village, CORRECTED))
    versions = [" ".join(row.inner_text().split()) for row in page.locator(".diff tbody tr").all()]
    assert "Berat badan, kg 7,4 tidak diisi" in versions
    pictures(head, tmp_path, "kiriman-versi")
    page.get_by_role("link", name="Bandingkan dan pilih").click()
    page.get_by_text("Isian mana yang benar?").wait_for()
    pictures(head, tmp_path, "konflik")

    assert immunised(head) == "1"
    page = head.open(page_of(village, "uuid:imunisasi"))
    page.get_by_label("Catatan untuk KPM").fill("anak lain")
    page.get_by_role("button", name="Jangan dihitung").click()
    assert immunised(head) == "0"


def immunised(head: Person) -> str:
    """How many children the card counts as immunised."""
    return head.open(HOME).locator("#a1 td").first.inner_text().split(" / ")[0]


def test_quarantine__says_why__and_takes_what_it_had_when_the_form_is_published(
    village: Station, browsing: Browsing, tmp_path: Path
) -> None:
    village.send(activity("uuid:baru").replace('id="kegiatan"', 'id="rapat"'))
    admin = browsing.person(open_account(village, "admin", "11.01").email)
    page = admin.open("/admin/kiriman?keadaan=karantina")
    assert page.locator("tbody tr", has_text="rapat").inner_text().count("formulir") > 0
    pictures(admin, tmp_path, "karantina")
    village.publish(KEGIATAN.replace("| kegiatan | 1 |", "| rapat | 1 |"))
    page.get_by_role("button", name="Coba lagi semua yang di karantina").click()
    assert "tadi 2 isian di karantina, sekarang 1" in page.get_by_role("status").inner_text()
    assert village.one("submissions", instance_id="uuid:baru")["state"] == "accepted"


def test_a_map__leads_to_the_households(village: Station, browsing: Browsing, tmp_path: Path) -> None:
    kpm = browsing.person(open_account(village, "kpm").email)
    page = kpm.open(f"{HOME}/peta")
    assert page.locator("svg.village a").count() == 4
    pictures(kpm, tmp_path, "peta")
    page.locator("svg.village a", has_text="▲").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Budi"
