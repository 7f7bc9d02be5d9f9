"""How the targets of a group stand to one indicator on their day D: what the recap is counted from, one by one.

The statement is that of the recap (aggregate/scorecard/recap.py) up to its last step, so that what is told of a result
is what the result was made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Double, Select, cast, null, select

from aggregate.indicators.questions import Questions
from aggregate.indicators.rules import Group, Rules
from aggregate.scorecard.recap import known_of
from aggregate.scorecard.recap_history import history_of
from aggregate.sql.expressions import Value, condition, flag, number
from forms.indicators.atoms import atoms
from forms.indicators.rules import Expression, Indicator
from scorecards.trace.sources import Stand


def read_stands(
    connection: Connection, rules: Rules, group: Group, indicator: Indicator, values: Mapping[str, Any]
) -> dict[str, Stand]:
    """By target; `values` are the parameters of one village and quarter (aggregate/sql/parameters.py)."""
    asked = alone(rules, group, indicator)
    due, latest = atoms(indicator.due), _of_latest(indicator)
    return {
        row["target"]: Stand(
            day=row["day"],
            begins=row["begins"],
            needed=row["needed"],
            known={name: row[f"told_{name}"] for name in asked.day_names},
            due={atom: bool(row[f"due_{place}"]) for place, atom in enumerate(due)},
            latest={atom: bool(row[f"latest_{place}"]) for place, atom in enumerate(latest)},
        )
        for row in connection.execute(_statement(rules, group, indicator), values).mappings()
    }


def _of_latest(indicator: Indicator) -> tuple[Expression, ...]:
    return atoms(indicator.received) if indicator.window == "terakhir" else ()


@lru_cache(maxsize=128)
def alone(rules: Rules, group: Group, indicator: Indicator) -> Questions:
    """The questions of that one indicator; nothing else is looked up for it."""
    return Questions(replace(rules, indicators=(replace(indicator, forms=()),)), group)


@lru_cache(maxsize=128)
def _statement(rules: Rules, group: Group, indicator: Indicator) -> Select[Any]:
    asked = alone(rules, group, indicator)
    known = known_of(asked, history_of(asked))

    def on_day(name: str) -> Value:
        return Value(asked.day_kind(name), known.c[f"known_{name}"])

    def needed() -> Any:
        if indicator.window == "terakhir":
            return cast(null(), Double)
        minimum = indicator.minimum
        return known.c.active_months if isinstance(minimum, str) else number(minimum, on_day)

    def flags(name: str, parts: tuple[Expression, ...]) -> list[Any]:
        return [flag(condition(atom, on_day)).label(f"{name}_{place}") for place, atom in enumerate(parts)]

    return select(
        known.c.target,
        known.c.day,
        known.c.begins,
        needed().label("needed"),
        *[on_day(name).text_or_null().label(f"told_{name}") for name in asked.day_names],
        *flags("due", atoms(indicator.due)),
        *flags("latest", _of_latest(indicator)),
    )
