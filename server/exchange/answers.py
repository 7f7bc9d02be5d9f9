"""The answers to a form as tables: a row a submission that counts, and a table more for each repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Engine, Table, and_, select

from forms.domain import DAY
from forms.problems import problem
from forms.schema import FormSchema
from forms.sheets_out.tables import Column, Sheet, Value
from server.database.answer_tables import REST, FormTables, form_tables
from server.database.tables import phones, submissions
from server.exchange.scope import Scope, outside, village_by_village
from server.publications.form_versions import published_schemas
from server.submissions.interpret import UNKNOWN_FORM

# What every table begins with, and what the tables of repeats have besides.
HEAD = ("desa", "kode_desa", "id_isian", "diterima", "pengirim")
_OF_REPEATS = ("urutan", "urutan_induk")


def answers_of(connection: Connection, form_id: str) -> FormTables:
    """The tables of all versions of the form. Raises ProblemError UNKNOWN_FORM."""
    schemas: list[FormSchema] = published_schemas(connection, form_id)
    if not schemas:
        raise problem(UNKNOWN_FORM, form_id=form_id[:80])
    return form_tables(schemas)


def answer_sheets(engine: Engine, tables: FormTables, scope: Scope) -> list[Sheet]:
    """The form itself, then its repeats, in the order in which they were first published; columns are called as in the
    database. The days of the scope are those that the form speaks of, and where it names none, of its arrival."""
    repeats = {repeat.casefold(): repeat for repeat in reversed(tables.tables)}
    return [_sheet(engine, tables, repeat, scope) for repeat in reversed(repeats.values())]


def _sheet(engine: Engine, tables: FormTables, repeat: str, scope: Scope) -> Sheet:
    asked = [
        column
        for question, columns in tables.columns.items()
        if question[0] == repeat.casefold()
        for column in columns.values()
    ]
    head = [*HEAD, *(_OF_REPEATS if repeat else ()), *asked]

    def of_village(connection: Connection, code: str, name: str) -> Iterator[Sequence[Value]]:
        for row in connection.execute(_query(tables, repeat, scope, code)).mappings():
            place = [row.get("ordinal"), row.get("parent_ordinal")] if repeat else []
            known = {**row, **(row.get(REST) or {})}
            fixed = [name, code, row["instance_id"], scope.moment(row["received_at$"]), row["sender$"]]
            yield [*fixed, *place, *(outside(column, known.get(column)) for column in asked)]

    title = repeat or tables.form_id
    return Sheet(title, [Column(one) for one in head], village_by_village(engine, scope, of_village))


def _query(tables: FormTables, repeat: str, scope: Scope, village: str) -> Any:
    table, main = tables.tables[repeat], tables.tables[""]
    sent = and_(submissions.c.village_id == table.c.sending_village, submissions.c.seq == table.c.seq)
    sender = and_(phones.c.village_id == submissions.c.village_id, phones.c.token_sha256 == submissions.c.phone)
    source = table.outerjoin(submissions, sent).outerjoin(phones, sender)
    if repeat:
        same = [main.c[key] == table.c[key] for key in ("village_id", "instance_id", "sending_village")]
        source = source.join(main, and_(*same))
    order = [table.c.sending_village, table.c.seq, *([table.c.ordinal] if repeat else [])]
    more = submissions.c.received_at.label("received_at$"), phones.c.name.label("sender$")
    return (
        select(*table.c, *more)
        .select_from(source)
        .where(table.c.village_id == village, *_within(tables, main, scope))
        .order_by(*order)
    )


def _within(tables: FormTables, main: Table, scope: Scope) -> Iterator[ColumnElement[bool]]:
    days = [name for name, kind in tables.columns_called("", DAY).items() if kind is Date]
    if days:
        if scope.since:
            yield main.c[days[0]] >= scope.since
        if scope.until:
            yield main.c[days[0]] <= scope.until
        return
    if scope.begins:
        yield submissions.c.received_at >= scope.begins
    if scope.ends:
        yield submissions.c.received_at < scope.ends
