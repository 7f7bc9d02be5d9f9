"""What people decide takes few statements, however much was said of those it is about."""

from __future__ import annotations

from datetime import date

import pytest

from server.database.engine import writing
from server.decisions import transfers
from server.decisions.undo import undo_decision
from tests.support.deciding import HEAD
from tests.support.small_forms import new_id
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

MOST_OF_A_MOVE = 30  # of three people
MOST_OF_UNDOING_IT = 45
HOUSE, SITI, ALI, CUT = (new_id() for _ in range(4))
DAY = date(2026, 3, 5)


@pytest.fixture
def village(published: Station) -> Station:
    children = [(ALI, {"nama": "Ali"}), (CUT, {"nama": "Cut"})]
    published.send(mapped(HOUSE, mothers=[(SITI, {"hpl": "2026-03-20"})], children=children))
    for day in range(1, 6):
        for child in (ALI, CUT):
            published.send(visited(child, day=f"2026-03-0{day}", berat_badan=8 + day / 10))
    return published


def test_moving_three_people_and_taking_it_back(village: Station) -> None:
    to = OTHER_VILLAGE, DAY, "Melati", ""
    with statements_of(village.engine) as sent, writing(village.engine) as connection:
        made = transfers.move(connection, VILLAGE, [SITI, ALI, CUT], *to, HEAD, village.clock())
    assert len(sent) <= MOST_OF_A_MOVE, "\n".join(sent)
    assert {row["village_id"] for row in village.rows("answers_kunjungan_rumah")} == {OTHER_VILLAGE}
    with statements_of(village.engine) as sent, writing(village.engine) as connection:
        undo_decision(connection, VILLAGE, made.id, HEAD, village.clock())
    assert len(sent) <= MOST_OF_UNDOING_IT, "\n".join(sent)
    assert {row["village_id"] for row in village.rows("answers_kunjungan_rumah")} == {VILLAGE}
