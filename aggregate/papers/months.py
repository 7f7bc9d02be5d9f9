"""Formulir 2A, 2B and 2C: the monthly rows of each target, from the visits as they were answered.

Visits of one target in one month are one row, as the rules count them: a service was received if any of them says so,
of everything else the latest answer holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from aggregate.indicators.rules import CHILDREN, MOTHERS, PAUD, Group, Rules
from aggregate.sql.answer_sources import Source
from forms.periods import Quarter
from scorecards.paper.sources import MonthRow, Person

YES = "ya"
# The questions of each official sheet, in its order: services that any visit of the month can give, and statuses.
SERVICES = {
    MOTHERS: ("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan"),
    CHILDREN: ("timbang", "ukur", "konseling_ayah", "konseling_ibu", "kunjungan_terpadu", "pengasuhan"),
    PAUD: ("ikut_paud",),
}
STATUSES = {
    MOTHERS: ("status_kehamilan", "periksa_nifas", "air_minum", "jamban", "jaminan_kesehatan"),
    CHILDREN: (
        *("status_gizi", "berat_badan", "imunisasi_dasar", "air_minum_anak", "jamban_anak", "akta_lahir"),
        "jaminan_kesehatan_anak",
    ),
    PAUD: (),
}


def month_rows(
    connection: Connection, rules: Rules, group: Group, village_id: str, quarter: Quarter, people: Sequence[Person]
) -> list[MonthRow]:
    """A row for each month of the quarter and each of the people that was visited in it, by month and then as the
    people stand."""
    said: defaultdict[tuple[date, str], dict[str, str]] = defaultdict(dict)
    for source in rules.sources_of(group.list):
        if source.form_id == group.monitored_by:
            for row in _visits(connection, source, group, village_id, quarter):
                _add(said[row.day.replace(day=1), row.target], row._asdict(), group)
    known = {one.id: one for one in people}
    return [
        MonthRow(month, known[id_], said[month, id_])
        for month in quarter.month_starts
        for id_ in known
        if (month, id_) in said
    ]


def _visits(
    connection: Connection, source: Source, group: Group, village_id: str, quarter: Quarter
) -> Iterable[Row[Any]]:
    """In the order of their days, as the recap ranks them."""
    table, target = source.table, source.target(group.list)
    names = (*SERVICES[group], *STATUSES[group])
    query = (
        select(source.day.label("day"), target.label("target"))
        .add_columns(*[source.answer(name, "text").label(name) for name in names])
        .where(table.c.village_id == village_id, target.is_not(None))
        .where(source.day.between(quarter.first_day, quarter.last_day))
        .order_by(source.day, table.c.order_key)
    )
    return connection.execute(query)


def _add(said: dict[str, str], answers: Mapping[str, Any], group: Group) -> None:
    for name in (*SERVICES[group], *STATUSES[group]):
        answer = answers[name]
        if answer and not (name in SERVICES[group] and said.get(name) == YES):
            said[name] = str(answer)
