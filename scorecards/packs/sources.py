"""What the papers of a village's meetings are made of. Whoever knows the database fills it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from forms.periods import Quarter
from scorecards.promises.plans import Helped, Wish
from scorecards.promises.sources import Ledger
from scorecards.shares import Thresholds
from scorecards.sources import CountedCard, Place, TrendPoint
from scorecards.trace.sources import Behind
from scorecards.view import VillageView, village_view


@dataclass(frozen=True)
class CardSources:
    """The card of a quarter with its trend, the first quarter that has one (None where none has) and the one that
    runs."""

    place: Place
    counted: CountedCard
    trend: Sequence[TrendPoint]
    first: Quarter | None
    current: Quarter

    def view(self, thresholds: Thresholds, *, hides: bool) -> VillageView:
        """The card as it is shown; `hides`: small counts are not told."""
        return village_view(
            self.counted.card,
            self.place,
            self.counted.indicators,
            self.trend,
            first=self.first,
            current=self.current,
            thresholds=thresholds,
            hides=hides,
        )


@dataclass(frozen=True)
class MeetingSources(CardSources):
    """Besides, everybody behind its numbers, without names; the names of the Posyandu of each dusun, by its key; the
    ledger of promises; and what a budget could do, None where small counts are hidden."""

    behind: Behind
    posyandu: Mapping[str, Sequence[str]]
    ledger: Ledger
    helped: Helped | None = None

    def with_plan(self, helped: Helped) -> MeetingSources:
        """The same with what a budget could do."""
        return replace(self, helped=helped)


class Meetings(Protocol):
    """One call a paper. `code` is a Kemendagri code."""

    def paper(self, code: str, period: str, wish: Wish, *, names: bool = False, hides: bool = False) -> MeetingSources:
        """Of the card of that quarter; `names`: with what households are called; `hides`: with what stands in for small
        counts. Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and NO_RULES."""
