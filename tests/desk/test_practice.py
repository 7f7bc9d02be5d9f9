"""The practice village of a kabupaten: the same forms, counted nowhere, and the one place that can be emptied."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import MetaData, inspect, select

from aggregate.scorecard.refresh import refresh
from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.decisions import transfers
from server.phones import phones
from server.queries.duplicates import elsewhere
from server.queries.oversight import digest, phone_health
from server.submissions.rebuild import rebuild
from server.villages import practice, regions
from tests.support.members import browser_of, open_account, send_form, token_of
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import mapped, visited

PRACTICE = "11.01.99.2999"
NIK = "1101010106250001"


@pytest.fixture
def here(published: Station) -> Iterator[Station]:
    """With a practice village, a phone in it, and one child in each of it and a real village, of one NIK."""
    with writing(published.engine) as connection:
        assert regions.add_practice_village(connection, "11.01") == PRACTICE
        published.tokens[PRACTICE] = phones.add(connection, PRACTICE, "HP latihan 1", START)
    for village in (VILLAGE, PRACTICE):
        child = new_id()
        published.send(mapped(new_id(), children=[(child, {"nama": "Ali", "nik": NIK})]), village=village)
        published.send(visited(child, day="2026-03-02", status_gizi="kurang"), village=village)
    yield published


@pytest.fixture
def admin(here: Station) -> FlaskClient:
    return browser_of(here, open_account(here, "admin", "11.01"))


def rows_of(station: Station, village: str) -> dict[str, int]:
    """How many rows of the village each table has, where it has any."""
    found = {}
    with reading(station.engine) as connection:
        metadata = MetaData()
        metadata.reflect(connection, only=inspect(connection).get_table_names(), resolve_fks=False)
        for table in metadata.sorted_tables:
            columns = [table.c[name] for name in ("village_id", "sending_village") if name in table.c]
            wanted = (select(table).where(column == village) for column in columns)
            rows = {repr(row) for query in wanted for row in connection.execute(query)}
            if rows:
                found[table.name] = len(rows)
    return found


def test_the_code__is_marked_in_one_place() -> None:
    assert regions.practice_village("11.01") == PRACTICE
    assert regions.is_practice(PRACTICE)
    assert not any(map(regions.is_practice, ("11.01.01.2001", "11.01.99", "11.01.99.2998", "11.01.98.2999")))


def test_practice__has_its_own_lists_and_card(here: Station, admin: FlaskClient) -> None:
    assert "Ali" in here.get("lists/anak.csv", PRACTICE).text
    card = admin.get(f"/desa/{PRACTICE}.json").json
    assert card is not None
    assert card["table1"]["children"]["total"] == 1


def test_practice__is_counted_nowhere(here: Station, admin: FlaskClient) -> None:
    refresh(here.engine, START.date())
    assert PRACTICE not in admin.get("/").text
    assert VILLAGE in admin.get("/").text
    for path in ("/admin/laporan", "/admin/laporan?wilayah=11.01.01", "/admin/wilayah", "/admin/hp"):
        page = admin.get(path).text
        assert PRACTICE not in page.replace(f"/admin/hp/{PRACTICE[:5]}/latihan", ""), path
        assert "HP latihan 1" not in page
    with reading(here.engine) as connection:
        assert PRACTICE not in {one.code for one in regions.villages(connection)}
        parts = digest.digest(connection, "11.01", START.date().replace(day=1), START)
        assert [one.code for part in parts for one in part.villages if one.targets] == [VILLAGE]
        counted = phone_health.count_states(connection, phone_health.Wanted("11.01"), START)
        assert sum(counted.values()) == 2
        assert phone_health.count_without_phone(connection, "11.01") == 0
        assert elsewhere(connection, VILLAGE, START.date(), lambda _: True) == []
        assert elsewhere(connection, PRACTICE, START.date(), lambda _: True) == []
    sheet = openpyxl.load_workbook(BytesIO(admin.get("/admin/laporan.xlsx").data)).worksheets[0]
    assert {row[2].value for row in sheet.iter_rows(min_row=2)} == {VILLAGE, "11.01.01.2002"}


def test_practice__nobody_moves_from_or_to_it(here: Station) -> None:
    ids = {row["village_id"]: row["id"] for row in here.rows("entities", list="anak")}
    for village, to in ((VILLAGE, PRACTICE), (PRACTICE, VILLAGE)):
        with writing(here.engine) as connection, pytest.raises(ProblemError, match="practice village is not counted"):
            day = START.date()
            transfers.move(connection, village, [ids[village]], to, day, "Mawar", "", "uji", START)


def test_practice_phones__are_listed_apart(admin: FlaskClient) -> None:
    assert "HP latihan 1" in admin.get("/admin/hp?keadaan=latihan").text
    page = admin.get(f"/admin/hp/{PRACTICE}").text
    assert "Desa latihan: tidak pernah dihitung" in page
    assert "satu-satunya tempat di server ini di mana kiriman dihapus" in page


def test_emptying__leaves_no_row_but_its_phones(here: Station, admin: FlaskClient) -> None:
    refresh(here.engine, START.date())
    real, before = rows_of(here, VILLAGE), rows_of(here, PRACTICE)
    assert {"submissions", "entities", "entity_changes", "cards", "answers_kunjungan_rumah"} <= before.keys()
    etag = here.get("lists/anak.csv", PRACTICE).headers["ETag"]
    (child,) = (row["id"] for row in here.rows("entities", village_id=PRACTICE, list="anak"))
    page = f"/admin/hp/{PRACTICE}"
    assert send_form(admin, f"{page}/kosongkan", page).status_code == 400
    assert rows_of(here, PRACTICE) == before
    assert send_form(admin, f"{page}/kosongkan", page, yakin="ya").status_code == 303
    left = rows_of(here, PRACTICE)
    assert left == {name: before[name] for name in ("list_revisions", "phones", "villages")}
    assert rows_of(here, VILLAGE) == real
    again = here.get("lists/anak.csv", PRACTICE)
    assert again.headers["ETag"] != etag
    assert "Ali" not in again.text
    assert "<deleted>true</deleted>" in here.get(f"lists/anak/integrity?id={child}", PRACTICE).text
    assert [row["about"] for row in here.rows("actions", action="phones-emptied")] == ["2"]


def test_emptying__its_phones_go_on_sending(here: Station) -> None:
    child, body = new_id(), mapped(new_id(), children=[(new_id(), {"nama": "Budi"})])
    here.send(body, village=PRACTICE)
    with writing(here.engine) as connection:
        practice.empty(connection, PRACTICE)
    here.send(body, village=PRACTICE)
    here.send(mapped(new_id(), children=[(child, {"nama": "Cici"})]), village=PRACTICE)
    names = [row["label"] for row in here.rows("entities", village_id=PRACTICE, list="anak")]
    assert sorted(names) == ["Budi", "Cici"]
    zone = here.backend.settings.timezone
    rebuild(here.engine, here.backend.cache, zone, here.clock(), lambda ids: ids)
    names = [row["label"] for row in here.rows("entities", village_id=PRACTICE, list="anak")]
    assert sorted(names) == ["Budi", "Cici"]


def test_emptying__no_other_village(here: Station, admin: FlaskClient) -> None:
    before = rows_of(here, VILLAGE)
    with writing(here.engine) as connection, pytest.raises(ProblemError, match="no practice village"):
        practice.empty(connection, VILLAGE)
    token = token_of(admin.get(f"/admin/hp/{VILLAGE}"))
    refused = admin.post(f"/admin/hp/{VILLAGE}/kosongkan", data={"csrf_token": token, "yakin": "ya"})
    assert refused.status_code == 400
    assert rows_of(here, VILLAGE) == before


def test_practice_village__is_made_for_a_kabupaten_of_ones_own(published: Station) -> None:
    admin = browser_of(published, open_account(published, "admin", "11.01"))
    answer = send_form(admin, "/admin/hp/11.01/latihan", "/admin/hp")
    assert answer.headers["Location"] == f"/admin/hp/{PRACTICE}"
    assert admin.get(f"/admin/hp/{PRACTICE}").status_code == 200
    for code, status in (("12.01", 403), (VILLAGE, 404)):
        assert send_form(admin, f"/admin/hp/{code}/latihan", "/admin/hp").status_code == status
    small = browser_of(published, open_account(published, "admin", "11.01.01"))
    assert "memintanya kepada admin kabupaten" in small.get("/admin/hp").text
