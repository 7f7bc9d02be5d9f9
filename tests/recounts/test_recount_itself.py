"""The recount against villages small enough to count by hand."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.recounts.looks import Period as Quarter
from tests.recounts.looks import active_months, completed_months, day_d, first_day_of_age, leaves_on
from tests.recounts.recount import percent, recount
from tests.support.facts import Answer, Child, Household, Measurement, Mother, Village, Visit

APRIL_20 = date(2026, 4, 20)
PAST = Quarter(2026, 1, APRIL_20)  # the first quarter of 2026, looked at when it is over
NO_MONEY = {"allocated_total": 0, "allocated_stunting": 0, "percent": None, "spent": 0}
LONG_AGO = date(2025, 1, 1)


def ani(**known: Any) -> Mother:
    usual: dict[str, Any] = {"id": "ani", "household": "K1", "dusun": "Barat", "registered_on": LONG_AGO}
    return Mother(**(usual | known))


def budi(born: date | None, **known: Any) -> Child:
    usual: dict[str, Any] = {"id": "budi", "household": "K1", "dusun": "Barat", "registered_on": LONG_AGO}
    return Child(**(usual | {"tanggal_lahir": born} | known))


def visit(order: int, tanggal: date, target: Mother | Child, **answers: Answer) -> Visit:
    return Visit(order, tanggal, "ibu_hamil" if isinstance(target, Mother) else "anak", target.id, answers)


def card_of(*facts: Any, quarter: int = 1, today: date = APRIL_20) -> dict[str, Any]:
    """The card of a village made of these facts, in 2026."""

    def only(kind: type) -> tuple[Any, ...]:
        return tuple(fact for fact in facts if isinstance(fact, kind))

    parts = [only(kind) for kind in (Household, Mother, Child, Visit, Measurement)]
    return recount(Village("11.01.01.2001", "Sukamaju", *parts), 2026, quarter, today)


def scores(card: dict[str, Any], *codes: str) -> str:
    """ "received/due" of these indicators, such as "1/1 0/2"."""
    rows = {row["code"]: row for row in card["table3"]}
    return " ".join(f"{rows[code]['received']}/{rows[code]['due']}" for code in codes)


def test_village_of_three__every_number() -> None:
    # 31 March to 23 June is 84 days: (280 - 84) / 7 = week 28, so ih1 and ih4 ask for two months.
    mother = ani(hpl=date(2026, 6, 23), status_kehamilan="kek", jaminan_kesehatan="ya")
    # 30 September to 31 March: 6 completed months.
    older = budi(date(2025, 9, 30), status_gizi="baik", akta_lahir="ya")
    # 2 completed months, never visited: everything due is T, although the register says yes and a nakes measured her.
    yes = {"status_gizi": "kurang", "akta_lahir": "ya", "jaminan_kesehatan": "ya"}
    newborn = budi(date(2026, 1, 15), id="citra", household="K2", registered_on=date(2026, 2, 12), **yes)
    child_row = {"timbang": "ya", "ukur": "tidak"}
    card = card_of(
        *(Household("K1", "Barat", "ya", "ya"), Household("K2", "Timur", "tidak"), Household("K3", "Timur", "ya")),
        *(mother, older, newborn),
        visit(1, date(2026, 1, 10), mother, periksa_kehamilan="ya", konseling_gizi_ibu="ya", kunjungan_bidan="ya"),
        visit(2, date(2026, 2, 10), mother, periksa_kehamilan="ya", pil_fe="ya", kunjungan_bidan="ya", air_minum="ya"),
        visit(3, date(2026, 1, 5), older, **child_row, imunisasi_dasar="ya", konseling_ayah="ya", pengasuhan="ya"),
        visit(4, date(2026, 2, 5), older, **child_row, konseling_ibu="ya", pengasuhan="ya"),
        visit(5, date(2026, 3, 5), older, **child_row, konseling_ibu="ya", jaminan_kesehatan_anak="tidak"),
        visit(9, date(2026, 3, 5), older, imunisasi_dasar="", pengasuhan=""),
        Measurement(6, date(2026, 2, 20), "budi", "nakes", "hijau"),
        Measurement(7, date(2025, 12, 15), "budi", "kpm", "merah"),
        Measurement(8, date(2026, 3, 3), "citra", "nakes", "kuning"),
    )
    # Ani: ih1 two months; ih2 one; not delivered; ih4 one of two; ih5 no visit in March; water answered, latrine of K1.
    # Budi: a9 answered no, a10 not in March; Citra: due are a2 and what is always due, and a5 by the register.
    expected = {
        **{"ih1": (1, 1, "100.0"), "ih2": (1, 1, "100.0"), "ih3": (0, 0, None), "ih4": (0, 1, "0.0")},
        **{"ih5": (0, 1, "0.0"), "ih6": (1, 1, "100.0"), "ih7": (1, 1, "100.0"), "ih8": (1, 1, "100.0")},
        **{"a1": (1, 1, "100.0"), "a2": (1, 2, "50.0"), "a3": (1, 1, "100.0"), "a4": (1, 2, "50.0")},
        **{"a5": (0, 1, "0.0"), "a6": (1, 2, "50.0"), "a7": (1, 2, "50.0"), "a8": (1, 2, "50.0")},
        **{"a9": (0, 2, "0.0"), "a10": (0, 1, "0.0"), "p1": (0, 0, None)},
    }
    fathers = {"a4": {"fathers": 1}}  # Budi's in January; Citra's never
    assert card == {
        "village": {"code": "11.01.01.2001", "name": "Sukamaju"},
        "period": "2026-Q1",
        "card": "Formulir 4 (2018)",
        "as_of": "2026-03-31",
        "table1": {  # K3 has no target
            "households": 2,
            "pregnant": {"total": 1, "kek_risti": 1},
            "children": {"total": 2, "malnourished": 1},
        },
        "table2": {"children": 2, "green": 1, "yellow": 1, "red": 0, "not_measured": 0},
        "table3": [
            {"code": code, "received": received, "due": due, "percent": text} | fathers.get(code, {})
            for code, (received, due, text) in expected.items()
        ],
        "table4": {
            "pregnant": {"received": 5, "due": 7, "percent": "71.4"},
            "children": {"received": 7, "due": 16, "percent": "43.8"},  # 43.75, half up
            "total": {"received": 12, "due": 23, "percent": "52.2"},
        },
        "table5": NO_MONEY,
        "table5_fields": {"pembangunan": NO_MONEY, "pemberdayaan": NO_MONEY},
        "complete": {"households": 2, "complete": 0, "percent": "0.0"},
        # K1 misses gizi (ih4, ih5), sosial (a9), paud (a10); K2 all but paud, in which nothing is due to it.
        "sectors": {"0": 0, "1": 1, "2": 1, "3": 0, "4": 0, "5": 0},
        "not_monitored": {"pregnant": 0, "children": 1},
    }


def test_everything_received__household_is_complete_in_five_sectors() -> None:
    child = budi(date(2026, 1, 20))  # 2 months: nothing of paud is due
    row = {"timbang": "ya", "konseling_ibu": "ya", "jaminan_kesehatan_anak": "ya", "akta_lahir": "ya"}
    rows = [visit(month, date(2026, month, 25), child, **row) for month in (1, 2, 3)]
    card = card_of(Household("K1", "Barat", "ya", "ya"), child, *rows)
    assert card["complete"] == {"households": 1, "complete": 1, "percent": "100.0"}
    assert card["sectors"] == {"0": 0, "1": 0, "2": 0, "3": 0, "4": 0, "5": 1}


@pytest.mark.parametrize(
    ("target", "leaves"),
    [
        (ani(hpl=date(2026, 1, 17)), date(2026, 2, 28)),  # 14 days to the end of January, 28 more
        (ani(hpl=date(2026, 1, 17), tanggal_melahirkan=date(2026, 1, 20)), date(2026, 3, 3)),
        (ani(hpl=date(2026, 1, 17), status="pindah", tanggal_status=date(2026, 2, 1)), date(2026, 2, 1)),
        (ani(hpl=date(2026, 1, 17), status="pindah", tanggal_status=date(2026, 3, 1)), date(2026, 2, 28)),
        (ani(status="aktif", tanggal_status=date(2026, 2, 1)), None),
        (ani(status="selesai", tanggal_status=date(2026, 2, 1)), date(2026, 2, 1)),
        (budi(date(2024, 2, 28)), date(2026, 2, 28)),
        (budi(date(2024, 2, 29)), date(2026, 3, 1)),  # February 2026 has no 29th
        (budi(date(2024, 3, 31)), date(2026, 3, 31)),
        (budi(date(2024, 3, 31), status="meninggal", tanggal_status=date(2026, 1, 31)), date(2026, 1, 31)),
        (budi(None), None),
    ],
)
def test_leaves_on(target: Mother | Child, leaves: date | None) -> None:
    assert leaves_on(target) == leaves


@pytest.mark.parametrize(
    ("registered", "closed", "months", "day"),
    [
        (LONG_AGO, None, [1, 2, 3], date(2026, 3, 31)),
        (date(2026, 1, 31), None, [1, 2, 3], date(2026, 3, 31)),
        (date(2026, 2, 1), None, [2, 3], date(2026, 3, 31)),
        (date(2026, 3, 31), None, [3], date(2026, 3, 31)),
        (date(2026, 4, 1), None, [], date(2026, 3, 31)),
        (LONG_AGO, date(2026, 1, 1), [], date(2025, 12, 31)),  # left on the first day of January: not active in it
        (LONG_AGO, date(2026, 1, 2), [1], date(2026, 1, 1)),
        (LONG_AGO, date(2026, 2, 1), [1], date(2026, 1, 31)),
        (LONG_AGO, date(2026, 3, 31), [1, 2, 3], date(2026, 3, 30)),
        (date(2026, 2, 10), date(2026, 2, 10), [2], date(2026, 2, 9)),  # by the letter
    ],
)
def test_active_months_and_day_d(registered: date, closed: date | None, months: list[int], day: date) -> None:
    target = ani(registered_on=registered, status="pindah" if closed else "aktif", tanggal_status=closed)
    assert active_months(target, PAST) == [(2026, month) for month in months]
    assert day_d(target, PAST) == day


@pytest.mark.parametrize(
    ("today", "months", "day"),
    [
        (date(2025, 12, 31), [], date(2025, 12, 31)),
        (date(2026, 1, 1), [1], date(2026, 1, 1)),
        (date(2026, 1, 31), [1], date(2026, 1, 31)),
        (date(2026, 2, 1), [1, 2], date(2026, 2, 1)),
        (date(2026, 3, 31), [1, 2, 3], date(2026, 3, 31)),
        (date(2026, 4, 1), [1, 2, 3], date(2026, 3, 31)),
    ],
)
def test_running_quarter__months_up_to_the_current_one(today: date, months: list[int], day: date) -> None:
    assert active_months(ani(), Quarter(2026, 1, today)) == [(2026, month) for month in months]
    assert day_d(ani(), Quarter(2026, 1, today)) == day
    assert card_of(ani(), today=today)["as_of"] == day.isoformat()


@pytest.mark.parametrize(
    ("birth", "day", "months"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), 0),
        (date(2025, 1, 31), date(2025, 3, 1), 1),
        (date(2025, 1, 31), date(2025, 3, 30), 1),
        (date(2025, 1, 31), date(2025, 3, 31), 2),
        (date(2025, 9, 30), date(2026, 3, 29), 5),
        (date(2025, 9, 30), date(2026, 3, 30), 6),
        (date(2026, 3, 2), date(2026, 3, 1), -1),
    ],
)
def test_completed_months(birth: date, day: date, months: int) -> None:
    assert completed_months(birth, day) == months


def test_first_day_of_age__is_the_first_such_day_for_every_birth_date() -> None:
    for number in range(366 * 4):
        birth = date(2023, 1, 1) + timedelta(number)
        day = first_day_of_age(birth, 24)
        assert (completed_months(birth, day), completed_months(birth, day - timedelta(1))) == (24, 23)


def test_birth_in_the_quarter__care_after_birth_is_due_and_the_rest_of_pregnancy_is_not() -> None:
    mother = ani(hpl=date(2026, 1, 20), tanggal_melahirkan=date(2026, 1, 17), status_kehamilan="kek")
    # Leaves on 28 February, so D is the 27th: the answer of that day counts, that of March does not.
    rows = [visit(n, day, mother, periksa_nifas=n) for n, day in ((2, date(2026, 1, 25)), (4, date(2026, 3, 5)))]
    assert scores(card_of(mother, *rows), "ih1", "ih2", "ih3", "ih4", "ih5") == "0/0 0/0 0/1 0/0 0/0"
    rows.append(visit(3, date(2026, 2, 27), mother, periksa_nifas=3))
    assert scores(card_of(mother, *rows), "ih3") == "1/1"
    a_day_earlier = ani(hpl=date(2026, 1, 20), tanggal_melahirkan=date(2026, 1, 16))
    assert scores(card_of(a_day_earlier, *rows), "ih3") == "0/1"


def test_birth_after_day_d__not_yet_delivered() -> None:
    mother = ani(tanggal_melahirkan=date(2026, 4, 1))
    rows = [visit(1, date(2026, 3, 1), mother, periksa_kehamilan="ya")]
    assert scores(card_of(mother, *rows), "ih1", "ih2", "ih3") == "1/1 0/1 0/0"
    assert scores(card_of(mother, *rows, quarter=2), "ih1", "ih2", "ih3") == "0/0 0/0 0/1"


@pytest.mark.parametrize(("hpl", "score"), [(date(2026, 6, 24), "1/1"), (date(2026, 6, 23), "0/1"), (None, "1/1")])
def test_check_ups__two_months_asked_from_week_28(hpl: date | None, score: str) -> None:
    mother = ani(hpl=hpl)  # 85 days to go: week 27; 84 days: week 28
    twice_in_march = [visit(n, date(2026, 3, n), mother, periksa_kehamilan="ya") for n in (1, 2)]
    assert scores(card_of(mother, *twice_in_march), "ih1") == score


def test_two_rows_in_a_month__service_if_either_says_so_and_status_of_the_later_received() -> None:
    mother = ani(status_kehamilan="normal")
    rows = [
        visit(9, date(2026, 3, 3), mother, pil_fe="tidak", status_kehamilan="kek"),
        visit(2, date(2026, 3, 3), mother, pil_fe="ya", status_kehamilan="normal"),
        visit(10, date(2026, 3, 2), mother, status_kehamilan="normal"),
    ]
    assert scores(card_of(mother, *rows), "ih2", "ih5") == "1/1 0/1"


def test_only_rows_up_to_day_d_count() -> None:
    child = budi(date(2025, 12, 1), status_gizi="baik")
    the_first, the_second = date(2026, 2, 1), date(2026, 2, 2)
    rows = [visit(1, the_first, child, timbang="tidak"), visit(2, the_second, child, status_gizi="kurang")]
    rows += [visit(month + 2, date(2026, month, 2), child, timbang="ya") for month in (1, 2)]
    colours = [Measurement(7, the_first, "budi", "kpm", "merah"), Measurement(8, the_second, "budi", "kpm", None)]
    assert scores(card_of(child, *rows, *colours, today=the_first), "a2", "a5") == "0/1 0/0"
    on_the_second = card_of(child, *rows, *colours, today=the_second)
    assert scores(on_the_second, "a2", "a5") == "1/1 0/1"
    # The mat gave no colour on the second: the latest colour is that of the first.
    assert on_the_second["table2"] == {"children": 1, "green": 0, "yellow": 0, "red": 1, "not_measured": 0}


@pytest.mark.parametrize(("closed", "score"), [(date(2026, 2, 1), "1/1"), (date(2026, 2, 2), "0/1")])
def test_every_month__means_the_active_months(closed: date, score: str) -> None:
    child = budi(date(2025, 1, 1), status="pindah", tanggal_status=closed)
    assert scores(card_of(child, visit(1, date(2026, 1, 9), child, konseling_ayah="ya")), "a4") == score


def test_ages__due_from_one_three_and_six_months() -> None:
    ages = {date(2026, 3, 1): "0/0 0/0 0/0 0/0", date(2026, 2, 28): "0/0 0/1 0/0 0/0"}  # on 31 March: 0 months and 1
    ages |= {date(2025, 12, 31): "0/0 0/1 0/1 0/0", date(2025, 10, 1): "0/0 0/1 0/1 0/0"}  # 3 and 5 months
    ages |= {date(2025, 9, 30): "0/1 0/1 0/1 0/1"}
    assert {born: scores(card_of(budi(born)), "a1", "a2", "a3", "a10") for born in ages} == ages


def test_height__once_in_the_half_year_by_trained_staff_of_a_child_visited_in_the_quarter() -> None:
    child = budi(date(2025, 6, 1))
    by_staff = Measurement(1, date(2026, 1, 1), "budi", "nakes", None)
    seen = visit(2, date(2026, 5, 5), child)
    july = date(2026, 7, 5)
    assert scores(card_of(child, by_staff, seen, quarter=2, today=july), "a3") == "1/1"
    assert scores(card_of(child, by_staff, quarter=2, today=july), "a3") == "0/1"  # not visited
    by_kpm = Measurement(1, date(2026, 5, 1), "budi", "kpm", "hijau")
    last_half = visit(3, date(2025, 12, 31), child, ukur="ya")
    assert scores(card_of(child, by_kpm, last_half, seen, quarter=2, today=july), "a3") == "0/1"
    asked_at_home = visit(4, date(2026, 2, 2), child, ukur="ya")
    assert scores(card_of(child, by_kpm, asked_at_home, seen, quarter=2, today=july), "a3") == "1/1"


def test_water__answer_of_the_visit_else_of_the_household() -> None:
    mother, house = ani(), Household("K1", "Barat", "ya", "tidak")
    seen = visit(1, date(2026, 3, 1), mother)
    assert scores(card_of(house, mother, seen), "ih6", "ih7") == "1/1 0/1"
    answered = visit(2, date(2025, 8, 1), mother, air_minum="tidak", jamban="ya")
    assert scores(card_of(house, mother, seen, answered), "ih6", "ih7") == "0/1 1/1"
    assert scores(card_of(house, mother, answered), "ih6", "ih7") == "0/1 0/1"  # not visited in the quarter


def test_households__blank_is_none_and_unknown_is_one() -> None:
    nowhere, unknown = budi(date(2026, 3, 9), household=""), budi(date(2026, 3, 9), id="beni", household="K9")
    card = card_of(Household("K1", "Barat", "ya", "ya"), nowhere, unknown, visit(1, date(2026, 3, 9), unknown))
    assert card["table1"]["households"] == card["complete"]["households"] == sum(card["sectors"].values()) == 1
    assert card["table1"]["children"]["total"] == 2
    assert scores(card, "a6") == "0/2"


def test_village_without_targets__zeros_and_no_percent() -> None:
    card = card_of(Household("K1", "Barat", "ya", "ya"))
    assert {(row["received"], row["due"], row["percent"]) for row in card["table3"]} == {(0, 0, None)}
    assert card["complete"] == {"households": 0, "complete": 0, "percent": None}


@pytest.mark.parametrize(
    ("received", "due", "text"),
    [(0, 3, "0.0"), (3, 3, "100.0"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 16, "6.3"), (7, 16, "43.8"), (1, 2000, "0.1")],
)
def test_percent__half_up(received: int, due: int, text: str) -> None:
    assert percent(received, due) == text
