"""The rows of the source forms that a recap is counted from: those of the last months, and the older ones of a target.

Nearly all that a card asks is answered by the rows of its quarter. These are read for all targets at once; older ones
are looked up target by target, and only for what is not answered yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from aggregate.indicators.active_periods import activity, may_be_target
from aggregate.indicators.questions import Question, Questions
from aggregate.indicators.rules import TIKAR
from aggregate.scorecard.recap_facts import DATES
from aggregate.sql.answer_sources import Source, blank
from aggregate.sql.expressions import ONE, ZERO, Kind, Value, condition, flag
from aggregate.sql.functions import Day, MonthNumber, Rank
from aggregate.sql.parameters import AS_OF, MONTHS, READ_FROM, WINDOW_STARTS, of_joined_villages, of_villages
from server.database.answer_tables import ORDER_KEY_WIDTH
from server.database.tables import entities

COLOUR = "colour"  # of the Tikar, from the form of the group that measures
# A row's day and its order key among the rows of that day. Followed by an answer, max() of it is the latest: one pass
# instead of a window function for each field.
_RANK_WIDTH = Rank.DAY_WIDTH + ORDER_KEY_WIDTH

# A row of the quarter's first month weighs 1, one of the second so much that no target has as many rows in a month: the
# sum of rows tells in which months there was one. One sum in place of a maximum for each month. A row from before the
# quarter weighs nothing.
_MOST_ROWS = 2**15
_WEIGHTS = [literal_column(str(_MOST_ROWS**place), Integer()) for place in range(3)]


def months_in(weights: ColumnElement[Any], since: ColumnElement[Any] | None = None) -> ColumnElement[int]:
    """In how many months of the quarter there are rows, from the sum of their weights; from the month of `since` on."""
    _, more, most = _WEIGHTS
    there = [weights % more > ZERO, weights // more % more > ZERO, weights >= most]
    if since is not None:
        there = [and_(rows, since <= last) for rows, (_, last) in zip(there, MONTHS, strict=True)]
    return sum((flag(month) for month in there[1:]), flag(there[0]))


def without_rank(ranked: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(ranked, literal_column(str(_RANK_WIDTH + 1)))


def rows_read(questions: Questions) -> Subquery:
    """The rows of the last months about those who may be targets, each up to the day on which its target stops being
    one, with a blank row of everybody.

    `visit` is 1 for a visit, `weight` tells its month, and the column of a question what the row has to say to it.
    """
    every = [_register(questions), *[_rows_of(questions, source) for source in questions.sources]]
    return union_all(*every).subquery("row")


def _register(questions: Questions) -> Select[Any]:
    """A blank row of everybody who may be a target: it says from when until when everybody is one, and brings along
    those whom nobody ever visited."""
    return select(
        entities.c.village_id,
        entities.c.id.label("target"),
        ZERO.label("visit"),
        ZERO.label("weight"),
        *[day.label(name) for name, day in _dates(questions).items()],
        *[ZERO.label(question.column) for question in questions.of_rows],
        blank("text").label("rank"),
        blank("text").label(COLOUR),
        *[blank("text").label(f"answer_{name}") for name in questions.latest_names],
    ).where(of_villages(entities.c.village_id), may_be_target(questions.group, entities))


def _rows_of(questions: Questions, source: Source) -> Select[Any]:
    """The rows of a form, found from the register: so whoever is no target costs nothing, however much is said of
    them."""
    person = entities.alias("registered")
    visits = source.form_id == questions.group.monitored_by
    rows = select(
        person.c.village_id,
        person.c.id.label("target"),
        (ONE if visits else ZERO).label("visit"),
        month_weight(Day(source.day)).label("weight"),
        *[cast(null(), Date).label(name) for name in _dates(questions)],
        *[_met(questions, question, source).label(question.column) for question in questions.of_rows],
        _rank(source).label("rank"),
        _colour(questions, source).text_or_null().label(COLOUR),
        *[_answer(questions, source, name).text_or_null().label(f"answer_{name}") for name in questions.latest_names],
    )
    its_target = and_(
        source.table.c.village_id == person.c.village_id,
        source.target(questions.group.list) == person.c.id,
        of_joined_villages(source.table.c.village_id),
    )
    return rows.join_from(person, source.table, its_target).where(
        of_villages(person.c.village_id),
        may_be_target(questions.group, person),
        source.day.between(_read_from(questions), AS_OF),
        func.coalesce(Day(source.day) < activity(questions.group, person).ends, true()),
    )


def _dates(questions: Questions) -> dict[str, ColumnElement[Any]]:
    """What the blank rows tell of the register: when everybody is a target, and what names are computed from."""
    time = activity(questions.group, entities)
    known = {DATES[name]: entities.c[DATES[name]] for name in questions.computed_names}
    return {"begins": time.begins, "ends": time.ends, **known}


def _met(questions: Questions, question: Question, source: Source) -> ColumnElement[int]:
    """0 where the row does not say yes in the window, else 1; or the number of its month, where months are counted in
    another window than the quarter. Of the quarter's rows the weight says whether they are in the window."""
    if question.is_of_quarter:
        return flag(_is_yes(questions, question, source))
    yes = _says_yes(questions, question, source)
    return flag(yes) if question.is_once else case((yes, MonthNumber(source.day)), else_=ZERO)


