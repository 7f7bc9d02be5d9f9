"""By what each table is spread in a distributed database, and that it is spread when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Index, MetaData, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import dialect

import server.database.tables  # noqa: F401
from aggregate.indicators.rules import GROUPS
from aggregate.indicators.tables import CARDS, recap_table
from server.database.answer_tables import form_tables
from server.database.types import BY_VILLAGE, REFERENCE, distribute, key_of, metadata
from tests.support.builders import shipped_schema

MADE_BY_PUBLISHING = [
    *form_tables([shipped_schema("peta_sosial")]).tables.values(),
    *(recap_table(group, ()) for group in GROUPS),
    CARDS,
]
TABLES = [*metadata.sorted_tables, *MADE_BY_PUBLISHING]


class Rows:
    def __init__(self, row: object) -> None:
        self.row = row

    def first(self) -> object:
        return self.row


class FakeDatabase:
    """A PostgreSQL that says whether Citus is there and which tables are spread, and notes what spreads one more."""

    def __init__(self, *, citus: bool, spread: tuple[str, ...] = ()) -> None:
        self.dialect = dialect()  # type: ignore[no-untyped-call]
        self.citus, self.spread = citus, spread
        self.made: list[tuple[str, Mapping[str, Any]]] = []

    def execute(self, statement: object, values: Mapping[str, Any] | None = None) -> Rows:
        sql = str(statement)
        if "pg_extension" in sql:
            return Rows((1,) if self.citus else None)
        assert values is not None
        if "pg_dist_partition" in sql:
            return Rows((1,) if values["of_table"] in self.spread else None)
        self.made.append((sql.partition("create_")[2].partition("(")[0], values))
        return Rows(None)


def spread(database: FakeDatabase, *tables: Table) -> list[tuple[str, Mapping[str, Any]]]:
    distribute(cast(Connection, database), *tables)
    return database.made


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_every_table_says_how_it_is_spread__and_its_keys_allow_it(table: Table) -> None:
    key = key_of(table)
    if key is None:
        return
    uniques = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    uniques += [cast(Any, one.columns) for one in table.indexes if isinstance(one, Index) and one.unique]
    for columns in (table.primary_key.columns, *uniques):
        assert key in {column.name for column in columns}
    if key == "village_id":
        assert next(iter(table.primary_key.columns)).name == "village_id"


def test_whatever_names_a_village_lies_with_it() -> None:
    named = {table.name: key_of(table) for table in TABLES if "village_id" in table.c}
    elsewhere = {"instance_ids": "instance_id", "entity_homes": "entity_id"}  # looked up by something else
    assert named == dict.fromkeys(named, "village_id") | elsewhere


def test_tables_are_spread_by_their_key__once() -> None:
    database = FakeDatabase(citus=True, spread=("villages",))
    tables = [metadata.tables[name] for name in ("regions", "villages", "submissions", "instance_ids")]
    assert spread(database, *tables) == [
        ("reference_table", {"of_table": "regions"}),
        ("distributed_table", {"of_table": "submissions", "key": "village_id"}),
        ("distributed_table", {"of_table": "instance_ids", "key": "instance_id"}),
    ]


def test_a_name_is_quoted_where_it_has_to_be() -> None:
    table = Table("answers_Balita", MetaData(), info=BY_VILLAGE)
    ((_, values),) = spread(FakeDatabase(citus=True), table)
    assert values["of_table"] == '"answers_Balita"'


def test_elsewhere_nothing_is_done() -> None:
    assert spread(FakeDatabase(citus=False), *TABLES) == []


def test_a_table_that_does_not_say_it_is_refused() -> None:
    with pytest.raises(KeyError):
        spread(FakeDatabase(citus=True), Table("baru", MetaData()))
    assert spread(FakeDatabase(citus=True), Table("baru", MetaData(), info=REFERENCE)) != []
