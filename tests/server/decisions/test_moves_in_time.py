"""Moves that are entered late, or taken back late: who was born meanwhile, and what phones say that have not heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forms.submission import read_envelope
from server.database.engine import in_turn, writing
from server.publications import form_versions
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from server.submissions.quarantine import replay
from server.submissions.rebuild import force_overdue, rebuild_village
from tests.support.deciding import (
    JAKARTA,
    assert_rebuilding_changes_nothing,
    card,
    choose,
    merge,
    move,
    rebuild_all,
    undo,
)
from tests.support.inbox import take_in
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import born, compiled, filled, mapped, visited

HOUSE, SECOND, SITI, SARI, ALI, BABY, MINAH = (new_id() for _ in range(7))
MARCH_5 = date(2026, 3, 5)


@pytest.fixture
def village(published: Station) -> Station:
    published.send(mapped(HOUSE, mothers=[(SITI, {"hpl": "2026-03-20"})], children=[(ALI, {})]))
    published.send(mapped(SECOND, no_kk="1101010101010009", mothers=[(SARI, {})]))
    return published


def homes(station: Station) -> dict[str, tuple[str, str]]:
    """By entity: (village, household)."""
    return {row["id"]: (row["village_id"], row["household"]) for row in station.rows("entities")}


@pytest.mark.parametrize("alone", [False, True], ids=["the household", "the mother alone"])
def test_who_was_born_after_a_move_goes_back_with_it(village: Station, alone: bool) -> None:
    """Told by the new village's phone; the move was a mistake, and the household made for it is no more."""
    made = move(village, VILLAGE, OTHER_VILLAGE, *([SITI] if alone else [HOUSE, SITI, ALI]), day=MARCH_5)
    village.send(born(SITI, BABY, homes(village)[SITI][1], day="2026-03-08"), village=OTHER_VILLAGE)
    undo(village, made)
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, HOUSE)
    assert_rebuilding_changes_nothing(village)


def test_a_newborn_stays_in_its_household_when_its_mother_is_merged_later(village: Station) -> None:
    village.send(mapped(new_id(), no_kk="1101010101010019", mothers=[(MINAH, {})]), village=OTHER_VILLAGE)
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    into = homes(village)[SITI][1]
    village.send(born(SITI, BABY, HOUSE, day="2026-03-08"))
    assert homes(village)[BABY] == (OTHER_VILLAGE, into)
    merge(village, SITI, MINAH, village=OTHER_VILLAGE)
    assert homes(village)[BABY] == (OTHER_VILLAGE, into)
    assert_rebuilding_changes_nothing(village)


def birth_and_correction(**differs: str) -> tuple[str, str, str]:
    """The first form's instanceID; a visit of Siti; its correction, which tells of the birth with these answers."""
    first = "uuid:" + new_id()
    link = f"<deprecatedID>{first}</deprecatedID><instanceID>"
    edit = born(SITI, BABY, HOUSE, day="2026-03-02", **differs).replace("<instanceID>", link)
    return first, visited(SITI, of="ibu_hamil", day="2026-03-02", instance=first), edit


def test_a_newborn_goes_along_where_its_birth_was_not_understood_before_the_move(village: Station) -> None:
    """The form waited in quarantine: nobody could know of the child when the mother was moved."""
    village.send(not_understood(born(SITI, BABY, HOUSE, day="2026-03-02")))
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    understand(village)
    assert homes(village)[BABY] == homes(village)[SITI]
    assert_rebuilding_changes_nothing(village)


def test_a_newborn_whose_birth_is_understood_late_is_with_its_mother_who_has_come_back(village: Station) -> None:
    village.send(not_understood(born(SITI, BABY, HOUSE, day="2026-03-02")))
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    there = homes(village)[SITI]
    back = move(village, OTHER_VILLAGE, VILLAGE, SITI, day=date(2026, 3, 7), household=SECOND)
    understand(village)
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, SECOND)
    assert_rebuilding_changes_nothing(village)
    undo(village, back)
    assert homes(village)[BABY] == homes(village)[SITI] == there


LATER_VERSION = "2030010100"


def not_understood(xml: str, form: str = "kunjungan_rumah") -> str:
    """As a version of the form sends it that is not published yet."""
    return xml.replace(f'version="{compiled(form).schema.version}"', f'version="{LATER_VERSION}"')


