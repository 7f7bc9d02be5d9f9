"""The desk's pages of forms: what is in force, what an upload comes to, and that only publishing changes anything."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from server.publications import drafts
from tests.support.databases import Databases, ready
from tests.support.edited import Edited
from tests.support.members import member, token_of
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared
from tests.support.tables import workbook_bytes

FORM = """
# survey
| type                    | name    | label         | relevant    | save_to |
| date                    | tanggal | Tanggal       |             |         |
| select_one air          | air     | Sumber air    |             |         |
| integer                 | jumlah  | Berapa orang  |             |         |
| text                    | catatan | Catatan       | ${air} != 'pam' |     |
# choices
| list_name | name  | label    |
| air       | sumur | Sumur    |
| air       | pam   | Air PAM  |
# settings
| form_title | form_id | version |
| Air minum  | air     | 1       |
"""
CODES = """
# survey
| type                          | name | label |
| select_one_from_file kode.csv | kode | Kode  |
# settings
| form_title | form_id | version |
| Kode       | kode    | {}      |
"""


@pytest.fixture
def station(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    url, tokens = ready(databases, prepared)
    made = opened(url, tmp_path, tokens)
    made.publish(FORM)
    yield made
    made.engine.dispose()


@pytest.fixture
def admin(station: Station) -> FlaskClient:
    return member(station, "admin", "11")


def changed(*pairs: tuple[str, str], version: str = "2") -> str:
    found = FORM.replace("| air     | 1       |", f"| air     | {version}       |")
    for before, after in pairs:
        assert before in found
        found = found.replace(before, after)
    return found


def upload(
    admin: FlaskClient, content: bytes | str, *files: tuple[str, bytes], name: str = "air.xlsx", follow: bool = True
) -> TestResponse:
    """Uploads a workbook with files beside it, and opens what came of it."""
    workbook = workbook_bytes(content) if isinstance(content, str) else content
    token = token_of(admin.get("/admin/formulir"))
    beside = [FileStorage(BytesIO(one), file, "pendamping") for file, one in files]
    fields = {"csrf_token": token, "berkas": FileStorage(BytesIO(workbook), name), "pendamping": beside}
    boundary, body = encode_multipart(MultiDict(fields))
    kind = f"multipart/form-data; boundary={boundary}"
    came_from = {"Referer": "http://localhost/admin/formulir"}
    return admin.post(
        "/admin/formulir/periksa", data=body, content_type=kind, follow_redirects=follow, headers=came_from
    )


def rows(page: TestResponse, table: str = "wrong") -> list[list[str]]:
    """The words of a table's cells."""
    found = html.document_fromstring(page.text).xpath(f"//table[contains(@class, '{table}')]/tbody/tr")
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in found]


def published(station: Station) -> list[str]:
    return [row["version"] for row in station.rows("form_versions") if row["form_id"] == "air"]


def draft_id(station: Station) -> str:
    return str(max(station.rows("form_drafts"), key=lambda row: str(row["made_at"]))["id"])


# What is in force


def test_forms_in_force__are_listed_with_the_phones_that_fetched_them(station: Station, admin: FlaskClient) -> None:
    assert rows(admin.get("/admin/formulir"), "forms")[0][2] == "belum diketahui"
    for village in (VILLAGE, OTHER_VILLAGE):
        assert station.get("forms/air/1/form.xml", village).status_code == 200
    station.publish(changed())

    (row,) = rows(admin.get("/admin/formulir"), "forms")
    assert row == ["Air minum air", "2 sejak 10 Mar 2026", "0 dari 2 2 HP masih versi lama", "Unduh .xlsx"]
    station.get("forms/air/2/form.xml")
    assert rows(admin.get("/admin/formulir"), "forms")[0][2] == "1 dari 2 1 HP masih versi lama"
    village = member(station, "admin", VILLAGE)
    assert rows(village.get("/admin/formulir"), "forms")[0][2] == "1 dari 1"


def filled(version: str) -> str:
    answers = "<tanggal>2026-03-01</tanggal><air>pam</air><jumlah>3</jumlah>"
    return f'<data id="air" version="{version}">{answers}<meta><instanceID>uuid:{new_id()}</instanceID></meta></data>'


