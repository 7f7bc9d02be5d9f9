"""Where entities are at home: what merges and transfers come to, and what the server follows them with."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from forms.problems import ProblemError
from server.database.engine import reading
from server.decisions.undo import UNDO_LATER_FIRST
from server.entities import decision_log, homes
from server.entities.decision import About, Decision, Merge, Transfer
from server.entities.homes import EntityHome, resolve
from tests.support.deciding import (
    assert_rebuilding_changes_nothing,
    change,
    choose,
    merge,
    move,
    rebuild_all,
    undo,
    versions,
)
from tests.support.small_forms import new_id
from tests.support.statements import MOVES_ROWS, sent_to, statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import born, mapped, visited

A, B, C = "11.01.01.2001", "11.01.01.2002", "11.01.01.2003"
DAY = date(2026, 3, 5)
HOUSE, SECOND, SITI, ALI, BABY = (new_id() for _ in range(5))


def made(*abouts: tuple[str, About]) -> list[Decision]:
    """Decisions, one a minute: (village in which it was made, what about)."""
    begun = datetime(2026, 3, 5, tzinfo=UTC)
    return [
        Decision(village, f"{number}", about, number, frozenset(), (), begun + timedelta(minutes=number), "kades")
        for number, (village, about) in enumerate(abouts, start=1)
    ]


def undone(one: Decision) -> Decision:
    return replace(one, undone_at=one.made_at + timedelta(hours=1), undone_by="kades")


def lived(found: list[EntityHome]) -> dict[str, tuple[str, str, list[str]]]:
    return {one.entity_id: (one.village_id, one.survivor, sorted(one.residences)) for one in found}


def transfer(*ids: str, to: str, **more: dict[str, str]) -> Transfer:
    return Transfer(ids, to, DAY, **more)  # type: ignore[arg-type]


def test_the_last_transfer_that_stands_says_where() -> None:
    there, on = made((A, transfer("ali", to=B)), (B, transfer("ali", to=C)))
    assert lived(resolve([on, there])) == {"ali": (C, "ali", [A, B, C])}
    assert lived(resolve([there, undone(on)])) == {"ali": (B, "ali", [A, B, C])}
    assert lived(resolve([undone(there), undone(on)])) == {"ali": (A, "ali", [A, B, C])}


def test_who_is_merged_is_where_the_survivor_is() -> None:
    merged, on, again = made((A, Merge("aly", "ali", DAY)), (A, transfer("ali", to=B)), (B, Merge("ali", "al", DAY)))
    assert lived(resolve([merged, on])) == {"aly": (B, "ali", [A]), "ali": (B, "ali", [A, B])}
    assert lived(resolve([merged, on, again])) == {"aly": (B, "al", [A]), "ali": (B, "al", [A, B])}
    assert lived(resolve([undone(merged)])) == {}


def test_a_household_that_was_made_for_an_undone_transfer_is_the_one_that_was_left() -> None:
    (moved,) = made((A, transfer("siti", to=B, made={"new": "old"})))
    assert lived(resolve([moved])) == {"siti": (B, "siti", [A, B]), "new": (B, "new", [A, B])}
    assert lived(resolve([undone(moved)])) == {"siti": (A, "siti", [A, B]), "new": (A, "old", [A, B])}


@pytest.fixture
def village(published: Station) -> Station:
    published.send(mapped(HOUSE, mothers=[(SITI, {"hpl": "2026-03-20"})], children=[(ALI, {})]))
    published.send(mapped(SECOND, no_kk="1101010101010009"))
    return published


def follow_ons(station: Station) -> Iterator[Decision]:
    with reading(station.engine) as connection:
        yield from (one for one in decision_log.read_all(connection) if one.cause_id is not None)


def test_a_phone_reaches_an_entity_only_from_a_village_in_which_it_ever_lived(village: Station) -> None:
    visit = visited(ALI, day="2026-03-08", status_gizi="buruk")
    village.send(visit, village=OTHER_VILLAGE)
    assert village.one("entities", id=ALI)["data"]["status_gizi"] != "buruk"
    move(village, VILLAGE, OTHER_VILLAGE, ALI, day=DAY)
    village.send(visited(ALI, day="2026-03-09", status_gizi="kurang"))
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"


def test_the_server_follows_a_transfer_with_one_of_its_own_and_undoes_it_with_its_cause(village: Station) -> None:
    cause = move(village, VILLAGE, OTHER_VILLAGE, SITI, day=DAY)
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    (own,) = follow_ons(village)
    assert (own.cause_id, own.goes, own.about.kind, own.stands) == (cause.id, {BABY}, "move", True)
    rebuild_all(village)
    assert list(follow_ons(village)) == [own]
    undo(village, cause)
    (own,) = follow_ons(village)
    assert not own.stands
    assert village.one("entities", id=BABY)["village_id"] == VILLAGE
    rebuild_all(village)
    assert list(follow_ons(village)) == [own]


def test_what_the_server_followed_with_can_be_undone_alone_and_stays_undone(village: Station) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=DAY)
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    (own,) = follow_ons(village)
    undo(village, own)
    assert village.one("entities", id=BABY)["village_id"] == VILLAGE
    assert_rebuilding_changes_nothing(village)


def test_nothing_is_undone_on_which_a_later_decision_about_a_newcomer_builds(village: Station) -> None:
    cause = move(village, VILLAGE, OTHER_VILLAGE, SITI, day=DAY)
    there = village.one("entities", id=SITI)["household"]
    village.send(born(SITI, BABY, there, day="2026-03-08"), village=OTHER_VILLAGE)
    move(village, OTHER_VILLAGE, VILLAGE, BABY, day=date(2026, 3, 9), household=SECOND)
    with pytest.raises(ProblemError) as refused:
        undo(village, cause)
    assert refused.value.code == UNDO_LATER_FIRST.code


def test_no_row_changes_its_village_where_it_lies(village: Station) -> None:
    village.send(visited(ALI, day="2026-03-03", berat_badan=8.1))
    with statements_of(village.engine) as sent:
        moved = move(village, VILLAGE, OTHER_VILLAGE, HOUSE, SITI, ALI, day=DAY)
        village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
        village.send(visited(BABY, day="2026-03-08", timbang="ya"))
        undo(village, moved)
        merge(village, HOUSE, SECOND)
        change(village, ALI, dusun="Mawar")
        rebuild_all(village)
    assert [one for one in sent if MOVES_ROWS.search(one)] == []
    assert any("answers_kunjungan_rumah" in one and one.startswith("DELETE") for one in sent)


def test_nobody_is_left_of_a_newcomer_whose_registration_is_taken_back(village: Station) -> None:
    """The server had followed it with a transfer, and a correction says that there was no birth."""
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=DAY)
    birth = born(SITI, BABY, HOUSE, day="2026-03-02")
    first = birth[birth.index("uuid:") : birth.index("</instanceID>")]
    village.send(birth)
    village.send(visited(SITI, of="ibu_hamil", day="2026-03-02", corrects=first, instance="uuid:betul"))
    choose(village, first, "uuid:betul")
    village.clock.forward(days=6)
    village.send(visited(SITI, of="ibu_hamil", day="2026-03-09"))
    assert village.rows("entities", id=BABY) == []
    assert_rebuilding_changes_nothing(village)
    choose(village, first, f"<instanceID>{first}")
    assert village.one("entities", id=BABY)["village_id"] == OTHER_VILLAGE


def test_versions_rise_though_the_servers_clock_was_set_back(village: Station) -> None:
    village.clock.forward(days=1)
    undo(village, change(village, ALI, dusun="Melati"))
    fetched = versions(village)[ALI]
    village.clock.forward(days=-1)
    undo(village, move(village, VILLAGE, OTHER_VILLAGE, ALI, day=DAY))
    assert versions(village)[ALI] >= fetched
    change(village, ALI, dusun="Mawar Dua")
    assert versions(village)[ALI] > fetched


def test_what_is_decided_while_a_rebuild_begins_is_not_lost(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL alone lets others write meanwhile."""
    deciding = threading.Thread(target=move, args=(village, VILLAGE, OTHER_VILLAGE, ALI))
    usual = homes.replace_all

    def slowly(connection: Connection, new: Iterable[EntityHome]) -> None:
        if connection.dialect.name == "postgresql":
            deciding.start()
            deciding.join(1)  # it waits for us, as long as it takes
        usual(connection, new)

    monkeypatch.setattr(homes, "replace_all", slowly)
    rebuild_all(village)
    if deciding.ident is not None:
        deciding.join(60)
        assert village.one("entities", id=ALI)["village_id"] == OTHER_VILLAGE
        assert ALI in {row["entity_id"] for row in village.rows("entity_homes", village_id=OTHER_VILLAGE)}


@pytest.mark.parametrize(("of", "to"), [(VILLAGE, OTHER_VILLAGE), (OTHER_VILLAGE, VILLAGE)])
def test_villages_are_locked_one_by_one_in_their_order(village: Station, of: str, to: str) -> None:
    """Whichever way somebody moves: two that lock in different orders would wait for each other."""
    if of == OTHER_VILLAGE:
        move(village, VILLAGE, OTHER_VILLAGE, ALI, day=DAY)
    with sent_to(village.engine) as sent:
        made = move(village, of, to, ALI, day=date(2026, 3, 7))
        undo(village, made)
    locks = [one for one in sent if one.sql.startswith("INSERT INTO villages")]
    places = [[code for code in (VILLAGE, OTHER_VILLAGE) if code in one.values] for one in locks]
    assert places == [[VILLAGE], [OTHER_VILLAGE]] * 2
