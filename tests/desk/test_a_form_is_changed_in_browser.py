"""The whole way of a change: an admin edits a form in Excel, the next visit is made with it, and a card follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from forms.periods import Quarter
from tests.support.browsing import Browsing, Person
from tests.support.edited import Edited
from tests.support.form_desk import Mistake, download, mistakes, upload
from tests.support.kpm import Kpm
from tests.support.members import open_account
from tests.support.phone import Phone
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.typed import type_in
from tests.support.village_forms import mapped
from tests.support.web_form import WebForm

TODAY = START.date()
FORM_ID = "kunjungan_rumah"
ASKED = "Apakah anak sudah makan lauk hewani kemarin?"
LABEL = "label::Bahasa Indonesia (id)"
WEIGHED = "Apakah anak ditimbang di Posyandu dalam bulan ini?"
# Of a child who is well and has got everything but its immunisation.
VISIT = {
    "timbang": "ya",
    "berat_badan": 9.4,
    "ukur": "tidak",
    "imunisasi_dasar": "tidak",
    "lauk_hewani": "ya",
    "konseling_ibu": "ya",
    "konseling_ayah": "tidak",
    "pengasuhan": "ya",
}


@pytest.fixture
def kpm(browsed: Station, browsing: Browsing, new_phone: Callable[[str], Phone]) -> Kpm:
    """She has the forms in force, and a child of thirteen months on her list."""
    child = {"nama": "Ali", "tanggal_lahir": str(TODAY - timedelta(days=400)), "akta_lahir": "ya"}
    browsed.send(mapped(new_id(), day=str(TODAY), children=[(new_id(), {**child, "jaminan_kesehatan": "ya"})]))
    made = Kpm(new_phone(browsing.base + browsed.path("").rstrip("/")), browsed.clock, TODAY)
    made.phone.sync()
    return made


def test_a_broken_workbook__is_mended_by_its_cells__published__filled_on_a_phone__and_corrected_until_the_card_changes(
    browsed: Station, browsing: Browsing, kpm: Kpm, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(browsed, "admin", "ID").email)
    head = browsing.person(open_account(browsed, "village_head").email, phone=True)
    assert immunised(head) == "0 / 1"
    admin.page.get_by_role("link", name="Meja admin").click()
    admin.to("Formulir")
    original = download(admin, FORM_ID)
    in_force = kpm.phone.forms[FORM_ID].version
    broken, places = broken_workbook(original)
    upload(admin, "kunjungan.xlsx", broken.content)

    told = mistakes(admin)
    assert {(one.sheet, one.cell) for one in told} == places
    mended = mend(broken, told)
    assert [mended.sheet(sheet)[cell].value for sheet, cell in places if sheet == "survey"] == [
        Edited(original).sheet(sheet)[cell].value for sheet, cell in places if sheet == "survey"
    ]
    mended.write("timbang", LABEL, WEIGHED)
    mended.add(
        "imunisasi_dasar",
        type="select_one ya_tidak",
        name="lauk_hewani",
        label=ASKED,
        required="yes",
        relevant="${dipantau} = 'ya'",
    )
    upload(admin, "kunjungan.xlsx", mended.content)
    admin.page.get_by_text("1 ditambah, 1 diubah, 0 dihapus").wait_for()
    compared = admin.page.locator(".change").inner_text()
    assert [words for words in (ASKED, WEIGHED) if words not in compared] == []

    try_out(admin, mended.content)
    assert len(browsed.rows("submissions")) == 1, "the social map alone: trying out sends nothing"
    kpm.phone.sync()
    assert kpm.phone.forms[FORM_ID].version == in_force
    admin.page.get_by_role("button", name="Terbitkan versi").click()
    admin.page.get_by_text("sudah terbit").first.wait_for()
    kpm.phone.sync()
    assert kpm.phone.forms[FORM_ID].version > in_force

    visit = kpm.visit("Ali", **VISIT)
    assert visit.seen("lauk_hewani", "id") == ASKED
    kpm.phone.send()
    assert immunised(head) == "0 / 1"
    read_as_received(admin, tmp_path)
    correct(admin, mended.content)
    assert immunised(head) == "0 / 1", "nothing is decided yet"
    decide(head, tmp_path)
    assert immunised(head) == "1 / 1"
    first, second = [row for row in browsed.rows("submissions") if row["form_id"] == FORM_ID]
    assert {first["state"], second["state"]} == {"accepted", "replaced"}
    assert {first["deprecated_id"], second["deprecated_id"]} == {None, visit.instance_id}


def broken_workbook(original: bytes) -> tuple[Edited, set[tuple[str, str]]]:
    """A type that does not exist, a question that does not, and a name that the rules need is another; the version is
    still the one in force. With the places of all that."""
    broken = Edited(original)
    cells = [
        broken.write("lila", "type", "desimal"),
        broken.write("berat_badan", "relevant", "${timbng} = 'ya'"),
        broken.write("konseling_ayah", "name", "ayah_ikut"),
    ]
    titles = [cell.value for cell in broken.sheet("settings")[1]]
    version = broken.sheet("settings").cell(2, titles.index("version") + 1)
    return broken, {*(("survey", cell) for cell in cells), ("settings", version.coordinate)}


def mend(broken: Edited, told: list[Mistake]) -> Edited:
    """Writes into each cell that is named what the page says to write there, and into no other one."""
    for one in told:
        broken.sheet(one.sheet)[one.cell].value = one.write
    return Edited(broken.content)


def try_out(admin: Person, workbook: bytes) -> None:
    """Fills the form as a KPM would, and comes back to the comparison."""
    compared = admin.page.url
    admin.page.get_by_role("link", name="Coba isi di peramban").click()
    form = WebForm(admin.page).wait()
    type_in(form, workbook, {"jenis_sasaran": "anak", "anak": "Contoh 2"})
    known = {"status_gizi": "baik", "air_minum_anak": "ya", "jamban_anak": "ya"}
    type_in(form, workbook, {**VISIT, **known, "akta_lahir": "ya", "jaminan_kesehatan_anak": "ya"})
    form.send()
    admin.page.get_by_text("Selesai: semua yang wajib sudah terisi").wait_for()
    admin.open(compared.removeprefix(admin.base))


def immunised(somebody: Person) -> str:
    """What the village's card counts of the children immunised: received of due."""
    page = somebody.open(f"/desa/{VILLAGE}/{Quarter.of(TODAY)}")
    return page.locator("#a1 td").first.inner_text()