def test_workbook__is_downloaded_as_it_was_uploaded__each_version(station: Station, admin: FlaskClient) -> None:
    station.publish(changed())

    for number, row in enumerate(station.rows("form_versions"), start=1):
        answer = admin.get(f"/admin/formulir/air/{number}/buku-kerja")
        assert answer.data == row["workbook"]
        assert answer.headers["Content-Disposition"] == f"attachment; filename=air-{number}.xlsx"
    assert admin.get("/admin/formulir/air/9/buku-kerja").status_code == 404
    assert admin.get("/admin/formulir/lain").status_code == 404


def test_an_admin_of_one_region__sees_forms_and_changes_none(station: Station) -> None:
    village = member(station, "admin", VILLAGE)
    page = village.get("/admin/formulir")

    assert "hanya admin yang wilayahnya mencakup semua desa" in page.text
    assert "periksa" not in page.text
    assert village.post("/admin/formulir/periksa", data={}).status_code == 403
    assert village.get("/admin/formulir/draf/x").status_code == 403


# Mistakes


def test_mistakes__are_told_by_cell_and_nothing_changes(station: Station, admin: FlaskClient) -> None:
    broken = changed(("select_one air ", "select_one airr "), ("${air} != 'pam'", "${aiir} != 'pam'"), version="1")

    page = upload(admin, broken)

    assert "3 kesalahan di air.xlsx" in page.text
    assert "Belum ada yang berubah: versi 1 tetap berlaku." in page.text
    told = rows(page)
    assert told[0][:3] == ["settings · C2 kolom version", "1", "2"]
    assert told[1][:3] == ["survey · A3 kolom type", "select_one airr", "select_one air"]
    assert told[2][:3] == ["survey · D5 kolom relevant", "${aiir} != 'pam'", "${air} != 'pam'"]
    english = admin.get(f"/admin/formulir/draf/{draft_id(station)}?lang=en")
    assert "There is no list of choices “airr”" in rows(english)[1][3]
    assert published(station) == ["1"]
    assert "Terbitkan versi" not in page.text


def test_upload__is_of_the_day_that_it_is_in_the_villages(station: Station, admin: FlaskClient) -> None:
    station.clock.now = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)
    assert "Unggahan air.xlsx, 10 Maret 2026." in upload(admin, changed()).text


def test_remarks__stand_before_the_button_that_publishes(station: Station, admin: FlaskClient) -> None:
    page = upload(admin, changed(("| save_to |", "| tugas   |"), ("Berapa orang", "Ada berapa orang")))

    for query in ("", "?lang=en"):
        page = admin.get(f"/admin/formulir/draf/{draft_id(station)}{query}")
        assert "“tugas”" in page.text
        assert page.text.index("“tugas”") < page.text.index("terbitkan")


def test_a_draft_with_mistakes__cannot_be_published(station: Station, admin: FlaskClient) -> None:
    upload(admin, changed(("${air} != 'pam'", "${aiir} != 'pam'")))
    path = f"/admin/formulir/draf/{draft_id(station)}"

    answer = admin.post(f"{path}/terbitkan", data={"csrf_token": token_of(admin.get(path))}, follow_redirects=True)

    assert "1 kesalahan di air.xlsx" in answer.text
    assert published(station) == ["1"]
    assert station.rows("actions") == []


def test_a_renamed_choice_and_a_changed_type__that_old_answers_use_are_told(
    station: Station, admin: FlaskClient
) -> None:
    station.send(filled("1"))

    page = upload(admin, changed(("| pam   |", "| pipa  |"), ("| integer ", "| text    "), ("'pam'", "'pipa'")))

    kind, choice = sorted(rows(page), reverse=True)
    assert choice[:3] == ["choices · B3 kolom name", "pipa", "pam"]
    assert "dipakai 1 isian lama" in choice[3]
    assert kind[:2] == ["survey · A4 kolom type", "text"]
    assert "Kembalikan jenisnya bila maksudnya sama" in kind[2]
    assert "berubah dari integer menjadi text, padahal ada 1 isian lama" in kind[3]
    assert "Terbitkan versi 2" in page.text, "remarks stop nothing"


