"""The recap of a group of targets for one quarter and any number of villages: one INSERT ... SELECT.

The way of the rows through the statement, each step a common table expression:
- `target`: the active targets of the group, with the day D on which each one's state is taken;
- `answer`: every row that the source forms hold about them up to D;
- `history`: by target, in how many months of its window each service was received, and the latest answer to each field;
- `known`: by target, what every name means on day D: a computed fact, the latest answer, or what the register says.
Every join and grouping carries the village, so that a database distributed by village runs it where the rows are; and
every big table is narrowed to the wanted villages by itself, so that no plan ever walks through all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Insert,
    Label,
    Select,
    Text,
    and_,
    case,
    distinct,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from aggregate.scorecard.active_periods import activity
from aggregate.scorecard.questions import Question, Questions, questions_of
from aggregate.scorecard.rules import TIKAR, Group, Rules
from aggregate.scorecard.tables import recap_table
from aggregate.sql.answer_sources import Source, blank
from aggregate.sql.expressions import Kind, Lookup, Value, condition, number
from aggregate.sql.functions import DateText, DayBefore, DaysBetween, MonthText, completed_months
from aggregate.sql.parameters import AS_OF, MONTHS, QUARTER, VILLAGES, WINDOW_STARTS
from forms.indicators.rules import EVERY_MONTH
from forms.indicators.workbook import HOUSEHOLD_PREFIX
from forms.periods import PREGNANCY_DAYS
from server.database.answer_tables import TURN_WIDTH
from server.database.tables import entities

# `rank` is a row's day and its turn among the rows of that day, in a text of fixed width that sorts as time does.
# Followed by an answer, max() of it is the latest answer: one pass instead of a window function for each field.
_RANK_WIDTH = len("2026-03-31") + TURN_WIDTH


def insert_recap(rules: Rules, group: Group) -> Insert:
    """The statement; its parameters come from `wanted.parameters`. Older rows of that quarter must be gone.

    Raises ProblemError where a rule names what no published form asks.
    """
    asked = Questions(rules, group)
    target = _target(asked)
    answer = _answer(asked, target)
    history = _history(asked, answer)
    columns = _recap(asked, _known(asked, history))
    recap = recap_table(group, asked.indicators)
    return insert(recap).from_select([column.name for column in columns], select(*columns))


def _flag(asked: ColumnElement[bool]) -> ColumnElement[int]:
    return case((asked, 1), else_=0)


def _target(asked: Questions) -> CTE:
    person = entities
    time = activity(asked.group, person)
    active = [
        and_(time.begins <= last, or_(time.ends.is_(None), time.ends > first), first <= AS_OF) for first, last in MONTHS
    ]
    day = case((time.ends <= AS_OF, DayBefore(time.ends)), else_=AS_OF)
    return (
        select(
            person.c.village_id,
            person.c.id,
            MonthText(time.begins).label("first_month"),
            sum((_flag(month) for month in active[1:]), _flag(active[0])).label("active_months"),
            day.label("day"),
        )
        .where(person.c.village_id.in_(VILLAGES), person.c.list == asked.group.list, or_(*active))
        .cte("target")
    )


def _answer(asked: Questions, target: CTE) -> CTE:
    fields = {name: asked.row_kind(name) for name in sorted({*asked.row_names, *asked.latest_names})}
    answers = [_answers_of(asked, target, source, fields) for source in asked.sources]
    return union_all(_unanswered(target, fields), *answers).cte("answer")


def _unanswered(target: CTE, fields: dict[str, Kind]) -> Select[Any]:
    """A blank row of each target, which brings along those that nobody ever visited."""
    return select(
        *_of_target(target),
        blank("text").label("month"),
        blank("text").label("rank"),
        literal(0).label("visit"),
        literal(0).label("active"),
        blank("text").label("tikar"),
        *[blank(kind).label(f"answer_{name}") for name, kind in fields.items()],
    )


def _answers_of(asked: Questions, target: CTE, source: Source, fields: dict[str, Kind]) -> Select[Any]:
    """The rows of one form, with the fields that some rule names."""
    row = source.table
    month = MonthText(source.day)
    about = and_(
        row.c.village_id == target.c.village_id,
        source.target(asked.group.list) == target.c.id,
        source.day <= target.c.day,
    )
    return (
        select(
            *_of_target(target),
            month.label("month"),
            (DateText(source.day) + row.c.turn).label("rank"),
            literal(int(source.form_id == asked.group.monitored_by)).label("visit"),
            _flag(month >= target.c.first_month).label("active"),
            (source.answer(TIKAR, "text") if source.form_id == asked.group.measured_by else blank("text")).label(
                "tikar"
            ),
            *[source.answer(name, kind).label(f"answer_{name}") for name, kind in fields.items()],
        )
        .join_from(target, row, about)
        .where(row.c.village_id.in_(VILLAGES))
    )


def _of_target(target: CTE) -> tuple[ColumnElement[Any], ...]:
    return target.c.village_id, target.c.id.label("target"), target.c.day, target.c.active_months


def _history(asked: Questions, answer: CTE) -> CTE:
    def answered(name: str) -> Value:
        return Value(asked.row_kind(name), answer.c[f"answer_{name}"])

    def latest(value: ColumnElement[Any]) -> ColumnElement[str]:
        return func.max(answer.c.rank + value, type_=Text)  # a blank makes the whole NULL, which max() passes over

    in_quarter = answer.c.month >= WINDOW_STARTS["triwulan"]
    return (
        select(
            answer.c.village_id,
            answer.c.target,
            func.max(answer.c.day).label("day"),
            func.max(answer.c.active_months).label("active_months"),
            func.max(_flag(and_(in_quarter, answer.c.visit == 1))).label("monitored"),
            latest(answer.c.tikar).label("latest_tikar"),
            *[_months_of(question, answer, answered).label(question.column) for question in asked.of_rows],
            *[latest(answered(name).text_or_null()).label(f"latest_{name}") for name in asked.latest_names],
        )
        .group_by(answer.c.village_id, answer.c.target)
        .cte("history")
    )


def _months_of(question: Question, answer: CTE, answered: Lookup) -> ColumnElement[int]:
    """In how many months some row says yes: of the window, or of the quarter's active months for `setiap_bulan`."""
    if question.indicator.minimum == EVERY_MONTH and not question.is_beside:
        in_window = and_(answer.c.month >= WINDOW_STARTS["triwulan"], answer.c.active == 1)
    else:
        in_window = answer.c.month >= WINDOW_STARTS[question.indicator.window]
    yes = condition(question.condition, answered)
    return func.count(distinct(case((and_(in_window, yes), answer.c.month))))


