"""The list of villages: those that do not use the system yet are in it, and nobody says that they do not exist."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from aggregate.service.cards import StoredCards
from server.database.engine import writing
from server.phones import phones
from server.villages import regions
from server.villages.region_file import read_regions
from tests.support.station import Station

BARU, LAMA = "11.01.02.2001", "11.02.01.2001"
MORE = f"""11,Aceh
11.01,Aceh Selatan
11.01.02,Kluet Utara
{BARU},Contoh Baru
11.02,Aceh Tenggara
11.02.01,Lawe Alas
{LAMA},Contoh Lama
11.02.99,Latihan
11.02.99.2999,Latihan
"""


@pytest.fixture
def home(station: Station) -> Station:
    """Two villages with a phone, two that are only in the list of regions, and one for practice."""
    with writing(station.engine) as connection:
        regions.keep(connection, read_regions(MORE.encode()))
    return station


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """The villages or regions of the list, each with what stands below its name."""
    page = html.document_fromstring(client.get(f"/{query}").text)
    found = page.xpath("//ul[@class='villages']/li/a/span[1]")
    return [" ".join(one.text_content().split()) for one in found]


def text_of(client: FlaskClient, query: str) -> str:
    return " ".join(html.document_fromstring(client.get(f"/{query}").text).text_content().split())


def test_villages_without_phone_and_forms_are_listed_as_not_using_it(home: Station) -> None:
    assert listed(home.client) == [
        "Sukadamai belum pernah melapor",
        "Sukamaju belum pernah melapor",
        "Contoh Baru belum memakai pencatatan",
        "Contoh Lama belum memakai pencatatan",
    ]
    assert "2 dari 2 desa belum melapor · 1 desa lain belum memakai pencatatan" in text_of(home.client, "")
    assert listed(home.client, "?urut=lapor")[:2] == [
        "Contoh Baru Kluet Utara belum memakai pencatatan",
        "Contoh Lama Lawe Alas belum memakai pencatatan",
    ]


def test_search_finds_them(home: Station) -> None:
    assert listed(home.client, "?cari=contoh baru") == ["Contoh Baru belum memakai pencatatan"]
    assert listed(home.client, f"?cari={LAMA}") == ["Contoh Lama belum memakai pencatatan"]
    assert "Periksa ejaannya" in text_of(home.client, "?cari=tidak ada")


def test_where_not_all_find_room_those_that_take_part_are_listed__and_the_others_counted(
    home: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredCards, "most_villages", 3)
    assert listed(home.client) == ["Sukadamai belum pernah melapor", "Sukamaju belum pernah melapor"]
    assert "2 desa atau kelurahan lain di daftar wilayah belum memakai pencatatan ini" in text_of(home.client, "")
    assert listed(home.client, "?cari=contoh")[0] == "Contoh Baru belum memakai pencatatan"

    monkeypatch.setattr(StoredCards, "most_villages", 2)
    assert listed(home.client, "?wilayah=11") == [
        "Aceh Selatan 2 dari 2 desa belum melapor · 1 desa lain belum memakai pencatatan",
        "Aceh Tenggara 1 desa belum memakai pencatatan",
    ]


def test_a_village_that_is_nowhere__is_told_in_words_of_pages(home: Station) -> None:
    page = home.client.get("/desa/11.01.01.2999")
    assert page.status_code == 404
    assert "halaman Daftar wilayah" in page.text
    assert "kpm " not in html.document_fromstring(page.text).xpath("string(//main)")


def test_one_that_gets_a_phone_takes_part(home: Station) -> None:
    with writing(home.engine) as connection:
        phones.add(connection, BARU, "Bu Ina", home.clock.now)
    assert "Contoh Baru belum pernah melapor" in listed(home.client)
