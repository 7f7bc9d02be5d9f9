"""Two entries that are one person: visits of both count once, and taking it back leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from forms.problems import ProblemError
from server.entities import decision_log
from tests.support.deciding import card, change, difference, everything, listed, merge, rebuild_all, undo, versions
from tests.support.small_forms import new_id
from tests.support.station import Station
from tests.support.village_forms import born, mapped, visited

BUDI, BUDI_TWICE = new_id(), new_id()
ALI, ALY = new_id(), new_id()


@pytest.fixture
def village(published: Station) -> Station:
    """Ali was mapped twice: in January, and in February by somebody who heard his name wrongly."""
    published.send(mapped(BUDI, head="Budi", children=[(ALI, {"nama": "Ali"})], mothers=[(new_id(), {})]))
    published.send(
        mapped(BUDI_TWICE, head="Budi S.", day="2026-02-05", dusun="Melati", children=[(ALY, {"nama": "Aly"})])
    )
    published.send(visited(ALI, day="2026-01-20", timbang="ya", status_gizi="kurang"))
    published.send(visited(ALI, day="2026-02-10", timbang="ya", berat_badan=7.4))
    published.send(visited(ALY, day="2026-02-11", timbang="ya", berat_badan=7.5))
    published.send(visited(ALY, day="2026-03-03", timbang="ya", berat_badan=7.8, status_gizi="buruk"))
    return published


def deleted(station: Station, ids: Sequence[str], list_: str = "anak") -> list[bool]:
    """What a phone is told that asks whether they are gone."""
    answer = station.get(f"lists/{list_}/integrity?id={','.join(ids)}").text
    return [f'id="{id_}"><deleted>true' in answer.replace("\n", "").replace("  ", "") for id_ in ids]


def visits(station: Station, child: str) -> list[str]:
    return sorted(str(row["tanggal"]) for row in station.rows("answers_kunjungan_rumah", anak=child))


def test_visits_of_both_count_once(village: Station) -> None:
    before = card(village)
    assert (before["children"], before["a2_received"], before["a2_due"]) == (2, 1, 2)

    merge(village, ALY, ALI)

    assert visits(village, ALI) == ["2026-01-20", "2026-02-10", "2026-02-11", "2026-03-03"]
    after = card(village)
    # Weighed in January by the one entry, in February by both, in March by the other: every month, as one child.
    assert (after["children"], after["a2_received"], after["a2_due"]) == (1, 1, 1)


def test_the_winner_keeps_its_identity_and_takes_what_was_found_later(village: Station) -> None:
    merge(village, ALY, ALI)
    child = village.one("entities", id=ALI)
    assert (child["label"], child["data"]["dusun"], child["household"]) == ("Ali", "Mawar", BUDI)
    assert child["data"]["status_gizi"] == "buruk"
    assert str(child["visited_on"]) == "2026-03-03"
    assert [one["berat"] for one in child["measurements"].values() if "berat" in one] == [7.4, 7.5, 7.8]


@pytest.mark.parametrize("finished", ["2026-03-10T23:00:00.000Z", "2026-03-11T09:00:00.000Z"])
def test_the_winner_keeps_its_identity_whatever_the_clock_of_the_losers_phone_said(
    village: Station, finished: str
) -> None:
    """A phone whose clock is ahead told of the loser; the decision was made when that was known."""
    twice = new_id()
    village.send(
        mapped(BUDI_TWICE, head="Budi S.", day=finished[:10], children=[(twice, {"nama": "Alia"})]).replace(
            f"{finished[:10]}T12:00:00.000Z", finished
        )
    )
    merge(village, twice, ALI)
    child = village.one("entities", id=ALI)
    assert (child["label"], child["data"]["nama"], child["household"]) == ("Ali", "Ali", BUDI)


def test_what_is_edited_counts_whatever_the_clock_of_the_phone_said_that_told_of_it(village: Station) -> None:
    village.send(visited(ALI, day="2026-03-10", ended="23:00:00.000", status_gizi="buruk"))
    change(village, ALI, status_gizi="kurang")
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"
    change(village, ALI, status_gizi="baik")
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "baik"
    village.send(visited(ALI, day="2026-03-11", status_gizi="kurang"))
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"


def test_the_younger_entry_can_be_the_right_one(village: Station) -> None:
    merge(village, ALI, ALY)
    child = village.one("entities", id=ALY)
    assert (child["label"], child["household"], str(child["registered_on"])) == ("Aly", BUDI_TWICE, "2026-01-05")


def test_the_loser_leaves_the_phones(village: Station) -> None:
    merge(village, ALY, ALI)
    assert ALY not in listed(village)
    assert deleted(village, [ALY, ALI]) == [True, False]


def test_a_late_visit_of_the_loser_is_the_winners(village: Station) -> None:
    merge(village, ALY, ALI)
    phones = versions(village)
    village.send(visited(ALY, day="2026-03-09", timbang="ya", berat_badan=8.0, status_gizi="kurang"))
    assert visits(village, ALI)[-1] == "2026-03-09"
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "kurang"
    assert listed(village)[ALI]["status_gizi"] == "kurang"
    assert versions(village)[ALI] > phones[ALI]


def test_undoing_restores_both(village: Station) -> None:
    before = everything(village)
    made = merge(village, ALY, ALI)
    phones = versions(village)

    undo(village, made)

    assert difference(before, everything(village)) == []
    assert deleted(village, [ALY, ALI]) == [False, False]
    assert versions(village)[ALI] > phones[ALI]


def test_undoing_gives_a_late_visit_to_whom_it_was_sent_for(village: Station) -> None:
    made = merge(village, ALY, ALI)
    village.send(visited(ALY, day="2026-03-09", timbang="ya"))
    undo(village, made)
    assert (visits(village, ALY)[-1], visits(village, ALI)[-1]) == ("2026-03-09", "2026-02-10")


def test_rebuilding_derives_merged_and_undone_the_same(village: Station) -> None:
    made = merge(village, ALY, ALI)
    village.send(visited(ALY, day="2026-03-09", timbang="ya"))
    merged, phones = everything(village), versions(village)
    rebuild_all(village)
    assert difference(merged, everything(village)) == []
    assert versions(village) == phones

    undo(village, made)
    undone, phones = everything(village), versions(village)
    rebuild_all(village)
    assert difference(undone, everything(village)) == []
    assert versions(village) == phones


def test_households_take_all_their_people_along(village: Station) -> None:
    before = everything(village)
    assert card(village)["households"] == 2

    made = merge(village, BUDI_TWICE, BUDI)

    assert {row["household"] for row in village.rows("entities", list="anak")} == {BUDI}
    assert BUDI_TWICE not in listed(village, "keluarga")
    assert deleted(village, [BUDI_TWICE], "keluarga") == [True]
    assert card(village)["households"] == 1
    merged = everything(village)
    rebuild_all(village)
    assert difference(merged, everything(village)) == []

    undo(village, made)
    assert difference(before, everything(village)) == []


def test_a_chain_leads_to_the_last_and_is_undone_from_its_end(village: Station) -> None:
    third = new_id()
    village.send(mapped(new_id(), day="2026-02-20", children=[(third, {"nama": "Alie"})]))
    before = everything(village)
    first = merge(village, third, ALY)
    half = everything(village)
    second = merge(village, ALY, ALI)

    village.send(visited(third, day="2026-03-08", timbang="ya"))
    assert visits(village, ALI)[-1] == "2026-03-08"
    merged = everything(village)
    rebuild_all(village)
    assert difference(merged, everything(village)) == []

    with pytest.raises(ProblemError, match="Undo that one"):
        undo(village, first)
    undo(village, second)
    assert visits(village, ALY)[-1] == "2026-03-08"
    undo(village, first)
    assert visits(village, third) == ["2026-03-08"]
    assert half["entities"] != before["entities"]


def test_mothers_merged_keep_the_child_born_to_either(village: Station) -> None:
    siti, sity, baby = new_id(), new_id(), new_id()
    village.send(mapped(new_id(), mothers=[(siti, {"nama": "Siti", "hpl": "2026-03-05"})]))
    village.send(mapped(new_id(), day="2026-02-05", mothers=[(sity, {"nama": "Sity", "hpl": "2026-03-05"})]))
    village.send(born(sity, baby, BUDI, day="2026-03-02"))
    merge(village, sity, siti)
    assert village.one("entities", id=siti)["data"]["tanggal_melahirkan"] == "2026-03-02"
    assert village.one("entities", id=baby)["household"] == BUDI


@pytest.mark.parametrize(
    ("loser", "winner"), [(ALI, ALI), (ALI, BUDI), (BUDI, ALI)], ids=["itself", "a household", "a child"]
)
def test_only_two_of_one_list_can_be_one(village: Station, loser: str, winner: str) -> None:
    with pytest.raises(ProblemError, match="same list"):
        merge(village, loser, winner)


def test_nobody_unknown_can_be_merged(village: Station) -> None:
    with pytest.raises(ProblemError, match="not in the register"):
        merge(village, new_id(), ALI)


def test_a_decision_is_undone_once(village: Station) -> None:
    made = merge(village, ALY, ALI)
    undo(village, made)
    with pytest.raises(ProblemError) as error:
        undo(village, made)
    assert error.value.code == decision_log.NO_SUCH_DECISION.code
