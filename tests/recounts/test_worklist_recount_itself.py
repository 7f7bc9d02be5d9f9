"""The recount of the work list against lists small enough to be found by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from tests.recounts.early_recount import Measured, growth_signs
from tests.recounts.worklist_recount import (
    HeightCheck,
    HomeVisit,
    Kind,
    Line,
    Move,
    PaudRow,
    Person,
    Row,
    SocialMap,
    worklist,
)

HERE, THERE = "11.01.01.2001", "11.01.01.2002"
MARCH_17 = date(2026, 3, 17)
TO_VISIT = "belum dikunjungi bulan ini"
BOY = {"jenis_kelamin": "L", "tanggal_lahir": "2025-06-01", "dusun": "Mawar", "status": "aktif"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(on: date, hour: int = 9) -> datetime:
    return datetime.combine(on, time(hour), UTC)


def listed(on: str, *people: tuple[str, Kind, Mapping[str, str]]) -> SocialMap:
    known = tuple(Person(name.lower(), kind, name, says) for name, kind, says in people)
    return SocialMap(day(on), at(day(on)), HERE, "rumah", "Mawar", known)


def ali(**says: str) -> SocialMap:
    """A boy of nine months, on the list since the day he was born."""
    return listed("2025-06-01", ("Ali", "anak", BOY | says))


def visit(on: str, *missing: str, hour: int = 9, **more: Any) -> HomeVisit:
    return HomeVisit(day(on), at(day(on), hour), HERE, "ali", "anak", missing=missing, **more)


def weighed(on: str, kg: float | None = None) -> HomeVisit:
    return visit(on, weighed="ya", weight=kg)


def line(*rows: Row, today: date = MARCH_17, village: str = HERE) -> Line | None:
    found = worklist(rows, village, today)
    return found[0] if found else None


def need(*rows: Row, today: date = MARCH_17) -> tuple[str, str]:
    found = line(weighed("2026-02-10"), *rows, today=today)
    assert found is not None
    return found.prioritas, found.perlu


@pytest.mark.parametrize(
    ("says", "prioritas"),
    [
        ({}, "4"),
        ({"status_gizi": "baik", "tikar": "hijau"}, "4"),
        ({"status_gizi": "kurang"}, "2"),
        ({"status_gizi": "stunting"}, "2"),
        ({"tikar": "kuning"}, "2"),
        ({"status_gizi": "buruk", "tikar": "kuning"}, "1"),
        ({"status_gizi": "kurang", "tikar": "merah"}, "1"),
    ],
)
def test_priority__of_a_child_not_visited_yet(says: dict[str, str], prioritas: str) -> None:
    assert need(ali(**says)) == (prioritas, TO_VISIT)


def test_colour__the_latest_day_counts_and_on_one_day_the_form_finished_later() -> None:
    red, green, yellow = (
        HeightCheck(day(on), at(day(on), hour), HERE, "ali", None, says={"tikar": colour})
        for on, hour, colour in (("2026-02-20", 9, "merah"), ("2026-03-02", 15, "hijau"), ("2026-03-02", 14, "kuning"))
    )
    assert need(ali(), red)[0] == "1"
    assert need(ali(), green, red)[0] == "4"
    assert need(ali(), green, yellow)[0] == "4"


def test_visited__what_was_missing_in_every_visit_of_the_month() -> None:
    first, second = visit("2026-03-02", "imunisasi dasar", "akta lahir"), visit("2026-03-09", "akta lahir", "ukur")
    assert need(ali(), first) == ("5", "imunisasi dasar, akta lahir")
    assert need(ali(), second, first) == ("5", "akta lahir")
    assert need(ali(), first, visit("2026-03-09")) == ("6", "")
    assert need(ali(), first, today=date(2026, 4, 1)) == ("4", f"{TO_VISIT}; timbang bulan ini")


def test_not_weighed__last_month() -> None:
    found = line(ali(), weighed("2026-01-31"))
    assert found is not None
    assert (found.signs, found.perlu) == ((("belum_ditimbang", "2026-02-01"),), f"{TO_VISIT}; timbang bulan ini")
    assert need(ali(tanggal_lahir="2026-01-31")) == ("4", TO_VISIT)  # by February's end not a month old


def test_sign__is_asked_for_until_a_visit_of_a_later_day() -> None:
    """A boy of six to nine months gains 400 g in three months: 436 g are asked."""
    rows = ali(), weighed("2025-12-01", 7.9), weighed("2026-03-02", 8.3)
    assert need(*rows) == ("3", "timbang ulang di Posyandu")
    assert need(*rows, visit("2026-03-03")) == ("3", "")
    assert need(*rows, today=date(2026, 4, 30)) == ("3", f"{TO_VISIT}; timbang ulang di Posyandu")


def test_sign_that_presses_nobody__is_something_to_do() -> None:
    """12 kg at nine months: far above the +1 line, and nobody has measured the length."""
    assert need(ali(), weighed("2026-03-02", 12.0)) == ("5", "timbang dan ukur ulang di Posyandu")


def checked(on: str, colour: str = "", length: float = 70.0) -> HeightCheck:
    return HeightCheck(day(on), at(day(on)), HERE, "ali", length, says={"tikar": colour} if colour else {})


def test_red_tikar__until_it_is_measured_again_on_a_later_day_or_referred() -> None:
    def told(*rows: Row) -> tuple[bool, str]:
        found = line(ali(), *rows)
        assert found is not None
        return "Tikar merah: ukur ulang dan rujuk ke Puskesmas" in found.perlu, found.prioritas

    red = checked("2026-02-10", "merah")
    assert told(red) == (True, "1")
    assert told(red, visit("2026-03-05")) == (True, "1")
    assert told(red, visit("2026-03-05", says={"tanggal_rujuk": "2026-03-05"})) == (False, "1")
    assert told(red, visit("2026-02-09", says={"tanggal_rujuk": "2026-02-09"})) == (True, "1")
    assert told(red, checked("2026-03-01")) == (False, "1")  # measured without the mat
    assert told(red, checked("2026-03-01", "merah")) == (True, "1")
    assert told(red, checked("2026-03-01", "hijau"))[0] is False


def test_two_years__the_month_after_the_birthday() -> None:
    rows = (ali(tanggal_lahir="2024-03-01"), PaudRow(day("2026-04-02"), at(day("2026-04-02")), HERE, "ali"))
    assert need(*rows) == ("7", "pantau PAUD bulan ini")
    assert need(*rows, today=date(2026, 4, 30)) == ("7", "")
    assert need(ali(tanggal_lahir="2024-03-02"), visit("2026-03-03", "akta lahir")) == ("5", "akta lahir")
    assert need(ali(tanggal_lahir="2020-03-02"))[0] == "7"
    assert line(ali(tanggal_lahir="2020-03-01")) is None


def test_monitoring_of_early_education__is_no_home_visit() -> None:
    followed = PaudRow(day("2026-03-20"), at(day("2026-03-20")), HERE, "ali", {"ikut_paud": "ya"})
    assert need(ali(tanggal_lahir="2024-03-18"), followed) == ("4", TO_VISIT)


def test_mother__until_the_month_of_the_42nd_day() -> None:
    def mother(**says: str) -> SocialMap:
        return listed("2026-01-05", ("Siti", "ibu_hamil", {"status_kehamilan": "kek", "dusun": "Mawar"} | says))

    assert line(mother(hpl="2026-01-18")) is None
    found = line(mother(hpl="2026-01-19"))
    overdue = "lewat 42 minggu: catat kelahirannya atau rujuk ke bidan"
    signs = (("lewat_waktu", "2026-02-02"),)
    assert found == Line("siti", "ibu_hamil", "Siti", "Mawar", "2", f"{TO_VISIT}; {overdue}", signs)
    assert line(mother(hpl="2026-01-19", tanggal_melahirkan="2026-01-10")) is None


def test_who_left__is_off_the_list_and_goes_on_where_an_admin_took_them() -> None:
    left = visit("2026-02-20", says={"status": "pindah", "tanggal_status": "2026-02-20"})
    moved = Move(day("2026-02-22"), at(day("2026-02-22")), HERE, "ali", THERE, "Melati")
    assert line(ali(), left) is None
    assert line(ali(), left, moved) is None
    found = line(ali(), left, moved, village=THERE)
    assert found is not None and (found.dusun, found.prioritas) == ("Melati", "4")


def test_order__who_is_done_comes_last_and_names_decide_between_equals() -> None:
    buruk, kuning, older = BOY | {"status_gizi": "buruk"}, BOY | {"tikar": "kuning"}, {"tanggal_lahir": "2023-01-01"}
    rows = [
        listed("2026-03-01", ("citra", "anak", BOY), ("Ali", "anak", buruk), ("Budi", "anak", BOY)),
        listed("2026-03-01", ("Dodi", "anak", kuning), ("Eka", "anak", older)),
        visit("2026-03-05"),
    ]
    assert [one.label for one in worklist(rows, HERE, MARCH_17)] == [
        "▲ Dodi · Mawar",
        "● Budi · Mawar",
        "● citra · Mawar",
        "○ Eka",
        "✓ Ali · Mawar",
    ]


BORN = date(2025, 1, 1)


def grown(*points: tuple[str, float | None, float | None], sex: str = "L") -> list[str]:
    """The signs of a child born on 1 January 2025, by its weights and lengths."""
    return [*growth_signs([Measured(day(on), kg, cm, "baring") for on, kg, cm in points], sex, BORN)]


def test_growth__z_scores_below_minus_two() -> None:
    """Boys of twelve months: -2 SD at 7.7 kg and 71.0 cm; at 70 cm of length -2 SD is 7.1 kg."""
    assert grown(("2026-01-01", 7.8, None)) == []
    assert grown(("2026-01-01", 7.6, None)) == ["bbu_rendah"]
    assert grown(("2026-01-01", None, 70.8)) == ["pbu_rendah"]
    assert grown(("2026-01-01", 7.0, 71.5)) == ["bbpb_rendah", "bbu_rendah"]
    assert grown(("2026-01-01", 7.6, None), ("2026-02-01", 8.8, None)) == []


def test_growth__least_gains() -> None:
    """Girls from six to nine months: 400 g, 2.9 cm. From the third month of life to the next: 600 g."""
    assert grown(("2025-07-02", 7.3, 66.0), ("2025-10-01", 7.7, 68.9), sex="P") == []
    assert grown(("2025-07-02", 7.3, 66.0), ("2025-10-01", 7.6, 68.8), sex="P") == ["bb_kurang_naik", "pb_kurang_naik"]
    assert grown(("2025-04-02", 5.9, None), ("2025-05-03", 6.5, None), sex="P") == []
    assert grown(("2025-04-02", 5.9, None), ("2025-05-03", 6.4, None), sex="P") == ["bb_tidak_naik"]
    assert grown(("2025-10-01", 8.0, None), ("2025-11-01", 8.0, None), sex="P") == ["bb_tidak_naik"]


def test_growth__cannot_be_judged_without_sex_or_birth() -> None:
    heavy = [Measured(BORN, 20.0)]
    assert growth_signs(heavy, "", BORN) == growth_signs(heavy, "L", None) == {}
