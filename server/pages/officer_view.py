"""A KPM's performance as her page shows it, made of the JSON that is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from forms.periods import Quarter

State = Literal["met", "below", "not_due", "nothing", "not_asked"]
LIGHTS: dict[State, str] = {"met": "green", "below": "red"}


@dataclass(frozen=True)
class Line:
    """One duty. `done`, `due`, `left`: how many; `left` is what is not done and not due yet either, until the day
    `until`.

    `percent` is None where nothing of it was due, `until` where no last day is set for the whole of it (`sent`).
    """

    duty: str
    state: State
    done: int
    due: int
    left: int
    percent: Decimal | None
    until: date | None

    @property
    def light(self) -> str:
        return LIGHTS.get(self.state, "none")


@dataclass(frozen=True)
class Month:
    """Targets of a month, and how many of them were visited. `running`: it is not over yet."""

    first: date
    visited: int
    targets: int
    running: bool


@dataclass(frozen=True)
class Result:
    """The performance of one quarter; `percent` is None where nothing can be judged yet. `over`: the quarter has ended,
    so that no visit can be made up for."""

    quarter: Quarter
    percent: Decimal | None
    least: int
    over: bool
    final: bool
    final_from: date
    as_of: date
    lines: tuple[Line, ...]
    months: tuple[Month, ...]

    @property
    def light(self) -> str:
        if self.percent is None:
            return "none"
        return "green" if self.percent >= self.least else "red"

    @property
    def below(self) -> Sequence[Line]:
        """The measures of performance that fall short, the furthest first."""
        return sorted((line for line in self.lines if line.state == "below"), key=lambda line: line.percent or 0)


def result(found: Mapping[str, Any], today: date) -> Result:
    """The page's values from the JSON that `kpm performance --json` prints."""
    least = found["incentive_from"]
    quarter = Quarter.parse(found["period"])
    return Result(
        quarter,
        _decimal(found["percent"]),
        least,
        quarter.last_day < today,
        found["final"],
        date.fromisoformat(found["final_from"]),
        date.fromisoformat(found["as_of"]),
        tuple(_line(part, least) for part in found["parts"]),
        tuple(_month(name, counts, today) for name, counts in found["months"].items()),
    )


def _line(part: Mapping[str, Any], least: int) -> Line:
    percent = _decimal(part["percent"])
    until = date.fromisoformat(part["until"]) if part["until"] else None
    left = part["all"] - part["due"]
    return Line(part["duty"], _state(part, percent, least), part["done"], part["due"], left, percent, until)


def _state(part: Mapping[str, Any], percent: Decimal | None, least: int) -> State:
    if not part["asked"]:
        return "not_asked"
    if percent is None:
        return "not_due" if part["all"] else "nothing"
    return "met" if percent >= least else "below"


def _month(name: str, counts: Mapping[str, int], today: date) -> Month:
    first = date.fromisoformat(f"{name}-01")
    return Month(first, counts["visited"], counts["targets"], name == today.isoformat()[:7])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
