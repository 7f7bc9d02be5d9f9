"""The list of submissions as a table, without what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine, select

from forms.problems import Language
from forms.sheets_out import Column, Sheet, Value
from server.database.tables import phones, submissions
from server.exchange.scope import Scope, outside, village_by_village
from server.queries.submissions.table import in_language

_HEAD = ("desa", "kode_desa", "diterima", "formulir", "versi", "id_isian", "pengirim", "keadaan", "tinjauan", "masalah")
_COLUMNS = ("received_at", "form_id", "form_version", "instance_id", "state", "review", "detail")


def submissions_sheet(engine: Engine, scope: Scope, language: Language) -> Sheet:
    """A row a submission that came in the days of the scope; problems in the language."""

    def of_village(connection: Connection, code: str, name: str) -> Iterator[Sequence[Value]]:
        query = (
            select(*(submissions.c[column] for column in _COLUMNS), phones.c.name.label("sender"))
            .select_from(submissions.outerjoin(phones, phones.c.token_sha256 == submissions.c.phone))
            .where(submissions.c.village_id == code)
            .order_by(submissions.c.arrival, submissions.c.sha256)
        )
        if scope.begins:
            query = query.where(submissions.c.received_at >= scope.begins)
        if scope.ends:
            query = query.where(submissions.c.received_at < scope.ends)
        for row in connection.execute(query):
            why = outside("masalah", in_language(row.detail or "", language))
            when = scope.moment(row.received_at)
            form = [row.form_id, row.form_version, row.instance_id]
            yield [name, code, when, *form, row.sender, row.state, row.review, why]

    return Sheet("kiriman", [Column(name) for name in _HEAD], village_by_village(engine, scope, of_village))
