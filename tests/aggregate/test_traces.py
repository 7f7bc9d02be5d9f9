"""Every number of a card opened: the lines behind it add up to it, are those of the recount, and their reasons hold.

The villages are random and full of edge cases. What the card says comes from the tables of cards, what is opened from
the recaps and the forms, and the recount from plain Python: three ways to the same Y, T and TS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date
from typing import Any

import pytest
from sqlalchemy import Engine

from aggregate.indicators.tables import AMOUNTS
from aggregate.service.cards import StoredCards
from aggregate.service.traces import StoredTraces
from forms.indicators.rules import SECTORS
from forms.periods import Quarter
from forms.problems import ProblemError
from forms.region_names import dusun_key
from scorecards.small_counts import NOT_TOLD, as_told
from scorecards.trace.dusun import dusun_view
from scorecards.trace.figures import FIXED
from scorecards.trace.reasons import Reason
from scorecards.trace.sources import Behind
from scorecards.trace.target import target_view
from scorecards.trace.view import FigureView, figure_view
from server.database.engine import writing
from server.publications import shipped
from tests.recounts.looks import Period
from tests.recounts.recount import looks, paud_looks, results
from tests.scenarios.random_villages import suggested_period
from tests.scenarios.random_year import random_year
from tests.support.builders import load, publish, shipped_schema
from tests.support.counting import LATER, child, count, of_child, workbook
from tests.support.counting import village as made_up
from tests.support.demo_district import PLACES
from tests.support.facts import Village
from tests.support.station import START, Station

SEEDS = range(300, 303)


def opened(traces: StoredTraces, code: str, period: str, name: str) -> FigureView:
    figure, behind = traces.figure(code, period, name, names=True)
    return figure_view(behind, figure, names=True)


def size(view: FigureView, *keys: str) -> int:
    """How many lines these parts have."""
    return sum(len(part.lines) for part in view.parts if part.key in keys)


def services(view: FigureView) -> tuple[int, int]:
    lines = [line for part in view.parts for line in part.lines]
    return sum(line.received for line in lines), sum(line.due for line in lines)


def numbers(card: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every number of people and of services on the card, by the name of what it opens; the parts that make it, or
    `services`, and what it is."""
    for row in card["table3"]:
        yield row["code"], (("Y",), row["received"])
        yield row["code"], (("Y", "T"), row["due"])
        if "fathers" in row:
            yield f"{row['code']}-juga", (("Y",), row["fathers"])
    for group, name in (("pregnant", "ibu"), ("children", "anak"), ("total", "desa")):
        yield f"tingkat-{name}", ("services", (card["table4"][group]["received"], card["table4"][group]["due"]))
    yield "rumah-tangga", (("semua",), card["table1"]["households"])
    yield "ibu-semua", (("semua",), card["table1"]["pregnant"]["total"])
    yield "ibu-risiko", (("ya",), card["table1"]["pregnant"]["kek_risti"])
    yield "anak-semua", (("semua",), card["table1"]["children"]["total"])
    yield "anak-gizi", (("ya",), card["table1"]["children"]["malnourished"])
    colours = {"green": "hijau", "yellow": "kuning", "red": "merah", "not_measured": "belum"}
    for colour, key in colours.items():
        yield "tikar-anak", ((key,), card["table2"][colour])
    yield "tikar-anak", (tuple(colours.values()), card["table2"]["children"])
    yield "rumah-lengkap", (("Y",), card["complete"]["complete"])
    yield "rumah-lengkap", (("Y", "T"), card["complete"]["households"])
    for sectors, households in card["sectors"].items():
        yield "rumah-sektor", ((sectors,), households)
    absent = card["not_monitored"].values()
    yield "tidak-dipantau", (("T",), sum(absent) if all(isinstance(one, int) for one in absent) else NOT_TOLD)
    if groups := card.get("this_month"):
        monitored, targets = ([one[name] for one in groups.values()] for name in ("monitored", "targets"))
        if all(isinstance(one, int) for one in (*monitored, *targets)):
            yield "bulan-ini", (("Y",), sum(monitored))
            yield "bulan-ini", (("Y", "T"), sum(targets))


def recounted(village: Village, quarter: Quarter, today: date) -> dict[tuple[str, str], str]:
    """Y, T or TS by target and indicator, counted from the sentences of the rules."""
    period = Period(quarter.year, quarter.number, today)
    every = [*looks(village, village.targets, period), *paud_looks(village, period)]
    return {(look.target.id, code): result for look in every for code, result in results(look).items()}


def is_upheld(why: Reason, state: str) -> bool:
    """Whether the reason alone leads to the result that it explains."""
    match why.kind:
        case "not_due":
            return state == "TS" and bool(why.asked)
        case "not_monitored":
            return state == "T"
        case "every_month":
            return state == ("T" if why.lacking or not why.months else "Y")
        case "times" | "number":
            return state == ("Y" if why.needed is not None and why.met >= why.needed else "T")
        case _:
            return state in ("Y", "T") and bool(why.asked)


