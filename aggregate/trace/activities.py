"""The activities of the village meetings that Dana Desa pays for, each with what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from aggregate.indicators.meetings import CALLED_OFF
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import AMOUNTS, FUND_FIELDS
from aggregate.promises.made import RAPAT, REMBUK, made
from aggregate.scorecard.budget import VILLAGE_FUND, activities, funds
from aggregate.sql.parameters import YEAR
from aggregate.trace.visits import received_as
from scorecards.trace.sources import Allocated, Fund


def read_funds(connection: Connection, rules: Rules, values: Mapping[str, Any]) -> list[Fund]:
    """Those of the year that were not called off, as they were agreed: of the Rembuk, which table 5 adds up, then those
    that quarterly meetings decided."""
    return [*_agreed(connection, rules, values), *_decided(connection, rules, values)]


def read_allocated(connection: Connection, rules: Rules, values: Mapping[str, Any]) -> list[Allocated]:
    """The rows of table 5, the last one of all together; empty where no meeting of the year has said anything."""
    query = funds(rules)
    row = connection.execute(select(query), values).mappings().one_or_none() if query is not None else None
    if row is None:
        return []
    of_fields = {field: [round(row[f"{field}_{amount}"]) for amount in AMOUNTS] for field in FUND_FIELDS}
    together = [round(row[amount]) for amount in AMOUNTS]
    return [*(Allocated(field, *amounts) for field, amounts in of_fields.items()), Allocated("", *together)]


def _agreed(connection: Connection, rules: Rules, values: Mapping[str, Any]) -> list[Fund]:
    query = activities(rules)
    if query is None:
        return []
    rows = [*connection.execute(query, values).mappings()]
    shas = received_as(connection, {(row["sending_village"], row["seq"]) for row in rows})
    return [
        Fund(
            REMBUK,
            row["field"],
            row["name"] or "",
            round(row["total"] or 0),
            round(row["stunting"] or 0),
            round(row["spent"] or 0),
            row["state"] or "",
            row["day"],
            row["sending_village"],
            shas.get((row["sending_village"], row["seq"]), ""),
        )
        for row in rows
    ]


def _decided(connection: Connection, rules: Rules, values: Mapping[str, Any]) -> list[Fund]:
    return [
        Fund(
            RAPAT,
            "",
            one.name,
            round(one.total),
            round(one.stunting),
            round(one.spent),
            one.state,
            one.agreed_on,
            "",
            "",
        )
        for one in made(connection, rules, values)
        if one.meeting == RAPAT and (one.year, one.fund) == (values[YEAR.key], VILLAGE_FUND) and one.state != CALLED_OFF
    ]
