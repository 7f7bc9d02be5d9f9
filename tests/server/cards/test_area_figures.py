"""Numbers of a region's page, opened: what lies right below adds up to them, down to the village's own page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lxml import html

from forms.periods import Quarter
from tests.support.databases import databases_of
from tests.support.filled_cards import DISTRICT, Row, fill_district
from tests.support.statements import built_for, statements_of
from tests.support.station import START, Station, opened, prepared_as_shipped

NOW = Quarter(2026, 1)
LEVEL = ("received", "due")
# The rules, the regions above, the number of the rules, the sums and the names; on SQLite the beginning of it.
MOST_STATEMENTS = 7

Filled = tuple[Station, list[Row]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, run_folder: Path
) -> Iterator[Filled]:
    """Two kabupaten of one province."""
    folder = tmp_path_factory.mktemp("angka-wilayah")
    with ExitStack() as open_ones:
        kind = databases_of(request.param, folder, run_folder, lambda: request.getfixturevalue("postgres"))
        url = open_ones.enter_context(kind).empty()
        station = opened(url, folder, prepared_as_shipped(url))
        today = START.date()
        rows = fill_district(station.engine, [NOW], today, count=24, subdistricts=4, silent=2)
        rows += fill_district(station.engine, [NOW], today, count=6, subdistricts=2, silent=0, district="12.02", seed=2)
        yield station, rows
        station.engine.dispose()


def pairs(station: Station, address: str) -> dict[str, tuple[int, int]]:
    """What each line of the page comes to, by where it leads; the sum is under a blank name."""
    answer = station.client.get(address)
    assert answer.status_code == 200, address
    page = html.document_fromstring(answer.text)
    found = {}
    for row in page.xpath("//table//tr[td]"):
        received, due = (int(one.replace(".", "")) for one in row.xpath("string(td[1])").split(" / "))
        found["".join(row.xpath("th//a/@href"))] = (received, due)
    return found


@pytest.mark.parametrize("name", ["a2", "ih3", "sektor-kesehatan"])
@pytest.mark.parametrize("code", ["ID", "12", DISTRICT, f"{DISTRICT}.01"])
def test_lines__add_up_to_the_number_and_lead_to_pages_that_say_the_same(filled: Filled, code: str, name: str) -> None:
    station, rows = filled
    lines = pairs(station, f"/wilayah/{code}/{NOW}/angka/{name}")
    total = lines.pop("")
    assert (sum(one for one, _ in lines.values()), sum(due for _, due in lines.values())) == total
    if name != "sektor-kesehatan":
        own = [row for row in rows if code == "ID" or row["village_id"].startswith(f"{code}.")]
        assert total == tuple(sum(row[f"{name}_{part}"] for row in own) for part in LEVEL)
    for address, told in list(lines.items())[:2]:
        if address.startswith("/wilayah/"):
            assert pairs(station, address)[""] == told
        else:
            village = next(row for row in rows if row["village_id"] in address)
            assert address == f"/desa/{village['village_id']}/{NOW}/angka/{name}"
    missing = [due - received for received, due in lines.values()]
    assert missing == sorted(missing, reverse=True)


def test_numbers_of_a_regions_page__lead_there(filled: Filled) -> None:
    station, _ = filled
    page = html.document_fromstring(station.client.get(f"/wilayah/{DISTRICT}/{NOW}").text)
    links = {link.get("href"): link.text for link in page.xpath("//main//a[contains(@href, '/angka/')]")}
    assert len(links) == 19 + 5
    for address, told in links.items():
        received, due = pairs(station, address)[""]
        assert [int(sign) for sign in told.replace(".", "").replace(" dari ", " / ").split(" / ")] == [received, due]


def test_names_that_a_regions_page_has_not__are_refused_in_words(filled: Filled) -> None:
    station, _ = filled
    for name in ("tikar-anak", "zz", "a2-juga"):
        answer = station.client.get(f"/wilayah/{DISTRICT}/{NOW}/angka/{name}")
        assert (answer.status_code, name in answer.text) == (404, True)
    village = station.client.get(f"/wilayah/{DISTRICT}.01.2001/{NOW}/angka/a2")
    assert village.headers["Location"] == f"/desa/{DISTRICT}.01.2001/{NOW}/angka/a2"


def test_page__takes_few_statements_and_asks_for_its_region_alone(filled: Filled) -> None:
    station, _ = filled
    with built_for(station.engine) as built, statements_of(station.engine) as made:
        station.client.get(f"/wilayah/{DISTRICT}/{NOW}/angka/a2")
    assert 0 < len(made) <= MOST_STATEMENTS
    cards = [str(one) for one in built if "cards.village_id" in str(one)]
    assert len(cards) == 2
    assert all("cards.village_id LIKE" in one for one in cards)
