"""The cards of one quarter for any number of villages, added up from the recaps: one INSERT ... SELECT."""

from __future__ import annotations

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
    literal,
    or_,
    select,
    union_all,
)

from aggregate.rules import CHILDREN, MOTHERS, Group, Rules, TargetList
from aggregate.tables import cards_table, recap_table
from aggregate.wanted import AS_OF, QUARTER, RULES, VILLAGES
from forms.rules import SECTORS, Indicator, Sector
from server.store.model import villages

_COLOURS = {"green": "hijau", "yellow": "kuning", "red": "merah"}


def insert_cards(rules: Rules) -> Insert:
    """The statement; its parameters come from `wanted.parameters`. The recaps must be there, and older cards gone.

    A village without targets in the quarter gets a card of zeros.
    """
    tables = {group.list: recap_table(group.list, rules.counted_of(group.list)) for group in (MOTHERS, CHILDREN)}
    wanted = select(villages.c.village_id).where(villages.c.village_id.in_(VILLAGES)).cte("wanted")
    pregnant = _targets(rules, MOTHERS, "pregnant", tables["ibu_hamil"])
    children = _targets(rules, CHILDREN, "children", tables["anak"])
    households = _households(_lacking(rules, tables))
    parts = (households, pregnant, children)
    figures = [column for part in parts for column in part.c if column.name != "village_id"]
    columns = [
        wanted.c.village_id.label("village_id"),
        QUARTER.label("quarter"),
        AS_OF.label("as_of"),
        RULES.label("rules"),
        *[func.coalesce(figure, 0).label(figure.name) for figure in figures],
    ]
    rows = select(*columns).select_from(wanted)
    for part in parts:
        rows = rows.outerjoin(part, part.c.village_id == wanted.c.village_id)
    return insert(cards_table(rules.counted)).from_select([column.name for column in columns], rows)


def _wanted(recap: Table) -> ColumnElement[bool]:
    return and_(recap.c.village_id.in_(VILLAGES), recap.c.quarter == QUARTER)


def _count(asked: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((asked, 1)))


def _targets(rules: Rules, group: Group, name: str, recap: Table) -> Subquery:
    """Figures of a target list by village: targets, and each indicator's received and due."""
    indicators = rules.counted_of(group.list)
    received = {indicator: func.coalesce(func.sum(recap.c[indicator.code]), 0) for indicator in indicators}
    due = {indicator: func.count(recap.c[indicator.code]) for indicator in indicators}
    columns = [
        func.count().label(name),
        func.sum(recap.c.at_risk).label(f"{name}_at_risk"),
        _count(recap.c.monitored == 0).label(f"{name}_not_monitored"),
        sum(received.values(), literal(0)).label(f"{name}_received"),
        sum(due.values(), literal(0)).label(f"{name}_due"),
        *[received[indicator].label(f"{indicator.code}_received") for indicator in indicators],
        *[due[indicator].label(f"{indicator.code}_due") for indicator in indicators],
        *[_also(indicator, recap) for indicator in indicators if indicator.also],
    ]
    if group is CHILDREN:
        columns += _tikar(recap)
    return select(recap.c.village_id, *columns).where(_wanted(recap)).group_by(recap.c.village_id).subquery(name)


def _also(indicator: Indicator, recap: Table) -> Label[int]:
    column = f"{indicator.code}_also"
    return func.coalesce(func.sum(recap.c[column]), 0).label(column)


def _tikar(recap: Table) -> list[Label[int]]:
    known = [_count(recap.c.tikar == colour).label(f"tikar_{name}") for name, colour in _COLOURS.items()]
    unknown = or_(recap.c.tikar.is_(None), recap.c.tikar.not_in(list(_COLOURS.values())))
    return [*known, _count(unknown).label("tikar_none")]


def _lacking(rules: Rules, tables: dict[TargetList, Table]) -> Subquery:
    """By household, in how many of the five sectors some member lacks a service that is due."""
    members = union_all(*[_lacks(rules, group, tables[group.list]) for group in (MOTHERS, CHILDREN)]).subquery("member")
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
        lacks = [
            recap.c[indicator.code] == 0 for indicator in rules.counted_of(group.list) if indicator.sector == sector
        ]
        return case((or_(false(), *lacks), 1), else_=0)

    return select(
        recap.c.village_id, recap.c.household, *[in_sector(sector).label(sector) for sector in SECTORS]
    ).where(_wanted(recap))


def _households(lacking: Subquery) -> Subquery:
    reached = [_count(lacking.c.sectors == len(SECTORS) - sectors).label(f"sectors_{sectors}") for sectors in range(6)]
    return (
        select(
            lacking.c.village_id,
            func.count().label("households"),
            _count(lacking.c.sectors == 0).label("complete"),
            *reached,
        )
        .group_by(lacking.c.village_id)
        .subquery("household")
    )
