from __future__ import annotations

from pathlib import Path

from server.publications import shipped
from tests.support.browsing import Browsing
from tests.support.members import open_account
from tests.support.station import Station
from tests.support.web_form import WebForm


def test_upload__is_tried_out_before_it_is_published_and_nothing_is_sent(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(browsed, "admin", "ID").email)
    asked: list[str] = []
    admin.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    admin.open("/admin/formulir")
    admin.page.locator("input[name=berkas]").set_input_files(shipped.WORKBOOKS / "ukur_tinggi.xlsx")
    admin.page.get_by_role("button", name="Periksa").click()
    admin.page.get_by_role("link", name="Coba isi di peramban").click()
    form = WebForm(admin.page).wait()
    admin.picture(tmp_path / "pratinjau.png")
    admin.picture(tmp_path / "pratinjau-360.png", phone=True)
    assert admin.page.get_by_text("Gambar latar peta").is_visible()

    form.send()
    admin.page.get_by_text("questions with errors").wait_for()
    form.pick("Pilih anak", "Contoh 2")
    admin.page.get_by_text("umur 16 bulan").wait_for()
    form.choose("Bagaimana anak diukur", "Berbaring (panjang)")
    form.write("Panjang atau tinggi, cm", "78")
    form.choose("Apakah anak diukur di atas Tikar", "Tidak")
    form.choose("Siapa yang mengukur", "KPM atau kader")
    assert "Angka z" in admin.page.locator(".odk-form").inner_text()
    form.send()
    admin.page.get_by_text("Selesai: semua yang wajib sudah terisi").wait_for()
    assert browsed.rows("submissions") == []
    assert [one for one in asked if not one.split()[1].startswith((browsing.base, "data:", "blob:"))] == []
    assert [one for one in asked if one.startswith("POST")] == [f"POST {browsing.base}/admin/formulir/periksa"]


def test_published_version__is_tried_out_too(browsed: Station, browsing: Browsing) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email)
    version = next(row["version"] for row in browsed.rows("form_versions") if row["form_id"] == "kunjungan_rumah")
    admin.open(f"/admin/formulir/kunjungan_rumah/{version}/pratinjau")
    form = WebForm(admin.page).wait()
    form.choose("Sasaran", "Anak 0-23 bulan")
    form.pick("Pilih anak", "Contoh 1")
    assert "Contoh 1" in admin.page.locator(".odk-form").inner_text()
