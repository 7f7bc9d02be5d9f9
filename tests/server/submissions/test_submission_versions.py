"""Submissions of one root that come together late, some not understood: at most one of them ever counts."""

from __future__ import annotations

from itertools import permutations

import pytest

from forms.problems import Finding
from server.database.engine import reading, writing
from server.entities.change import Change
from server.publications.form_versions import FormCache
from server.submissions import process as processing
from server.submissions import review
from server.submissions.entity_changes import SentSubmission
from server.submissions.version_log import waiting_roots
from tests.support.deciding import HEAD, JAKARTA, assert_rebuilding_changes_nothing, choose, rebuild_all, versions
from tests.support.members import member
from tests.support.narrowed import base_name, tables_of
from tests.support.small_forms import new_id
from tests.support.statements import built_for
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

ALI = new_id()
GIZI = {"a": "kurang", "b": "baik", "c": "buruk"}
ORDERS = ["".join(order) for order in permutations("abc")]
# The last of so many is chosen. Of a without b there is nothing to choose.
CHOICES = [(order, count) for order in ORDERS for count in (1, 2, 3) if order[count - 1] != "a" or "b" in order[:count]]


@pytest.fixture
def village(published: Station) -> Station:
    published.send(mapped(new_id(), children=[(ALI, {"nama": "Ali"})]))
    return published


def visit(which: str, corrects: str = "", **answers: object) -> str:
    """The visit a of one day; b corrects a, and c corrects b."""
    known: dict[str, object] = {"status_gizi": GIZI[which[-1]], **answers}
    return visited(
        ALI, day="2026-02-10", instance=which, ended=f"1{'abc'.index(which[-1])}:00:00.000", corrects=corrects, **known
    )


CHAIN = {"a": visit("uuid:a"), "b": visit("uuid:b", "uuid:a"), "c": visit("uuid:c", "uuid:b")}


def states(station: Station, village: str = VILLAGE) -> dict[str, str]:
    rows = station.rows("submissions", form_id="kunjungan_rumah", village_id=village)
    return {row["instance_id"].removeprefix("uuid:"): row["state"] for row in rows}


def problems(station: Station) -> dict[str, str | None]:
    rows = station.rows("submissions", form_id="kunjungan_rumah", village_id=VILLAGE)
    return {row["instance_id"].removeprefix("uuid:"): row["problem"] for row in rows}


def visits(station: Station, village: str = VILLAGE) -> list[str]:
    rows = station.rows("answers_kunjungan_rumah", village_id=village)
    return [row["instance_id"].removeprefix("uuid:") for row in rows]


def waiting(station: Station) -> list[str]:
    with reading(station.engine) as connection:
        return waiting_roots(connection, VILLAGE)


def choose_none(station: Station, root: str) -> None:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        review.choose(connection, FormCache(), JAKARTA, VILLAGE, root, "", HEAD, station.clock())


@pytest.mark.parametrize(("order", "moment"), CHOICES)
def test_what_was_chosen_counts_alone_whatever_came_when(village: Station, order: str, moment: int) -> None:
    """The last to come is chosen when `moment` of the three have."""
    use, seen = order[moment - 1], versions(village)[ALI]
    for place, which in enumerate(order, start=1):
        village.send(CHAIN[which])
        if place == moment:
            root = {"a": "uuid:a", "b": "uuid:b", "c": "uuid:b"}[use]
            choose(village, root, f"<instanceID>uuid:{use}<")
        before, seen = seen, versions(village)[ALI]
        assert seen >= before

    assert (visits(village), states(village)[use]) == ([use], "accepted")
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == GIZI[use]
    assert [
        row["root_instance_id"] for row in village.rows("submissions", form_id="kunjungan_rumah", instance_id="uuid:c")
    ] == ["uuid:a"]
    later = set(order[moment:])
    assert {which for which, state in states(village).items() if state == "waiting"} >= later
    assert waiting(village) == (["uuid:a"] if "waiting" in states(village).values() else [])
    assert_rebuilding_changes_nothing(village)


