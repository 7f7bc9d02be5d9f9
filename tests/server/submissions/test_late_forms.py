"""Forms that were filled in before the phone heard of a merge or a move: they follow the people, and undoing takes it
back. On PostgreSQL, where villages write side by side, nothing of what two of them say of one person gets lost."""

from __future__ import annotations

import re
import threading
from datetime import date

import pytest

from forms.submission import read_envelope
from server.database.engine import in_turn
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from tests.support.deciding import JAKARTA, difference, everything, merge, move, rebuild_all, undo
from tests.support.inbox import take_in
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import born, followed, mapped, visited

HOUSE, SECOND, SITI, ALI, CUT, BABY = (new_id() for _ in range(6))


@pytest.fixture
def village(published: Station) -> Station:
    children = [(ALI, {"nama": "Ali"}), (CUT, {"nama": "Cut"})]
    published.send(mapped(HOUSE, mothers=[(SITI, {"hpl": "2026-03-20"})], children=children))
    published.send(mapped(SECOND, no_kk="1101010101010009"))
    return published


def homes(station: Station) -> dict[str, tuple[str, str]]:
    """By entity: (village, household)."""
    return {row["id"]: (row["village_id"], row["household"]) for row in station.rows("entities")}


def test_a_late_birth_in_a_merged_household_is_in_the_one_that_is_left(village: Station) -> None:
    made = merge(village, HOUSE, SECOND)
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, SECOND)
    before = everything(village)
    rebuild_all(village)
    assert difference(before, everything(village)) == []
    (version,) = (row["version"] for row in village.rows("entities", id=BABY))
    undo(village, made)
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, HOUSE)
    assert village.one("entities", id=BABY)["version"] > version
    before = everything(village)
    rebuild_all(village)
    assert difference(before, everything(village)) == []


@pytest.mark.parametrize("alone", [False, True], ids=["the household", "the mother alone"])
def test_a_late_birth_in_a_family_that_moved_is_with_its_mother(village: Station, alone: bool) -> None:
    people = [SITI] if alone else [HOUSE, SITI, ALI, CUT]
    made = move(village, VILLAGE, OTHER_VILLAGE, *people, day=date(2026, 3, 5))
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    assert homes(village)[BABY] == homes(village)[SITI]
    assert homes(village)[BABY][0] == OTHER_VILLAGE
    # The old phone goes on speaking of the child that it registered.
    village.send(visited(BABY, day="2026-03-09", status_gizi="kurang"))
    assert village.one("entities", id=BABY)["data"]["status_gizi"] == "kurang"
    assert {row["village_id"] for row in village.rows("answers_kunjungan_rumah")} == {OTHER_VILLAGE}
    before = everything(village)
    rebuild_all(village)
    assert difference(before, everything(village)) == []
    undo(village, made)
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, HOUSE)
    assert {row["village_id"] for row in village.rows("answers_kunjungan_rumah")} == {VILLAGE}


@pytest.mark.parametrize("baby", ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"])
def test_a_newborn_stays_in_the_household_that_its_mother_moved_into(village: Station, baby: str) -> None:
    """Whichever of the two entries is made anew first, and wherever the mother's own goes on to."""
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=date(2026, 3, 5))
    village.send(born(SITI, baby, HOUSE, day="2026-03-02"))
    household = homes(village)[SITI][1]
    assert homes(village)[baby] == (OTHER_VILLAGE, household)
    before = everything(village)
    rebuild_all(village)
    assert difference(before, everything(village)) == []
    move(village, OTHER_VILLAGE, VILLAGE, SITI, day=date(2026, 3, 8), household=SECOND)
    assert homes(village)[baby] == (OTHER_VILLAGE, household)
    before = everything(village)
    rebuild_all(village)
    assert difference(before, everything(village)) == []


def test_answers_of_a_form_that_changes_nobody_follow_their_target(village: Station) -> None:
    told = re.sub(r"<entity [^>]*?(/>|>.*?</entity>)", "", followed(ALI, day="2026-02-10", ikut_paud="ya"))
    village.send(told)
    made = merge(village, ALI, CUT)
    assert village.one("answers_pantau_paud")["anak"] == CUT
    undo(village, made)
    assert village.one("answers_pantau_paud")["anak"] == ALI


def test_two_villages_phones_speak_of_one_person_at_once(village: Station) -> None:
    """Both have what they said in the register, whoever came first; the database may end neither for good."""
    move(village, VILLAGE, OTHER_VILLAGE, ALI, day=date(2026, 3, 1))
    errors: list[Exception] = []

    def send(of: str, xml: str) -> None:
        body = xml.encode()
        arrival = IncomingSubmission(of, "hp", None, body, read_envelope(body), village.clock(), JAKARTA)
        try:
            in_turn(village.engine, lambda connection: take_in(connection, FormCache(), arrival))
        except Exception as error:
            errors.append(error)

    sent = [
        (of, visited(ALI, day=f"2026-03-0{day}", berat_badan=7 + day / 10))
        for day in range(2, 8)
        for of in (VILLAGE, OTHER_VILLAGE)
    ]
    threads = [threading.Thread(target=send, args=one) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(village.one("entities", id=ALI)["measurements"]) == len(sent)
    versions = [row["version"] for row in village.rows("entity_changes", entity_id=ALI) if row["action"] != "visit"]
    assert len(set(versions)) == len(versions)