def test_marked_copy__has_the_mistakes_in_colour_and_all_else_as_it_was(station: Station, admin: FlaskClient) -> None:
    book = Edited(workbook_bytes(changed(("${air} != 'pam'", "${aiir} != 'pam'"))))
    survey, notes = book.sheet("survey"), book.book.create_sheet("catatan saya")
    survey.column_dimensions["C"].width = 44
    survey["C2"].fill = PatternFill("solid", fgColor="FF112233")
    survey["C2"].comment = Comment("punya saya", "Ani")
    survey.freeze_panes = "B2"
    notes["A1"].value = "=1+1"

    upload(admin, book.content, name="air <b>.xlsx")
    answer = admin.get(f"/admin/formulir/draf/{draft_id(station)}/bertanda")
    copy = load_workbook(BytesIO(answer.data))

    marked = copy["survey"]["D5"]
    assert marked.fill.fgColor.rgb == "FFF4B0AA"
    assert marked.comment is not None
    assert "${aiir} menunjuk pertanyaan yang tidak ada" in marked.comment.text
    assert "→ ${air} != 'pam'" in marked.comment.text
    assert (marked.value, copy["survey"]["C2"].value) == ("${aiir} != 'pam'", "Tanggal")
    assert copy["survey"]["C2"].fill.fgColor.rgb == "FF112233"
    assert copy["survey"]["C2"].comment is not None
    assert copy["survey"]["C2"].comment.text == "punya saya"
    assert copy["survey"].column_dimensions["C"].width == 44
    assert copy["survey"].freeze_panes == "B2"
    assert copy["catatan saya"]["A1"].value == "=1+1"

    upload(admin, answer.data)
    again = load_workbook(BytesIO(admin.get(f"/admin/formulir/draf/{draft_id(station)}/bertanda").data))
    assert again["survey"]["D5"].comment is not None
    assert again["survey"]["D5"].comment.text == marked.comment.text, "marks of an earlier copy are gone"


# What changes


def test_comparison__says_what_changes_with_its_effect(station: Station, admin: FlaskClient) -> None:
    station.send(filled("1"))
    added = "| text                    | catatan | Catatan       | ${air} != 'pam' |     |"
    page = upload(
        admin,
        changed(
            ("| integer                 | jumlah  | Berapa orang  |             |         |\n", ""),
            ("Sumber air ", "Airnya dari "),
            ("| air       | pam   | Air PAM  |", "| air       | pam   | Air PAM  |\n| air       | hujan | Air hujan |"),
            (added, "| text                    | catatan | Catatan       |             |     |\n"
             "| image                   | foto    | Fotonya       |             |     |"),
        ),
    )  # fmt: skip

    assert "1 ditambah, 2 diubah, 1 dihapus, 1 pertanyaan tetap." in page.text
    added_row, water, note, removed = rows(page, "change")
    assert added_row[0] == "+ ditambah"
    assert "foto · image · survey!B5" in added_row[1]
    assert "Tidak mengubah satu indikator pun." in added_row[2]
    assert "kalimat ( label ): Sumber air → Airnya dari" in water[1]
    assert "pilihan ( hujan ): kosong → Air hujan" in water[1]
    assert water[2].endswith("1 jawaban lama tetap tersimpan dan dihitung.")
    assert "ditanya bila ( relevant ): ${air} != 'pam' → kosong" in note[1]
    assert removed[0] == "− dihapus"
    assert "jumlah · integer" in removed[1]
    assert "2 HP di wilayah Anda mengambilnya" in page.text
    assert published(station) == ["1"], "checking changes nothing"


def publish(admin: FlaskClient, station: Station) -> TestResponse:
    """Presses the button of the newest draft."""
    path = f"/admin/formulir/draf/{draft_id(station)}"
    token = token_of(admin.get(path))
    return admin.post(f"{path}/terbitkan", data={"csrf_token": token}, follow_redirects=True)


def test_publishing__makes_a_version_that_phones_fetch_and_is_noted(station: Station, admin: FlaskClient) -> None:
    upload(admin, changed(("Berapa orang", "Ada berapa orang")))

    page = publish(admin, station)

    assert "Air minum versi 2 sudah terbit" in page.text
    assert html.document_fromstring(page.text).xpath("//a[.='Lihat HP yang belum']/@href") == ["/admin/hp"]
    assert published(station) == ["1", "2"]
    assert "<version>2</version>" in station.get("formList").text
    assert "Ada berapa orang" in station.get("forms/air/2/form.xml").text
    (noted,) = station.rows("actions")
    assert (noted["action"], noted["about"], noted["region"]) == ("form-published", "air 2", "11")
    assert station.rows("form_drafts") == [], "it is not kept any longer"
    station.send(filled("1"))
    station.send(filled("2"))
    assert {row["state"] for row in station.rows("submissions")} == {"accepted"}, "older versions stay accepted"


