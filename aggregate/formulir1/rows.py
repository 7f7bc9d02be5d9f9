"""What Formulir 1 is made of, by dusun as it was typed in: households, targets with what is due to them, facilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Label,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)

from aggregate.indicators.rules import CHILDREN, GROUPS, MOTHERS, Group, Rules
from aggregate.indicators.tables import recap_table
from aggregate.sql.parameters import QUARTER, VILLAGES, parameters
from forms.domain import HOUSEHOLDS
from forms.indicators.rules import SERVICES
from forms.periods import Quarter
from server.database.tables import entities

FACILITY_LIST = "fasilitas"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """`homes` and each group of `people` have a row a dusun; `facilities` one a facility, closed ones too. Each row by
    column. `conditions` has how many targets the register says what of, by the names of `CONDITIONS`.

    A row of people has `targets`, and for each service `due_<service>` and `lacking_<service>`: to how many something
    of it is due, and how many of these have not received all of that.
    """

    homes: Sequence[Row]
    people: Mapping[Group, Sequence[Row]]
    conditions: Row
    facilities: Sequence[Row]


def read_rows(
    connection: Connection, rules: Rules, village_id: str, quarter: Quarter, today: date, *, homes: bool = True
) -> Rows:
    """The rows of one village, by the rules; without `homes` households and conditions are not read."""
    values = parameters(quarter, today, [village_id], rules.number)

    def rows(query: Select[Any] | CompoundSelect[Any]) -> Sequence[Row]:
        return [dict(row) for row in connection.execute(query, values).mappings()]

    everybody = rows(_people(rules))
    people = {group: [row for row in everybody if row["target"] == group.target] for group in GROUPS}
    if not homes:
        return Rows((), people, {}, rows(_facilities()))
    conditions = {name: count for group in CONDITIONS for name, count in rows(_conditions(group))[0].items()}
    return Rows(rows(_homes()), people, conditions, rows(_facilities()))


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
    return found.where(_of_list(HOUSEHOLDS)).group_by(dusun)


@lru_cache(maxsize=8)
def _people(rules: Rules) -> CompoundSelect[Any]:
    return union_all(*[_people_of(rules, group) for group in GROUPS])


def _people_of(rules: Rules, group: Group) -> Select[Any]:
    indicators = [indicator for indicator in rules.counted_of(group) if indicator.service]
    recap = recap_table(group, indicators)
    columns: list[Label[int]] = [func.count().label("targets")]
    for service in SERVICES:
        results = [recap.c[indicator.code] for indicator in indicators if indicator.service == service]
        columns += [
            _count(or_(false(), *[result.is_not(None) for result in results])).label(f"due_{service}"),
            _count(or_(false(), *[result == 0 for result in results])).label(f"lacking_{service}"),
        ]
    return (
        select(literal(group.target).label("target"), recap.c.dusun, *columns)
        .where(recap.c.village_id.in_(VILLAGES), recap.c.quarter == QUARTER)
        .group_by(recap.c.dusun)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


# What of its targets Formulir 1 counts apart: by group, the property and the answers that are meant.
CONDITIONS: dict[Group, dict[str, tuple[str, tuple[str, ...]]]] = {
    MOTHERS: {
        "kek": ("status_kehamilan", ("kek", "kek_risti")),
        "risti": ("status_kehamilan", ("risti", "kek_risti")),
        "mothers_uninsured": ("jaminan_kesehatan", ("tidak",)),
    },
    CHILDREN: {
        "underweight": ("status_gizi", ("kurang",)),
        "severe": ("status_gizi", ("buruk",)),
        "stunting": ("status_gizi", ("stunting",)),
        "children_uninsured": ("jaminan_kesehatan", ("tidak",)),
        "unregistered": ("akta_lahir", ("tidak",)),
    },
}


@cache
def _conditions(group: Group) -> Select[Any]:
    """How many of the group's targets the register says what of, as `CONDITIONS` has it: one row."""
    recap = recap_table(group, ())
    same = and_(entities.c.village_id == recap.c.village_id, entities.c.id == recap.c.target)
    columns: list[Label[Any]] = [
        _count(_property(name).in_(meant)).label(label) for label, (name, meant) in CONDITIONS[group].items()
    ]
    found = select(*columns).select_from(recap).join(entities, same)
    return found.where(
        recap.c.village_id.in_(VILLAGES), entities.c.village_id.in_(VILLAGES), recap.c.quarter == QUARTER
    )


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
