"""The answers of a submission in their tables: written where their target lives, and taken away again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select

from server.database.answer_tables import form_tables, row_of
from server.database.tables import submissions
from server.decisions import follow_on
from server.entities import change_log
from server.entities.change import Place
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import KnownVersion, published_schemas
from server.submissions.entity_changes import SentSubmission


def write_answers(work: UnitOfWork, known: KnownVersion, sent: SentSubmission) -> str:
    """Writes the rows to where their target is at home now; that village."""
    places = {name: work.home(sent.village_id, target) for name, target in sent.submission.targets.items()}
    village_id = next((place[0] for place in places.values()), sent.village_id)
    keys = {
        "village_id": village_id,
        "instance_id": sent.submission.envelope.instance_id,
        "sending_village": sent.village_id,
        "seq": sent.seq,
        "order_key": sent.order_key,
    }
    for row in sent.submission.rows:
        columns = known.columns[row.table.name]
        values = {columns[name]: value for name, value in row.values.items()} | keys
        if row.ordinal:
            values["ordinal"] = row.ordinal
            if row.parent_ordinal:
                values["parent_ordinal"] = row.parent_ordinal
        else:
            values |= {columns[name]: place[1] for name, place in places.items()}
        table = known.tables.tables[row.table.name]
        work.pending.insert(table, row_of(table, values))
    work.marks.unmarked(_compared_in(sent.village_id, places.values()), sent.day)
    return village_id


def _compared_in(village_id: str, places: Iterable[Place]) -> set[str]:
    """The villages in whose submissions quality checks may find something else: the sender's, and where those
    whom it is about are at home. Not those where they lived before: two villages would wait for each other's locks."""
    return {village_id, *(home[0] for home in places)}


def withdraw(work: UnitOfWork, village_id: str, sha256: str) -> None:
    """Makes the submission as though it had never counted: its answers go, and its entities are folded without it."""
    said = change_log.of_source(work.connection, village_id, sha256)
    places = sorted({work.home(*change.place) for change in said})
    change_log.forget(work.connection, village_id, sha256)
    for change in said:
        if change.creates and work.homes.of(change.entity_id) is not None:
            follow_on.take_back(work, change)
    work.refold(*places)
    for place in places:
        for change in said:
            work.marks.stale(place[0], change.day)
    since = min((change.day for change in said), default=date.min)
    work.marks.unmarked(_compared_in(village_id, places), since)
    row = _form_of(work.connection, village_id, sha256)
    for table in form_tables(published_schemas(work.connection, row.form_id)).tables.values():
        homes = {village_id, *(place[0] for place in places)}
        here = table.c.village_id.in_(sorted(homes)) & (table.c.instance_id == row.instance_id)
        work.connection.execute(delete(table).where(here, table.c.sending_village == village_id))


def _form_of(connection: Connection, village_id: str, sha256: str) -> Any:
    """The `form_id` and `instance_id` of a submission."""
    wanted = select(submissions.c.form_id, submissions.c.instance_id).where(
        submissions.c.village_id == village_id, submissions.c.sha256 == sha256
    )
    return connection.execute(wanted).one()