def test_publishing_an_older_version_again__undoes_what_came_after(station: Station, admin: FlaskClient) -> None:
    station.publish(changed(("Berapa orang", "Ada berapa orang")))
    token = token_of(admin.get("/admin/formulir/air"))

    page = admin.post("/admin/formulir/air/1/kembalikan", data={"csrf_token": token}, follow_redirects=True)
    assert "Terbitkan versi 3" in page.text
    assert published(station) == ["1", "2"]
    publish(admin, station)

    assert published(station) == ["1", "2", "3"]
    assert "Berapa orang" in station.get("forms/air/3/form.xml").text
    gone = admin.post("/admin/formulir/air/9/kembalikan", data={"csrf_token": token})
    assert gone.status_code == 404


def test_what_somebody_else_published_meanwhile__is_told_before_anything_changes(
    station: Station, admin: FlaskClient
) -> None:
    upload(admin, changed(("Berapa orang", "Ada berapa orang")))
    station.publish(changed(("Sumber air ", "Asal air   ")))

    page = publish(admin, station)

    assert "sudah terbit dengan isi lain" in page.text
    assert published(station) == ["1", "2"]


def test_an_upload_whose_number_was_taken_meanwhile__says_so_above_its_differences(
    station: Station, admin: FlaskClient
) -> None:
    upload(admin, changed(("Berapa orang", "Ada berapa orang")))
    stale = f"/admin/formulir/draf/{draft_id(station)}"
    station.publish(changed(("Sumber air ", "Asal air   ")))

    page = admin.get(stale)

    assert "Versi 2 sudah terbit dengan isi lain" in page.text
    assert "Isinya sama" not in page.text
    assert len(rows(page, "change")) == 2
    assert html.document_fromstring(page.text).xpath("//form[contains(@action, 'terbitkan')]") == []


def test_an_upload_that_was_published__is_not_said_to_have_changed_nothing(
    station: Station, admin: FlaskClient
) -> None:
    upload(admin, changed(("Berapa orang", "Ada berapa orang")))
    gone = f"/admin/formulir/draf/{draft_id(station)}"
    publish(admin, station)

    page = admin.get(gone)

    assert page.status_code == 404
    assert "yang sudah diterbitkan hilang dari sini" in page.text


def test_a_form_leads_to_its_preview__and_the_preview_back(station: Station, admin: FlaskClient) -> None:
    page = html.document_fromstring(admin.get("/admin/formulir/air").text)
    preview = "/admin/formulir/air/1/pratinjau"
    assert page.xpath(f"//a[@href='{preview}']/text()") == ["Coba isi di peramban", "Coba isi"]
    assert html.document_fromstring(admin.get(preview).text).xpath("//main//a[@href='/admin/formulir/air']")

    upload(admin, changed(("Berapa orang", "Ada berapa orang")))
    draft = f"/admin/formulir/draf/{draft_id(station)}"
    assert html.document_fromstring(admin.get(f"{draft}/pratinjau").text).xpath(f"//main//a[@href='{draft}']")


def test_what_is_in_force_already__is_told(station: Station, admin: FlaskClient) -> None:
    page = upload(admin, FORM)

    assert "Isinya sama dengan versi 1 yang berlaku" in page.text


def test_files_beside_a_form__are_uploaded_with_it_and_taken_along_later(station: Station, admin: FlaskClient) -> None:
    first = upload(admin, CODES.format(1), ("kode.csv", b"name,label\na,A\n"), ("lain.csv", b"name,label\n"))
    assert "tidak menyebut berkas lain.csv" in first.text
    assert drafts_files(station) == {"kode.csv"}
    publish(admin, station)

    assert "Terbitkan versi 2" in upload(admin, CODES.format(2).replace("Kode  |", "Kodenya |")).text
    publish(admin, station)

    kept = {(row["version"], row["name"]): row["content"] for row in station.rows("form_media", form_id="kode")}
    assert kept == dict.fromkeys([("1", "kode.csv"), ("2", "kode.csv")], b"name,label\na,A\n")


def drafts_files(station: Station) -> set[str]:
    return {row["name"] for row in station.rows("form_draft_files")}


def test_a_file_that_is_missing__is_told_at_the_cell_that_speaks_of_it(station: Station, admin: FlaskClient) -> None:
    (told,) = rows(upload(admin, CODES.format(1)))

    assert told[0].startswith("survey · A2")
    assert "memerlukan kode.csv" in told[3]


# What must do no harm


