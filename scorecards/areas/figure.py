"""A number of a region's page, opened: what lies right below and adds up to it. Pure functions without words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.indicators.rules import Indicator, Target
from forms.periods import Quarter
from forms.problems import problem
from scorecards.areas.levels import Kind, kind_of
from scorecards.areas.sources import AreaFigure, Region
from scorecards.running_month import visited_this_month
from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.small_counts import told
from scorecards.sources import CountedCard, IndicatorLabel
from scorecards.trace.figures import NO_SUCH_NUMBER, Figure, figure_called
from scorecards.view import sector_shares, table3


@dataclass(frozen=True)
class PartShare:
    """A region or village: `missing` were not received, None where small counts are hidden there."""

    code: str
    name: str
    share: Share
    missing: int | None


@dataclass(frozen=True)
class FigureView:
    """The page of a number. `indicator` is None where it is of a sector, of the visits of a month, or a plain count,
    whose share has it in both places. `parts` are those where something is due, most of what is missing first (of a
    plain count the largest); `rest` how many others have a card. `hides`: small counts are not told."""

    region: Region
    kind: Kind
    above: tuple[Region, ...]
    quarter: Quarter
    figure: Figure
    indicator: IndicatorLabel | None
    total: Share
    parts: tuple[PartShare, ...]
    rest: int
    thresholds: Thresholds
    hides: bool


def area_figure(name: str, indicators: Sequence[Indicator]) -> Figure:
    """The number of that name on a region's page: of an indicator, a sector, the visits of the month, or of people and
    households. Raises ProblemError NO_SUCH_NUMBER."""
    found = figure_called(name, indicators)
    if found.kind in ("indicator", "month", "homes", "all") or found.sector:
        return found
    raise problem(NO_SUCH_NUMBER, name=name[:40])


def figure_view(found: AreaFigure, thresholds: Thresholds = USUAL, *, hides: bool = False) -> FigureView:
    """The page's values; `hides`: without small counts of people."""
    shares = {code: _share(found.figure, one, thresholds, hides) for code, one in found.parts.items()}
    due = [_part(code, own, found.names) for code, own in shares.items() if own.due]
    labels = {one.code: one for one in found.together.indicators}
    return FigureView(
        region=found.region,
        kind=kind_of(found.region.code),
        above=tuple(found.above),
        quarter=found.quarter,
        figure=found.figure,
        indicator=labels[found.figure.name] if found.figure.indicator else None,
        total=_share(found.figure, found.together, thresholds, hides),
        parts=tuple(sorted(due, key=lambda one: (-(one.missing or 0), -_due(one), one.code))),
        rest=len(shares) - len(due),
        thresholds=thresholds,
        hides=hides,
    )


_GROUPS: Mapping[Target, str] = {"ibu_hamil": "pregnant", "anak": "children"}


def _due(one: PartShare) -> int:
    return one.share.due if isinstance(one.share.due, int) else 0


def _share(figure: Figure, one: CountedCard, thresholds: Thresholds, hides: bool) -> Share:
    if figure.sector:
        return sector_shares(*one, thresholds)[figure.sector]
    if figure.kind in ("homes", "all"):
        table1 = one.card["table1"]
        count = table1["households"] if figure.kind == "homes" else table1[_GROUPS[figure.targets[0]]]["total"]
        return Share(told(count) if hides else count, told(count) if hides else count, None, None)
    if figure.kind == "month":
        return share(*(visited_this_month(one.card) or (0, 0)), thresholds, hides=hides)
    return next(row.share for row in table3(*one, thresholds, hides) if row.indicator.code == figure.name)


def _part(code: str, own: Share, names: Mapping[str, str]) -> PartShare:
    is_told = isinstance(own.due, int) and isinstance(own.received, int)
    missing = own.due - own.received if is_told else None  # type: ignore[operator]
    return PartShare(code, names.get(code, code), own, missing)
