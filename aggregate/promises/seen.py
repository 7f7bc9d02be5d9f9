"""What the recaps say of households and hamlets: who lacked a service in a quarter, and who receives it.

Of each target and indicator a recap holds 1 (received), 0 (due and not received) or NULL (not due). Whoever was not
visited in a quarter received nothing in it, so that what a household has is read from quarters in which it was visited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Table, and_, case, func, select

from aggregate.indicators.rules import GROUPS, PAUD, Group, Rules
from aggregate.indicators.tables import recap_table
from aggregate.sql.expressions import ONE, ZERO
from aggregate.sql.parameters import VILLAGES, of_villages

# A household's village, and its id.
Home = tuple[str, str]


@dataclass(frozen=True)
class HomeQuarter:
    """A household in a quarter. By indicator: False where somebody in it lacks what is due, True where all to whom it
    is due receive it; what is due to nobody is not there. `visited`: the same of those in it who were visited."""

    quarter: str
    has: Mapping[str, bool]
    visited: Mapping[str, bool]


@dataclass(frozen=True)
class Lacking:
    """How many people of a hamlet lacked an indicator in a quarter."""

    village_id: str
    quarter: str
    dusun: str
    code: str
    people: int


def homes_seen(
    connection: Connection, rules: Rules, villages: Sequence[str], households: Collection[str], since: str
) -> dict[Home, list[HomeQuarter]]:
    """By household, its quarters from `since` on, the oldest first."""
    has: defaultdict[Home, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    seen: defaultdict[Home, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for _, recap, codes in _groups(rules):
        visited = recap.c.monitored == ONE
        query = (
            select(
                recap.c.village_id,
                recap.c.household,
                recap.c.quarter,
                *[func.min(recap.c[code]).label(code) for code in codes],
                *[func.min(case((visited, recap.c[code]))).label(f"{code}_seen") for code in codes],
            )
            .where(of_villages(recap.c.village_id), recap.c.household.in_(sorted(households)), recap.c.quarter >= since)
            .group_by(recap.c.village_id, recap.c.household, recap.c.quarter)
        )
        for row in connection.execute(query, {VILLAGES.key: list(villages)}).mappings():
            home = (row["village_id"], row["household"])
            for known, suffix in ((has, ""), (seen, "_seen")):
                found = known[home][row["quarter"]]
                found |= {code: row[code + suffix] == 1 for code in codes if row[code + suffix] is not None}
    return {home: [HomeQuarter(one, by[one], seen[home][one]) for one in sorted(by)] for home, by in has.items()}


def lacking_in(
    connection: Connection, rules: Rules, villages: Sequence[str], quarters: Collection[str]
) -> Iterator[Lacking]:
    """Who lacked what in these quarters, by hamlet; who has none is in one with a blank name."""
    for _, recap, codes in _groups(rules):
        dusun = func.coalesce(recap.c.dusun, "")
        query = (
            select(
                recap.c.village_id,
                recap.c.quarter,
                dusun.label("dusun"),
                *[func.sum(case((recap.c[code] == ZERO, ONE), else_=ZERO)).label(code) for code in codes],
            )
            .where(of_villages(recap.c.village_id), recap.c.quarter.in_(sorted(quarters)))
            .group_by(recap.c.village_id, recap.c.quarter, dusun)
        )
        for row in connection.execute(query, {VILLAGES.key: list(villages)}).mappings():
            for code in codes:
                yield Lacking(row["village_id"], row["quarter"], row["dusun"], code, int(row[code]))


@lru_cache(maxsize=8)  # of the same tables SQLAlchemy knows its statements
def _groups(rules: Rules) -> tuple[tuple[Group, Table, list[str]], ...]:
    """The groups that anything is counted of: each with its recap, and the codes of its indicators."""
    found = [(group, rules.counted_of(group)) for group in GROUPS]
    return tuple((group, recap_table(group, of), [one.code for one in of]) for group, of in found if of)


def has_all(rows: Mapping[str, bool], codes: Sequence[str]) -> bool | None:
    """Whether a household has all of these services that are due to it; None where none is due."""
    due = [rows[code] for code in codes if code in rows]
    return all(due) if due else None


def lacking_now(
    connection: Connection, rules: Rules, village: str, running: str, before: str
) -> dict[str, tuple[str, set[str]]]:
    """By household of the mothers and children of today: its hamlet, and what somebody in it lacks. Of whom nobody has
    visited in the running quarter yet, what was found in the one before."""
    found: dict[str, tuple[str, set[str]]] = {}
    for group, table, codes in _groups(rules):
        if group is PAUD:
            continue  # does not make a household complete
        now, last = table.alias("now"), table.alias("last")
        old = and_(now.c.monitored == ZERO, last.c.target.is_not(None))
        query = (
            select(
                now.c.household,
                func.coalesce(now.c.dusun, "").label("dusun"),
                *[case((old, last.c[code]), else_=now.c[code]).label(code) for code in codes],
            )
            .outerjoin_from(
                now,
                last,
                and_(
                    last.c.village_id == now.c.village_id,
                    last.c.target == now.c.target,
                    last.c.village_id == village,
                    last.c.quarter == before,
                ),
            )
            .where(now.c.village_id == village, now.c.quarter == running, now.c.household.is_not(None))
        )
        for row in connection.execute(query).mappings():
            _, lacks = found.setdefault(row["household"], (row["dusun"], set()))
            lacks.update(code for code in codes if row[code] == 0)
    return found