def zip_bomb() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (200 * 1024 * 1024))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"0" * (50 * 1024 * 1024), 413, "paling banyak 20 MB"),
        (b"0" * (12 * 1024 * 1024), 413, "Buku kerja ini terlalu besar"),
        (b"bukan zip", 400, "bukan buku kerja Excel (.xlsx) yang utuh"),
        (b"", 400, "Berkasnya kosong"),
    ],
    ids=["50 MB", "12 MB", "no workbook", "empty"],
)
def test_what_is_no_workbook_or_too_large__is_answered_with_a_sentence(
    station: Station, admin: FlaskClient, content: bytes, status: int, sentence: str
) -> None:
    answer = upload(admin, content, follow=False)

    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert station.rows("form_drafts") == []
    page = html.document_fromstring(answer.text)
    ways_on = page.xpath("//main//input[@name='berkas'] | //main//a[@href='/admin/formulir']")
    assert len(ways_on) > 0, "the page lets one choose another file, or leads back to where one can"


def test_a_zip_bomb__is_refused_by_its_sizes(station: Station, admin: FlaskClient) -> None:
    answer = upload(admin, zip_bomb(), follow=False)

    assert (answer.status_code, "terlalu besar" in answer.text) == (413, True)


def test_file_names_and_cells_with_what_no_screen_shows__do_no_harm(station: Station, admin: FlaskClient) -> None:
    broken = changed(("Berapa orang ", "_x0000_ _x0007_"), ("${air} != 'pam'", "${a_x0000_} != 1"))

    page = upload(admin, broken, ("../../kode\x07.csv", b"x"), name="../../air\x07.xlsx")

    assert page.status_code == 200
    (kept,) = station.rows("form_drafts")
    assert kept["file_name"] == "air.xlsx"
    assert drafts_files(station) == {"kode.csv"}
    copy = admin.get(f"/admin/formulir/draf/{kept['id']}/bertanda")
    assert (copy.status_code, copy.headers["Content-Disposition"]) == (200, "attachment; filename=air-bertanda.xlsx")


def test_marked_copy__marks_the_first_of_merged_cells(station: Station, admin: FlaskClient) -> None:
    book = Edited(
        workbook_bytes(changed(("| text                    | catatan |", "| text                    |         |")))
    )
    book.sheet("survey").merge_cells("A5:B5")

    upload(admin, book.content)
    copy = load_workbook(BytesIO(admin.get(f"/admin/formulir/draf/{draft_id(station)}/bertanda").data))

    assert copy["survey"]["A5"].comment is not None


def test_nothing_chosen__is_told(admin: FlaskClient) -> None:
    data = {"csrf_token": token_of(admin.get("/admin/formulir"))}

    page = admin.post("/admin/formulir/periksa", data=data)

    assert "Belum ada buku kerja yang dipilih" in page.text
    assert html.document_fromstring(page.text).xpath("//input[@name='berkas']")


SCRIPT = "<script>alert(1)</script>"


def test_script_in_every_text__is_shown_as_text(station: Station, admin: FlaskClient) -> None:
    broken = workbook_bytes(
        f"# survey\n| type | name | label | {SCRIPT} |\n| text{SCRIPT} | a{SCRIPT} | {SCRIPT} | {SCRIPT} |\n"
        f"| text | b | {SCRIPT} ${{{SCRIPT}}} | |\n"
        f"# settings\n| form_title | form_id | version |\n| {SCRIPT} | air{SCRIPT} | 1{SCRIPT} |"
    )
    good = changed(("Berapa orang ", SCRIPT), ("Air minum ", SCRIPT), ("Air PAM ", SCRIPT), ("Catatan       ", SCRIPT))

    for content in (broken, good):
        page = upload(admin, content, (f"{SCRIPT}.csv", b""), name=f"{SCRIPT}.xlsx")
        assert page.status_code == 200
        assert "&lt;script&gt;" in page.text
        assert SCRIPT not in page.text
    page = publish(admin, station)
    assert page.status_code == 200
    assert SCRIPT not in page.text + admin.get("/admin/formulir").text
    copied = admin.get("/admin/formulir/air/2/buku-kerja")
    assert copied.headers["X-Content-Type-Options"] == "nosniff"


def test_a_draft_that_is_too_old__is_told(station: Station, admin: FlaskClient) -> None:
    upload(admin, changed(("Berapa orang", "Ada berapa orang")))
    old = draft_id(station)
    station.clock.forward(hours=25)
    admin = member(station, "admin", "ID")

    assert admin.get(f"/admin/formulir/draf/{old}").status_code == 404
    assert drafts.KEPT_FOR.days == 1
