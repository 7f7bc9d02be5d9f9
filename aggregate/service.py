"""What pages and commands ask of counting, answered from the database: one call a page, in one transaction.

A composition root, so that pages know no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, func, select

from aggregate.formulir1.report import make_formulir1
from aggregate.indicators.published_rules import Published, published, published_rules
from aggregate.indicators.rules import Rules
from aggregate.performance.measures import Span
from aggregate.performance.report import DaysOfYear, judge
from aggregate.performance.statements import places_of
from aggregate.scorecard.card import Card, read_cards
from aggregate.scorecard.refresh import refresh_village
from aggregate.scorecard.stale import KnownCards, known_cards
from aggregate.scorecard.totals import area_totals, village_totals
from forms.periods import Quarter, asked_quarter, quarters_between
from forms.problems import ProblemError
from scorecards.sources import AreaTotal, CountedCard, IndicatorLabel, Place, TrendPoint, VillageCards, VillageTotal
from server.database.engine import reading
from server.database.tables import entities
from server.settings import Settings
from server.villages.regions import NATION, bare_names, listed_names, listed_place

# The home page lists villages for a kecamatan or a small kabupaten; beyond that people go by the village's address.
MOST_ON_HOME = 400

_FIRST_DAY = select(func.min(entities.c.registered_on)).where(entities.c.village_id == bindparam("of_village"))
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Village:
    """What every page about a village begins with, in its transaction."""

    connection: Connection
    place: Place
    today: date
    rules: Published
    known: KnownCards

    def cards(self, *quarters: Quarter) -> list[Card]:
        return read_cards(self.connection, self.rules, self.known, self.place.village, quarters, self.today)


class StoredCards:
    """Villages and their cards; a card that is out of date is counted again when it is asked for."""

    most_villages = MOST_ON_HOME

    def __init__(self, engine: Engine, today: Callable[[], date], zone: tzinfo) -> None:
        self._engine = engine
        self._today = today
        self._zone = zone

    def villages(self, region: str = NATION, period: str | None = None, search: str = "") -> Sequence[VillageTotal]:
        with reading(self._engine) as connection:
            totals = village_totals(connection, region, self.quarter(period), self.most_villages, search)
            names = listed_names(connection, totals)
        return [
            VillageTotal(Place(code, *names[code]), one.share.received, one.share.due, self._day(one.reported_at))
            for code, one in totals.items()
            if code in names
        ]

    def areas(self, region: str, period: str | None = None) -> Sequence[AreaTotal]:
        with reading(self._engine) as connection:
            totals = area_totals(connection, region, self.quarter(period))
            names = bare_names(connection, totals)
        return [
            AreaTotal(code, names.get(code, code), one.share.received, one.share.due, one.villages, one.counted)
            for code, one in totals.items()
        ]

    def quarter(self, period: str | None) -> Quarter:
        return asked_quarter(period, self._today())

    def region_name(self, code: str) -> str:
        with reading(self._engine) as connection:
            return bare_names(connection, [code]).get(code, "")

    def _day(self, moment: datetime | None) -> date | None:
        return moment.astimezone(self._zone).date() if moment else None

    def current_quarter(self) -> Quarter:
        return Quarter.of(self._today())

    def village_cards(self, code: str, period: str | None) -> VillageCards:
        def read(village: _Village, quarter: Quarter) -> VillageCards:
            first, before = village.known.first, quarter.plus(-1)
            has_before = first is not None and first <= before
            card, *earlier = village.cards(quarter, *([before] if has_before else []))
            return VillageCards(
                village.place,
                _counted(card),
                _counted(earlier[0]) if earlier else None,
                [TrendPoint(past, share.received, share.due) for past, share in card.trend],
                first,
                Quarter.of(village.today),
                known.changed_on if (known := village.known.cards.get(str(quarter))) else None,
            )

        return self._read(code, period, read)

    def card(self, code: str, period: str | None) -> dict[str, Any]:
        """The card's JSON (`Card.json`). Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and
        NO_RULES."""
        return self._read(code, period, lambda village, quarter: village.cards(quarter)[0].json())

    def formulir1(self, code: str) -> tuple[Place, dict[str, Any]]:
        """The village and the JSON of its Formulir 1 (`Formulir1.json`). Raises ProblemError UNKNOWN_VILLAGE and
        NO_RULES."""

        def read(village: _Village, _: Quarter) -> tuple[Place, dict[str, Any]]:
            place = village.place
            found = make_formulir1(village.connection, village.rules.newest, code, place.village, village.today)
            return place, found.json()

        return self._read(code, None, read)

    def _read(self, code: str, period: str | None, read: Callable[[_Village, Quarter], _Result]) -> _Result:
        """What `read` finds once all cards of the village are up to date, which they mostly are."""
        today = self._today()
        with reading(self._engine) as connection:
            place = Place(code, *listed_place(connection, code))
            quarter = asked_quarter(period, today)
            rules = published(connection)
            if rules.has_tables:
                known = _known(connection, code)
                if known.is_up_to_date(rules.newest.number, today):
                    return read(_Village(connection, place, today, rules, known), quarter)
        refresh_village(self._engine, code, today)
        with reading(self._engine) as connection:
            village = _Village(connection, place, today, published(connection), _known(connection, code))
            return read(village, quarter)


class StoredPerformances:
    """How the KPM of a village did in a quarter, by the settings of this server."""

    def __init__(self, engine: Engine, settings: Settings, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._timezone = settings.timezone
        self._days = DaysOfYear(settings.social_map_by, settings.rembuk_by)
        self._incentive_from = settings.incentive_from

    def quarter(self, period: str | None) -> Quarter:
        """The quarter that is asked for, the running one without `period`. Raises ProblemError BAD or FUTURE_PERIOD."""
        return asked_quarter(period, self._today())

    def of(self, code: str, quarter: Quarter) -> dict[str, Any]:
        """As JSON (`Performance.json`), with the least percent for the incentive, and whether it is met once all is
        final. Raises ProblemError NO_RULES where nothing can be counted."""
        with reading(self._engine) as connection:
            rules = published_rules(connection)
            return self._judged(connection, rules, code, places_of(connection, [code]), quarter)

    def latest(
        self, code: str, last: Quarter, most: int
    ) -> tuple[Quarter | None, list[Mapping[str, Any]] | ProblemError]:
        """The first quarter with data of the village (None: no data yet), and the performance in the last quarter and
        in those before it that have data, at most so many and the latest first; or why nothing can be counted."""
        with reading(self._engine) as connection:
            day = connection.execute(_FIRST_DAY, {"of_village": code}).scalar_one()
            first = Quarter.of(day) if day else None
            begin = min(max(first or last, last.plus(1 - most)), last)
            try:
                rules = published_rules(connection)
            except ProblemError as error:
                return first, error
            quarters, places = reversed(quarters_between(begin, last)), places_of(connection, [code])
            return first, [self._judged(connection, rules, code, places, quarter) for quarter in quarters]

    def _judged(
        self, connection: Connection, rules: Rules, code: str, places: Sequence[str], quarter: Quarter
    ) -> dict[str, Any]:
        span = Span(quarter, self._today(), self._timezone)
        found = judge(connection, rules, [code], places, span, self._days)[code]
        met = found.reaches(self._incentive_from) if found.is_final else None
        return {**found.json(), "incentive_from": self._incentive_from, "incentive": met}


def _counted(card: Card) -> CountedCard:
    counted = [row.indicator for row in card.indicators]
    labels = [
        IndicatorLabel(one.code, one.label_id, one.label_en, one.sector, one.target, one.note_id, one.note_en)
        for one in counted
    ]
    return CountedCard(card.json(), labels)


def _known(connection: Connection, code: str) -> KnownCards:
    return known_cards(connection, [code]).get(code, KnownCards(code))
