"""How urgent a mother or child is this month, and what is still to be done for it.

Pure, and read from the row of the register alone: the phones' list and the work list page say the same. A child's
changes with a submission or with the month, never with the day of the month; a mother's also with the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Row

from forms.domain import ACTIVE, CHILDREN, STATUS
from forms.growth.signs import LASTING, NOT_WEIGHED, OVERDUE, SIGNS, WEIGHED
from forms.periods import add_months

URGENT, AT_RISK, FALTERING, NOT_VISITED, INCOMPLETE, DONE, PAUD = "1", "2", "3", "4", "5", "6", "7"
# What the register says of a target that puts it first, or second.
PRESSING: dict[str, dict[str, frozenset[str]]] = {
    URGENT: {"tikar": frozenset({"merah"}), "status_gizi": frozenset({"buruk"})},
    AT_RISK: {
        "status_kehamilan": frozenset({"kek", "risti", "kek_risti"}),
        "tikar": frozenset({"kuning"}),
        "status_gizi": frozenset({"kurang", "stunting"}),
    },
}
_PRESSES = tuple(
    (name, value, priority)
    for priority, pressing in PRESSING.items()
    for name, values in pressing.items()
    for value in sorted(values)
)
TO_VISIT = "belum dikunjungi bulan ini"
TO_FOLLOW = "pantau PAUD bulan ini"
# Children stay on the list for the monitoring of early education (Formulir 2C) until they are six; from a month on they
# are weighed (the rule a2).
CHILDHOOD_MONTHS = 72
WEIGHED_FROM_MONTHS = 1
# A pregnancy is past 42 weeks when so many days have gone since the expected day.
OVERDUE_AFTER = timedelta(days=14)


class Target(Protocol):
    """What is read of a mother or child: columns of the register's row (tables.py, entities)."""

    @property
    def list(self) -> str: ...
    @property
    def data(self) -> Mapping[str, str]: ...
    @property
    def followed_on(self) -> date | None:
        """The last day on which PAUD was asked after; None where it never was."""

    @property
    def registered_on(self) -> date: ...
    @property
    def leaves_on(self) -> date | None:
        """The first day on which it is no target any more; None where that is not known."""

    @property
    def birth_date(self) -> date | None:
        """None where the register does not have it."""

    @property
    def due_date(self) -> date | None:
        """When a mother's child is expected; None where the register does not have it."""

    @property
    def delivered_on(self) -> date | None:
        """None before the birth is told."""

    @property
    def visited_on(self) -> date | None:
        """The day of the last home visit; None before the first."""

    @property
    def missing(self) -> str | None:
        """What the last visit found missing, in words; None where no visit has said."""

    @property
    def signs(self) -> Any: ...  # [code, day] as forms.early.signs gives them


Signs = tuple[tuple[str, str], ...]  # code, and the day of its evidence as 2026-03-05


@dataclass(frozen=True)
class _Month:
    """What a month's answers turn on: its first day, that of the month before it as text, and after which day a child
    was born that is not yet six when the month begins."""

    first: date
    before: str
    born_for_paud: date


class Priority(NamedTuple):  # made for every target of a list: a frozen dataclass takes three times as long
    """`rank`: "1" first to "6" nothing to do, or has left; "7" a child of PAUD age. `todo` in words, blank where
    nothing is to be done. `signs`: the early signs that stand, `todo_signs` the codes of those that `todo` is about."""

    rank: str
    todo: str = ""
    signs: Signs = ()
    todo_signs: frozenset[str] = frozenset()


def priority_of(target: Target | Row[Any], today: date, returned: Iterable[str] = ()) -> Priority:
    """The priority of a mother or child in the month of `today`. `returned`: the forms about them that the KPM is to
    correct, in words; they come first in what is to be done, and make nobody more urgent than who lacks something.

    A sign stays until a later measurement clears it. What to do about it is asked for until a visit comes after it: the
    visit in which it was found is not such a one. A visit does not end what is asked for because of a LASTING one.
    """
    usual = _usual(target, today)
    words = "; ".join(filter(None, (*returned, usual.todo)))
    if words == usual.todo:
        return usual
    return usual._replace(rank=INCOMPLETE if usual.rank == DONE else usual.rank, todo=words)


def _usual(target: Target | Row[Any], today: date) -> Priority:
    month = _month(today.year, today.month)
    if target.data.get(STATUS, ACTIVE) not in (ACTIVE, ""):
        return Priority(DONE)
    visited = target.visited_on is not None and target.visited_on >= month.first
    if target.leaves_on is not None and target.leaves_on <= month.first:
        if target.list == CHILDREN and target.birth_date is not None and target.birth_date > month.born_for_paud:
            followed = target.followed_on is not None and target.followed_on >= month.first
            return Priority(PAUD, "" if followed else TO_FOLLOW)
        return Priority(DONE)
    signs = _standing(target, month) if target.list == CHILDREN else _overdue(target, today)
    seen = str(target.visited_on) if visited else ""
    todo_signs = [code for code, day in signs if day >= seen or code in LASTING]
    todo = [(target.missing or "") if visited else TO_VISIT, *(SIGNS[code].todo_id for code in todo_signs)]
    said_already = {one for one in todo if one.partition(": ")[2] in todo[1:]}  # of the Tikar and of a z-score alike
    words = "; ".join(one for one in dict.fromkeys(todo) if one and one not in said_already)
    return Priority(_rank(target, signs, visited, words), words, signs, frozenset(todo_signs))


def _standing(target: Target | Row[Any], month: _Month) -> Signs:
    """A child's signs; not having been weighed last month is one of them, its evidence that month's first day."""
    signs = tuple((code, day) for code, day in target.signs if code in SIGNS)
    weighed = max((day for code, day in target.signs if code == WEIGHED), default="")
    if weighed >= month.before or target.registered_on >= month.first or target.birth_date is None:
        return signs
    due = add_months(target.birth_date, WEIGHED_FROM_MONTHS) < month.first
    return (*signs, (NOT_WEIGHED, month.before)) if due else signs


def _overdue(target: Target | Row[Any], today: date) -> Signs:
    """The sign of a pregnancy past 42 weeks of which no birth is known; its evidence is the day on which it was."""
    if target.due_date is None or target.delivered_on is not None or today <= target.due_date + OVERDUE_AFTER:
        return ()
    return ((OVERDUE, str(target.due_date + OVERDUE_AFTER)),)


def _rank(target: Target | Row[Any], signs: Signs, visited: bool, todo: str) -> str:
    data = target.data
    pressing = [priority for name, value, priority in _PRESSES if data.get(name) == value]
    pressing += [AT_RISK for code, _ in signs if code == OVERDUE]
    if pressing:
        return min(pressing)
    if any(SIGNS[code].faltering for code, _ in signs):
        return FALTERING
    if not visited:
        return NOT_VISITED
    return INCOMPLETE if todo else DONE


@lru_cache(maxsize=4)
def _month(year: int, month: int) -> _Month:
    first = date(year, month, 1)
    return _Month(first, str(add_months(first, -1)), add_months(first, -CHILDHOOD_MONTHS))
