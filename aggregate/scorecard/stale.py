"""Which cards of a village there are, and which quarters of it are out of date.

A quarter of a village is out of date where
- the village has sent something that can change it (`villages.stale_since`),
- it has no card yet,
- its card was counted for another day than a card of today is: a quarter that runs, or ran when it was counted,
- it runs, and its card was counted by other rules than the newest.

Quarters that are over keep their rules: one that has a card is counted again by the rules that the card names, unless
all are to be counted by the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, select

from aggregate.indicators.tables import CARDS
from aggregate.sql.parameters import VILLAGES, of_villages
from forms.periods import Quarter, quarters_between
from server.database.tables import entities, villages

# The cards that are out of date; all cards again, of which those of past quarters keep their rules; or all cards by the
# newest rules.
Which = Literal["stale", "again", "all"]


@dataclass(frozen=True)
class KnownCards:
    """A village's cards as they were counted last, by quarter: what says whether they are out of date, and what table 4
    adds up to. `first` is the first quarter with somebody in the register, None where nobody is; `stale_since` as in
    `villages`."""

    village_id: str
    stale_since: str | None = None
    first: Quarter | None = None
    cards: Mapping[str, Row[Any]] = field(default_factory=dict)

    @property
    def left_over(self) -> list[str]:
        """The quarters with a card before anybody was registered here: somebody has moved away, or what was sent of
        them counts no more."""
        return [quarter for quarter in self.cards if self.first is None or quarter < str(self.first)]

    def to_count(self, newest: int, today: date, which: Which) -> Iterator[tuple[Quarter, int]]:
        """The quarters to count, each with the number of the rules to count it by; `newest` is that of those in
        force."""
        if self.first is None:
            return
        current = Quarter.of(today)
        for quarter in quarters_between(self.first, current):
            card = self.cards.get(str(quarter))
            if (
                which != "stale"
                or card is None
                or card.as_of != quarter.as_of(today)
                or (self.stale_since is not None and str(quarter) >= self.stale_since)
                or (quarter == current and card.rules != newest)
            ):
                keeps = card is not None and quarter != current and which != "all"
                yield quarter, card.rules if card is not None and keeps else newest

    def is_up_to_date(self, newest: int, today: date) -> bool:
        return not self.left_over and not any(self.to_count(newest, today, "stale"))


def known_cards(connection: Connection, village_ids: Sequence[str]) -> dict[str, KnownCards]:
    """Of each of these villages that has ever sent something, by its code. The tables of cards must be there."""
    rows = connection.execute(_KNOWN, {VILLAGES.key: list(village_ids)})
    found = {}
    for village_id, group in groupby(rows, lambda row: row.village_id):
        those = list(group)
        first = Quarter.of(those[0].first) if those[0].first else None
        cards = {row.quarter: row for row in those if row.quarter is not None}
        found[village_id] = KnownCards(village_id, those[0].stale_since, first, cards)
    return found


def _all_known() -> Select[Any]:
    """Of each village a row for each of its cards, or a single one without a card."""
    first = select(func.min(entities.c.registered_on)).where(
        entities.c.village_id == villages.c.village_id, of_villages(entities.c.village_id)
    )
    its_cards = (CARDS.c.village_id == villages.c.village_id) & of_villages(CARDS.c.village_id)
    return (
        select(villages.c.village_id, villages.c.stale_since, first.scalar_subquery().label("first"))
        .add_columns(CARDS.c.quarter, CARDS.c.as_of, CARDS.c.rules, CARDS.c.changed_on)
        .add_columns(
            (CARDS.c.pregnant_received + CARDS.c.children_received).label("received"),
            (CARDS.c.pregnant_due + CARDS.c.children_due).label("due"),
        )
        .outerjoin(CARDS, its_cards)
        .where(of_villages(villages.c.village_id))
        .order_by(villages.c.village_id)
    )


_KNOWN = _all_known()
