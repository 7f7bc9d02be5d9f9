"""Quality checks at the desk: their page, a workbook with mistakes, and the marks on the list and on one submission."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from server.publications import shipped
from server.queries.submissions import marks_on_trial
from tests.desk.test_rules import press, words
from tests.desk.test_submissions import lines, text_of
from tests.support.browsing import Browsing
from tests.support.members import member, open_account, token_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, measured, visited

ALI, HOME = "74000001-0000-4000-8000-000000000000", "75000001-0000-4000-8000-000000000000"
FALLS = "Panjang badan turun lebih dari 1 cm"


def workbook(**cells: object) -> bytes:
    """The shipped workbook with other cells of the sheet `pemeriksaan`."""
    book = load_workbook(shipped.CHECKS)
    for place, value in cells.items():
        book["pemeriksaan"][place] = value
    content = BytesIO()
    book.save(content)
    return content.getvalue()


BROKEN = workbook(B2="terlalu_cpat", E4="satu", G5="mungkin")


@pytest.fixture
def fallen(as_shipped: Station) -> Station:
    """A child that was measured in February and in March, when it was shorter."""
    fill(as_shipped)
    return as_shipped


def fill(station: Station) -> None:
    station.send(mapped(HOME, children=[(ALI, {"nama": "Ali"})]))
    station.send(measured(ALI, day="2026-02-05", panjang="71.2", posisi="baring"))
    station.send(measured(ALI, day="2026-03-05", panjang="69.2", posisi="baring"))


def upload(client: FlaskClient, content: bytes, query: str = "") -> TestResponse:
    fields = {"csrf_token": token_of(client.get("/admin/mutu")), "berkas": (BytesIO(content), "mutu.xlsx")}
    return client.post(f"/admin/mutu/periksa{query}", data=fields, content_type="multipart/form-data")


def publish(client: FlaskClient, content: bytes) -> TestResponse:
    """Uploads a workbook, and publishes it on the page that says what it would mark."""
    return press(client, upload(client, content), "/terbitkan")


def test_marks__stand_on_the_list_and_on_the_submission_with_what_to_do(fallen: Station) -> None:
    admin = member(fallen, "admin", "11.01")
    assert [FALLS in row[-1] for row in lines(admin, "/admin/kiriman")].count(True) == 1
    sha256 = fallen.one("submissions", village_id=VILLAGE, seq=3)["sha256"]
    path = f"/desa/{VILLAGE}/kiriman/{sha256}"
    assert "Bandingkan dengan pengukuran sebelumnya" in text_of(admin, path)
    assert "Compare with the measurement before" in text_of(admin, f"{path}?lang=en")
    earlier = fallen.one("submissions", village_id=VILLAGE, seq=2)["sha256"]
    assert "Periksa isian ini" not in text_of(admin, f"/desa/{VILLAGE}/kiriman/{earlier}")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("wilayah=11.01.01&periksa=2026-03-01", 1),
        (f"wilayah={VILLAGE}&periksa=2026-03-01", 1),
        (f"wilayah={OTHER_VILLAGE}&periksa=2026-03-01", 0),
        ("wilayah=11.01.01&periksa=2026-02-01", 0),
        ("wilayah=11.01.01&periksa=9999-12-01", 3),
        ("wilayah=11.01.01&periksa=kapan", 3),
        ("wilayah=11.01.01&periksa=2026-03-01&formulir=peta_sosial", 0),
    ],
)
def test_list__has_those_with_a_mark_of_a_region_and_month(fallen: Station, query: str, count: int) -> None:
    assert len(lines(member(fallen, "admin", "11.01"), f"/admin/kiriman?{query}")) == count


def test_list__of_a_kabupaten_asks_for_a_kecamatan_first(fallen: Station) -> None:
    admin = member(fallen, "admin", "11.01")
    path = "/admin/kiriman?wilayah=11.01&periksa=2026-03-01"
    assert len(lines(admin, path)) == 3
    assert "Pilih satu kecamatan atau desa dahulu" in text_of(admin, path)


def test_list__of_a_village_has_them_too(fallen: Station) -> None:
    assert len(lines(member(fallen), f"/desa/{VILLAGE}/kiriman?periksa=2026-03-01")) == 1


def test_rejected__has_no_mark(fallen: Station) -> None:
    admin = member(fallen, "admin", "11.01")
    sha256 = fallen.one("submissions", village_id=VILLAGE, seq=3)["sha256"]
    path = f"/desa/{VILLAGE}/kiriman/{sha256}"
    fields = {"csrf_token": token_of(admin.get(path)), "hasil": "rejected", "catatan": "salah anak"}
    assert admin.post(f"{path}/periksa", data=fields).status_code == 303
    assert not any(FALLS in row[-1] for row in lines(admin, "/admin/kiriman"))


def test_mistakes__stand_in_a_table_in_both_languages__and_nothing_changes(as_shipped: Station) -> None:
    admin = member(as_shipped, "admin", "ID")
    for query, meant, number in (
        ("", "Maksudnya “terlalu_cepat”?", "Tulis bilangan dari 0 sampai 20"),
        ("?lang=en", "Did you mean “terlalu_cepat”?", "Write a number from 0 to 20"),
    ):
        page = upload(admin, BROKEN, query)
        found = html.document_fromstring(page.text).xpath("//table[contains(@class, 'wrong')]/tbody/tr")
        said = [" ".join(row.text_content().split()) for row in found]
        assert ["B2" in said[0], "E4" in said[1], "G5" in said[2]] == [True, True, True]
        assert meant in said[0]
        assert number in said[1]
    assert len(as_shipped.rows("check_versions")) == 1


def test_blank_cell__is_told_as_blank(as_shipped: Station) -> None:
    page = upload(member(as_shipped, "admin", "ID"), workbook(H8=None))
    (row,) = html.document_fromstring(page.text).xpath("//table[contains(@class, 'wrong')]/tbody/tr")
    assert row.xpath("string(td[1])").strip() == "kosong"


def figures(page: TestResponse) -> list[list[str]]:
    """The words of the table of checks on trial."""
    rows = html.document_fromstring(page.text).xpath("(//table[contains(@class, 'list')])[1]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_what_would_be_marked__is_shown_before_anything_changes(fallen: Station) -> None:
    admin = member(fallen, "admin", "ID")
    page = upload(admin, workbook(E4=2, G5="tidak", A8="tempat"))
    assert "Isian bertanda: 1 → 0" in words(page)
    shown = figures(page)
    assert [row[2:] for row in shown if row[0].startswith(FALLS)] == [["1", "0"]]
    assert [row[2:] for row in shown if row[0].startswith("Berat badan sama persis")] == [["0", "tidak dipakai"]]
    places = [row[2:] for row in shown if row[0].startswith("Banyak keluarga dicatat di satu tempat")]
    assert places == [["tidak dipakai", "0"], ["0", "tidak dipakai"]], "another code is another check"
    moved = html.document_fromstring(page.text).xpath("(//table[contains(@class, 'list')])[2]/tbody/tr")
    assert [" ".join(row.text_content().split()) for row in moved] == ["Sukamaju10"]
    assert "Submissions with a mark: 1 → 0" in words(upload(admin, workbook(E4=2), "?lang=en"))
    assert len(fallen.rows("check_versions")) == 1
    assert any(FALLS in row[-1] for row in lines(admin, "/admin/kiriman"))


def test_what_would_be_marked__of_many_villages_is_of_some(fallen: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    fallen.send(mapped("75000002-0000-4000-8000-000000000000"), village=OTHER_VILLAGE)
    monkeypatch.setattr(marks_on_trial, "MOST_VILLAGES", 1)
    page = upload(member(fallen, "admin", "ID"), workbook(E4=2))
    assert "1 desa dari 2, tersebar merata" in words(page)


def test_marked_copy__has_the_mistakes_in_the_cells(as_shipped: Station) -> None:
    admin = member(as_shipped, "admin", "ID")
    copy = press(admin, upload(admin, BROKEN), "/bertanda")
    marked = load_workbook(BytesIO(copy.data))["pemeriksaan"]
    assert "Maksudnya “terlalu_cepat”?" in marked["B2"].comment.text


def test_workbook__comes_into_force__and_its_marks_with_it(fallen: Station) -> None:
    admin = member(fallen, "admin", "ID")
    assert publish(admin, workbook(E4=2)).location.endswith("terbit=2")
    assert not any(FALLS in row[-1] for row in lines(admin, "/admin/kiriman"))
    assert publish(admin, workbook(E4=1, G4="tidak")).location.endswith("terbit=3")
    assert not any(FALLS in row[-1] for row in lines(admin, "/admin/kiriman"))
    assert admin.get("/admin/mutu/1/buku-kerja").data == shipped.CHECKS.read_bytes()
    restored = press(admin, press(admin, admin.get("/admin/mutu"), "/1/kembalikan"), "/terbitkan")
    assert restored.location.endswith("terbit=4")
    assert any(FALLS in row[-1] for row in lines(admin, "/admin/kiriman"))
    assert "Buku kerja yang sama sudah berlaku" in words(upload(admin, shipped.CHECKS.read_bytes()))
    assert [row["action"] for row in fallen.rows("actions")] == ["checks-published"] * 3
    assert admin.get("/admin/mutu/9/buku-kerja").status_code == 404
    fields = {"csrf_token": token_of(admin.get("/admin/mutu"))}
    assert admin.post("/admin/mutu/9/kembalikan", data=fields).status_code == 404
    assert admin.post("/admin/mutu/terbitkan", data=fields).status_code == 400


def test_upload__is_for_admins_of_all_villages__and_bounded(as_shipped: Station) -> None:
    narrow = member(as_shipped, "admin", VILLAGE)
    assert "admin yang wilayahnya mencakup semua desa" in text_of(narrow, "/admin/mutu")
    assert upload(narrow, BROKEN).status_code == 403
    wide = member(as_shipped, "admin", "ID")
    assert upload(wide, b"x" * 400_000).status_code == 413
    assert "“baca saya”" not in upload(wide, b"bukan xlsx").text
    assert len(as_shipped.rows("check_versions")) == 1


def test_checks__as_a_person_uses_them(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    fill(browsed)
    person = browsing.person(open_account(browsed, "admin", "ID").email)
    page = person.open("/admin/kiriman?wilayah=11.01.01")
    page.get_by_label("Bertanda “periksa” di bulan").select_option("2026-03-01")
    page.get_by_role("button", name="Tampilkan").click()
    assert page.locator("table.sub tbody tr").count() == 1
    person.picture(tmp_path / "kiriman.png")
    person.picture(tmp_path / "kiriman-360.png", phone=True)
    page.locator("table.sub tbody a").click()
    page.get_by_role("heading", name="Periksa isian ini").wait_for()
    person.picture(tmp_path / "satu.png")
    person.picture(tmp_path / "satu-360.png", phone=True)
    page = person.open("/admin/kiriman")
    person.to("Pemeriksaan mutu")
    person.picture(tmp_path / "mutu.png")
    person.picture(tmp_path / "mutu-360.png", phone=True)
    file = tmp_path / "mutu.xlsx"
    file.write_bytes(BROKEN)
    page.get_by_label("Buku kerja pemeriksaan").set_input_files(file)
    page.get_by_role("button", name="Periksa dan bandingkan").click()
    page.get_by_text("3 kesalahan").wait_for()
    person.picture(tmp_path / "salah.png")
    person.picture(tmp_path / "salah-360.png", phone=True)
    page.get_by_role("link", name="Unggah lagi").click()
    file.write_bytes(workbook(E4=2))
    page.get_by_label("Buku kerja pemeriksaan").set_input_files(file)
    page.get_by_role("button", name="Periksa dan bandingkan").click()
    page.get_by_text("Isian bertanda: 1 → 0").wait_for()
    person.picture(tmp_path / "coba.png")
    person.picture(tmp_path / "coba-360.png", phone=True)
    page.get_by_role("button", name="Terbitkan pemeriksaan ini").click()
    page.get_by_text("Pemeriksaan versi 2 berlaku").wait_for()
    page.get_by_role("link", name="Buka daftar kiriman").click()
    assert page.locator("table.sub .mark").count() == 0
    person.to("Pemeriksaan mutu")
    person.picture(tmp_path / "versi.png")
    person.picture(tmp_path / "versi-360.png", phone=True)
    page.get_by_role("button", name="Lihat akibatnya: versi 1").click()
    page.get_by_text("Isian bertanda: 0 → 1").wait_for()
    page.get_by_role("button", name="Terbitkan pemeriksaan ini").click()
    page.get_by_text("Pemeriksaan versi 3 berlaku").wait_for()


def test_marks__of_every_kind_stand_on_the_list_for_whoever_looks_at_a_kecamatan(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    homes = [f"7500000{number}-0000-4000-8000-000000000000" for number in range(5)]
    children = [f"740000{number:02}-0000-4000-8000-000000000000" for number in range(15)]
    born = {"nama": "Anak", "tanggal_lahir": "2025-06-01"}
    for home in homes:
        mapped_there = [(child, born) for child in children] if home == homes[0] else []
        browsed.send(mapped(home, place="-7.12345 110.12345 120.0 8.0", children=mapped_there))
    for month in ("01", "02", "03"):
        browsed.send(visited(children[0], day=f"2026-{month}-02", timbang="ya", berat_badan="7.4"))
    moments = {"mulai": "2026-03-03T08:00:00.000+07:00", "berakhir": "2026-03-03T08:00:40.000+07:00"}
    browsed.send(visited(children[1], day="2026-03-03", **moments))
    for number, child in enumerate(children):
        browsed.send(measured(child, day="2026-03-04", panjang=f"{70 + number / 2:.1f}", posisi="baring"))
    browsed.send(measured(children[-1], day="2026-03-05", panjang="71.2", posisi="baring"))

    person = browsing.person(open_account(browsed, "admin", "11.01").email)
    page = person.open("/admin/kiriman?wilayah=11.01.01")
    marks = {one.inner_text() for one in page.locator("table.sub .mark").all()}
    person.picture(tmp_path / "tanda.png")
    person.picture(tmp_path / "tanda-360.png", phone=True)
    assert sorted(mark.partition(":")[0] for mark in marks) == [
        "Banyak keluarga dicatat di satu tempat",
        "Berat badan sama persis tiga bulan berturut-turut",
        "Kunjungan diisi terlalu cepat",
        "Panjang badan terlalu sering berakhir ,0 atau ,5",
        "Panjang badan turun lebih dari 1 cm dari pengukuran sebelumnya",
    ]
