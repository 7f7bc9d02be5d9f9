"""The forms about targets from which an indicator is counted: what each says to it, and where it lies as received."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from aggregate.indicators.rules import Group, Rules
from aggregate.scorecard.recap_rows import answer_of
from aggregate.sql.expressions import Value, condition, flag
from aggregate.sql.parameters import AS_OF, WINDOW_STARTS, of_villages
from aggregate.trace.stands import alone
from forms.indicators.atoms import atoms
from forms.indicators.rules import Expression, Indicator, names_in
from scorecards.trace.sources import TracedVisit
from server.database.tables import submissions


def read_visits(
    connection: Connection,
    rules: Rules,
    group: Group,
    indicator: Indicator,
    values: Mapping[str, Any],
    target: str | None = None,
) -> list[TracedVisit]:
    """Of all targets or of one, the oldest first: those of the indicator's window, and all visits of the quarter; with
    them the measurements, which tell that somebody was seen though no visit was made.

    Without a target those of the window `terakhir` are left out: the latest answer is known, and older ones are many.
    """
    names = [*dict.fromkeys(names_in(indicator.received))]
    parts = atoms(indicator.received)
    found = []
    for source in alone(rules, group, indicator).sources:
        query = _statement(rules, group, indicator, source.form_id)
        if target is not None:
            query = query.where(source.target(group.list) == target)
        elif indicator.window == "terakhir":
            continue
        visits, measures = (source.form_id == form for form in (group.monitored_by, group.measured_by))
        for row in connection.execute(query, values).mappings():
            answers = {name: row[f"answer_{name}"] for name in names}
            truths = {atom: bool(row[f"atom_{place}"]) for place, atom in enumerate(parts)}
            if visits or measures or any(text is not None for text in answers.values()):
                found.append((row, source.form_id, visits, answers, truths))
    shas = received_as(connection, {(row["sending_village"], row["seq"]) for row, *_ in found})
    return [
        TracedVisit(
            row["target"],
            form_id,
            row["day"],
            row["sending_village"],
            shas.get((row["sending_village"], row["seq"]), ""),
            visits,
            bool(row["yes"]),
            answers,
            truths,
        )
        for row, form_id, visits, answers, truths in sorted(found, key=lambda one: (one[0]["day"], one[0]["order_key"]))
    ]


@lru_cache(maxsize=256)
def _statement(rules: Rules, group: Group, indicator: Indicator, form_id: str) -> Select[Any]:
    asked = alone(rules, group, indicator)
    source = next(one for one in asked.sources if one.form_id == form_id)
    start = WINDOW_STARTS["semua" if indicator.window == "terakhir" else indicator.window]
    target = source.target(group.list)

    def answer(name: str) -> Value:
        return answer_of(source, name, asked.day_kind(name))

    def says(expression: Expression) -> ColumnElement[int]:
        return flag(condition(expression, answer))

    return select(
        target.label("target"),
        source.day.label("day"),
        source.table.c.order_key,
        source.table.c.sending_village,
        source.table.c.seq,
        says(indicator.received).label("yes"),
        *[says(atom).label(f"atom_{place}") for place, atom in enumerate(atoms(indicator.received))],
        *[answer(name).text_or_null().label(f"answer_{name}") for name in dict.fromkeys(names_in(indicator.received))],
    ).where(
        of_villages(source.table.c.village_id),
        target.is_not(None),
        or_(source.day >= start, source.day >= WINDOW_STARTS["triwulan"]),
        source.day <= AS_OF,
    )


def received_as(connection: Connection, keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The sha256 of submissions by the village that sent them and their place in its order."""
    if not keys:
        return {}
    villages = sorted({village for village, _ in keys})
    query = select(submissions.c.village_id, submissions.c.seq, submissions.c.sha256).where(
        submissions.c.village_id.in_(villages), submissions.c.seq.in_(sorted({seq for _, seq in keys}))
    )
    return {(row.village_id, row.seq): row.sha256 for row in connection.execute(query)}
