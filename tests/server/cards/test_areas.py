"""Pages of regions: what a kabupaten of 300 villages comes to, against sums of its cards that know no SQL."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from lxml import html
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from aggregate.indicators.tables import CARDS
from forms.periods import Quarter
from server.database.engine import writing
from server.database.tables import regions, villages
from tests.support.databases import databases_of
from tests.support.filled_cards import DISTRICT, Row, fill_district
from tests.support.narrowed import tables_of
from tests.support.statements import built_for, statements_of
from tests.support.station import START, VILLAGE, Station, opened, prepared_as_shipped

VILLAGES, SILENT = 300, 3
NOW = Quarter(2026, 1)
QUARTERS = [NOW.plus(past) for past in range(-3, 1)]
# For a page of a region: the rules, its names, villages, sums, cards and phones of those that are named, how many the
# list has, the names of all of them, overdue promises, how many reports are signed; on SQLite the beginning of it.
MOST_STATEMENTS = 11
LEVEL = ("received", "due")
# Seconds of this process: with others on the machine, a clock would measure them too.
FASTEST, TRIES = 0.05, 15
PRACTICE = f"{DISTRICT}.99.2999"


@dataclass
class Filled:
    station: Station
    rows: list[Row]

    def get(self, path: str, status: int = 200) -> TestResponse:
        answer = self.station.client.get(path)
        assert answer.status_code == status, path
        return answer

    def json(self, code: str, period: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/wilayah/{code}{period and '/' + period}.json").json
        return found

    def of(self, region: str, quarter: Quarter = NOW) -> list[Row]:
        return [row for row in self.rows if row["quarter"] == str(quarter) and is_in(region, row["village_id"])]


def is_in(region: str, village: str) -> bool:
    return region == "ID" or village.startswith(f"{region}.")


def level(rows: list[Row]) -> dict[str, Any]:
    """Received, due and percent as the JSON has them, half up by whole numbers."""
    received, due = (sum(row[f"pregnant_{name}"] + row[f"children_{name}"] for row in rows) for name in LEVEL)
    percent = f"{int(1000 * received / due + 0.5) / 10:.1f}" if due else None
    return {"received": received, "due": due, "percent": percent}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, run_folder: Path
) -> Iterator[Filled]:
    """One kabupaten of 300 villages and four quarters; a second one, smaller, in the same province."""
    folder = tmp_path_factory.mktemp("wilayah")
    with ExitStack() as open_ones:
        kind = databases_of(request.param, folder, run_folder, lambda: request.getfixturevalue("postgres"))
        url = open_ones.enter_context(kind).empty()
        station = opened(url, folder, prepared_as_shipped(url))
        today = START.date()
        rows = fill_district(station.engine, QUARTERS, today, count=VILLAGES, silent=SILENT)
        rows += fill_district(
            station.engine, QUARTERS[2:], today, count=9, subdistricts=2, silent=0, district="12.02", seed=2
        )
        yield Filled(station, rows)
        station.engine.dispose()


@pytest.mark.parametrize("code", [DISTRICT, f"{DISTRICT}.03", "12.02", "12", "ID"])
@pytest.mark.parametrize("quarter", [NOW, NOW.plus(-1)], ids=str)
def test_level__is_the_sum_of_its_villages_with_and_without_the_silent_ones(
    filled: Filled, code: str, quarter: Quarter
) -> None:
    found, own = filled.json(code, str(quarter)), filled.of(code, quarter)
    telling = [row for row in own if row["pregnant_not_monitored"] < row["pregnant"]]
    assert found["level"] == level(own)
    assert found["level_of_reporting"] == level(telling)
    assert found["villages_count"]["silent"] == found["villages_count"]["taking_part"] - len(telling)
    assert found["sums"]["table4"]["total"] == level(own)
    for name, row in ((row["code"], row) for row in found["sums"]["table3"]):
        assert [row[one] for one in LEVEL] == [sum(card[f"{name}_{one}"] for card in own) for one in LEVEL]
    assert found["sums"]["table2"]["red"] == sum(row["tikar_red"] for row in own)
    assert found["sums"]["complete"]["complete"] == sum(row["complete"] for row in own)
    assert found["sums"]["table5"]["allocated_total"] == 900_000_000 * len(own)


@pytest.mark.parametrize("code", ["ID", "12", DISTRICT, f"{DISTRICT}.01"])
def test_parts__add_up_to_the_region_and_are_its_own_pages(filled: Filled, code: str) -> None:
    found = filled.json(code)
    for name in LEVEL:
        assert sum(part[name] for part in found["parts"]) == found["level"][name]
    for name, of_all in (("villages", "taking_part"), ("reporting", "reporting")):
        assert sum(part[name] for part in found["parts"]) == found["villages_count"][of_all]
    for part in found["parts"][:3]:
        own = {name: part[name] for name in ("received", "due", "percent")}
        if part["code"].count(".") == 3:
            assert own == level([row for row in filled.of(code) if row["village_id"] == part["code"]])
        else:
            assert own == filled.json(part["code"])["level"]


def test_quarters__are_compared_from_the_first_card_on(filled: Filled) -> None:
    found = filled.json(DISTRICT)["quarters"]
    assert [one["period"] for one in found] == [str(quarter) for quarter in QUARTERS]
    for one, quarter in zip(found, QUARTERS, strict=True):
        assert {name: one[name] for name in ("received", "due", "percent")} == level(filled.of(DISTRICT, quarter))
    assert [one["reporting"] for one in found] == [VILLAGES] * 3 + [VILLAGES - SILENT]


def words(answer: TestResponse, path: str = "//main") -> list[str]:
    return [" ".join(one.text_content().split()) for one in html.document_fromstring(answer.text).xpath(path)]


def test_page__names_those_with_the_most_services_missing_and_the_silent_ones_apart(filled: Filled) -> None:
    page = filled.get(f"/wilayah/{DISTRICT}")
    told = {row["village_id"]: level([row]) for row in filled.of(DISTRICT)}
    silent = {row["village_id"] for row in filled.of(DISTRICT) if row["pregnant_not_monitored"] == row["pregnant"]}
    lacking = {code: one["due"] - one["received"] for code, one in told.items() if code not in silent}
    most = sorted(lacking, key=lambda code: (-lacking[code], code))[:5]
    links = html.document_fromstring(page.text).xpath("//ol[@class='help']//a/@href")
    assert links == [f"/desa/{code}/{NOW}" for code in most]
    assert f"{lacking[most[0]]} layanan belum diterima" in words(page, "//ol[@class='help']/li")[0]
    links = html.document_fromstring(page.text).xpath("//ul[@class='help']//a/@href")
    assert {link.split("/")[2] for link in links} == silent
    (notice,) = words(page, "//section[contains(@class, 'notice none')]")
    assert notice.startswith("3 desa tidak melapor")
    assert "belum punya HP" in notice
    assert "HP terakhir terhubung 2 Jan 2026" in notice


def test_page__tiles_are_links_with_the_numbers_of_the_table(filled: Filled) -> None:
    for code, count in ((DISTRICT, 8), (f"{DISTRICT}.04", 38)):
        found = html.document_fromstring(filled.get(f"/wilayah/{code}").text)
        tiles = {link.get("href"): link.find("text").text for link in found.xpath("//svg[@class='map']/a")}
        rows = {
            row.xpath("th/a/@href")[0]: row.xpath("string(th/i)") for row in found.xpath("//*[@id='semua']//tr[th/i]")
        }
        assert tiles == rows
        assert len(tiles) == count
        for rect in found.xpath("//svg[@class='map']/a/rect"):
            assert float(rect.get("width")) >= 44 and float(rect.get("height")) >= 44


def test_page__leads_up_down_and_through_the_quarters(filled: Filled) -> None:
    links = html.document_fromstring(filled.get(f"/wilayah/{DISTRICT}.02/2025-Q4?lang=en").text).xpath("//a/@href")
    for one in ("ID", "12", DISTRICT):
        assert f"/wilayah/{one}/2025-Q4?lang=en" in links
    assert f"/desa/{DISTRICT}.02.2001/2025-Q4?lang=en" in links
    assert f"/wilayah/{DISTRICT}.02/2026-Q1?lang=en" in links
    assert f"/?urut=skor&wilayah={DISTRICT}.02&triwulan=2025-Q4&lang=en" in links


def test_home__leads_to_the_regions_it_lists(filled: Filled) -> None:
    links = html.document_fromstring(filled.get(f"/?wilayah={DISTRICT}.02").text).xpath("//main//a/@href")
    assert f"/wilayah/{DISTRICT}.02" in links
    links = html.document_fromstring(filled.get("/?wilayah=12.02&triwulan=2025-Q4").text).xpath("//main//a/@href")
    assert {f"/wilayah/{code}/2025-Q4" for code in ("12.02", "12.02.01", "12.02.02")} <= set(links)


@pytest.mark.parametrize(
    ("code", "status"), [("99", 404), ("12.01.77", 404), ("xx", 404), ("12.01.01.2001.01", 404), (VILLAGE, 302)]
)
def test_no_region__says_so_and_a_village_is_its_own_page(filled: Filled, code: str, status: int) -> None:
    answer = filled.get(f"/wilayah/{code}", status)
    assert ("Wilayah dengan kode" in answer.text) is (status == 404)
    assert answer.headers.get("Location") == (f"/desa/{VILLAGE}" if status == 302 else None)


def test_a_quarter_that_has_not_begun(filled: Filled) -> None:
    assert "2026-Q2 belum mulai" in filled.get(f"/wilayah/{DISTRICT}/2026-Q2", 404).text


def test_speed__of_a_kabupaten_of_300_villages(filled: Filled) -> None:
    for path in (f"/wilayah/{DISTRICT}", f"/wilayah/{DISTRICT}.json"):
        filled.get(path)
        seconds = []
        for _ in range(TRIES):
            began = process_time()
            page = filled.get(path)
            seconds.append(process_time() - began)
        assert min(seconds) < FASTEST, f"{path}: {min(seconds)} s"
        assert len(gzip.compress(page.data)) < 30_000
        assert b"<script" not in page.data


def test_statements__are_few_whatever_the_number_of_villages_and_ask_for_the_region_alone(filled: Filled) -> None:
    sent = []
    for code in (DISTRICT, f"{DISTRICT}.02"):
        filled.get(f"/wilayah/{code}")
        with built_for(filled.station.engine) as built, statements_of(filled.station.engine) as found:
            filled.get(f"/wilayah/{code}")
        sent.append(len(found))
        cards = [one for one in built if "cards" in str(one)]
        for statement in cards:
            compiled = str(statement)
            for table in tables_of(statement):
                if "village_id" in table.c:
                    assert re.search(rf"{table.name}\.village_id (= :|LIKE|IN)", compiled), (table.name, compiled)
        assert len(cards) >= 3
    assert max(sent) <= MOST_STATEMENTS


def test_unchanged__is_not_sent_again(filled: Filled) -> None:
    for path in (f"/wilayah/{DISTRICT}", f"/wilayah/{DISTRICT}.json"):
        first = filled.get(path)
        again = filled.station.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_waiting__villages_with_new_forms_are_counted_aloud(filled: Filled) -> None:
    code = f"{DISTRICT}.01.2001"

    def stale(since: str | None) -> None:
        with writing(filled.station.engine) as connection:
            connection.execute(update(villages).where(villages.c.village_id == code).values(stale_since=since))

    assert filled.json(DISTRICT)["counted"] == {"first_day": "2026-03-10", "last_day": "2026-03-10", "waiting": 0}
    stale("2025-Q4")
    assert filled.json(DISTRICT)["counted"]["waiting"] == 1
    assert filled.json(DISTRICT, "2025-Q3")["counted"]["waiting"] == 0
    assert "1 desa punya isian baru yang menunggu dihitung" in filled.get(f"/wilayah/{DISTRICT}").text
    stale(None)


def test_practice_villages__never_count(filled: Filled) -> None:
    before = filled.json(DISTRICT)
    not_figures = {"village_id", "quarter", "as_of", "rules", "changed_on"}
    figures = dict.fromkeys((column.name for column in CARDS.c if column.name not in not_figures), 10)
    card = {**figures, "village_id": PRACTICE, "quarter": str(NOW), "as_of": START.date(), "rules": 1}
    with writing(filled.station.engine) as connection:
        connection.execute(insert(villages), [{"village_id": PRACTICE, "seq": 1, "to_rebuild": False}])
        connection.execute(insert(regions), [{"code": PRACTICE, "name": "Latihan"}])
        connection.execute(insert(CARDS), [card])
    assert filled.json(DISTRICT) == before
    assert filled.json("ID")["level"] == level(filled.of("ID"))
