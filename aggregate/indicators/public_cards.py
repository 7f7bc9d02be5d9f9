"""The stored cards as the public sees them where small counts are hidden (scorecards/small_counts.py), as a query.

It has the columns of the table, with what stands in for small counts, so that whatever adds up cards adds up these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, literal, null, or_, select

from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import CARDS, stored_cards
from forms.indicators.rules import Target
from scorecards.small_counts import LEAST, SECTORS_SERVED, counted, parts_of, received_of

Column = ColumnElement[Any]
_GROUPS: Mapping[str, Target] = {"pregnant": "ibu_hamil", "children": "anak"}
_TIKAR = ("tikar_green", "tikar_yellow", "tikar_none", "tikar_red")  # COLOURS of small_counts.py


def shown_cards(rules: Rules | None, *, hides: bool) -> FromClause:
    """The cards with the columns of these rules; None, where nothing is hidden: with those that every card has."""
    if rules is None:
        return CARDS
    return public_cards(rules) if hides else stored_cards(rules)


@lru_cache(maxsize=8)
def public_cards(rules: Rules) -> FromClause:
    """A village of which no level is told, as it has but one or two mothers and children, has neither received nor due
    services in it. `visited` is as in `was_visited`, of the card as it is: that counts no people."""
    table = stored_cards(rules)
    stand_ins = _stand_ins(table, rules)
    columns = [stand_ins.get(column.name, column).label(column.name) for column in table.c]
    return select(*columns, was_visited(table).label("visited")).subquery("public_cards")


def was_visited(cards: FromClause) -> ColumnElement[bool]:
    """Whether anybody was visited in the quarter."""
    if "visited" in cards.c:
        return cards.c.visited
    return cards.c.pregnant + cards.c.children > cards.c.pregnant_not_monitored + cards.c.children_not_monitored


def _choose(rules: Sequence[tuple[Any, Any]], otherwise: Any) -> Column:
    return case(*rules, else_=otherwise)


def _stand_ins(cards: FromClause, rules: Rules) -> dict[str, Column]:
    """By the name of its column what stands in for a figure of people or of services; money is not among them."""
    one = cards.c
    found: dict[str, Column] = {"households": counted(one.households, _choose)}
    found |= _parts(cards, [f"sectors_{name}" for name in SECTORS_SERVED])
    found["complete"] = found["sectors_5"]
    found |= _parts(cards, _TIKAR)
    for group in _GROUPS:
        for part in ("at_risk", "not_monitored"):
            found[f"{group}_{part}"] = received_of(one[f"{group}_{part}"], one[group], _choose)
        found[f"{group}_now_monitored"] = received_of(one[f"{group}_now_monitored"], one[f"{group}_now"], _choose)
        found[f"{group}_now"] = counted(one[f"{group}_now"], _choose)
        found[group] = counted(one[group], _choose)
    for indicator in rules.indicators:
        received, due = one[f"{indicator.code}_received"], one[f"{indicator.code}_due"]
        found[f"{indicator.code}_received"] = received_of(received, due, _choose)
        found[f"{indicator.code}_due"] = counted(due, _choose)
        if indicator.also:
            found[f"{indicator.code}_also"] = received_of(one[f"{indicator.code}_also"], due, _choose)
    is_told = or_(one.pregnant >= LEAST, one.children >= LEAST)
    for group, target in _GROUPS.items():
        scored = [row.code for row in rules.indicators if row.target == target and row.scores]
        for figure in ("received", "due"):
            terms = [func.coalesce(found[f"{code}_{figure}"], 0) for code in scored]
            found[f"{group}_{figure}"] = case((is_told, sum(terms, start=literal(0))), else_=0)
    return found


def _parts(cards: FromClause, names: Sequence[str]) -> dict[str, Column]:
    shown = parts_of([cards.c[name] for name in names], _choose, nothing=null())
    return dict(zip(names, shown, strict=True))