def _known(asked: Questions, history: CTE) -> CTE:
    person, household = entities.alias("person"), entities.alias("household")
    the_person = and_(person.c.village_id == history.c.village_id, person.c.id == history.c.target)
    the_household = and_(household.c.village_id == person.c.village_id, household.c.id == person.c.household)
    return (
        select(
            history.c.village_id,
            history.c.target,
            person.c.household,
            person.c.data["dusun"].as_string().label("dusun"),
            history.c.day,
            history.c.active_months,
            history.c.monitored,
            _latest(history, "tikar").label("tikar"),
            *[history.c[question.column] for question in asked.of_rows],
            *[_meaning(asked, name, history, person, household).label(f"known_{name}") for name in asked.day_names],
        )
        .select_from(history)
        .join(person, the_person)
        .outerjoin(household, the_household)
        .where(person.c.village_id.in_(VILLAGES))
        .cte("known")
    )


def _latest(history: CTE, name: str) -> ColumnElement[str]:
    return func.substr(history.c[f"latest_{name}"], _RANK_WIDTH + 1, type_=Text)


def _meaning(
    asked: Questions, name: str, history: CTE, person: FromClause, household: FromClause
) -> ColumnElement[Any]:
    """What `${name}` is on day D, as the kind that Asked.day_kind tells."""
    if name in asked.computed_names:
        return _COMPUTED[name](person, history.c.day)
    found: ColumnElement[str]
    if name in asked.household_names:
        found = household.c.data[name.removeprefix(HOUSEHOLD_PREFIX)].as_string()
    else:
        saved = asked.rules.saved_property(asked.group.list, name)
        found = func.coalesce(_latest(history, name), person.c.data[saved].as_string() if saved else null())
    return Value("text", found).number() if asked.day_kind(name) == "number" else found


def _age_in_months(person: FromClause, day: ColumnElement[Any]) -> ColumnElement[int]:
    return completed_months(person.c.birth_date, day)


def _gestation_in_weeks(person: FromClause, day: ColumnElement[Any]) -> ColumnElement[int]:
    """As forms.periods.completed_weeks counts it."""
    # Division of integers cuts towards zero in SQL; a large offset keeps it above, so that it rounds down.
    return (PREGNANCY_DAYS - DaysBetween(day, person.c.due_date) + 7 * _MANY_WEEKS) // 7 - _MANY_WEEKS


def _has_delivered(person: FromClause, day: ColumnElement[Any]) -> ColumnElement[str]:
    return case((person.c.delivered_on <= day, "ya"), else_="tidak")


_MANY_WEEKS = 1_000_000
_COMPUTED: dict[str, Callable[[FromClause, ColumnElement[Any]], ColumnElement[Any]]] = {
    "usia_bulan": _age_in_months,
    "minggu_hamil": _gestation_in_weeks,
    "sudah_melahirkan": _has_delivered,
}


def _recap(asked: Questions, known: CTE) -> list[Label[Any]]:
    def on_day(name: str) -> Value:
        return Value(asked.day_kind(name), known.c[f"known_{name}"])

    return [
        known.c.village_id.label("village_id"),
        QUARTER.label("quarter"),
        known.c.target.label("target"),
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
