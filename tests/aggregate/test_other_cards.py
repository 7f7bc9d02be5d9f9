"""A village's card by other rules than those in force: the cumulative ones that are shipped, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import Any

import pytest
from sqlalchemy import Engine

from aggregate.service.cards import StoredCards
from aggregate.service.traces import StoredTraces
from forms.problems import ProblemError
from forms.xlsform.workbook import read_workbook
from scorecards.sources import CardNames, ChangedRules
from scorecards.trace.dusun import dusun_view
from scorecards.trace.view import figure_view
from server.database.engine import reading, writing
from server.publications import indicator_versions, rule_cards, shipped
from server.publications.publish import keep_beside, publish_indicators
from tests.support.builders import NOW, load
from tests.support.counting import child, of_child, of_paud, village, workbook

TODAY = date(2026, 6, 20)
CUMULATIVE, FIRST = "Formulir 4 kumulatif", "Formulir 4 (2018)"
COUNTED_OTHERWISE = ("a2", "a4", "a10", "p1")
LEVEL = ("received", "due")
MONTHS = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]


def visits(last: str, count: int, **answers: str) -> list[Any]:
    """One visit in each of the last `count` months up to this one, on the tenth."""
    end = MONTHS.index(last) + 1
    return [of_child(f"{month}-10", **answers) for month in MONTHS[end - count : end]]


@pytest.fixture
def cards(own_store: Engine) -> StoredCards:
    with writing(own_store) as connection:
        if CUMULATIVE not in rule_cards.names(connection):
            keep_beside(connection, shipped.CUMULATIVE.read_bytes(), NOW)
    return StoredCards(own_store, lambda: TODAY, UTC)


def row(card: dict[str, Any], code: str) -> tuple[int, int]:
    (found,) = [one for one in card["table3"] if one["code"] == code]
    return found["received"], found["due"]


def loaded(engine: Engine, *parts: Any) -> str:
    known = village(*parts)
    with writing(engine) as connection:
        load(connection, known)
    return known.code


@pytest.mark.parametrize(
    ("born", "weighed", "due", "received"),
    [
        ("2025-12-21", 5, 0, 0),  # 5 months old on the 20th of June: not due yet
        ("2025-12-20", 4, 1, 0),  # 6 months: 4 of 5
        ("2025-12-20", 5, 1, 1),
        ("2025-06-21", 5, 1, 1),  # 11 months, 12 a day later
        ("2025-06-20", 7, 1, 0),  # 12 months: 7 of 8
        ("2025-06-20", 8, 1, 1),
        ("2024-12-20", 14, 1, 0),  # 18 months: 14 of 15
        ("2024-12-20", 15, 1, 1),
    ],
)
def test_cumulative__weighings_so_far(
    cards: StoredCards, own_store: Engine, born: str, weighed: int, due: int, received: int
) -> None:
    code = loaded(own_store, child(born=born, registered="2024-02-01"), *visits("2026-06", weighed, timbang="ya"))
    assert row(cards.card(code, "2026-Q2", CUMULATIVE), "a2") == (received, due)


@pytest.mark.parametrize(("classes", "received"), [(4, 0), (5, 1)])
def test_cumulative__five_parenting_classes_a_year(
    cards: StoredCards, own_store: Engine, classes: int, received: int
) -> None:
    last_year = visits("2025-12", 6, pengasuhan="ya")
    parts = [child(born="2025-01-15"), *last_year, *visits("2026-06", classes, pengasuhan="ya")]
    assert row(cards.card(loaded(own_store, *parts), "2026-Q2", CUMULATIVE), "a10") == (received, 1)


def test_cumulative__a_parenting_class_counts_as_early_education(cards: StoredCards, own_store: Engine) -> None:
    months = ("2026-04-10", "2026-05-10", "2026-06-10")
    follow_ups = [replace(of_paud(day, "tidak"), answers={"ikut_paud": "tidak", "pengasuhan": "ya"}) for day in months]
    code = loaded(own_store, child(born="2024-01-15", registered="2024-02-01"), *follow_ups)
    assert row(cards.card(code, "2026-Q2", CUMULATIVE), "p1") == (1, 1)
    assert row(cards.card(code, "2026-Q2"), "p1") == (0, 1)


def test_the_card_in_force_stays_as_it_is(cards: StoredCards, own_store: Engine) -> None:
    code = loaded(own_store, child(born="2025-06-20", registered="2024-02-01"), *visits("2026-05", 8, timbang="ya"))
    before = cards.card(code, "2026-Q2")
    assert (before["card"], row(before, "a2")) == (FIRST, (0, 1))  # June is missing
    other = cards.card(code, "2026-Q2", CUMULATIVE)
    assert (other["card"], row(other, "a2")) == (CUMULATIVE, (1, 1))
    assert cards.card(code, "2026-Q2") == before
    with reading(own_store) as connection:
        assert indicator_versions.all_versions(connection)[0].number == 1


def test_a_page_of_either_card_leads_to_the_other(cards: StoredCards, own_store: Engine) -> None:
    code = loaded(own_store, child(born="2025-06-20", registered="2025-07-01"))
    here, there = cards.village_cards(code, None), cards.village_cards(code, None, CUMULATIVE)
    assert here.names == CardNames(FIRST, (CUMULATIVE,))
    assert there.names == CardNames(CUMULATIVE, (FIRST,), FIRST)
    assert [str(point.quarter) for point in there.trend] == ["2026-Q1", "2026-Q2"]
    assert there.before is not None
    with pytest.raises(ProblemError, match="There is no card"):
        cards.village_cards(code, None, "Kartu lain")
    with pytest.raises(ProblemError, match="There is no card"):
        cards.village_cards(code, None, FIRST)  # which is in force: its page has no such choice


def test_every_number_of_either_card_opens_to_lines_that_add_up_to_it(cards: StoredCards, own_store: Engine) -> None:
    weighed = visits("2026-05", 8, timbang="ya", pengasuhan="ya")  # not in June
    here = loaded(own_store, child(born="2025-06-20", registered="2024-02-01"), *weighed)
    traces, told = StoredTraces(cards), {}
    for name in (None, CUMULATIVE):
        card = cards.card(here, "2026-Q2", name)
        for code in COUNTED_OTHERWISE:
            view = figure_view(*reversed(traces.figure(here, "2026-Q2", code, names=True, card=name)), names=True)
            counts = {part.key: part.count for part in view.parts}
            told[code, name] = row(card, code)
            assert (counts["Y"], counts["Y"] + counts["T"]) == told[code, name], (code, name)
        village = dusun_view(*traces.dusun(here, "2026-Q2", name)).village
        assert (village.level.received, village.level.due) == tuple(card["table4"]["total"][one] for one in LEVEL)
    assert (told["a2", None], told["a2", CUMULATIVE]) == ((0, 1), (1, 1))


def test_another_card_put_in_force__the_former_is_kept_beside(cards: StoredCards, own_store: Engine) -> None:
    code = loaded(own_store, child(born="2025-06-20", registered="2024-02-01"), *visits("2026-05", 8, timbang="ya"))
    with writing(own_store) as connection:
        assert publish_indicators(connection, shipped.CUMULATIVE.read_bytes(), NOW) == 2
        assert rule_cards.all_kept(connection)[FIRST] == shipped.INDICATORS.read_bytes()
    assert cards.card(code, "2026-Q2")["card"] == CUMULATIVE
    assert row(cards.card(code, "2026-Q2", FIRST), "a2") == (0, 1)


def test_the_reason_of_rules__is_on_cards_that_are_counted_by_them_alone(cards: StoredCards, own_store: Engine) -> None:
    code = loaded(own_store, child(born="2025-06-20", registered="2025-07-01"))
    cards.card(code, "2026-Q1")
    with writing(own_store) as connection:
        publish_indicators(connection, workbook(a2={"minimal": "2"}), NOW, " Dua  bulan\ncukup ")
    changed = ChangedRules(NOW.date(), "Dua bulan cukup")
    assert [cards.village_cards(code, period).changed_rules for period in ("2026-Q1", "2026-Q2")] == [None, changed]
    assert cards.village_cards(code, "2026-Q2", CUMULATIVE).changed_rules is None


def test_keeping_the_card_in_force_beside__is_refused(cards: StoredCards, own_store: Engine) -> None:
    with writing(own_store) as connection, pytest.raises(ProblemError, match="is in force"):
        keep_beside(connection, shipped.INDICATORS.read_bytes(), NOW)


def test_a_row_without_score__stands_in_table_3_alone(cards: StoredCards, own_store: Engine) -> None:
    code = loaded(own_store, child(born="2025-06-20", registered="2024-02-01"), *visits("2026-06", 8, timbang="ya"))
    with writing(own_store) as connection:
        keep_beside(connection, workbook(a2={"skor": "tidak", "kartu": "Uji"}, **others("Uji")), NOW)
    plain, without = cards.card(code, "2026-Q2"), cards.card(code, "2026-Q2", "Uji")
    assert row(without, "a2") == row(plain, "a2") == (1, 1)
    for figure in ("received", "due"):
        assert without["table4"]["children"][figure] == plain["table4"]["children"][figure] - 1


def others(card: str) -> dict[str, dict[str, str]]:
    codes = (row.text("kode") for row in read_workbook(workbook()).sheet("indikator").rows)
    return {code: {"kartu": card} for code in codes if code != "a2"}