def test_a_late_link_tells_phones_what_it_took_back(village: Station) -> None:
    village.send(CHAIN["a"])
    village.send(CHAIN["c"])
    choose(village, "uuid:b", "<instanceID>uuid:c<")
    phones = versions(village)
    assert visits(village) == ["a", "c"]  # nobody can know yet

    village.send(CHAIN["b"])

    assert states(village) == {"a": "waiting", "b": "waiting", "c": "accepted"}
    assert problems(village) == {"a": "chosen-without-it", "b": "correction", "c": None}
    assert versions(village)[ALI] > phones[ALI]
    choose(village, "uuid:b", "<instanceID>uuid:a<")  # also by the name that the root had
    assert (visits(village), waiting(village)) == (["a"], [])
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("order", ORDERS)
def test_a_link_that_went_to_another_village_first_joins_all_the_same(village: Station, order: str) -> None:
    """The KPM of two villages sends her correction with the other one's settings, and then with the right ones."""
    village.send(CHAIN["b"], village=OTHER_VILLAGE)
    for which in order:
        village.send(CHAIN[which])
    assert [
        row["root_instance_id"] for row in village.rows("submissions", form_id="kunjungan_rumah", village_id=VILLAGE)
    ] == ["uuid:a"] * 3
    assert waiting(village) == ["uuid:a"]

    choose(village, "uuid:b", "<instanceID>uuid:c<")  # also by the name of the link

    assert states(village) == {"a": "replaced", "b": "replaced", "c": "accepted"}
    assert visits(village) == ["c"]
    assert_rebuilding_changes_nothing(village)


def test_of_two_decisions_that_meet_the_later_one_holds(village: Station) -> None:
    village.send(CHAIN["a"])
    village.send(visit("uuid:lain-b", "uuid:a"))
    village.send(CHAIN["c"])
    choose(village, "uuid:b", "<instanceID>uuid:c<")
    choose(village, "uuid:a", "<instanceID>uuid:lain-b<")
    village.send(CHAIN["b"])
    assert states(village) == {"a": "replaced", "lain-b": "accepted", "c": "waiting", "b": "waiting"}
    assert visits(village) == ["lain-b"]
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("order", ORDERS)
def test_a_link_that_cannot_be_understood_joins_all_the_same(village: Station, order: str) -> None:
    sent = CHAIN | {"b": visit("uuid:b", "uuid:a", berat_badan="banyak")}
    for which in order:
        village.send(sent[which])
    assert states(village) == {"a": "accepted", "b": "quarantined", "c": "waiting"}
    assert problems(village) == {"a": None, "b": "bad-value", "c": "correction"}
    assert_rebuilding_changes_nothing(village)

    choose(village, "uuid:a", "<instanceID>uuid:c<")

    assert states(village) == {"a": "replaced", "b": "quarantined", "c": "accepted"}
    assert visits(village) == ["c"]
    assert_rebuilding_changes_nothing(village)


