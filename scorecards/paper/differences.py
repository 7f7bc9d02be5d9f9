"""What changed since a report was signed: the figures of its paper that are others by now."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from scorecards.card_row import card_row
from scorecards.small_counts import Told, public_card
from scorecards.sources import Card, CountedCard, IndicatorLabel

# The parts of a card that are on the paper.
_PARTS = ("table1", "table2", "table3", "table4", "table5_fields", "table5", "not_monitored")
_LEVEL = "table4.total.percent"

Figure = Told | Decimal | None


class Difference(NamedTuple):
    """A figure of the paper that is another one now. `line` is where it stands on the card, such as
    `table1.households`, `table3` or `table4.total`; of table 3 the row is in `indicator`, None elsewhere. `figure` is
    what of the line it is (`received`, `due`, `fathers` or `percent`), blank where the line has but one. A percent is
    None where nothing is due."""

    line: str
    indicator: IndicatorLabel | None
    figure: str
    signed: Figure
    now: Figure


def differences(signed: CountedCard, now: CountedCard, *, hides: bool = False) -> tuple[Difference, ...]:
    """The level first, then in the order of the paper. Where one of them lacks a row, as other rules have others, it
    counts as 0 there. `hides`: of the figures as the public sees them (small_counts.py)."""
    by_code = {one.code: one for one in (*now.indicators, *signed.indicators)}
    before, after = (_figures(public_card(*one) if hides else one.card) for one in (signed, now))
    return tuple(
        Difference(*_place(name, by_code), before.get(name, 0), after.get(name, 0))
        for name in {**before, **after}
        if before.get(name, 0) != after.get(name, 0)
    )


def _figures(card: Card) -> dict[str, Figure]:
    """Percents are none of them, as they follow from the others; save the level, which is what people know."""
    figures = card_row({part: card[part] for part in _PARTS})
    level = figures[_LEVEL]
    others = {name: value for name, value in figures.items() if not name.endswith("percent")}
    return {_LEVEL: None if level is None else Decimal(level), **others}


def _place(name: str, by_code: Mapping[str, IndicatorLabel]) -> tuple[str, IndicatorLabel | None, str]:
    line, _, figure = name.rpartition(".")
    table, _, code = line.partition(".")
    if table == "table3":
        return table, by_code[code], figure
    return (line, None, figure) if table == "table4" else (name, None, "")
