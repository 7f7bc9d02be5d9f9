"""The history of entities is read for any number of places, though a statement takes only so many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from server.database.engine import writing
from server.entities import change_log
from server.entities.change import Change, Place
from server.entities.change_log import Recent
from tests.support.station import VILLAGE, Station

NOW = datetime(2026, 3, 5, tzinfo=UTC)
# More than SQLite takes joined by OR, 1,000 conditions.
IN_AS_MANY_VILLAGES = [
    (f"11.01.{number:02}.{other:04}", f"anak-{number}") for number in range(50) for other in range(50)
]
IN_ONE_VILLAGE = [(VILLAGE, f"anak-{number}") for number in range(2500)]
BRANCH = "ranting"


@pytest.fixture
def connection(station: Station) -> Iterator[Connection]:
    with writing(station.engine) as connection:
        yield connection


def waiting(place: Place, number: int) -> Change:
    """A change that waits; the larger the number, the earlier it happened and the later it came."""
    village_id, entity_id = place
    return Change(
        village_id,
        entity_id,
        source=f"{number:064}",
        seq=number,
        received_at=NOW + timedelta(minutes=number),
        list="anak",
        action="update",
        label="",
        properties={},
        observed={},
        day=date(2026, 3, 5) - timedelta(days=number),
        order_key="",
        base_version=number,
        branch_id=BRANCH,
        conflicting=[],
    )


@pytest.mark.parametrize("places", [IN_AS_MANY_VILLAGES, IN_ONE_VILLAGE], ids=["many villages", "one village"])
def test_many_places_are_read_in_parts__and_come_in_one_order(connection: Connection, places: list[Place]) -> None:
    told = [waiting(place, number) for number, place in enumerate(places[:: len(places) // 7])]
    change_log.add(connection, [*told, waiting(("99.99", "lain"), 1)])
    assert change_log.held_at(connection, places) == told
    assert change_log.of_places(connection, places) == told[::-1]

    applied = [replace(one, state="applied", version=number) for number, one in enumerate(told)]
    for one in applied:
        change_log.settle(connection, one)
    assert change_log.held_at(connection, places) == []
    recent = Recent(lambda: connection, lambda _: places)
    assert {one.version for one in recent.since(places[0], 3)} == {one.version for one in applied[4:]}
    assert recent.in_branch(places[0], BRANCH, 5) == applied[5]


def test_nothing_is_known_of_no_places(connection: Connection) -> None:
    change_log.add(connection, [waiting((VILLAGE, "anak"), 1)])
    assert change_log.of_places(connection, []) == change_log.held_at(connection, []) == []