def understand(station: Station, name: str = "kunjungan_rumah") -> None:
    """The version is published, and what waits in quarantine is tried again."""
    form = compiled(name)
    schema = replace(form.schema, version=LATER_VERSION)
    with writing(station.engine) as connection:
        xml = form.xml.replace(form.schema.version.encode(), LATER_VERSION.encode())
        form_versions.publish(connection, schema, xml, b"", station.clock())
    assert replay(station.engine, FormCache(), JAKARTA, station.clock()) == (1, 0)


def test_a_newborn_goes_along_where_only_a_correction_tells_of_it_that_counts_after_the_move(village: Station) -> None:
    first, visit, edit = birth_and_correction(berat_lahir="3.1")
    village.send(visit)
    village.send(edit)
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    choose(village, first, "3.1</berat_lahir>")
    assert homes(village)[BABY] == homes(village)[SITI]
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("known", [True, False], ids=["known when she moved", "not known when she moved"])
def test_what_was_known_at_the_move_decides_though_another_content_counted_in_between(
    village: Station, known: bool
) -> None:
    first, visit, edit = birth_and_correction(berat_lahir="3.1")
    village.send(visit)
    village.send(edit)
    choose(village, first, "3.1</berat_lahir>")
    if not known:
        choose(village, first, f"<instanceID>{first}")
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    if known:
        choose(village, first, f"<instanceID>{first}")
    assert BABY not in homes(village)
    choose(village, first, "3.1</berat_lahir>")
    assert homes(village)[BABY] == ((VILLAGE, HOUSE) if known else homes(village)[SITI])
    assert_rebuilding_changes_nothing(village)


def test_a_newborn_goes_along_where_its_form_came_before_the_move_and_got_its_turn_after_it(village: Station) -> None:
    came = village.clock()
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    body = born(SITI, BABY, HOUSE, day="2026-03-02").encode()
    arrival = IncomingSubmission(VILLAGE, "hp", None, body, read_envelope(body), came, JAKARTA)
    in_turn(village.engine, lambda connection: take_in(connection, FormCache(), arrival))
    assert homes(village)[BABY] == homes(village)[SITI]
    assert_rebuilding_changes_nothing(village)


def test_a_newborn_lives_with_its_mother_also_when_she_is_nobody_elses_entry_any_more(village: Station) -> None:
    """Two women moved; they were held for one, and her child's birth was told meanwhile."""
    village.send(mapped(new_id(), no_kk="1101010101010019", mothers=[(MINAH, {})]))
    moves = [move(village, VILLAGE, OTHER_VILLAGE, one, day=MARCH_5) for one in (MINAH, SITI)]
    merged = merge(village, SITI, MINAH, village=OTHER_VILLAGE)
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    assert homes(village)[BABY] == homes(village)[MINAH]
    assert_rebuilding_changes_nothing(village)
    undo(village, merged)
    assert homes(village)[BABY] == homes(village)[SITI] != homes(village)[MINAH]
    assert_rebuilding_changes_nothing(village)
    undo(village, moves[1])
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, HOUSE)
    assert_rebuilding_changes_nothing(village)


