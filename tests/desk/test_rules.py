"""The rules of the score at the desk: in Excel, checked, compared with those in force, published, and taken back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from server.publications import shipped
from tests.support.browsing import Browsing
from tests.support.counting import workbook
from tests.support.members import member, open_account, token_of
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, visited

OTHER = workbook(ih2={"diterima_jika": "true()", "label::Bahasa Indonesia (id)": "Ibu <b>dikunjungi</b>"})
BROKEN = workbook(ih1={"diterima_jika": "${periksa_kehamilann} = 'ya'"}, ih2={"jendela": "bulan"})


@pytest.fixture
def admin(as_shipped: Station) -> FlaskClient:
    return member(as_shipped, "admin", "ID")


def upload(client: FlaskClient, content: bytes, path: str = "/admin/aturan", query: str = "") -> TestResponse:
    fields = {"csrf_token": token_of(client.get(path)), "berkas": (BytesIO(content), "indikator.xlsx")}
    return client.post(f"/admin/aturan/periksa{query}", data=fields, content_type="multipart/form-data")


def press(client: FlaskClient, page: TestResponse, action: str, **fields: str) -> TestResponse:
    """Presses the button of the page's form that leads there."""
    (form,) = (form for form in html.document_fromstring(page.text).forms if form.action.endswith(action))
    return client.post(form.action, data={**dict(form.fields), **fields})


def words(page: TestResponse) -> str:
    return " ".join(html.document_fromstring(page.text).text_content().split())


def mother(station: Station) -> None:
    id_ = "10000000-0000-4000-8000-000000000000"
    station.send(mapped("20000000-0000-4000-8000-000000000000", mothers=[(id_, {"nama": "Siti", "hpl": "2026-06-15"})]))
    station.send(visited(id_, day="2026-03-01", of="ibu_hamil", pil_fe="tidak"))


def test_mistakes__stand_in_a_table_with_cell_content_and_remedy(admin: FlaskClient) -> None:
    for query, wrong in (("", "periksa_kehamilann"), ("?lang=en", "periksa_kehamilann")):
        page = upload(admin, BROKEN, query=query)
        rows = html.document_fromstring(page.text).xpath("//table//tbody/tr")
        text = [" ".join(row.text_content().split()) for row in rows]
        assert len(text) == 2
        assert "indikator · I2" in text[0]
        assert wrong in text[0]
        assert "bulan" in text[1]


def test_mistakes__are_marked_in_the_workbook(admin: FlaskClient) -> None:
    answer = press(admin, upload(admin, BROKEN), "/bertanda")
    book = load_workbook(BytesIO(answer.data))
    assert "periksa_kehamilann" in str(book["indikator"]["I2"].comment.text)


def test_check__shows_both_sides_and_changes_nothing(as_shipped: Station, admin: FlaskClient) -> None:
    mother(as_shipped)
    page = upload(admin, OTHER)
    assert page.status_code == 200
    assert "<b>dikunjungi" not in page.text  # what a workbook says is text
    said = words(page)
    assert "Semua 1 desa dihitung dengan kedua aturan" in said
    assert "ih2 Ibu <b>dikunjungi</b>" in said
    assert len(as_shipped.rows("indicator_versions")) == 1


def test_publish__puts_the_rules_in_force_and_says_who_and_why(as_shipped: Station, admin: FlaskClient) -> None:
    mother(as_shipped)
    before = admin.get(f"/desa/{VILLAGE}.json").json
    assert before is not None
    answer = press(admin, upload(admin, OTHER), "/terbitkan", alasan="Tablet  dibagi bidan")
    assert answer.headers["Location"] == "/admin/aturan?terbit=2"
    assert "Aturan versi 2 berlaku" in words(admin.get("/admin/aturan?terbit=2"))
    after = admin.get(f"/desa/{VILLAGE}.json").json
    assert after is not None
    assert [before["table3"][1]["received"], after["table3"][1]["received"]] == [0, 1]
    noted = as_shipped.one("actions")
    assert (noted["action"], noted["about"]) == ("rules-published", "2: Tablet dibagi bidan")
    restored = press(admin, press(admin, admin.get("/admin/aturan"), "/1/kembalikan"), "/terbitkan", alasan="Kembali")
    assert restored.headers["Location"] == "/admin/aturan?terbit=3"
    again = admin.get(f"/desa/{VILLAGE}.json").json
    assert again is not None
    assert again["table3"] == before["table3"]


def test_publish__asks_for_a_reason(admin: FlaskClient) -> None:
    answer = press(admin, upload(admin, OTHER), "/terbitkan", alasan="  ")
    assert (answer.status_code, "tulis satu kalimat" in answer.text) == (400, True)


def test_workbook__comes_back_as_it_was_uploaded(admin: FlaskClient) -> None:
    assert admin.get("/admin/aturan/1/buku-kerja").data == shipped.INDICATORS.read_bytes()
    assert admin.get("/admin/aturan/7/buku-kerja").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [(b"PK\3\4 kosong", 200, "bukan buku kerja"), (b"x" * 400_000, 413, "paling besar 300 kb"), (b"", 200, "kosong")],
)
def test_what_is_no_workbook__is_answered(admin: FlaskClient, content: bytes, status: int, sentence: str) -> None:
    answer = upload(admin, content)
    assert (answer.status_code, sentence in words(answer).lower()) == (status, True)


def test_admin_of_a_part__may_look_and_not_publish(as_shipped: Station) -> None:
    part = member(as_shipped, "admin", VILLAGE)
    page = part.get("/admin/aturan")
    assert "wilayahnya mencakup semua desa" in words(page)
    assert html.document_fromstring(page.text).forms == []


def test_rules__as_a_person_changes_them(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    mother(browsed)
    person = browsing.person(open_account(browsed, "admin", "ID").email)
    page = person.open("/admin/aturan")
    person.picture(tmp_path / "aturan.png")
    file = tmp_path / "indikator.xlsx"
    file.write_bytes(BROKEN)
    page.get_by_label("Buku kerja aturan").set_input_files(file)
    page.get_by_role("button", name="Periksa dan bandingkan").click()
    page.get_by_text("2 kesalahan").wait_for()
    person.picture(tmp_path / "salah.png")
    person.picture(tmp_path / "salah-360.png", phone=True)
    page.get_by_role("link", name="Unggah lagi").click()
    file.write_bytes(OTHER)
    page.get_by_label("Buku kerja aturan").set_input_files(file)
    page.get_by_role("button", name="Periksa dan bandingkan").click()
    page.get_by_role("heading", name="Sel yang berubah").wait_for()
    person.picture(tmp_path / "beda.png")
    person.picture(tmp_path / "beda-360.png", phone=True)
    page.get_by_label("Alasan perubahan").fill("Percobaan")
    page.get_by_role("button", name="Terbitkan aturan ini").click()
    page.get_by_text("Aturan versi 2 berlaku").wait_for()
