"""Typed answer tables: one a form, one more a repeat, with a column a field (union over the form's versions).

`answers_kunjungan_rumah` has one row a submission, keyed (village_id, instance_id, sending_village);
`answers_peta_sosial__ibu` one row an instance of the repeat `ibu`, keyed by `ordinal` 1, 2, 3 ... in the form's order
as well; where a repeat lies in another one, `parent_ordinal` is the `ordinal` of the row around it.
A row is where its target is at home now (`village_id`); `sending_village` is that of the phone, and `seq` the
submission's place in that village's order. `order_key` orders rows that speak of one day: see `order_key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from forms.schema import LONGEST_NAME, Field, FieldType, FormSchema, marked
from forms.schema import Table as SchemaTable
from forms.submission import Submission

# Columns that every answer table has; a field of such a name gets a trailing underscore.
KEYS = ("village_id", "instance_id", "ordinal", "sending_village", "seq", "order_key", "parent_ordinal")

# Characters of an order key: a moment in UTC with microseconds, then what tells apart forms that ended in one moment.
_MOMENT_WIDTH = len("2026-03-31T23:59:59.999999")
_REST_WIDTH = 12
ORDER_KEY_WIDTH = _MOMENT_WIDTH + _REST_WIDTH

# The end of the name of a table's index.
_INDEX = "_by_seq"

# What tells a question from all others of its form: its repeat, the groups around that, and its path below it.
Question = tuple[str, tuple[str, ...], tuple[str, ...]]

# What is not listed is kept as text, as the phone wrote it (dates with a time, places, selections, file names).
_COLUMN_TYPES: dict[FieldType, type[TypeEngine[Any]]] = {
    "integer": BigInteger,
    "decimal": Double,
    "date": Date,
}


def order_key(submission: Submission, seq: int) -> str:
    """A text that sorts what was said of one day: as it was finished on the phones, whatever order it came in.

    Where a form does not tell when it was finished it comes before those that do, in the order of arrival.
    """
    if submission.ended is None:
        return "0" * _MOMENT_WIDTH + f"{seq:0{_REST_WIDTH}d}"
    moment = submission.ended.replace(tzinfo=None).isoformat(timespec="microseconds")
    return moment + hashlib.sha256(submission.envelope.instance_id.encode()).hexdigest()[:_REST_WIDTH]


@dataclass(frozen=True)
class FormTables:
    """The answer tables of one form. `tables` by repeat name ("" is the form itself)."""

    form_id: str
    tables: dict[str, Table]
    columns: dict[Question, dict[type[TypeEngine[Any]], str]]
    called: dict[tuple[str, str], list[Question]]

    def column(self, repeat: SchemaTable, field: Field) -> str:
        """The column that holds `field` of `repeat`."""
        return self.columns[_question(repeat, field)][_column_type(field)]

    def columns_called(self, repeat: str, name: str) -> list[str]:
        """The columns of what was asked under that name, oldest first; none where no version has such a field.

        What a version has taken to another group, or given another type, is read on; what stands beside its namesake
        there, under a longer name, has become another question.
        """
        asked = self.called.get((repeat, name), [])
        return [column for question in asked for column in self.columns[question].values()]


def form_tables(schemas: Iterable[FormSchema]) -> FormTables:
    """The tables for all versions of one form, in the order of publishing.

    A question is known by its path, and keeps its column in all versions, also where its name grows by its groups. The
    first one of a name, in the first type that it had, gets the bare column name; a later type, and a question of that
    name in another group, get a column of their own, such as `name__integer`. Whoever asks again gets the same tables:
    SQLAlchemy then knows the statements upon them.
    """
    return _form_tables(tuple(schemas))


@lru_cache(maxsize=64)
def _form_tables(schemas: tuple[FormSchema, ...]) -> FormTables:
    form_id = ""
    spelt: dict[str, str] = {}
    sharing: dict[str, str] = {}
    columns: dict[Question, dict[type[TypeEngine[Any]], str]] = {}
    called: dict[tuple[str, str], list[Question]] = {}
    layout: dict[str, dict[str, type[TypeEngine[Any]]]] = {}
    nested: set[str] = set()
    for schema in schemas:
        form_id = schema.form_id
        for table in schema.tables:
            # SQLite takes Balita and balita for one table: two versions that differ in that share it everywhere.
            first = sharing[table.name] = spelt.setdefault(table.name.casefold(), table.name)
            taken = layout.setdefault(first, {})
            if table.name in schema.outer:
                nested.add(first)
            asked = {_question(table, field): field for field in table.fields}
            for question, field in asked.items():
                kind, of_question = _column_type(field), columns.setdefault(question, {})
                if kind not in of_question:
                    of_question[kind] = _free_name(field, {column.casefold() for column in taken})
                    taken[of_question[kind]] = kind
                earlier = called.get((table.name, field.name), [])
                called[table.name, field.name] = [*(one for one in earlier if one not in asked), question]
    metadata = MetaData()
    made = {repeat: _table(metadata, form_id, repeat, repeat in nested, taken) for repeat, taken in layout.items()}
    return FormTables(form_id, {repeat: made[first] for repeat, first in sharing.items()}, columns, called)


def _question(repeat: SchemaTable, field: Field) -> Question:
    return repeat.name.casefold(), repeat.path[:-1], field.path


def _free_name(field: Field, taken: set[str]) -> str:
    # SQLite takes Nama and nama for one column, so that names are compared without regard to case.
    bare = f"{field.name}_" if field.name.casefold() in KEYS else field.name
    typed = f"{bare.encode()[: LONGEST_NAME - len(field.type) - 2].decode(errors='ignore')}__{field.type}"
    further = (f"{typed[: LONGEST_NAME - 3]}_{number}" for number in range(2, 100))
    return next(name for name in (bare, typed, *further) if name.casefold() not in taken)


def table_name(form_id: str, repeat: str = "") -> str:
    name = f"answers_{form_id}__{repeat}" if repeat else f"answers_{form_id}"
    longest = LONGEST_NAME - len(_INDEX)
    return name if len(name.encode()) <= longest else marked(name, name, longest)


def _column_type(field: Field) -> type[TypeEngine[Any]]:
    return _COLUMN_TYPES.get(field.type, Text)


def _table(
    metadata: MetaData, form_id: str, repeat: str, nested: bool, fields: dict[str, type[TypeEngine[Any]]]
) -> Table:
    name = table_name(form_id, repeat)
    keys: list[Column[Any]] = [
        Column("village_id", Text, primary_key=True),
        Column("instance_id", Text, primary_key=True),
        Column(
            "sending_village", Text, primary_key=True
        ),  # one id may come from two villages, and both live in one now
    ]
    if repeat:
        keys.append(Column("ordinal", Integer, primary_key=True, autoincrement=False))
    if nested:
        keys.append(Column("parent_ordinal", Integer))  # blank in rows of versions in which it lay in none
    return Table(
        name,
        metadata,
        *keys,
        Column("seq", BigInteger, nullable=False),
        Column("order_key", Text, nullable=False),
        *[Column(field, kind) for field, kind in fields.items()],
        Index(f"{name}{_INDEX}", "sending_village", "seq"),
    )
