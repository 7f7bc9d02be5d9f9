"""How much the database is asked for a page, and that nobody shows what is out of date for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from server.database.engine import writing
from tests.server.conftest import Filled, Open
from tests.server.test_people_pages import two_villages
from tests.support.members import member
from tests.support.small_forms import new_id
from tests.support.statements import statements_of
from tests.support.station import VILLAGE, Station, opened
from tests.support.village_forms import mapped, publish_shipped

# Statements for the page of a card that is up to date: with the look-up of who asks and whether something waits in the
# inbox, and on SQLite with each beginning of a transaction.
MOST_OF_A_CARD = 12
VIEWERS = ("visitor", "village_head", "kpm")
CARD = f"/desa/{VILLAGE}"


@pytest.fixture
def village(filled: Filled) -> Station:
    return filled(two_villages)


def browser(station: Station, role: str) -> FlaskClient:
    return station.app.test_client() if role == "visitor" else member(station, role)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("path", [CARD, f"{CARD}.json", f"{CARD}/2026-Q1", f"{CARD}/2025-Q4.json"])
def test_a_fresh_card_takes_few_statements(village: Station, viewer: str, path: str) -> None:
    client = browser(village, viewer)
    village.clock.forward(days=90)  # so that there are cards of two quarters, and the page shows both
    first = client.get(path)
    assert first.status_code == 200
    with statements_of(village.engine) as found:
        again = client.get(path)
    assert again.data == first.data
    assert len(found) <= MOST_OF_A_CARD, found


@pytest.mark.parametrize("end", ["", ".json"])
def test_a_fresh_card_takes_few_statements__where_only_members_see_it(open_station: Open, end: str) -> None:
    station = open_station(PUBLIC_SCORECARDS="off")
    publish_shipped(station)
    station.send(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    client = member(station)
    assert client.get(CARD + end).status_code == 200
    with statements_of(station.engine) as found:
        client.get(CARD + end)
    assert len(found) <= MOST_OF_A_CARD, found


def test_a_fresh_card_takes_few_statements__where_the_quarter_before_was_counted_by_other_rules(
    village: Station,
) -> None:
    village.clock.forward(days=90)
    village.client.get(CARD)
    with writing(village.engine) as connection:
        connection.execute(
            text("INSERT INTO indicator_versions SELECT 2, workbook, 'x', published_at FROM indicator_versions")
        )
    village.client.get(CARD)
    assert {row["rules"] for row in village.rows("cards", village_id=VILLAGE)} == {1, 2}
    with statements_of(village.engine) as found:
        village.client.get(CARD)
    assert len(found) <= MOST_OF_A_CARD, found


def test_servers_of_one_database_show_what_another_one_took(village: Station, tmp_path: Path) -> None:
    other = opened(village.url, tmp_path, village.tokens)
    children = [one.client.get(f"{CARD}.json").json["table1"]["children"]["total"] for one in (village, other)]
    assert children == [2, 2]
    other.send(mapped(new_id(), children=[(new_id(), {"nama": "Nur"})]))
    assert [one.client.get(f"{CARD}.json").json["table1"]["children"]["total"] for one in (village, other)] == [3, 3]
    village.keep(mapped(new_id(), children=[(new_id(), {"nama": "Umi"})]))
    assert [one.client.get(f"{CARD}.json").json["table1"]["children"]["total"] for one in (other, village)] == [4, 4]
    other.engine.dispose()
