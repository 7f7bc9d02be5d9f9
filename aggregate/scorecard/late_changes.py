"""Cards of quarters that are over: on which day their figures were last found to have changed after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import CARDS, stored_cards
from forms.periods import Quarter

# By village and quarter, all columns of a card.
FinalCards = dict[tuple[str, str], Mapping[str, Any]]

# What is no figure, or says nothing of a quarter that is over.
_ABOUT = (
    "rules",
    "changed_on",
    *(f"{group}_{name}" for group in ("pregnant", "children") for name in ("now", "now_monitored")),
)
_NOTE = (
    update(CARDS)
    .where(CARDS.c.village_id == bindparam("of_village"), CARDS.c.quarter == bindparam("of_quarter"))
    .values(changed_on=bindparam("on"))
)


def final_cards(
    connection: Connection, rules: Rules, village_ids: Sequence[str], quarters: Iterable[Quarter], today: date
) -> FinalCards:
    """Those of the villages' cards that were counted up to the last day of a quarter that is over now."""
    cards = stored_cards(rules)
    over = [
        and_(cards.c.quarter == str(quarter), cards.c.as_of == quarter.last_day)
        for quarter in sorted(set(quarters))
        if quarter.last_day < today
    ]
    if not over:
        return {}
    found = connection.execute(select(cards).where(cards.c.village_id.in_(village_ids), or_(*over))).mappings()
    return {(row["village_id"], row["quarter"]): dict(row) for row in found}


def note_changes(connection: Connection, before: FinalCards, after: FinalCards, today: date) -> None:
    """Notes on the cards that were counted again whether their figures are others than before, and since when."""
    noted = [
        {"of_village": place[0], "of_quarter": place[1], "on": changed}
        for place, card in after.items()
        if place in before and (changed := _changed_on(before[place], card, today)) is not None
    ]
    if noted:
        connection.execute(_NOTE, noted)


def _changed_on(before: Mapping[str, Any], after: Mapping[str, Any], today: date) -> date | None:
    """None where the figures never changed."""
    same = all(before[name] == figure for name, figure in after.items() if name not in _ABOUT)
    changed_on: date | None = before["changed_on"] if same else today
    return changed_on
