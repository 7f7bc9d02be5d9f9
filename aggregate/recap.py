"""The recap of a target list for one quarter and any number of villages: one INSERT ... SELECT.

The way of the rows through the statement, each step a common table expression:
- `target`: the active targets of the list, with the day D on which each one's state is taken;
- `answer`: every row that the source forms hold about them up to D;
- `monthly`: by target and month, which services some row of the month says were received, and the latest answers;
- `history`: by target, in how many months of its window each service was received, and the latest answers of all;
- `known`: by target, what every name means on day D: a computed fact, the latest answer, or what the register says.
Every join and grouping carries the village, so that a database distributed by village runs it where the rows are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Insert,
    Label,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from aggregate.asked import Asked, Question, questions_of
from aggregate.constructs import DateText, DayBefore, DaysBetween, MonthText, completed_months
from aggregate.expressions import Lookup, Value, condition, number
from aggregate.rules import MEASURE_FORM, TIKAR, VISIT_FORM, Group, Rules, Source
from aggregate.tables import recap_table
from aggregate.wanted import AS_OF, MONTHS, QUARTER, VILLAGES, WINDOW_STARTS
from forms.indicators import HOUSEHOLD_LIST, HOUSEHOLD_PREFIX
from forms.periods import PREGNANCY_DAYS
from forms.rules import EVERY_MONTH
from server.store.model import entities

# `rank` is a row's day and its submission's place in the village's order, in a text of fixed width that sorts as time
# does. Followed by an answer, max() of it is the latest answer: one pass instead of a window function for each field.
_SEQ_BASE = 10**12
_RANK_WIDTH = len("2026-03-31") + len(str(_SEQ_BASE))


def insert_recap(rules: Rules, group: Group) -> Insert:
    """The statement; its parameters come from `wanted.parameters`. Older rows of that quarter must be gone.

    Raises ProblemError where a rule names what no published form asks.
    """
    asked = Asked(rules, group)
    target = _target(asked)
    history = _history(asked, _monthly(asked, _answer(asked, target)))
    columns = _recap(asked, _known(asked, target, history))
    recap = recap_table(group.list, asked.indicators)
    return insert(recap).from_select([column.name for column in columns], select(*columns))


def _flag(asked: ColumnElement[bool]) -> ColumnElement[int]:
    return case((asked, 1), else_=0)


def _target(asked: Asked) -> CTE:
    person = entities
    active = [
        and_(
            person.c.registered_on <= last,
            or_(person.c.leaves_on.is_(None), person.c.leaves_on > first),
            first <= AS_OF,
        )
        for first, last in MONTHS
    ]
    day = case((person.c.leaves_on <= AS_OF, DayBefore(person.c.leaves_on)), else_=AS_OF)
    saved = {name: asked.rules.saved_property(asked.group.list, name) for name in asked.latest_names}
    return (
        select(
            person.c.village_id,
            person.c.id,
            person.c.household,
            person.c.data["dusun"].as_string().label("dusun"),
            person.c.birth_date,
            person.c.due_date,
            person.c.delivered_on,
            MonthText(person.c.registered_on).label("first_month"),
            sum((_flag(month) for month in active[1:]), _flag(active[0])).label("active_months"),
            day.label("day"),
            *[person.c.data[prop].as_string().label(f"saved_{name}") for name, prop in saved.items() if prop],
        )
        .where(person.c.village_id.in_(VILLAGES), person.c.list == asked.group.list, or_(*active))
        .cte("target")
    )


def _answer(asked: Asked, target: CTE) -> CTE:
    return union_all(*[_answer_of(asked, target, source) for source in asked.sources]).cte("answer")


def _answer_of(asked: Asked, target: CTE, source: Source) -> Any:
    """The rows of one form, with the fields that some rule names."""
    list_name, row = asked.group.list, source.table
    month = MonthText(source.day)
    names = sorted({*asked.row_names, *asked.latest_names})
    return select(
        target.c.village_id,
        target.c.id.label("target"),
        month.label("month"),
        (DateText(source.day) + cast(row.c.seq + _SEQ_BASE, Text)).label("rank"),
        literal(int(source.form_id == VISIT_FORM)).label("visit"),
        _flag(month >= target.c.first_month).label("active"),
        _tikar_of(source).label("tikar"),
        *[source.answer(name, asked.row_kind(name)).label(f"answer_{name}") for name in names],
    ).join_from(
        target,
        row,
        and_(
            row.c.village_id == target.c.village_id,
            source.target(list_name) == target.c.id,
            source.day <= target.c.day,
        ),
    )


def _tikar_of(source: Source) -> ColumnElement[Any]:
    return source.answer(TIKAR, "text") if source.form_id == MEASURE_FORM else cast(null(), Text)


def _monthly(asked: Asked, answer: CTE) -> CTE:
    def answered(name: str) -> Value:
        return Value(asked.row_kind(name), answer.c[f"answer_{name}"])

    def latest(value: ColumnElement[Any]) -> ColumnElement[str]:
        return func.max(answer.c.rank + value, type_=Text)  # a blank makes the whole NULL, which max() passes over

    return (
        select(
            answer.c.village_id,
            answer.c.target,
            answer.c.month,
            func.max(answer.c.visit).label("visit"),
            func.max(answer.c.active).label("active"),
            latest(answer.c.tikar).label("latest_tikar"),
            *[
                func.max(_flag(condition(question.condition, answered))).label(question.column)
                for question in asked.of_rows
            ],
            *[latest(answered(name).text_or_null()).label(f"latest_{name}") for name in asked.latest_names],
        )
        .group_by(answer.c.village_id, answer.c.target, answer.c.month)
        .cte("monthly")
    )


def _history(asked: Asked, monthly: CTE) -> CTE:
    in_quarter = monthly.c.month >= WINDOW_STARTS["triwulan"]
    latest = [column for column in monthly.c if column.name.startswith("latest_")]
    return (
        select(
            monthly.c.village_id,
            monthly.c.target,
            func.max(_flag(and_(in_quarter, monthly.c.visit == 1))).label("monitored"),
            *[_months_of(question, monthly).label(question.column) for question in asked.of_rows],
            *[func.max(column).label(column.name) for column in latest],
        )
        .group_by(monthly.c.village_id, monthly.c.target)
        .cte("history")
    )


def _months_of(question: Question, monthly: CTE) -> ColumnElement[int]:
    """In how many months the answer was yes: of the window, or of the quarter's active months for `setiap_bulan`."""
    counts = monthly.c[question.column] == 1
    if question.indicator.minimum == EVERY_MONTH and not question.is_beside:
        counts = and_(counts, monthly.c.active == 1, monthly.c.month >= WINDOW_STARTS["triwulan"])
    else:
        counts = and_(counts, monthly.c.month >= WINDOW_STARTS[question.indicator.window])
    return func.sum(_flag(counts))


