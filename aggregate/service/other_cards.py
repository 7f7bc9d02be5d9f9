"""A village's card by rules that are kept beside those in force, counted while somebody waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Engine

from aggregate.indicators.rules import Rules, rules_on_trial
from aggregate.scorecard.card import Card
from aggregate.scorecard.trial import cards_by, counted_by
from aggregate.service.villages import Village, counted_card
from forms.periods import Quarter
from forms.problems import Problem, problem
from scorecards.sources import CardNames, TrendPoint, VillageCards
from server.publications import rule_cards

_Result = TypeVar("_Result")

UNKNOWN_CARD = Problem(
    "unknown-card",
    404,
    "Kartu “{card}” tidak ada di sini. Buka kartu desa tanpa pilihan ini.",
    "There is no card “{card}” here. Open the village's card without this choice.",
)


@dataclass(frozen=True)
class Asked:
    """The card that is asked for: of a village and quarter, by these rules; `kept` are the names of all that are."""

    village: Village
    quarter: Quarter
    rules: Rules
    kept: Iterable[str]


@dataclass(frozen=True)
class OtherCards:
    """A village's cards by other rules than those in force: of a quarter and perhaps of the one before, in this
    order."""

    village: Village
    cards: Sequence[Card]
    names: CardNames

    def page(self) -> VillageCards:
        card, *earlier = self.cards
        return VillageCards(
            self.village.place,
            counted_card(card),
            counted_card(earlier[0]) if earlier else None,
            [TrendPoint(one.quarter, one.total.received, one.total.due) for one in reversed(self.cards)],
            self.village.known.first,
            Quarter.of(self.village.today),
            names=self.names,
        )


def asked_card(village: Village, quarter: Quarter, name: str) -> Asked:
    """Raises ProblemError UNKNOWN_CARD where no card of that name is kept, and where it is the one in force."""
    kept = rule_cards.all_kept(village.connection)
    if name not in kept or name == village.rules.newest.card:
        raise problem(UNKNOWN_CARD, card=name)
    return Asked(village, quarter, rules_on_trial(village.connection, kept[name]), tuple(kept))


def read_other(engine: Engine, asked: Asked, read: Callable[[Village, Quarter, Rules], _Result]) -> _Result:
    """What `read` finds once the village's quarter is counted by the rules that are asked for."""
    village = asked.village
    with counted_by(engine, asked.rules, village.place.code, [asked.quarter], village.today) as connection:
        return read(replace(village, connection=connection), asked.quarter, asked.rules)


def other_cards(engine: Engine, asked: Asked, *, with_before: bool) -> OtherCards:
    village, first, before = asked.village, asked.village.known.first, asked.quarter.plus(-1)
    earlier = [before] if with_before and first is not None and first <= before else []
    place = village.place
    cards = cards_by(engine, asked.rules, place.code, place.village, [asked.quarter, *earlier], village.today)
    return OtherCards(village, cards, CardNames.beside(asked.rules.card, village.rules.newest.card, asked.kept))
