"""Formulir 3A and 3B: what each mother and child of a quarter received, as the card counted it, with their names.

Only reads the recap: sums over its rows are the card's figures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, select

from aggregate.indicators.rules import Group, Rules
from aggregate.indicators.tables import recap_table
from forms.domain import NAME
from forms.periods import Quarter
from scorecards.paper.sources import Person
from server.database.tables import entities

_VILLAGE, _QUARTER = (bindparam(name, type_=Text) for name in ("of_village", "of_quarter"))
_READ = [entities.c[name] for name in ("label", "data", "birth_date", "due_date", "delivered_on")]


def people_of(connection: Connection, rules: Rules, group: Group, village_id: str, quarter: Quarter) -> list[Person]:
    """All who were targets in the quarter, by name. `rules` are those that its card was counted by; of what still waits
    for its form nothing is due."""
    counted = [indicator.code for indicator in rules.counted_of(group)]
    codes = [indicator.code for indicator in rules.indicators if indicator.target == group.target]
    rows = connection.execute(_people(rules, group), {_VILLAGE.key: village_id, _QUARTER.key: str(quarter)})
    return [
        Person(
            row["target"],
            row["data"].get(NAME) or row["label"],
            row["data"].get("no_kia", ""),
            row["data"].get("jenis_kelamin", ""),
            row["dusun"] or "",
            row["birth_date"],
            row["due_date"],
            row["delivered_on"],
            row["as_of"],
            at_risk=bool(row["at_risk"]),
            monitored=bool(row["monitored"]),
            results={code: row[code] if code in counted else None for code in codes},
        )
        for row in sorted(rows.mappings(), key=lambda row: (row["label"].casefold(), row["target"]))
    ]


@lru_cache(maxsize=24)
def _people(rules: Rules, group: Group) -> Select[Any]:
    recap = recap_table(group, rules.counted_of(group))
    same = (entities.c.village_id == recap.c.village_id) & (entities.c.id == recap.c.target)
    return (
        select(*recap.c, *_READ)
        .join(entities, same)
        .where(recap.c.village_id == _VILLAGE, recap.c.quarter == _QUARTER, entities.c.village_id == _VILLAGE)
    )
