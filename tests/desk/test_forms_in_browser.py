"""An admin edits a form in Excel: mistakes by cell, a marked copy, what changes, and the way back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from server.publications import shipped
from tests.support.browsing import Browsing, Person
from tests.support.edited import Edited
from tests.support.members import open_account
from tests.support.station import Station

FORM = next(path for path in shipped.FORMS if path.stem == "kunjungan_rumah")
ASKED = "Apakah anak sudah makan lauk hewani kemarin?"


def upload(person: Person, name: str, content: bytes) -> None:
    chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    person.page.locator("input[name=berkas]").set_input_files([chosen])  # type: ignore[list-item]
    person.page.get_by_role("button", name="Periksa buku kerja").click()
    person.page.get_by_text("Unggahan ").first.wait_for()


def test_form__is_downloaded_mended_by_the_cells_that_are_named_published_and_taken_back(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    before = live_version(browsed)
    person = browsing.person(open_account(browsed, "admin", "11").email)
    person.open("/admin/formulir")
    person.picture(tmp_path / "formulir.png")
    person.picture(tmp_path / "formulir-360.png", phone=True)
    row = person.page.locator("tr", has_text="kunjungan_rumah")
    with person.page.expect_download() as downloading:
        row.get_by_role("link", name="Unduh .xlsx").click()
    downloaded = Path(downloading.value.path()).read_bytes()
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
    assert live_version(browsed) == before, "checking changes nothing"

    person.page.get_by_role("button", name="Terbitkan versi 2027010101").click()
    person.page.get_by_text("versi 2027010101 sudah terbit").wait_for()
    person.picture(tmp_path / "terbit.png")
    person.picture(tmp_path / "terbit-360.png", phone=True)
    assert live_version(browsed) == "2027010101"
    assert ASKED in form_on_phones(browsed)

    person.page.get_by_role("button", name=f"Terbitkan lagi versi {before}").click()
    person.page.get_by_role("button", name="Terbitkan versi 2027010102").click()
    person.page.get_by_text("versi 2027010102 sudah terbit").wait_for()
    assert live_version(browsed) == "2027010102"
    assert ASKED not in form_on_phones(browsed)

    person.open("/admin/catatan")
    assert "kunjungan_rumah 2027010102" in person.page.locator("tbody").inner_text()


def live_version(station: Station) -> str:
    """What the list of forms tells phones."""
    versions = [row for row in station.rows("form_versions") if row["form_id"] == FORM.stem]
    newest = max(versions, key=lambda row: int(row["number"]))
    assert f"<version>{newest['version']}</version>" in station.get("formList").text
    return str(newest["version"])


def form_on_phones(station: Station) -> str:
    return station.get(f"forms/{FORM.stem}/{live_version(station)}/form.xml").text
