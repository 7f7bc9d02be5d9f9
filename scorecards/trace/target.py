"""One target behind a number: why it counts as it does, and the forms that say so, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from forms.indicators.rules import Indicator, named_by_service
from forms.periods import Quarter
from scorecards.sources import Place, Traced
from scorecards.trace.figures import Figure
from scorecards.trace.reasons import Reason
from scorecards.trace.sources import Behind, FieldWords, TracedVisit
from scorecards.trace.view import STATES, result_of, state_of, why


@dataclass(frozen=True)
class Proof:
    """A form about the target. `decides`: it is among those that the result rests on."""

    visit: TracedVisit
    decides: bool


@dataclass(frozen=True)
class MonthOfForms:
    """The forms of a month, the newest first."""

    first: date
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class TargetView:
    """`state` is the part of the number that the target belongs to; `services`: what is asked for it, each with its
    state, where the number adds up several; `months` the newest first. `reason` and `day` (on which it was taken) are
    None where the number has no rule of its own. `short` as in FigureView."""

    place: Place
    quarter: Quarter
    figure: Figure
    target: Traced
    state: str
    reason: Reason | None
    day: date | None
    services: tuple[tuple[Indicator, str], ...]
    months: tuple[MonthOfForms, ...]
    words: Mapping[str, FieldWords]
    short: Mapping[str, str]


def target_view(behind: Behind, figure: Figure) -> TargetView:
    """The view of the first of the targets that were brought."""
    target, visits = behind.targets[0], [*behind.evidence.visits] if behind.evidence else []
    own = figure.kind in ("indicator", "also")
    stand = behind.evidence.stands.get(target.id) if behind.evidence else None
    counted = [visit for visit in visits if stand is None or visit.day <= stand.day]
    asked = [
        (one, STATES[target.results.get(one.code)])
        for one in behind.indicators
        if one.target == target.target and figure.sector in (None, one.sector)
    ]
    return TargetView(
        behind.place.bare(),
        behind.quarter,
        figure,
        target,
        STATES[result_of(figure, target)] if own else state_of(figure, target, behind.indicators),
        why(behind, figure, target, counted) if own or figure.kind == "risk" else None,
        stand.day if stand else None,
        tuple(asked) if figure.kind in ("services", "all", "complete", "sectors", "homes") else (),
        tuple(_by_month(_proofs(behind, counted))),
        behind.words,
        named_by_service(behind.indicators),
    )


def _proofs(behind: Behind, visits: Sequence[TracedVisit]) -> list[Proof]:
    answering = [visit for visit in visits if any(visit.answers.values())]
    is_latest = behind.evidence is not None and behind.evidence.indicator.window == "terakhir"
    deciding = answering[-1:] if is_latest else answering
    shown = answering if is_latest else visits
    return [Proof(visit, visit in deciding) for visit in reversed(shown)]


def _by_month(proofs: Sequence[Proof]) -> list[MonthOfForms]:
    months = groupby(proofs, lambda proof: proof.visit.day.replace(day=1))
    return [MonthOfForms(first, tuple(those)) for first, those in months]
