"""Who may be registered twice is noticed, and nobody is asked twice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server.database.engine import reading, writing
from server.decisions import merges
from server.queries import duplicates
from tests.support.deciding import HEAD, change, difference, everything, merge, rebuild_all, undo
from tests.support.small_forms import new_id
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

NIK, OTHER_NIK = "1101014101900001", "1101014101900002"
KK, OTHER_KK = "1101010101010001", "1101010101010002"
Answers = Mapping[str, object]


@pytest.fixture
def village(published: Station) -> Station:
    return published


def child(station: Station, day: str = "2026-01-05", house: str = "", no_kk: str = "", **answers: object) -> str:
    """Registers a child in a household of its own, of which no card number is known."""
    id_ = new_id()
    station.send(mapped(house or new_id(), day=day, no_kk=no_kk, children=[(id_, answers)]))
    return id_


def mother(station: Station, day: str = "2026-01-05", no_kk: str = "", **answers: object) -> str:
    id_ = new_id()
    station.send(mapped(new_id(), day=day, no_kk=no_kk, mothers=[(id_, answers)]))
    return id_


def found(station: Station) -> list[tuple[str, str, tuple[str, ...]]]:
    """(the one to keep, the other, why)."""
    with reading(station.engine) as connection:
        pairs = duplicates.duplicate_pairs(connection, VILLAGE, station.backend.today)
    return [(pair.kept.id, pair.other.id, pair.reasons) for pair in pairs]


def beyond(station: Station, *seen: str) -> list[tuple[str, str, str]]:
    """(here, there, where): whose NIK stands in another village of those seen."""
    with reading(station.engine) as connection:
        pairs = duplicates.elsewhere(connection, VILLAGE, station.backend.today, lambda code: code in seen)
    return [(here.id, there.id, there.village_id) for here, there in pairs]


def test_the_same_nik__the_older_entry_is_proposed_to_stay(village: Station) -> None:
    later = child(village, day="2026-02-01", nama="Aly", nik=NIK)
    first = child(village, day="2026-01-05", nama="Ali", nik=NIK)
    child(village, nama="Cut", nik=OTHER_NIK)
    assert found(village) == [(first, later, ("nik",))]


def test_of_three_duplicates_each_other_one_is_paired_with_the_oldest(village: Station) -> None:
    first, second, third = (child(village, day=f"2026-01-0{day}", nik=NIK) for day in (5, 6, 7))
    assert sorted(found(village)) == sorted([(first, second, ("nik",)), (first, third, ("nik",))])


@pytest.mark.parametrize(
    "nik", ["", "123", "0000000000000000", "9999999999999999", "1101010101010000", "110101410190000x"]
)
def test_a_number_that_is_none_says_nothing(village: Station, nik: str) -> None:
    child(village, nama="Ali", nik=nik)
    child(village, nama="Cut", nik=nik)
    assert found(village) == []


def test_the_count_of_pairs_reads_the_register_only_where_it_has_changed(village: Station) -> None:
    counts = duplicates.PairCounts()

    def count() -> tuple[int, int]:
        with statements_of(village.engine) as sent, reading(village.engine) as connection:
            number = counts.of(connection, VILLAGE)
        return number, len([sql for sql in sent if "SELECT" in sql])

    assert count() == (0, 1)
    pair = [child(village, nama=name, nik=NIK) for name in ("Ali", "Aly")]
    assert [count(), count()] == [(1, 3), (1, 1)]
    child(village, nama="Cut", nik=NIK)
    assert [count()[0], len(found(village))] == [2, 2]
    with writing(village.engine) as connection:
        merges.differ(connection, VILLAGE, pair, HEAD, village.clock())
    assert [count()[0], len(found(village))] == [1, 1]
    rebuild_all(village)
    assert [count()[0], len(found(village))] == [1, 1]


def test_a_mother_and_a_child_are_never_one(village: Station) -> None:
    child(village, nik=NIK)
    mother(village, nik=NIK)
    assert found(village) == []


@pytest.mark.parametrize(
    ("name", "other", "alike"),
    [
        ("Muhammad Ali", "muhammad  ALI", True),
        ("Nur'aini", "Nur aini", True),
        ("Siti", "Sitì", True),
        ("Ali", "Aly", False),
    ],
)
def test_name_birth_and_household__names_are_compared_without_signs(
    village: Station, name: str, other: str, alike: bool
) -> None:
    house = new_id()
    first = child(village, house=house, nama=name)
    second = new_id()
    village.send(mapped(new_id(), day="2026-01-06", children=[(second, {"nama": other, "keluarga": house})]))
    assert found(village) == ([(first, second, ("nama",))] if alike else [])


def test_name_birth_and_household__the_household_may_be_there_twice(village: Station) -> None:
    first = child(village, nama="Ali", no_kk=KK)
    second = child(village, day="2026-01-06", nama="Ali", no_kk=KK)
    pairs = found(village)
    assert (first, second, ("nama",)) in pairs
    assert sorted(reasons for *_, reasons in pairs) == [("nama",), ("no_kk",)]  # the households are noticed, too


@pytest.mark.parametrize("differs", [{"tanggal_lahir": "2025-06-02"}, {"nama": "Cut"}])
def test_name_birth_and_household__all_three_must_be_the_same(village: Station, differs: Answers) -> None:
    house = new_id()
    child(village, house=house, nama="Ali")
    village.send(mapped(new_id(), children=[(new_id(), {"nama": "Ali", "keluarga": house, **differs})]))
    assert found(village) == []


def test_name_and_birth_in_other_households_say_nothing(village: Station) -> None:
    child(village, nama="Ali", no_kk=KK)
    child(village, nama="Ali", no_kk=OTHER_KK)
    assert found(village) == []


def test_two_reasons_are_one_pair(village: Station) -> None:
    house = new_id()
    first = child(village, house=house, nama="Ali", nik=NIK)
    second = new_id()
    village.send(
        mapped(new_id(), day="2026-01-06", children=[(second, {"nama": "Ali", "keluarga": house, "nik": NIK})])
    )
    assert found(village) == [(first, second, ("nama", "nik"))]


def test_a_newborns_provisional_nik(village: Station) -> None:
    """It is the mother's and one more figure: the same again for her next child."""
    first = child(village, nama="Bayi Siti", tanggal_lahir="2026-01-02", nik=f"{NIK}1")
    same = child(village, day="2026-02-01", nama="Budiman", tanggal_lahir="2026-01-03", nik=f"{NIK}1")
    child(village, day="2026-02-02", nama="Kakak", tanggal_lahir="2024-01-03", nik=f"{NIK}1")
    child(village, day="2026-02-02", nama="Kembar", tanggal_lahir="2026-01-02", nik=f"{NIK}2")
    assert found(village) == [(first, same, ("nik",))]


