"""What pages and commands ask of cards, answered from the database: one call a page, in one transaction.

A composition root, so that pages know no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, TypeVar

from sqlalchemy import Engine

from aggregate.formulir1.report import make_formulir1
from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.rules import Rules
from aggregate.promises.ledger import village_promises
from aggregate.scorecard.card import Card
from aggregate.scorecard.totals import area_totals, count_unused, unused_villages, village_totals
from aggregate.service.other_cards import Asked, OtherCards, asked_card, other_cards, read_other
from aggregate.service.villages import Village, counted_card, read_village
from forms.periods import Quarter, asked_quarter
from forms.problems import ProblemError
from scorecards.paper.differences import differences
from scorecards.paper.snapshot import opened
from scorecards.promises.sources import tally
from scorecards.small_counts import stand_in
from scorecards.sources import (
    AreaTotal,
    CardNames,
    ChangedRules,
    CountedCard,
    Place,
    SignedOff,
    TrendPoint,
    VillageCards,
    VillageTotal,
)
from server.database.engine import reading
from server.villages import signed_reports
from server.villages.regions import NATION, bare_names, listed_names

# The home page lists villages for a kecamatan or a small kabupaten; beyond that people go by the village's address.
MOST_ON_HOME = 400

_Result = TypeVar("_Result")


class StoredCards:
    """Villages and their cards; a card that is out of date is counted again when it is asked for."""

    most_villages = MOST_ON_HOME

    def __init__(self, engine: Engine, today: Callable[[], date], zone: tzinfo) -> None:
        self._engine = engine
        self._today = today
        self._zone = zone

    def villages(
        self, region: str = NATION, period: str | None = None, search: str = "", *, hides: bool = False
    ) -> Sequence[VillageTotal]:
        public = self._public_rules() if hides else None
        with reading(self._engine) as connection:
            totals = village_totals(connection, region, self.quarter(period), self.most_villages, search, public)
            room = self.most_villages - len(totals)
            unused = unused_villages(connection, region, room + 1, search)
            unused = unused[:room] if search or len(unused) <= room else []
            names = listed_names(connection, [*totals, *unused])
        used = [
            VillageTotal(Place(code, *names[code]), one.share.received, one.share.due, self._day(one.reported_at))
            for code, one in totals.items()
            if code in names
        ]
        return [*used, *(VillageTotal(Place(code, *names[code]), 0, 0, takes_part=False) for code in unused)]

    def unused(self, region: str) -> int:
        with reading(self._engine) as connection:
            return count_unused(connection, region)

    def areas(self, region: str, period: str | None = None, *, hides: bool = False) -> Sequence[AreaTotal]:
        public = self._public_rules() if hides else None
        with reading(self._engine) as connection:
            totals = area_totals(connection, region, self.quarter(period), public)
            names = bare_names(connection, totals)
        return [
            AreaTotal(
                code, names.get(code, code), one.share.received, one.share.due, one.villages, one.counted, one.unused
            )
            for code, one in totals.items()
        ]

    def _public_rules(self) -> Rules | None:
        """The rules by which small counts are replaced; None before any are published, when nothing is counted."""
        try:
            return published_rules_with_tables(self._engine)
        except ProblemError:
            return None

    def quarter(self, period: str | None) -> Quarter:
        return asked_quarter(period, self._today())

    def region_name(self, code: str) -> str:
        with reading(self._engine) as connection:
            return bare_names(connection, [code]).get(code, "")

    def _day(self, moment: datetime | None) -> date | None:
        return moment.astimezone(self._zone).date() if moment else None

    def today(self) -> date:
        return self._today()

    def village_cards(
        self, code: str, period: str | None, card: str | None = None, *, names: bool = False, hides: bool = False
    ) -> VillageCards:
        if card is not None:
            return self._other_cards(code, period, card, with_before=True).page()

        def read(village: Village, quarter: Quarter) -> VillageCards:
            first, before = village.known.first, quarter.plus(-1)
            has_before = first is not None and first <= before
            card, *earlier = village.cards(quarter, *([before] if has_before else []))
            told = [shown(one, hides=hides) for one in (card, *earlier)]
            promises = tally(village_promises(village.connection, code, village.today), village.today)
            return VillageCards(
                village.place,
                told[0],
                told[1] if earlier else None,
                trend_of(village, card, hides=hides),
                first,
                Quarter.of(village.today),
                # That a hidden count has changed is not told.
                known.changed_on if (known := village.known.cards.get(str(quarter))) and not hides else None,
                names=CardNames.of(card.rules_card, village.rules.card_names),
                signed=self._signed_off(village, quarter, counted_card(card), hides=hides),
                promises=promises._replace(lacking=0, closed=0) if hides else promises,
                supply=() if hides else [one.json() for one in village.supply(quarter)],
                targets=village.targets(quarter) if names else (),
                changed_rules=self._changed(village.rules_of(quarter)),
            )

        return self.read_village(code, period, read)

    def _changed(self, rules: Rules) -> ChangedRules | None:
        day = self._day(rules.published_at)
        return ChangedRules(day, rules.reason) if day and rules.reason else None

    def _signed_off(self, village: Village, quarter: Quarter, now: CountedCard, *, hides: bool) -> SignedOff | None:
        if quarter == Quarter.of(village.today):
            return None  # only what is over is signed
        newest = signed_reports.newest(village.connection, village.place.code, str(quarter))
        if newest is None:
            return None
        signed = opened(newest.content)
        changes = differences(CountedCard(signed.card, signed.indicators), now, hides=hides)
        return SignedOff(newest.signed_at.astimezone(self._zone).date(), len(changes))

    def _other_cards(self, code: str, period: str | None, name: str, *, with_before: bool) -> OtherCards:
        """Raises ProblemError UNKNOWN_CARD."""
        return other_cards(self._engine, self._asked(code, period, name), with_before=with_before)

    def _asked(self, code: str, period: str | None, name: str) -> Asked:
        def read(village: Village, quarter: Quarter) -> Asked:
            return asked_card(village, quarter, name)

        return self.read_village(code, period, read)

    def card(self, code: str, period: str | None, card: str | None = None) -> dict[str, Any]:
        """The card's JSON (`Card.json`). Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, NO_RULES,
        and UNKNOWN_CARD."""
        if card is not None:
            return self._other_cards(code, period, card, with_before=False).cards[0].json()
        return self.read_village(code, period, lambda village, quarter: village.cards(quarter)[0].json())

    def formulir1(self, code: str) -> tuple[Place, dict[str, Any]]:
        """The village and the JSON of its Formulir 1 (`Formulir1.json`). Raises ProblemError UNKNOWN_VILLAGE and
        NO_RULES."""

        def read(village: Village, _: Quarter) -> tuple[Place, dict[str, Any]]:
            place = village.place
            found = make_formulir1(village.connection, village.rules.newest, code, place.village, village.today)
            return place, found.json()

        return self.read_village(code, None, read)

    def read_village(self, code: str, period: str | None, read: Callable[[Village, Quarter], _Result]) -> _Result:
        """As `aggregate.service.villages.read_village`."""
        return read_village(self._engine, self._today(), code, period, read)

    def read_counted(
        self, code: str, period: str, card: str | None, read: Callable[[Village, Quarter, Rules], _Result]
    ) -> _Result:
        """The same, with the rules by which the quarter was counted: those of `card`, or of its own card where it is
        None. Raises ProblemError UNKNOWN_CARD as well."""
        if card is not None:
            return read_other(self._engine, self._asked(code, period, card), read)
        return self.read_village(
            code, period, lambda village, quarter: read(village, quarter, village.rules_of(quarter))
        )


def shown(card: Card, *, hides: bool) -> CountedCard:
    """The card as pages get it; `hides`: with what stands in for small counts."""
    counted = counted_card(card)
    return CountedCard(stand_in(*counted), counted.indicators) if hides else counted


def trend_of(village: Village, card: Card, *, hides: bool) -> list[TrendPoint]:
    """The trend that ends with this card; `hides`: of what stands in for the small counts of each."""
    if not hides:
        return [TrendPoint(past, level.received, level.due) for past, level in card.trend]
    quarters = [past for past, _ in card.trend]
    levels = [stand_in(*counted_card(one))["table4"]["total"] for one in village.cards(*quarters)]
    return [TrendPoint(past, level["received"], level["due"]) for past, level in zip(quarters, levels, strict=True)]
