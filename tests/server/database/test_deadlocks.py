"""Transactions that wait for each other's villages: PostgreSQL ends one of them, and what it was to do is done anew.

Here somebody else holds the second village, and asks for the first one once those under test hold that and wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, ExceptionContext, event, text
from sqlalchemy.exc import DBAPIError

from aggregate.scorecard.refresh import refresh
from server.cli.main import main
from server.database.engine import in_turn, reading, writing
from server.villages.lock import lock_village
from tests.support.deciding import move
from tests.support.members import member, press, send_form
from tests.support.postgres import Cluster
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared
from tests.support.village_forms import mapped, publish_shipped, visited

PATIENCE = 30  # seconds
HOUSE, ALI, CUT = (new_id() for _ in range(3))
FIRST, EDIT = "uuid:pertama", "uuid:perbaikan"
DEADLOCK = "40P01"
# In this database: others of the same server are those of tests that run beside this one.
SOMEBODY_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def village(postgres: Cluster, tmp_path: Path) -> Iterator[Station]:
    """Two children in VILLAGE; the visit of Ali was corrected, and nobody has chosen yet."""
    url = postgres.create_database()
    station = opened(url, tmp_path, prepared(url))
    publish_shipped(station)
    station.send(mapped(HOUSE, children=[(ALI, {"nama": "Ali"}), (CUT, {"nama": "Cut"})]))
    station.send(mapped(new_id(), no_kk="1101010101010009"), village=OTHER_VILLAGE)
    station.send(visited(ALI, day="2026-02-10", instance=FIRST, status_gizi="baik"))
    station.send(visited(ALI, day="2026-02-10", instance=EDIT, corrects=FIRST, status_gizi="kurang"))
    yield station
    station.engine.dispose()
    postgres.drop_database(url)


@pytest.fixture
def ended() -> Iterator[list[str]]:
    """The SQLSTATEs of what the database refused or ended, whoever asked."""
    found: list[str] = []

    def note(context: ExceptionContext) -> None:
        found.append(str(getattr(context.original_exception, "sqlstate", None)))

    event.listen(Engine, "handle_error", note)
    yield found
    event.remove(Engine, "handle_error", note)


@contextmanager
def rival(engine: Engine) -> Iterator[None]:
    """Somebody who holds OTHER_VILLAGE while the block begins, and takes VILLAGE once somebody waits."""
    holds, errors = threading.Event(), list[Exception]()

    def hold_both() -> None:
        try:
            with writing(engine) as connection:
                lock_village(connection, OTHER_VILLAGE)
                holds.set()
                _until_somebody_waits(engine)
                lock_village(connection, VILLAGE)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=hold_both)
    thread.start()
    assert holds.wait(PATIENCE)
    yield
    thread.join(PATIENCE)
    assert errors == []


def _until_somebody_waits(engine: Engine) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with reading(engine) as connection:
            if connection.execute(SOMEBODY_WAITS).scalar_one():
                return
        time.sleep(0.01)
    raise TimeoutError("nobody waits")


def test_a_move_on_the_page(village: Station, ended: list[str]) -> None:
    admin = member(village, "admin", "11.01")
    path = f"/desa/{VILLAGE}/sasaran/{ALI}/pindah"
    fields = {"ke": OTHER_VILLAGE, "dusun": "Melati", "siapa": "sendiri", "keluarga": ""}
    with rival(village.engine):
        answer = send_form(admin, path, f"{path}?ke={OTHER_VILLAGE}", **fields)
    assert (answer.status_code, {*ended}) == (303, {DEADLOCK})
    assert village.one("entities", id=ALI)["village_id"] == OTHER_VILLAGE
    assert len(village.rows("decisions")) == 1


def test_undoing_a_move_on_the_page(village: Station, ended: list[str]) -> None:
    made = move(village, VILLAGE, OTHER_VILLAGE, ALI)
    admin = member(village, "admin", "11.01")
    page = f"/desa/{OTHER_VILLAGE}/sasaran/{ALI}"
    with rival(village.engine):
        answer = send_form(admin, f"/desa/{VILLAGE}/keputusan/{made.id}/batal", page)
    assert (answer.status_code, {*ended}) == (303, {DEADLOCK})
    assert village.one("entities", id=ALI)["village_id"] == VILLAGE


def test_choosing_what_counts_of_somebody_who_has_moved(village: Station, ended: list[str]) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, ALI)
    head = member(village, "village_head")
    path = f"/desa/{VILLAGE}/perbaikan/{FIRST}"
    (edit,) = (row["sha256"] for row in village.rows("submissions", instance_id=EDIT))
    with rival(village.engine):
        answer = press(head, path, pakai=edit)
    assert (answer.status_code, {*ended}) == (303, {DEADLOCK})
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"


def test_a_move_at_the_terminal(village: Station, ended: list[str]) -> None:
    url = village.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with rival(village.engine):
        words = ["--database", url, "move", VILLAGE, ALI, CUT, "--to", OTHER_VILLAGE, "--dusun", "Melati"]
        done = CliRunner().invoke(main, words)
    assert (done.exit_code, {*ended}) == (0, {DEADLOCK}), done.output
    assert {row["village_id"] for row in village.rows("entities", list="anak")} == {OTHER_VILLAGE}


def test_counting_the_cards(village: Station, ended: list[str]) -> None:
    with rival(village.engine):
        counted = refresh(village.engine, village.backend.today)
    assert (counted, {*ended}) == (2, {DEADLOCK})
    assert {row["stale_since"] for row in village.rows("villages")} == {None}


@pytest.mark.parametrize(("sqlstate", "times"), [(DEADLOCK, 4), ("23505", 1)], ids=["deadlock", "another error"])
def test_whoever_is_ended_again_and_again_is_told(village: Station, sqlstate: str, times: int) -> None:
    begun = []

    def work(connection: Connection) -> None:
        begun.append(lock_village(connection, VILLAGE))
        connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{sqlstate}'; END $$")

    before = village.one("villages", village_id=VILLAGE)
    with pytest.raises(DBAPIError):
        in_turn(village.engine, work)
    assert len(begun) == times
    assert village.one("villages", village_id=VILLAGE) == before