def test_a_mothers_next_pregnancy_is_no_twin(village: Station) -> None:
    first = mother(village, day="2024-01-05", nik=NIK, hpl="2024-05-01")
    mother(village, day="2026-01-05", nik=NIK, hpl="2026-06-15")
    again = mother(village, day="2024-02-05", nik=NIK, hpl="2024-05-20")
    assert found(village) == [(first, again, ("nik",))]


def test_households_with_one_card(village: Station) -> None:
    first, second = new_id(), new_id()
    village.send(mapped(first, no_kk=KK))
    village.send(mapped(second, day="2026-01-06", no_kk=KK, head="Budi S."))
    village.send(mapped(new_id(), no_kk=""))
    village.send(mapped(new_id(), no_kk=""))
    assert found(village) == [(first, second, ("no_kk",))]


def test_what_was_said_to_be_different_is_not_asked_again_until_it_is_undone(village: Station) -> None:
    first, second = child(village, nik=NIK), child(village, day="2026-01-06", nik=NIK)
    before = everything(village)
    with writing(village.engine) as connection:
        made = merges.differ(connection, VILLAGE, (second, first), HEAD, village.clock())
    assert found(village) == []
    assert difference(before, everything(village)) == []  # it changes nothing else
    rebuild_all(village)
    assert (found(village), difference(before, everything(village))) == ([], [])

    undo(village, made)
    assert found(village) == [(first, second, ("nik",))]


def test_merged_entries_are_one_and_a_corrected_nik_is_another(village: Station) -> None:
    first, second = child(village, nik=NIK), child(village, day="2026-01-06", nik=NIK)
    made = merge(village, second, first)
    assert found(village) == []
    undo(village, made)
    assert found(village) == [(first, second, ("nik",))]
    change(village, second, nik=OTHER_NIK)
    assert found(village) == []


def test_the_same_nik_in_another_village__only_where_it_may_be_seen(village: Station) -> None:
    here, there = child(village, nik=NIK), new_id()
    village.send(mapped(new_id(), children=[(there, {"nik": NIK})]), village=OTHER_VILLAGE)
    assert beyond(village, OTHER_VILLAGE) == [(here, there, OTHER_VILLAGE)]
    assert beyond(village, "11.01.01.2003") == []
    with writing(village.engine) as connection:
        merges.differ(connection, VILLAGE, (here, there), HEAD, village.clock())
    assert beyond(village, OTHER_VILLAGE) == []


def test_a_nik_that_came_with_an_update_counts_too(village: Station) -> None:
    first, second = child(village, nama="Ali", nik=NIK), child(village, day="2026-01-06", nama="Cut")
    village.send(visited(second, day="2026-02-01", nik_anak=NIK))
    assert found(village) == [(first, second, ("nik",))]