def _known(asked: Asked, target: CTE, history: CTE) -> CTE:
    household = entities.alias("household")
    return (
        select(
            target.c.village_id,
            target.c.id,
            target.c.household,
            target.c.dusun,
            target.c.day,
            target.c.active_months,
            func.coalesce(history.c.monitored, 0).label("monitored"),
            _latest(history, "tikar").label("tikar"),
            *[func.coalesce(history.c[question.column], 0).label(question.column) for question in asked.of_rows],
            *[_meaning(asked, name, target, history, household) for name in asked.day_names],
        )
        .select_from(target)
        .outerjoin(history, and_(history.c.village_id == target.c.village_id, history.c.target == target.c.id))
        .outerjoin(
            household,
            and_(
                household.c.village_id == target.c.village_id,
                household.c.id == target.c.household,
                household.c.list == HOUSEHOLD_LIST,
            ),
        )
        .cte("known")
    )


def _latest(history: CTE, name: str) -> ColumnElement[str]:
    return func.substr(history.c[f"latest_{name}"], _RANK_WIDTH + 1, type_=Text)


def _meaning(asked: Asked, name: str, target: CTE, history: CTE, household: FromClause) -> Label[Any]:
    """What `${name}` is on day D. The kind of the column is that of `Asked.day_kind`."""
    sql: ColumnElement[Any]
    if name == "usia_bulan":
        sql = completed_months(target.c.birth_date, target.c.day)
    elif name == "minggu_hamil":
        sql = _completed_weeks(target.c.due_date, target.c.day)
    elif name == "sudah_melahirkan":
        sql = case((target.c.delivered_on <= target.c.day, "ya"), else_="tidak")
    elif name in asked.household_names:
        sql = household.c.data[name.removeprefix(HOUSEHOLD_PREFIX)].as_string()
    else:
        saved = target.c.get(f"saved_{name}")
        sql = _latest(history, name) if saved is None else func.coalesce(_latest(history, name), saved)
        if asked.day_kind(name) == "number":
            sql = Value("text", sql).number()
    return sql.label(f"known_{name}")


def _completed_weeks(due: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[int]:
    """Gestation in completed weeks, as forms.periods.completed_weeks counts it."""
    # Division of integers cuts towards zero in SQL; a large offset keeps it above, so that it rounds down.
    return (PREGNANCY_DAYS - DaysBetween(day, due) + 7 * _MANY_WEEKS) // 7 - _MANY_WEEKS


_MANY_WEEKS = 1_000_000


def _recap(asked: Asked, known: CTE) -> list[Label[Any]]:
    def on_day(name: str) -> Value:
        return Value(asked.day_kind(name), known.c[f"known_{name}"])

    return [
        known.c.village_id.label("village_id"),
        QUARTER.label("quarter"),
        known.c.id.label("target"),
        known.c.household.label("household"),
        known.c.dusun.label("dusun"),
        known.c.day.label("as_of"),
        known.c.monitored.label("monitored"),
        _flag(condition(asked.group.at_risk, on_day)).label("at_risk"),
        known.c.tikar.label("tikar"),
        *[
            _result(question, known, on_day).label(question.column)
            for indicator in asked.indicators
            for question in questions_of(indicator)
        ],
    ]


def _result(question: Question, known: CTE, on_day: Lookup) -> ColumnElement[int | None]:
    """1 received, 0 due and not received, NULL not due. Who was not visited in the quarter received nothing."""
    indicator = question.indicator
    if indicator.window == "terakhir":
        received = condition(question.condition, on_day)
    else:
        received = known.c[question.column] >= _needed_months(question, known, on_day)
    visited = known.c.monitored == 1
    return case((condition(indicator.due, on_day), _flag(and_(visited, received))))


def _needed_months(question: Question, known: CTE, on_day: Lookup) -> ColumnElement[Any]:
    minimum = question.indicator.minimum
    if question.is_beside:
        return literal(1)
    if isinstance(minimum, str):
        return known.c.active_months
    return number(minimum, on_day)
