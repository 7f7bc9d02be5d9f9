"""Who is on the list already: asked about while registering, on a phone out of signal and in the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.offline import answered, refusal, shown
from tests.support.phone import Phone
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped
from tests.support.web_form import WebForm, describe_house

BORN, DUE = date(1998, 5, 20), datetime.now(UTC).date() + timedelta(days=100)
NIK = "1101016005980001"
REFUSED = "Jangan didaftarkan dua kali: hapus isian ibu ini, lalu isi Kunjungan Rumah untuk ibu yang ada di daftar."


def test_a_mother_on_the_list__is_asked_about_on_the_phone_and_in_the_browser__and_merged_where_she_was_sent_twice(
    browsed: Station, browsing: Browsing, new_phone: Callable[[str], Phone], tmp_path: Path
) -> None:
    browsed.clock.now = datetime.now(UTC)  # the form engine knows no other day than the machine's
    siti = {"nama": "Siti Contoh", "tanggal_lahir": str(BORN), "nik": NIK, "hpl": str(DUE)}
    yesterday = browsed.clock.now.date() - timedelta(days=1)
    browsed.send(mapped(new_id(), day=str(yesterday), head="Budi", mothers=[(new_id(), siti)]))

    phone = new_phone(browsing.base + browsed.path("").rstrip("/"))
    phone.sync()
    sent_so_far = phone.traffic.copy()
    entry = answered(phone.open("peta_sosial", today=browsed.clock.now.date()), {"ada_ibu": "ya", "ibu/nama": "Siti"})
    answered(entry, {"ibu/tanggal_lahir": BORN, "ibu/nik": ""})
    assert not entry.asks("ibu/ibu_sama"), "another name"
    answered(entry, {"ibu/nama": "siti  CONTOH"})
    assert "Siti Contoh · " in shown(entry, "id")["ibu_sama"]
    assert refusal(entry, "ibu/ibu_sama", "ya")[0] == REFUSED
    assert phone.traffic == sent_so_far, "all this was out of signal"

    kpm = browsing.person(open_account(browsed, "kpm").email)
    form = WebForm(kpm.open(f"/desa/{VILLAGE}/isi/peta_sosial")).wait()
    register_again(kpm, form, tmp_path)
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    assert mothers_on(phone) == ["Siti Cntoh", "Siti Contoh"]
    merge(browsing.person(open_account(browsed, "village_head").email, phone=True), tmp_path)
    assert mothers_on(phone) == ["Siti Contoh"], "one is left, with the name that was registered first"


def mothers_on(phone: Phone) -> list[str]:
    phone.sync()
    return sorted(one.properties["nama"] for one in phone.lists["ibu_hamil"].entities.values())


def register_again(kpm: Person, form: WebForm, folder: Path) -> None:
    """The mother with her name misspelt, and her NIK: the form asks, takes no yes, and lets the KPM insist."""
    describe_house(form)
    form.choose("Adakah ibu hamil", "Ya")
    form.write("Nama ibu", "Siti Cntoh")
    form.day("Tanggal lahir ibu", BORN)
    form.write("NIK ibu", NIK)
    asked = form.question("Sudah terdaftar?")
    asked.wait_for()
    assert "Siti Contoh" in asked.inner_text()
    form.choose("Sudah terdaftar?", "Ya")
    kpm.page.get_by_text(REFUSED).first.wait_for()
    kpm.picture(folder / "sudah-terdaftar.png")
    kpm.picture(folder / "sudah-terdaftar-360.png", phone=True)
    form.choose("Sudah terdaftar?", "Tidak")
    form.choose("Apakah ibu ini sudah melahirkan", "Tidak")
    form.day("Hari perkiraan lahir", DUE)
    form.choose("Keadaan kehamilan", "Normal")
    form.choose("Apakah ibu punya jaminan", "Ya")
    form.choose("Adakah anak di bawah 6 tahun", "Tidak")
    form.send()


def merge(head: Person, folder: Path) -> None:
    page = head.open(f"/desa/{VILLAGE}/ganda")
    page.get_by_role("heading", name="NIK sama").wait_for()
    head.picture(folder / "ganda-360.png", phone=True)
    head.picture(folder / "ganda.png")
    page.get_by_role("button", name="Sama, gabungkan").click()
    page.get_by_text("Tidak ada data yang tampak ganda").wait_for()
