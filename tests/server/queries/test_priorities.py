"""How urgent a mother or child is, and what is asked for, in a month."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.growth.signs import SIGNS
from server.queries.priorities import Priority, priority_of

TODAY = date(2026, 3, 17)
BEFORE, THIS_MONTH = date(2026, 2, 10), date(2026, 3, 5)
VISIT = "belum dikunjungi bulan ini"


@dataclass(frozen=True)
class Target:
    """A child of nine months, registered last year and weighed last month, unless a test says otherwise."""

    list: str = "anak"
    data: dict[str, str] = field(default_factory=dict)
    followed_on: date | None = None
    registered_on: date = date(2025, 7, 1)
    leaves_on: date | None = date(2027, 6, 1)
    birth_date: date | None = date(2025, 6, 1)
    due_date: date | None = None
    delivered_on: date | None = None
    visited_on: date | None = None
    missing: str | None = None
    signs: tuple[tuple[str, str], ...] = (("ditimbang", "2026-02-10"),)


CHILD = Target()
MOTHER = Target(list="ibu_hamil", leaves_on=date(2026, 7, 1), birth_date=date(1995, 1, 1), signs=())
# Born in January 2023: three years old. Born on the day on which it is two: 2 March 2024.
TODDLER = replace(CHILD, birth_date=date(2023, 1, 1), leaves_on=date(2025, 1, 1), signs=())


def seen(target: Target, today: date = TODAY) -> tuple[str, str]:
    found = priority_of(target, today)
    return found.rank, found.todo


def with_sign(code: str, day: str, target: Target = CHILD) -> Target:
    return replace(target, signs=((code, day), *target.signs))


# -- what the register says presses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "data", "priority"),
    [
        (CHILD, {"tikar": "merah"}, "1"),
        (CHILD, {"status_gizi": "buruk"}, "1"),
        (CHILD, {"status_gizi": "buruk", "tikar": "kuning"}, "1"),
        (CHILD, {"tikar": "kuning"}, "2"),
        (CHILD, {"status_gizi": "kurang"}, "2"),
        (CHILD, {"status_gizi": "stunting"}, "2"),
        (MOTHER, {"status_kehamilan": "kek"}, "2"),
        (MOTHER, {"status_kehamilan": "risti"}, "2"),
        (MOTHER, {"status_kehamilan": "kek_risti"}, "2"),
        (CHILD, {"tikar": "hijau", "status_gizi": "baik"}, "4"),
        (MOTHER, {"status_kehamilan": "normal"}, "4"),
        (CHILD, {}, "4"),
    ],
)
def test_priority__not_visited_yet(target: Target, data: dict[str, str], priority: str) -> None:
    assert seen(replace(target, data=data)) == (priority, VISIT)


def test_priority__stays_after_the_visit_but_nothing_is_to_be_done() -> None:
    assert seen(replace(CHILD, data={"tikar": "merah"}, visited_on=THIS_MONTH, missing="")) == ("1", "")


def test_red_tikar__is_asked_for_whatever_visits_come() -> None:
    red = replace(with_sign("tikar_merah", "2026-02-10"), data={"tikar": "merah"})
    todo = "Tikar merah: ukur ulang dan rujuk ke Puskesmas"
    assert seen(red) == ("1", f"{VISIT}; {todo}")
    assert seen(replace(red, visited_on=THIS_MONTH, missing="")) == ("1", todo)
    assert seen(replace(red, visited_on=THIS_MONTH, missing="jamban layak")) == ("1", f"jamban layak; {todo}")


@pytest.mark.parametrize(("today", "overdue"), [(date(2026, 3, 16), False), (date(2026, 3, 17), True)])
def test_pregnancy_past_42_weeks__from_the_day_on_whatever_visits_come(today: date, overdue: bool) -> None:
    mother = replace(MOTHER, due_date=date(2026, 3, 2), visited_on=THIS_MONTH, missing="")
    todo = "lewat 42 minggu: catat kelahirannya atau rujuk ke bidan"
    assert seen(mother, today) == (("2", todo) if overdue else ("6", ""))
    assert seen(replace(mother, delivered_on=date(2026, 3, 10)), today) == ("6", "")
    assert seen(replace(mother, data={"status": "selesai"}), today) == ("6", "")


def test_visited__what_the_visit_found_missing() -> None:
    visited = replace(MOTHER, visited_on=THIS_MONTH, missing="tablet tambah darah, jamban layak")
    assert seen(visited) == ("5", "tablet tambah darah, jamban layak")


def test_visited__nothing_missing() -> None:
    assert seen(replace(MOTHER, visited_on=THIS_MONTH, missing="")) == ("6", "")


def test_visit_of_last_month__is_none_of_this_month() -> None:
    visited = replace(MOTHER, visited_on=date(2026, 2, 28), missing="jamban layak")
    assert seen(visited) == ("4", VISIT)
    assert seen(visited, date(2026, 2, 28)) == ("5", "jamban layak")


@pytest.mark.parametrize("status", ["pindah", "meninggal", "selesai"])
def test_left__for_good(status: str) -> None:
    assert priority_of(replace(MOTHER, data={"status": status, "status_kehamilan": "kek"}), TODAY) == Priority("6")


def test_left__mother_whose_42_days_are_over() -> None:
    """She is asked for as long as the month in which she leaves runs."""
    leaving = replace(MOTHER, leaves_on=date(2026, 3, 2))
    assert seen(leaving) == ("4", VISIT)
    assert seen(leaving, date(2026, 4, 1)) == ("6", "")
    assert seen(replace(MOTHER, leaves_on=date(2026, 3, 1))) == ("6", "")


# -- early signs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code, sign in SIGNS.items() if sign.faltering])
def test_faltering__comes_before_those_not_visited(code: str) -> None:
    assert seen(with_sign(code, "2026-02-10")) == ("3", f"{VISIT}; {SIGNS[code].todo_id}")


@pytest.mark.parametrize("code", ["bbu_tinggi", "pbu_tinggi"])
def test_other_signs__say_what_to_do_but_press_nobody(code: str) -> None:
    assert seen(with_sign(code, "2026-02-10")) == ("4", f"{VISIT}; {SIGNS[code].todo_id}")


def test_faltering__comes_after_the_yellow_mat() -> None:
    short = replace(with_sign("pbu_rendah", "2026-02-10"), data={"tikar": "kuning"})
    assert seen(short) == ("2", f"{VISIT}; ukur ulang dan rujuk ke Puskesmas")


def test_same_thing_to_do__is_said_once() -> None:
    twice = with_sign("bbu_rendah", "2026-02-10", with_sign("pbu_rendah", "2026-02-10"))
    assert seen(twice) == ("3", f"{VISIT}; ukur ulang dan rujuk ke Puskesmas")


@pytest.mark.parametrize(
    ("day", "todo"),
    [
        ("2026-02-10", "akta lahir"),
        ("2026-03-05", "akta lahir; timbang ulang di Posyandu"),  # the visit found it
        ("2026-03-09", "akta lahir; timbang ulang di Posyandu"),
    ],
)
def test_sign__is_asked_for_until_a_visit_comes_after_it(day: str, todo: str) -> None:
    visited = replace(CHILD, visited_on=THIS_MONTH, missing="akta lahir")
    found = priority_of(with_sign("bb_kurang_naik", day, visited), TODAY)
    assert (found.rank, found.todo) == ("3", todo)
    assert found.signs == (("bb_kurang_naik", day),)
    assert found.todo_signs == ({"bb_kurang_naik"} if "timbang" in todo else set())


def test_mother__has_no_signs_of_growth() -> None:
    assert priority_of(replace(MOTHER, registered_on=date(2025, 1, 1)), TODAY).signs == ()


# -- not weighed last month -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weighed", "expected"),
    [(None, True), ("2026-01-31", True), ("2026-02-01", False), ("2026-02-28", False), ("2026-03-02", False)],
)
def test_not_weighed__last_month(weighed: str | None, expected: bool) -> None:
    child = replace(CHILD, signs=(("ditimbang", weighed),) if weighed else ())
    found = priority_of(child, TODAY)
    assert found.signs == ((("belum_ditimbang", "2026-02-01"),) if expected else ())
    assert found.todo == (f"{VISIT}; timbang bulan ini" if expected else VISIT)
    assert found.rank == "4"


def test_not_weighed__a_visit_of_this_month_says_itself_what_is_missing() -> None:
    child = replace(CHILD, signs=(), visited_on=THIS_MONTH, missing="penimbangan")
    assert seen(child) == ("5", "penimbangan")
    assert priority_of(child, TODAY).signs == (("belum_ditimbang", "2026-02-01"),)


@pytest.mark.parametrize(
    ("birth", "registered", "expected"),
    [
        (date(2026, 1, 28), date(2026, 2, 1), True),  # a month old on 28 February
        (date(2026, 1, 29), date(2026, 2, 1), False),  # on 1 March
        (date(2025, 6, 1), date(2026, 2, 28), True),
        (date(2025, 6, 1), date(2026, 3, 1), False),  # nobody knew of it last month
        (None, date(2025, 7, 1), False),
    ],
)
def test_not_weighed__who_was_due(birth: date | None, registered: date, expected: bool) -> None:
    child = replace(CHILD, signs=(), birth_date=birth, registered_on=registered)
    assert bool(priority_of(child, TODAY).signs) is expected


# -- PAUD age ---------------------------------------------------------------------------------------------------------


def test_paud__until_followed_this_month() -> None:
    assert seen(TODDLER) == ("7", "pantau PAUD bulan ini")
    assert seen(replace(TODDLER, followed_on=date(2026, 2, 27))) == ("7", "pantau PAUD bulan ini")
    assert seen(replace(TODDLER, followed_on=date(2026, 3, 1))) == ("7", "")


def test_paud__what_pressed_before_two_years_presses_no_more() -> None:
    assert (
        priority_of(with_sign("bb_kurang_naik", "2026-02-10", replace(TODDLER, data={"tikar": "merah"})), TODAY).signs
        == ()
    )


def test_paud__begins_with_the_month_after_the_second_birthday() -> None:
    two = replace(CHILD, birth_date=date(2024, 3, 2), leaves_on=date(2026, 3, 2))
    assert seen(two)[0] == "4"
    assert seen(two, date(2026, 4, 1))[0] == "7"


def test_paud__ends_with_the_sixth_birthday() -> None:
    six = replace(TODDLER, birth_date=date(2020, 3, 2), leaves_on=date(2022, 3, 2))
    assert seen(six)[0] == "7"
    assert seen(six, date(2026, 4, 1)) == ("6", "")


# -- whatever the target ----------------------------------------------------------------------------------------------

DAYS = st.dates(date(2025, 12, 1), date(2026, 3, 31))
TARGETS = st.builds(
    Target,
    list=st.sampled_from(["anak", "ibu_hamil"]),
    data=st.fixed_dictionaries(
        {},
        optional={
            "tikar": st.sampled_from(["merah", "kuning", "hijau", ""]),
            "status_gizi": st.sampled_from(["buruk", "kurang", "stunting", "baik"]),
            "status_kehamilan": st.sampled_from(["kek", "normal"]),
            "status": st.sampled_from(["aktif", "", "pindah"]),
        },
    ),
    registered_on=DAYS,
    leaves_on=st.none() | DAYS,
    birth_date=st.none() | st.dates(date(2019, 1, 1), date(2026, 3, 1)),
    visited_on=st.none() | DAYS,
    missing=st.sampled_from([None, "", "akta lahir"]),
    signs=st.lists(
        st.tuples(st.sampled_from(["ditimbang", "pbu_rendah", "bbu_tinggi"]), DAYS.map(str)),
        unique_by=lambda one: one[0],
    ).map(tuple),
)


@given(TARGETS, st.integers(1, 31), st.integers(1, 31))
def test_month__every_day_of_it_says_the_same(target: Target, one: int, other: int) -> None:
    assert priority_of(target, date(2026, 3, one)) == priority_of(target, date(2026, 3, other))


@given(TARGETS)
def test_priority__says_whether_there_is_something_to_do(target: Target) -> None:
    found = priority_of(target, TODAY)
    if found.rank in ("4", "5"):
        assert found.todo
    if found.rank == "6":
        assert not found.todo
    assert found.todo_signs <= {code for code, _ in found.signs}


def test_three_hundred_targets__take_milliseconds() -> None:
    targets = [with_sign("pbu_rendah", "2026-02-10", replace(CHILD, data={"tikar": "kuning"})) for _ in range(300)]
    began = time.process_time()
    for target in targets:
        priority_of(target, TODAY)
    assert time.process_time() - began < 0.05
