"""The same submissions in one order and another, and what each order ends in."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from sqlalchemy import Engine, MetaData, Table, insert, select

from server.database.engine import reading, writing
from tests.support.form_engine import Filled
from tests.support.phone import Phone
from tests.support.station import VILLAGE, Station

# What tells only in which order and when things came: it may differ, and nothing else.
OF_ARRIVAL = {"seq", "created_seq", "version"}


@dataclass(frozen=True)
class Sending:
    """A filled form and the phone that sends it."""

    phone: Phone
    filled: Filled


@dataclass
class Rewind:
    """The rows of all villages as they are now, to be brought back after each try."""

    engine: Engine
    tables: list[Table] = field(init=False)
    kept: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        metadata = MetaData()
        metadata.reflect(self.engine)
        self.tables = [table for table in metadata.sorted_tables if "village_id" in table.c]
        self.kept = {table.name: self.rows(table.name) for table in self.tables}

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table by its primary key; JSON as objects, moments as the database keeps them."""
        (table,) = [table for table in self.tables if table.name == name]
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def register_and_answers(self) -> dict[str, list[dict[str, Any]]]:
        """The rows as they are now, by table, without what tells the order of arrival; tables without any left out."""
        names = [table.name for table in self.tables if table.name.startswith("answers_")]
        found = {name: [_without_arrival(row) for row in self.rows(name)] for name in ("entities", *names)}
        return {name: rows for name, rows in found.items() if rows}

    def back(self) -> None:
        with writing(self.engine) as connection:
            for table in self.tables:
                connection.execute(table.delete())
                if self.kept[table.name]:
                    connection.execute(insert(table), self.kept[table.name])


@dataclass
class Village:
    """The village of the tests on its server; `periods` are those whose cards are looked at."""

    station: Station
    periods: tuple[str, ...]
    before: Rewind = field(init=False)

    def __post_init__(self) -> None:
        self.cards()  # the tables for counting are made when first asked for
        self.before = Rewind(self.station.engine)

    def after(self, order: Sequence[Sending]) -> dict[str, Any]:
        """What the village is after these submissions came in this order, and nothing else since `before`."""
        self.before.back()
        for sending in order:
            sending.phone.send_one(sending.filled)
        return self.outcome()

    def outcome(self) -> dict[str, Any]:
        """The register, the answers, the cards and the phones' lists, without what tells the order of arrival."""
        return {
            **self.before.register_and_answers(),
            "took effect": self.station.took_effect(),
            **self.cards(),
            **{f"list {name}": sorted(self.listed(name)) for name in ("keluarga", "ibu_hamil", "anak")},
        }

    def cards(self) -> dict[str, Any]:
        answers = {period: self.station.client.get(f"/desa/{VILLAGE}/{period}.json") for period in self.periods}
        return {f"card {period}": json.loads(answer.data) for period, answer in answers.items()}

    def listed(self, name: str) -> list[str]:
        """The lines of the phones' list, as they are served but for the versions."""
        answer = self.station.get(f"lists/{name}.csv")
        assert answer.status_code == 200, answer.text
        return without_versions(answer.data)


def without_versions(content: bytes) -> list[str]:
    """The lines of a phones' list; which version a row has depends on when things came."""
    rows = csv.DictReader(content.decode().splitlines())
    return [json.dumps({name: value for name, value in row.items() if name != "__version"}) for row in rows]


def orders_of(sendings: Sequence[Sending], most: int) -> list[tuple[Sending, ...]]:
    """All orders in which each phone sends its forms as they were filled, and of the others so many that there are
    about `most`: a phone sends what failed once more, after the rest."""
    in_order, others = [], []
    for order in permutations(sendings):
        phones = {id(one.phone) for one in sendings}
        kept = all(_sent_by(phone, order) == _sent_by(phone, sendings) for phone in phones)
        (in_order if kept else others).append(order)
    step = max(1, len(others) // max(1, most - len(in_order)))
    return in_order + others[::-step]  # the last one first: everything the wrong way round


def _sent_by(phone: int, order: Sequence[Sending]) -> list[int]:
    return [id(one.filled) for one in order if id(one.phone) == phone]


def _without_arrival(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OF_ARRIVAL}
