"""Somebody moves to another village: the history goes along, and nothing is counted in both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from forms.problems import ProblemError
from server.database.engine import reading
from server.publications.form_versions import FormCache
from server.queries.people import people
from server.submissions.rebuild import rebuild_village
from tests.support.deciding import (
    JAKARTA,
    choose,
    difference,
    everything,
    listed,
    move,
    rebuild_all,
    sums,
    undo,
    versions,
)
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

BUDI, SITI, ALI, CUT = new_id(), new_id(), new_id(), new_id()
JONI, NIA = new_id(), new_id()
FEBRUARY_15 = date(2026, 2, 15)


@pytest.fixture
def villages(published: Station) -> Station:
    """Budi's household in the one village, seen in three quarters; Joni's in the other; both monitored."""
    people = [(ALI, {"nama": "Ali"}), (CUT, {"nama": "Cut"})]
    published.send(
        mapped(BUDI, day="2025-08-05", head="Budi", mothers=[(SITI, {"hpl": "2026-04-20"})], children=people)
    )
    published.send(
        mapped(JONI, day="2025-11-05", head="Joni", children=[(NIA, {"nama": "Nia"})]), village=OTHER_VILLAGE
    )
    for day in ("2025-09-20", "2025-10-10", "2026-01-20", "2026-02-10"):
        published.send(visited(ALI, day=day, timbang="ya", status_gizi="kurang", berat_badan=7.0))
        published.send(visited(SITI, of="ibu_hamil", day=day, pil_fe="ya", status_kehamilan="kek"))
        published.send(visited(NIA, day=day, timbang="ya"), village=OTHER_VILLAGE)
    return published


def visits(station: Station, child: str = ALI) -> list[tuple[str, str]]:
    """(village in which it counts, day)."""
    rows = station.rows("answers_kunjungan_rumah", anak=child)
    return sorted((row["village_id"], str(row["tanggal"])) for row in rows)


def living_in(station: Station, village: str) -> set[str]:
    with reading(station.engine) as connection:
        return {one.name for one in people(connection, village, station.backend.today)}


def test_the_history_goes_along(villages: Station) -> None:
    move(villages, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15)
    assert {village for village, _ in visits(villages)} == {OTHER_VILLAGE}
    child = villages.one("entities", id=ALI)
    assert (child["village_id"], child["data"]["dusun"], child["data"]["status"]) == (OTHER_VILLAGE, "Melati", "aktif")
    assert (str(child["registered_on"]), len(child["measurements"])) == ("2025-08-05", 4)
    assert ALI not in listed(villages)
    assert "Ali" in listed(villages, village=OTHER_VILLAGE)[ALI]["label"]
    integrity = villages.get(f"lists/anak/integrity?id={ALI}").text
    assert "true" in integrity


@pytest.mark.parametrize("who", [(BUDI, SITI, ALI, CUT), (ALI,), (SITI, CUT)], ids=["household", "child", "two"])
def test_nobody_is_counted_twice_in_any_quarter(villages: Station, who: Sequence[str]) -> None:
    before = sums(villages)
    assert sorted(before) == ["2025-Q3", "2025-Q4", "2026-Q1"]
    move(villages, VILLAGE, OTHER_VILLAGE, *who, day=FEBRUARY_15)
    after = sums(villages)
    assert sorted(after) == sorted(before)
    for quarter, figures in before.items():
        for name in ("children", "pregnant", "children_due", "pregnant_due", "a2_due", "ih2_due", "a2_received"):
            assert after[quarter][name] == figures[name], (quarter, name)
        if BUDI in who:  # who leaves a household alone makes one more
            assert after[quarter] == figures


def test_a_late_visit_from_the_old_phone_finds_them(villages: Station) -> None:
    move(villages, VILLAGE, OTHER_VILLAGE, BUDI, SITI, ALI, CUT, day=FEBRUARY_15)
    villages.send(visited(ALI, day="2026-03-03", status_gizi="buruk"))
    villages.send(visited(ALI, day="2026-03-05", status_gizi="baik"), village=OTHER_VILLAGE)
    assert visits(villages)[-2:] == [(OTHER_VILLAGE, "2026-03-03"), (OTHER_VILLAGE, "2026-03-05")]
    assert listed(villages, village=OTHER_VILLAGE)[ALI]["status_gizi"] == "baik"
    assert listed(villages) == {}


def test_a_visit_goes_along_also_where_a_later_version_asks_for_the_child_in_a_group(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    who = "| select_one_from_file anak.csv  | anak         | Anak                 |             |"
    grouped = f"| begin_group | siapa | Siapa | |\n{who}\n| end_group | | | |"
    station.publish(KUNJUNGAN.replace(who, grouped).replace("| kunjungan | 1 ", "| kunjungan | 2 "))
    station.send(daftar(ALI))
    visit = kunjungan(ALI, instance="uuid:dua").replace('version="1"', 'version="2"')
    station.send(visit.replace(f"<anak>{ALI}</anak>", f"<siapa><anak>{ALI}</anak></siapa>"))

    move(station, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15)
    station.send(kunjungan(ALI, instance="uuid:satu"))

    rows = station.rows("answers_kunjungan")
    assert {(row["instance_id"], row["village_id"], row["anak"] or row["anak__select_one"]) for row in rows} == {
        ("uuid:satu", OTHER_VILLAGE, ALI),
        ("uuid:dua", OTHER_VILLAGE, ALI),
    }


def test_two_visits_under_one_instance_id_of_two_villages_stay_two_when_a_child_moves(villages: Station) -> None:
    """A phone that was copied may send the same id; both were let count, and then they meet in one village."""
    villages.send(visited(ALI, day="2026-03-01", instance="uuid:sama", status_gizi="buruk"))
    villages.send(visited(NIA, day="2026-03-01", instance="uuid:sama", status_gizi="kurang"), village=OTHER_VILLAGE)
    choose(villages, "uuid:sama", ">kurang<", OTHER_VILLAGE)
    made = move(villages, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15)
    assert visits(villages)[-1] == visits(villages, NIA)[-1] == (OTHER_VILLAGE, "2026-03-01")
    before = everything(villages)
    rebuild_all(villages)
    assert difference(before, everything(villages)) == []
    undo(villages, made)
    assert visits(villages)[-1] == (VILLAGE, "2026-03-01")
    assert visits(villages, NIA)[-1] == (OTHER_VILLAGE, "2026-03-01")


def test_undoing_restores_both_villages(villages: Station) -> None:
    before = everything(villages)
    made = move(villages, VILLAGE, OTHER_VILLAGE, BUDI, SITI, ALI, CUT, day=FEBRUARY_15)
    assert living_in(villages, VILLAGE) == set()
    phones = versions(villages, village=OTHER_VILLAGE)

    undo(villages, made)

    after = everything(villages)
    ways = {"entity_homes": after.pop("entity_homes")}  # who asks for them in the other village is still led home
    assert {row["village_id"] for row in ways["entity_homes"]} == {VILLAGE}
    assert difference({name: rows for name, rows in before.items() if name != "entity_homes"}, after) == []
    assert versions(villages)[ALI] > phones[ALI]
    assert ALI not in listed(villages, village=OTHER_VILLAGE)


def test_undoing_brings_home_what_the_new_village_saw(villages: Station) -> None:
    made = move(villages, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15)
    villages.send(visited(ALI, day="2026-03-05", status_gizi="buruk"), village=OTHER_VILLAGE)
    undo(villages, made)
    assert visits(villages)[-1] == (VILLAGE, "2026-03-05")
    assert villages.one("entities", id=ALI)["data"]["status_gizi"] == "buruk"
    villages.send(visited(ALI, day="2026-03-06", status_gizi="kurang"), village=OTHER_VILLAGE)
    assert villages.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"


@pytest.mark.parametrize("rebuilt", [(VILLAGE,), (OTHER_VILLAGE,), (VILLAGE, OTHER_VILLAGE), (OTHER_VILLAGE, VILLAGE)])
def test_rebuilding_either_village_gives_the_same(villages: Station, rebuilt: Sequence[str]) -> None:
    move(villages, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15, household=JONI)
    villages.send(visited(ALI, day="2026-03-03", status_gizi="buruk"))
    villages.send(visited(ALI, day="2026-03-05", status_gizi="baik"), village=OTHER_VILLAGE)
    before, phones = everything(villages), versions(villages, village=OTHER_VILLAGE)

    for village in rebuilt:
        rebuild_village(villages.engine, FormCache(), village, JAKARTA, villages.clock())

    assert difference(before, everything(villages)) == []
    assert versions(villages, village=OTHER_VILLAGE) == phones


def test_there_and_back_again(villages: Station) -> None:
    there = move(villages, VILLAGE, OTHER_VILLAGE, ALI, day=FEBRUARY_15, household=JONI)
    back = move(villages, OTHER_VILLAGE, VILLAGE, ALI, day=date(2026, 3, 1), household=BUDI, dusun="Mawar")
    villages.send(visited(ALI, day="2026-03-08", timbang="ya"), village=OTHER_VILLAGE)
    villages.send(visited(ALI, day="2026-03-09", timbang="ya"))
    assert {village for village, _ in visits(villages)} == {VILLAGE}
    assert villages.one("entities", id=ALI)["household"] == BUDI
    moved = everything(villages)
    rebuild_all(villages)
    assert difference(moved, everything(villages)) == []

    with pytest.raises(ProblemError, match="Undo that one"):
        undo(villages, there)
    undo(villages, back)
    assert {village for village, _ in visits(villages)} == {OTHER_VILLAGE}
    undo(villages, there)
    assert {village for village, _ in visits(villages)} == {VILLAGE}
    undone = everything(villages)
    rebuild_all(villages)
    assert difference(undone, everything(villages)) == []


def test_alone_into_a_household_there_or_a_new_one(villages: Station) -> None:
    move(villages, VILLAGE, OTHER_VILLAGE, ALI, household=JONI)
    assert villages.one("entities", id=ALI)["household"] == JONI
    move(villages, VILLAGE, OTHER_VILLAGE, CUT)
    (new,) = (
        row
        for row in villages.rows("entities", list="keluarga", village_id=OTHER_VILLAGE)
        if row["id"] == villages.one("entities", id=CUT)["household"]
    )
    assert (new["label"], new["data"]["dusun"]) == ("Budi", "Melati")


def test_who_was_closed_as_moved_is_monitored_again_and_who_died_is_not(villages: Station) -> None:
    villages.send(visited(ALI, day="2026-02-12", status_anak="pindah", tanggal_status_anak="2026-02-12"))
    villages.send(visited(CUT, day="2026-02-12", status_anak="meninggal", tanggal_status_anak="2026-02-12"))
    move(villages, VILLAGE, OTHER_VILLAGE, BUDI, SITI, ALI, CUT, day=FEBRUARY_15)
    states = {id_: villages.one("entities", id=id_)["data"]["status"] for id_ in (ALI, CUT, SITI)}
    assert states == {ALI: "aktif", CUT: "meninggal", SITI: "aktif"}
    assert listed(villages, village=OTHER_VILLAGE).keys() == {ALI, NIA}


def test_the_same_village_is_no_move(villages: Station) -> None:
    with pytest.raises(ProblemError, match="change the dusun"):
        move(villages, VILLAGE, VILLAGE, ALI)


def test_only_to_a_household_that_is_there(villages: Station) -> None:
    with pytest.raises(ProblemError, match="not in the register"):
        move(villages, VILLAGE, OTHER_VILLAGE, ALI, household=BUDI)
