"""One village that somebody else holds locked for long, as a large one that is being rebuilt: all others go on.

On SQLite, which has one lock for all, nobody writes meanwhile: see test_locked_database.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, update

from aggregate.scorecard.refresh import refresh
from forms.problems import ProblemError
from server.database import engine as engine_module
from server.database.engine import writing
from server.database.tables import entities, villages
from server.publications.form_versions import FormCache
from server.submissions import quarantine, rebuild
from server.submissions.inbox import catch_up_all
from tests.server.conftest import Open
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, publish_shipped

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
CODES = (VILLAGE, OTHER_VILLAGE)


@pytest.fixture
def station(open_station: Open, monkeypatch: pytest.MonkeyPatch) -> Station:
    """Two villages, of which VILLAGE comes first wherever all are walked through."""
    monkeypatch.setattr(engine_module, "LOCK_WAIT", 1)
    opened = open_station()
    publish_shipped(opened)
    for code in CODES:
        opened.send(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]), village=code)
    return opened


@contextmanager
def locked(station: Station) -> Iterator[None]:
    with station.engine.connect() as connection:
        connection.execute(select(villages.c.seq).where(villages.c.village_id == VILLAGE).with_for_update())
        yield


def test_the_cards_of_the_others_are_counted(station: Station) -> None:
    told: dict[str, str] = {}
    with locked(station):
        count = refresh(station.engine, station.backend.today, failed=told.__setitem__)
    assert (count, {row["village_id"] for row in station.rows("cards")}) == (1, {OTHER_VILLAGE})
    assert told.keys() == {VILLAGE}
    assert refresh(station.engine, station.backend.today) == 1
    assert {row["refresh_problem"] for row in station.rows("villages")} == {None}


def test_the_others_are_rebuilt(station: Station) -> None:
    with writing(station.engine) as connection:
        connection.execute(update(entities).values(label="?"))
    with locked(station), pytest.raises(ProblemError) as failed:
        rebuild.rebuild(station.engine, FormCache(), station.backend.settings.timezone, station.clock(), iter)
    assert failed.value.text("en").startswith(f"{VILLAGE} could not be derived again")
    changed = {row["village_id"] for row in station.rows("entities") if row["label"] != "?"}
    assert changed == {OTHER_VILLAGE}


def test_what_the_others_have_sent_is_processed(station: Station) -> None:
    for code in CODES:
        station.keep(mapped(new_id()), village=code)
    with locked(station):
        catch_up_all(station.engine, FormCache(), station.backend.settings.timezone, station.clock())
    waiting = [row["village_id"] for row in station.rows("submissions") if row["state"] == "received"]
    assert waiting == [VILLAGE]


def test_the_others_quarantine_is_tried_again__and_its_own_afterwards(station: Station) -> None:
    """As where two servers have a processor each."""
    for code in CODES:
        with writing(station.engine) as connection:
            quarantine.ask_to_replay(connection, [code], station.clock())
        station.clock.forward(seconds=1)

    def next_one() -> tuple[bool, list[str]]:
        """Whether one was tried, and who is left in the line."""
        zone = station.backend.settings.timezone
        done = quarantine.replay_next(station.engine, FormCache(), zone, station.clock())
        return done, [row["village_id"] for row in station.rows("villages") if row["replay_since"]]

    with locked(station):
        assert [next_one(), next_one()] == [(True, [VILLAGE]), (False, [VILLAGE])]
    assert [next_one(), next_one()] == [(True, []), (False, [])]