@pytest.mark.parametrize("order", ORDERS)
def test_a_link_that_fails_while_it_is_worked_out_joins_all_the_same(
    village: Station, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    usual = processing.entity_changes_in

    def fail(sent: SentSubmission) -> tuple[list[Change], list[Finding]]:
        if sent.submission.envelope.instance_id == "uuid:b":
            raise ArithmeticError("too much")
        return usual(sent)

    monkeypatch.setattr(processing, "entity_changes_in", fail)
    for which in order:
        village.send(CHAIN[which])
    assert states(village) == {"a": "accepted", "b": "quarantined", "c": "waiting"}
    assert problems(village) == {"a": None, "b": "not-derived", "c": "correction"}
    roots = {row["root_instance_id"] for row in village.rows("submissions", form_id="kunjungan_rumah")}
    assert roots == {"uuid:a"}
    assert_rebuilding_changes_nothing(village)


def test_where_the_first_cannot_be_understood_none_counts_and_it_says_so(village: Station) -> None:
    village.send(visit("uuid:a", berat_badan="banyak"))
    village.send(visit("uuid:a"))
    village.send(CHAIN["b"])
    found = village.rows("submissions", form_id="kunjungan_rumah", state="waiting")
    assert [row["problem"] for row in found] == ["none-counts-yet"] * 2
    assert all("belum ada yang dihitung" in row["detail"] and "none counts yet" in row["detail"] for row in found)
    assert visits(village) == []
    assert_rebuilding_changes_nothing(village)

    choose(village, "uuid:a", "<instanceID>uuid:b<")
    village.send(visit("uuid:lagi-c", "uuid:a"))
    assert problems(village)["lagi-c"] == "correction"  # now one counts


def test_what_a_correction_waits_for_is_said_anew_when_its_original_comes(village: Station) -> None:
    village.send(CHAIN["b"])
    assert problems(village) == {"b": "none-counts-yet"}
    village.send(CHAIN["a"])
    assert problems(village) == {"a": None, "b": "correction"}
    assert_rebuilding_changes_nothing(village)


def test_a_lone_correction_is_left_out__until_its_original_comes(village: Station) -> None:
    village.send(CHAIN["b"])
    choose_none(village, "uuid:a")
    assert (states(village), waiting(village), visits(village)) == ({"b": "replaced"}, [], [])
    village.send(CHAIN["a"])
    assert (states(village), waiting(village)) == ({"a": "accepted", "b": "replaced"}, [])
    assert_rebuilding_changes_nothing(village)


def test_what_was_let_count_alone_can_be_left_out_again(village: Station) -> None:
    village.send(CHAIN["b"])
    choose(village, "uuid:a", "<instanceID>uuid:b<")
    phones = versions(village)
    choose_none(village, "uuid:a")
    assert (states(village), visits(village)) == ({"b": "replaced"}, [])
    assert versions(village)[ALI] > phones[ALI]
    assert_rebuilding_changes_nothing(village)


def test_two_contents_of_one_id_are_one_root_also_where_another_village_holds_it(village: Station) -> None:
    village.send(visited(new_id(), day="2026-02-10", instance="uuid:a", status_gizi="baik"), village=OTHER_VILLAGE)
    village.send(visit("uuid:a", "uuid:satu"))
    village.send(visit("uuid:a", "uuid:dua", status_gizi="baik"))
    choose(village, "uuid:satu", "uuid:satu</deprecatedID>")
    choose(village, "uuid:satu", "uuid:dua</deprecatedID>")
    assert visits(village) == ["a"]
    assert waiting(village) == []
    assert_rebuilding_changes_nothing(village)


def test_an_id_that_is_no_id_is_quarantined(village: Station) -> None:
    village.send(visit("uuid:b", "uuid:" + new_id() * 20))
    assert problems(village) == {"b": "too-long"}


def test_an_instance_id_of_two_villages_is_found_when_they_are_processed(village: Station) -> None:
    """What a phone sends is kept in its own village alone; nothing is lost, and the later one waits for a decision."""
    for code in (VILLAGE, OTHER_VILLAGE):
        village.keep(CHAIN["a"], village=code)
    assert village.rows("instance_ids", instance_id="uuid:a") == []
    village.process()
    assert (states(village), states(village, OTHER_VILLAGE)) == ({"a": "accepted"}, {"a": "waiting"})
    waits = village.one("submissions", village_id=OTHER_VILLAGE, instance_id="uuid:a")
    assert waits["problem"] == "same-id-other-content"
    assert village.one("instance_ids", instance_id="uuid:a")["village_id"] == VILLAGE
    assert_rebuilding_changes_nothing(village)


def test_what_came_first_is_asked_for_by_itself__and_joined_to_nothing(village: Station) -> None:
    """A distributed database keeps it elsewhere than the submissions. Here it is asked for wherever it ever is."""
    admin = member(village, "admin", "11.01")
    with built_for(village.engine) as built:
        for code in (VILLAGE, OTHER_VILLAGE):
            village.send(CHAIN["a"], village=code)
        village.send(CHAIN["b"])
        for code in (VILLAGE, OTHER_VILLAGE):
            assert admin.get(f"/desa/{code}/perbaikan/uuid:a").status_code == 200
        assert admin.get("/admin/kiriman?q=uuid:a").status_code == 200
        choose(village, "uuid:a", "<instanceID>uuid:b<")
        rebuild_all(village)
    named = [{base_name(table) for table in tables_of(statement)} for statement in built]
    asked = [names for names in named if "instance_ids" in names]
    assert len(asked) > 5
    assert [names for names in asked if len(names) > 1] == []