def month_weight(day: ColumnElement[Any]) -> ColumnElement[int]:
    """What a row of that day weighs."""
    (first, _), (second, _), (third, _) = MONTHS
    one, more, most = _WEIGHTS
    return case((day >= third, most), (day >= second, more), (day >= first, one), else_=ZERO)


def older_answer(questions: Questions, of: Subquery, name: str) -> ColumnElement[str]:
    """The latest answer of the target in `of` in rows that were not read, as text."""
    sources = [source for source in questions.sources if name in source.columns]
    return _latest_of(questions, of, sources, lambda source: _answer(questions, source, name))


def older_colour(questions: Questions, of: Subquery) -> ColumnElement[str]:
    """The same of the colour of the Tikar."""
    sources = [source for source in questions.sources if source.form_id == questions.group.measured_by]
    return _latest_of(questions, of, sources, lambda source: _colour(questions, source))


def is_met_before(questions: Questions, of: Subquery, question: Question) -> ColumnElement[bool]:
    """Whether the question was answered with yes in a row of its window that was not read; NULL where it was not."""

    def met(source: Source) -> Select[Any]:
        return _older(questions, of, source, ONE).where(_says_yes(questions, question, source))

    return _greatest([met(source) for source in questions.sources]) == 1


def _latest_of(
    questions: Questions, of: Subquery, sources: list[Source], said: Callable[[Source], Value]
) -> ColumnElement[str]:
    ranked = [_older(questions, of, source, _rank(source) + said(source).text_or_null()) for source in sources]
    return without_rank(_greatest(ranked)) if ranked else blank("text")


def _older(questions: Questions, of: Subquery, source: Source, what: ColumnElement[Any]) -> Select[Any]:
    row = source.table
    about = and_(row.c.village_id == of.c.village_id, source.target(questions.group.list) == of.c.target)
    older = select(what.label("found")).select_from(row).where(about, source.day < _read_from(questions))
    return older.correlate(of)


def _greatest(parts: list[Select[Any]]) -> ScalarSelect[Any]:
    rows = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery("older")
    return select(func.max(rows.c.found)).scalar_subquery()


def _read_from(questions: Questions) -> ColumnElement[Any]:
    """The first day of the rows that are read. Where no latest answer is asked for the window is enough."""
    starts = READ_FROM if questions.latest_names else WINDOW_STARTS
    return starts[questions.widest_window]


def _says_yes(questions: Questions, question: Question, source: Source) -> ColumnElement[bool]:
    """Whether a row is in the question's window and answers it with yes."""
    return and_(Day(source.day) >= WINDOW_STARTS[question.window], _is_yes(questions, question, source))


def _is_yes(questions: Questions, question: Question, source: Source) -> ColumnElement[bool]:
    return condition(question.condition, lambda name: _answer(questions, source, name))


def _answer(questions: Questions, source: Source, name: str) -> Value:
    return answer_of(source, name, questions.row_kind(name))


def answer_of(source: Source, name: str, kind: Kind) -> Value:
    """What a row answers to `name`, as that kind."""
    return Value(kind, source.answer(name, kind))


def _rank(source: Source) -> ColumnElement[str]:
    return Rank(source.day, source.table.c.order_key)


def _colour(questions: Questions, source: Source) -> Value:
    measures = source.form_id == questions.group.measured_by
    return Value("text", source.answer(TIKAR, "text") if measures else blank("text"))
