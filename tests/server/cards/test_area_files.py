"""What is taken out of regions as rows: the same figures as CSV, Excel and JSON, with what each column means."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from lxml import html
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.tables import CARDS
from aggregate.scorecard.card import card_of
from aggregate.service.villages import labels_of
from forms.periods import Quarter
from scorecards.areas.dictionary import HEAD, columns_of
from scorecards.areas.sources import AreaRows, Region
from scorecards.card_row import card_row
from server.cards import downloads
from server.database.engine import writing
from server.database.tables import villages
from server.exchange.files import csv_file
from tests.server.conftest import Filled, Open
from tests.support.filled_cards import DISTRICT, fill_district
from tests.support.members import member
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import publish_shipped

NOW = Quarter(2026, 1)
PRACTICE = f"{DISTRICT}.99.2999"
COUNT = 12
# The two villages of every station's phones take part and have no card.
WITHOUT_CARD = 2


def fill(station: Station) -> None:
    publish_shipped(station)
    fill_district(station.engine, [NOW.plus(-1), NOW], START.date(), count=COUNT, subdistricts=3)


@pytest.fixture
def district(filled: Filled) -> Station:
    return filled(fill)


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"))))


def sums(rows: list[dict[str, str]], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def test_rows__are_the_same_as_csv_excel_and_json_and_add_up_to_the_region(district: Station) -> None:
    client = district.client
    rows = rows_of(client.get(f"/wilayah/{DISTRICT}/{NOW}.csv"))
    assert len(rows) == COUNT
    book = openpyxl.load_workbook(BytesIO(client.get(f"/wilayah/{DISTRICT}/{NOW}.xlsx").data))
    assert book.sheetnames == ["desa", "rekap", "kamus"]
    head, *cells = book["desa"].iter_rows(values_only=True)
    in_excel = [dict(zip(head, ("" if value is None else str(value) for value in row), strict=True)) for row in cells]
    for one, other in zip(rows, in_excel, strict=True):
        for name, value in one.items():
            told = other[name].removesuffix(" 00:00:00") if name == "as_of" else other[name]
            same = float(told) == float(value) if name.endswith("percent") and value else told == value
            assert same, (name, value, told)
    told = client.get(f"/wilayah/{DISTRICT}/{NOW}.json").json
    in_json = client.get(told["villages_json"]).json["villages"]
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in in_json] == rows
    assert sums(rows, "table4.total.received") == told["level"]["received"]
    assert sums(rows, "table3.a4.fathers") == told["sums"]["table3"][11]["fathers"]
    parts = list(book["rekap"].iter_rows(values_only=True))
    assert [row[0] for row in parts[1:]] == [part["code"] for part in told["parts"]]
    assert [row[4] for row in parts[1:]] == [part["received"] for part in told["parts"]]


def test_dictionary__has_every_figure_of_a_card_and_nothing_blank(district: Station) -> None:
    rules = published_rules_with_tables(district.engine)
    card = card_of(VILLAGE, "Sukamaju", NOW, {}, rules, START.date()).json()
    columns = columns_of(labels_of(rules.indicators), {one.code for one in rules.indicators if one.also})
    names = [column.name for column in columns]
    assert set(card_row(card)) | {"subdistrict", "district", "province"} == set(names)
    assert len(names) == len(set(names))
    told = rows_of(district.client.get("/data/kamus.csv"))
    assert [row["kolom"] for row in told] == names
    assert all(row[name].strip() for row in told for name in HEAD)
    assert district.client.get("/data/kamus.json").json["columns"] == told
    assert list(rows_of(district.client.get(f"/data/{NOW}.csv"))[0]) == names
    for query, word in (("", "Satuan"), ("?lang=en", "Unit")):
        page = html.document_fromstring(district.client.get(f"/data{query}").text)
        assert page.xpath("//table[@class='kamus']/tbody//code/text()") == names
        assert word in page.text_content()


def test_open_data__has_all_villages_but_those_of_practice_and_can_be_narrowed(district: Station) -> None:
    not_figures = {"village_id", "quarter", "as_of", "rules", "changed_on"}
    figures = dict.fromkeys((column.name for column in CARDS.c if column.name not in not_figures), 10)
    card = {**figures, "village_id": PRACTICE, "quarter": str(NOW), "as_of": START.date(), "rules": 1}
    with writing(district.engine) as connection:
        connection.execute(insert(villages), [{"village_id": PRACTICE, "seq": 1, "to_rebuild": False}])
        connection.execute(insert(CARDS), [card])
    rows = rows_of(district.client.get(f"/data/{NOW}.csv"))
    assert len(rows) == COUNT + WITHOUT_CARD
    assert PRACTICE not in {row["village.code"] for row in rows}
    assert [row["as_of"] for row in rows if row["village.code"] == VILLAGE] == [""]
    some = rows_of(district.client.get(f"/data/{NOW}.csv?wilayah={DISTRICT}.02"))
    assert some == [row for row in rows if row["village.code"].startswith(f"{DISTRICT}.02.")]
    assert district.client.get(f"/data/{NOW}.json?wilayah=99").status_code == 404
    assert "/data/2025-Q4.csv" in district.client.get("/data").text


def test_open_data__says_under_which_licence(open_station: Open) -> None:
    station = open_station(DATA_LICENCE="Izin <Uji>")
    publish_shipped(station)
    assert "menurut izin <b>Izin &lt;Uji&gt;</b>" in station.client.get("/data").text
    assert station.client.get("/data/kamus.json").json["licence"] == "Izin <Uji>"


def test_open_data__of_members_is_that_of_their_region(open_station: Open) -> None:
    station = open_station(PUBLIC_SCORECARDS="off")
    publish_shipped(station)
    published_rules_with_tables(station.engine)
    kpm = member(station)
    assert station.client.get("/data").headers["Location"] == "/masuk?lanjut=/data"
    assert [row["village.code"] for row in rows_of(kpm.get(f"/data/{NOW}.csv"))] == [VILLAGE]
    assert kpm.get(f"/data/{NOW}.csv?wilayah=ID").status_code == 403
    assert kpm.get(f"/wilayah/12.01/{NOW}.csv").status_code == 403


PATHS = [f"/wilayah/{DISTRICT}/{NOW}.{kind}" for kind in ("csv", "xlsx", "json")] + [
    f"/data/{NOW}.csv",
    f"/data/{NOW}.json",
]
PICTURES = [f"/wilayah/{DISTRICT}/{NOW}/gambar.png", f"/desa/{VILLAGE}/{NOW}/gambar.png"]


def test_unchanged__is_not_sent_again__and_is_once_a_figure_changed(district: Station) -> None:
    def etags() -> dict[str, str]:
        return {path: district.client.get(path).headers["ETag"] for path in [*PATHS, *PICTURES]}

    before = etags()
    assert etags() == before
    for path, etag in before.items():
        for known in (etag, f"W/{etag}"):
            again = district.client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.data) == (304, b""), path
    one = CARDS.c.village_id == f"{DISTRICT}.01.2002"
    with writing(district.engine) as connection:
        connection.execute(update(CARDS).where(one).values(children_received=CARDS.c.children_received + 1))
    assert [path for path, etag in etags().items() if etag == before[path]] == PICTURES[1:]


def test_head__of_a_page_tells_chats_what_to_show(open_station: Open) -> None:
    station = open_station(BASE_URL="https://contoh.desa.id")
    fill(station)
    for page in (f"/desa/{VILLAGE}/{NOW}", f"/wilayah/{DISTRICT}/{NOW}"):
        for query in ("", "?lang=en"):
            head = html.document_fromstring(station.client.get(page + query).text).find("head")
            said = {one.get("property") or one.get("name"): one.get("content") for one in head.xpath("meta[@content]")}
            assert said["og:url"] == f"https://contoh.desa.id{page}{query}"
            assert said["og:image"] == f"https://contoh.desa.id{page}/gambar.png{query}"
            assert said["og:title"] == head.find("title").text
            assert said["twitter:card"] == "summary_large_image"
            answer = station.client.get(said["og:image"].removeprefix("https://contoh.desa.id"))
            assert (answer.status_code, answer.mimetype) == (200, "image/png")


def many(count: int) -> AreaRows:
    columns = columns_of([], ())

    def values() -> Iterator[list[Any]]:
        for number in range(count):
            yield [f"12.01.01.{number}", *["angka" * 4] * (len(columns) - 1)]

    return AreaRows(Region("12", "Contoh Raya"), NOW, columns, values, count)


def test_a_long_file__is_never_in_memory_as_a_whole() -> None:
    rows = many(15_000)
    with Flask(__name__).test_request_context():
        tracemalloc.start()
        answer = downloads.sent(csv_file(downloads.village_sheet(rows)), downloads.CSV, "desa.csv")
        size = sum(len(portion) for portion in answer.response)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size > 10_000_000
    assert most < 4_000_000
    codes = [{"kode": str(number)} for number in range(9000)]
    portions = list(downloads.json_file({"period": "2026-Q1"}, "villages", lambda: iter(codes)))
    assert len(portions) > 2
    told = json.loads(b"".join(portions))
    assert (told["period"], len(told["villages"])) == ("2026-Q1", 9000)
    assert json.loads(b"".join(downloads.json_file({}, "villages", lambda: iter(())))) == {"villages": []}


def test_excel__for_too_many_villages_points_to_csv() -> None:
    with pytest.raises(Exception, match="10001 villages; Excel files are made for at most 10000"):
        downloads.sent_workbook(many(downloads.MOST_IN_WORKBOOK + 1), [], "desa.xlsx")
