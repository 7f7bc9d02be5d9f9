"""The cards of one quarter for any number of villages, added up from recaps and meetings: one INSERT ... SELECT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Label,
    Select,
    Subquery,
    Table,
    and_,
    case,
    false,
    func,
    insert,
    or_,
    select,
    union_all,
)

from aggregate.indicators.rules import CHILDREN, GROUPS, MOTHERS, PAUD, Group, Rules
from aggregate.indicators.tables import cards_table, recap_table
from aggregate.scorecard.budget import funds
from aggregate.sql.expressions import ONE, ZERO, flag
from aggregate.sql.parameters import AS_OF, QUARTER, RULES, of_villages
from forms.indicators.rules import SECTORS, Indicator, Sector
from server.database.tables import villages

_COLOURS = {"green": "hijau", "yellow": "kuning", "red": "merah"}


def insert_cards(rules: Rules) -> Insert:
    """The statement; its parameters come from aggregate/sql/parameters.py. The recaps must be there, older cards gone.

    A village without targets in the quarter gets a card of zeros.
    """
    recaps = {group: recap_table(group, rules.counted_of(group)) for group in GROUPS}
    in_question = select(villages.c.village_id).where(of_villages(villages.c.village_id)).subquery("in_question")
    pregnant = _targets(rules, MOTHERS, "pregnant", recaps[MOTHERS])
    children = _targets(rules, CHILDREN, "children", recaps[CHILDREN], _tikar(recaps[CHILDREN]))
    households = _households(_lacking(rules, recaps))
    parts = [households, pregnant, children, *_waited_for(rules, recaps[PAUD])]
    figures = [column for part in parts for column in part.c if column.name != "village_id"]
    columns = [
        in_question.c.village_id.label("village_id"),
        QUARTER.label("quarter"),
        AS_OF.label("as_of"),
        RULES.label("rules"),
        *[func.coalesce(figure, ZERO).label(figure.name) for figure in figures],
    ]
    rows = select(*columns).select_from(in_question)
    for part in parts:
        rows = rows.outerjoin(part, part.c.village_id == in_question.c.village_id)
    return insert(cards_table(rules.counted)).from_select([column.name for column in columns], rows)


def _of_parameters(recap: Table) -> ColumnElement[bool]:
    return and_(of_villages(recap.c.village_id), recap.c.quarter == QUARTER)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, ONE)))


def _targets(rules: Rules, group: Group, name: str, recap: Table, more: Sequence[Label[int]] = ()) -> Subquery:
    """Figures of the targets that table 4 counts, by village; `more` of them beside those that both groups have."""
    indicators = rules.counted_of(group)
    scored = [indicator for indicator in indicators if indicator.scores]
    columns = [
        func.count().label(name),
        func.sum(recap.c.at_risk).label(f"{name}_at_risk"),
        _count(recap.c.monitored == ZERO).label(f"{name}_not_monitored"),
        func.count(recap.c.monitored_now).label(f"{name}_now"),
        _sum(recap.c.monitored_now).label(f"{name}_now_monitored"),
        sum((_received(indicator, recap) for indicator in scored), ZERO).label(f"{name}_received"),
        sum((_due(indicator, recap) for indicator in scored), ZERO).label(f"{name}_due"),
        *more,
    ]
    return _by_village(recap, [*columns, *_scores(indicators, recap)], name)


def _waited_for(rules: Rules, recap: Table) -> Iterator[Subquery]:
    """What does not wait for its form: the indicators of children of 2-6 years, and the money of the meetings."""
    if indicators := rules.counted_of(PAUD):
        yield _by_village(recap, _scores(indicators, recap), PAUD.target)
    if (money := funds(rules)) is not None:
        yield money


def _by_village(recap: Table, columns: Sequence[Label[int]], name: str) -> Subquery:
    return select(recap.c.village_id, *columns).where(_of_parameters(recap)).group_by(recap.c.village_id).subquery(name)


def _scores(indicators: Sequence[Indicator], recap: Table) -> list[Label[int]]:
    """Each indicator's received and due, and what it counts beside the score."""
    return [
        *[_received(indicator, recap).label(f"{indicator.code}_received") for indicator in indicators],
        *[_due(indicator, recap).label(f"{indicator.code}_due") for indicator in indicators],
        *[_sum(recap.c[f"{one.code}_also"]).label(f"{one.code}_also") for one in indicators if one.also],
    ]


def _received(indicator: Indicator, recap: Table) -> ColumnElement[int]:
    return _sum(recap.c[indicator.code])


def _due(indicator: Indicator, recap: Table) -> ColumnElement[int]:
    return func.count(recap.c[indicator.code])


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), ZERO)


def _tikar(recap: Table) -> list[Label[int]]:
    known = [_count(recap.c.tikar == colour).label(f"tikar_{name}") for name, colour in _COLOURS.items()]
    unknown = or_(recap.c.tikar.is_(None), recap.c.tikar.not_in(list(_COLOURS.values())))
    return [*known, _count(unknown).label("tikar_none")]


def _lacking(rules: Rules, recaps: dict[Group, Table]) -> Subquery:
    """By household, in how many of the five sectors some mother or child of 0-23 months lacks a service that is due."""
    members = union_all(*[_lacks(rules, group, recaps[group]) for group in (MOTHERS, CHILDREN)]).subquery("member")
    sectors = [func.max(members.c[sector]) for sector in SECTORS]
    return (
        select(members.c.village_id, sum(sectors[1:], sectors[0]).label("sectors"))
        .where(members.c.household.is_not(None))
        .group_by(members.c.village_id, members.c.household)
        .subquery("lacking")
    )


def _lacks(rules: Rules, group: Group, recap: Table) -> Select[Any]:
    """By target, 1 or 0 for each sector: whether the target lacks a service that is due."""

    def in_sector(sector: Sector) -> ColumnElement[int]:
        own = (one for one in rules.counted_of(group) if one.sector == sector and one.scores)
        lacks = [recap.c[one.code] == ZERO for one in own]
        return flag(or_(false(), *lacks))

    return select(
        recap.c.village_id, recap.c.household, *[in_sector(sector).label(sector) for sector in SECTORS]
    ).where(_of_parameters(recap))


def _households(lacking: Subquery) -> Subquery:
    reached = [_count(lacking.c.sectors == len(SECTORS) - sectors).label(f"sectors_{sectors}") for sectors in range(6)]
    return (
        select(
            lacking.c.village_id,
            func.count().label("households"),
            _count(lacking.c.sectors == ZERO).label("complete"),
            *reached,
        )
        .group_by(lacking.c.village_id)
        .subquery("household")
    )
