"""Regions from the official list, from a list of one's own, and hamlets that are typed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.villages import region_lists, regions
from server.villages.regions import Kept, Region
from tests.server.conftest import Open
from tests.support.members import browser_of, open_account, send_form, token_of
from tests.support.station import VILLAGE, Station
from tests.support.told import told_on

OFFICIAL = {
    "provinces.csv": "code,name\n11,Aceh\n12,Sumatera Utara\n",
    "regencies.csv": "code,province_code,name\n11.01,11,Kabupaten Aceh Selatan\n12.01,12,Kabupaten Tapanuli Tengah\n",
    "districts.csv": "code,regency_code,name\n11.01.01,11.01,Bakongan\n12.01.01,12.01,Barus\n",
    "villages.csv": "code,district_code,name\n11.01.01.2001,11.01.01,Keude Bakongan\n"
    "12.01.01.2001,12.01.01,Kedai Gadang\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "resmi"
    made.mkdir()
    for name, text in OFFICIAL.items():
        (made / name).write_text(text)
    return made


@pytest.fixture
def station(open_station: Open, folder: Path) -> Station:
    return open_station(REGIONS_FOLDER=str(folder))


@pytest.fixture
def nation(station: Station) -> FlaskClient:
    return browser_of(station, open_account(station, "admin", "ID"))


def names(station: Station) -> dict[str, str]:
    return {row["code"]: row["name"] for row in station.rows("regions")}


def upload(browser: FlaskClient, content: bytes) -> str:
    token = token_of(browser.get("/admin/wilayah"))
    file = (BytesIO(content), "wilayah.csv")
    return browser.post("/admin/wilayah", data={"csrf_token": token, "berkas": file}, follow_redirects=True).text


def mistakes(page: str) -> list[tuple[str, str]]:
    """The place of each, and what is said of it."""
    return [(where, said) for where, _, said in told_on(page)]


# The official list


def test_official__a_region_with_all_that_lies_in_it_and_above(folder: Path) -> None:
    found = region_lists.official(folder, "12.01")
    assert [one.code for one in found] == ["12", "12.01", "12.01.01", "12.01.01.2001"]
    assert len(region_lists.official(folder, "ID")) == 8
    assert [one.code for one in region_lists.offered(folder, "ID")] == ["11", "11.01", "12", "12.01"]
    assert [one.code for one in region_lists.offered(folder, "12")] == ["12", "12.01"]


def test_official__that_is_not_installed(tmp_path: Path) -> None:
    assert not region_lists.is_installed(tmp_path / "tiada")
    with pytest.raises(ProblemError, match="not installed"):
        region_lists.official(tmp_path / "tiada", "ID")


def test_import__says_how_many_are_new_and_renamed(station: Station, nation: FlaskClient) -> None:
    page = nation.get("/admin/wilayah").text
    assert "Open Database License" in page
    answer = send_form(nation, "/admin/wilayah/resmi", "/admin/wilayah", wilayah="ID")
    said = nation.get(answer.headers["Location"]).text
    # Aceh and Bakongan were there by that name; Aceh Selatan and Sukamaju have other ones in the official list.
    assert "4 wilayah baru, 2 berganti nama, 2 tetap." in said
    assert names(station)["11.01.01.2001"] == "Keude Bakongan"
    assert names(station)["11.01.01.2002"] == "Sukadamai"
    assert station.one("actions")["action"] == "regions-imported"


def test_import__of_ones_own_region_and_by_whoever_covers_all_phones(station: Station) -> None:
    district = browser_of(station, open_account(station, "admin", "11.01"))
    assert send_form(district, "/admin/wilayah/resmi", "/admin/wilayah", wilayah="12.01").status_code == 403
    assert send_form(district, "/admin/wilayah/resmi", "/admin/wilayah", wilayah="11.01").status_code == 303
    small = browser_of(station, open_account(station, "admin", VILLAGE))
    page = small.get("/admin/wilayah")
    assert "berkas" not in str(html.document_fromstring(page.text).xpath("//input/@name"))
    token = token_of(small.get(f"/admin/wilayah/{VILLAGE}"))
    for path in ("/admin/wilayah/resmi", "/admin/wilayah"):
        assert small.post(path, data={"csrf_token": token, "wilayah": VILLAGE}).status_code == 403


def test_without_the_official_list__a_list_of_ones_own_is_taken(open_station: Open, tmp_path: Path) -> None:
    station = open_station(REGIONS_FOLDER=str(tmp_path / "tiada"))
    nation = browser_of(station, open_account(station, "admin", "ID"))
    assert "belum terpasang" in nation.get("/admin/wilayah").text
    assert send_form(nation, "/admin/wilayah/resmi", "/admin/wilayah", wilayah="ID").status_code == 404
    assert "1 wilayah baru, 0 berganti nama, 0 tetap." in upload(nation, b"11.01.01.2003;Ladang")


# A list of one's own


def test_own_list__all_mistakes_at_once_and_nothing_kept(station: Station, nation: FlaskClient) -> None:
    before = names(station)
    rows = ["kode;nama", "11.01.01.2003;Ladang", "1101;Salah", "13.01;Tanpa provinsi", "11.01.01.2003;Lain", "11.02;"]
    found = mistakes(upload(nation, "\n".join(rows).encode()))
    assert [cell for cell, _ in found] == ["A3", "A4", "A5", "B6"]
    assert "“1101” bukan kode wilayah: bagian ke-1" in found[0][1]
    assert "berada di 13" in found[1][1]
    assert "sudah ada di A2 dengan nama lain" in found[2][1]
    assert "Nama wilayah 11.02 belum diisi" in found[3][1]
    assert names(station) == before
    assert station.rows("actions") == []


def test_own_list__outside_of_ones_region(station: Station) -> None:
    district = browser_of(station, open_account(station, "admin", "11.01"))
    found = mistakes(upload(district, b"11;Aceh\n11.01.01.2003;Ladang\n12;Sumatera Utara"))
    assert [cell for cell, _ in found] == ["A3"]
    assert "di luar wilayah akun Anda" in found[0][1]


@pytest.mark.parametrize("content", [b"", b"kode;nama\n", b"PK\x03\x04rusak"])
def test_own_list__with_nothing_in_it_is_answered(station: Station, nation: FlaskClient, content: bytes) -> None:
    before = names(station)
    assert "kesalahan di berkas ini" in upload(nation, content)
    assert names(station) == before


def test_keep__counts(station: Station) -> None:
    with writing(station.engine) as connection:
        kept = regions.keep(connection, [Region("11", "Aceh"), Region("11.01", "Lain"), Region("11.02", "Baru")])
    assert (kept, kept.total) == (Kept(1, 1, 1), 3)


# Hamlets


def test_dusun__typed_get_the_next_free_codes(station: Station) -> None:
    admin = browser_of(station, open_account(station, "admin", VILLAGE))
    page = f"/admin/wilayah/{VILLAGE}"
    with writing(station.engine) as connection:
        regions.keep(connection, [Region(f"{VILLAGE}.02", "Melati")])
    answer = send_form(admin, f"{page}/dusun", page, dusun="Mawar\r\n  melati \r\n\r\nKenanga  Baru\r\nMawar")
    assert answer.status_code == 303
    with reading(station.engine) as connection:
        found = {one.code[-2:]: one.name for one in region_lists.dusun(connection, VILLAGE)}
    assert found == {"01": "Mawar", "02": "Melati", "03": "Kenanga Baru"}
    assert "3 dusun" in admin.get("/admin/wilayah").text
    refused = send_form(admin, f"{page}/dusun", page, dusun=" \n")
    assert (refused.status_code, "Tulis nama dusun" in refused.text) == (400, True)
    many = "\n".join(f"Dusun {number}" for number in range(100))
    assert send_form(admin, f"{page}/dusun", page, dusun=many).status_code == 400


def test_dusun__of_ones_own_villages_alone(station: Station) -> None:
    admin = browser_of(station, open_account(station, "admin", VILLAGE))
    token = token_of(admin.get(f"/admin/wilayah/{VILLAGE}"))
    foreign = "/admin/wilayah/11.01.01.2002"
    assert admin.get(foreign).status_code == 403
    assert admin.post(f"{foreign}/dusun", data={"csrf_token": token, "dusun": "Mawar"}).status_code == 403