def test_a_newborn_lives_with_its_mother_who_has_moved_away_and_back(village: Station) -> None:
    """She came back to another household; the form still calls her old one."""
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    there = homes(village)[SITI]
    back = move(village, OTHER_VILLAGE, VILLAGE, SITI, day=date(2026, 3, 7), household=SECOND)
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02"))
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, SECOND)
    assert_rebuilding_changes_nothing(village)
    undo(village, back)
    assert homes(village)[BABY] == homes(village)[SITI] == there
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("corrected", ["before the move", "after the move"])
def test_a_corrected_birth_leaves_the_child_where_people_let_it_stay(village: Station, corrected: str) -> None:
    """The mother moves alone while her child is known: that its form is corrected later makes it no newcomer."""
    birth = born(SITI, BABY, HOUSE, day="2026-03-08")
    first = birth[birth.index("uuid:") : birth.index("</instanceID>")]
    link = f"<deprecatedID>{first}</deprecatedID><instanceID>"
    edit = born(SITI, BABY, HOUSE, day="2026-03-08", berat_lahir="3.1").replace("<instanceID>", link)
    village.send(birth)
    if corrected == "before the move":
        village.send(edit)
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=date(2026, 3, 9))
    if corrected == "after the move":
        village.send(edit)
    assert homes(village)[BABY] == (VILLAGE, HOUSE)
    choose(village, first, "3.1</berat_lahir>")
    assert homes(village)[BABY] == (VILLAGE, HOUSE)
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("heard", ["before it was moved", "afterwards"])
def test_that_somebody_left_the_old_village_never_closes_the_list_of_the_new_one(village: Station, heard: str) -> None:
    """The old village's KPM finds an empty house; the admin enters a move since a day before, or had done so."""
    gone = visited(ALI, day="2026-03-05", status_anak="pindah", tanggal_status_anak="2026-03-05")
    if heard == "before it was moved":
        village.send(gone)
    made = move(village, VILLAGE, OTHER_VILLAGE, ALI, day=date(2026, 3, 1))
    if heard == "afterwards":
        village.send(gone)
    child = village.one("entities", id=ALI)
    # Nor is it the visit of that month: the new village's KPM has not seen the child.
    assert (child["data"]["status"], child["visited_on"]) == ("aktif", None)
    undo(village, made)
    assert village.one("entities", id=ALI)["data"]["status"] == "pindah"


def test_a_move_counts_though_something_of_a_later_day_is_known(village: Station) -> None:
    """The day that is entered is since when they live there, not when it was decided."""
    move(village, VILLAGE, OTHER_VILLAGE, ALI, day=date(2026, 1, 1))
    child = village.one("entities", id=ALI)
    assert (child["village_id"], child["data"]["dusun"]) == (OTHER_VILLAGE, "Melati")
    assert child["household"] != HOUSE
    move(village, OTHER_VILLAGE, VILLAGE, ALI, day=date(2025, 12, 1), household=SECOND)
    assert homes(village)[ALI] == (VILLAGE, SECOND)
    assert_rebuilding_changes_nothing(village)


def test_what_waits_for_an_earlier_form_is_applied_though_the_child_has_moved(village: Station) -> None:
    """The second offline update came first, then the child moved, then the first one came."""
    first, second = offline_updates(ALI)
    village.send(second)
    assert states(village) == {"held"}
    made = move(village, VILLAGE, OTHER_VILLAGE, ALI, day=MARCH_5)
    village.send(first)
    assert states(village) == {"applied"}
    before = village.one("entities", id=ALI)
    assert before["data"]["status_gizi"] == "buruk"
    rebuild_all(village)
    assert village.one("entities", id=ALI) == before
    undo(village, made)
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "buruk"


def offline_updates(child: str) -> tuple[str, str]:
    """Two visits on one offline branch of a phone that has version 1."""
    branch, forms = new_id(), []
    for base, status in ((1, "kurang"), (2, "buruk")):
        xml = visited(child, day=f"2026-03-0{base}", status_gizi=status)
        offline = f'update="1" baseVersion="{base}" trunkVersion="1" branchId="{branch}"'
        forms.append(xml.replace('update="1"', offline, 1))
    return forms[0], forms[1]


def states(station: Station) -> set[str]:
    """Of the updates of Ali."""
    rows = station.rows("entity_changes", entity_id=ALI)
    return {row["state"] for row in rows if row["action"] == "update" and len(row["source"]) == 64}


@pytest.mark.parametrize("order", ["the visit first", "the birth first"])
def test_a_newborn_is_with_its_mother_who_has_moved_whichever_form_comes_first(village: Station, order: str) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    birth, visit = born(SITI, BABY, HOUSE, day="2026-03-08"), visited(BABY, day="2026-03-09", timbang="ya")
    for xml in (visit, birth) if order == "the visit first" else (birth, visit):
        village.send(xml)
    village.clock.forward(days=6)
    force_overdue(village.engine, village.clock())
    assert homes(village)[BABY] == homes(village)[SITI]
    assert [row["village_id"] for row in village.rows("entities", id=BABY)] == [OTHER_VILLAGE]
    assert {row["village_id"] for row in village.rows("answers_kunjungan_rumah")} == {OTHER_VILLAGE}
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("order", ["the mother first", "the birth first"])
@pytest.mark.parametrize("understood", ["as they come", "the mother's registration later"])
def test_mother_and_newborn_told_of_late_are_with_the_household_that_has_moved(
    village: Station, order: str, understood: str
) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, HOUSE, SITI, ALI, day=MARCH_5)
    mother, birth = added(HOUSE, MINAH), born(MINAH, BABY, HOUSE, day="2026-03-02")
    if understood == "the mother's registration later":
        mother = not_understood(mother, "peta_sosial")
    for xml in (mother, birth) if order == "the mother first" else (birth, mother):
        village.send(xml)
    if understood == "the mother's registration later":
        understand(village, "peta_sosial")
    assert homes(village)[BABY] == homes(village)[MINAH] == (OTHER_VILLAGE, HOUSE)
    assert_rebuilding_changes_nothing(village)


