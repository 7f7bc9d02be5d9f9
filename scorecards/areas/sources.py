"""What the page of a region asks for, and what it is given: counts of villages, and names where it shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from forms.periods import Quarter
from scorecards.areas.dictionary import DataColumn
from scorecards.areas.levels import Picked, VillageLevel
from scorecards.promises.sources import Late
from scorecards.sources import CountedCard
from scorecards.trace.figures import Figure


class AreaQuarter(NamedTuple):
    """What the cards of a region come to in a quarter; of its `villages` with a card `reporting` were visited."""

    quarter: Quarter
    received: int
    due: int
    villages: int
    reporting: int


class Region(NamedTuple):
    code: str
    name: str


class Counting(NamedTuple):
    """When the cards were counted: for the earliest and for the latest day up to which one was (None: there is no card
    yet), and how many villages have something that waits to be counted."""

    first: date | None
    last: date | None
    waiting: int


class AreaCards(NamedTuple):
    """What the page of a region is made of. `above` are the regions that it lies in, from the nation down.

    `together` is the sum of the villages' cards in the form of one; `before` that of the quarter before, None where
    there is no card of then. `trend` runs from old to new, the last one the card's quarter; quarters before the first
    card are left out. `villages` are all that take part: with a phone, or that have ever sent something, of whom the
    page names those that are `picked`; `listed` is
    how many the list of regions has, kelurahan among them. `names` has those of the regions right below and of all
    villages that the page names, `cards` the cards of those that need help most, `contacts` the day on which a phone
    of a silent village was last heard of: None where it never was, and no entry where it has no phone.
    `late`: villages with overdue promises today, the most overdue ones first; `signed`: how many villages' reports
    of the quarter their heads have signed.
    """

    region: Region
    above: Sequence[Region]
    quarter: Quarter
    current: Quarter
    counting: Counting
    together: CountedCard
    before: CountedCard | None
    trend: Sequence[AreaQuarter]
    villages: Sequence[VillageLevel]
    picked: Picked
    listed: int
    names: Mapping[str, str]
    cards: Mapping[str, CountedCard]
    contacts: Mapping[str, date | None]
    late: Sequence[Late] = ()
    signed: int = 0


class AreaFigure(NamedTuple):
    """A number of a region's page, and what it is made of. `together` and `above` as in AreaCards; `parts` has by their
    codes the same of the regions right below that have a card, or of a kecamatan's villages, `names` their names."""

    figure: Figure
    region: Region
    above: Sequence[Region]
    quarter: Quarter
    together: CountedCard
    parts: Mapping[str, CountedCard]
    names: Mapping[str, str]


class AreaVillages(NamedTuple):
    """A count of villages on a region's page by its `name` (areas/groups.py): those `chosen` of all its `villages`;
    `above` as in AreaCards, `names` of what the page of the count names."""

    name: str
    region: Region
    above: Sequence[Region]
    quarter: Quarter
    villages: Sequence[VillageLevel]
    chosen: Sequence[VillageLevel]
    names: Mapping[str, str]


@dataclass(frozen=True)
class AreaRows:
    """All figures of a region's villages in a quarter: `count` rows by `columns`, read anew each time `values` is
    called, in the order of their codes."""

    region: Region
    quarter: Quarter
    columns: Sequence[DataColumn]
    values: Callable[[], Iterator[list[Any]]]
    count: int


class Areas(Protocol):
    """Regions and what their villages come to: one call a page. `code` is a Kemendagri code above the village, or ID
    for the nation; `period` as in `Cards`."""

    def area(self, code: str, period: str | None, *, hides: bool = False) -> AreaCards:
        """What the page of the region shows; `hides`: added up from what stands in for small counts, except for the
        `cards` (small_counts.py). Raises ProblemError NO_SUCH_AREA, BAD_PERIOD or FUTURE_PERIOD, and
        NO_RULES."""

    def figure(self, code: str, period: str, name: str, *, hides: bool = False) -> AreaFigure:
        """The number of that name (trace/figures.py) of the region's page. Raises the same, and NO_SUCH_NUMBER."""

    def villages(self, code: str, period: str, name: str, *, hides: bool = False) -> AreaVillages:
        """The villages that a number of that name (areas/groups.py, GROUPS) counts. Raises as `area` does."""

    def rows(self, code: str, period: str | None, *, hides: bool = False) -> AreaRows:
        """All figures of its villages, or of a village alone; those that take part and have no card yet have zeros;
        `hides`: without small counts of people (small_counts.py). Raises the same."""

    def columns(self) -> Sequence[DataColumn]:
        """The columns of those rows by the rules in force. Raises ProblemError NO_RULES."""

    def quarters(self) -> Sequence[Quarter]:
        """The quarters for which there are rows, the latest first."""
