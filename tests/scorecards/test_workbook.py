"""The official forms as a workbook: headings, the monthly rows, and what is left to fill in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl

from scorecards.paper.formulir4 import Report
from scorecards.paper.sources import MonthRow
from scorecards.paper.workbook import named_workbook, public_workbook
from scorecards.sources import CountedCard
from tests.scorecards.test_formulir3 import sheets
from tests.support.made_up import INDICATORS, PLACE, make_card

RECAP = (
    *("households", "vulnerable", "pregnant", "kek", "risti", "children", "underweight", "severe", "stunting"),
    *("no_water", "no_latrine", "mothers_uninsured", "children_uninsured", "unregistered"),
)
FORMULIR1 = {"as_of": "2026-05-02", "recap": dict.fromkeys(RECAP, 1), "dusun": [], "facilities": []}


def rows_of(book: bytes, sheet: str) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(BytesIO(book))[sheet].iter_rows(values_only=True)]


def public(*, over: bool) -> bytes:
    return public_workbook(Report(PLACE, CountedCard(make_card(), INDICATORS), 1, over, True, ()), FORMULIR1)


def test_headings__have_days_in_words_and_say_what_is_provisional() -> None:
    heads = [[row[0] for row in rows_of(public(over=over), "Formulir 4")[:4]] for over in (True, False)]
    assert heads[0][2] == "Triwulan 1 tahun 2026, data sampai 31 Maret 2026"
    assert heads[1][2] == "Triwulan 1 tahun 2026 (SEMENTARA), data sampai 31 Maret 2026"
    assert heads[0][3].startswith("Nomor laporan: …")
    assert "Tanggal laporan: …" in heads[0][3]
    assert rows_of(public(over=True), "Formulir 1")[2][0] == "Pendataan terbaru: keadaan pada 2 Mei 2026"


def test_formulir_1__has_who_gives_which_service_and_how_often() -> None:
    posyandu = {"kind": "posyandu", "name": "Posyandu Melati", "dusun": "Mawar", "serves_village": False}
    posyandu |= {"services": [{"service": "timbang", "often": "bulanan"}, {"service": "imunisasi", "often": ""}]}
    midwife = {"kind": "bidan", "name": "=1+1", "dusun": "", "serves_village": True, "services": []}
    report = Report(PLACE, CountedCard(make_card(), INDICATORS), 1, True, True, ())
    book = public_workbook(report, {**FORMULIR1, "facilities": [posyandu, midwife]})
    rows = rows_of(book, "Formulir 1")
    (place,) = (number for number, row in enumerate(rows) if row[0] == "Tempat layanan")
    assert rows[place - 1][0] == "Tempat layanan dan apa yang diberikannya"
    assert rows[place : place + 4] == [
        ["Tempat layanan", "Jenis", "Melayani", "Layanan", "Seberapa sering"],
        ["Posyandu Melati", "Posyandu", "Mawar", "Imunisasi", "ada"],
        ["Posyandu Melati", "Posyandu", "Mawar", "Penimbangan anak", "tiap bulan"],
        ["=1+1", "Bidan", "seluruh desa", "(belum dicatat)", None],
    ]
    assert openpyxl.load_workbook(BytesIO(book))["Formulir 1"].cell(place + 4, 1).data_type == "s", "no formula"
    assert "Tempat layanan" not in {row[0] for row in rows_of(public(over=True), "Formulir 1")}, "none is known"


def test_formulir_4__has_tables_1_and_2_in_columns_and_lines_to_sign() -> None:
    rows = rows_of(public(over=True), "Formulir 4")
    place = {row[1]: number for number, row in enumerate(rows) if row[1]}
    assert rows[place["Jumlah total rumah tangga 1.000 HPK"] + 1][1:] == [141, 34, 5, 121, 17]
    tikar = place["Jumlah total anak usia 0-23 bulan"] + 1
    assert rows[tikar][1:] == [f"=SUM(C{tikar + 1}:F{tikar + 1})", 78, 22, 11, 10]
    signs = place["Disusun oleh: Kader Pembangunan Manusia"]
    assert rows[signs - 1][2:5] == ["Nama", "NIP", "Tanda tangan"]
    assert rows[signs + 2][1] == f"Mengetahui: Kepala Desa {PLACE.village}"


def test_formulir_2a__tells_a_birth_from_its_month_on() -> None:
    found = sheets("ibu_hamil", 1, running=True)
    mother = replace(found.people["ibu_hamil"][0], due_date=date(2026, 2, 25), delivered_on=date(2026, 2, 20))
    months = [MonthRow(date(2026, month, 1), mother, {"periksa_nifas": "2"}) for month in (1, 2, 3)]
    book = named_workbook(found, {"ibu_hamil": months, "anak": [], "paud": []}, FORMULIR1)
    rows = rows_of(book, "Formulir 2A")
    assert rows[2][0] == "Triwulan 1 tahun 2026 (SEMENTARA)"
    of_mother = [row for row in rows if row[2] == mother.name]
    assert [row[5] and row[5].date() for row in of_mother] == [None, date(2026, 2, 20), date(2026, 2, 20)]
    assert [row[8] for row in of_mother] == [2, 2, 2]


def test_formulir_2b__has_weights_as_numbers() -> None:
    found = sheets("anak", 1)
    (child,) = found.people["anak"]
    months = [MonthRow(date(2026, 1, 1), child, {"berat_badan": said}) for said in ("6.2", "tidak tahu")]
    book = named_workbook(found, {"ibu_hamil": [], "anak": months, "paud": []}, FORMULIR1)
    assert [row[8] for row in rows_of(book, "Formulir 2B") if row[2] == child.name] == [6.2, "tidak tahu"]
