"""The pack of a village meeting: one paper, read out from top to bottom, and written on where things are decided.

It opens with what was promised and what came of it; then how things stand, who lacks what in which dusun, what could be
done, what a budget could do of it, and empty lines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forms.indicators.rules import Indicator, named_by_service
from forms.problems import Language
from forms.region_names import dusun_key, usual_spelling
from scorecards.packs.sources import MeetingSources
from scorecards.promises.plans import SERVICES, Helped
from scorecards.promises.sources import tally
from scorecards.promises.view import Line, ledger_view
from scorecards.shares import USUAL, Thresholds
from scorecards.small_counts import Told, counted, received_of, told_share
from scorecards.sources import Tally
from scorecards.trace.dusun import DusunView, dusun_view
from scorecards.trace.sources import Behind
from scorecards.view import VillageView
from templates.rendering import Frame, render

Meeting = Literal["rembuk", "rapat"]
DECISIONS = 8  # empty lines


@dataclass(frozen=True)
class Reach:
    """A service as a proposal: how many people it would reach, and in which dusun, most of them first. `short`: the
    service that names it, blank where the indicator's own label has to."""

    indicator: Indicator
    short: str
    people: Told
    dusun: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Pack:
    """What is on the paper. `year`: of the Rembuk, None for the quarterly meeting. `promises`: of the ledger, those of
    which the meeting is told, added up in `tally`: the Rembuk of the year before and of whatever else is not finished,
    the quarterly meeting of all that were not called off. `helped`: what a budget could do, None where small counts are
    hidden. `names`: whether households are named."""

    meeting: Meeting
    year: int | None
    view: VillageView
    dusun: DusunView | None
    promises: tuple[Line, ...]
    tally: Tally
    proposals: tuple[Reach, ...]
    helped: Helped | None
    names: bool


def pack_of(
    found: MeetingSources,
    *,
    year: int | None = None,
    names: bool = False,
    hides: bool = False,
    thresholds: Thresholds = USUAL,
) -> Pack:
    """`hides`: small counts are not told, as on the pages, and nothing by dusun."""
    view = found.view(thresholds, hides=hides)
    promised = tuple(line for line in ledger_view(found.ledger, hides=hides).lines if _is_told(line, year, view.as_of))
    return Pack(
        "rapat" if year is None else "rembuk",
        year,
        view,
        None if hides else dusun_view(found.behind, found.posyandu, thresholds=thresholds),
        promised,
        tally((line.promise for line in promised), found.ledger.today),
        told_proposals(found.behind) if hides else proposals(found.behind),
        found.helped,
        names,
    )


def _is_told(line: Line, year: int | None, as_of: date) -> bool:
    """What was decided after the day of the paper's figures is no matter of the Rembuk that it is for."""
    if year is None:
        return not line.promise.is_off
    is_left = line.standing in ("overdue", "open") and line.promise.agreed_on <= as_of
    return is_left or line.promise.year == str(year - 1)


def proposals(behind: Behind) -> tuple[Reach, ...]:
    """Every service that somebody lacks, the one that would reach most people first."""
    spelt = usual_spelling(one.dusun for one in behind.targets)
    short = named_by_service(behind.indicators)
    found = []
    for indicator in behind.indicators:
        where = Counter(
            spelt[dusun_key(one.dusun)]
            for one in behind.targets
            if one.target == indicator.target and one.results.get(indicator.code) == 0
        )
        if where:
            named = sorted(where.items(), key=lambda one: (-one[1], one[0].casefold()))
            found.append((where.total(), Reach(indicator, short[indicator.code], where.total(), tuple(named))))
    return tuple(reach for _, reach in sorted(found, key=lambda one: -one[0]))


def told_proposals(behind: Behind) -> tuple[Reach, ...]:
    """The same without small counts, and without dusun, which are too small to be counted in public."""
    short = named_by_service(behind.indicators)
    found = []
    for indicator in behind.indicators:
        results = [one.results.get(indicator.code) for one in behind.targets if one.target == indicator.target]
        yes, no = results.count(1), results.count(0)
        missing = counted(yes + no) - received_of(yes, yes + no)
        if missing:
            found.append(
                (missing, Reach(indicator, short[indicator.code], told_share(missing, counted(yes + no))[0], ()))
            )
    return tuple(reach for _, reach in sorted(found, key=lambda one: -one[0]))


def render_pack(pack: Pack, links: Frame, address: str, language: Language) -> str:
    """The pack as a page for the maker of PDF files; `address` leads to the card."""
    services = {service.code: service for service in SERVICES}
    return render(
        "rapat.html", language, pack=pack, links=links, address=address, decisions=DECISIONS, services=services
    )
