"""Taking changes and answers to where their entity lives, after a decision has moved it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from forms.domain import TARGET_LISTS
from server.database.answer_tables import form_tables
from server.database.tables import submissions
from server.entities import change_log
from server.entities.change import Change
from server.entities.homes import Place, locate
from server.entities.unit_of_work import UnitOfWork
from server.publications.form_versions import published_schemas


def bring_home(work: UnitOfWork, place: Place) -> None:
    """Takes what is kept at the place to where it belongs by the aliases: changes and answers. Both are folded anew."""
    homes = {place}
    for change in change_log.of_entity(work.connection, *place):
        home = locate(work.connection, change.origin, change.sent_id)
        if home == place:
            continue
        homes.add(home)
        change_log.rehome(work.connection, change, *home)
        if change.state == "held":
            work.waits(home[0], change.received_at)
            work.waits(place[0], None)
        _take_answers_home(work.connection, change, home)
        work.marks.stale(place[0], change.day)
        work.marks.stale(home[0], change.day)
    for one in sorted(homes):
        work.refold(one)


def _take_answers_home(connection: Connection, change: Change, home: Place) -> None:
    if change.list not in TARGET_LISTS or change.source_is_decision:
        return
    row = form_of(connection, change.origin, change.source)
    form = form_tables(published_schemas(connection, row.form_id))
    main = form.tables[""]
    if change.list not in main.c:
        return
    here = {"village_id": change.village_id, "instance_id": row.instance_id, "origin": change.origin}
    speaks = [main.c[name] == value for name, value in here.items()] + [main.c[change.list] == change.entity_id]
    if connection.execute(select(main.c.seq).where(*speaks)).first() is None:
        return  # the form speaks of it beside its own target: a birth in a visit of the mother
    connection.execute(update(main).where(*speaks).values({"village_id": home[0], change.list: home[1]}))
    for name, table in form.tables.items():
        if name:
            mine = [table.c[column] == value for column, value in here.items()]
            connection.execute(update(table).where(*mine).values(village_id=home[0]))


def form_of(connection: Connection, origin: str, sha256: str) -> Any:
    wanted = select(submissions.c.form_id, submissions.c.instance_id).where(
        submissions.c.village_id == origin, submissions.c.sha256 == sha256
    )
    return connection.execute(wanted).one()