def added(household: str, mother: str) -> str:
    """The household once more, with a mother whom nobody had noted."""
    answers = {"nama": "Minah", "hpl": "2026-03-20", "dusun": "Mawar", "keluarga": household, "status": "aktif"}
    return filled(
        "peta_sosial", {"tanggal": "2026-03-01"}, [], [("ibu", answers, ("ibu_hamil", mother, "create", "Minah"))]
    )


def test_who_is_born_in_the_new_village_has_the_same_version_after_a_rebuild(village: Station) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5)
    village.send(born(SITI, BABY, homes(village)[SITI][1], day="2026-03-08"), village=OTHER_VILLAGE)
    assert_rebuilding_changes_nothing(village)


def test_a_list_that_a_neighbours_rebuild_has_cleared_is_never_taken_for_an_older_one(village: Station) -> None:
    for number in range(3):
        mother = (new_id(), {"nama": f"Ibu {number}"})
        village.send(mapped(new_id(), no_kk=f"110101010101007{number}", mothers=[mother]), village=OTHER_VILLAGE)
    move(village, VILLAGE, OTHER_VILLAGE, ALI, day=MARCH_5)
    seen = {village.get("lists/ibu_hamil.csv", OTHER_VILLAGE).headers["ETag"]}
    rebuild_village(village.engine, FormCache(), VILLAGE, JAKARTA, village.clock())
    for number in range(6):
        mother = (new_id(), {"nama": f"Ibu baru {number}"})
        village.send(mapped(new_id(), no_kk=f"110101010101008{number}", mothers=[mother]), village=OTHER_VILLAGE)
        found = village.get("lists/ibu_hamil.csv", OTHER_VILLAGE).headers["ETag"]
        assert found not in seen
        seen.add(found)


def test_a_newborn_lives_in_the_dusun_to_which_its_mother_has_moved(village: Station) -> None:
    """The old village's phone still fills in the old one."""
    made = move(village, VILLAGE, OTHER_VILLAGE, HOUSE, SITI, ALI, day=MARCH_5, dusun="Melati")
    village.send(born(SITI, BABY, HOUSE, day="2026-03-02", dusun_anak="Mawar"))
    assert dusun_of(village, BABY) == dusun_of(village, SITI) == "Melati"
    assert_rebuilding_changes_nothing(village)
    undo(village, made)
    assert dusun_of(village, BABY) == dusun_of(village, SITI) == "Mawar"


def test_who_was_born_in_a_household_that_its_mother_had_moved_into_goes_back_with_her(village: Station) -> None:
    there = new_id()
    village.send(mapped(there, no_kk="1101010101010019", mothers=[(MINAH, {})]), village=OTHER_VILLAGE)
    made = move(village, VILLAGE, OTHER_VILLAGE, SITI, day=MARCH_5, household=there)
    village.send(born(SITI, BABY, there, day="2026-03-08", dusun_anak="Melati"), village=OTHER_VILLAGE)
    assert homes(village)[BABY] == homes(village)[SITI] == (OTHER_VILLAGE, there)
    undo(village, made)
    assert homes(village)[BABY] == homes(village)[SITI] == (VILLAGE, HOUSE)
    assert dusun_of(village, BABY) == dusun_of(village, SITI) == "Mawar"
    assert card(village)["households"] == 2
    assert_rebuilding_changes_nothing(village)


def dusun_of(station: Station, id_: str) -> str:
    return str(station.one("entities", id=id_)["data"]["dusun"])
