"""The monthly digest: who lags in what, for whoever looks after a kecamatan or a kabupaten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest
from flask.testing import FlaskClient
from lxml import html

from server.database.engine import writing
from server.phones import phones
from server.villages import regions
from server.villages.regions import Region
from tests.support.members import browser_of, member, open_account
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped, visited


@pytest.fixture
def here(published: Station) -> Iterator[Station]:
    """Sukamaju: one of two children visited in March, a change held. Sukadamai: a child, nobody visited. Ladang: no
    phone. Sawo: in another kecamatan, with a phone alone."""
    with writing(published.engine) as connection:
        new = [("11.01.01.2003", "Ladang"), ("11.01.02", "Kluet Utara"), ("11.01.02.2001", "Sawo")]
        regions.keep(connection, [Region(*one) for one in new])
        published.tokens["11.01.02.2001"] = phones.add(connection, "11.01.02.2001", "Bu Wati", START)
    children = [(new_id(), {"nama": name}) for name in ("Ali", "Budi")]
    published.send(mapped(new_id(), children=children))
    published.send(visited(children[0][0], day="2026-03-02"))
    published.send(visited(children[0][0], day="2026-03-05"))
    published.send(visited(children[1][0], day="2026-02-02"))
    published.send(visited(new_id(), day="2026-02-02", status_gizi="buruk"))
    published.send(mapped(new_id(), children=[(new_id(), {"nama": "Cici"})]), village=OTHER_VILLAGE)
    yield published


@pytest.fixture
def camat(here: Station) -> FlaskClient:
    return browser_of(here, open_account(here, "subdistrict", "11.01.01"))


def rows(browser: FlaskClient, query: str = "") -> list[list[str]]:
    page = html.document_fromstring(browser.get(f"/admin/laporan{query}").text)
    return [[" ".join(cell.text_content().split()) for cell in row] for row in page.xpath("//tbody/tr")]


def test_digest__of_a_kecamatan_those_that_lag_most_first(camat: FlaskClient) -> None:
    found = rows(camat)
    assert [row[0] for row in found] == ["Sukadamai", "Ladang", "Sukamaju"]
    by_name = {row[0]: row[1:] for row in found}
    assert by_name["Sukadamai"][0] == "tidak ada kunjungan 1 ibu dan anak"
    assert by_name["Ladang"][1] == "belum punya HP"
    assert by_name["Sukamaju"][0] == "1/2"
    assert by_name["Sukamaju"][3] == "1 perubahan tertahan"


def test_digest__of_a_month_that_is_over(camat: FlaskClient) -> None:
    by_name = {row[0]: row[1:] for row in rows(camat, "?bulan=2026-02")}
    assert by_name["Sukamaju"][0] == "1/2"
    assert {row[1] for row in rows(camat, "?bulan=2025-11")} == {"belum ada ibu dan anak di daftar"}
    assert len(rows(camat, "?bulan=besok")) == 3


@pytest.mark.parametrize(("day", "shown", "runs"), [(7, "Maret 2026", False), (8, "April 2026", True)])
def test_digest__in_the_first_days_of_a_month_is_of_the_one_before(
    here: Station, day: int, shown: str, runs: bool
) -> None:
    here.clock.now = datetime(2026, 4, day, 3, tzinfo=UTC)
    page = member(here, "subdistrict", "11.01.01").get("/admin/laporan").text
    assert html.document_fromstring(page).xpath("string(//p[@class='where'])").endswith(shown)
    assert ("Bulan ini masih berjalan" in page) == runs


def test_digest__silent_phones_are_named(here: Station) -> None:
    here.clock.forward(days=31)
    camat = member(here, "subdistrict", "11.01.01")
    by_name = {row[0]: row[1:] for row in rows(camat)}
    assert by_name["Sukamaju"][1] == "Bu Ani: lama tidak terhubung"


def test_digest__of_a_kabupaten_adds_up_its_kecamatan(here: Station) -> None:
    district = member(here, "district", "11.01")
    found = rows(district)
    assert [row[0] for row in found] == ["Bakongan, Aceh Selatan 3 desa", "Kluet Utara, Aceh Selatan 1 desa"]
    assert found[0][1:3] == ["1", "1/3"]
    assert "1 desa tanpa HP" in found[0][3]
    nation = member(here, "admin", "ID")
    assert "Pilih wilayahnya di atas" in nation.get("/admin/laporan").text


def test_digest__for_its_roles_and_their_region(here: Station, camat: FlaskClient) -> None:
    for query in ("?wilayah=11.01.02", "?wilayah=11.01", "?wilayah=ID"):
        assert camat.get(f"/admin/laporan{query}").status_code == 403
        assert camat.get(f"/admin/laporan.xlsx{query}").status_code == 403
    for role in ("kpm", "village_head"):
        assert member(here, role, VILLAGE).get("/admin/laporan").status_code == 403
    page = camat.get("/admin/laporan").text
    assert "/admin/hp/" not in page  # the pages of phones are the admins'


@pytest.mark.parametrize(("language", "head"), [("id", "Desa"), ("en", "Village")])
def test_workbook__has_a_row_for_each_village(camat: FlaskClient, language: str, head: str) -> None:
    answer = camat.get(f"/admin/laporan.xlsx?bulan=2026-03&lang={language}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=laporan-11.01.01-2026-03.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert found[0][1] == head
    by_name = {row[1]: row for row in found[1:]}
    assert by_name["Sukamaju"][2:7] == ["11.01.01.2001", 2, 1, 1, 0]
    assert by_name["Sukamaju"][9:] == [1, 0, 0]
    assert by_name["Ladang"][5] == 0
