"""Corrections of forms, and other content under the same id: all is kept, somebody decides, everything follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aggregate.performance.measures import Span
from aggregate.performance.report import performance
from forms.periods import Quarter
from forms.problems import ProblemError
from server.database.engine import reading
from server.publications.form_versions import FormCache
from server.queries import compare as compared
from server.queries.compare import Version
from server.submissions.version_log import waiting_roots
from tests.support.deciding import (
    JAKARTA,
    card,
    choose,
    choose_none,
    difference,
    everything,
    listed,
    rebuild_all,
    versions,
)
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, visited

ALI, CUT = new_id(), new_id()
FIRST, EDIT, EDIT_OF_EDIT = "uuid:pertama", "uuid:perbaikan", "uuid:perbaikan-lagi"


@pytest.fixture
def village(published: Station) -> Station:
    """One household with two children; Ali was visited in February and, it says, had no insurance then."""
    published.send(mapped(new_id(), children=[(ALI, {"nama": "Ali"}), (CUT, {"nama": "Cut"})]))
    published.send(visited(CUT, day="2026-02-09", status_gizi="baik"))
    published.send(first())
    return published


def first() -> str:
    return visited(
        ALI, day="2026-02-10", instance=FIRST, status_gizi="kurang", berat_badan=7.5, jaminan_kesehatan_anak="tidak"
    )


def edit(**answers: object) -> str:
    """The same visit, corrected on the phone an hour later: he is insured, and weighs more."""
    known: dict[str, Any] = {"status_gizi": "baik", "berat_badan": 8.5, "jaminan_kesehatan_anak": "ya", **answers}
    return visited(ALI, day="2026-02-10", instance=EDIT, ended="13:00:00.000", corrects=FIRST, **known)


def edit_of_edit(**answers: object) -> str:
    known: dict[str, Any] = {"status_gizi": "stunting", "jaminan_kesehatan_anak": "ya", **answers}
    return visited(ALI, day="2026-02-10", instance=EDIT_OF_EDIT, ended="14:00:00.000", corrects=EDIT, **known)


def states(station: Station) -> dict[str, str]:
    rows = station.rows("submissions", form_id="kunjungan_rumah")
    return {row["instance_id"]: row["state"] for row in rows if row["instance_id"].startswith("uuid:p")}


def ali(station: Station) -> dict[str, Any]:
    return station.one("entities", id=ALI)


def visits(station: Station, child: str = ALI) -> list[str]:
    return [row["instance_id"] for row in station.rows("answers_kunjungan_rumah", anak=child)]


def compare(station: Station, root: str = FIRST) -> list[Version]:
    with reading(station.engine) as connection:
        return compared.versions(connection, FormCache(), JAKARTA, VILLAGE, root)


def waiting(station: Station) -> list[str]:
    with reading(station.engine) as connection:
        return waiting_roots(connection, VILLAGE)


def without_submissions(state: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: rows for name, rows in state.items() if name != "submissions"}


def test_a_correction_waits_and_changes_nothing(village: Station) -> None:
    before = without_submissions(everything(village))
    village.send(edit())
    assert states(village) == {FIRST: "accepted", EDIT: "waiting"}
    assert waiting(village) == [FIRST]
    assert difference(before, without_submissions(everything(village))) == []


def test_answers_register_list_and_card_follow_the_choice(village: Station) -> None:
    assert card(village)["a9_received"] == 0
    village.send(edit())
    sent = versions(village)

    choose(village, FIRST, f"<instanceID>{EDIT}<")

    assert states(village) == {FIRST: "replaced", EDIT: "accepted"}
    assert visits(village) == [EDIT]
    assert (ali(village)["data"]["status_gizi"], [one["berat"] for one in ali(village)["measurements"].values()]) == (
        "baik",
        [8.5],
    )
    assert listed(village)[ALI]["status_gizi"] == "baik"
    assert card(village)["a9_received"] == 1
    assert versions(village)[ALI] > sent[ALI]  # or no phone would take it over
    assert waiting(village) == []


def test_a_correction_is_sent_in_time_when_its_original_was(village: Station) -> None:
    """The KPM's record counts it so: who puts a mistake right weeks later is not late."""

    def in_time() -> tuple[int, int]:
        with reading(village.engine) as connection:
            found = performance(connection, [VILLAGE], Span(Quarter(2026, 1), date(2026, 4, 20), JAKARTA))[VILLAGE]
        (sent,) = (part.share for part in found.parts if part.measure == "sent")
        return sent.received, sent.due

    village.send(visited(CUT, day="2026-03-09", instance="uuid:tepat"))
    before = in_time()
    village.clock.forward(days=20)
    village.send(visited(CUT, day="2026-03-09", instance="uuid:dibetulkan", corrects="uuid:tepat", timbang="ya"))
    choose(village, "uuid:tepat", "<instanceID>uuid:dibetulkan<")
    assert in_time() == before


