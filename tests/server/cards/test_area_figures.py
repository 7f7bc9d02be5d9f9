"""Numbers of a region's page, opened: what lies right below adds up to them, down to the village's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import html

from forms.percent import percent
from forms.periods import Quarter
from scorecards.areas import groups
from server.database.engine import writing
from server.villages.signed_reports import SignedReport, keep
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
        both = [NOW.plus(-1), NOW]
        rows = fill_district(station.engine, both, today, count=24, subdistricts=4, silent=2)
        rows += fill_district(station.engine, both, today, count=6, subdistricts=2, silent=0, district="12.02", seed=2)
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


def counts(station: Station, address: str) -> dict[str, int]:
    """How many there are by where each line of the page leads: of a village one; the sum is under a blank name."""
    page = html.document_fromstring(station.client.get(address).text)
    found = {}
    for row in page.xpath("//table//tr[td]"):
        (first,) = row.xpath("td[1]")
        leads = "".join(row.xpath("th//a/@href"))
        is_village = leads.startswith("/desa/") and "/angka/" not in leads
        found[leads] = 1 if is_village else whole(first.text_content().split(" dari ")[0])
    found.setdefault("", sum(found.values()))
    said = page.xpath("string(//p[@class='lead']/b)")
    assert whole(said.removesuffix(" desa")) == found[""], address
    return found


def whole(text: str) -> int:
    return int(text.strip().replace(".", ""))


@pytest.mark.parametrize("name", ["a2", "ih3", "sektor-kesehatan"])
@pytest.mark.parametrize("code", ["ID", "12", DISTRICT, f"{DISTRICT}.01"])
def test_lines__add_up_to_the_number_and_lead_to_pages_that_say_the_same(filled: Filled, code: str, name: str) -> None:
    station, rows = filled
    lines = pairs(station, f"/wilayah/{code}/{NOW}/angka/{name}")
    total = lines.pop("")
    assert (sum(one for one, _ in lines.values()), sum(due for _, due in lines.values())) == total
    if name != "sektor-kesehatan":
        own = [row for row in rows if code == "ID" or row["village_id"].startswith(f"{code}.")]
        own = [row for row in own if row["quarter"] == str(NOW)]
        assert total == tuple(sum(row[f"{name}_{part}"] for row in own) for part in LEVEL)
    for address, told in list(lines.items())[:2]:
        if address.startswith("/wilayah/"):
            assert pairs(station, address)[""] == told
        else:
            village = next(row for row in rows if row["village_id"] in address)
            assert address == f"/desa/{village['village_id']}/{NOW}/angka/{name}"
    missing = [due - received for received, due in lines.values()]
    assert missing == sorted(missing, reverse=True)


def numbers(station: Station, address: str) -> dict[str, set[str]]:
    """The texts of the links to numbers on a page, by where they lead."""
    page = html.document_fromstring(station.client.get(address).text)
    found: dict[str, set[str]] = {}
    for link in page.xpath("//a[contains(@href, '/angka/')]"):
        text = link.xpath("string(text[1])") if link.xpath("rect") else link.text_content()
        found.setdefault(link.get("href"), set()).add(text)
    return found


@pytest.mark.parametrize("code", ["ID", "12", DISTRICT, f"{DISTRICT}.01"])
@pytest.mark.parametrize("quarter", [NOW, NOW.plus(-1)], ids=str)
def test_numbers_of_a_regions_page__open_to_what_adds_up_to_them(filled: Filled, code: str, quarter: Quarter) -> None:
    station, _ = filled
    links = numbers(station, f"/wilayah/{code}/{quarter}")
    named = {address.rpartition("/")[2] for address in links}
    groups = {name for name in named if name.startswith("desa-")}
    assert len(named - groups) == 19 + 5 + 3 + (quarter == NOW)
    assert groups >= {"desa-tidak-melapor"} if quarter == NOW else {"desa-tanda-tangan"}
    for address, told in links.items():
        name = address.rpartition("/")[2]
        for text in told:
            figures = [whole(one) for one in re.findall(r"\d[\d.]*", text)]
            if name in groups or "-semua" in name or name == "rumah-tangga":
                assert figures[0] == counts_below(station, address), address
            else:
                assert tuple(figures) == pairs(station, address)[""], address


def counts_below(station: Station, address: str) -> int:
    """The count that the page says, whose lines add up to it, and so do those of the first page below."""
    lines = counts(station, address)
    total = lines.pop("")
    assert sum(lines.values()) == total, address
    for below, count in list(lines.items())[:1]:
        if below.startswith("/wilayah/"):
            assert counts_below(station, below) == count
    return total


def test_villages_that_rose__are_listed_with_who_rose_most_on_top(filled: Filled) -> None:
    station, rows = filled
    percents = {
        (row["village_id"], row["quarter"]): Decimal(percent(*(_sum(row, name) for name in LEVEL)) or "0")
        for row in rows
    }
    rose = {
        code: now - percents[code, str(NOW.plus(-1))]
        for (code, quarter), now in percents.items()
        if quarter == str(NOW) and code.startswith(f"{DISTRICT}.")
    }
    found = [one.split("/")[2] for one in counts(station, f"/wilayah/{DISTRICT}/{NOW}/angka/desa-naik") if one]
    assert found == sorted((code for code, points in rose.items() if points >= 1), key=lambda code: (-rose[code], code))
    assert found


def _sum(row: Row, name: str) -> int:
    total: int = row[f"pregnant_{name}"] + row[f"children_{name}"]
    return total


def test_more_villages_than_a_page_lists__go_down_by_region(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    station, _ = filled
    address = f"/wilayah/ID/{NOW}/angka/desa-tidak-melapor"
    listed = counts(station, address)
    monkeypatch.setattr(groups, "MOST_LISTED", 1)
    by_region = counts(station, address)
    assert len(listed) - 1 == listed[""] == 4  # two of the station's own beside those of the district
    assert by_region == {"": 4, **{f"/wilayah/{one}/{NOW}/angka/desa-tidak-melapor": 2 for one in ("11", "12")}}
    assert counts_below(station, address) == 4


def test_signed_reports__open_to_the_villages_that_have_them(filled: Filled) -> None:
    station, _ = filled
    quarter, code = NOW.plus(-1), f"{DISTRICT}.02.2001"
    before = counts_below(station, f"/wilayah/{DISTRICT}/{quarter}/angka/desa-tanda-tangan")
    with writing(station.engine) as connection:
        keep(connection, SignedReport(code, str(quarter), 1, f"X{before}", "sha", b"{}", START, "kades@desa.id"))
    found = counts(station, f"/wilayah/{DISTRICT}/{quarter}/angka/desa-tanda-tangan")
    assert found == {f"/desa/{code}/{quarter}": 1, "": 1}
    page = station.client.get(f"/wilayah/{DISTRICT}/{quarter}").text
    assert re.search(r"desa-tanda-tangan\">1 dari 24</a>", page)


def test_names_that_a_regions_page_has_not__are_refused_in_words(filled: Filled) -> None:
    station, _ = filled
    for name in ("tikar-anak", "zz", "a2-juga", "desa-entah"):
        answer = station.client.get(f"/wilayah/{DISTRICT}/{NOW}/angka/{name}")
        assert (answer.status_code, name in answer.text) == (404, True)
    village = f"{DISTRICT}.01.2001/{NOW}"
    for name, leads in (("a2", f"/desa/{village}/angka/a2"), ("desa-naik", f"/desa/{village}")):
        assert station.client.get(f"/wilayah/{village}/angka/{name}").headers["Location"] == leads


def test_page__takes_few_statements_and_asks_for_its_region_alone(filled: Filled) -> None:
    station, _ = filled
    with built_for(station.engine) as built, statements_of(station.engine) as made:
        station.client.get(f"/wilayah/{DISTRICT}/{NOW}/angka/a2")
    assert 0 < len(made) <= MOST_STATEMENTS
    cards = [str(one) for one in built if "cards.village_id" in str(one)]
    assert len(cards) == 2
    assert all("cards.village_id LIKE" in one for one in cards)


def test_page_of_villages__takes_few_statements_and_asks_for_its_region_alone(filled: Filled) -> None:
    station, _ = filled
    with built_for(station.engine) as built, statements_of(station.engine) as made:
        station.client.get(f"/wilayah/{DISTRICT}/{NOW}/angka/desa-naik")
    assert 0 < len(made) <= MOST_STATEMENTS
    asked = [str(one) for one in built if "village_id" in str(one)]
    assert asked
    assert all("village_id LIKE" in one for one in asked)
