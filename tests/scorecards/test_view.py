"""From the card's JSON to what the page shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forms.periods import Quarter
from scorecards.home import by_district, in_a_row
from scorecards.shares import Thresholds, share
from scorecards.sources import TrendPoint, VillageTotal
from scorecards.view import VillageView, sector_shares, village_view
from tests.support.made_up import COUNTS, EMPTY_CARD, INDICATORS, PLACE, make_card


def see(card: dict[str, Any], **around: Any) -> VillageView:
    """The card in a village with data since 2025-Q1, seen in 2026-Q1."""
    usual: dict[str, Any] = {"trend": [], "first": Quarter(2025, 1), "current": Quarter(2026, 1)}
    return village_view(card, PLACE, INDICATORS, **usual | around)


@pytest.mark.parametrize(
    ("received", "due", "percent", "light"),
    [
        (0, 0, None, None),
        (0, 3, "0.0", "red"),
        (5999, 10000, "60.0", "yellow"),  # shown as 60.0, so it is not red
        (599, 1000, "59.9", "red"),
        (1, 3, "33.3", "red"),
        (1, 16, "6.3", "red"),  # 6.25: half up
        (79949, 100000, "79.9", "yellow"),
        (4, 5, "80.0", "green"),
        (7, 7, "100.0", "green"),
    ],
)
def test_share__percent_half_up_and_its_light(received: int, due: int, percent: str | None, light: str | None) -> None:
    found = share(received, due)
    assert (found.percent, found.light) == (percent and Decimal(percent), light)


def test_thresholds__are_a_setting() -> None:
    strict = Thresholds(green=95, yellow=90)
    assert [share(received, 100, strict).light for received in (95, 94, 90, 89)] == ["green", "yellow", "yellow", "red"]


def test_rows__numbered_within_their_target_with_the_percents_of_the_json() -> None:
    card = make_card()
    view = see(card)
    rows = view.mothers + view.children + view.paud
    assert [row.indicator.code for row in rows] == list(COUNTS)
    assert [row.number for row in rows] == [*range(1, 9), *range(1, 11), 1]
    assert [row.share.percent and str(row.share.percent) for row in rows] == [one["percent"] for one in card["table3"]]
    assert [row.indicator.code for row in rows if row.fathers is not None] == ["a4"]


def test_sectors__together_give_the_level_of_convergence_without_paud_of_older_children() -> None:
    card = make_card(COUNTS | {"p1": (40, 100)})
    sectors = sector_shares(card, INDICATORS)
    assert sum(one.received for one in sectors.values()) == card["table4"]["total"]["received"]
    assert sum(one.due for one in sectors.values()) == card["table4"]["total"]["due"]
    assert (sectors["gizi"].received, sectors["gizi"].due) == (17 + 3 + 70 + 9, 28 + 5 + 121 + 17)
    assert str(sectors["gizi"].percent) == "57.9"


def test_change__in_points_of_the_percents_shown() -> None:
    trend = [TrendPoint(Quarter(2025, 4), 850, 1201), TrendPoint(Quarter(2026, 1), 962, 1214)]
    before = sector_shares(make_card(COUNTS | {"a5": (17, 17)}), INDICATORS)
    view = see(make_card(), trend=trend, sectors_before=before)
    assert view.change == Decimal("8.4")  # 79.2 after 70.8
    assert {one.sector: one.change for one in view.sectors} == {
        "kesehatan": 0,
        "gizi": Decimal("-4.7"),  # 99 of 171 after 107 of 171
        "air": 0,
        "sosial": 0,
        "paud": 0,
    }


def test_change__unknown_where_nothing_was_due_before() -> None:
    trend = [TrendPoint(Quarter(2025, 4), 0, 0), TrendPoint(Quarter(2026, 1), 962, 1214)]
    view = see(make_card(), trend=trend, sectors_before=sector_shares(EMPTY_CARD, INDICATORS))
    assert view.change is None
    assert {one.change for one in view.sectors} == {None}


@pytest.mark.parametrize(
    ("period", "first", "current", "previous", "following"),
    [
        ("2026-Q1", Quarter(2025, 1), Quarter(2026, 1), Quarter(2025, 4), None),
        ("2025-Q1", Quarter(2025, 1), Quarter(2026, 1), None, Quarter(2025, 2)),
        ("2025-Q4", Quarter(2025, 1), Quarter(2026, 1), Quarter(2025, 3), Quarter(2026, 1)),
        ("2026-Q1", None, Quarter(2026, 1), None, None),
    ],
)
def test_turning__from_the_first_data_to_the_running_quarter(
    period: str, first: Quarter | None, current: Quarter, previous: Quarter | None, following: Quarter | None
) -> None:
    view = see(make_card(period=period), first=first, current=current)
    assert (view.previous, view.next) == (previous, following)


def test_running__until_the_last_day_is_counted() -> None:
    assert see(make_card(as_of="2026-03-30")).running
    assert not see(make_card(as_of="2026-03-31")).running


def test_colours__fill_the_strip() -> None:
    colours = see(make_card()).colours
    assert [(one.light, one.children) for one in colours] == [("green", 78), ("yellow", 22), ("red", 11), (None, 10)]
    assert [str(one.start) for one in colours] == ["0.0", "64.4", "82.6", "91.7"]
    assert all(99 < one.start + one.width <= 100 for one in colours[-1:])


def test_sector_bars__from_all_five_down_the_longest_full() -> None:
    bars = see(make_card()).sector_bars
    assert [(bar.sectors, bar.households, bar.width) for bar in bars] == [
        (5, 37, 84),
        (4, 44, 100),
        (3, 31, 70),
        (2, 17, 39),
        (1, 9, 20),
        (0, 3, 7),
    ]


def test_funds__a_row_a_field_and_all_together__only_where_some_are_recorded() -> None:
    assert see(make_card()).funds == ()
    building = {"allocated_total": 600, "allocated_stunting": 120, "percent": "20.0", "spent": 15}
    empowering = {"allocated_total": 300, "allocated_stunting": 15, "percent": "5.0", "spent": 5}
    both = {"allocated_total": 900, "allocated_stunting": 135, "percent": "15.0", "spent": 20}
    fields = {"pembangunan": building, "pemberdayaan": empowering}
    funds = see(make_card(table5=both, table5_fields=fields)).funds
    assert [(row.field, row.total, str(row.stunting.percent), row.spent) for row in funds] == [
        ("pembangunan", 600, "20.0", 15),
        ("pemberdayaan", 300, "5.0", 5),
        ("", 900, "15.0", 20),
    ]


def test_empty_card__has_no_percent_anywhere() -> None:
    view = see(EMPTY_CARD)
    assert not view.has_targets
    assert {view.total.percent, view.complete.percent, view.mothers_share.percent} == {None}
    assert {one.share.percent for one in view.sectors} == {None}
    assert {bar.width for bar in view.sector_bars} == {0}


@pytest.mark.parametrize(
    ("subdistrict", "province", "shown"),
    [
        ("Kecamatan Bakti Raya", "Provinsi Nusa Raya", ("Bakti Raya", "Nusa Raya")),
        ("KEC. BAKTI RAYA", "Prov. Nusa Raya", ("BAKTI RAYA", "Nusa Raya")),
        ("Kecamatanan", "Provinsiku", ("Kecamatanan", "Provinsiku")),
    ],
)
def test_names__the_level_is_not_said_twice(subdistrict: str, province: str, shown: tuple[str, str]) -> None:
    place = PLACE._replace(village="Desa Muara", subdistrict=subdistrict, province=province).bare()
    assert (place.village, place.subdistrict, place.province) == ("Muara", *shown)


def test_home__subdistricts_of_one_name_in_two_districts_stay_apart() -> None:
    there = PLACE._replace(code="11.02.01.2001", village="Muara", district="Kota Sagara")
    second = PLACE._replace(code="11.01.01.2002", village="Batu Intan")
    villages = [VillageTotal(PLACE, 1, 2), VillageTotal(there, 0, 0), VillageTotal(second, 4, 5)]
    found = [one for district in by_district(villages, Quarter(2026, 1)) for one in district.subdistricts]
    assert [(one.name, one.district) for one in found] == [
        ("Bakti Raya", "Kabupaten Nusa Timur"),
        ("Bakti Raya", "Kota Sagara"),
    ]
    assert [(line.place.village, line.share.light) for line in found[0].villages] == [
        ("Batu Intan", "green"),
        ("Sukamaju Hilir", "red"),
    ]
    assert (found[0].total.share.received, found[0].total.share.due, found[0].total.villages) == (5, 7, 2)


def reported(name: str, received: int, due: int, day: date | None) -> VillageTotal:
    return VillageTotal(PLACE._replace(code=f"11.01.01.{name}", village=name), received, due, day)


LATE, BEST, NEVER, POOR = (
    reported("Late", 6, 10, date(2026, 1, 1)),
    reported("Best", 9, 10, date(2026, 3, 1)),
    reported("Never", 0, 0, None),
    reported("Poor", 0, 10, date(2026, 2, 1)),
)


@pytest.mark.parametrize(
    ("sort", "names"),
    [("skor", ["Poor", "Late", "Best", "Never"]), ("lapor", ["Never", "Late", "Poor", "Best"])],
)
def test_home__in_a_row_who_needs_help_stands_on_top(sort: str, names: list[str]) -> None:
    found = in_a_row([BEST, LATE, POOR, NEVER], Quarter(2026, 1), sort)
    assert [line.place.village for line in found] == names


def test_home__a_village_is_silent_until_something_comes_in_the_quarter() -> None:
    silent = [line.place.village for line in in_a_row([BEST, LATE, NEVER], Quarter(2026, 1), "lapor") if line.is_silent]
    assert silent == ["Never"]
    silent = [line.place.village for line in in_a_row([BEST, LATE, NEVER], Quarter(2026, 2), "lapor") if line.is_silent]
    assert silent == ["Never", "Late", "Best"]
