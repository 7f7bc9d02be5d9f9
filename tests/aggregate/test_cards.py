"""The card: sums, households, sectors, and how it reads as JSON."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, insert

from aggregate.scorecard.card import Share, read_card
from forms.periods import Quarter
from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.database.tables import regions
from tests.support.counting import child, count, look, mother, of_child, of_mother, village
from tests.support.facts import Household

NO_MONEY = {"allocated_total": 0, "allocated_stunting": 0, "percent": None, "spent": 0}
MONTHS = ("2026-01-10", "2026-02-10", "2026-03-10")
EVERYTHING = {
    "timbang": "ya",
    "ukur": "ya",
    "konseling_ibu": "ya",
    "status_gizi": "baik",
    "imunisasi_dasar": "ya",
    "air_minum_anak": "ya",
    "jamban_anak": "ya",
    "akta_lahir": "ya",
    "jaminan_kesehatan_anak": "ya",
    "pengasuhan": "ya",
}


@pytest.mark.parametrize(
    "received, due, percent",
    [
        (0, 0, None),
        (0, 3, "0.0"),
        (3, 3, "100.0"),
        (2, 3, "66.7"),
        (1, 2000, "0.1"),
        (1, 2001, "0.0"),
        (1999, 2000, "100.0"),
    ],
)
def test_percent_has_one_decimal_half_up_and_is_nothing_where_nothing_is_due(
    received: int, due: int, percent: str | None
) -> None:
    assert Share(received, due).percent == percent


def test_households_by_sectors_reached(store: Engine) -> None:
    def visits(target: str, **missing: str) -> list[object]:
        return [of_child(day, target, **{**EVERYTHING, **missing}) for day in MONTHS]

    homes = [Household(name, "Dusun Satu") for name in ("penuh", "satu", "dua", "kosong", "tanpa sasaran")]
    known = village(
        *homes,
        child("a", household="penuh"),
        child("b", household="satu"),
        child("c", household="dua"),
        child("d", household="dua"),
        child("e", household="kosong"),
        *visits("a"),
        *visits("b", akta_lahir="tidak"),
        *visits("c", timbang="tidak"),
        *visits("d", pengasuhan="tidak", timbang="tidak"),
    )

    card = count(store, known).card

    assert card["table1"]["households"] == 4
    assert card["complete"] == {"households": 4, "complete": 1, "percent": "25.0"}
    assert card["sectors"] == {"0": 1, "1": 0, "2": 0, "3": 1, "4": 1, "5": 1}


def test_mother_and_child_of_one_household_are_one_household(store: Engine) -> None:
    card = count(store, village(mother(), child())).card

    assert card["table1"] == {
        "households": 1,
        "pregnant": {"total": 1, "kek_risti": 0},
        "children": {"total": 1, "malnourished": 0},
    }


def test_a_target_without_a_household_is_in_no_household(store: Engine) -> None:
    card = count(store, village(mother(household=""), child(household=""))).card

    assert (card["table1"]["households"], sum(card["sectors"].values())) == (0, 0)


def test_table_4_adds_up_table_3(store: Engine) -> None:
    known = village(
        mother(),
        child(),
        of_mother("2026-02-10", pil_fe="ya", jaminan_kesehatan="ya"),
        *[of_child(day, **EVERYTHING) for day in MONTHS[1:]],
    )

    card = count(store, known).card

    for name, codes in (("pregnant", "ih"), ("children", "a")):
        rows = [row for row in card["table3"] if row["code"].startswith(codes)]
        sums = (sum(row["received"] for row in rows), sum(row["due"] for row in rows))
        assert (card["table4"][name]["received"], card["table4"][name]["due"]) == sums
    assert card["table4"] == {
        "pregnant": {"received": 2, "due": 6, "percent": "33.3"},
        "children": {"received": 6, "due": 9, "percent": "66.7"},
        "total": {"received": 8, "due": 15, "percent": "53.3"},
    }


def test_the_json_has_the_documented_shape(store: Engine) -> None:
    counted = count(store, village(child(), of_child("2026-02-10", **EVERYTHING)))

    nothing = {"received": 0, "due": 0, "percent": None}
    assert counted.card == {
        "village": {"code": counted.village, "name": "Sukamaju"},
        "period": "2026-Q1",
        "card": "Formulir 4 (2018)",
        "as_of": "2026-03-31",
        "table1": {
            "households": 1,
            "pregnant": {"total": 0, "kek_risti": 0},
            "children": {"total": 1, "malnourished": 0},
        },
        "table2": {"children": 1, "green": 0, "yellow": 0, "red": 0, "not_measured": 1},
        "table3": [
            *[{"code": f"ih{number}", **nothing} for number in range(1, 9)],
            {"code": "a1", "received": 1, "due": 1, "percent": "100.0"},
            {"code": "a2", "received": 0, "due": 1, "percent": "0.0"},
            {"code": "a3", "received": 1, "due": 1, "percent": "100.0"},
            {"code": "a4", "received": 0, "due": 1, "percent": "0.0", "fathers": 0},
            {"code": "a5", **nothing},
            *[{"code": f"a{number}", "received": 1, "due": 1, "percent": "100.0"} for number in range(6, 10)],
            {"code": "a10", "received": 0, "due": 1, "percent": "0.0"},
            {"code": "p1", **nothing},
        ],
        "table4": {
            "pregnant": nothing,
            "children": {"received": 6, "due": 9, "percent": "66.7"},
            "total": {"received": 6, "due": 9, "percent": "66.7"},
        },
        "table5": NO_MONEY,
        "table5_fields": {"pembangunan": NO_MONEY, "pemberdayaan": NO_MONEY},
        "complete": {"households": 1, "complete": 0, "percent": "0.0"},
        "sectors": {"0": 0, "1": 0, "2": 1, "3": 0, "4": 0, "5": 0},
        "not_monitored": {"pregnant": 0, "children": 0},
    }


def test_sector_totals_are_those_of_its_indicators(store: Engine) -> None:
    code = count(store, village(child(), of_child("2026-02-10", **EVERYTHING))).village

    with reading(store) as connection:
        card = read_card(connection, code, Quarter(2026, 1), date(2027, 1, 1))

    assert card.by_sector == {
        "kesehatan": Share(2, 3),
        "gizi": Share(0, 1),
        "air": Share(2, 2),
        "sosial": Share(2, 2),
        "paud": Share(0, 1),
    }


def test_the_trend_has_five_quarters_with_nothing_due_before_the_first_registration(store: Engine) -> None:
    known = village(mother(registered="2025-11-01"), of_mother("2025-11-02", jaminan_kesehatan="ya"))
    code = count(store, known).village

    with reading(store) as connection:
        card = read_card(connection, code, Quarter(2026, 1), date(2027, 1, 1))

    assert {str(quarter): share for quarter, share in card.trend} == {
        "2025-Q1": Share(0, 0),
        "2025-Q2": Share(0, 0),
        "2025-Q3": Share(0, 0),
        "2025-Q4": Share(1, 6),
        "2026-Q1": Share(0, 6),
    }


def test_a_quarter_whose_targets_are_all_gone_has_a_card_of_zeros(store: Engine) -> None:
    card = count(store, village(child(born="2024-02-15")), "2026-Q3").card

    assert card["table1"]["children"]["total"] == 0
    assert card["table4"]["total"] == {"received": 0, "due": 0, "percent": None}
    assert card["as_of"] == "2026-09-30"


def test_a_quarter_before_the_first_registration_reads_as_zeros(store: Engine) -> None:
    card = count(store, village(mother()), "2019-Q4").card

    assert (card["period"], card["as_of"]) == ("2019-Q4", "2019-12-31")
    assert card["table4"]["total"] == {"received": 0, "due": 0, "percent": None}


def test_a_village_that_never_sent_anything_reads_as_zeros(store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(insert(regions), {"code": "12.01.01.2001", "name": "Sunyi"})

    assert look(store, "12.01.01.2001").card["table1"]["households"] == 0


def test_what_is_no_village_is_said_so(own_store: Engine) -> None:
    with writing(own_store) as connection:
        connection.execute(insert(regions), {"code": "11.01.01", "name": "Kecamatan"})

    for code in ("11.01.01.2001", "11.01.01", ""):
        with pytest.raises(ProblemError) as raised:
            look(own_store, code)
        assert raised.value.code == "unknown-village"


def test_a_quarter_that_has_not_begun_is_said_so(store: Engine) -> None:
    with pytest.raises(ProblemError) as raised:
        count(store, village(mother()), "2026-Q2", today=date(2026, 3, 31))

    assert raised.value.code == "future-period"
