"""A village of 290 targets after a year of visits, and copies of it under other codes, for the figures of counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    true,
)
from sqlalchemy.schema import CreateTable, DropTable

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.rules import GROUPS, MEASURE_FORM, PAUD_FORM, VISIT_FORM
from aggregate.indicators.tables import cards_table, recap_table
from aggregate.scorecard.refresh import refresh_village
from aggregate.sql.functions import MonthText
from forms.periods import add_months
from server.database.answer_tables import form_tables
from server.database.engine import writing
from server.database.tables import entities, regions, villages
from tests.support.builders import load, shipped_schema
from tests.support.facts import Answer, Child, Household, Kind, Measurement, Mother, Village, Visit

HOUSEHOLDS, MOTHERS, CHILDREN, OLDER = 150, 70, 120, 100
FIRST_DAY, TODAY = date(2025, 1, 1), date(2025, 12, 31)
MOTHER_SERVICES = ("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan")
MOTHER_STATUSES = ("air_minum", "jamban", "jaminan_kesehatan")
CHILD_SERVICES = ("timbang", "ukur", "konseling_ayah", "konseling_ibu", "kunjungan_terpadu", "pengasuhan")
CHILD_STATUSES = ("imunisasi_dasar", "air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak")
DUSUN = ("Dusun Timur", "Dusun Barat", "Dusun Tengah", "Dusun Pantai")
TABLES = (
    villages,
    entities,
    *(form_tables([shipped_schema(form_id)]).tables[""] for form_id in (VISIT_FORM, MEASURE_FORM, PAUD_FORM)),
)
_PREFIX = 8  # characters of an id that are another village's in each copy


def code_of(number: int) -> str:
    """The Kemendagri code of a village: a hundred to a kecamatan."""
    return f"11.01.{number // 100 + 1:02}.{2001 + number % 100}"


def year_of_a_village() -> Village:
    """Everybody is on the list for the whole year, is visited every month, and is measured twice if below two years."""
    return _Maker().village()


class _Maker:
    def __init__(self) -> None:
        self.rng = Random(290)
        self.numbers = count(1)
        self.orders = count(1)
        self.months = [add_months(FIRST_DAY, months) for months in range(12)]

    def village(self) -> Village:
        houses = [self.household() for _ in range(HOUSEHOLDS)]
        mothers = tuple(self.mother(self.rng.choice(houses)) for _ in range(MOTHERS))
        children = tuple(self.child(self.rng.choice(houses), 340, 1) for _ in range(CHILDREN))
        older = tuple(self.child(self.rng.choice(houses), 5 * 365, 2 * 365) for _ in range(OLDER))
        rows = [row for month in self.months for row in self.rows_of(month, mothers, children, older)]
        return Village(
            code=code_of(0),
            name="Sukamaju",
            households=tuple(houses),
            mothers=mothers,
            children=children + older,
            visits=tuple(row for row in rows if isinstance(row, Visit) and row.kind != "paud"),
            measurements=tuple(row for row in rows if isinstance(row, Measurement)),
            follow_ups=tuple(row for row in rows if isinstance(row, Visit) and row.kind == "paud"),
        )

    def identifier(self) -> str:
        number = next(self.numbers)
        return f"{0:0{_PREFIX}x}-{self.rng.getrandbits(16):04x}-4000-8000-{number:012d}"

    def yes_no(self) -> str:
        return self.rng.choices(("ya", "tidak", ""), (80, 15, 5))[0]

    def household(self) -> Household:
        return Household(self.identifier(), self.rng.choice(DUSUN), self.yes_no(), self.yes_no(), self.yes_no())

    def mother(self, house: Household) -> Mother:
        due = TODAY - timedelta(days=self.rng.randint(-60, 40))
        born = due if due < TODAY else None
        return Mother(self.identifier(), house.id, house.dusun, FIRST_DAY, due, born, status_kehamilan="normal")

    def child(self, house: Household, oldest: int, youngest: int) -> Child:
        born = FIRST_DAY - timedelta(days=self.rng.randint(youngest, oldest))
        return Child(self.identifier(), house.id, house.dusun, FIRST_DAY, born, status_gizi="baik")

    def rows_of(
        self, month: date, mothers: Sequence[Mother], children: Sequence[Child], older: Sequence[Child]
    ) -> Iterator[Visit | Measurement]:
        for mother in mothers:
            yield self.visit(month, "ibu_hamil", mother.id, self.of_mother())
        for child in children:
            yield self.visit(month, "anak", child.id, self.of_child())
            if month.month % 6 == 2:
                colour = self.rng.choice(("hijau", "hijau", "kuning", "merah"))
                yield Measurement(next(self.orders), self.day(month), child.id, "nakes", colour)
        for child in older:
            yield self.visit(month, "paud", child.id, {"ikut_paud": self.yes_no()})

    def visit(self, month: date, kind: Kind, target: str, answers: dict[str, Answer]) -> Visit:
        return Visit(next(self.orders), self.day(month), kind, target, answers)

    def day(self, month: date) -> date:
        return month + timedelta(days=self.rng.randrange(28))

    def of_mother(self) -> dict[str, Answer]:
        asked = {name: self.yes_no() for name in (*MOTHER_SERVICES, *MOTHER_STATUSES)}
        status = self.rng.choice(("normal", "normal", "normal", "kek", "risti"))
        return {**asked, "status_kehamilan": status, "periksa_nifas": self.rng.randint(0, 4)}

    def of_child(self) -> dict[str, Answer]:
        asked = {name: self.yes_no() for name in (*CHILD_SERVICES, *CHILD_STATUSES)}
        return {**asked, "status_gizi": self.rng.choice(("baik", "baik", "kurang", "stunting"))}


def fill(engine: Engine, number: int) -> Iterator[str]:
    """That many villages, all out of date: one as phones would have left it, the others copied by the database.

    Names each table when it is full.
    """
    published_rules_with_tables(engine)  # makes the indexes, as on a server that is in use
    with writing(engine) as connection:
        load(connection, year_of_a_village())
        yield from _copied(connection, TABLES, number)
    if engine.dialect.name == "postgresql":  # which does so by itself, after a while
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def fill_with_cards(engine: Engine, number: int) -> None:
    """That many villages with their registers and the cards of four quarters; only the first one has the visits, from
    which no other is to be counted."""
    rules = published_rules_with_tables(engine)
    with writing(engine) as connection:
        load(connection, year_of_a_village())
    refresh_village(engine, code_of(0), TODAY)
    counted = [*(recap_table(group, rules.counted_of(group)) for group in GROUPS), cards_table(rules.counted)]
    with writing(engine) as connection:
        others = [{"code": code_of(one), "name": f"Desa {one}"} for one in range(1, number)]
        connection.execute(insert(regions), others)
        list(_copied(connection, (villages, entities, *counted), number))


def _copied(connection: Connection, tables: Sequence[Table], number: int) -> Iterator[str]:
    """Copies the rows of the first village to all others; the name of each table when it is full."""
    copies = Table("copies", MetaData(), Column("code", Text), Column("prefix", Text), prefixes=["TEMPORARY"])
    connection.execute(CreateTable(copies))
    others = [{"code": code_of(one), "prefix": f"{one:0{_PREFIX}x}"} for one in range(1, number)]
    if others:
        connection.execute(insert(copies), others)
    for table in tables:
        _copy(connection, table, copies)
        yield table.name
    connection.execute(DropTable(copies))


# Columns that hold the id of a household or of a target.
_IDS = ("id", "target", "household", "anak", "ibu_hamil")


def _copy(connection: Connection, table: Table, copies: Table) -> None:
    def copied(column: Column[Any]) -> ColumnElement[Any]:
        if column.name in ("village_id", "sending_village"):
            return copies.c.code
        return copies.c.prefix + func.substr(column, _PREFIX + 1) if column.name in _IDS else column

    rows = select(*map(copied, table.c)).join_from(table, copies, true()).where(table.c.village_id == code_of(0))
    if "tanggal" in table.c:  # as they came in: month by month, those of one village together
        rows = rows.order_by(MonthText(table.c.tanggal), copies.c.code)
    connection.execute(insert(table).from_select(table.columns.keys(), rows))
