"""What the rows of the last months say of each target up to its day D: months of service, and the latest answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, Subquery, Text, and_, case, distinct, func, or_, select

from aggregate.indicators.questions import Question, Questions
from aggregate.scorecard.recap_facts import DATES, computed
from aggregate.scorecard.recap_rows import (
    COLOUR,
    month_weight,
    months_in,
    older_answer,
    older_colour,
    rows_read,
    without_rank,
)
from aggregate.sql.answer_sources import blank
from aggregate.sql.expressions import ZERO, flag
from aggregate.sql.functions import DayBefore
from aggregate.sql.parameters import AS_OF, MONTHS


def history_of(questions: Questions) -> Subquery:
    """By person: the day D, the active months (0: no target), whether there was a visit in the quarter, and in its last
    month so far (NULL for who is no target in it), what the rows say to every question of rows, `known_*`, what is
    computed for D, and `latest_*`, the latest of the answers that were read, each behind the rank of its row."""
    row = rows_read(questions)

    def of_register(name: str) -> ColumnElement[Any]:
        return func.max(row.c[name], type_=Date)  # one row has it

    begins, ends = of_register("begins"), of_register("ends")
    day = case((ends <= AS_OF, DayBefore(ends)), else_=AS_OF)
    active = [and_(begins <= last, or_(ends.is_(None), ends > first), first <= AS_OF) for first, last in MONTHS]
    last_visit = func.max(row.c.visit * row.c.weight)  # the later the month, the more it weighs
    texts = {name: row.c[f"answer_{name}"] for name in questions.latest_names}
    ranked = {**texts, COLOUR: row.c[COLOUR]} if questions.group.measured_by else texts
    return (
        select(
            row.c.village_id,
            row.c.target,
            begins.label("begins"),
            day.label("day"),
            sum((flag(month) for month in active[1:]), flag(active[0])).label("active_months"),
            flag(last_visit > ZERO).label("monitored"),
            case((_in_last_month(active), flag(last_visit == month_weight(AS_OF)))).label("monitored_now"),
            *[_met(question, row).label(question.column) for question in questions.of_rows],
            *[
                computed(name, of_register(DATES[name]), day).label(f"known_{name}")
                for name in questions.computed_names
            ],
            *[func.max(row.c.rank + text, type_=Text).label(f"latest_{name}") for name, text in ranked.items()],
        )
        .group_by(row.c.village_id, row.c.target)
        .subquery("history")
    )


def _in_last_month(active: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The condition of the last month that has begun, of one for each month of the quarter."""
    (_, _), (second, _), (third, _) = MONTHS
    return case((third <= AS_OF, active[2]), (second <= AS_OF, active[1]), else_=active[0])


def months(question: Question, history: Subquery) -> ColumnElement[int]:
    """In how many months some row says yes: of the window, or of the quarter's active months for `setiap_bulan`."""
    met = history.c[question.column]
    if not question.is_weighed:
        return met
    return months_in(met, history.c.begins if question.is_every_month else None)


def latest(questions: Questions, history: Subquery, name: str) -> ColumnElement[str]:
    """The latest answer to `name` up to day D, as text; NULL where there is none."""
    return func.coalesce(without_rank(history.c[f"latest_{name}"]), older_answer(questions, history, name))


def latest_colour(questions: Questions, history: Subquery) -> ColumnElement[str]:
    """The latest colour of the Tikar up to day D; NULL where there is none."""
    if not questions.group.measured_by:
        return blank("text")
    return func.coalesce(without_rank(history.c[f"latest_{COLOUR}"]), older_colour(questions, history))


def _met(question: Question, row: Subquery) -> ColumnElement[int]:
    """What all rows have to say to a question; `months` makes months of it."""
    said = row.c[question.column]
    weighed = said * row.c.weight
    if question.is_once:
        return flag(func.max(weighed) > ZERO) if question.is_of_quarter else func.max(said)
    return func.sum(weighed) if question.is_weighed else func.count(distinct(func.nullif(said, 0)))