def test_choosing_back_restores_everything(village: Station) -> None:
    before = without_submissions(everything(village))
    village.send(edit())
    choose(village, FIRST, f"<instanceID>{EDIT}<")
    phones = versions(village)

    choose(village, FIRST, f"<instanceID>{FIRST}<")

    assert states(village) == {FIRST: "accepted", EDIT: "replaced"}
    assert difference(before, without_submissions(everything(village))) == []
    assert versions(village)[ALI] > phones[ALI]


def test_rebuilding_derives_what_was_chosen(village: Station) -> None:
    village.send(edit())
    village.send(edit_of_edit())
    choose(village, FIRST, f"<instanceID>{EDIT}<")
    before, phones = everything(village), versions(village)

    rebuild_all(village)

    assert difference(before, everything(village)) == []
    assert versions(village) == phones


def test_a_correction_of_a_correction_is_of_the_same_root(village: Station) -> None:
    village.send(edit())
    village.send(edit_of_edit())
    assert states(village) == {FIRST: "accepted", EDIT: "waiting", EDIT_OF_EDIT: "waiting"}
    found = compare(village)
    assert [(one.place, one.corrects, one.stale) for one in found] == [(1, None, False), (2, 1, False), (3, 2, False)]

    choose(village, FIRST, f"<instanceID>{EDIT_OF_EDIT}<")

    assert states(village) == {FIRST: "replaced", EDIT: "replaced", EDIT_OF_EDIT: "accepted"}
    assert ali(village)["data"]["status_gizi"] == "stunting"


@pytest.mark.parametrize("order", ["efc", "ecf", "cef", "cfe", "fce"])
def test_a_chain_ends_the_same_in_whatever_order_it_comes(published: Station, order: str) -> None:
    """e: the correction, c: the correction of it, f: the original."""
    published.send(mapped(new_id(), children=[(ALI, {})]))
    for which in order:
        published.send({"e": edit(), "c": edit_of_edit(), "f": first()}[which])

    assert states(published) == {FIRST: "accepted", EDIT: "waiting", EDIT_OF_EDIT: "waiting"}
    assert (waiting(published), visits(published)) == ([FIRST], [FIRST])
    assert [one.member.instance_id for one in compare(published)] == [FIRST, EDIT, EDIT_OF_EDIT]


def test_a_correction_whose_original_never_came_waits_too(village: Station) -> None:
    village.send(visited(CUT, day="2026-02-11", instance="uuid:p-e", corrects="uuid:hilang", status_gizi="buruk"))
    (lost,) = compare(village, "uuid:hilang")
    assert (lost.lost, lost.counts) == (True, False)

    choose(village, "uuid:hilang", "<instanceID>uuid:p-e<")

    assert village.one("entities", id=CUT)["data"]["status_gizi"] == "buruk"
    village.send(visited(CUT, day="2026-02-11", instance="uuid:hilang", status_gizi="kurang"))
    assert village.one("entities", id=CUT)["data"]["status_gizi"] == "buruk"
    assert waiting(village) == ["uuid:hilang"]


