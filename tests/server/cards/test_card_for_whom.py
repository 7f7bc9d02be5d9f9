"""What of a village's card each visitor gets: small counts hidden from the public, names for those who work there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html

from server.database.engine import writing
from server.publications import shipped
from server.publications.publish import keep_beside
from tests.support.members import member
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station, opened
from tests.support.village_forms import mapped, prepared_with_forms, visited

HOME, CHILD = f"/desa/{VILLAGE}", "10000001-0000-4000-8000-000000000000"
OTHER_CHILD = "10000002-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Two children, one of whom was weighed in each month; small counts are hidden."""
    folder = tmp_path_factory.mktemp("siapa")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared_with_forms(url), SMALL_COUNTS_HIDDEN="on")
    children = [
        (one, {"nama": name, "tanggal_lahir": "2025-06-15"}) for one, name in ((CHILD, "Ali"), (OTHER_CHILD, "Umi"))
    ]
    made.send(mapped("10000000-0000-4000-8000-000000000000", head="Budi", children=children))
    for day in ("2026-01-10", "2026-02-10", "2026-03-05"):
        made.send(visited(CHILD, day=day, timbang="ya"))
    with writing(made.engine) as connection:
        keep_beside(connection, shipped.CUMULATIVE.read_bytes(), START)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def head(station: Station) -> FlaskClient:
    return member(station, "village_head")


def words(text: str) -> str:
    return " ".join(html.document_fromstring(text).text_content().split())


def test_visitors__are_told_few_and_nobody_by_name(station: Station) -> None:
    card = station.client.get(f"{HOME}.json").json
    assert card["table1"]["children"]["total"] == "<3"
    row = next(row for row in card["table3"] if row["code"] == "a2")
    assert (row["received"], row["due"], row["percent"]) == ("<3", "<3", None)
    for path in (HOME, f"{HOME}/formulir-1", f"{HOME}/2026-Q1/angka/a2"):
        page = station.client.get(path)
        assert page.status_code == 200 and "<3" in words(page.text)
        assert "Umi" not in page.text
    for path in (f"{HOME}/2026-Q1/dusun", f"{HOME}/janji/usulan", f"{HOME}?kartu=Kumulatif"):
        page = station.client.get(path)
        assert page.status_code == 403 and "terlalu kecil untuk umum" in words(page.text)


def test_the_village_head__sees_counts_names_and_reasons_and_that_is_recorded(
    station: Station, head: FlaskClient
) -> None:
    assert head.get(f"{HOME}.json").json["table1"]["children"]["total"] == 2
    assert "1 anak belum dipantau" in words(head.get(HOME).text) and "Umi" in head.get(HOME).text
    opened_number = words(head.get(f"{HOME}/2026-Q1/angka/a2").text)
    assert "1 sudah, dari 2 yang seharusnya" in opened_number
    assert "tidak dipantau triwulan ini" in opened_number
    assert "ditimbang: Januari, Februari, Maret" in opened_number
    forms = words(head.get(f"{HOME}/2026-Q1/angka/a2/{CHILD}").text)
    assert forms.count("ditimbang: Ya") == 3 and forms.count("Buka isian seperti yang diterima") == 3
    seen = {(row["page"], row["entity_id"]) for row in station.rows("looks", village_id=VILLAGE)}
    assert {("kartu", None), ("angka", None), ("angka", CHILD)} <= seen


@pytest.mark.parametrize(
    "choices", ["", "?lang=en", "?kartu=Formulir+4+kumulatif", "?kartu=Formulir+4+kumulatif&lang=en"]
)
def test_every_link_of_a_card_opens_in_its_language_and_by_its_rules(head: FlaskClient, choices: str) -> None:
    card = head.get(f"{HOME}/2026-Q1{choices}").text
    links = {
        one for one in html.document_fromstring(card).xpath("//main//a/@href") if "/angka/" in one or "/dusun" in one
    }
    assert len(links) > 25
    assert any(CHILD in one or OTHER_CHILD in one for one in links) is ("kartu" not in choices)
    for one in links:
        page = head.get(one)
        assert page.status_code == 200, one
        assert ("lang=en" in one) is ("lang=en" in choices) is ('<html lang="en"' in page.text), one
        assert ("kumulatif" in page.text) is ("kartu" in choices), one
        if "kartu" in choices:
            back = html.document_fromstring(page.text).xpath("//nav[@class='crumb']/a/@href")[0]
            assert "kumulatif" in back


def test_people_of_another_village__are_visitors(station: Station) -> None:
    other = member(station, "village_head", OTHER_VILLAGE)
    assert other.get(f"{HOME}.json").json["table1"]["children"]["total"] == "<3"
    assert "Umi" not in other.get(HOME).text
    assert other.get(f"{HOME}/2026-Q1/angka/a2/{CHILD}").status_code == 403


@pytest.mark.parametrize("region", ["ID", "11", "11.01"])
def test_officers_above_villages__see_figures_of_their_whole_region_and_no_names(station: Station, region: str) -> None:
    officer = member(station, "district", region)
    for path in (
        f"/wilayah/{region}",
        f"/wilayah/{region}/2026-Q1.csv",
        HOME,
        f"{HOME}/2026-Q1/angka/a2",
        f"{HOME}/janji",
    ):
        page = officer.get(path)
        assert page.status_code == 200, path
        assert "Umi" not in page.text
    assert officer.get(f"/desa/{VILLAGE}/tugas").status_code == 403
    assert officer.get("/wilayah/ID").status_code == 200