@pytest.fixture
def villages(own_store: Engine) -> dict[int, Village]:
    found = {seed: random_year(seed) for seed in SEEDS}
    with writing(own_store) as connection:
        load(connection, *found.values())
    return found


def test_every_number_opens_to_lines_that_add_up_to_it(own_store: Engine, villages: dict[int, Village]) -> None:
    compared = 0
    for seed, village in villages.items():
        year, number, today = suggested_period(seed)
        cards = StoredCards(own_store, lambda today=today: today, UTC)  # type: ignore[misc]
        traces = StoredTraces(cards)
        for quarter in (Quarter(year, number).plus(step) for step in (-1, 0)):
            if quarter.first_day > today:
                continue
            views = assert_numbers_open(cards, traces, village.code, str(quarter))
            assert_lines_are_those_of_the_recount(views, recounted(village, quarter, today))
            compared += len(views)
    assert compared > 40 * len(SEEDS)


def test_every_number_of_the_demo_district_opens_to_lines_that_add_up_to_it(demo: Station) -> None:
    cards = StoredCards(demo.engine, START.date, UTC)
    traces = StoredTraces(cards)
    for code, period in PLACES:
        views = assert_numbers_open(cards, traces, code, period)
        card = cards.card(code, period)
        of_month = set() if "this_month" in card else {"bulan-ini"}
        assert set(views) >= {*FIXED} - {"dana-desa", *(f"sektor-{sector}" for sector in SECTORS)} - of_month
        figure, behind = traces.figure(code, period, "dana-desa", names=False)
        activities = [one for one in behind.funds if one.meeting == "rembuk"]
        assert all(one.sha256 for one in activities)
        assert not any(one.sha256 for one in figure_view(behind, figure, names=False).funds), "no submission in public"
        money = card["table5"]
        rows = {**card["table5_fields"], "": money} if behind.allocated else {}
        opened = {one.field: [one.total, one.stunting, one.spent] for one in behind.allocated}
        assert opened == {name: [row[one] for one in AMOUNTS] for name, row in rows.items()}
        assert behind.allocated or not money["allocated_total"]
        assert sum(one.stunting for one in activities) == money["allocated_stunting"]
        assert sum(one.spent for one in activities) == money["spent"]


def test_where_small_counts_are_hidden__every_number_of_the_demo_district_opens_to_what_the_card_tells(
    demo: Station,
) -> None:
    cards = StoredCards(demo.engine, START.date, UTC)
    traces, hidden = StoredTraces(cards), 0
    for code, period in PLACES:
        shown = cards.village_cards(code, period, hides=True).counted
        card = as_told(shown.card)
        for name, (keys, told) in numbers(card):
            figure, behind = traces.figure(code, period, name, names=False)
            view = figure_view(behind, figure, names=False, hides=True)
            parts = {part.key: part.count for part in view.parts}
            assert view.dusun == ()
            if keys == "services":
                assert view.share and (view.share.received, view.share.due) == told, (code, period, name)
            elif len(keys) == 1 and name != "tidak-dipantau":
                assert parts[keys[0]] == told, (code, period, name)
                hidden += isinstance(told, str)
            elif name == "bulan-ini":  # has no level
                assert sum(parts[key] for key in keys) == told, (code, period, name)  # type: ignore[misc]
            elif keys == ("Y", "T"):
                assert view.share and view.share.due == told, (code, period, name)
    assert hidden > 5 * len(PLACES)


def assert_numbers_open(cards: StoredCards, traces: StoredTraces, code: str, period: str) -> dict[str, FigureView]:
    """What the numbers of people and of services on a card open to, by name, once each adds up to its number."""
    card = cards.card(code, period)
    views = {name: opened(traces, code, period, name) for name, _ in numbers(card)}
    for name, (keys, told) in numbers(card):
        found = services(views[name]) if keys == "services" else size(views[name], *keys)
        assert found == told, (code, period, name, keys)
    by_sector = [opened(traces, code, period, f"sektor-{sector}") for sector in SECTORS]
    together = tuple(map(sum, zip(*map(services, by_sector), strict=True)))
    assert together == services(views["tingkat-desa"])
    for view in views.values():
        by_dusun = [sum(row.counts[place] for row in view.dusun) for place in range(len(view.parts))]  # type: ignore[misc]
        assert by_dusun == [part.count for part in view.parts]
    assert_places_add_up(traces.dusun(code, period)[0], card)
    return views


