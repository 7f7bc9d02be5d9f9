"""What a made-up region comes to, for its pages alone."""

from __future__ import annotations

from datetime import date

from forms.periods import Quarter
from scorecards.areas.dictionary import columns_of
from scorecards.areas.levels import VillageLevel, pick
from scorecards.areas.pages import AreaLinks, DataLinks, DataView
from scorecards.areas.sources import AreaCards, AreaQuarter, Counting, Region
from scorecards.areas.view import AreaView, area_view
from scorecards.sources import CountedCard
from tests.support.made_up import INDICATORS, make_card

QUARTER = Quarter(2026, 1)
AREA_LINKS = AreaLinks(
    other="/wilayah/11.01?lang=en",
    home="/",
    to=lambda code: f"/wilayah/{code}",
    previous="/wilayah/11.01/2025-Q4",
    json="/wilayah/11.01/2026-Q1.json",
    csv="/wilayah/11.01/2026-Q1.csv",
    xlsx="/wilayah/11.01/2026-Q1.xlsx",
    data="/data",
    all_by_score="/?urut=skor",
    all_silent="/?urut=lapor",
)
DATA_VIEW = DataView((QUARTER, QUARTER.plus(-1)), columns_of(INDICATORS, ["a4"]), "CC BY 4.0")
DATA_LINKS = DataLinks(
    other="/data?lang=en",
    home="/",
    csv=lambda quarter: f"/data/{quarter}.csv",
    json=lambda quarter: f"/data/{quarter}.json",
    dictionary_csv="/data/kamus.csv",
    dictionary_json="/data/kamus.json",
    nation="/wilayah/ID",
)


def made_up_area(region: str = "11.01", villages: int = 40) -> AreaView:
    """A region whose villages stand at all levels; each seventh is silent."""
    levels = [_village(region, number) for number in range(1, villages + 1)]
    card = CountedCard(make_card(), INDICATORS)
    codes = {code for one in levels for code in (one.code, one.code[:8])}
    return area_view(
        AreaCards(
            region=Region(region, "Nusa Timur Tenggara Raya"),
            above=[Region("ID", "Indonesia"), Region("11", "Nusa Raya")],
            quarter=QUARTER,
            current=QUARTER,
            counting=Counting(date(2026, 3, 1), date(2026, 3, 9), 1_234),
            together=card,
            before=card,
            trend=[AreaQuarter(QUARTER.plus(past), 700 - past, 1000, 40, 38) for past in range(-7, 1)],
            villages=levels,
            picked=pick(levels),
            listed=villages + 9,
            names={code: f"Sukamaju Barat Daya {code[-2:]}" for code in codes},
            cards={one.code: card for one in levels},
            contacts={one.code: date(2026, 1, 2) if number % 2 else None for number, one in enumerate(levels)},
        )
    )


def _village(region: str, number: int) -> VillageLevel:
    code = f"{region}.{2000 + number}" if region.count(".") == 2 else f"{region}.{number % 8 + 1:02}.{2000 + number}"
    due = 1000 + number
    if number % 7 == 0:
        return VillageLevel(code, 0, due, 120, 0, 500, due)
    return VillageLevel(code, due * (45 + number) // 100, due, 120, 110, due * (60 + number // 2) // 100, due)
