"""Bringing cards up to date: counting again those quarters that are out of date (stale.py), and no others."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from time import sleep

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Insert,
    Table,
    bindparam,
    case,
    delete,
    null,
    or_,
    select,
    text,
    update,
)

from aggregate.indicators.published_rules import published, published_rules_with_tables
from aggregate.indicators.rules import GROUPS, Rules
from aggregate.indicators.tables import cards_table, recap_table
from aggregate.promises.keeping import keep_promises
from aggregate.scorecard.counts import insert_cards
from aggregate.scorecard.late_changes import final_cards, note_changes
from aggregate.scorecard.recap import insert_recap
from aggregate.scorecard.stale import KnownCards, Which, known_cards
from aggregate.sql.parameters import QUARTER, VILLAGES, of_villages, parameters
from forms.periods import Quarter
from forms.problems import ProblemError
from server.database.engine import in_turn, reading, writing
from server.database.errors import failure_name, without_rows
from server.database.tables import villages
from server.villages.each import each_village

# Villages that are looked at together, and so many of their cards at most in one transaction: enough to be quick, few
# enough for a phone that sends meanwhile to wait below a second.
BATCH = 25
CARDS_AT_ONCE = 50
# Seconds between two transactions: without, SQLite's only lock would be taken again before who waits for it wakes up.
PAUSE = 0.005

# What is to be counted: villages by quarter and the number of the rules.
_ToCount = dict[tuple[Quarter, int], list[str]]

_Progress = Callable[[int, int], None]
_Failed = Callable[[str, str], None]
_LOG = logging.getLogger(__name__)
_LOG.addFilter(without_rows)


def refresh_village(engine: Engine, village_id: str, today: date) -> None:
    """Brings all cards of one village up to date; costs two small queries where they are.

    Raises ProblemError where no indicators are published, or where they do not fit the published forms.
    """
    rules = published_rules_with_tables(engine)
    for portion, _ in _portions(engine, rules, [village_id], today, "stale"):
        _count(engine, rules, portion, today, "stale")


def refresh(
    engine: Engine,
    today: date,
    which: Which = "stale",
    *,
    progress: _Progress = lambda done, total: None,
    failed: _Failed = lambda village_id, reason: None,
) -> int:
    """Brings the cards of all villages up to date, or counts all of them again; how many cards were counted.

    A village whose cards cannot be counted keeps those that it had and stops no other one: `failed` is told of it, and
    `villages.refresh_problem` says why until it succeeds. `progress` is told how many villages of how many are done.
    Raises ProblemError as refresh_village does.
    """
    rules = published_rules_with_tables(engine)
    with reading(engine) as connection:
        wanted = select(villages.c.village_id).where(~villages.c.to_rebuild)  # the others' rows are not to be read
        known = list(connection.execute(wanted.order_by(villages.c.village_id)).scalars())
    counted = 0
    for portion, done in _portions(engine, rules, known, today, which):
        if portion:
            counted += _count_or_tell(engine, rules, portion, today, which, failed)
            sleep(PAUSE)
        progress(done, len(known))
    return counted


def _portions(
    engine: Engine, rules: Rules, village_ids: Sequence[str], today: date, which: Which
) -> Iterator[tuple[list[str], int]]:
    """The villages with something to do, in portions of not too many cards, each with how many villages are done when
    it is counted; it may be empty. Only the last one is small: whatever it counts, a portion costs as much as some
    cards."""
    portion: list[str] = []
    cards = 0
    for start in range(0, len(village_ids), BATCH):
        batch = village_ids[start : start + BATCH]
        with reading(engine) as connection:  # readers are in nobody's way, and mostly there is nothing to do
            known = known_cards(connection, batch)
        for place, village in enumerate(known.values(), start):
            to_count = len([*village.to_count(rules.number, today, which)])
            if portion and cards + to_count > CARDS_AT_ONCE:
                yield portion, place
                portion, cards = [], 0
            if to_count or which != "stale" or village.left_over:
                portion.append(village.village_id)
                cards += to_count
        if not portion:
            yield [], start + len(batch)
    if portion:
        yield portion, len(village_ids)


def _count_or_tell(
    engine: Engine, rules: Rules, village_ids: Sequence[str], today: date, which: Which, failed: _Failed
) -> int:
    """Counts the villages together; one by one where that fails, so that the others have their cards all the same."""
    try:
        return _count(engine, rules, village_ids, today, which)
    except Exception as error:
        if len(village_ids) > 1:
            return sum(_count_or_tell(engine, rules, [one], today, which, failed) for one in village_ids)
        (village_id,) = village_ids
        reason = _reason(error)
        _LOG.warning("The cards of %s cannot be counted", village_id, exc_info=error)
        # Where it is somebody else who holds the village, that cannot be noted either.
        each_village([village_id], lambda one: _note_problem(engine, one, reason))
        failed(village_id, reason)
        return 0


def _note_problem(engine: Engine, village_id: str, reason: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(villages).where(villages.c.village_id == village_id).values(refresh_problem=reason))


def _reason(error: Exception) -> str:
    """What went wrong in a line. A database's own words may hold what somebody answered."""
    return str(error) if isinstance(error, ProblemError) else failure_name(error)


