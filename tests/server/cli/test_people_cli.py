"""`kpm history`, `duplicates`, `merge`, `move`, `undo` and `corrections` on the command line."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from server.cli.main import main
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

BUDI, ALI, ALY, NIA = (new_id() for _ in range(4))
NIK = "1101010106250001"
FIRST = "uuid:pertama"
Run = Callable[..., str]


@pytest.fixture
def village(published: Station) -> Station:
    """Ali is registered twice, and somebody in the other village has his NIK; his visit was corrected."""
    twice = [(ALI, {"nama": "Ali", "nik": NIK}), (ALY, {"nama": "Aly", "nik": NIK})]
    published.send(mapped(BUDI, children=twice))
    published.send(mapped(new_id(), children=[(NIA, {"nama": "Nia", "nik": NIK})]), village=OTHER_VILLAGE)
    published.send(visited(ALI, day="2026-02-10", instance=FIRST, status_gizi="kurang"))
    published.send(visited(ALI, day="2026-02-10", corrects=FIRST, ended="13:00:00.000", status_gizi="buruk"))
    published.send(visited(ALI, day="2026-02-11", corrects=FIRST, ended="14:00:00.000", status_gizi="baik"))
    return published


@pytest.fixture
def kpm(village: Station) -> Run:
    """Runs a command as at the terminal; what it prints. `fails`: that it says what is wrong."""

    def run(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(main, ["--database", village.url, *words], env={"LOCALE": "en"})
        assert done.exit_code == fails, done.output
        return done.output

    return run


def test_history__what_each_form_changed_and_who_sent_it(kpm: Run) -> None:
    printed = kpm("history", ALI)
    assert printed.startswith(f"{VILLAGE}  {ALI}  anak  Ali, 2025-06-01, ••••••••••••0001, Mawar, Budi, ")
    assert "2026-01-05  create  Peta Sosial Keluarga 1.000 HPK, Bu Ani  2026-03-10 09:30  applied" in printed
    assert "    status_gizi: baik -> kurang\n" in printed
    assert printed.index("create") < printed.index("baik -> kurang")
    assert NIK not in printed


def test_history__of_nobody(kpm: Run) -> None:
    assert "not in the register" in kpm("history", new_id(), fails=True)


def test_duplicates(kpm: Run) -> None:
    printed = kpm("duplicates", VILLAGE)
    assert printed.count("nik\n") == 2
    for id_ in (ALI, ALY, NIA):
        assert id_ in printed
    assert NIK not in printed
    assert "no village" in kpm("duplicates", "11.01.01.2999", fails=True)


def test_merge_and_undo(village: Station, kpm: Run) -> None:
    decision = kpm("merge", VILLAGE, ALY, ALI).partition(":")[0]
    assert village.rows("entities", id=ALY) == []
    assert village.one("decisions")["made_by"] == f"kpm merge by {getpass.getuser()}"
    assert f"kini / now: {VILLAGE} {ALI}" in kpm("history", ALY, "--village", VILLAGE)
    assert f"merge  {decision}  kpm merge by" in kpm("history", ALI)

    assert "undone" in kpm("undo", VILLAGE, decision)
    assert village.one("entities", id=ALY)["label"] == "Aly"
    assert "undone already" in kpm("undo", VILLAGE, decision, fails=True)


def test_move(village: Station, kpm: Run) -> None:
    kpm("move", VILLAGE, BUDI, ALI, ALY, "--to", OTHER_VILLAGE, "--dusun", "Melati", "--day", "2026-02-20")
    moved = village.one("entities", id=ALI)
    assert (moved["village_id"], moved["data"]["dusun"], moved["household"]) == (OTHER_VILLAGE, "Melati", BUDI)
    assert village.one("decisions")["payload"]["day"] == "2026-02-20"
    assert kpm("history", ALI).startswith(OTHER_VILLAGE)


def test_move__to_a_household_there(village: Station, kpm: Run) -> None:
    there = village.one("entities", id=NIA)["household"]
    kpm("move", VILLAGE, ALI, "--to", OTHER_VILLAGE, "--dusun", "Melati", "--household", there)
    assert village.one("entities", id=ALI)["household"] == there


def test_move__on_a_day_that_has_not_come(village: Station, kpm: Run) -> None:
    where = ("--to", OTHER_VILLAGE, "--dusun", "Melati")
    assert "has not come yet" in kpm("move", VILLAGE, ALI, *where, "--day", "2999-01-01", fails=True)
    assert village.rows("decisions") == []


def test_move__to_no_village(village: Station, kpm: Run) -> None:
    assert "no village" in kpm("move", VILLAGE, ALI, "--to", "11.01.01.2999", "--dusun", "Melati", fails=True)
    assert village.rows("decisions") == []


def test_corrections__listed_and_chosen_by_number(village: Station, kpm: Run) -> None:
    printed = kpm("corrections", "list", VILLAGE)
    head, first, second, stale = printed.splitlines()
    assert head == f"{FIRST}  Kunjungan Rumah Bulanan  menunggu / waits"
    assert first.endswith("Bu Ani  dihitung / counts")
    assert stale.endswith("dari isian lama / made from an old one")

    kpm("corrections", "choose", VILLAGE, FIRST, second.split()[0])

    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "buruk"
    assert "waits" not in kpm("corrections", "list", VILLAGE)
    assert "not among" in kpm("corrections", "choose", VILLAGE, FIRST, "000000000000", fails=True)
