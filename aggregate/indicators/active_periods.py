"""From which day on and until when somebody in the register is a target of a group.

Mothers and children of 0-23 months are, from their registration until the day that the register keeps as `leaves_on`.
Children of 2-6 years are from the first day on which 24 months are completed (or their registration, if that is later)
until the first day on which 72 are, or the day they are closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, or_

from aggregate.indicators.rules import PAUD, Group
from aggregate.sql.functions import Day, DayOfText, YearsAfter
from aggregate.sql.parameters import MONTHS, OLDEST, YOUNGEST
from forms.domain import ACTIVE
from forms.periods import CHILD_MONTHS, PAUD_MONTHS


@dataclass(frozen=True)
class Activity:
    """Of a row of the register. `begins` and `ends` are days; a target without an end has NULL there, and who is never
    one has it in `begins`."""

    begins: ColumnElement[Any]
    ends: ColumnElement[Any]


def activity(group: Group, person: FromClause) -> Activity:
    if group is not PAUD:
        return Activity(Day(person.c.registered_on), Day(person.c.leaves_on))
    grown = YearsAfter(person.c.birth_date, CHILD_MONTHS // 12)
    at_school = YearsAfter(person.c.birth_date, PAUD_MONTHS // 12)
    closed = _closed_on(person)
    # Hardly anybody was closed: asked first, it spares computing the same birthday again to compare it with.
    begins = case((grown < person.c.registered_on, person.c.registered_on), else_=grown)
    ends = case((closed.is_(None), at_school), (closed < at_school, closed), else_=at_school)
    return Activity(case((or_(closed.is_(None), closed > grown), begins)), ends)


def _closed_on(person: FromClause) -> ColumnElement[Any]:
    """The day of the status that took a child off the lists, NULL where it is on them or no day is known."""
    status = func.coalesce(person.c.data["status"].as_string(), "")
    return case((status.not_in(["", ACTIVE]), DayOfText(person.c.data["tanggal_status"].as_string())))


def may_be_target(group: Group, person: FromClause) -> ColumnElement[bool]:
    """What can be said without much ado of everybody who is a target of the group at some time of the quarter."""
    (first, _), *_, (_, last) = MONTHS
    known = and_(person.c.list == group.list, person.c.created_seq.is_not(None), person.c.registered_on <= last)
    if group is PAUD:
        return and_(known, Day(person.c.birth_date).between(OLDEST, YOUNGEST))
    leaves = Day(person.c.leaves_on)
    return and_(known, or_(leaves.is_(None), leaves > first))
