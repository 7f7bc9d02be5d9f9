"""What other rules make of the same answers, of which nothing is kept: the running quarter of some villages by the
rules in force and by those on trial, or a village's card by those of another card.

It is counted anew in temporary tables that stand in place of the stored ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from aggregate.indicators.published_rules import Published, published_rules
from aggregate.indicators.rules import GROUPS, Rules, rules_on_trial
from aggregate.indicators.tables import cards_table, recap_table
from aggregate.scorecard.card import NOTHING, Card, Share, read_cards
from aggregate.scorecard.refresh import BATCH, counting, plan_well
from aggregate.scorecard.stale import KnownCards, known_cards
from aggregate.sql.parameters import parameters
from forms.indicators.rules import Indicator
from forms.periods import Quarter
from server.database.engine import on_trial, reading
from server.database.tables import villages
from server.villages.regions import bare_names, counts, evenly, lies_in

# So many villages are counted while somebody waits: some two seconds.
MOST_VILLAGES = 100


@dataclass(frozen=True)
class Shift:
    """A share under the rules in force, and under those on trial."""

    before: Share
    after: Share

    @property
    def points(self) -> float:
        """By how many percent points it rises; 0 where nothing is due under one of them."""
        return _percent(self.after) - _percent(self.before) if self.before.due and self.after.due else 0.0


@dataclass(frozen=True)
class IndicatorShift:
    """What becomes of an indicator, with all villages together. `before` or `after` is None where the rules in force,
    or those on trial, do not have it."""

    indicator: Indicator
    before: Share | None
    after: Share | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Trial:
    """The running quarter under both rules. `villages` by code with their names; `of` is how many villages there are:
    where that is more, those counted are spread evenly among them."""

    quarter: Quarter
    total: Shift
    indicators: tuple[IndicatorShift, ...]
    villages: Mapping[str, tuple[str, Shift]]
    of: int


def try_rules(engine: Engine, workbook: bytes, region: str, today: date) -> Trial:
    """Counts villages of the region by the rules in force and by those of the workbook.

    Raises ProblemError where the workbook has mistakes, and NO_RULES where no rules are in force.
    """
    quarter = Quarter.of(today)
    with reading(engine) as connection:
        old, new = published_rules(connection), rules_on_trial(connection, workbook)
        counted = lies_in(region, villages.c.village_id), counts(villages.c.village_id)
        mine = select(villages.c.village_id).where(*counted)
        known = list(connection.execute(mine.order_by(villages.c.village_id)).scalars())
        chosen = evenly(known, MOST_VILLAGES)
        names = bare_names(connection, chosen)
    before, after = (_counted(engine, rules, chosen, quarter, today) for rules in (old, new))
    shifts = {code: Shift(_total(before.get(code, {})), _total(after.get(code, {}))) for code in chosen}
    return Trial(
        quarter,
        _together(shifts.values()),
        tuple(_indicators(old, new, before, after)),
        {code: (names.get(code, code), shift) for code, shift in shifts.items()},
        len(known),
    )


def cards_by(
    engine: Engine, rules: Rules, code: str, name: str, quarters: Sequence[Quarter], today: date
) -> list[Card]:
    """A village's cards of these quarters, which have begun, by rules that are not in force."""
    with counted_by(engine, rules, code, quarters, today) as connection:
        known = known_cards(connection, [code]).get(code, KnownCards(code))
        return read_cards(connection, Published.of(rules), known, name, quarters, today)


@contextmanager
def counted_by(
    engine: Engine, rules: Rules, code: str, quarters: Sequence[Quarter], today: date
) -> Iterator[Connection]:
    """A connection on which these rules, which are not in force, have counted the village's quarters."""
    with _empty_tables(engine, rules) as connection:
        for quarter in quarters:
            _count(connection, rules, [code], quarter, today)
        yield connection


_Figures = Mapping[str, Mapping[str, Any]]


def _counted(engine: Engine, rules: Rules, codes: Sequence[str], quarter: Quarter, today: date) -> _Figures:
    """The cards' figures by village."""
    cards = cards_table(rules.counted, temporary=True)
    with _empty_tables(engine, rules) as connection:
        for start in range(0, len(codes), BATCH):
            _count(connection, rules, codes[start : start + BATCH], quarter, today)
        return {row["village_id"]: dict(row) for row in connection.execute(select(cards)).mappings()}


@contextmanager
def _empty_tables(engine: Engine, rules: Rules) -> Iterator[Connection]:
    """A connection on which recaps and cards of these rules are empty, in place of the stored ones."""
    with on_trial(engine) as connection:
        for group in GROUPS:
            recap_table(group, rules.counted_of(group), temporary=True).create(connection)
        cards_table(rules.counted, temporary=True).create(connection)
        yield connection


def _count(connection: Connection, rules: Rules, codes: Sequence[str], quarter: Quarter, today: date) -> None:
    plan_well(connection, len(codes))
    values = parameters(quarter, today, codes, rules.number)
    for statement in counting(rules):
        connection.execute(statement, values)


def _indicators(old: Rules, new: Rules, before: _Figures, after: _Figures) -> list[IndicatorShift]:
    """Those of the rules on trial in their order, then those that are gone."""
    olds = {indicator.code: indicator for indicator in old.counted}
    news = {indicator.code: indicator for indicator in new.counted}
    return [
        IndicatorShift(
            news.get(code) or olds[code],
            _sum(before, code) if code in olds else None,
            _sum(after, code) if code in news else None,
        )
        for code in (*news, *(code for code in olds if code not in news))
    ]


def _sum(figures: _Figures, code: str) -> Share:
    return sum((_share(row, code) for row in figures.values()), NOTHING)


def _total(row: Mapping[str, Any]) -> Share:
    return _share(row, "pregnant") + _share(row, "children")


def _share(row: Mapping[str, Any], name: str) -> Share:
    return Share(row.get(f"{name}_received") or 0, row.get(f"{name}_due") or 0)


def _together(shifts: Collection[Shift]) -> Shift:
    return Shift(sum((one.before for one in shifts), NOTHING), sum((one.after for one in shifts), NOTHING))


def _percent(share: Share) -> float:
    return 100 * share.received / share.due
