"""A form that was sent back: on the KPM's page and on her phone until she has corrected it and somebody has looked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.browsing import Browsing, Person
from tests.support.kpm import Kpm
from tests.support.members import open_account
from tests.support.phone import Phone
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped

WHY = "beratnya 8,9 di KMS"


def test_a_form_sent_back_by_an_admin__is_corrected_on_the_phone__and_gone_when_the_head_has_decided(
    browsed: Station, browsing: Browsing, new_phone: Callable[[str], Phone], tmp_path: Path
) -> None:
    dewi = {"nama": "Dewi", "tanggal_lahir": "2025-04-10", "akta_lahir": "ya", "jaminan_kesehatan": "ya"}
    browsed.send(mapped(new_id(), day="2026-03-02", children=[(new_id(), dewi)]))
    kpm = Kpm(new_phone(browsing.base + browsed.path("").rstrip("/")), browsed.clock)
    kpm.begin("2026-03-05")
    kpm.phone.sync()
    seen_to = "timbang ukur imunisasi_dasar konseling_ibu konseling_ayah pengasuhan air_minum_anak jamban_anak"
    visit = kpm.visit("Dewi", yes=seen_to, status_gizi="baik", berat_badan=8.8)
    kpm.send_and_sync()
    assert kpm.listed("Dewi").perlu == ""

    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    send_back(admin, tmp_path)
    hers = browsing.person(open_account(browsed, "kpm").email, phone=True)
    assert told(hers) == [
        "▲ Kunjungan: Dewi 5 Mar 2026 Beratnya 8,9 di KMS Dikembalikan Nama admin, 5 Mar 2026",
    ]
    hers.picture(tmp_path / "tugas.png")
    hers.picture(tmp_path / "tugas-360.png", phone=True)
    kpm.phone.sync()
    assert kpm.listed("Dewi").perlu == f"perbaiki isian Kunjungan: Dewi 2026-03-05: {WHY}"

    kpm.phone.edit("kunjungan_rumah", visit, {"berat_badan": 8.9}, today=kpm.today)
    kpm.send_and_sync()
    assert told(hers) != [], "nobody has looked at the correction"
    assert WHY in kpm.listed("Dewi").perlu
    head = browsing.person(open_account(browsed, "village_head").email, phone=True)
    decide(head, tmp_path)
    assert told(hers) == []
    kpm.phone.sync()
    assert kpm.listed("Dewi").perlu == ""


def send_back(admin: Person, folder: Path) -> None:
    """Finds the visit on the desk, and asks for it to be corrected: not without a reason."""
    page = admin.open("/admin")
    admin.to("Kiriman")
    page.locator("tbody tr", has_text="Kunjungan").get_by_role("link").click()
    page.get_by_role("button", name="Minta diperbaiki").click()
    assert page.get_by_role("heading", level=1).inner_text() != "Kunjungan: Dewi"
    page.go_back()
    page.get_by_label("Catatan untuk KPM").fill(WHY)
    page.get_by_role("button", name="Minta diperbaiki").click()
    assert "disimpan" in page.get_by_role("status").inner_text()
    assert page.locator("h2 .tag").first.inner_text() == "diminta diperbaiki"
    admin.picture(folder / "dikembalikan.png")
    admin.picture(folder / "dikembalikan-360.png", phone=True)


def told(kpm: Person) -> list[str]:
    """What her page of this month's work says is to be corrected."""
    page = kpm.open(f"/desa/{VILLAGE}/tugas")
    return [" ".join(one.inner_text().split()) for one in page.locator("section.yellow li").all()]


def decide(head: Person, folder: Path) -> None:
    page = head.open(f"/desa/{VILLAGE}/kiriman?keadaan=menunggu")
    page.locator("tbody").get_by_role("link").first.click()
    page.get_by_role("link", name="Bandingkan").click()
    head.picture(folder / "bandingkan-360.png", phone=True)
    head.picture(folder / "bandingkan.png")
    assert "8,9" in page.locator("main").inner_text()
    page.get_by_role("button", name="Pakai nomor 2").click()
    page.get_by_text("Sudah diputuskan").first.wait_for()
