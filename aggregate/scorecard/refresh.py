"""Bringing cards up to date: which village-quarters are out of date, and counting just those again.

A quarter of a village is out of date where
- the village has sent something that can change it (`villages.stale_since`),
- it has no card yet,
- its card was counted for another day than a card of today is: a quarter that runs, or ran when it was counted,
- it runs, and its card was counted by other rules than those in force.

Quarters that are over keep their rules: one that has a card is counted again by the rules that the card names, unless
all are to be counted by the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, Delete, Engine, Insert, Row, Select, Table, delete, func, select, update

from aggregate.scorecard.counts import insert_cards
from aggregate.scorecard.published_rules import published_rules, rules_in_force
from aggregate.scorecard.recap import insert_recap
from aggregate.scorecard.rules import GROUPS, Rules
from aggregate.scorecard.tables import CARDS, cards_table, recap_table
from aggregate.sql.parameters import QUARTER, VILLAGES, parameters
from forms.periods import Quarter, quarters_between
from server.database.engine import in_turn, reading
from server.database.tables import entities, villages

# Villages in one transaction: enough to be quick, few enough for a phone that sends meanwhile to wait below a second.
BATCH = 25

# The cards that are out of date; all cards again, of which those of past quarters keep their rules; or all cards by the
# newest rules.
Which = Literal["stale", "again", "all"]

_Progress = Callable[[int, int], None]


def refresh_village(engine: Engine, village_id: str, today: date) -> None:
    """Brings all cards of one village up to date; costs two small queries where they are.

    Raises ProblemError where no indicators are published, or where they do not fit the published forms.
    """
    _refresh(engine, rules_in_force(engine), [village_id], today, "stale")


def refresh(
    engine: Engine, today: date, which: Which = "stale", *, progress: _Progress = lambda done, total: None
) -> int:
    """Brings the cards of all villages up to date, or counts all of them again; how many cards were counted.

    `progress` is told how many villages of how many are done. Raises ProblemError as refresh_village does.
    """
    rules = rules_in_force(engine)
    with reading(engine) as connection:
        known = list(connection.execute(select(villages.c.village_id).order_by(villages.c.village_id)).scalars())
    counted = 0
    for start in range(0, len(known), BATCH):
        batch = known[start : start + BATCH]
        counted += _refresh(engine, rules, batch, today, which)
        progress(start + len(batch), len(known))
    return counted


def _refresh(engine: Engine, rules: Rules, village_ids: Sequence[str], today: date, which: Which) -> int:
    if which == "stale":
        with reading(engine) as connection:  # readers are in nobody's way, and mostly there is nothing to do
            known = _known(connection, village_ids)
            if not _wanted(known, rules, today, which) and not _left_over(known):
                return 0

    def count(connection: Connection) -> int:
        # Holding the villages' rows keeps submissions out: what comes in after this marks them stale again.
        connection.execute(_locked(village_ids))
        known = _known(connection, village_ids)
        wanted = _wanted(known, rules, today, which)
        if which != "stale":
            _forget(connection, rules, village_ids)
        for emptied, of_villages in _left_over(known).items():
            _forget(connection, rules, of_villages, emptied)
        for (quarter, number), counted in wanted.items():
            values = parameters(quarter, today, counted, number)
            for statement in _statements(published_rules(connection, number)):
                connection.execute(statement, values)
        done = villages.c.village_id.in_(village_ids) & (villages.c.stale_since <= str(Quarter.of(today)))
        connection.execute(update(villages).where(done).values(stale_since=None))
        return sum(len(counted) for counted in wanted.values())

    return in_turn(engine, count)


def _locked(village_ids: Sequence[str]) -> Select[Any]:
    # Always in the same order, so that two refreshes never wait for each other.
    wanted = select(villages.c.village_id).where(villages.c.village_id.in_(village_ids))
    return wanted.order_by(villages.c.village_id).with_for_update()


def _known(connection: Connection, village_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Of each village a row for each of its cards, or a single one without a card."""
    first = select(func.min(entities.c.registered_on)).where(entities.c.village_id == villages.c.village_id)
    known = (
        select(villages.c.village_id, villages.c.stale_since, first.scalar_subquery().label("first"))
        .add_columns(CARDS.c.quarter, CARDS.c.as_of, CARDS.c.rules)
        .outerjoin(CARDS, CARDS.c.village_id == villages.c.village_id)
        .where(villages.c.village_id.in_(village_ids))
        .order_by(villages.c.village_id)
    )
    by_village: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(known):
        by_village[row.village_id].append(row)
    return by_village


def _left_over(known: dict[str, list[Row[Any]]]) -> dict[str, list[str]]:
    """The villages with a card of a quarter before anybody was registered there, by quarter: somebody has moved away,
    or what was sent of them counts no more."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for village_id, rows in known.items():
        first = str(Quarter.of(rows[0].first)) if rows[0].first else None
        for row in rows:
            if row.quarter is not None and (first is None or row.quarter < first):
                found[row.quarter].append(village_id)
    return found


def _wanted(
    known: dict[str, list[Row[Any]]], rules: Rules, today: date, which: Which
) -> dict[tuple[Quarter, int], list[str]]:
    """The villages to count, by quarter and the number of the rules to count it by; `rules` are the newest."""
    wanted: defaultdict[tuple[Quarter, int], list[str]] = defaultdict(list)
    for village_id, rows in known.items():
        for quarter, number in _wanted_quarters(rows, rules.number, today, which):
            wanted[quarter, number].append(village_id)
    return wanted


def _wanted_quarters(rows: list[Row[Any]], newest: int, today: date, which: Which) -> Iterator[tuple[Quarter, int]]:
    """Of one village, from its rows of `_known`."""
    first, stale_since = rows[0].first, rows[0].stale_since
    if first is None:
        return
    current = Quarter.of(today)
    cards = {row.quarter: row for row in rows}
    for quarter in quarters_between(Quarter.of(first), current):
        card = cards.get(str(quarter))
        number = newest if card is None or quarter == current or which == "all" else card.rules
        if (
            which != "stale"
            or card is None
            or card.as_of != quarter.as_of(today)
            or (stale_since is not None and str(quarter) >= stale_since)
            or (quarter == current and card.rules != newest)
        ):
            yield quarter, number


def _tables(rules: Rules) -> list[Table]:
    recaps = [recap_table(group, rules.counted_of(group)) for group in GROUPS]
    return [*recaps, cards_table(rules.counted)]


def _forget(connection: Connection, rules: Rules, village_ids: Sequence[str], quarter: str | None = None) -> None:
    """Deletes what was counted of the villages, of one quarter or of all."""
    for table in _tables(rules):
        gone = delete(table).where(table.c.village_id.in_(village_ids))
        connection.execute(gone if quarter is None else gone.where(table.c.quarter == quarter))


@lru_cache(maxsize=8)
def _statements(rules: Rules) -> tuple[Delete | Insert, ...]:
    """What counts one quarter of some villages, in this order; the parameters are those of aggregate.wanted."""
    deletes = [
        delete(table).where(table.c.village_id.in_(VILLAGES), table.c.quarter == QUARTER) for table in _tables(rules)
    ]
    return (*deletes, *[insert_recap(rules, group) for group in GROUPS], insert_cards(rules))
