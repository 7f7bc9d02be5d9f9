"""The targets that the card of a village and quarter was added up from, as the recaps have them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)

from aggregate.indicators.rules import GROUPS, Group, Rules
from aggregate.indicators.tables import recap_columns, recap_table
from forms.periods import Quarter
from scorecards.sources import Traced
from server.database.tables import entities


def read_targets(
    connection: Connection, rules: Rules, village_id: str, quarter: Quarter, *, names: bool
) -> list[Traced]:
    """All targets of the quarter, by name within their group; with their names and those of their households where
    asked for."""
    columns = {group: [name for one in rules.counted_of(group) for name in recap_columns(one)] for group in GROUPS}
    rows = connection.execute(_query(rules, names), {"of_village": village_id, "of_quarter": str(quarter)}).mappings()
    by_target = {group.target: group for group in GROUPS}
    found = [_traced(by_target[row["group_of"]], columns[by_target[row["group_of"]]], row) for row in rows]
    order = [group.target for group in GROUPS]
    return sorted(found, key=lambda one: (order.index(one.target), one.name.casefold(), one.id))


@lru_cache(maxsize=16)
def _query(rules: Rules, names: bool) -> CompoundSelect[Any]:
    every = dict.fromkeys(name for one in rules.counted for name in recap_columns(one))
    return union_all(*[_of_group(rules, group, [*every], names) for group in GROUPS])


def _of_group(rules: Rules, group: Group, every: list[str], names: bool) -> Select[Any]:
    recap = recap_table(group, rules.counted_of(group))
    fixed = [recap.c[name] for name in _FIXED]
    results = [recap.c[name] if name in recap.c else cast(null(), Integer).label(name) for name in every]
    mine = (recap.c.village_id == _VILLAGE) & (recap.c.quarter == bindparam("of_quarter"))
    which = literal(group.target).label("group_of")
    if not names:
        nobody = [literal("").label(name) for name in ("name", "household_name")]
        return select(which, *fixed, *results, *nobody).where(mine)
    person, home = entities.alias("person"), entities.alias("home")
    here = and_(person.c.village_id == recap.c.village_id, person.c.id == recap.c.target)
    lives = and_(home.c.village_id == recap.c.village_id, home.c.id == recap.c.household)
    return (
        select(which, *fixed, *results, person.c.label.label("name"), home.c.label.label("household_name"))
        .outerjoin_from(recap, person, and_(here, person.c.village_id == _VILLAGE))
        .outerjoin(home, and_(lives, home.c.village_id == _VILLAGE))
        .where(mine)
    )


_FIXED = ("target", "household", "dusun", "monitored", "monitored_now", "at_risk", "tikar")
_VILLAGE = bindparam("of_village", type_=Text)


def _traced(group: Group, columns: list[str], row: Any) -> Traced:
    return Traced(
        id=row["target"],
        target=group.target,
        name=row["name"] or "",
        household=row["household"] or "",
        household_name=row["household_name"] or "",
        dusun=row["dusun"] or "",
        monitored=bool(row["monitored"]),
        at_risk=bool(row["at_risk"]),
        tikar=row["tikar"] or "",
        monitored_now=row["monitored_now"],
        results={name: row[name] for name in columns},
    )
