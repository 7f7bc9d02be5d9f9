"""A village whose cards are up to date, in one transaction: what every page about one begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, Engine

from aggregate.formulir1.report import Supply, read_supply
from aggregate.indicators.published_rules import Published, published
from aggregate.indicators.rules import Rules
from aggregate.scorecard.card import Card, read_cards
from aggregate.scorecard.refresh import refresh_village
from aggregate.scorecard.stale import KnownCards, known_cards
from aggregate.trace.targets import read_targets
from forms.indicators.rules import Indicator
from forms.periods import Quarter, asked_quarter
from scorecards.sources import CountedCard, IndicatorLabel, Place, Traced
from server.database.engine import reading
from server.villages.regions import listed_place

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Village:
    """The village in a transaction, with the rules that are published and its cards as they were counted last."""

    connection: Connection
    place: Place
    today: date
    rules: Published
    known: KnownCards

    def cards(self, *quarters: Quarter) -> list[Card]:
        return read_cards(self.connection, self.rules, self.known, self.place.village, quarters, self.today)

    def targets(self, quarter: Quarter) -> list[Traced]:
        """Everybody whom the quarter's card counts, by name."""
        return read_targets(self.connection, self.rules_of(quarter), self.place.code, quarter, names=True)

    def supply(self, quarter: Quarter) -> tuple[Supply, ...]:
        """What facilities give, and what targets need in the quarter."""
        return read_supply(self.connection, self.rules_of(quarter), self.place.code, quarter, self.today)

    def rules_of(self, quarter: Quarter) -> Rules:
        """Those that the quarter's card was counted by; the newest where it has none."""
        card = self.known.cards.get(str(quarter))
        return self.rules.numbered(self.connection, card.rules) if card else self.rules.newest


def village_in(connection: Connection, code: str, today: date) -> Village:
    """The village as it was counted last. Raises ProblemError UNKNOWN_VILLAGE, and NO_RULES."""
    place = Place(code, *listed_place(connection, code))
    return Village(connection, place, today, published(connection), _known(connection, code))


def read_village(
    engine: Engine, today: date, code: str, period: str | None, read: Callable[[Village, Quarter], _Result]
) -> _Result:
    """What `read` finds once all cards of the village are up to date, which they mostly are. Raises ProblemError
    UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and NO_RULES."""
    with reading(engine) as connection:
        place = Place(code, *listed_place(connection, code))
        quarter = asked_quarter(period, today)
        rules = published(connection)
        if rules.has_tables:
            known = _known(connection, code)
            if known.is_up_to_date(rules.newest.number, today):
                return read(Village(connection, place, today, rules, known), quarter)
    refresh_village(engine, code, today)
    with reading(engine) as connection:
        village = Village(connection, place, today, published(connection), _known(connection, code))
        return read(village, quarter)


def counted_card(card: Card) -> CountedCard:
    """The card as pages get it."""
    return CountedCard(card.json(), labels_of(row.indicator for row in card.indicators))


def labels_of(indicators: Iterable[Indicator]) -> list[IndicatorLabel]:
    """What pages need of these indicators."""
    return [_label(one) for one in indicators]


def _label(one: Indicator) -> IndicatorLabel:
    texts = (one.label_id, one.label_en, one.sector, one.target, one.note_id, one.note_en)
    return IndicatorLabel(one.code, *texts, one.scores)


def _known(connection: Connection, code: str) -> KnownCards:
    return known_cards(connection, [code]).get(code, KnownCards(code))
