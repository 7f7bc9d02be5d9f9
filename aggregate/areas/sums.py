"""The cards of a region added up, quarter by quarter: one statement, whatever the number of villages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    case,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from aggregate.indicators.public_cards import shown_cards, was_visited
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import stored_cards
from forms.periods import Quarter
from scorecards.areas.levels import length_below
from server.villages.regions import counts, lies_in

# What is said of a card and is no figure to add up.
_ABOUT = {"village_id", "quarter", "as_of", "rules", "changed_on", "visited"}
# Of which a trend is made: of a nation's hundred figures they are all that is wanted of most quarters.
_LEVELS = tuple(f"{group}_{name}" for group in ("pregnant", "children") for name in ("received", "due"))
_OF_ALL = ("by", "as_of", "villages", "reporting")

Sums = Mapping[str, Any]
"""The figures of a card by their columns; `as_of` (the earliest), `villages` (with a card), `reporting` (visited)."""


def region_sums(
    connection: Connection, rules: Rules, region: str, first: Quarter, last: Quarter, *, hides: bool = False
) -> dict[Quarter, Sums]:
    """The sums of each quarter from `first` to `last` that has a card, with the columns of these rules: of the one
    before the last the services alone, which are compared, of earlier ones the levels of mothers and children. `hides`:
    of what stands in for small counts."""
    cards, before = shown_cards(rules, hides=hides), last.plus(-1)
    quarter = cards.c.quarter
    whole, services, levels = (query.where(*_lie_in(region, cards)) for query in _sums_of(cards))
    # Of one quarter a database adds up as it reads; of two it would first sort all rows, with a hundred columns each.
    every = union_all(
        whole.where(quarter == str(last)),
        services.where(quarter == str(before), quarter >= str(first)),
        levels.where(quarter >= str(first), quarter < str(before)),
    )
    rows = {Quarter.parse(row["by"]): dict(row) for row in connection.execute(every).mappings()}
    return {
        one: _whole(row if one >= before else {name: row[name] for name in (*_OF_ALL, *_LEVELS)})
        for one, row in rows.items()
    }


def part_sums(
    connection: Connection, rules: Rules, region: str, quarter: Quarter, *, hides: bool = False
) -> dict[str, Sums]:
    """By its code what each region right below comes to in the quarter, or each village of a kecamatan; those without a
    card are left out. Otherwise as `region_sums`."""
    cards = shown_cards(rules, hides=hides)
    whole, *_ = _sums_of(cards, length_below(region))
    query = whole.where(*_lie_in(region, cards), cards.c.quarter == str(quarter))
    return {row["by"]: _whole(dict(row)) for row in connection.execute(query).mappings()}


def added_up(parts: Collection[Sums]) -> Sums:
    """What the parts of a region come to together; empty where there are none."""
    if not parts:
        return {}
    names = next(iter(parts)).keys() - {"by", "as_of"}
    return {"as_of": min(one["as_of"] for one in parts), **{name: sum(one[name] for one in parts) for name in names}}


def _lie_in(region: str, cards: FromClause) -> tuple[ColumnElement[bool], ...]:
    return lies_in(region, cards.c.village_id), counts(cards.c.village_id)


@lru_cache(maxsize=32)  # building a hundred columns takes longer than adding them up for a kecamatan
def _sums_of(cards: FromClause, length: int | None = None) -> tuple[Select[Any], ...]:
    """All figures by quarter, or by the first signs of the villages' codes, so many; and the same with the services,
    or the levels, alone, and blanks in place of the others."""
    by: ColumnElement[Any]
    by = cards.c.quarter if length is None else func.substr(cards.c.village_id, 1, literal_column(str(length)))
    of_all = (
        by.label("by"),
        func.min(cards.c.as_of).label("as_of"),
        func.count().label("villages"),
        func.sum(case((was_visited(cards), 1), else_=0)).label("reporting"),
    )
    sums = [func.sum(column).label(column.name) for column in cards.c if column.name not in _ABOUT]
    services = {one.name for one in sums if one.name.endswith(("_received", "_due"))}
    kept = ({one.name for one in sums}, services, set(_LEVELS))
    some = [[one if one.name in names else null().label(one.name) for one in sums] for names in kept]
    return tuple(select(*of_all, *columns).group_by(by) for columns in some)


def cards_of(
    connection: Connection, rules: Rules, codes: Collection[str], quarter: Quarter
) -> Iterator[Mapping[str, Any]]:
    """The stored cards of these villages, with the columns of the rules."""
    cards = stored_cards(rules)
    if codes:
        query = select(cards).where(cards.c.village_id.in_(sorted(codes)), cards.c.quarter == str(quarter))
        yield from map(dict, connection.execute(query).mappings())


def _whole(row: Mapping[str, Any]) -> Sums:
    """PostgreSQL gives a sum of integers as a Decimal where it is large; columns that wait for their form as None."""
    about = ("by", "as_of")
    return {name: value if name in about else round(value or 0) for name, value in row.items()}