def assert_places_add_up(behind: Behind, card: Mapping[str, Any]) -> None:
    """By dusun, and by Posyandu: one of two dusun, two that share one, one in a dusun without people, and the rest."""
    first, second, third, *_ = [*sorted({dusun_key(one.dusun) for one in behind.targets}), "x", "y", "z"]
    posyandu = {first: ["Mawar"], second: ["Mawar"], third: ["Kenanga", "Melati"], "sepi": ["Anggrek"]}
    view = dusun_view(behind, posyandu)
    together = view.village
    assert {one.posyandu for one in view.posyandu} >= {("Mawar",), ("Kenanga", "Melati"), ("Anggrek",)}
    homes = {"received": card["complete"]["complete"], "due": card["complete"]["households"]}
    for parts, told in (
        ([one.level for one in view.dusun], card["table4"]["total"]),
        ([together.level], card["table4"]["total"]),
        ([one.level for one in view.posyandu], card["table4"]["total"]),
        ([one.complete for one in view.dusun], homes),
        ([one.complete for one in view.posyandu], homes),
        ([together.complete], homes),
    ):
        assert sum(int(one.received) for one in parts) == told["received"]
        assert sum(int(one.due) for one in parts) == told["due"]
    for places in (view.dusun, view.posyandu):
        assert sum(int(one.not_monitored) for one in places) == sum(card["not_monitored"].values())
        assert sum(int(one.mothers) for one in places) == card["table1"]["pregnant"]["total"]
        assert sum(int(one.children) for one in places) == card["table1"]["children"]["total"]


def assert_lines_are_those_of_the_recount(
    views: Mapping[str, FigureView], expected: Mapping[tuple[str, str], str]
) -> None:
    found = {}
    for name, view in views.items():
        if view.figure.kind == "indicator":
            for part in view.parts:
                for line in part.lines:
                    found[line.id, name] = part.key
                    assert line.reason is not None
                    assert is_upheld(line.reason, part.key), (line, part.key)
    assert found == expected


def test_every_target_opens_to_its_forms_and_the_forms_say_what_the_line_said(
    own_store: Engine, villages: dict[int, Village]
) -> None:
    seed = SEEDS[0]
    village, (year, number, today) = villages[seed], suggested_period(seed)
    traces = StoredTraces(StoredCards(own_store, lambda: today, UTC))
    period, names = str(Quarter(year, number)), ["ih1", "ih3", "ih6", "a2", "a3", "a4-juga", "anak-gizi", "tikar-anak"]
    opened_targets = 0
    for name in [*names, *FIXED]:
        view = opened(traces, village.code, period, name)
        for part in view.parts:
            for line in (one for one in part.lines if one.target != "keluarga"):
                figure, behind = traces.target(village.code, period, name, line.id)
                one = target_view(behind, figure)
                assert one.state == part.key
                assert one.reason == line.reason
                opened_targets += 1
    assert opened_targets > 20


def test_what_is_no_number_of_the_card_is_said(own_store: Engine, villages: dict[int, Village]) -> None:
    traces = StoredTraces(StoredCards(own_store, lambda: date(2026, 3, 1), UTC))
    with pytest.raises(ProblemError, match="has no number"):
        traces.figure(villages[300].code, "2026-Q1", "a2-juga", names=False)


EDITED = {
    "berlaku_jika": "${usia_bulan} >= 6 and not(${status_gizi} = 'buruk')",
    "diterima_jika": "${berat_badan} > 7 and (${timbang} = 'ya' or ${ukur} = 'ya')",
    "minimal": "2",
}


def test_an_edited_workbook_is_explained_as_well(engine: Engine) -> None:
    publish(engine, *[shipped_schema(one.stem) for one in shipped.FORMS], workbook=workbook({"a2"}, a2=EDITED))
    known = made_up(
        *(child("cukup"), child("kurang"), child("buruk", status_gizi="buruk"), child("bayi", born="2025-12-01")),
        *(of_child(f"2026-0{month}-10", "cukup", berat_badan=7.5, ukur="ya") for month in (1, 3)),
        *(
            of_child(f"2026-0{month}-10", "kurang", berat_badan=weight, timbang="ya")
            for month, weight in ((1, 7.5), (2, 6.9))
        ),
        of_child("2026-01-10", "buruk", status_gizi="buruk"),
    )
    count(engine, known)
    view = opened(StoredTraces(StoredCards(engine, lambda: LATER, UTC)), known.code, "2026-Q1", "a2")
    why = {line.id: (part.key, line.reason) for part in view.parts for line in part.lines}
    assert {name: (key, reason.kind, reason.met, reason.needed) for name, (key, reason) in why.items() if reason} == {
        "cukup": ("Y", "times", 2, 2),
        "kurang": ("T", "times", 1, 2),
        "buruk": ("TS", "not_due", 0, None),
        "bayi": ("TS", "not_due", 0, None),
    }
    asked = {
        name: [(one.name, one.operator, one.bounds, one.found) for one in reason.asked]
        for name, (_, reason) in why.items()
        if reason
    }
    assert asked["bayi"] == [("usia_bulan", ">=", ("6",), "3")]
    assert asked["buruk"] == [("status_gizi", "=", ("buruk",), "buruk")]
