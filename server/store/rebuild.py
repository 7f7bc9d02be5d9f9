"""Deriving everything again from the submissions as they came, and trying again what was not understood."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from forms.problems import ProblemError
from forms.submission import EntityChange, read_envelope, read_submission
from server.store.answers import form_tables
from server.store.engine import reading, writing
from server.store.forms import FormCache, form_ids, published_schemas
from server.store.model import entities, list_revisions, submissions, villages
from server.store.receive import Arrival, Holder, holder_of, outcome, understood_version


@dataclass(frozen=True)
class Troubled:
    """A submission that was not understood, or of which an entity could not be applied; `detail` in both languages."""

    village_id: str
    sha256: str
    received_at: datetime
    form_id: str | None
    instance_id: str | None
    state: str
    problem: str
    detail: str


def troubled(connection: Connection) -> list[Troubled]:
    """All submissions with a problem, by village and order of arrival."""
    names = Troubled.__dataclass_fields__
    wanted = (
        select(*(submissions.c[name] for name in names))
        .where(submissions.c.problem.is_not(None))
        .order_by(submissions.c.village_id, submissions.c.seq)
    )
    return [Troubled(**row) for row in connection.execute(wanted).mappings()]


def replay(engine: Engine, cache: FormCache, zone: tzinfo) -> tuple[int, int]:
    """Tries the villages that have submissions with a problem again; (how many there were, how many are left).

    The whole village is derived again, so that what comes in late takes effect in its own place and order.
    """
    with reading(engine) as connection:
        before = troubled(connection)
    for village_id in sorted({found.village_id for found in before}):
        rebuild_village(engine, cache, village_id, zone)
    with reading(engine) as connection:
        return len(before), len(troubled(connection))


def rebuild(engine: Engine, cache: FormCache, zone: tzinfo, progress: Callable[[list[str]], Iterable[str]]) -> int:
    """Derives answers, register, lists and stale marks of all villages again; how many villages.

    Each village is one transaction, so that phones can go on sending. `progress` wraps the list of villages.
    """
    with reading(engine) as connection:
        ids = list(connection.execute(select(villages.c.village_id).order_by(villages.c.village_id)).scalars())
    for village_id in progress(ids):
        rebuild_village(engine, cache, village_id, zone)
    return len(ids)


def rebuild_village(engine: Engine, cache: FormCache, village_id: str, zone: tzinfo) -> None:
    """Derives everything of one village again, in the order in which it came (see _after_its_creation)."""
    with writing(engine) as connection:
        connection.execute(update(villages).where(villages.c.village_id == village_id).values(stale_since=None))
        _clear(connection, village_id)
        wanted = select(submissions).where(submissions.c.village_id == village_id).order_by(submissions.c.seq)
        rows = [(dict(row), _arrival(dict(row), zone)) for row in connection.execute(wanted).mappings()]
        for row, arrival in _after_its_creation(connection, cache, rows):
            _derive(connection, cache, row, arrival)


def _arrival(row: dict[str, Any], zone: tzinfo) -> Arrival:
    body = bytes(row["body"])
    return Arrival(
        row["village_id"], row["phone"], row["device_id"], body, read_envelope(body), row["received_at"], zone
    )


def _after_its_creation(
    connection: Connection, cache: FormCache, rows: list[tuple[dict[str, Any], Arrival]]
) -> list[tuple[dict[str, Any], Arrival]]:
    """The submissions in the order in which they came, but what speaks of an entity after what created it.

    A phone may send the visit first where sending the registration failed.
    """
    changes = [tuple(_changes(connection, cache, arrival)) for _, arrival in rows]
    created: dict[str, int] = {}
    for place, found in enumerate(changes):
        for change in found:
            if change.create:
                created.setdefault(change.id, place)

    def turn(place: int) -> tuple[int, bool, int]:
        last = max([place, *(created.get(change.id, place) for change in changes[place])])
        return last, place != last, place  # what creates goes first among those that wait for it

    return [rows[place] for place in sorted(range(len(rows)), key=turn)]


def _changes(connection: Connection, cache: FormCache, arrival: Arrival) -> Iterable[EntityChange]:
    try:
        return read_submission(arrival.envelope, understood_version(connection, cache, arrival.envelope).schema).changes
    except ProblemError:
        return ()


def _clear(connection: Connection, village_id: str) -> None:
    tables = [entities, list_revisions]
    for form_id in form_ids(connection):
        tables.extend(form_tables(published_schemas(connection, form_id)).tables.values())
    for table in tables:
        connection.execute(delete(table).where(table.c.village_id == village_id))


def _derive(connection: Connection, cache: FormCache, row: dict[str, Any], arrival: Arrival) -> None:
    holder = holder_of(connection, arrival)
    if holder is Holder.SAME_BODY:
        holder = Holder.NOBODY
    derived = outcome(connection, cache, arrival, holder, row["seq"])
    here = (submissions.c.village_id == row["village_id"]) & (submissions.c.sha256 == row["sha256"])
    connection.execute(update(submissions).where(here).values(derived))
