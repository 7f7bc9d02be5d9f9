"""Entities by the ODK specification: held, applied in order, forced after five days, conflicts noted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from server.submissions.rebuild import force_overdue
from tests.server.conftest import Filled
from tests.support.deciding import change, rebuild_all, versions
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, new_id, submission
from tests.support.station import Station


def with_forms(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)


@pytest.fixture
def village(filled: Filled) -> Station:
    return filled(with_forms)


def update(
    child: str,
    base: int | None = None,
    trunk: int | None = None,
    branch: str = "",
    day: str = "2026-03-01",
    **answers: str,
) -> str:
    """A visit that sets properties, with the versions that the phone's copy had."""
    given = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    versions = {"baseVersion": base, "trunkVersion": trunk, "branchId": branch}
    attributes = "".join(f' {name}="{"" if value is None else value}"' for name, value in versions.items())
    entity = f'<entity dataset="anak" id="{child}" update="1"{attributes}><label/></entity>'
    return submission("kunjungan", f"<tanggal>{day}</tanggal><anak>{child}</anak>{given}", in_meta=entity)


def served(station: Station, child: str) -> int:
    """The version of the child that a phone gets."""
    return versions(station)[child]


def history(station: Station, child: str) -> list[tuple[str, int | None, str | None, list[str]]]:
    """(state, the how-manieth version it made, conflict, conflicting properties) of a child's changes, in the order of
    arrival."""
    rows = sorted(station.rows("entity_changes", entity_id=child), key=lambda row: row["seq"])
    made = sorted(row["version"] for row in rows if row["version"] is not None)
    places = [made.index(row["version"]) + 1 if row["version"] is not None else None for row in rows]
    return [(row["state"], place, row["conflict"], row["conflicting"]) for row, place in zip(rows, places, strict=True)]


def data(station: Station, child: str) -> Any:
    return station.one("entities", id=child)["data"]


