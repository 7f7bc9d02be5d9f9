"""This month's work in a village: every mother and child on the list, where they live, and what each one needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, or_, select

from forms.domain import ACTIVE, CHILDREN, DUSUN, STATUS, TARGET_LISTS
from forms.growth.signs import RED_TIKAR
from forms.periods import Quarter, add_months, month_end
from server.database.tables import entities
from server.queries.priorities import CHILDHOOD_MONTHS, PAUD, Priority, priority_of
from server.queries.submissions import returned
from server.queries.submissions.returned import ReturnedForm

_OF_VILLAGE = bindparam("of_village", type_=Text)
_HOUSES = entities.alias("house")
_LIVES_IN = and_(
    _HOUSES.c.village_id == entities.c.village_id,
    _HOUSES.c.village_id == _OF_VILLAGE,  # said once more, so that a distributed database asks the one place only
    _HOUSES.c.id == entities.c.household,
)
# What a task is made of; how the entity came about is not read.
_READ = [
    *(entities.c[name] for name in ("id", "list", "label", "data", "registered_on", "leaves_on", "birth_date")),
    *(entities.c[name] for name in ("due_date", "delivered_on", "followed_on", "visited_on", "missing")),
    *(entities.c[name] for name in ("measurements", "signs")),
]
_TARGETS = (
    select(*_READ, _HOUSES.c.label.label("house_label"), _HOUSES.c.data.label("house_data"))
    .outerjoin_from(entities, _HOUSES, _LIVES_IN)
    .where(entities.c.village_id == _OF_VILLAGE, entities.c.list.in_(TARGET_LISTS), entities.c.created_seq.is_not(None))
)


@dataclass(frozen=True)
class Task:
    """A mother or child of the village in this month. `household` is its head's name; blank is what nobody noted.

    `data`: the register's properties by name; `measurements`: those of its growth, as `forms.growth.early.signs` takes
    them. `missing`: what this month's visits found missing, in words; None where there was none yet. The four days are
    None where the register does not have them. `to_correct`: the forms about them that were sent back to the KPM.
    """

    id: str
    list: str
    name: str
    dusun: str
    rt: str
    household: str
    data: dict[str, str]
    birth_date: date | None
    due_date: date | None
    delivered_on: date | None
    visited_on: date | None
    missing: tuple[str, ...] | None
    measurements: dict[str, dict[str, Any]]
    priority: Priority
    to_correct: tuple[ReturnedForm, ...] = ()

    @property
    def open(self) -> bool:
        """Whether something is still to be done this month."""
        return bool(self.priority.todo)


@dataclass(frozen=True)
class RedChildren:
    """The children whose latest Tikar is red: `quarter` as table 2 of the card counts them, all that were targets in
    the running quarter; `listed` of them are on this month's list, and `open` of these are still to be measured again
    or referred."""

    quarter: int
    listed: int
    open: int

    @property
    def left(self) -> int:
        """How many are no target any more: over two years old, moved away or died."""
        return self.quarter - self.listed


def tasks(connection: Connection, village_id: str, today: date) -> list[Task]:
    """The village's tasks in the month of `today`, the neediest first, then by name. Who has left, or was never
    registered, is not among them."""
    return month(connection, village_id, today)[0]


def month(
    connection: Connection, village_id: str, today: date, forms: Sequence[ReturnedForm] | None = None
) -> tuple[list[Task], RedChildren]:
    """The same, with how many children are marked red. `forms`: those that the KPM is to correct, where they are at
    hand."""
    first = today.replace(day=1)
    on_list = or_(
        entities.c.leaves_on.is_(None),
        entities.c.leaves_on > first,
        and_(entities.c.list == CHILDREN, entities.c.birth_date > add_months(first, -CHILDHOOD_MONTHS)),
    )
    found = connection.execute(_TARGETS.where(on_list), {_OF_VILLAGE.key: village_id})
    everybody = found.all()
    to_correct = returned.of_targets(connection, village_id, forms)
    rows = [row for row in everybody if row.data.get(STATUS, ACTIVE) in (ACTIVE, "")]
    made = [_task(row, today, to_correct.get(row.id, ())) for row in rows]
    red = [task for task in made if _is_red(task.data) and task.priority.rank != PAUD]
    return (
        sorted(made, key=lambda task: (not task.open, task.priority.rank, task.name.casefold(), task.id)),
        RedChildren(
            sum(_is_red(row.data) and _is_counted(row, today) for row in everybody),
            len(red),
            sum(RED_TIKAR in task.priority.todo_signs for task in red),
        ),
    )


def _is_red(data: dict[str, str]) -> bool:
    return data.get("tikar") == "merah"


def _is_counted(row: Any, today: date) -> bool:
    """Whether a child is a target in a month of the running quarter that has begun, as table 1 counts them."""
    return any(
        row.registered_on <= month_end(first) and (row.leaves_on is None or row.leaves_on > first)
        for first in Quarter.of(today).month_starts
        if first <= today
    )


def _task(row: Any, today: date, to_correct: Sequence[ReturnedForm]) -> Task:
    visited = row.visited_on is not None and row.visited_on >= today.replace(day=1)
    return Task(
        id=row.id,
        list=row.list,
        name=row.label,
        dusun=row.data.get(DUSUN, ""),
        rt=(row.house_data or {}).get("rt", ""),
        household=row.house_label or "",
        data=row.data,
        birth_date=row.birth_date,
        due_date=row.due_date,
        delivered_on=row.delivered_on,
        visited_on=row.visited_on,
        missing=tuple(filter(None, (row.missing or "").split(", "))) if visited else None,
        measurements=row.measurements,
        priority=priority_of(row, today, [one.todo for one in to_correct]),
        to_correct=tuple(to_correct),
    )
