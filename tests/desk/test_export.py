"""Tables taken out of a region: as Excel and CSV, by whom, of where, noted, and nothing in them becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts import users
from server.cli.main import main
from server.database.engine import writing
from tests.support.members import member, token_of
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped, visited

PAGE, EXPORT = "/admin/tukar", "/admin/tukar/ekspor"
HOME, THERE = "10000000-0000-4000-8000-000000000000", "40000000-0000-4000-8000-000000000000"
SITI, ALI, NIA = (f"{number}0000000-0000-4000-8000-000000000000" for number in (2, 3, 5))
NO_ONE = "60000000-0000-4000-8000-000000000000"
NIK = "1101010106250001"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']


def fill(station: Station) -> None:
    """A household with a mother and a child, a visit of the child, and a household in the other village."""
    mothers = [(SITI, {"nama": "Siti", "tanggal_lahir": "1999-01-02"})]
    station.send(mapped(HOME, mothers=mothers, children=[(ALI, {"nama": "Ali", "nik": NIK})]))
    station.send(visited(ALI, day="2026-02-10", status_gizi="kurang"))
    station.send(
        mapped(THERE, day="2026-02-05", head="Hasan", children=[(NIA, {"nama": "Nia"})]), village=OTHER_VILLAGE
    )


@pytest.fixture
def admin(published: Station) -> FlaskClient:
    fill(published)
    return member(published, "admin", "11.01")


def export(client: FlaskClient, data: str, kind: str = "csv", **more: str) -> TestResponse:
    fields = {"csrf_token": token_of(client.get(PAGE)), "data": data, "bentuk": kind, **more}
    return client.post(EXPORT, data=fields)


def tables(answer: TestResponse) -> dict[str, list[dict[str, str]]]:
    """The CSVs of the answer, by their names; "" where it is one."""
    assert answer.status_code == 200, answer.text
    if answer.mimetype == "text/csv":
        return {"": rows_of(answer.data)}
    with ZipFile(BytesIO(answer.data)) as package:
        return {name: rows_of(package.read(name)) for name in package.namelist()}


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets(answer: TestResponse) -> dict[str, list[dict[str, Any]]]:
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(BytesIO(answer.data))
    return {sheet.title: as_dicts(list(sheet.values)) for sheet in book.worksheets}


def as_dicts(rows: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_answers__each_repeat_is_a_csv_of_its_own(admin: FlaskClient) -> None:
    found = tables(export(admin, "formulir:peta_sosial"))
    assert list(found) == ["peta_sosial.csv", "ibu.csv", "balita.csv"]
    assert [(row["desa"], row["kode_desa"], row["dusun"]) for row in found["peta_sosial.csv"]] == [
        ("Sukamaju", VILLAGE, "Mawar"),
        ("Sukadamai", OTHER_VILLAGE, "Mawar"),
    ]
    main, mother = found["peta_sosial.csv"][0], found["ibu.csv"][0]
    assert (mother["nama"], mother["id_isian"], mother["urutan"]) == ("Siti", main["id_isian"], "1")
    assert main["diterima"] == "2026-03-10 09:30:00" and main["pengirim"] == "Bu Ani"
    assert [row["nama"] for row in found["balita.csv"]] == ["Ali", "Nia"]


def test_answers__as_excel_each_repeat_is_a_sheet_and_days_are_days(admin: FlaskClient) -> None:
    found = sheets(export(admin, "formulir:peta_sosial", "xlsx"))
    assert list(found) == ["peta_sosial", "ibu", "balita"]
    assert found["peta_sosial"][0]["tanggal"].date() == date(2026, 1, 5)


def test_numbers_of_identity__leave_with_their_end_alone(admin: FlaskClient) -> None:
    for data in ("formulir:peta_sosial", "warga"):
        for answer in (export(admin, data), export(admin, data, "xlsx")):
            found = tables(answer) if answer.mimetype == "application/zip" else sheets(answer)
            text = str(found)
            assert "••••••••••••0001" in text and NIK not in text and "1101010101010001" not in text


def test_days__are_those_that_the_form_speaks_of(admin: FlaskClient) -> None:
    def homes(**days: str) -> list[str]:
        return [row["kode_desa"] for row in tables(export(admin, "formulir:peta_sosial", **days))["peta_sosial.csv"]]

    assert homes(dari="2026-02-01") == [OTHER_VILLAGE]
    assert homes(sampai="2026-01-05") == [VILLAGE]
    assert homes(dari="2026-01-06", sampai="2026-02-04") == []
    children = tables(export(admin, "formulir:peta_sosial", dari="2026-02-01"))["balita.csv"]
    assert [row["nama"] for row in children] == ["Nia"]


def test_register__has_a_table_for_households_mothers_and_children(admin: FlaskClient) -> None:
    found = tables(export(admin, "warga", wilayah="Sukamaju"))
    assert list(found) == ["Keluarga.csv", "Ibu.csv", "Anak.csv"]
    (home,), (mother,), (child,) = found.values()
    assert (home["keluarga"], home["nama_kepala"], home["dusun"], home["_air_minum"]) == (HOME, "Budi", "Mawar", "ya")
    assert (mother["keluarga"], mother["nama"], mother["hpl"], mother["sudah_lahir"]) == (
        *(HOME, "Siti", "2026-06-15", "tidak"),
    )
    assert (child["nama"], child["status_gizi"], child["_status"]) == ("Ali", "kurang", "aktif")


def test_submissions_and_cards__are_tables_too(admin: FlaskClient) -> None:
    sent = tables(export(admin, "kiriman"))[""]
    assert [(row["formulir"], row["keadaan"]) for row in sent] == [
        ("peta_sosial", "accepted"),
        ("kunjungan_rumah", "accepted"),
        ("peta_sosial", "accepted"),
    ]
    cards = tables(export(admin, "kartu", triwulan="2026-Q1"))[""]
    assert [(row["village.code"], row["table1.children.total"]) for row in cards] == [
        (VILLAGE, "1"),
        (OTHER_VILLAGE, "1"),
    ]
    assert {"table3.ih1.due", "table4.total.percent"} <= cards[0].keys()


@pytest.mark.parametrize("begins", FORMULAS)
def test_formulas__stay_text(published: Station, begins: str) -> None:
    published.send(mapped(HOME, head=begins, children=[(ALI, {"nama": begins})]))
    admin = member(published, "admin", "11.01")
    for data, sheet in (("warga", "Anak"), ("formulir:peta_sosial", "balita")):
        (row,) = tables(export(admin, data))[f"{sheet}.csv"]
        assert row["nama"] in (f"'{begins}", f"'{begins.strip()}", begins.strip("\t")), row
        assert not row["nama"].startswith(("=", "+", "-", "@", "\t"))
        book = openpyxl.load_workbook(BytesIO(export(admin, data, "xlsx").data))
        column = [cell.value for cell in book[sheet][1]].index("nama")
        cell = book[sheet][2][column]
        assert cell.data_type == "s" and str(cell.value).strip() == begins.strip()


def test_scripts__are_text(published: Station) -> None:
    published.send(mapped(HOME, head="<script>alert(1)</script>", children=[(ALI, {"nama": "<b>x"})]))
    admin = member(published, "admin", "11.01")
    answer = export(admin, "warga", "xlsx")
    assert answer.mimetype.endswith("spreadsheetml.sheet") and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment; filename=warga-11.01.xlsx"
    assert sheets(answer)["Keluarga"][0]["nama_kepala"] == "<script>alert(1)</script>"
    refused = export(admin, "warga", wilayah="<script>x")
    assert refused.status_code == 404 and "<script" not in refused.text


def test_each_export__is_noted_at_the_desk_and_in_each_village(published: Station, admin: FlaskClient) -> None:
    export(admin, "warga", "xlsx", dari="2026-01-01")
    export(admin, "kartu", triwulan="2026-Q1")
    noted = [(row["action"], row["region"], row["about"]) for row in published.rows("actions")]
    assert sorted(noted) == [("exported", "11.01", "kartu"), ("exported", "11.01", "warga 2026-01-01–")]
    looked = [(row["village_id"], row["page"], row["email"]) for row in published.rows("looks")]
    assert looked == [(VILLAGE, "ekspor", "admin-11.01@desa.id"), (OTHER_VILLAGE, "ekspor", "admin-11.01@desa.id")]


def test_accounts_and_phones__are_of_the_own_region_and_hold_no_secret(published: Station, admin: FlaskClient) -> None:
    with writing(published.engine) as connection:
        users.add(connection, users.User("ani@desa.id", "=1+1", "kpm", VILLAGE), None, START)
    held = [row["token_sha256"] for row in published.rows("phones")] + [*published.tokens.values()]
    held += [row["password_hash"] for row in published.rows("users") if row["password_hash"]]
    for data in ("akun", "hp"):
        answers = export(admin, data), export(admin, data, "xlsx")
        said = answers[0].text + str(sheets(answers[1]))
        assert not [secret for secret in held if secret in said]
    named = {row["email"]: row["nama"] for row in tables(export(admin, "akun"))[""]}
    assert named["ani@desa.id"] == "'=1+1"
    assert [row["kode_desa"] for row in tables(export(admin, "hp"))[""]] == [VILLAGE, OTHER_VILLAGE]
    own = member(published, "admin", OTHER_VILLAGE)
    assert [row["kode_desa"] for row in tables(export(own, "hp"))[""]] == [OTHER_VILLAGE]
    assert {row["kode_wilayah"] for row in tables(export(own, "akun"))[""]} == {OTHER_VILLAGE}
    noted = {(row["region"], row["about"]) for row in published.rows("actions") if row["action"] == "exported"}
    assert noted == {(region, data) for region in ("11.01", OTHER_VILLAGE) for data in ("akun", "hp")}
    assert published.rows("looks") == []


def test_other_roles_and_regions__get_nothing(published: Station, admin: FlaskClient) -> None:
    token = {"csrf_token": token_of(admin.get(PAGE))}
    for role, region in (("kpm", VILLAGE), ("village_head", VILLAGE), ("subdistrict", "11.01.01")):
        client = member(published, role, region)
        assert client.get(PAGE).status_code == 403
        assert client.post(EXPORT, data={**token, "data": "warga", "bentuk": "csv"}).status_code == 403
    own = member(published, "admin", OTHER_VILLAGE)
    assert [row["nama"] for row in tables(export(own, "warga"))["Anak.csv"]] == ["Nia"]
    assert export(own, "warga", wilayah=VILLAGE).status_code == 404
    assert export(own, "warga", wilayah="ID").status_code == 404
    assert published.rows("looks", village_id=VILLAGE) == []


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"data": "formulir:tidak_ada"}, 404, "tidak_ada tidak dikenal"),
        ({"data": "apa"}, 400, "tidak dapat dibaca"),
        ({"data": "warga", "kind": "exe"}, 400, "tidak dapat dibaca"),
        ({"data": "kartu", "triwulan": "kapan"}, 404, "kapan"),
    ],
    ids=["form", "data", "format", "quarter"],
)
def test_what_cannot_be__is_said_on_the_page(
    admin: FlaskClient, asked: dict[str, str], status: int, sentence: str
) -> None:
    answer = export(admin, **asked)
    assert answer.status_code == status and sentence in answer.text and "<h1>Impor" in answer.text


def run(station: Station, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--database", station.url, "export", *arguments])


def test_command__writes_the_same_tables(published: Station) -> None:
    fill(published)
    rows = list(csv.DictReader(io.StringIO(run(published, "peta_sosial", "--format", "csv").stdout, newline="")))
    assert [row["kode_desa"] for row in rows] == [VILLAGE, OTHER_VILLAGE]
    only = ("--repeat", "balita", "--region", OTHER_VILLAGE, "--since", "2026-02-01")
    rows = list(csv.DictReader(io.StringIO(run(published, "peta_sosial", "--format", "csv", *only).stdout, newline="")))
    assert [row["nama"] for row in rows] == ["Nia"]
    book = openpyxl.load_workbook(BytesIO(run(published, "peta_sosial", "--format", "xlsx").stdout_bytes))
    assert book.sheetnames == ["peta_sosial", "ibu", "balita"]
    assert {row["email"].split(" by ")[0] for row in published.rows("looks")} == {"kpm export"}


def test_command__writes_places_as_a_map(published: Station) -> None:
    fill(published)
    published.send(mapped(NO_ONE, head="Dul", no_kk="", place="3.25 97.5 0 0"))
    found = json.loads(run(published, "peta_sosial", "--format", "geojson").stdout)
    (point,) = found["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [97.5, 3.25]}
    assert point["properties"]["kode_desa"] == VILLAGE


def test_command__says_what_is_not_there(published: Station) -> None:
    assert "tidak_ada" in run(published, "tidak_ada", "--format", "csv").stderr
    refused = run(published, "peta_sosial", "--format", "csv", "--repeat", "x")
    assert refused.exit_code == 1 and "ibu, balita" in refused.stderr
