"""The workbook of quality checks: what a row says, and every mistake at its cell in both languages."""

from __future__ import annotations

import openpyxl
import pytest

from forms.problems import ProblemError
from forms.quality.checks import KINDS, Check
from forms.quality.workbook import SHEET, read_checks
from server.publications import shipped
from tests.support.builders import shipped_schema
from tests.support.tables import workbook_bytes

FORMS = [shipped_schema(path.stem) for path in shipped.FORMS]
SHIPPED = shipped.CHECKS.read_bytes()
HEADER = (
    "| kode | jenis | formulir | isian | batas | paling_sedikit | aktif | label::Bahasa Indonesia (id) "
    "| label::English (en) | tindakan::Bahasa Indonesia (id) | tindakan::English (en) |"
)
TEXTS = "Turun | Falls | Ukur lagi | Measure again |"
GOOD = f"| turun | tinggi_turun | ukur_tinggi | panjang | 1.5 | 2 | ya | {TEXTS}"

FAST = GOOD.replace("tinggi_turun", "terlalu_cepat").replace("1.5", "60").replace("| 2 |", "| 1 |")


def book(*rows: str, header: str = HEADER) -> bytes:
    return workbook_bytes("\n".join(["# pemeriksaan", header, *rows]))


def refused(content: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        read_checks(content, FORMS)
    return caught.value


def test_a_row_is_a_check() -> None:
    (check,) = read_checks(book(GOOD), FORMS)
    assert check == Check(
        code="turun",
        kind="tinggi_turun",
        form_id="ukur_tinggi",
        field="panjang",
        threshold=1.5,
        least=2,
        active=True,
        label_id="Turun",
        label_en="Falls",
        todo_id="Ukur lagi",
        todo_en="Measure again",
    )


def test_shipped_checks__are_of_every_kind__and_in_use() -> None:
    checks = read_checks(SHIPPED, FORMS)
    assert {one.kind for one in checks} == set(KINDS)
    assert all(one.active for one in checks)


def test_shipped_workbook__is_pleasant_to_work_in() -> None:
    shown = openpyxl.load_workbook(shipped.CHECKS)
    assert shown.sheetnames == ["baca saya", SHEET]
    assert shown.active is shown["baca saya"]
    sheet = shown[SHEET]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert [cell.value for cell in sheet[1] if cell.comment] == HEADER.replace(" ", "").split("|")[1:8]
    assert {cell.data_type for one in shown for row in one for cell in row} <= {"s", "n"}
    guide = {str(cell.value) for row in shown["baca saya"] for cell in row}
    assert set(KINDS) <= guide


@pytest.mark.parametrize(
    ("row", "where", "said_id", "said_en"),
    [
        (GOOD.replace("| turun", "| Turun-1"), "A2", "Kode “Turun-1” tidak bisa dipakai", "“Turun-1” cannot be used"),
        (
            GOOD.replace("tinggi_turun", "tingi_turun"),
            "B2",
            "Maksudnya “tinggi_turun”?",
            "Did you mean “tinggi_turun”?",
        ),
        (GOOD.replace("ukur_tinggi", "ukur_tingi"), "C2", "Maksudnya “ukur_tinggi”?", "“ukur_tingi” is not published"),
        (
            GOOD.replace("ukur_tinggi | panjang", "rembuk_stunting | peserta_laki"),
            "C2",
            "isian anak,",
            "no field anak,",
        ),
        (GOOD.replace("panjang", "pnjang"), "D2", "Maksudnya “panjang”?", "“pnjang” is not in that form"),
        (GOOD.replace("panjang", "posisi"), "D2", "berjenis select_one", "of type select_one"),
        (GOOD.replace("panjang", ""), "D2", "“isian” belum diisi", "“isian” is not filled in"),
        (GOOD.replace("1.5", "1,5"), "E2", "bilangan dari 0 sampai 20", "a number from 0 to 20"),
        (GOOD.replace("1.5", "20.1"), "E2", "Batas “20.1” tidak bisa", "threshold “20.1” cannot"),
        (GOOD.replace("1.5", ""), "E2", "“batas” belum diisi", "“batas” is not filled in"),
        (GOOD.replace("| 2 |", "| 1 |"), "F2", "bulat dari 2 sampai 99", "whole number from 2 to 99"),
        (GOOD.replace("| 2 |", "| dua |"), "F2", "“dua” tidak bisa", "“dua” cannot"),
        (GOOD.replace("| ya |", "| yes |"), "G2", "“yes” bukan ya atau tidak", "“yes” is neither ya nor tidak"),
        (GOOD.replace("| Falls", "|"), "I2", "“label::English (en)” belum", "“label::English (en)” is not"),
        (FAST, "D2", "Kosongkan sel", "Leave this cell"),
        (GOOD.replace("tinggi_turun", "satu_tempat").replace("1.5", "10"), "D2", "memeriksa geo", "judges geo"),
        (GOOD.replace("tinggi_turun", "angka_bulat").replace("1.5", "19"), "E2", "dari 20 sampai 99", "from 20 to 99"),
    ],
)
def test_mistake__is_told_at_its_cell_in_both_languages(row: str, where: str, said_id: str, said_en: str) -> None:
    error = refused(book(row))
    assert [finding.where for finding in error.findings] == [f"pemeriksaan!{where}"]
    assert said_id in error.text("id")
    assert said_en in error.text("en")


def test_mistakes__come_all_at_once() -> None:
    error = refused(
        book(
            GOOD,
            GOOD.replace("1.5", "banyak").replace("| ya |", "| iya |"),
            "| | tinggi | ukur_tinggi | | | | ya | | | | |",
            header=HEADER.replace("| tindakan::English (en) |", "| tindakan::English (en) | catatn |"),
        )
    )
    assert [(finding.where.partition("!")[2], finding.problem.code) for finding in error.findings] == [
        ("L1", "workbook.column_unknown"),
        ("A3", "check.code_twice"),
        ("G3", "check.bad_active"),
        ("E3", "check.bad_threshold"),
        *((f"{letter}4", "check.cell_missing") for letter in "AEFHIJK"),
        ("B4", "check.unknown_kind"),
    ]


def test_a_misspelled_column__hides_no_other_mistakes() -> None:
    error = refused(
        book(GOOD.replace("1.5", "banyak").replace("| ya |", "| iya |"), header=HEADER.replace("batas", "bats"))
    )
    assert [(finding.where, finding.problem.code) for finding in error.findings] == [
        ("pemeriksaan!E1", "workbook.column_unknown"),
        ("pemeriksaan!G2", "check.bad_active"),
        ("pemeriksaan!E2", "check.bad_threshold"),
    ]
    assert "Maksudnya “batas”?" in error.text("id")
    assert "Did you mean “batas”?" in error.text("en")


def test_sheet__without_rows_or_columns_is_a_mistake() -> None:
    assert [one.problem.code for one in refused(book()).findings] == ["check.no_rows"]
    assert [one.problem.code for one in refused(book(GOOD, header="| kode | jenis |")).findings][:1] == [
        "workbook.column_missing"
    ]
    many = [GOOD.replace("| turun", f"| turun{number}") for number in range(41)]
    assert [(one.where, one.problem.code) for one in refused(book(*many)).findings] == [
        ("pemeriksaan!A42", "check.too_many")
    ]
