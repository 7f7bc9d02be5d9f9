"""A village's card in one file for a chat: opens without a network, and every count of people in it opens too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from forms.problems import Language
from scorecards.packs.sources import CardSources
from scorecards.promises.sources import Ledger
from scorecards.promises.view import LedgerView, ledger_view
from scorecards.shares import USUAL, Thresholds
from scorecards.steps import Step
from scorecards.trace.figures import Figure
from scorecards.trace.named import figure_of
from scorecards.trace.reasons import Reason
from scorecards.trace.sources import Behind, Fund
from scorecards.trace.view import FigureView, Part, figure_view
from scorecards.view import VillageView
from templates.rendering import Frame, render

LARGEST = 300_000  # bytes: what a chat on a cheap phone opens at once

_FACTS = re.compile(
    rb'<html lang="\w\w" data-desa="([\d.]+)" data-triwulan="(\d{4}-Q[1-4])" data-diterima="(\d+)" '
    rb'data-seharusnya="(\d+)">'
)


@dataclass(frozen=True)
class Group:
    """People of whom one thing is to be said: its names stand behind it in one line, which keeps the file small.
    `reason` is None where the number has no rule of its own."""

    reason: Reason | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """A number with its parts; `groups` by the part's key, empty in the copy without names."""

    view: FigureView
    groups: dict[str, tuple[Group, ...]]


@dataclass(frozen=True)
class Facts:
    """What a file says of itself: services received of due, as the card's level."""

    code: str
    period: str
    received: int
    due: int


@dataclass(frozen=True)
class FileSources(CardSources):
    """Besides, all its numbers that count people, the level of the village first; the activities that table 5 adds up;
    and the ledger of promises."""

    figures: Sequence[tuple[Figure, Behind]]
    funds: Sequence[Fund]
    ledger: Ledger


class Files(Protocol):
    """One call a file. `code` is a Kemendagri code."""

    def sources(self, code: str, period: str, *, names: bool = False, hides: bool = False) -> FileSources:
        """Of the card of that quarter; `names`: with who the people and households are; `hides`: with what stands in
        for small counts. Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD or FUTURE_PERIOD, and NO_RULES."""


@dataclass(frozen=True)
class VillageFile:
    """What is in the file. `steps`: each with the number that opens to whom it is about; `activities`: by the field of
    table 5 that adds them up."""

    card: VillageView
    figures: tuple[Opened, ...]
    steps: tuple[tuple[Step, Opened], ...]
    activities: Mapping[str, Sequence[Fund]]
    ledger: LedgerView
    names: bool


def file_of(found: FileSources, *, names: bool, hides: bool = False, thresholds: Thresholds = USUAL) -> VillageFile:
    """`hides`: small counts are not told."""
    view = found.view(thresholds, hides=hides)
    views = [
        figure_view(behind, figure, names=names, hides=hides, thresholds=thresholds) for figure, behind in found.figures
    ]
    figures = {one.figure.name: Opened(one, {part.key: _groups(one, part) for part in one.parts}) for one in views}
    activities: defaultdict[str, list[Fund]] = defaultdict(list)
    for fund in found.funds:
        activities[fund.field].append(fund)
    return VillageFile(
        view,
        tuple(figures.values()),
        tuple((step, figures[figure_of(step)]) for step in view.steps),
        activities,
        ledger_view(found.ledger, hides=hides),
        names,
    )


def _groups(view: FigureView, part: Part) -> tuple[Group, ...]:
    """Services count no people: whom one lacks stands behind the service."""
    if view.figure.kind == "services":
        return ()
    names: defaultdict[Reason | None, list[str]] = defaultdict(list)
    for line in part.lines:
        names[_alike(line.reason)].append(line.name)
    return tuple(Group(reason, tuple(sorted(those, key=str.casefold))) for reason, those in names.items())


def _alike(reason: Reason | None) -> Reason | None:
    """The same reason without the answers, of which no more is said than whether there were any."""
    if reason is None:
        return None
    months = tuple(replace(month, said=(("", ""),) if month.said else ()) for month in reason.months)
    return replace(reason, months=months)


def render_file(file: VillageFile, links: Frame, address: str, key_id: str, language: Language) -> bytes:
    """The file before it is signed; `address` is where it can be checked."""
    level = file.figures[0].view
    assert level.share is not None  # noqa: S101 # of services there always is one
    return render("berkas.html", language, file=file, level=level, links=links, address=address, key_id=key_id).encode()


def facts_of(content: bytes) -> Facts | None:
    """What a signed file says of itself; None where it is no such file."""
    found = _FACTS.search(content)
    if found is None:
        return None
    return Facts(found[1].decode(), found[2].decode(), int(found[3]), int(found[4]))
