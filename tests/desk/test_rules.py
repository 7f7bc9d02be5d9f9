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
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
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


def cells(page: TestResponse) -> list[list[str]]:
    """The words of the table of mistakes."""
    rows = html.document_fromstring(page.text).xpath("//table[contains(@class, 'wrong')]/tbody/tr")
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in rows]


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


@pytest.mark.parametrize(
    ("written", "meant", "wrong"),
    [
        (
            "${timbng} = 'ya'",
            "${timbang} = 'ya'",
            ("Nama ${timbng} tidak dikenal untuk sasaran ini.", "The name ${timbng} is not known for this target."),
        ),
        (
            "selectd('ya', ${timbang})",
            "selected('ya', ${timbang})",
            ("Fungsi selectd() di karakter ke-1 tidak dikenal.", "The function selectd() at character 1 is unknown."),
        ),
        (
            "${timbang} = “ya” or ${timbang} = “tidak”",
            "${timbang} = 'ya' or ${timbang} = 'tidak'",
            ("Tanda petik “ di karakter ke-14 melengkung", "The quote “ at character 14 is curved"),
        ),
        (
            "${timbng} = 'ya' or ${timbng} = 'x'",
            "${timbang} = 'ya' or ${timbang} = 'x'",
            ("Nama ${timbng} tidak dikenal", "The name ${timbng} is not known"),
        ),
    ],
    ids=["name", "function", "curved quotes", "the same name again"],
)
def test_a_misspelled_word_of_a_rule__is_told_with_the_rule_to_write(
    admin: FlaskClient, written: str, meant: str, wrong: tuple[str, str]
) -> None:
    for query, sentence in zip(("", "?lang=en"), wrong, strict=True):
        (row,) = cells(upload(admin, workbook(a2={"diterima_jika": written}), query=query))
        assert row[1:3] == [written, meant]
        assert sentence in row[3]


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


def test_check__says_changed_cells_in_words__in_both_languages(admin: FlaskClient) -> None:
    other = workbook(
        ih1={"minimal": "setiap_bulan"}, ih2={"jendela": "tahun"}, a2={"berlaku_jika": "${usia_bulan} >= 3"}
    )
    page = words(upload(admin, other))
    assert "isian triwulan ini" in page and "isian tahun ini" in page
    assert "bila minggu kehamilan paling sedikit 28: 2; bila tidak: 1" in page and "setiap bulan" in page
    assert "umur dalam bulan paling sedikit 3" in page
    english = words(upload(admin, other, query="?lang=en"))
    assert "if weeks of pregnancy at least 28: 2; if not: 1" in english
    asked = words(upload(admin, workbook(ih2={"diterima_jika": "not(${pil_fe} = 'ya') or true()"})))
    assert "tidak benar bahwa (“" in asked and "” adalah “Ya”) atau selalu" in asked


def test_a_village_is_chosen__and_its_card_stands_by_both_rules_side_by_side(
    as_shipped: Station, admin: FlaskClient
) -> None:
    mother(as_shipped)
    page = press(admin, upload(admin, OTHER), "/desa#desa", desa="Sukamaju")
    assert page.status_code == 200
    found = html.document_fromstring(page.text)
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in found.xpath("//table[@id='kartu-desa']/tbody/tr")
    ]
    assert len(rows) == 19
    (second,) = (row for row in rows if row[0].startswith("ih2"))
    assert second[1:] == ["0/1 · 0,0%", "1/1 · 100,0%"]
    assert found.xpath("string(//table[@id='kartu-desa']//tr[starts-with(th, 'ih2')]/td[1]/span/@class)") == "s red"

    assert "berganti warna" in words(page)
    nowhere = press(admin, page, "/desa#desa", desa="Tidak Ada")
    assert "“Tidak Ada” tidak ada di daftar wilayah" in words(nowhere)
    assert html.document_fromstring(nowhere.text).xpath("string(//input[@name='desa']/@value)") == "Tidak Ada"
    empty = press(admin, page, "/desa#desa", pilih=OTHER_VILLAGE)
    assert "belum mengirim isian apa pun" in words(empty)


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
    card = admin.get(f"/desa/{VILLAGE}")
    assert "Aturan ini berlaku sejak 10 Maret 2026, alasan: Tablet dibagi bidan" in words(card)
    assert "These rules are in force since 10 March 2026; the reason: Tablet" in words(
        admin.get(f"/desa/{VILLAGE}?lang=en")
    )
    noted = as_shipped.one("actions")
    assert (noted["action"], noted["about"]) == ("rules-published", "2: Tablet dibagi bidan")
    restored = press(admin, press(admin, admin.get("/admin/aturan"), "/1/kembalikan"), "/terbitkan", alasan="Kembali")
    assert restored.headers["Location"] == "/admin/aturan?terbit=3"
    again = admin.get(f"/desa/{VILLAGE}.json").json
    assert again is not None
    assert again["table3"] == before["table3"]


def test_publish__asks_for_a_reason(admin: FlaskClient) -> None:
    answer = press(admin, upload(admin, OTHER), "/terbitkan", alasan="  ")
    assert (answer.status_code, "Tulis satu kalimat" in answer.text) == (400, True)
    again = press(admin, answer, "/terbitkan", alasan="Sesuai pedoman")
    assert again.status_code == 303, "the workbook was kept"


def test_nothing_chosen__is_told_where_one_can_choose(admin: FlaskClient) -> None:
    for path in ("/admin/aturan", "/admin/mutu"):
        page = admin.post(f"{path}/periksa", data={"csrf_token": token_of(admin.get(path))})
        assert (page.status_code, "Belum ada buku kerja yang dipilih" in page.text) == (400, True)
        assert html.document_fromstring(page.text).xpath("//input[@name='berkas']")


def test_workbook__comes_back_as_it_was_uploaded(admin: FlaskClient) -> None:
    assert admin.get("/admin/aturan/1/buku-kerja").data == shipped.INDICATORS.read_bytes()
    assert admin.get("/admin/aturan/7/buku-kerja").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [(b"PK\3\4 kosong", 200, "bukan buku kerja"), (b"x" * 400_000, 413, "paling banyak 300 kb"), (b"", 200, "kosong")],
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
    figures = page.locator("table.change tbody tr", has_text="ih2").last.locator("td").all_inner_texts()
    assert figures == ["0/1 · 0,0%", "1/1 · 100,0%"], "before and after, of the running quarter"
    person.picture(tmp_path / "beda.png")
    person.picture(tmp_path / "beda-360.png", phone=True)
    page.get_by_label("Alasan perubahan").fill("Percobaan")
    page.get_by_role("button", name="Terbitkan aturan ini").click()
    page.get_by_text("Aturan versi 2 berlaku").wait_for()
    page = person.open(f"/desa/{VILLAGE}")
    page.get_by_text("alasan: Percobaan").wait_for()
    person.picture(tmp_path / "kartu.png")
    person.picture(tmp_path / "kartu-360.png", phone=True)
    assert page.locator("#ih2 td").first.inner_text() == "1 / 1"
    page = person.open("/admin/aturan")
    page.get_by_role("button", name="versi 1").click()
    page.get_by_label("Alasan perubahan").fill("Kembali")
    page.get_by_role("button", name="Terbitkan aturan ini").click()
    page.get_by_text("Aturan versi 3 berlaku").wait_for()
    assert person.open(f"/desa/{VILLAGE}").locator("#ih2 td").first.inner_text() == "0 / 1"
