"""A poster of the village's card for the wall of the village hall: large figures, no names, and no small ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from forms.indicators.rules import Sector
from forms.problems import Language
from scorecards.promises.plans import SERVICES
from scorecards.shares import USUAL, Light, Share, Thresholds
from scorecards.small_counts import Told
from scorecards.sources import Tally, VillageCards
from scorecards.steps import Step
from scorecards.view import VillageView, village_view
from templates.rendering import Frame, render

# Neighbours know each other: a figure below this could point at a family, and a poster hangs where all pass by.
FEWEST = 5
Size = Literal["A3", "A2"]
# Millimetres of the unit that everything on the poster is drawn in: an A2 is an A3 grown by the root of two.
UNIT: dict[Size, str] = {"A3": "3.5mm", "A2": "4.95mm"}


@dataclass(frozen=True)
class Tenths:
    """So many of ten; None where that would be said of fewer than FEWEST. `exact`: whether the counts and the percent
    may stand beside them."""

    share: Share
    tenths: int | None
    exact: bool


@dataclass(frozen=True)
class Poster:
    """What hangs on the wall. `before` is the level of the quarter before, None where it is unknown or too small to be
    told; `colours` are children by the Tikar; of them, of the people in the steps and of those who receive what was
    promised, 1 to 4 are not told."""

    view: VillageView
    total: Tenths
    before: Share | None
    sectors: tuple[tuple[Sector, Tenths], ...]
    homes: Tenths
    colours: tuple[tuple[Light | None, Told], ...]
    steps: tuple[Step, ...]
    promises: Tally
    hides: bool = False

    @property
    def free(self) -> int:
        """How many of its last two parts have nothing to say: the others are drawn larger in their room."""
        return (not self.steps) + (not self.promises.promised)


def poster_of(found: VillageCards, thresholds: Thresholds = USUAL, *, hides: bool = False) -> Poster:
    """`hides`: the cards have figures that stand in for small counts (small_counts.py), and the poster says so."""
    card, indicators = found.counted
    view = village_view(
        card, found.place, indicators, found.trend, first=found.first, current=found.current, thresholds=thresholds
    )
    sectors = tuple((one.sector, tenths(one.share)) for one in view.sectors)
    total = tenths(view.total)
    if sum(not one.exact for _, one in sectors) == 1:
        total = replace(total, exact=False)  # or the one that is not told would be what the others leave
    before = tenths(view.trend[-2].share) if len(view.trend) > 1 else None
    return Poster(
        view,
        total,
        before.share if before and before.exact and before.share.due else None,
        sectors,
        tenths(view.complete),
        tuple((one.light, one.children) for one in view.colours),
        view.steps,
        found.promises,
        hides,
    )


def tenths(share: Share) -> Tenths:
    """A share in tenths to the nearest: ten only where nothing lacks, none only where nothing was received."""
    received, due = share.received, share.due
    if isinstance(received, str) or isinstance(due, str):  # not told at all
        return Tenths(share, None, exact=False)
    if due < FEWEST:
        return Tenths(share, None, exact=due == 0)
    missing, rounded = due - received, (20 * received + due) // (2 * due)
    least, most = int(received > 0), 10 - int(missing > 0)
    return Tenths(share, min(max(rounded, least), most), exact=not (is_small(received) or is_small(missing)))


def is_small(count: Told) -> bool:
    """Whether so few could be recognised; of a count that is not told nothing is said."""
    return isinstance(count, int) and 0 < count < FEWEST


def render_poster(poster: Poster, links: Frame, address: str, size: Size, language: Language) -> str:
    """The poster as a page for the maker of PDF files; `address` leads to the card."""
    return render(
        "poster.html",
        language,
        poster=poster,
        links=links,
        address=address,
        sheet=f"@page {{ size: {size} portrait }} html {{ font-size: {UNIT[size]} }}",
        fewest=FEWEST,
        is_small=is_small,
        services={service.code: service for service in SERVICES},
    )
