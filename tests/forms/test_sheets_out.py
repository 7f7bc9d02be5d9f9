"""Workbooks that are made of tables: text stays text, whatever it begins with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from forms.problems import ProblemError
from forms.sheets_out import excel, tables
from forms.sheets_out.excel import write_workbook
from forms.sheets_out.tables import Block, Choices, Column, Form, Formula, Sheet, write_csv
from forms.xlsform.workbook import read_workbook

FORMULAS = ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "#N/A", "=cmd|' /C calc'!A0"]


def sheet_of(content: bytes, name: str = "data") -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(BytesIO(content))[name]


def test_text__never_becomes_a_formula() -> None:
    content = write_workbook([Sheet("data", [Column("=1+1")], ([text] for text in FORMULAS))])
    found = sheet_of(content)
    cells = [found.cell(number, 1) for number in range(1, len(FORMULAS) + 2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells[1:]] == [text != "#N/A" for text in FORMULAS]
    xml = ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f" not in xml.replace(b"<fo", b"")
    assert [cell.value for cell in cells[1:3]] == FORMULAS[:2]


def test_values__keep_their_kind() -> None:
    row = ["Ani", 3, 2.5, Decimal("1.25"), date(2026, 3, 10), None, True, float("nan"), "x\x00y", ""]
    columns = [Column(str(number)) for number in range(len(row))]
    found = sheet_of(write_workbook([Sheet("data", columns, [row])]))
    values = [cell.value for cell in found[2]]
    assert values[:4] == ["Ani", 3, 2.5, 1.25]
    assert values[4].date() == date(2026, 3, 10)
    assert values[5:] == [None, True, "nan", "x\ufffdy", None]


def test_form__has_formulas_whose_places_are_rows_of_its_blocks() -> None:
    totals = [["", Formula("SUM(B{kinds_first}:B{kinds_last})"), Formula("B{row}+B{above}"), "=1+1"]]
    blocks = [
        Block("kinds", "Jenis", ("Nama", "Jumlah"), [["=SUM(A1)", 3], ["mawar", 4]]),
        Block("sum", "", (), totals, strong=True),
    ]
    found = sheet_of(write_workbook([Form("data", (20, 10), ["Judul"], blocks, across=True)]))
    rows = [[(cell.value, cell.data_type) for cell in row if cell.value is not None] for row in found.iter_rows()]
    assert rows == [
        [("Judul", "s")],
        [],
        [("Jenis", "s")],
        [("Nama", "s"), ("Jumlah", "s")],
        [("=SUM(A1)", "s"), (3, "n")],  # a text stays one
        [("mawar", "s"), (4, "n")],
        [("=SUM(B5:B6)", "f"), ("=B7+B6", "f"), ("=1+1", "s")],
    ]
    assert (found.page_setup.orientation, found.column_dimensions["A"].width) == ("landscape", 20)


def test_formula__in_csv_is_a_text() -> None:
    assert "".join(write_csv(Sheet("data", [Column("a")], [[Formula("1+1")]]))) == "a\r\n'=1+1\r\n"


def test_head__stays_in_sight_above_columns_of_their_width() -> None:
    content = write_workbook([Sheet("data", [Column("nama", 30), Column("desa", 12)], [])])
    found = sheet_of(content)
    assert (found.freeze_panes, found["A1"].font.bold) == ("A2", True)
    assert [found.column_dimensions[letter].width for letter in "AB"] == [30, 12]
    assert list(read_workbook(content).sheet("data").columns) == ["nama", "desa"]


def test_typed_below__a_code_stays_a_text() -> None:
    found = sheet_of(write_workbook([Sheet("data", [Column("kode")], [])]))
    assert found.column_dimensions["A"].number_format == "@"


def test_choices__come_from_another_sheet_and_do_not_forbid_other_texts() -> None:
    sheets = [
        Sheet("data", [Column("nama"), Column("peran", choices=Choices("daftar: peran", 2))], []),
        Sheet("daftar: peran", [Column("peran")], [["KPM"], ["kepala desa"]]),
    ]
    book = openpyxl.load_workbook(BytesIO(write_workbook(sheets)))
    (rule,) = book["data"].data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("list", "'daftar  peran'!$A$2:$A$3", "B2:B1048576")
    assert not rule.showErrorMessage
    assert book.sheetnames == ["data", "daftar  peran"]


@pytest.mark.parametrize(("name", "kept"), [("a/b:c", "a b c"), ("x" * 40, "x" * 31), ("'", "1"), ("", "1")])
def test_sheet_name__is_one_that_excel_takes(name: str, kept: str) -> None:
    assert tables.sheet_name(name) == kept


def test_rows__are_taken_while_they_are_written_and_no_more_than_excel_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 4)

    def endless() -> Iterator[list[str]]:
        while True:
            yield ["x"]

    with pytest.raises(ProblemError, match="more than 4 rows"):
        write_workbook([Sheet("data", [Column("a")], endless())])
