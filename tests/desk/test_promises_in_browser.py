"""The meetings' forms in the browser: the form engine there asks the same of a promise as a phone does."""

from __future__ import annotations

from datetime import date

from tests.support.browsing import Browsing
from tests.support.members import open_account
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import mapped
from tests.support.web_form import WebForm


def test_promise_for_a_household_is_made_in_the_browser_and_is_on_the_ledger(
    browsed: Station, browsing: Browsing
) -> None:
    home, day = new_id(), START.date()
    browsed.send(mapped(home, day=str(day), head="Budi Contoh", children=[(new_id(), {"tanggal_lahir": str(day)})]))
    kpm = browsing.person(open_account(browsed, "kpm").email)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/isi/rembuk_stunting")
    form = WebForm(kpm.page).wait()
    form.choose("Rembuk ini", "Rembuk perubahan: menambah kegiatan di tengah tahun")
    form.write("Peserta laki-laki", "12")
    form.write("Peserta perempuan", "18")
    form.choose("Unsur yang hadir", "Keluarga 1.000 HPK")
    form.choose("Bidang kegiatan", "Pembangunan desa (yang dibangun atau dibeli)")
    form.write("Nama kegiatan", "Jamban sehat")
    form.choose("Sektor layanan", "Air minum dan sanitasi")
    form.write("Siapa atau apa sasarannya", "1 rumah")
    form.write("Siapa penanggung jawabnya", "Kepala Dusun Mawar")
    form.day("Harus selesai kapan", date(day.year + 1, 6, 30))
    form.choose("Layanan mana yang akan dipenuhi", "Jamban yang layak")
    form.question("Keluarga mana yang akan dibantu").locator(".p-multiselect").click()
    kpm.page.get_by_role("option", name="Budi Contoh · Mawar").click()
    kpm.page.keyboard.press("Escape")
    form.choose("Sumber dana", "Dana Desa")
    form.write("Anggaran kegiatan, Rp", "60000000")
    form.write("Dari anggaran itu", "60000000")
    form.send()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    kpm.open(f"/desa/{VILLAGE}/janji/keluarga")
    assert "Kepala Dusun Mawar" in kpm.page.inner_text("main")
    assert "Budi Contoh" in kpm.page.inner_text("main")
