"""A village's work of this month, for its KPM: the list on a page, and as a sheet of paper to tick off.

By hamlet, each task with its sign, its reasons and its early signs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, Response

from forms.domain import CHILDREN, SEX
from forms.growth.early import Evidence, evidence
from forms.growth.signs import SIGNS, Sign
from forms.periods import AFTER_BIRTH_DAYS, completed_months, completed_weeks
from server.database.engine import reading
from server.http.access import allow
from server.http.context import backend
from server.http.responses import link, show
from server.queries import worklist
from server.queries.entity_lists import light_of, sign_of
from server.queries.priorities import PAUD, PRESSING
from server.queries.submissions import returned
from server.queries.worklist import Task
from server.villages import regions

pages = Blueprint("tugas", __name__)


Shown = tuple[tuple[str, Sign, Evidence | None], ...]


@dataclass(frozen=True)
class Line:
    """A task as it is shown. `reasons`: what the register says that presses (`tikar_merah`, `status_kehamilan_kek`),
    `signs`: the early signs by code, each with its evidence where it was measured.

    `months`: a child's age; None for a mother, or where the birth date is unknown. `weeks`: of the pregnancy; None for
    a child, after the birth, or where the expected day is unknown. `days_after_birth`: a mother's; None before the
    birth, and for a child.
    """

    task: Task
    light: str
    glyph: str
    reasons: tuple[str, ...]
    signs: Shown
    months: int | None
    weeks: int | None
    days_after_birth: int | None

    @property
    def after_42_days(self) -> bool:
        """Whether a mother is past the time after the birth (nifas): she stays on the list until the month is over."""
        return self.days_after_birth is not None and self.days_after_birth > AFTER_BIRTH_DAYS

    @property
    def todo_signs(self) -> Shown:
        """Those of the signs about which something is still to be done, one for each thing to do."""
        todo = self.task.priority.todo_signs
        found = {sign.todo_id: (code, sign, one) for code, sign, one in self.signs if code in todo}
        return tuple(found.values())


@dataclass(frozen=True)
class Hamlet:
    """The lines of one dusun, the neediest first; a blank name is where nobody noted one."""

    name: str
    lines: tuple[Line, ...]

    @property
    def open(self) -> int:
        """How many of them have something left to do this month."""
        return sum(line.task.open for line in self.lines)


@dataclass(frozen=True)
class Work:
    """A village's month: mothers and children of the first 1,000 days by hamlet, and the children of PAUD age apart.

    `open`: how many of each priority still need something; `reasons` and `signs`: those that occur, to be explained.
    """

    hamlets: tuple[Hamlet, ...]
    paud: tuple[Hamlet, ...]
    open: dict[str, int]
    targets: int
    reasons: tuple[str, ...]
    signs: tuple[tuple[str, Sign], ...]


def work(tasks: Sequence[Task], today: date) -> Work:
    """The tasks (neediest first, as the store gives them) as a page shows them on `today`."""
    lines = [_line(task, today) for task in tasks]
    due = [line for line in lines if line.task.priority.rank != PAUD]
    seen = {code for line in due for code, _, _ in line.signs}
    return Work(
        hamlets=_by_hamlet(due),
        paud=_by_hamlet(line for line in lines if line.task.priority.rank == PAUD),
        open=dict(Counter(line.task.priority.rank for line in due if line.task.open)),
        targets=len(due),
        reasons=tuple(sorted({reason for line in due for reason in line.reasons})),
        signs=tuple((code, sign) for code, sign in SIGNS.items() if code in seen),
    )


def _by_hamlet(lines: Iterable[Line]) -> tuple[Hamlet, ...]:
    """By name, those without one last; within a hamlet the order stays."""
    ordered = sorted(lines, key=lambda line: (not line.task.dusun, line.task.dusun))
    return tuple(Hamlet(name, tuple(group)) for name, group in groupby(ordered, key=lambda line: line.task.dusun))


def _line(task: Task, today: date) -> Line:
    mother = task.list != CHILDREN
    delivered = task.delivered_on if task.delivered_on and task.delivered_on <= today else None
    return Line(
        task=task,
        light=light_of(task.priority),
        glyph=sign_of(task.priority),
        reasons=_reasons(task) if task.priority.rank in PRESSING else (),
        signs=_signs(task),
        months=completed_months(task.birth_date, today) if task.birth_date and not mother else None,
        weeks=completed_weeks(task.due_date, today) if mother and task.due_date and not delivered else None,
        days_after_birth=(today - delivered).days if mother and delivered else None,
    )


def _reasons(task: Task) -> tuple[str, ...]:
    shown = {code for code, _ in task.priority.signs}
    return tuple(
        f"{name}_{task.data[name]}"
        for pressing in PRESSING.values()
        for name, values in pressing.items()
        if task.data.get(name) in values and f"{name}_{task.data[name]}" not in shown  # told among the signs
    )


def _signs(task: Task) -> Shown:
    if not task.priority.signs:
        return ()
    known = {one.code: one for one in evidence(task.measurements, task.data.get(SEX, ""), task.birth_date)}
    return tuple((code, SIGNS[code], known.get(code)) for code, _ in task.priority.signs)


@pages.get("/desa/<code>/tugas")
@allow("kpm", "village_head", "admin", names="tugas")
def work_list(code: str) -> Response:
    return _show("tugas.html", code)


@pages.get("/desa/<code>/tugas/cetak")
@allow("kpm", "village_head", "admin", names="tugas")
def sheet(code: str) -> Response:
    return _show("tugas_cetak.html", code)


def _show(template: str, code: str) -> Response:
    today = backend().today
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        forms = returned.open_forms(connection, code)
        found, red = worklist.month(connection, code, today, forms)
    return show(
        template,
        work=work(found, today),
        red=red,
        returned=forms,
        zone=backend().settings.timezone,
        submission=lambda sha256: link("desk_submission.one", code=code, sha256=sha256),
        village=names[0],
        today=today,
        card=link("scorecards.village", code=code),
        person=lambda task: link("people.one_person", code=code, entity_id=task.id),
        work_list=link("tugas.work_list", code=code),
        sheet=link("tugas.sheet", code=code),
    )
