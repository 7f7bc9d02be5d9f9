"""Typed answer tables: one a form, one more a repeat, with a column a field (union over the form's versions).

`answers_kunjungan_rumah` has one row a submission, keyed (village_id, instance_id, sending_village);
`answers_peta_sosial__ibu` one row an instance of the repeat `ibu`, keyed by `ordinal` 1, 2, 3 ... in the form's order
as well.
A row is where its target is at home now (`village_id`); `sending_village` is that of the phone, and `seq` the
submission's place in that village's order. `order_key` orders rows that speak of one day: see `order_key`. A form of
more fields than a row holds has the others in one JSON column, `REST`, by the names that their columns would have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, count
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text
from sqlalchemy.types import TypeEngine

from forms.domain import DAY, TARGET_LISTS
from forms.schema import Field, FieldType, FormSchema
from forms.submission import Submission
from server.database.types import Json

# Columns that every answer table has; a field of such a name gets a trailing underscore.
KEYS = ("village_id", "instance_id", "ordinal", "sending_village", "seq", "order_key")
# So does one of the name of a column that PostgreSQL itself has in every table.
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")

# Fields that get a column of their own, in the order of publishing. PostgreSQL keeps a row in a page of 8 kB and puts
# texts elsewhere that are longer than 24 bytes: so many fit whatever is answered, with what else a row has.
MOST_COLUMNS = 300
# The answers to all further fields, as JSON. No field has such a name: it is none in XML.
REST = "rest$"
# What is looked for by them has a column in any case.
_ALWAYS_COLUMNS = frozenset({*TARGET_LISTS, DAY})

# Characters of an order key: a moment in UTC with microseconds, then what tells apart forms that ended in one moment.
_MOMENT_WIDTH = len("2026-03-31T23:59:59.999999")
_REST_WIDTH = 12
ORDER_KEY_WIDTH = _MOMENT_WIDTH + _REST_WIDTH

# Bytes; PostgreSQL cuts longer names off. Those of tables leave room for the prefix of an index.
LONGEST_NAME = 63
_LONGEST_TABLE = LONGEST_NAME - len("by_seq_")

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
    """The answer tables of one form. `tables` by repeat name ("" is the form itself); what is not among the columns of
    one is a name in its REST."""

    form_id: str
    tables: dict[str, Table]
    columns: dict[tuple[str, str, type[TypeEngine[Any]]], str]

    def column(self, repeat: str, field: Field) -> str:
        """The name under which the table `repeat` holds `field`."""
        return self.columns[repeat, field.name, column_type(field)]


def form_tables(schemas: Iterable[FormSchema]) -> FormTables:
    """The tables for all versions of one form, in the order of publishing.

    The first type that a field had keeps the bare column name; a later, different type gets a column of its own, such
    as `name__integer`. Whoever asks again gets the same tables: SQLAlchemy then knows the statements upon them.
    """
    return _form_tables(tuple(schemas))


@lru_cache(maxsize=64)
def _form_tables(schemas: tuple[FormSchema, ...]) -> FormTables:
    form_id = ""
    spelt: dict[str, str] = {}
    sharing: dict[str, str] = {}
    columns: dict[tuple[str, str, type[TypeEngine[Any]]], str] = {}
    layout: dict[str, dict[str, type[TypeEngine[Any]]]] = {}
    for schema in schemas:
        form_id = schema.form_id
        for table in schema.tables:
            # SQLite takes Balita and balita for one table: two versions that differ in that share it everywhere.
            first = spelt.setdefault(table.name.casefold(), table.name)
            sharing[table.name] = first
            taken = layout.setdefault(first, {})
            for field in table.fields:
                kind = column_type(field)
                name = columns.get((first, field.name, kind))
                name = name or _free_name(field, {column.casefold() for column in taken})
                columns[first, field.name, kind] = columns[table.name, field.name, kind] = name
                taken[name] = kind
    metadata = MetaData()
    made = {repeat: _table(metadata, form_id, repeat, taken) for repeat, taken in layout.items()}
    return FormTables(form_id, {repeat: made[first] for repeat, first in sharing.items()}, columns)


def row_of(table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, by the names of fields' columns, as a row of the table: those that have no column are in REST."""
    if REST not in table.c:
        return values
    own = {name: value for name, value in values.items() if name in table.c}
    rest = {name: _in_json(value) for name, value in values.items() if name not in table.c}
    return {**own, REST: rest}


def _in_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _free_name(field: Field, taken: set[str]) -> str:
    # SQLite takes Nama and nama for one column, so that names are compared without regard to case; SQLAlchemy takes a.b
    # and a_b for one value of a statement.
    bare = _cut(field.name.replace(".", "_"), LONGEST_NAME)
    if bare.casefold() in (*KEYS, *_SYSTEM_COLUMNS):
        bare += "_"
    typed = f"{_cut(bare, LONGEST_NAME - len(field.type) - 2)}__{field.type}"
    further = (f"{_cut(typed, LONGEST_NAME - len(str(number)) - 1)}_{number}" for number in count(2))
    return next(name for name in chain((bare, typed), further) if name.casefold() not in taken)


def table_name(form_id: str, repeat: str = "") -> str:
    """The name of the answer table of a form or of one of its repeats."""
    return short_name(f"answers_{form_id}__{repeat}" if repeat else f"answers_{form_id}", _LONGEST_TABLE)


def short_name(name: str, most: int = LONGEST_NAME) -> str:
    """The name of a table or an index in `most` bytes: a digest tells apart what would be cut off."""
    if len(name.encode()) <= most:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{_cut(name, most - len(digest) - 1)}_{digest}"


def _cut(name: str, most: int) -> str:
    """As much of the name as fits into so many bytes."""
    return name.encode()[:most].decode(errors="ignore")


def column_type(field: Field) -> type[TypeEngine[Any]]:
    return _COLUMN_TYPES.get(field.type, Text)


def _table(metadata: MetaData, form_id: str, repeat: str, fields: dict[str, type[TypeEngine[Any]]]) -> Table:
    name = table_name(form_id, repeat)
    # One id may come from two villages, and both live in one now.
    keys: dict[str, type[TypeEngine[Any]]] = {"village_id": Text, "instance_id": Text, "sending_village": Text}
    if repeat:
        keys["ordinal"] = Integer
    own = [field for number, field in enumerate(fields) if number < MOST_COLUMNS or field in _ALWAYS_COLUMNS]
    return Table(
        name,
        metadata,
        *[Column(key, kind, autoincrement=False) for key, kind in keys.items()],
        Column("seq", BigInteger, nullable=False),
        Column("order_key", Text, nullable=False),
        *[Column(field, fields[field]) for field in own],
        *([Column(REST, Json)] if len(own) < len(fields) else []),
        # Named from the front: a form may well be called like another one's index.
        PrimaryKeyConstraint(*keys, name=f"key_of_{name}"),
        Index(f"by_seq_{name}", "sending_village", "seq"),
    )
