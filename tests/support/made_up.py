"""A made-up village with believable figures, and a stand-in for what lies behind the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from forms.indicators.rules import Sector, Target
from forms.indicators.workbook import LABEL_EN, LABEL_ID, NOTE_EN, NOTE_ID, SHEET
from forms.periods import Quarter, asked_quarter, quarters_between
from forms.problems import problem
from forms.xlsform.workbook import read_workbook
from scorecards.home import by_district
from scorecards.pages import HomeView
from scorecards.sources import AreaTotal, CountedCard, IndicatorLabel, Place, TrendPoint, VillageCards, VillageTotal
from server.publications import shipped
from server.villages.regions import UNKNOWN_VILLAGE, covers

PLACE = Place("11.01.01.2001", "Sukamaju Hilir", "Bakti Raya", "Kabupaten Nusa Timur", "Nusa Raya")

_ROWS = read_workbook(shipped.INDICATORS.read_bytes()).sheet(SHEET).rows
INDICATORS = [
    IndicatorLabel(
        row.text("kode"),
        row.text(LABEL_ID),
        row.text(LABEL_EN),
        cast(Sector, row.text("sektor")),
        cast(Target, row.text("sasaran")),
        row.text(NOTE_ID),
        row.text(NOTE_EN),
        row.text("skor") != "tidak",
    )
    for row in _ROWS
]

NO_MONEY = {"allocated_total": 0, "allocated_stunting": 0, "percent": None, "spent": 0}
COUNTS = {
    "ih1": (24, 28), "ih2": (22, 28), "ih3": (5, 6), "ih4": (17, 28), "ih5": (3, 5), "ih6": (31, 34), "ih7": (29, 34),
    "ih8": (30, 34), "a1": (71, 84), "a2": (92, 118), "a3": (96, 109), "a4": (70, 121), "a5": (9, 17), "a6": (110, 121),
    "a7": (104, 121), "a8": (101, 121), "a9": (104, 121), "a10": (44, 84), "p1": (0, 0),
}  # fmt: skip


def figures(received: int, due: int) -> dict[str, Any]:
    """Received, due and percent as the JSON has them."""
    percent = (Decimal(100 * received) / due).quantize(Decimal("0.1"), ROUND_HALF_UP) if due else None
    return {"received": received, "due": due, "percent": None if percent is None else str(percent)}


def make_card(counts: dict[str, tuple[int, int]] = COUNTS, **tables: Any) -> dict[str, Any]:
    """The card of 2026-Q1 with these counts in table 3 and their sums in table 4; `tables` replaces whole parts."""

    def total(*starts: str) -> dict[str, Any]:
        own = [pair for code, pair in counts.items() if code.rstrip("0123456789") in starts]
        return figures(sum(received for received, _ in own), sum(due for _, due in own))

    table3 = [{"code": code, **figures(*pair)} for code, pair in counts.items()]
    for row in table3:
        if row["code"] == "a4":
            row["fathers"] = min(23, row["due"])
    return {
        "village": {"code": PLACE.code, "name": PLACE.village},
        "period": "2026-Q1",
        "as_of": "2026-03-31",
        "table1": {
            "households": 141,
            "pregnant": {"total": 34, "kek_risti": 5},
            "children": {"total": 121, "malnourished": 17},
        },
        "table2": {"children": 121, "green": 78, "yellow": 22, "red": 11, "not_measured": 10},
        "table3": table3,
        "table4": {"pregnant": total("ih"), "children": total("a"), "total": total("ih", "a")},
        "table5": NO_MONEY,
        "table5_fields": {"pembangunan": NO_MONEY, "pemberdayaan": NO_MONEY},
        "complete": {"households": 141, "complete": 37, "percent": "26.2"},
        "sectors": {"0": 3, "1": 9, "2": 17, "3": 31, "4": 44, "5": 37},
        "not_monitored": {"pregnant": 2, "children": 7},
    } | tables


EMPTY_CARD = make_card(
    dict.fromkeys(COUNTS, (0, 0)),
    table1={
        "households": 0,
        "pregnant": {"total": 0, "kek_risti": 0},
        "children": {"total": 0, "malnourished": 0},
    },
    table2={"children": 0, "green": 0, "yellow": 0, "red": 0, "not_measured": 0},
    complete={"households": 0, "complete": 0, "percent": None},
    sectors=dict.fromkeys("012345", 0),
    not_monitored={"pregnant": 0, "children": 0},
)

FULL_CARD = make_card(
    {code: (due, due) for code, (_, due) in COUNTS.items()},
    table2={"children": 121, "green": 121, "yellow": 0, "red": 0, "not_measured": 0},
    complete={"households": 141, "complete": 141, "percent": "100.0"},
    sectors=dict.fromkeys("01234", 0) | {"5": 141},
    not_monitored={"pregnant": 0, "children": 0},
)


def made_up_home(*villages: VillageTotal) -> HomeView:
    """The list of these villages in the first quarter of 2026, each of which leads to its address."""
    quarter = Quarter(2026, 1)
    links = {one.place.code: f"/desa/{one.place.code}" for one in villages}
    districts = by_district(villages, quarter)
    shown = [code for one in districts for code in (one.code, *(below.code for below in one.subdistricts))]
    rollups = {code: f"/wilayah/{code}" for code in shown}
    return HomeView(quarter, (quarter,), districts=districts, village_links=links, rollups=rollups)


FIRST = Quarter(2025, 1)


@dataclass
class FakeCards:
    """Villages in memory: the same card in every quarter from `first`, and 2026-Q1 is the running one."""

    places: dict[str, Place] = field(default_factory=lambda: {PLACE.code: PLACE})
    content: dict[str, Any] = field(default_factory=make_card)
    first: Quarter | None = FIRST
    map: dict[str, Any] = field(default_factory=dict)

    def place(self, code: str) -> Place:
        if code not in self.places:
            raise problem(UNKNOWN_VILLAGE, code=code)
        return self.places[code]

    most_villages = 3

    def villages(
        self, region: str = "ID", period: str | None = None, search: str = "", *, hides: bool = False
    ) -> Sequence[VillageTotal]:
        self.quarter(period)
        found = [(code, place) for code, place in self.places.items() if covers(region, code)]
        return [VillageTotal(place, 962, 1214, date(2026, 3, 9)) for _, place in found if search in place.village]

    def unused(self, region: str) -> int:
        return 0

    def areas(self, region: str, period: str | None = None, *, hides: bool = False) -> Sequence[AreaTotal]:
        return [AreaTotal("11", "Nusa Raya", 962, 1214, len(self.places), len(self.places) - 1)]

    def region_name(self, code: str) -> str:
        return {"11": "Nusa Raya", "11.01.01": "Bakti Raya"}.get(code, "")

    def today(self) -> date:
        return date(2026, 3, 31)

    def village_cards(
        self, code: str, period: str | None, card: str | None = None, *, names: bool = False, hides: bool = False
    ) -> VillageCards:
        place, quarter = self.place(code), self.quarter(period)
        before = CountedCard(self.of(quarter.plus(-1)), INDICATORS) if self.first and self.first < quarter else None
        counted = CountedCard(self.of(quarter), INDICATORS)
        return VillageCards(place, counted, before, self.trend(quarter), self.first, Quarter.of(self.today()))

    def card(self, code: str, period: str | None, card: str | None = None) -> dict[str, Any]:
        self.place(code)
        return self.of(self.quarter(period))

    def formulir1(self, code: str) -> tuple[Place, dict[str, Any]]:
        return self.place(code), self.map

    def quarter(self, period: str | None) -> Quarter:
        return asked_quarter(period, self.today())

    def of(self, quarter: Quarter) -> dict[str, Any]:
        return self.content | {"period": str(quarter), "as_of": quarter.last_day.isoformat()}

    def trend(self, quarter: Quarter) -> list[TrendPoint]:
        past = [(780, 1215), (801, 1198), (862, 1206), (850, 1201), (962, 1214)]
        quarters = quarters_between(quarter.plus(-4), quarter)
        return [TrendPoint(one, *pair) for one, pair in zip(quarters, past, strict=True)]
