"""The recap of a group of targets for one quarter and any number of villages: one INSERT ... SELECT.

The way of the rows through the statement, each step a subquery of the next one:
- `row`: what the source forms hold of the last months, up to the day D on which the target's state is taken, and a
  blank row of whoever may be a target (recap_rows.py);
- `history`: by target, in how many months of its window each service was received, and the latest answer to each field
  (recap_history.py);
- `known`: by target, what every name means on day D: a computed fact, the latest answer, or what the register says.
Older rows are looked up for a target where the last months do not answer something.

Every join and grouping carries the village, so that a database distributed by village runs it where the rows are: no
step is referred to twice, nothing is limited to a number of rows, and there is no WITH, which such a database would run
apart. Every table is narrowed to the villages in question by itself, so that no plan ever walks through all of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Label,
    Subquery,
    and_,
    case,
    func,
    insert,
    null,
    or_,
    select,
)

from aggregate.indicators.questions import Question, Questions, questions_of
from aggregate.indicators.rules import Group, Rules
from aggregate.indicators.tables import recap_table
from aggregate.scorecard.recap_history import history_of, latest, latest_colour, months
from aggregate.scorecard.recap_rows import is_met_before
from aggregate.sql.expressions import ONE, ZERO, Lookup, Value, condition, flag, number
from aggregate.sql.parameters import QUARTER, of_joined_villages
from forms.indicators.names import HOUSEHOLD_PREFIX
from server.database.tables import entities


def insert_recap(rules: Rules, group: Group) -> Insert:
    """The statement; its parameters come from aggregate/sql/parameters.py. Older rows of that quarter must be gone.

    Raises ProblemError where a rule names what no published form asks.
    """
    questions = Questions(rules, group)
    columns = _recap(questions, known_of(questions, history_of(questions)))
    recap = recap_table(group, questions.indicators)
    return insert(recap).from_select([column.name for column in columns], select(*columns))


def known_of(questions: Questions, history: Subquery) -> Subquery:
    """By active target: since when it is one, its day D, what the rows come to, and what every name means that day."""
    person, household = entities.alias("person"), entities.alias("household")
    the_person = and_(person.c.village_id == history.c.village_id, person.c.id == history.c.target)
    the_household = and_(
        household.c.village_id == person.c.village_id,
        household.c.id == person.c.household,
        of_joined_villages(household.c.village_id),
    )
    return (
        select(
            history.c.village_id,
            history.c.target,
            person.c.household,
            person.c.data["dusun"].as_string().label("dusun"),
            history.c.begins,
            history.c.day,
            history.c.active_months,
            history.c.monitored,
            history.c.monitored_now,
            latest_colour(questions, history).label("tikar"),
            *[months(question, history).label(question.column) for question in questions.of_rows],
            *[
                _meaning(questions, name, history, person, household).label(f"known_{name}")
                for name in questions.day_names
            ],
        )
        .select_from(history)
        .join(person, the_person)
        .outerjoin(household, the_household)
        .where(
            of_joined_villages(person.c.village_id),
            person.c.list == questions.group.list,
            history.c.active_months > ZERO,
        )
        .subquery("known")
    )


def _meaning(
    questions: Questions, name: str, history: Subquery, person: FromClause, household: FromClause
) -> ColumnElement[Any]:
    """What `${name}` is on day D, as the kind that Questions.day_kind tells."""
    if name in questions.computed_names:
        return history.c[f"known_{name}"]
    found: ColumnElement[str]
    if name in questions.household_names:
        found = household.c.data[name.removeprefix(HOUSEHOLD_PREFIX)].as_string()
    else:
        saved = questions.rules.saved_property(questions.group.list, name)
        found = func.coalesce(latest(questions, history, name), person.c.data[saved].as_string() if saved else null())
    return Value("text", found).number() if questions.day_kind(name) == "number" else found


def _recap(questions: Questions, known: Subquery) -> list[Label[Any]]:
    def on_day(name: str) -> Value:
        return Value(questions.day_kind(name), known.c[f"known_{name}"])

    return [
        known.c.village_id.label("village_id"),
        QUARTER.label("quarter"),
        known.c.target.label("target"),
        known.c.household.label("household"),
        known.c.dusun.label("dusun"),
        known.c.day.label("as_of"),
        known.c.monitored.label("monitored"),
        known.c.monitored_now.label("monitored_now"),
        flag(condition(questions.group.at_risk, on_day)).label("at_risk"),
        known.c.tikar.label("tikar"),
        *[
            _result(questions, question, known, on_day).label(question.column)
            for indicator in questions.indicators
            for question in questions_of(indicator)
        ],
    ]


def _result(questions: Questions, question: Question, known: Subquery, on_day: Lookup) -> ColumnElement[int | None]:
    """1 received, 0 due and not received, NULL not due. Who was not visited in the quarter received nothing."""
    indicator = question.indicator
    if indicator.window == "terakhir":
        received = condition(question.condition, on_day)
    elif question.is_once:
        received = known.c[question.column] == ONE
        if question.window != "triwulan":
            received = or_(received, is_met_before(questions, known, question))
    else:
        received = known.c[question.column] >= _needed_months(question, known, on_day)
    visited = known.c.monitored == ONE
    return case((condition(indicator.due, on_day), flag(and_(visited, received))))


def _needed_months(question: Question, known: Subquery, on_day: Lookup) -> ColumnElement[Any]:
    minimum = question.indicator.minimum
    if isinstance(minimum, str):
        return known.c.active_months
    return number(minimum, on_day)
