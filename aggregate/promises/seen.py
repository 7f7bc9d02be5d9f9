"""What the recaps say of households and hamlets: who lacked a service in a quarter, and who receives it.

Of each target and indicator a recap holds 1 (received), 0 (due and not received) or NULL (not due). Whoever was not
visited in a quarter received nothing in it, so that what a household has is read from quarters in which it was visited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, Table, and_, case, func, or_, select

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
class Compared:
    """The quarters of which somebody asks who lacked something then, all quarters after the first of them up to the
    running one, and the last one that is over: what people receive since is read up to that one, as in the running
    quarter a service of every month is still to come. Of who lacked it in that one or in the running one, it is read up
    to today."""

    before: Collection[str]
    after: Collection[str]
    over: str


@dataclass(frozen=True)
class Lacking:
    """How many people of a hamlet lacked an indicator in a quarter, and how many of these (`closed`) receive it since:
    in the latest quarter in which they were visited and it was due."""

    village_id: str
    quarter: str
    dusun: str
    code: str
    people: int
    closed: int


@dataclass(frozen=True)
class Person:
    """A mother or child to whom an indicator was due in a quarter: whether they lacked it, and receive it since."""

    quarter: str
    dusun: str
    code: str
    target: str
    lacked: bool
    closed: bool


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
    connection: Connection, rules: Rules, villages: Sequence[str], codes: Collection[str], quarters: Compared
) -> Iterator[Lacking]:
    """Who lacked what in these quarters and what came of it, by hamlet in which it was due to anybody; who has none is
    in one with a blank name."""
    for recap, asked in _asked(rules, codes):
        found = _since(recap, asked, quarters).subquery("found")
        place = (found.c.village_id, found.c.quarter, found.c.dusun)
        counts = [
            number.label(f"{code}_{name}")
            for code in asked
            for name, number in (
                ("due", func.count(found.c[code])),
                ("lacked", func.sum(case((_lacked(found, code), ONE), else_=ZERO))),
                ("closed", func.sum(case((_closed(found, code), ONE), else_=ZERO))),
            )
        ]
        query = select(*place, *counts).group_by(*place)
        for row in connection.execute(query, {VILLAGES.key: list(villages)}).mappings():
            village, quarter, dusun = row["village_id"], row["quarter"], row["dusun"]
            for code in asked:
                if row[f"{code}_due"]:
                    lacked, closed = int(row[f"{code}_lacked"]), int(row[f"{code}_closed"])
                    yield Lacking(village, quarter, dusun, code, lacked, closed)


def people_in(
    connection: Connection, rules: Rules, village: str, codes: Collection[str], quarters: Compared
) -> Iterator[Person]:
    """The people whom `lacking_in` counts of one village."""
    for recap, asked in _asked(rules, codes):
        found = _since(recap, asked, quarters).subquery("found")
        for code in asked:
            told = [case((of(found, code), ONE), else_=ZERO) for of in (_lacked, _closed)]
            query = select(found.c.quarter, found.c.dusun, found.c.target, *told).where(found.c[code].is_not(None))
            for quarter, dusun, target, lacked, closed in connection.execute(query, {VILLAGES.key: [village]}):
                yield Person(quarter, dusun, code, target, bool(lacked), bool(closed))


def _asked(rules: Rules, codes: Collection[str]) -> Iterator[tuple[Table, list[str]]]:
    """The recaps that hold some of these indicators, with those."""
    for _, recap, counted in _groups(rules):
        if asked := [code for code in counted if code in codes]:
            yield recap, asked


def _since(recap: Table, codes: Sequence[str], quarters: Compared) -> Select[Any]:
    """Of each target in each of the quarters: by code what it was, and the latest quarters (blank: none) after it of
    those visited in which it was received (`_had`) and in which it was not (`_not`)."""
    then, later = recap.alias("then"), recap.alias("later")
    seen = and_(
        later.c.village_id == then.c.village_id,
        later.c.target == then.c.target,
        later.c.quarter.in_(sorted(quarters.after)),  # by names, as the key begins with village and quarter
        later.c.quarter > then.c.quarter,
        or_(later.c.quarter <= quarters.over, then.c.quarter >= quarters.over),
        later.c.monitored == ONE,
        or_(*[then.c[code] == ZERO for code in codes]),  # of all others nobody asks what came later
    )

    def latest(code: str, result: ColumnElement[int]) -> ColumnElement[str]:
        return func.coalesce(func.max(case((later.c[code] == result, later.c.quarter))), "")

    return (
        select(
            then.c.village_id,
            then.c.target,
            then.c.quarter,
            func.coalesce(func.max(then.c.dusun), "").label("dusun"),
            *[func.max(then.c[code]).label(code) for code in codes],
            *[latest(code, ONE).label(f"{code}_had") for code in codes],
            *[latest(code, ZERO).label(f"{code}_not") for code in codes],
        )
        .outerjoin_from(then, later, seen)
        .where(of_villages(then.c.village_id), then.c.quarter.in_(sorted(quarters.before)))
        .group_by(then.c.village_id, then.c.target, then.c.quarter)
    )


def _lacked(found: Subquery, code: str) -> ColumnElement[bool]:
    return found.c[code] == ZERO


def _closed(found: Subquery, code: str) -> ColumnElement[bool]:
    return and_(_lacked(found, code), found.c[f"{code}_had"] > found.c[f"{code}_not"])


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
