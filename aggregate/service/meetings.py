"""What the papers of a village's meetings are made of, answered from the database in one transaction."""

from __future__ import annotations

from aggregate.service.cards import StoredCards, shown, trend_of
from aggregate.service.promises import Gaps, gaps_of, helped, ledger_of
from aggregate.service.traces import dusun_of
from aggregate.service.villages import Village
from forms.periods import Quarter
from scorecards.packs.sources import MeetingSources
from scorecards.promises.plans import Wish


class StoredMeetings:
    """The papers of the villages whose cards `cards` shows."""

    def __init__(self, cards: StoredCards) -> None:
        self._cards = cards

    def paper(self, code: str, period: str, wish: Wish, *, names: bool = False, hides: bool = False) -> MeetingSources:
        """As `Meetings.paper`. Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and NO_RULES."""

        def read(village: Village, quarter: Quarter) -> tuple[MeetingSources, Gaps | None]:
            (card,) = village.cards(quarter)
            behind, posyandu = dusun_of(village, quarter, village.rules_of(quarter))
            sources = MeetingSources(
                village.place,
                shown(card, hides=hides),
                trend_of(village, card, hides=hides),
                village.known.first,
                Quarter.of(village.today),
                behind,
                posyandu,
                ledger_of(village, names=names),
            )
            return sources, None if hides else gaps_of(village, names=names)

        sources, gaps = self._cards.read_village(code, period, read)
        return sources if gaps is None else sources.with_plan(helped(wish, gaps))