def read_as_received(admin: Person, folder: Path) -> None:
    """Finds the visit on the desk, and opens it: what was asked with what was answered."""
    admin.open("/admin")
    admin.to("Kiriman")
    admin.page.locator("tbody tr", has_text="Kunjungan").get_by_role("link").click()
    admin.picture(folder / "kiriman.png")
    admin.picture(folder / "kiriman-360.png", phone=True)
    rows = admin.page.locator("dl.ans > div:has(dt:visible)").all()
    answered = {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}
    assert (answered[ASKED], answered[WEIGHED]) == ("Ya", "Ya")
    assert answered["Apakah imunisasi dasar lengkap untuk umurnya?"] == "Tidak"


def correct(admin: Person, workbook: bytes) -> None:
    """Opens the visit again in the browser, and gives the other answer."""
    admin.page.get_by_role("link", name="Perbaiki di peramban ini").click()
    form = WebForm(admin.page).wait()
    type_in(form, workbook, {"imunisasi_dasar": "ya"})
    form.send()
    admin.page.get_by_text("Isian mana yang benar?").wait_for()


def decide(head: Person, folder: Path) -> None:
    """From the village's card to the correction that waits: the head has it count."""
    head.picture(folder / "kartu-360.png", phone=True)
    head.page.get_by_role("link", name="1 perbaikan menunggu keputusan Anda").click()
    head.page.locator("main").get_by_role("link", name="Kunjungan").first.click()
    head.page.get_by_text("Isian mana yang benar?").wait_for()
    head.page.get_by_role("button", name="Pakai nomor 2").click()
    head.page.get_by_text("Sudah diputuskan").first.wait_for()
