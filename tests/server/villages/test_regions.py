"""The list of regions, as offices save it: from Excel, with commas, semicolons or tabs."""

from __future__ import annotations

import codecs
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import text

from forms.problems import ProblemError
from server.database.engine import writing
from server.villages import regions
from server.villages.region_file import read_regions
from server.villages.regions import Region
from tests.support.station import Station

ROWS = [
    ("11", "Aceh"),
    ("11.10", "Aceh Singkil"),
    ("11.10.01", "Pulau Banyak"),
    ("11.10.01.2001", "Pulau Balai, Utara"),
]
WANTED = [Region(*row) for row in ROWS]


def csv_of(between: str, header: str = "") -> str:
    return header + "".join(f'{code}{between}"{name}"\r\n' for code, name in ROWS)


def workbook_of(rows: list[tuple[object, ...]]) -> bytes:
    book, content = openpyxl.Workbook(), BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["", "kode{}nama\r\n", "Kode Wilayah{}Nama Wilayah\r\n"])
def test_csv__whatever_stands_between_the_cells(between: str, header: str) -> None:
    assert read_regions(csv_of(between, header.format(between)).encode()) == WANTED


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + csv_of(";").encode(),
        csv_of("\t").encode("utf-16"),
        codecs.BOM_UTF16_BE + csv_of("\t").encode("utf-16-be"),
        csv_of(",").replace("\r\n", "\n").encode(),
        csv_of(",").replace("\r\n", "\r").encode(),
    ],
    ids=["UTF-8 with a mark", "UTF-16", "UTF-16 of the other kind", "lines of Unix", "lines of old Macs"],
)
def test_csv__as_programs_save_it(content: bytes) -> None:
    assert read_regions(content) == WANTED


def test_csv__in_the_letters_of_windows() -> None:
    assert read_regions("11;Acèh".encode("cp1252")) == [Region("11", "Acèh")]


def test_excel__the_first_sheet_with_codes_as_text_or_numbers() -> None:
    as_text = workbook_of([("kode", "nama"), *ROWS])
    as_numbers = workbook_of([("kode", "nama"), (11, "Aceh"), (11.1, "Aceh Singkil"), *ROWS[2:]])
    assert read_regions(as_text) == read_regions(as_numbers) == WANTED


@pytest.mark.parametrize("code", ["11.1", "11,1", "11,10", "11.10"])
def test_excel__that_took_a_code_for_a_number(code: str) -> None:
    assert read_regions(f"{code};Aceh Singkil".encode()) == [Region("11.10", "Aceh Singkil")]


def test_bad_rows__are_all_named_with_their_cells() -> None:
    with pytest.raises(ProblemError) as refused:
        read_regions(b"kode;nama\r\n11;Aceh\r\n1101;Aceh Selatan\r\n11.02;\r\n11.3a;\r\n")
    assert [line.split(":")[0] for line in refused.value.text("en").splitlines()] == ["A3", "B4", "A5", "B5"]


@pytest.mark.parametrize(
    ("code", "indonesian", "english"),
    [
        ("99.01.1.2003", "bagian ke-3 (“1”) harus 2 angka", "its part 3 (“1”) must have 2 digits"),
        ("1101", "bagian ke-1 (“1101”) harus 2 angka", "its part 1 (“1101”) must have 2 digits"),
        ("11.01.01.201", "bagian ke-4 (“201”) harus 4 angka", "its part 4 (“201”) must have 4 digits"),
        ("11.O1", "bagian ke-2 (“O1”) harus 2 angka", "its part 2 (“O1”) must have 2 digits"),
        ("11.", "kodenya belum lengkap", "it is not complete"),
        ("11.01.01.2001.01.02", "bagiannya lebih dari lima", "it has more than five parts"),
    ],
)
def test_bad_code__is_told_with_the_part_that_is_wrong(code: str, indonesian: str, english: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_regions(f"11,Aceh\n{code},Salah\n".encode())
    said = f"A2: “{code}” bukan kode wilayah: {indonesian}. Tulis seperti 11.01.01.2001."
    assert refused.value.text("id") == said
    assert (
        refused.value.text("en") == f"A2: “{code}” is no code of a region: {english}. Write it such as 11.01.01.2001."
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"PK"])
def test_broken_workbook__is_a_plain_sentence(content: bytes) -> None:
    with pytest.raises(ProblemError, match="not an intact Excel workbook"):
        read_regions(content)


def test_a_village_is_known_where_the_list_has_a_code_of_its_form(station: Station) -> None:
    with writing(station.engine) as connection:
        connection.execute(text("DELETE FROM regions WHERE code LIKE '11.01%'"))
        above = [Region("11.01", "Kab. Uji"), Region("11.01.01", "Kec. Uji")]
        village = Region("11.01.01.2001", "Desa Mekar")
        dusun = Region("11.01.01.2001.01", "Dusun Mawar")
        regions.keep(connection, [Region("11", "Provinsi Uji"), *above, village, dusun])
        connection.execute(text("DELETE FROM regions WHERE code = '11.01'"))
        asked = ["11.01.01.2001", "11.01.01.2002", "11.01.01", "11.01.01.2001.01", "", "..."]
        assert regions.listed_names(connection, asked) == {
            "11.01.01.2001": ["Desa Mekar", "Kec. Uji", "11.01", "Provinsi Uji"]
        }
        assert regions.village_names(connection, "11.01.01.2001") == ["Mekar", "Uji", "11.01", "Uji"]
        assert regions.names_above(connection, "11.01.01") == ["Uji", "11.01", "Uji"]
        for code in asked[1:]:
            with pytest.raises(ProblemError) as refused:
                regions.listed_name(connection, code)
            assert refused.value.code == "unknown-village"
