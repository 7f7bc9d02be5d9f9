"""A village's register from Excel: every row checked, nothing half imported, and it comes in as phones send it."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.exchange import register_in
from tests.desk.test_export import export
from tests.support.deciding import assert_rebuilding_changes_nothing
from tests.support.members import member, token_of
from tests.support.register_sheets import CHILD, HOME, MOTHER, filled_in, saved
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.told import told_on
from tests.support.village_forms import mapped

PAGE = "/admin/tukar"
HOUSE, ALI = "10000000-0000-4000-8000-000000000000", "30000000-0000-4000-8000-000000000000"
NIK, NO_KK = "1101010106250001", "1101010101010007"


@pytest.fixture
def admin(published: Station) -> FlaskClient:
    return member(published, "admin", "11.01")


def blank(client: FlaskClient) -> bytes:
    return client.get(f"{PAGE}/warga.xlsx").data


def send(
    client: FlaskClient, content: bytes, what: str = "impor", village: str = "Sukamaju", lang: str = ""
) -> TestResponse:
    token = token_of(client.get(PAGE))
    data = {"csrf_token": token, "lakukan": what, "desa": village, "berkas": (BytesIO(content), "warga.xlsx")}
    return client.post(f"{PAGE}{lang}", data=data, content_type="multipart/form-data")


def mistakes(page: TestResponse) -> list[tuple[str, str, str]]:
    """Of each row of the table: the cell, what it holds, and what to write."""
    return told_on(page.text)


def names(station: Station, list_: str, village: str = VILLAGE) -> list[str]:
    return sorted(row["label"] for row in station.rows("entities", list=list_, village_id=village))


def nothing_came(station: Station) -> bool:
    return station.rows("submissions") == [] and station.rows("actions") == []


def test_register__comes_in_as_forms_of_phones_do(published: Station, admin: FlaskClient) -> None:
    second = {**HOME, "keluarga": "B", "nama_kepala": "Hasan", "no_kk": NO_KK, "lokasi": "3.25, 97.5"}
    child = {
        **CHILD,
        "keluarga": "B",
        "nama": "Nia",
        "jenis_kelamin": "Perempuan",
        "tanggal_lahir": "1/7/2025",
        "nik": NIK,
    }
    book = filled_in(blank(admin), [HOME, second], [MOTHER], [CHILD, child])
    answer = send(admin, book)
    assert answer.status_code == 303, mistakes(answer)
    assert answer.headers["Location"] == f"{PAGE}?desa={VILLAGE}&jumlah=2"
    page = admin.get(answer.headers["Location"])
    assert "Masih 2 isian" in page.text and page.headers["Refresh"] == "5"
    published.process()
    page = admin.get(answer.headers["Location"])
    assert "Selesai: 2 keluarga" in page.text and "Refresh" not in page.headers

    assert names(published, "keluarga") == ["Budi", "Hasan"]
    assert (names(published, "ibu_hamil"), names(published, "anak")) == (["Siti"], ["Ali", "Nia"])
    (nia,) = (row for row in published.rows("entities", list="anak") if row["label"] == "Nia")
    (hasan,) = (row for row in published.rows("entities", list="keluarga") if row["label"] == "Hasan")
    assert (nia["data"]["nik"], nia["data"]["jenis_kelamin"]) == (NIK, "P")
    assert (nia["data"]["tanggal_lahir"], nia["data"]["keluarga"]) == ("2025-07-01", hasan["id"])
    assert (hasan["data"]["air_minum"], hasan["data"]["jamban"], hasan["data"]["lokasi"]) == (
        *("ya", "tidak", "3.25 97.5 0.0 0.0"),
    )
    assert {(row["form_id"], row["state"]) for row in published.rows("submissions")} == {("peta_sosial", "accepted")}
    assert [(row["action"], row["region"], row["about"]) for row in published.rows("actions")] == [
        ("register-imported", VILLAGE, "2")
    ]
    assert_rebuilding_changes_nothing(published)


def test_check_first__imports_nothing(published: Station, admin: FlaskClient) -> None:
    page = send(admin, filled_in(blank(admin), [HOME], [MOTHER], [CHILD]), "periksa")
    assert page.status_code == 200 and "1 keluarga, 1 ibu dan 1 anak dapat diimpor" in page.text
    assert nothing_came(published)


def test_mistakes__are_all_told_at_once_with_their_cells(published: Station, admin: FlaskClient) -> None:
    homes = [
        {**HOME, "no_kk": "123", "sumber_air": "laut"},
        {**HOME, "keluarga": None},
        {**HOME, "keluarga": 1},
        {**HOME, "keluarga": 2, "sumber_air": "sumur_bor", "nama_kepala": None},
        {**HOME, "keluarga": 3, "tanggal": "2027-01-01", "lokasi": "di sana", "jenis_rentan": "miskin tidak_ada"},
    ]
    mothers = [
        {**MOTHER, "keluarga": 9},
        {**MOTHER, "tanggal_lahir": "31/2/1999", "lila": "lebar"},
        {**MOTHER, "nama": "Rina", "lila": "20,5", "status_kehamilan": "normal"},
        {**MOTHER, "nama": "Dewi", "sudah_lahir": "ya", "hpl": None},
    ]
    children = [
        {**CHILD, "nik": "••••••••••••0001"},
        {**CHILD, "nama": "Tua", "tanggal_lahir": "2015-01-01"},
        {**CHILD, "nama": "Umi", "nik": NIK},
        {**CHILD, "nama": "Uma", "nik": NIK, "akta_lahir": "mungkin"},
        {**CHILD, "nama": "Ali"},
    ]
    book = filled_in(blank(admin), homes, mothers, children)
    page = send(admin, book)
    assert page.status_code == 400 and nothing_came(published)
    heads = {
        sheet.title: {cell.value: cell.column_letter for cell in sheet[1]}
        for sheet in openpyxl.load_workbook(BytesIO(book))
    }

    def cell(sheet: str, column: str, row: int) -> str:
        return f"{sheet}!{heads[sheet][column]}{row}"

    found = {where: (content, remedy) for where, content, remedy in mistakes(page)}
    assert found.keys() == {
        *(cell("Keluarga", "no_kk", 2), cell("Keluarga", "sumber_air", 2), cell("Keluarga", "keluarga", 3)),
        *(cell("Keluarga", "keluarga", 4), cell("Keluarga", "nama_kepala", 5), cell("Keluarga", "jarak_tinja", 5)),
        *(cell("Keluarga", "tanggal", 6), cell("Keluarga", "lokasi", 6), cell("Keluarga", "jenis_rentan", 6)),
        *(cell("Ibu", "keluarga", 2), cell("Ibu", "tanggal_lahir", 3), cell("Ibu", "lila", 3)),
        *(cell("Ibu", "status_kehamilan", 4), cell("Ibu", "tanggal_melahirkan", 5)),
        *(
            cell("Anak", "nik", 2),
            cell("Anak", "tanggal_lahir", 3),
            cell("Anak", "nik", 5),
            cell("Anak", "akta_lahir", 5),
        ),
        cell("Anak", "nama", 6),
    }
    assert found[cell("Keluarga", "no_kk", 2)] == ("123", "No. KK terdiri dari 16 angka, tanpa spasi.")
    assert found[cell("Keluarga", "sumber_air", 2)][1].startswith("Pilih dari daftarnya: ledeng, sumur_bor")
    assert found[cell("Ibu", "tanggal_lahir", 3)] == (
        "31/2/1999",
        "Ini bukan tanggal yang ada. Tulis seperti 2025-06-01 atau 1/6/2025.",
    )
    assert "di bawah 23,5 cm berarti KEK" in found[cell("Ibu", "status_kehamilan", 4)][1]
    assert "Tanggal melahirkan" in found[cell("Ibu", "tanggal_melahirkan", 5)][1]
    assert "nomor lengkapnya" in found[cell("Anak", "nik", 2)][1]
    assert cell("Anak", "nik", 4) in found[cell("Anak", "nik", 5)][1]

    english = {where: remedy for where, _, remedy in mistakes(send(admin, book, lang="?lang=en"))}
    assert english.keys() == found.keys()
    assert english[cell("Keluarga", "no_kk", 2)] == "The number has 16 digits, without spaces."
    assert english[cell("Ibu", "tanggal_melahirkan", 5)] == "Fill in the answer to: Date of birth of the baby"


def test_rows_without_a_household__have_their_other_cells_told_as_well(published: Station, admin: FlaskClient) -> None:
    homes = [HOME, {**HOME, "no_kk": "123"}]
    mothers = [{**MOTHER, "keluarga": 9, "tanggal_lahir": "31/2/1999"}]
    children = [{**CHILD, "keluarga": None, "nik": "12"}, {**CHILD, "keluarga": 8, "nama": None}]
    book = filled_in(blank(admin), homes, mothers, children)
    heads = {
        one.title: {cell.value: cell.column_letter for cell in one[1]} for one in openpyxl.load_workbook(BytesIO(book))
    }

    for lang, same, gone, named in (
        ("", "sudah dipakai di Keluarga!A2", "Tidak ada keluarga dengan nomor ini", "Isi jawaban untuk: Nama anak"),
        (
            "?lang=en",
            "stands in Keluarga!A2 already",
            "There is no household of this number",
            "Fill in the answer to: ",
        ),
    ):
        found = mistakes(send(admin, book, lang=lang))
        assert [where for where, *_ in found] == [
            *("Keluarga!A3", f"Keluarga!{heads['Keluarga']['no_kk']}3"),
            *("Ibu!A2", f"Ibu!{heads['Ibu']['tanggal_lahir']}2"),
            *("Anak!A2", f"Anak!{heads['Anak']['nik']}2"),
            *("Anak!A3", f"Anak!{heads['Anak']['nama']}3"),
        ]
        assert same in found[0][2] and gone in found[2][2] and named in found[7][2]
    assert nothing_came(published)


def test_who_is_registered_already__is_told_and_nothing_imported(published: Station, admin: FlaskClient) -> None:
    published.send(mapped(HOUSE, no_kk=NO_KK, children=[(ALI, {"nama": "Ali", "nik": NIK})]))
    homes = [{**HOME, "no_kk": NO_KK}]
    children = [{**CHILD, "nama": "ALI", "tanggal_lahir": "1/6/2025"}, {**CHILD, "nama": "Nia", "nik": NIK}]
    page = send(admin, filled_in(blank(admin), homes, [], children))
    assert [(where, content) for where, content, _ in mistakes(page)] == [
        ("Keluarga!C2", NO_KK),
        ("Anak!B2", "ALI"),
        ("Anak!E3", NIK),
    ]
    assert page.text.count("Sudah ada di daftar warga desa ini") == 3
    assert len(published.rows("submissions")) == 1


def test_same_workbook_again__is_refused_also_while_the_first_waits(published: Station, admin: FlaskClient) -> None:
    book = filled_in(blank(admin), [{**HOME, "no_kk": NO_KK}], [MOTHER], [CHILD])
    assert send(admin, book).status_code == 303
    again = send(admin, book)
    assert again.status_code == 409 and "sedang diolah" in again.text
    published.process()
    assert [where for where, *_ in mistakes(send(admin, book))] == ["Keluarga!C2", "Ibu!B2", "Anak!B2"]
    assert len(published.rows("submissions")) == 1


def test_round_trip__what_was_taken_out_comes_into_another_village(published: Station, admin: FlaskClient) -> None:
    assert send(admin, filled_in(blank(admin), [HOME], [MOTHER], [{**CHILD, "nik": NIK}])).status_code == 303
    published.process()
    book = openpyxl.load_workbook(BytesIO(export(admin, "warga", "xlsx", wilayah=VILLAGE).data))
    assert [where for where, *_ in mistakes(send(admin, saved(book), village="Sukadamai"))] == ["Anak!E2"]
    book["Anak"]["E2"] = "1101010106250009"
    book["Keluarga"]["D2"] = "Bapak Budi"
    answer = send(admin, saved(book), village="Sukadamai")
    assert answer.status_code == 303, mistakes(answer)
    published.process()
    assert names(published, "keluarga", OTHER_VILLAGE) == ["Bapak Budi"]
    here, there = (
        published.one("entities", list="ibu_hamil", village_id=one)["data"] for one in (VILLAGE, OTHER_VILLAGE)
    )
    same = here.keys() - {"keluarga", "tanggal_status"}
    assert {name: there[name] for name in same} == {name: here[name] for name in same}


def test_who_has_left__is_not_imported(published: Station, admin: FlaskClient) -> None:
    published.send(mapped(HOUSE, children=[(ALI, {"nama": "Ali", "status": "pindah"})]))
    book = export(admin, "warga", "xlsx", wilayah=VILLAGE).data
    page = send(admin, book, village="Sukadamai")
    assert any(content == "pindah" and "sudah tidak di daftar" in remedy for _, content, remedy in mistakes(page))


def test_scripts_and_formulas__are_text(published: Station, admin: FlaskClient) -> None:
    names_ = ["<script>alert(1)</script>", "=1+1", "a\x0bb & <c/>", "]]>"]
    children = [{**CHILD, "nama": "x"}]
    book = openpyxl.load_workbook(BytesIO(filled_in(blank(admin), [HOME], [], children)))
    rows = [[1, name, "L", f"2025-0{number + 1}-01"] for number, name in enumerate(names_)]
    heads = [cell.value for cell in book["Anak"][1]]
    book["Anak"].delete_rows(2)
    for row in rows:
        known = {**CHILD, "nama": row[1].replace("\x0b", ""), "tanggal_lahir": row[3]}
        book["Anak"].append([known.get(head) for head in heads])
    for line in book["Anak"].iter_rows(min_row=2):
        for one in line:
            one.data_type = "s" if isinstance(one.value, str) else one.data_type
    assert send(admin, saved(book)).status_code == 303
    published.process()
    assert names(published, "anak") == sorted(name.replace("\x0b", "") for name in names_)
    page = send(admin, filled_in(blank(admin), [{**HOME, "sumber_air": "<script>x</script>"}]))
    assert "<script" not in page.text.partition("<tbody>")[2] and "&lt;script" in page.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "kosong (0 byte)"), (b"bukan excel", "bukan buku kerja Excel")],
    ids=["blank", "no workbook"],
)
def test_file__what_is_wrong_with_it_is_told(admin: FlaskClient, content: bytes, sentence: str) -> None:
    assert sentence in mistakes(send(admin, content))[0][2]


def test_columns__that_are_missing_or_unknown_are_told(admin: FlaskClient) -> None:
    book = openpyxl.load_workbook(BytesIO(blank(admin)))
    book["Anak"]["B1"] = "namaa"
    found = mistakes(send(admin, saved(book)))
    assert any("Kolom “nama” tidak ada" in remedy for *_, remedy in found)
    assert any("Maksudnya “nama”" in remedy for *_, remedy in found)


def test_too_many_households__are_refused(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_in, "MOST", 1)
    found = mistakes(send(admin, filled_in(blank(admin), [HOME, {**HOME, "keluarga": 2}])))
    assert "paling banyak 1 keluarga" in found[0][2]
    assert "belum berisi" in mistakes(send(admin, blank(admin)))[0][2]


def test_other_roles_and_regions__import_nothing(published: Station, admin: FlaskClient) -> None:
    book = filled_in(blank(admin), [HOME])
    token = {"csrf_token": token_of(admin.get(PAGE))}
    for role in ("kpm", "village_head"):
        client = member(published, role)
        assert client.post(PAGE, data=token).status_code == 403 and client.get(f"{PAGE}/warga.xlsx").status_code == 403
    own = member(published, "admin", OTHER_VILLAGE)
    assert send(own, book, village=VILLAGE).status_code == 404
    assert send(admin, book, village="Bakongan").status_code == 400
    assert send(admin, book, village="<script>x").text.count("<script>x") == 0
    assert own.get(f"{PAGE}?desa={VILLAGE}&jumlah=2").text.count("Selesai") == 0
    assert nothing_came(published)


def test_template__explains_each_column_and_offers_choices(admin: FlaskClient) -> None:
    book = openpyxl.load_workbook(BytesIO(blank(admin)))
    assert book.sheetnames[:4] == ["Keluarga", "Ibu", "Anak", "petunjuk"]
    rules = {rule.formula1 for rule in book["Anak"].data_validations.dataValidation}
    assert "'pilihan jenis_kelamin'!$A$2:$A$3" in rules
    explained = [(row[0], row[1]) for row in book["petunjuk"].iter_rows(min_row=2, values_only=True)]
    asked = [(name, cell.value) for name in ("Keluarga", "Ibu", "Anak") for cell in book[name][1]]
    assert explained == asked
    english = openpyxl.load_workbook(BytesIO(admin.get(f"{PAGE}/warga.xlsx?lang=en").data))
    assert "The child's name" in [row[2] for row in english["how to"].values]
