"""A village whose rows cannot be made anew after an upgrade: it is marked, loses nothing, and stops no other one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import html
from sqlalchemy import update

from server.cli.main import main
from server.database.engine import reading, writing
from server.database.tables import villages
from server.database.upgrade import require_current
from server.submissions import rebuild as rebuilding
from server.submissions.inbox import waiting_villages
from tests.support.databases import Databases, Told, ready
from tests.support.members import member
from tests.support.phone_http import message_of
from tests.support.small_forms import new_id
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared_as_shipped
from tests.support.village_forms import mapped

CHILD = "00000001-0000-4000-8000-000000000000"
IN_REPAIR = f"Data desa {VILLAGE} sedang diperbaiki sesudah server diperbarui."


def kpm(station: Station, *words: str) -> Result:
    done = CliRunner().invoke(main, ["--database", station.url, *words])
    assert done.exit_code == 0, done.output
    return done


def fail_for(monkeypatch: pytest.MonkeyPatch, village: str) -> None:
    """The rows of that village cannot be made anew."""
    usual = rebuilding._rebuild_village

    def fail(*given: object) -> None:
        if village in given:
            raise RuntimeError("no")
        usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuilding, "_rebuild_village", fail)


@pytest.fixture
def upgraded(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Station, str]]:
    """After an upgrade in which it went wrong in VILLAGE, and what `kpm init` said."""

    def broken(url: str) -> Told:
        tokens = prepared_as_shipped(url)
        station = opened(url, tmp_path, tokens)
        station.send(mapped(new_id(), children=[(CHILD, {"nama": "Ali"})]))
        station.send(mapped(new_id(), children=[(new_id(), {"nama": "Budi"})]), village=OTHER_VILLAGE)
        kpm(station, "refresh")
        with writing(station.engine) as connection:
            connection.execute(update(villages).values(to_rebuild=True))
        with monkeypatch.context() as patched:
            fail_for(patched, VILLAGE)
            said = kpm(station, "init").stderr
        station.engine.dispose()
        return {"said": said, **tokens}

    url, told = ready(databases, broken)
    station = opened(url, tmp_path, told)
    yield station, told["said"]
    station.engine.dispose()


def test_the_server_starts_and_all_others_go_on(upgraded: tuple[Station, str]) -> None:
    station, said = upgraded
    assert f"Desa {VILLAGE} tidak dapat diolah ulang" in said
    with reading(station.engine) as connection:
        require_current(connection)
    other = f"/desa/{OTHER_VILLAGE}"
    assert [station.client.get(path).status_code for path in ("/", other, f"{other}.json", "/healthz")] == [200] * 4
    station.send(mapped(new_id(), children=[(new_id(), {"nama": "Citra"})]), village=OTHER_VILLAGE)
    assert station.client.get(f"{other}.json").json["table1"]["children"]["total"] == 2
    assert {
        row["village_id"]: (row["to_rebuild"] in (True, 1), row["rebuild_problem"]) for row in station.rows("villages")
    } == {
        VILLAGE: (True, "RuntimeError"),
        OTHER_VILLAGE: (False, None),
    }


@pytest.mark.parametrize("path", ["", "/tugas", "/sasaran", f"/sasaran/{CHILD}", "/kpm"])
def test_its_pages_say_that_it_is_being_mended(upgraded: tuple[Station, str], path: str) -> None:
    station, _ = upgraded
    for role in ("kpm", "village_head"):
        client = member(station, role)
        with statements_of(station.engine) as sent:
            page = client.get(f"/desa/{VILLAGE}{path}")
        assert page.status_code == 503
        assert IN_REPAIR in html.document_fromstring(page.text).text_content()
        assert [sql for sql in sent if "FROM entities" in sql] == []
    assert "is being mended" in client.get(f"/desa/{VILLAGE}{path}?lang=en").text


def test_its_phones_go_on_sending_and_keep_the_lists_that_they_have(upgraded: tuple[Station, str]) -> None:
    station, _ = upgraded
    lists = station.get("lists/anak.csv")
    assert (lists.status_code, message_of(lists.data).startswith(IN_REPAIR)) == (503, True)
    assert station.get("formList").status_code == 200
    station.send(mapped(new_id(), children=[(new_id(), {"nama": "Dewi"})]))
    assert [row["state"] for row in station.rows("submissions", village_id=VILLAGE)].count("received") == 1
    with reading(station.engine) as connection:
        assert waiting_villages(connection) == []


def test_commands_name_it_and_do_the_others(upgraded: tuple[Station, str]) -> None:
    station, _ = upgraded
    cards = station.rows("cards", village_id=VILLAGE)
    for command in ("refresh", "quarantine"):
        kpm(station, command, *(["list"] if command == "quarantine" else []))
    assert station.rows("cards", village_id=VILLAGE) == cards
    said = kpm(station, "status").output
    assert "1 desa gagal diolah ulang sesudah server diperbarui; ulangi: kpm init /" in said
    assert f"    {VILLAGE}: RuntimeError" in said
    refused = CliRunner().invoke(main, ["--database", station.url, "scorecard", VILLAGE, "2026-Q1"])
    assert (refused.exit_code, IN_REPAIR in refused.output) == (1, True)


@pytest.mark.parametrize("command", ["init", "rebuild"])
def test_when_the_cause_is_mended_it_is_tried_again_and_nothing_is_lost(
    upgraded: tuple[Station, str], command: str
) -> None:
    station, _ = upgraded
    station.keep(mapped(new_id(), children=[(new_id(), {"nama": "Dewi"})]))
    kpm(station, command)
    assert "diolah ulang" not in kpm(station, "status").output
    assert station.client.get(f"/desa/{VILLAGE}.json").json["table1"]["children"]["total"] == 2
    assert {row["state"] for row in station.rows("submissions")} == {"accepted"}


def test_it_stays_marked_with_the_latest_reason_until_then(
    upgraded: tuple[Station, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    station, _ = upgraded
    fail_for(monkeypatch, VILLAGE)
    assert f"Desa {VILLAGE} tidak dapat diolah ulang" in kpm(station, "init").stderr
    assert f"    {VILLAGE}: RuntimeError" in kpm(station, "status").output
