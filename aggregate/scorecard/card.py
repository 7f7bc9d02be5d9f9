"""A village's card of one quarter, read for people: Formulir 4 and what goes beyond it.

Only reads. Whoever shows a card brings the village up to date first (refresh.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from aggregate.indicators.published_rules import Published, published
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import AMOUNTS, FUND_FIELDS, stored_cards
from aggregate.scorecard.stale import KnownCards, known_cards
from forms.indicators.rules import FIRST_CARD, SECTORS, Indicator, Sector
from forms.percent import percent
from forms.periods import Quarter, quarters_between, require_begun
from server.villages.regions import listed_name

TREND_QUARTERS = 5


@dataclass(frozen=True)
class Share:
    """How many received what how many were due."""

    received: int
    due: int

    @property
    def percent(self) -> str | None:
        """As text with one decimal; None where nothing was due (forms/percent.py)."""
        return percent(self.received, self.due)

    def __add__(self, other: Share) -> Share:
        return Share(self.received + other.received, self.due + other.due)

    def json(self) -> dict[str, Any]:
        return {"received": self.received, "due": self.due, "percent": self.percent}


NOTHING = Share(0, 0)


@dataclass(frozen=True)
class IndicatorShare:
    """A row of table 3. `also` is what is counted beside the score (fathers), None where nothing is."""

    indicator: Indicator
    share: Share
    also: int | None

    def json(self) -> dict[str, Any]:
        row = {"code": self.indicator.code, **self.share.json()}
        return row if self.also is None else {**row, "fathers": self.also}


@dataclass(frozen=True)
class Targets:
    """The active targets of one list (how many); `at_risk`: KEK or high-risk mothers, malnourished or stunted children;
    `not_monitored`: without a home visit in the quarter; `now`: those of the last month that has begun, as received the
    ones with a visit in it; None where it was counted before these were."""

    total: int
    at_risk: int
    not_monitored: int
    now: Share | None
    share: Share


@dataclass(frozen=True)
class Tikar:
    """Children by the latest colour of the Tikar. For early detection only: it never says that a child is stunted."""

    green: int
    yellow: int
    red: int
    not_measured: int


@dataclass(frozen=True)
class Funds:
    """Table 5, or one of its rows: what of Dana Desa the village plans to spend in the quarter's year, what of it for
    the prevention of stunting, and what of that was spent so far. In rupiah."""

    allocated_total: int
    allocated_stunting: int
    spent: int

    def json(self) -> dict[str, Any]:
        percent = Share(self.allocated_stunting, self.allocated_total).percent
        return {
            "allocated_total": self.allocated_total,
            "allocated_stunting": self.allocated_stunting,
            "percent": percent,
            "spent": self.spent,
        }


@dataclass(frozen=True)
class Card:
    """One village, one quarter. `complete`: households that receive everything that is due to them; `sectors[n]`:
    households that n of the five sectors serve in full."""

    code: str
    name: str
    quarter: Quarter
    as_of: date
    households: int
    complete: int
    sectors: tuple[int, ...]
    pregnant: Targets
    children: Targets
    tikar: Tikar
    funds: Funds
    funds_by_field: Mapping[str, Funds]
    indicators: tuple[IndicatorShare, ...]
    trend: tuple[tuple[Quarter, Share], ...]

    @property
    def rules_card(self) -> str:
        """The name of the card, as the workbook that it was counted by says it."""
        return next((row.indicator.card for row in self.indicators), FIRST_CARD)

    @property
    def total(self) -> Share:
        """The level of convergence, mothers and children together (table 4)."""
        return self.pregnant.share + self.children.share

    @property
    def by_sector(self) -> dict[Sector, Share]:
        """Table 4's sums again, by sector; like these without the rows that are in no score."""
        return {
            sector: sum(
                (row.share for row in self.indicators if row.indicator.sector == sector and row.indicator.scores),
                NOTHING,
            )
            for sector in SECTORS
        }

    def json(self) -> dict[str, Any]:
        """The documented JSON; `this_month` is there while the quarter runs."""
        groups = (("pregnant", self.pregnant.now), ("children", self.children.now))
        this_month = {name: {"targets": now.due, "monitored": now.received} for name, now in groups if now is not None}
        return {
            "village": {"code": self.code, "name": self.name},
            "period": str(self.quarter),
            "card": self.rules_card,
            "as_of": self.as_of.isoformat(),
            "table1": {
                "households": self.households,
                "pregnant": {"total": self.pregnant.total, "kek_risti": self.pregnant.at_risk},
                "children": {"total": self.children.total, "malnourished": self.children.at_risk},
            },
            "table2": {"children": self.children.total, **vars(self.tikar)},
            "table3": [row.json() for row in self.indicators],
            "table4": {
                "pregnant": self.pregnant.share.json(),
                "children": self.children.share.json(),
                "total": self.total.json(),
            },
            "table5": self.funds.json(),
            "table5_fields": {field: funds.json() for field, funds in self.funds_by_field.items()},
            "complete": {
                "households": self.households,
                "complete": self.complete,
                "percent": Share(self.complete, self.households).percent,
            },
            "sectors": {str(reached): count for reached, count in enumerate(self.sectors)},
            "not_monitored": {"pregnant": self.pregnant.not_monitored, "children": self.children.not_monitored},
            **({"this_month": this_month} if this_month and self.as_of < self.quarter.last_day else {}),
        }


