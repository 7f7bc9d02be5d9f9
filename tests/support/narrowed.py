"""Which tables of a statement are narrowed to villages, as a database that is distributed by village asks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Alias, BindParameter, Column, Join, Select, Table
from sqlalchemy.sql import ColumnElement, operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList

from aggregate.sql.parameters import of_villages

Narrowed = tuple[str, bool]


def selects(statement: Any) -> Iterator[Select[Any]]:
    """Every SELECT, whatever it lies in."""
    yield from (part for part in visitors.iterate(statement) if isinstance(part, Select))


def tables_of(statement: Any) -> set[Table | Alias]:
    """Every table that the statement names, once for each name that it has there."""
    return {table for query in selects(statement) for table in _tables(_parts_of(query))}


def narrowed_tables(query: Select[Any], *, alone: bool = False) -> Iterator[Narrowed]:
    """The names of a query's tables, whatever it calls them, and whether each is narrowed to villages: by itself, or,
    but where `alone` is wanted, by another one's village."""
    found = _parts_of(query)
    asked = [one for part in found if isinstance(part, ColumnElement) for one in _conditions(part)]
    asked += [one for part in query._where_criteria for one in _conditions(part)]
    narrowed = {table for one in asked for table in _narrows(one)}
    same = [(one.left, one.right) for one in asked if isinstance(one, BinaryExpression) and _is_of_villages(one)]
    pairs = {(one.table, other.table) for left, right in same for one, other in ((left, right), (right, left))}
    tables = _tables(found)
    for table in tables:
        others = [] if alone else [other for one, other in pairs if one is table]
        # What lies around a query, or is one itself, is narrowed where it is looked at by itself.
        yield base_name(table), table in narrowed or any(other not in tables or other in narrowed for other in others)


def base_name(table: Table | Alias) -> str:
    """The name of the table behind an alias."""
    return table.name if isinstance(table, Table) else str(getattr(table.element, "name", table.name))


def _parts_of(query: Select[Any]) -> list[Any]:
    joined = [part for target, condition, *_ in query._setup_joins for part in (target, condition)]
    return [part for source in (*query.columns_clause_froms, *query._from_obj, *joined) for part in _parts(source)]


def _parts(source: Any) -> Iterator[Any]:
    """What is joined, and the conditions of the joins."""
    if isinstance(source, Join):
        yield from _parts(source.left)
        yield from _parts(source.right)
        yield source.onclause
    else:
        yield source


def _tables(found: list[Any]) -> set[Table | Alias]:
    return {part for part in found if isinstance(part, Table | Alias)}


def _conditions(condition: ColumnElement[Any]) -> Iterator[ColumnElement[Any]]:
    """Those that have to hold all."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from _conditions(clause)
    else:
        yield condition


def _narrows(one: ColumnElement[Any]) -> Iterator[Any]:
    """The table of a condition that names the villages; where one of several has to hold, that all of them narrow."""
    if isinstance(one, of_villages):
        yield next(iter(one.clauses)).table
    elif isinstance(one, BooleanClauseList) and one.operator is operators.or_:
        yield from set.intersection(
            *({table for part in _conditions(each) for table in _narrows(part)} for each in one)
        )
    elif isinstance(one, BinaryExpression) and one.operator in (operators.eq, operators.in_op):
        column, values = one.left, one.right
        if isinstance(column, Column) and column.key == "village_id" and isinstance(values, BindParameter):
            yield column.table


def _is_of_villages(one: BinaryExpression[Any]) -> bool:
    """Whether it says that two columns hold the same village."""
    sides = (one.left, one.right)
    return one.operator is operators.eq and all(isinstance(side, Column) and side.key == "village_id" for side in sides)
