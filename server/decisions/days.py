"""Since when somebody is said to live elsewhere, to have died or to be back: which days cannot be meant, and which may
well be slips. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from forms.domain import ACTIVE, BORN_ON, STATUS, STATUS_DAY
from forms.periods import Quarter
from forms.problems import Problem, problem
from server.entities.entity import Entity, day_of, last_seen

IN_FUTURE = Problem(
    "day-in-future",
    400,
    "Tanggal {day} belum tiba. Pilih hari ini atau sebelumnya.",
    "The date {day} has not come yet. Choose today or an earlier one.",
)
BEFORE_BIRTH = Problem(
    "day-before-birth",
    400,
    "Tanggal {day} sebelum hari lahirnya, {born}. Pilih tanggal sejak hari itu, atau betulkan tanggal lahirnya dahulu.",
    "The date {day} is before the birth, {born}. Choose that day or a later one, or correct the date of birth first.",
)
BEFORE_REGISTRATION = Problem(
    "day-before-registration",
    400,
    "Tanggal {day} sebelum pendaftarannya di sini, {registered}. Pilih tanggal sejak hari itu.",
    "The date {day} is before the registration here, {registered}. Choose that day or a later one.",
)


@dataclass(frozen=True)
class Doubts:
    """Why a day may be a slip. `seen`: the last day on which somebody was visited or measured, which is later; None
    where nobody was; `signed`: the quarters with a signed report whose figures may become others, the oldest first."""

    day: date
    seen: date | None
    signed: tuple[Quarter, ...]


def require_come(day: date, today: date) -> None:
    """Raises ProblemError IN_FUTURE."""
    if day > today:
        raise problem(IN_FUTURE, day=day)


def require_status_day(entity: Entity, said: Mapping[str, str], today: date) -> None:
    """Of a status that is set by hand; anything else has no day. Raises ProblemError IN_FUTURE, BEFORE_BIRTH and
    BEFORE_REGISTRATION."""
    if STATUS not in said:
        return
    day = date.fromisoformat(said[STATUS_DAY])
    require_come(day, today)
    born = day_of(entity, BORN_ON)
    if born is not None and day < born:
        raise problem(BEFORE_BIRTH, day=day, born=born)
    if day < entity.registered_on:
        raise problem(BEFORE_REGISTRATION, day=day, registered=entity.registered_on)


def doubts_of(entity: Entity, said: Mapping[str, str], signed: Iterable[Quarter]) -> Doubts | None:
    """Of the same; None where nothing speaks against it. `signed`: the quarters of which the village has a signed
    report. Who comes back is counted again since the day on which they had left."""
    if STATUS not in said:
        return None
    day = date.fromisoformat(said[STATUS_DAY])
    seen, left = last_seen(entity), day_of(entity, STATUS_DAY)
    closes = said[STATUS] != ACTIVE
    was_closed = entity.data.get(STATUS, ACTIVE) not in (ACTIVE, "")
    since = min(day, left) if was_closed and left is not None else day
    changed = tuple(sorted(quarter for quarter in signed if quarter >= Quarter.of(since)))
    later = seen if closes and seen is not None and seen > day else None
    return Doubts(day, later, changed) if later or changed else None