def test_an_update_of_the_current_version_conflicts_with_nothing(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    village.clock.forward(days=60)
    village.send(update(child, served(village, child), status_gizi="kurang"))
    assert history(village, child) == [("applied", 1, None, []), ("applied", 2, None, [])]


def test_two_phones_that_change_different_things__soft_conflict_and_both_kept(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    first = served(village, child)
    village.send(update(child, first, first, new_id(), status_gizi="kurang"))
    village.send(update(child, first, first, new_id(), status="aktif"))
    assert history(village, child)[2] == ("applied", 3, "soft", [])
    assert (data(village, child)["status_gizi"], data(village, child)["status"]) == ("kurang", "aktif")


def test_two_phones_that_change_the_same__hard_conflict_and_the_later_day_counts(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    first = served(village, child)
    village.send(update(child, first, first, new_id(), day="2026-03-05", status_gizi="kurang"))
    village.send(update(child, first, first, new_id(), day="2026-03-02", status_gizi="buruk"))
    assert history(village, child)[2] == ("applied", 3, "hard", ["status_gizi"])
    assert data(village, child)["status_gizi"] == "kurang"


def test_the_same_said_twice_is_no_hard_conflict(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    first = served(village, child)
    for _phone in range(2):
        village.send(update(child, first, first, new_id(), status_gizi="kurang"))
    assert history(village, child)[2] == ("applied", 3, "soft", [])


def test_a_branch_sent_in_any_order_is_applied_in_its_own(village: Station) -> None:
    results = []
    for order in permutations(range(3)):
        child, branch = new_id(), new_id()
        village.send(daftar(child))
        first = served(village, child)
        sent = [
            update(child, first, first, branch, "2026-03-01", status_gizi="kurang"),
            update(child, first + 1, first, branch, "2026-03-02", status_gizi="buruk"),
            update(child, first + 2, first, branch, "2026-03-03", status="aktif"),
        ]
        for place in order:
            village.send(sent[place])
        rows = sorted(village.rows("entity_changes", entity_id=child), key=lambda row: str(row["day"]))
        assert [row["version"] for row in rows] == [first, first + 1, first + 2, first + 3]
        assert {state for state, *_ in history(village, child)} == {"applied"}
        results.append((data(village, child), village.one("entities", id=child)["version"]))
    assert results[0][0] == {"nama": "Budi", "tanggal_lahir": "2025-06-01", "status_gizi": "buruk", "status": "aktif"}
    assert all(result == results[0] for result in results)
    assert village.one("villages")["held_since"] is None


def test_a_row_of_updates_of_what_the_phone_created_itself_waits_for_its_creation(village: Station) -> None:
    child, branch = new_id(), new_id()
    village.send(update(child, 2, None, branch, "2026-03-02", status_gizi="buruk"))
    village.send(update(child, 1, None, branch, "2026-03-01", status_gizi="kurang"))
    assert village.rows("entities") == []
    assert [state for state, *_ in history(village, child)] == ["held", "held"]
    village.send(daftar(child))
    assert [row[:2] for row in history(village, child)] == [("applied", 3), ("applied", 2), ("applied", 1)]
    assert data(village, child)["status_gizi"] == "buruk"


def test_what_waits_is_applied_after_five_days_when_the_village_sends_again(village: Station) -> None:
    child, lost = new_id(), new_id()
    village.send(daftar(child))
    first = served(village, child)
    village.send(update(child, first + 1, first, new_id(), status_gizi="buruk"))
    village.send(update(lost, 1, None, new_id(), nama_baru="Wati"))
    village.clock.forward(days=4.9)
    village.send(daftar(new_id()))
    assert data(village, child)["status_gizi"] == "baik"
    village.clock.forward(days=0.2)
    village.send(daftar(new_id()))
    assert data(village, child)["status_gizi"] == "buruk"
    assert history(village, child)[1][:2] == ("forced", 2)
    unknown = village.one("entities", id=lost)
    assert (unknown["label"], unknown["created_seq"]) == ("Wati", None)  # from its property nama
    # Its registration comes at last: it is not a second one.
    village.send(daftar(lost, day="2026-02-01", nama="Wati"))
    found = village.one("entities", id=lost)
    assert (found["label"], str(found["registered_on"])) == ("Wati", "2026-02-01")
    assert found["version"] > unknown["version"]


def test_what_waits_is_applied_by_the_command_where_nobody_sends(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    first = served(village, child)
    village.send(update(child, first + 1, first, new_id(), status_gizi="buruk"))
    village.clock.forward(days=6)
    assert force_overdue(village.engine, village.clock.now) == 1
    assert data(village, child)["status_gizi"] == "buruk"
    assert force_overdue(village.engine, village.clock.now) == 0


def test_an_update_on_a_version_that_nobody_knows_is_taken_as_made_on_the_newest(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    village.send(update(child, 9 * served(village, child) // 8, status_gizi="kurang"))
    assert history(village, child)[1] == ("applied", 2, None, [])


def test_a_late_visit_overwrites_nothing_newer_but_still_counts(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    first = served(village, child)
    village.send(update(child, first, day="2026-03-05", status_gizi="baik", masih_kurang="akta"))
    village.send(update(child, first, day="2026-02-05", status_gizi="buruk", masih_kurang="timbang, akta"))
    row = village.one("entities", id=child)
    assert row["data"]["status_gizi"] == "baik"
    assert (str(row["visited_on"]), row["missing"]) == ("2026-03-05", "akta")
    assert len(village.rows("answers_kunjungan")) == 2


def test_of_two_visits_of_a_month_what_one_gave_is_not_missing(village: Station) -> None:
    child = new_id()
    village.send(daftar(child))
    village.send(update(child, day="2026-03-05", masih_kurang="timbang, akta"))
    village.send(update(child, day="2026-03-08", masih_kurang="akta, konseling"))
    assert village.one("entities", id=child)["missing"] == "akta"


def test_a_phone_that_was_offline_over_a_decision_and_a_rebuild_is_told_of_the_conflict(village: Station) -> None:
    """What it had not seen is compared by versions, which a rebuild gives again as they were."""
    child = new_id()
    village.send(daftar(child))
    change(village, child, dusun="Mawar")
    seen = served(village, child)
    village.clock.forward(minutes=1)
    village.send(update(child, seen, seen, new_id(), status_gizi="kurang"))
    rebuild_all(village)
    village.clock.forward(minutes=1)
    village.send(update(child, seen, seen, new_id(), status_gizi="buruk"))
    assert history(village, child)[-1][2:] == ("hard", ["status_gizi"])
    village.send(update(child, served(village, child), status_gizi="baik"))
    assert history(village, child)[-1][2:] == (None, [])


def test_a_rebuild_keeps_the_conflicts_that_were_noted_when_changes_came(village: Station) -> None:
    """What people decided is derived after all submissions then; a phone had not seen it all the same."""
    child = new_id()
    village.send(daftar(child))
    seen = served(village, child)
    change(village, child, status_gizi="kurang")
    village.send(update(child, seen, seen, new_id(), day="2026-03-09", status_gizi="buruk"))
    before = history(village, child)
    assert before[-1][2:] == ("hard", ["status_gizi"])
    rebuild_all(village)
    assert history(village, child) == before


def test_what_is_applied_after_the_turn_of_a_month_reaches_phones_that_fetched_since(village: Station) -> None:
    child = new_id()
    village.clock.now = datetime(2026, 2, 10, 3, tzinfo=UTC)
    village.send(daftar(child))
    first = served(village, child)
    village.clock.now = datetime(2026, 2, 23, 3, tzinfo=UTC)
    village.send(update(child, first + 1, first, new_id(), day="2026-02-20", status_gizi="buruk"))
    village.clock.now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    fetched = served(village, child)
    village.clock.now = datetime(2026, 3, 3, 3, tzinfo=UTC)
    assert force_overdue(village.engine, village.clock()) == 1
    assert data(village, child)["status_gizi"] == "buruk"
    assert served(village, child) > fetched
