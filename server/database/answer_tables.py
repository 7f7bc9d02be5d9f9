"""Typed answer tables: one a form, one more a repeat, with a column a field (union over the form's versions).

`answers_kunjungan_rumah` has one row a submission, keyed (village_id, instance_id, sending_village);
`answers_peta_sosial__ibu` one row an instance of the repeat `ibu`, keyed by `ordinal` 1, 2, 3 ... in the form's order
as well; where a repeat lies in another one, `parent_ordinal` is the `ordinal` of the row around it.
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
from forms.schema import LONGEST_NAME, Field, FieldType, FormSchema, marked
from forms.schema import Table as SchemaTable
from forms.submission import Submission
from server.database.types import BY_VILLAGE, Json

# Columns that every answer table has; a field of such a name gets a trailing underscore.
KEYS = ("village_id", "instance_id", "ordinal", "sending_village", "seq", "order_key", "parent_ordinal")
# So does one of the name of a column that PostgreSQL itself has in every table.
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")

# Fields that get a column of their own, in the order of publishing. PostgreSQL keeps a row in a page of 8 kB and puts
# texts elsewhere that are longer than 24 bytes: so many fit whatever is answered, with what else a row has.
MOST_COLUMNS = 300
# The answers to all further fields, as JSON. No field has such a name: it is none in XML.
REST = "rest$"
# What rows are looked for by has a column in any case.
_ALWAYS_COLUMNS = frozenset({*TARGET_LISTS, DAY})

# Characters of an order key: a moment in UTC with microseconds, then what tells apart forms that ended in one moment.
_MOMENT_WIDTH = len("2026-03-31T23:59:59.999999")
_REST_WIDTH = 12
ORDER_KEY_WIDTH = _MOMENT_WIDTH + _REST_WIDTH

# Indexes are named from the front: a form may well be called like another one's index.
_INDEX, _KEY = "by_seq_", "key_of_"

# What tells a question from all others of its form: its repeat, the groups around that, and its path below it.
Question = tuple[str, tuple[str, ...], tuple[str, ...]]

ColumnType = type[TypeEngine[Any]]

# What is not listed is kept as text, as the phone wrote it (dates with a time, places, selections, file names).
_COLUMN_TYPES: dict[FieldType, ColumnType] = {
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
    columns: dict[Question, dict[ColumnType, str]]
    called: dict[tuple[str, str], list[Question]]

    def column(self, repeat: SchemaTable, field: Field) -> str:
        """The name under which the table of `repeat` holds `field`."""
        return self.columns[_question(repeat, field)][_column_type(field)]

    def columns_called(self, repeat: str, name: str) -> dict[str, ColumnType]:
        """The columns of what was asked under that name, oldest first, with their types; none where no version has such
        a field.

        What a version has taken to another group, or given another type, is read on; what stands beside its namesake
        there, under a longer name, has become another question.
        """
        asked = self.called.get((repeat, name), [])
        return {column: kind for question in asked for kind, column in self.columns[question].items()}


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
    columns: dict[Question, dict[ColumnType, str]] = {}
    called: dict[tuple[str, str], list[Question]] = {}
    layout: dict[str, dict[str, ColumnType]] = {}
    far: dict[str, set[str]] = {}
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
                    name = of_question[kind] = _free_name(field, {column.casefold() for column in taken})
                    if len(taken) >= MOST_COLUMNS and field.name not in _ALWAYS_COLUMNS:
                        far.setdefault(first, set()).add(name)
                    taken[name] = kind
                earlier = called.get((table.name, field.name), [])
                called[table.name, field.name] = [*(one for one in earlier if one not in asked), question]
    metadata = MetaData()
    made = {
        repeat: _table(metadata, form_id, repeat, repeat in nested, taken, far.get(repeat, set()))
        for repeat, taken in layout.items()
    }
    return FormTables(form_id, {repeat: made[first] for repeat, first in sharing.items()}, columns, called)


def _question(repeat: SchemaTable, field: Field) -> Question:
    return repeat.name.casefold(), repeat.path[:-1], field.path


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
    # SQLite takes Nama and nama for one column, so that names are compared without regard to case.
    bare = f"{field.name}_" if field.name.casefold() in (*KEYS, *_SYSTEM_COLUMNS) else field.name
    typed = f"{_cut(bare, LONGEST_NAME - len(field.type) - 2)}__{field.type}"
    further = (f"{_cut(typed, LONGEST_NAME - len(str(number)) - 1)}_{number}" for number in count(2))
    return next(name for name in chain((bare, typed), further) if name.casefold() not in taken)


def _cut(name: str, most: int) -> str:
    """As much of the name as fits into so many bytes."""
    return name.encode()[:most].decode(errors="ignore")


def table_name(form_id: str, repeat: str = "") -> str:
    """The name of the answer table of a form or of one of its repeats."""
    name = f"answers_{form_id}__{repeat}" if repeat else f"answers_{form_id}"
    return short_name(name, LONGEST_NAME - len(_INDEX))


def short_name(name: str, longest: int = LONGEST_NAME) -> str:
    """The name of a table or an index, in so many bytes."""
    return name if len(name.encode()) <= longest else marked(name, name, longest)


def _column_type(field: Field) -> ColumnType:
    return _COLUMN_TYPES.get(field.type, Text)


def _table(
    metadata: MetaData, form_id: str, repeat: str, nested: bool, fields: dict[str, ColumnType], far: set[str]
) -> Table:
    """`far`: the fields without a column of their own."""
    name = table_name(form_id, repeat)
    # One id may come from two villages, and both live in one now.
    keys: dict[str, ColumnType] = {"village_id": Text, "instance_id": Text, "sending_village": Text}
    if repeat:
        keys["ordinal"] = Integer
    return Table(
        name,
        metadata,
        *[Column(key, kind, autoincrement=False) for key, kind in keys.items()],
        # Blank in rows of versions in which it lay in none.
        *([Column("parent_ordinal", Integer)] if nested else []),
        Column("seq", BigInteger, nullable=False),
        Column("order_key", Text, nullable=False),
        *[Column(field, kind) for field, kind in fields.items() if field not in far],
        *([Column(REST, Json)] if far else []),
        PrimaryKeyConstraint(*keys, name=f"{_KEY}{name}"),
        Index(f"{_INDEX}{name}", "sending_village", "seq"),
        info=BY_VILLAGE,
    )
