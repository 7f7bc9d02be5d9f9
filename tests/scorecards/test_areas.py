"""What a region's page makes of its villages: pure decisions, at their edges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from scorecards.areas.levels import VillageLevel, below, kind_of, pick
from scorecards.areas.places import Line, tile_map
from scorecards.areas.spread import spread_of
from scorecards.shares import Thresholds, share


def village(
    number: int, received: int, due: int, before: tuple[int, int] | None = None, monitored: int = 5
) -> VillageLevel:
    return VillageLevel(
        f"11.01.01.{2000 + number}", received, due, 5 if due else 0, monitored, *(before or (None, None))
    )


@pytest.mark.parametrize(
    ("region", "kind", "part"),
    [
        ("ID", "nation", "11"),
        ("11", "province", "11.01"),
        ("11.01", "district", "11.01.01"),
        ("11.01.01", "subdistrict", "11.01.01.2001"),
    ],
)
def test_levels__each_has_the_next_one_below(region: str, kind: str, part: str) -> None:
    assert (kind_of(region), below(region, "11.01.01.2001")) == (kind, part)


def test_help__goes_by_services_missing_and_silence_stands_apart() -> None:
    small, large, silent, done = (
        village(1, 50, 100),
        village(2, 650, 1000),
        village(3, 0, 900, monitored=0),
        village(4, 9, 9),
    )
    empty = village(5, 0, 0, monitored=0)
    found = pick([small, large, silent, done, empty])
    assert [one.code for one in found.help] == [large.code, small.code]
    assert [one.code for one in found.silent] == [silent.code, empty.code]


def test_moved__by_a_point_of_the_percent_as_it_is_shown() -> None:
    up, down, stays = (
        village(1, 810, 1000, (800, 1000)),
        village(2, 599, 1000, (610, 1000)),
        village(3, 709, 1000, (700, 1000)),
    )
    new, silent = village(4, 5, 10), village(5, 0, 10, (9, 10), monitored=0)
    moved = pick([up, down, stays, new, silent]).moved
    assert (moved.risen, moved.fallen, moved.stayed) == (1, 1, 1)
    assert (moved.most_risen, moved.most_fallen) == (((up.code, Decimal("1.0")),), ((down.code, Decimal("-1.1")),))
    assert (moved.better, moved.worse) == (0, 1)


def test_spread__a_percent_belongs_where_it_is_shown() -> None:
    found = spread_of(
        [village(1, 1599, 2000), village(2, 15985, 20001), village(3, 0, 7, monitored=0), village(4, 49, 100)]
    )
    assert {bar.start: bar.villages for bar in found.bars if bar.villages} == {None: 1, 0: 1, 70: 1, 80: 1}
    assert dict(found.lights) == {"green": 1, "yellow": 1, "red": 1, None: 1}
    assert [(bar.start, bar.light) for bar in spread_of([], Thresholds(85, 60)).bars][4:6] == [
        (70, "yellow"),
        (80, None),
    ]


def line(number: int, code: str, villages: int = 1) -> Line:
    return Line(number, code, "", share(5, 10), None, villages, 1, 5, 5)


@pytest.mark.parametrize("count", [1, 5, 6, 38])
def test_tiles__never_overlap_and_fit_the_drawing(count: int) -> None:
    found = tile_map([line(one, f"11.01.01.{2000 + one}") for one in range(1, count + 1)], "11.01.01", [])
    places = [(tile.x, tile.y) for tile in found.tiles]
    assert len(set(places)) == count
    assert all(x + found.across <= 300 and y + found.high <= found.height for x, y in places)
    assert found.across >= 44 and found.high >= 44


def test_signs__one_for_each_village_where_they_fit() -> None:
    villages = [
        village(1, 9, 10),
        village(2, 7, 10),
        village(3, 1, 10),
        village(4, 0, 10, monitored=0),
        village(5, 10, 10),
    ]
    (tile,) = tile_map([line(1, "11.01.01", villages=5)], "11.01", villages).tiles
    assert {light: path.count("M") for light, path in tile.signs} == {"green": 2, "yellow": 1, "red": 1, None: 1}
    assert tile_map([line(1, "11.01.01", villages=49)], "11.01", villages).tiles[0].signs == ()