def _count(engine: Engine, rules: Rules, village_ids: Sequence[str], today: date, which: Which) -> int:
    def count(connection: Connection) -> int:
        _lock(connection, village_ids)
        known = known_cards(connection, village_ids).values()
        to_count = _to_count(known, rules.number, today, which)
        all_rules = published(connection)
        quarters = [quarter for quarter, _ in to_count]
        before = final_cards(connection, rules, village_ids, quarters, today)
        plan_well(connection, len(village_ids))
        if which != "stale":
            _forget(connection, rules, village_ids)
        for emptied, those in _left_over(known).items():
            _forget(connection, rules, those, emptied)
        for (quarter, number), counted in to_count.items():
            values = parameters(quarter, today, counted, number)
            for statement in _statements(all_rules.numbered(connection, number)):
                connection.execute(statement, values)
        if to_count:
            keep_promises(connection, all_rules.newest, village_ids, today)
        if before:
            note_changes(connection, before, final_cards(connection, rules, village_ids, quarters, today), today)
        connection.execute(_DONE, {VILLAGES.key: list(village_ids), QUARTER.key: str(Quarter.of(today))})
        return sum(len(counted) for counted in to_count.values())

    return in_turn(engine, count)


# A distributed database locks rows of one village only with one statement.
_LOCK = select(villages.c.village_id).where(villages.c.village_id == bindparam("locked")).with_for_update()
_STALE = villages.c.stale_since <= QUARTER
_DONE = (
    update(villages)
    .where(of_villages(villages.c.village_id), or_(_STALE, villages.c.refresh_problem.is_not(None)))
    .values(stale_since=case((_STALE, null()), else_=villages.c.stale_since), refresh_problem=null())
)


def _lock(connection: Connection, village_ids: Sequence[str]) -> None:
    """Holding the villages' rows keeps submissions out: what comes in after this marks them stale again."""
    for village_id in sorted(village_ids):  # always in the same order, so that two refreshes never wait for each other
        connection.execute(_LOCK, {"locked": village_id})


def plan_well(connection: Connection, number: int) -> None:
    """Tells the database that what follows is about so many villages."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PLAN_WELL)
    elif number > 1:
        connection.execute(_KEEP_PAGES)


# PostgreSQL takes what comes out of a grouping for a row or two, and joins it row by row, or by village alone: only a
# hash join is quick whatever comes out. It would also compile the long statements, which takes longer than to run them,
# and plan each of them anew each time, which takes as long as half a village: without loops one plan suits any number.
_PLAN_WELL = text(
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off;"
    " SET LOCAL plan_cache_mode = force_generic_plan"
)
# Kilobytes of a connection's cache, instead of 2,000: what the villages of a transaction are counted from is read once,
# and not again for each quarter and group. A page that counts one village does well with less.
_KEEP_PAGES = text("PRAGMA cache_size = -16000")


def _left_over(known: Iterable[KnownCards]) -> dict[str, list[str]]:
    """The villages with a card of a quarter before anybody was registered there, by quarter."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for village in known:
        for quarter in village.left_over:
            found[quarter].append(village.village_id)
    return found


def _to_count(known: Iterable[KnownCards], newest: int, today: date, which: Which) -> _ToCount:
    """The villages to count, by quarter and the number of the rules to count it by."""
    to_count: defaultdict[tuple[Quarter, int], list[str]] = defaultdict(list)
    for village in known:
        for quarter, number in village.to_count(newest, today, which):
            to_count[quarter, number].append(village.village_id)
    return to_count


@lru_cache(maxsize=8)  # of the same tables SQLAlchemy knows the statements
def _tables(rules: Rules) -> tuple[Table, ...]:
    recaps = [recap_table(group, rules.counted_of(group)) for group in GROUPS]
    return (*recaps, cards_table(rules.counted))


def _forget(connection: Connection, rules: Rules, village_ids: Sequence[str], quarter: str | None = None) -> None:
    """Deletes what was counted of the villages, of one quarter or of all."""
    for table in _tables(rules):
        gone = delete(table).where(table.c.village_id.in_(village_ids))
        connection.execute(gone if quarter is None else gone.where(table.c.quarter == quarter))


@lru_cache(maxsize=8)
def _statements(rules: Rules) -> tuple[Delete | Insert, ...]:
    """What counts one quarter of some villages, in this order; the parameters are those of aggregate.sql.parameters."""
    deletes = [
        delete(table).where(of_villages(table.c.village_id), table.c.quarter == QUARTER) for table in _tables(rules)
    ]
    return (*deletes, *counting(rules))


@lru_cache(maxsize=8)
def counting(rules: Rules) -> tuple[Insert, ...]:
    """What fills the tables with one quarter of some villages, in this order."""
    return (*[insert_recap(rules, group) for group in GROUPS], insert_cards(rules))


def failed_villages(connection: Connection) -> dict[str, str]:
    """Why the cards of a village could not be counted when they were last to be, by village."""
    query = select(villages.c.village_id, villages.c.refresh_problem).where(villages.c.refresh_problem.is_not(None))
    return {row.village_id: row.refresh_problem for row in connection.execute(query.order_by(villages.c.village_id))}
