"""An admin edits a form in Excel: mistakes by cell, a marked copy, what changes, and the way back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page

from server.publications import shipped
from tests.support.browsing import Browsing
from tests.support.edited import Edited
from tests.support.form_desk import download, form_on_phones, live_version, upload
from tests.support.members import open_account
from tests.support.small_forms import new_id
from tests.support.station import Station
from tests.support.village_forms import visited

FORM = next(path for path in shipped.FORMS if path.stem == "kunjungan_rumah")
ASKED = "Apakah anak sudah makan lauk hewani kemarin?"


def test_form__is_downloaded_mended_by_the_cells_that_are_named_published_and_taken_back(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    before = live_version(browsed, FORM.stem)
    person = browsing.person(open_account(browsed, "admin", "11").email)
    person.open("/admin/formulir")
    person.picture(tmp_path / "formulir.png")
    person.picture(tmp_path / "formulir-360.png", phone=True)
    downloaded = download(person, FORM.stem)
    assert downloaded == FORM.read_bytes()

    broken = Edited(downloaded)
    places = [
        broken.write("lila", "relevant", "${hamill} = 'ya'"),
        broken.write("air_minum", "type", "select_one ya_tidk"),
        broken.write("berat_lahir", "constraint", ". >= 0.5 and"),
        broken.write("jamban", "name", "jamban layak"),
    ]
    upload(person, "kunjungan.xlsx", broken.content)

    told = person.page.locator(".wrong").first.inner_text()
    assert [place for place in places if f"survey · {place}" not in told] == []
    assert "settings · " in told, "the version is published already"
    assert "${hamil} = 'ya'" in told
    assert "select_one ya_tidak" in told
    person.picture(tmp_path / "kesalahan.png")
    person.picture(tmp_path / "kesalahan-360.png", phone=True)

    with person.page.expect_download() as downloading:
        person.page.get_by_role("link", name="Unduh buku kerja bertanda").first.click()
    copy = load_workbook(BytesIO(Path(downloading.value.path()).read_bytes()))
    for place in places:
        assert copy["survey"][place].comment.text
        assert copy["survey"][place].fill.fgColor.rgb == "FFF4B0AA"

    mended = Edited(downloaded)
    mended.version("2027010101")
    mended.add("lila", type="select_one ya_tidak", name="lauk_hewani", label=ASKED)
    mended.write("lila", "label::Bahasa Indonesia (id)", "Lingkar lengan atas (LILA) ibu, cm")
    mended.write("pil_fe", "relevant", "${hamil} = 'ya'")
    upload(person, "kunjungan.xlsx", mended.content)

    person.page.get_by_text("1 ditambah, 2 diubah, 0 dihapus").wait_for()
    changes = person.page.locator(".change").inner_text()
    assert ASKED in changes
    assert "Tidak mengubah satu indikator pun." in changes
    assert "indikator" in person.page.locator(".change tr", has_text="pil_fe").inner_text()
    person.picture(tmp_path / "beda.png")
    person.picture(tmp_path / "beda-360.png", phone=True)
    assert live_version(browsed, FORM.stem) == before, "checking changes nothing"

    person.page.get_by_role("button", name="Terbitkan versi 2027010101").click()
    person.page.get_by_text("versi 2027010101 sudah terbit").wait_for()
    person.picture(tmp_path / "terbit.png")
    person.picture(tmp_path / "terbit-360.png", phone=True)
    assert live_version(browsed, FORM.stem) == "2027010101"
    assert ASKED in form_on_phones(browsed, FORM.stem)
    browsed.send(visited(new_id(), day="2026-03-02"))  # from a phone that has the older version still
    assert "diterima" in person.open("/admin/kiriman").locator("tbody tr").first.inner_text()

    person.open(f"/admin/formulir/{FORM.stem}")
    person.page.get_by_role("button", name=f"Terbitkan lagi versi {before}").click()
    person.page.get_by_role("button", name="Terbitkan versi 2027010102").click()
    person.page.get_by_text("versi 2027010102 sudah terbit").wait_for()
    assert live_version(browsed, FORM.stem) == "2027010102"
    assert ASKED not in form_on_phones(browsed, FORM.stem)

    person.open("/admin/catatan")
    assert "kunjungan_rumah 2027010102" in person.page.locator("tbody").inner_text()


def test_mistakes_of_all_kinds__are_told_at_once_and_once__in_the_language_of_who_uploads(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    browsed.send(visited(new_id(), day="2026-03-02", lila="23.5"))
    person = browsing.person(open_account(browsed, "admin", "11").email)
    page = person.open("/admin/formulir")
    broken = Edited(FORM.read_bytes())
    broken.version("2027010101")
    broken.retitle("survey", "required", "requird")
    broken.retitle("settings", "client_editable", "clienteditable")
    needed, dropped = broken.write("berat_badan", "type", "text"), broken.write("buruk", "name", "jelek", "choices")
    answered = broken.write("lila", "type", "text")
    upload(person, "kunjungan.xlsx", broken.content)
    told = {row[0]: row[1:] for row in table(page)}
    assert len(told) == len(table(page)), "each cell is told of once"
    assert told[f"survey · {needed}"][2].startswith("Pertanyaan “berat_badan” berjenis decimal")
    assert "indikator a5" in told[f"choices · {dropped}"][2]
    assert told[f"survey · {answered}"][2].endswith("dari decimal menjadi text, padahal ada 1 isian lama.")
    assert told["survey · G1"][:2] == ["requird", "required"]
    assert told["settings · F1"][:2] == ["clienteditable", "client_editable"]
    person.picture(tmp_path / "semua-kesalahan.png")
    person.picture(tmp_path / "semua-kesalahan-360.png", phone=True)
    page.get_by_role("link", name="English").click()
    told = {row[0]: row[1:] for row in table(page)}
    assert told[f"survey · {needed}"][2].startswith("The question “berat_badan” is of type decimal")

    unnamed = Edited(FORM.read_bytes())
    for column in ("form_id", "version"):
        unnamed.setting(column, None)
    page.goto(f"{person.base}/admin/formulir")
    upload(person, "kunjungan.xlsx", unnamed.content)
    assert [row[:2] for row in table(page)] == [["settings · B2", "kosong"], ["settings · C2", "kosong"]]


def table(page: Page) -> list[list[str]]:
    """Mistakes and remarks: the place, what is there, what to write, and why."""
    found = []
    for row in page.locator(".wrong tbody tr").all():
        place, *cells = [" ".join(cell.inner_text().split()) for cell in row.locator("th, td").all()]
        found.append([" ".join(place.split()[:3]), *cells])
    return found