def test_a_correction_made_from_an_old_one_is_called_stale(village: Station) -> None:
    village.send(edit())
    second = "uuid:perbaikan-kedua"
    village.send(visited(ALI, day="2026-02-10", instance=second, corrects=FIRST, status_gizi="buruk"))
    assert [(one.member.instance_id, one.corrects, one.stale) for one in compare(village)] == [
        (FIRST, None, False),
        (EDIT, 1, False),
        (second, 1, True),
    ]


def test_other_content_under_the_same_id_waits_and_can_be_chosen(village: Station) -> None:
    before = without_submissions(everything(village))
    village.send(first().replace("kurang", "buruk"))
    assert sorted(row["state"] for row in village.rows("submissions", instance_id=FIRST)) == ["accepted", "waiting"]
    assert ali(village)["data"]["status_gizi"] == "kurang"

    choose(village, FIRST, "<status_gizi>buruk<")
    assert (ali(village)["data"]["status_gizi"], visits(village)) == ("buruk", [FIRST])
    changed = everything(village)
    rebuild_all(village)
    assert difference(changed, everything(village)) == []

    choose(village, FIRST, "<status_gizi>kurang<")
    assert difference(before, without_submissions(everything(village))) == []


def test_what_comes_after_the_decision_waits_for_the_next_one(village: Station) -> None:
    village.send(edit())
    choose(village, FIRST, f"<instanceID>{EDIT}<")
    village.send(edit_of_edit())
    assert states(village) == {FIRST: "replaced", EDIT: "accepted", EDIT_OF_EDIT: "waiting"}
    assert ali(village)["data"]["status_gizi"] == "baik"
    assert waiting(village) == [FIRST]


def test_a_correction_that_speaks_of_another_child_takes_the_visit_there(village: Station) -> None:
    village.send(visited(CUT, day="2026-02-10", instance=EDIT, corrects=FIRST, status_gizi="buruk"))

    choose(village, FIRST, f"<instanceID>{EDIT}<")

    assert (ali(village)["data"]["status_gizi"], visits(village)) == ("baik", [])
    assert village.one("entities", id=CUT)["data"]["status_gizi"] == "buruk"
    assert EDIT in visits(village, CUT)


def test_a_corrected_registration_takes_the_child_off_the_list_and_back(village: Station) -> None:
    household, child = new_id(), new_id()
    registered = mapped(household, day="2026-02-01", children=[(child, {"nama": "Dewi"})])
    none = mapped(household, day="2026-02-01")
    instance = registered[registered.index("uuid:") : registered.index("</instanceID>")]
    village.send(registered)
    before = without_submissions(everything(village))
    corrected = none.replace("<instanceID>", f"<deprecatedID>{instance}</deprecatedID><instanceID>")
    village.send(corrected)

    choose(village, instance, corrected[corrected.index("<deprecatedID>") :])
    assert child not in listed(village)

    choose(village, instance, ">Dewi<")
    assert "Dewi" in listed(village)[child]["label"]
    assert difference(before, without_submissions(everything(village))) == []


def test_what_cannot_be_understood_cannot_be_chosen(village: Station) -> None:
    village.send(edit(berat_badan="banyak"))
    assert states(village)[EDIT] == "quarantined"
    assert [(one.member.instance_id, one.corrects, one.submission is None) for one in compare(village)] == [
        (FIRST, None, False),
        (EDIT, 1, True),
    ]
    with pytest.raises(ProblemError, match="'banyak'"):
        choose(village, FIRST, f"<instanceID>{EDIT}<")


def test_only_one_of_the_thread_can_be_chosen(village: Station) -> None:
    village.send(edit())
    before = everything(village)
    with pytest.raises(ProblemError, match="not among"):
        choose(village, FIRST, f"<anak>{CUT}</anak>")
    assert difference(before, everything(village)) == []


def test_of_what_nobody_corrected_none_cannot_be_chosen(village: Station) -> None:
    before = everything(village)
    with pytest.raises(ProblemError, match="not among"):
        choose_none(village, FIRST)
    assert difference(before, everything(village)) == []
