"""What Formulir 1 is made of, by dusun as it was typed in: households, targets with what is due to them, facilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Label,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    union,
)

from aggregate.indicators.rules import CHILDREN, GROUPS, MOTHERS, Group, Rules
from aggregate.indicators.tables import recap_table
from aggregate.sql.parameters import QUARTER, VILLAGES, parameters
from forms.indicators.names import HOUSEHOLD_LIST
from forms.indicators.rules import SERVICES
from forms.periods import Quarter
from server.database.tables import entities

FACILITY_LIST = "fasilitas"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """`homes` and each group of `people` have a row a dusun; `facilities` one a facility, closed ones too. Each row by
    column.

    A row of people has `targets`, and for each service that an indicator of the group names `due_<service>` and
    `lacking_<service>`: to how many something of it is due, and how many of these have not received all of that.
    """

    homes: Sequence[Row]
    people: Mapping[Group, Sequence[Row]]
    facilities: Sequence[Row]

    @staticmethod
    def services_of(row: Row) -> list[str]:
        return [service for service in SERVICES if f"due_{service}" in row]


def read_rows(connection: Connection, rules: Rules, village_id: str, quarter: Quarter, today: date) -> Rows:
    """The rows of one village, by the published rules."""
    values = parameters(quarter, today, [village_id], rules.number)

    def rows(query: Select[Any]) -> Sequence[Row]:
        return [dict(row) for row in connection.execute(query, values).mappings()]

    people = {group: rows(_people(rules, group)) for group in GROUPS}
    return Rows(rows(_homes()), people, rows(_facilities()))


def _property(name: str) -> ColumnElement[str]:
    text: ColumnElement[str] = entities.c.data[name].as_string()
    return text


def _of_list(name: str) -> ColumnElement[bool]:
    """Who is registered in it: of whom only updates have come is not."""
    registered = entities.c.created_seq.is_not(None)
    return and_(entities.c.village_id.in_(VILLAGES), entities.c.list == name, registered)


@cache
def _homes() -> Select[Any]:
    """All registered households; with a target: those that table 1 counts."""
    recaps = [recap_table(group, ()) for group in (MOTHERS, CHILDREN)]
    targets = union(
        *[
            select(recap.c.village_id, recap.c.household).where(
                recap.c.village_id.in_(VILLAGES), recap.c.quarter == QUARTER
            )
            for recap in recaps
        ]
    ).subquery("of_target")
    home = and_(targets.c.village_id == entities.c.village_id, targets.c.household == entities.c.id)
    dusun = _property("dusun")

    def yes(name: str) -> ColumnElement[int]:
        return func.count(case((_property(name) == "ya", 1)))

    columns: list[Label[Any]] = [
        dusun.label("dusun"),
        func.count().label("registered"),
        func.count(targets.c.household).label("with_targets"),
        yes("air_minum").label("water"),
        yes("jamban").label("latrine"),
        yes("rentan").label("vulnerable"),
    ]
    found = select(*columns).outerjoin_from(entities, targets, home)
    return found.where(_of_list(HOUSEHOLD_LIST)).group_by(dusun)


@lru_cache(maxsize=8 * len(GROUPS))
def _people(rules: Rules, group: Group) -> Select[Any]:
    indicators = [indicator for indicator in rules.counted_of(group) if indicator.service]
    recap = recap_table(group, indicators)
    columns: list[Label[int]] = [func.count().label("targets")]
    for service in dict.fromkeys(indicator.service for indicator in indicators):
        results = [recap.c[indicator.code] for indicator in indicators if indicator.service == service]
        columns += [
            _count(or_(false(), *[result.is_not(None) for result in results])).label(f"due_{service}"),
            _count(or_(false(), *[result == 0 for result in results])).label(f"lacking_{service}"),
        ]
    return (
        select(recap.c.dusun, *columns)
        .where(recap.c.village_id.in_(VILLAGES), recap.c.quarter == QUARTER)
        .group_by(recap.c.dusun)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


@cache
def _facilities() -> Select[Any]:
    properties = {
        "kind": "jenis",
        "dusun": "dusun",
        "serves": "cakupan",
        "services": "layanan",
        "often": "frekuensi",
        "state": "keadaan",
    }
    columns = [_property(name).label(label) for label, name in properties.items()]
    return select(entities.c.label, *columns).where(_of_list(FACILITY_LIST))