def card_json(connection: Connection, village_id: str, quarter: Quarter, today: date) -> dict[str, Any]:
    """The documented JSON of one card. Raises ProblemError as read_card does."""
    return read_card(connection, village_id, quarter, today).json()


def read_card(connection: Connection, village_id: str, quarter: Quarter, today: date) -> Card:
    """The card as it was counted last; all zeros for a quarter before the village's first registration.

    Raises ProblemError UNKNOWN_VILLAGE where no region has the code, and FUTURE_PERIOD before the quarter's first day.
    """
    name = listed_name(connection, village_id)
    require_begun(quarter, today)
    village = known_cards(connection, [village_id]).get(village_id, KnownCards(village_id))
    (card,) = read_cards(connection, published(connection), village, name, [quarter], today)
    return card


def read_cards(
    connection: Connection,
    rules: Published,
    village: KnownCards,
    name: str,
    quarters: Iterable[Quarter],
    today: date,
) -> list[Card]:
    """The same of several quarters that have begun; asks the database once for all cards of the same rules."""
    counted_by = {
        quarter: rules.numbered(connection, village.cards[str(quarter)].rules)
        if str(quarter) in village.cards
        else rules.newest
        for quarter in quarters
    }
    figures = _figures(connection, village, counted_by)
    return [
        card_of(village.village_id, name, quarter, figures.get(str(quarter), {}), own, today, _trend(village, quarter))
        for quarter, own in counted_by.items()
    ]


def card_of(
    code: str,
    name: str,
    quarter: Quarter,
    figures: Mapping[str, Any],
    rules: Rules,
    today: date,
    trend: tuple[tuple[Quarter, Share], ...] = (),
) -> Card:
    """The card of a row of `stored_cards`, or of the sums of several rows; all zeros where it is empty."""
    return Card(
        code=code,
        name=name,
        quarter=quarter,
        as_of=figures.get("as_of", quarter.as_of(today)),
        households=figures.get("households", 0),
        complete=figures.get("complete", 0),
        sectors=tuple(figures.get(f"sectors_{reached}", 0) for reached in range(len(SECTORS) + 1)),
        pregnant=_targets(figures, "pregnant"),
        children=_targets(figures, "children"),
        tikar=Tikar(*(figures.get(f"tikar_{colour}", 0) for colour in ("green", "yellow", "red", "none"))),
        funds=_funds(figures, ""),
        funds_by_field={field: _funds(figures, f"{field}_") for field in FUND_FIELDS},
        indicators=tuple(_indicator(figures, indicator) for indicator in rules.indicators),
        trend=trend,
    )


def _trend(village: KnownCards, quarter: Quarter) -> tuple[tuple[Quarter, Share], ...]:
    quarters = quarters_between(quarter.plus(1 - TREND_QUARTERS), quarter)
    return tuple((one, _total(village, one)) for one in quarters)


def _figures(
    connection: Connection, village: KnownCards, counted_by: Mapping[Quarter, Rules]
) -> dict[str, Mapping[str, Any]]:
    """All of the cards that there are, by quarter, with the columns of the rules that each was counted by."""
    found: dict[str, Mapping[str, Any]] = {}
    for rules in dict.fromkeys(counted_by.values()):
        cards = stored_cards(rules)
        quarters = [str(one) for one, own in counted_by.items() if own is rules and str(one) in village.cards]
        if quarters:
            query = select(cards).where(cards.c.village_id == village.village_id, cards.c.quarter.in_(quarters))
            found |= {row["quarter"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _funds(figures: Mapping[str, Any], prefix: str) -> Funds:
    return Funds(*(round(figures.get(prefix + amount) or 0) for amount in AMOUNTS))


def _total(village: KnownCards, quarter: Quarter) -> Share:
    row = village.cards.get(str(quarter))
    return Share(row.received, row.due) if row else NOTHING


def _targets(figures: Mapping[str, Any], name: str) -> Targets:
    return Targets(
        total=figures.get(name, 0),
        at_risk=figures.get(f"{name}_at_risk", 0),
        not_monitored=figures.get(f"{name}_not_monitored", 0),
        now=None if (now := figures.get(f"{name}_now")) is None else Share(figures[f"{name}_now_monitored"], now),
        share=_share(figures, name),
    )


def _share(figures: Mapping[str, Any], name: str) -> Share:
    # The columns of what waits for its form hold NULL.
    return Share(figures.get(f"{name}_received") or 0, figures.get(f"{name}_due") or 0)


def _indicator(figures: Mapping[str, Any], indicator: Indicator) -> IndicatorShare:
    also = None if indicator.also is None else figures.get(f"{indicator.code}_also") or 0
    return IndicatorShare(indicator, _share(figures, indicator.code), also)
