"""Why a target counts as it does, from the rules as data: no words yet, and nothing that knows a code.

Whatever a workbook asks, a result has one of these reasons. In words they are templates/angka_parts.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forms.indicators.atoms import comparison, hindrances
from forms.indicators.rules import EVERY_MONTH, Expression, Indicator, Window, names_in
from forms.periods import Quarter, month_end
from scorecards.sources import Traced
from scorecards.trace.sources import Stand, TracedVisit

Kind = Literal["not_due", "not_monitored", "every_month", "number", "times", "latest"]


@dataclass(frozen=True)
class Asked:
    """A comparison of the rules with what was found. `operator` and `bounds` as in forms/indicators/atoms.py, `found`
    the value, None where there is none."""

    name: str
    operator: str
    bounds: tuple[str, ...]
    found: str | None


@dataclass(frozen=True)
class Month:
    """A month of the window. `yes`: some form says yes; `visited`: somebody was there; `seen`: there is a form of
    another kind, such as a measurement; `said`: what the forms answer to the rule's names, blanks left out."""

    first: date
    yes: bool
    visited: bool
    seen: bool
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Reason:
    """`asked`: the comparisons that decide; `months`: those that are looked at; `met` of `needed` months, needed None
    where none are counted."""

    kind: Kind
    asked: tuple[Asked, ...] = ()
    months: tuple[Month, ...] = ()
    met: int = 0
    needed: float | None = None
    window: Window = "triwulan"
    names: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[Month, ...]:
        return tuple(month for month in self.months if not month.yes)


def reason_of(
    indicator: Indicator,
    quarter: Quarter,
    target: Traced,
    result: int | None,
    stand: Stand,
    visits: Sequence[TracedVisit],
) -> Reason:
    """Why the result is what it is; `visits` are those of the target, the oldest first."""
    names = tuple(dict.fromkeys(names_in(indicator.received)))
    if result is None:
        return Reason("not_due", _asked(hindrances(indicator.due, stand.due), stand))
    if not target.monitored and indicator.window != "terakhir":
        return Reason("not_monitored", names=names)
    if indicator.window == "terakhir":
        return _latest(indicator, target, stand, names)
    counted = [visit for visit in visits if visit.day <= stand.day]
    if indicator.minimum == EVERY_MONTH:
        months = tuple(_month(first, counted, names) for first in _active(quarter, stand))
        return Reason("every_month", (), months, sum(month.yes for month in months), len(months), names=names)
    months = tuple(_month(first, counted, names) for first in _months_of(counted, indicator.window, quarter))
    met = sum(month.yes for month in months)
    number = _number(indicator.received, counted) if stand.needed == 1 else None
    return Reason(
        "number" if number else "times", (number,) if number else (), months, met, stand.needed, indicator.window, names
    )


def _latest(indicator: Indicator, target: Traced, stand: Stand, names: tuple[str, ...]) -> Reason:
    found = _asked(stand.latest, stand)
    if not target.monitored:
        return Reason("not_monitored", found, names=names)
    lacking = _asked(hindrances(indicator.received, stand.latest), stand)
    return Reason("latest", lacking or found, window="terakhir", names=names)


def _asked(parts: Iterable[Expression], stand: Stand) -> tuple[Asked, ...]:
    found = []
    for part in parts:
        one = comparison(part)
        value = next((text for name in one.names if (text := stand.known.get(name))), None)
        name = next((name for name in one.names if stand.known.get(name)), one.names[0] if one.names else "")
        found.append(Asked(name, one.operator, one.bounds, value))
    return tuple(found)


def _active(quarter: Quarter, stand: Stand) -> list[date]:
    """The quarter's months in which somebody is a target, as the recap counts them."""
    return [first for first in quarter.month_starts if stand.begins <= month_end(first) and first <= stand.day]


def _months_of(visits: Sequence[TracedVisit], window: Window, quarter: Quarter) -> list[date]:
    """The months of the window with forms; of the quarter all that have begun by the last of them."""
    first = {"triwulan": quarter.first_day, "semester": quarter.semester_start, "tahun": quarter.year_start}.get(window)
    return sorted({visit.day.replace(day=1) for visit in visits if first is None or visit.day >= first})


def _month(first: date, visits: Sequence[TracedVisit], names: tuple[str, ...]) -> Month:
    here = [visit for visit in visits if first <= visit.day <= month_end(first)]
    said = dict.fromkeys((name, text) for visit in here for name in names if (text := visit.answers.get(name)))
    return Month(
        first,
        any(visit.yes for visit in here),
        any(visit.visits for visit in here),
        any(not visit.visits for visit in here),
        tuple(said),
    )


def _number(received: Expression, visits: Sequence[TracedVisit]) -> Asked | None:
    """Where one number decides, such as visits so far: the largest that was answered, None where another thing does."""
    one = comparison(received)
    if one.operator not in (">", ">=") or len(one.names) != 1:
        return None
    (name,) = one.names
    found = [text for visit in visits if (text := visit.answers.get(name))]
    return Asked(name, one.operator, one.bounds, max(found, key=_figure) if found else None)


def _figure(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
