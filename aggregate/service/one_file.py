"""What a village in one file is made of, answered from the database in one transaction."""

from __future__ import annotations

from aggregate.service.cards import StoredCards, shown, trend_of
from aggregate.service.promises import ledger_of
from aggregate.service.traces import every_figure
from aggregate.service.villages import Village
from aggregate.sql.parameters import parameters
from aggregate.trace.activities import read_funds
from forms.periods import Quarter
from scorecards.packs.one_file import FileSources


class StoredFiles:
    """The files of the villages whose cards `cards` shows."""

    def __init__(self, cards: StoredCards) -> None:
        self._cards = cards

    def sources(self, code: str, period: str, *, names: bool = False, hides: bool = False) -> FileSources:
        """As `Files.sources`. Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and NO_RULES."""

        def read(village: Village, quarter: Quarter) -> FileSources:
            (card,) = village.cards(quarter)
            rules = village.rules_of(quarter)
            return FileSources(
                village.place,
                shown(card, hides=hides),
                trend_of(village, card, hides=hides),
                village.known.first,
                Quarter.of(village.today),
                every_figure(village, quarter, rules, names=names),
                read_funds(village.connection, rules, parameters(quarter, village.today, [code], rules.number)),
                ledger_of(village, names=names),
            )

        return self._cards.read_village(code, period, read)
