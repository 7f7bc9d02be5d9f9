"""Workbooks become rows of text that know their cells; what is no workbook is answered with what to do."""

import re
from datetime import date, datetime, time
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from forms.problems import Finding, ProblemError
from forms.xlsform.workbook import read_workbook
from tests.support.tables import workbook_bytes

PEOPLE = """
    # survey
    | type | List Name | label::English (en) |
    | text | a         |                     |
    ||
    | note |           | Hello               |
"""


def saved(*rows: tuple[object, ...]) -> bytes:
    """A workbook as Excel saves it, with a single sheet `isi`."""
    book = openpyxl.Workbook()
    book.active.title = "isi"
    for row in rows:
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, name: str, change: tuple[bytes, bytes]) -> bytes:
    """The workbook with one of its files changed."""
    result = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(result, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, data.replace(*change) if part == name else data)
    return result.getvalue()


def refused(content: bytes, sheet: str = "survey") -> tuple[Finding, ...]:
    with pytest.raises(ProblemError) as caught:
        read_workbook(content).sheet(sheet)
    return caught.value.findings


def test_rows__know_their_cells_and_leave_blank_rows_out() -> None:
    sheet = read_workbook(workbook_bytes(PEOPLE)).sheet("survey")

    assert [row.number for row in sheet.rows] == [2, 4]
    assert [(cell.value, cell.where) for cell in sheet.rows[1].cells.values()] == [
        ("note", "survey!A4"),
        ("Hello", "survey!C4"),
    ]
    assert [cell.where for cell in sheet.columns.values()] == ["survey!A1", "survey!B1", "survey!C1"]


def test_cell__blank_one_still_has_its_place() -> None:
    row = read_workbook(workbook_bytes(PEOPLE)).sheet("survey").rows[1]

    assert (row.cell("list_name").value, row.cell("list_name").where) == ("", "survey!B4")
    assert not row.cell("list_name")
    assert row.cell("hint").where == "survey!4", "no such column: the row"


def test_names__are_found_without_regard_to_case_and_spaces() -> None:
    workbook = read_workbook(workbook_bytes("# Baca Saya\n| x |\n# Survey\n| Type | list name |\n| text | a |"))

    assert workbook.has_sheet("survey")
    assert not workbook.has_sheet("choices")
    row = workbook.sheet("survey").rows[0]
    assert (row.text("type"), row.text("list_name")) == ("text", "a")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (23.5, "23.5"),
        (90, "90"),
        (90.0, "90"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 7, 30), "2026-01-05T07:30:00"),
        (time(7, 30), "07:30:00"),
        ("  desa\N{NO-BREAK SPACE}maju ", "desa maju"),
        ("0011", "0011"),
    ],
)
def test_values__come_as_the_text_that_people_mean(value: object, text: str) -> None:
    sheet = read_workbook(saved(("nilai",), (value,))).sheet("isi")

    assert sheet.rows[0].text("nilai") == text


def test_rows__all_come_where_the_file_states_a_wrong_size() -> None:
    content = with_part(
        saved(("a", "b"), ("1", "2")), "xl/worksheets/sheet1.xml", (b'<dimension ref="A1:B2"', b'<dimension ref="A1"')
    )

    assert read_workbook(content).sheet("isi").rows[0].text("b") == "2"


@pytest.mark.parametrize(
    "content",
    [
        b"type,name,label\ntext,nama,Nama\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),  # an old .xls, or a workbook with a password
        workbook_bytes(PEOPLE)[:900],
        b"PK\x05\x06" + bytes(18),  # a zip of nothing
        with_part(workbook_bytes(PEOPLE), "xl/worksheets/sheet1.xml", (b"</row>", b"<row>")),
        with_part(workbook_bytes(PEOPLE), "xl/workbook.xml", (b"<sheets>", b"<sheets")),
    ],
    ids=["csv", "xls", "cut short", "empty zip", "broken sheet", "broken workbook"],
)
def test_no_workbook__says_how_to_save_one(content: bytes) -> None:
    (finding,) = refused(content)

    assert finding.problem.code == "workbook.unreadable"
    assert "Simpan Sebagai" in finding.text("id")
    assert "Save As" in finding.text("en")


def test_empty_file__is_said_to_be_empty() -> None:
    (finding,) = refused(b"")

    assert "kosong" in finding.text("id")
    assert "empty" in finding.text("en")


def test_missing_sheet__names_those_that_are_there() -> None:
    (finding,) = refused(workbook_bytes("# Sheet1\n| a |\n# pilihan\n| a |"))

    assert finding.text("id").startswith("Lembar “survey” tidak ada. Yang ada: Sheet1, pilihan.")
    assert finding.text("en").startswith("There is no sheet “survey”. There are: Sheet1, pilihan.")


def test_header__none_doubled_and_excel_errors_are_found_in_one_go() -> None:
    (nothing,) = refused(workbook_bytes("# survey\n||\n| text | a |"))
    assert (nothing.where, "baris 1" in nothing.text("id")) == ("survey!A1", True)

    twice, error = refused(saved(("type", "Type", "label"), ("text", "note", "#NAME?")), "isi")
    assert (twice.where, twice.details) == ("isi!B1", {"column": "Type", "other": "isi!A1"})
    assert (error.where, "#NAME?" in error.text("en")) == ("isi!C2", True)


def test_missing_columns__one_finding_each() -> None:
    sheet = read_workbook(workbook_bytes(PEOPLE)).sheet("survey")

    findings = sheet.missing_columns(("type", "list_name", "name", "hint"))

    assert [finding.details["column"] for finding in findings] == ["name", "hint"]
    assert re.search("survey!1: Kolom “name” tidak ada", findings[0].text("id"))


def test_unknown_columns__give_the_nearest_known_name_and_leave_the_authors_own_alone() -> None:
    header = "| type | relevnt | lable::English (en) | label::Bahasa Indonesia (id) | _catatan | xyzzy |"
    sheet = read_workbook(workbook_bytes(f"# survey\n{header}")).sheet("survey")

    findings = sheet.unknown_columns(("type", "relevant", "label"), prefixes=("label",))

    assert [(finding.where, finding.details["hint_en"]) for finding in findings] == [
        ("survey!B1", "Did you mean “relevant”? "),
        ("survey!C1", "Did you mean “label::English (en)”? "),
        ("survey!F1", ""),
    ]
    assert "awali namanya dengan garis bawah: “_xyzzy”" in findings[2].text("id")
