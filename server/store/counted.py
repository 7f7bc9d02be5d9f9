"""Letting a submission count, and taking that back: its answers, and what it says of the register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from forms.problems import Finding
from server.store import changes
from server.store.aliases import Place, home_of
from server.store.along import go_along
from server.store.answers import FormTables, form_tables
from server.store.changes import HOUSEHOLD, WITH, Change
from server.store.effects import Work
from server.store.forms import published_schemas
from server.store.model import submissions
from server.store.said import TARGET_LISTS, Sent, changes_in


def let_count(work: Work, tables: FormTables, sent: Sent) -> list[Finding]:
    """Writes the answers and applies the changes. One bad entity never stops the others: its findings are returned."""
    work.force(sent.received_at)
    found, findings = changes_in(sent)
    targets = [str(target) for target in _targets(sent).values()]
    households = {change.properties.get(HOUSEHOLD) for change in found}
    work.foresee([*filter(None, households), *targets, *(change.sent_id for change in found)])
    village_id = _write_answers(work, tables, sent)
    work.spoken_of(village_id, sent.day)
    for change in found:
        at_home = _at_home(work, change, targets)
        finding = work.take(at_home)
        if finding is not None:
            findings.append(finding)
        elif at_home.sent_id in work.named:
            work.refold((at_home.village_id, at_home.entity_id))  # its version counts the move that took it along
            _take_family_along(work, at_home)
    return findings


def _take_family_along(work: Work, newcomer: Change) -> None:
    """Who was told of before the newcomer, as of the newcomer's family, goes along as well."""
    for one in changes.created_by(work.connection, [newcomer.origin]):
        if changes.family_of(one) == newcomer.sent_id:
            _, left = go_along(work, one, newcomer.sent_id)
            for place in left:
                bring_home(work, place)


def _at_home(work: Work, change: Change, targets: list[str]) -> Change:
    """The change where its entity is at home. Who is new is at home with the form's own target, or with the household:
    a late form may tell of a birth in a family that has moved."""
    place = work.home(change.origin, change.sent_id)
    if change.creates:
        others = [one for one in targets if one != change.sent_id]
        if others:
            change = replace(change, observed=change.observed | {WITH: others[0]})
        family = changes.family_of(change)
        known = work.entity(place)
        is_new = work.told != "again" or family in work.named
        if family and is_new and (known is None or known.created_seq is None):
            place, left = go_along(work, change, family)
            for one in left:  # what was said of them there before anybody told who they are
                bring_home(work, one)
    return change.moved_to(*place)


def _write_answers(work: Work, tables: FormTables, sent: Sent) -> str:
    """Writes the rows to where their target is at home now; that village."""
    places = {name: work.home(sent.village_id, str(target)) for name, target in _targets(sent).items()}
    village_id = next((place[0] for place in places.values()), sent.village_id)
    keys = {
        "village_id": village_id,
        "instance_id": sent.submission.envelope.instance_id,
        "origin": sent.village_id,
        "seq": sent.seq,
        "turn": sent.turn,
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in sent.submission.rows:
        values = {tables.column(row.table.name, field): value for field, value in row.values.items()} | keys
        if row.ordinal:
            values["ordinal"] = row.ordinal
        else:
            values |= {name: place[1] for name, place in places.items()}
        rows.setdefault(row.table.name, []).append(values)
    for repeat, values_of_table in rows.items():
        # Only columns that hold something: a form has many, and psycopg is slow on a statement of more than fifty.
        held = dict.fromkeys(column for values in values_of_table for column in values)
        work.connection.execute(insert(tables.tables[repeat]), [held | values for values in values_of_table])
    return village_id


def _targets(sent: Sent) -> dict[str, Any]:
    """The targets that the form itself speaks of, by list: its answers are at home with them."""
    return {name: target for name in TARGET_LISTS if (target := sent.submission.answer(name))}


def take_back(work: Work, origin: str, sha256: str) -> None:
    """Makes the submission as though it had never counted: its answers go, and its entities are folded without it."""
    said = changes.of_source(work.connection, origin, sha256)
    places = sorted({(change.village_id, change.entity_id) for change in said})
    changes.forget(work.connection, origin, sha256)
    for place in places:
        work.refold(place)
    for change in said:
        work.spoken_of(change.village_id, change.day)
    row = _row_of(work.connection, origin, sha256)
    for table in form_tables(published_schemas(work.connection, row.form_id)).tables.values():
        homes = {origin, *(place[0] for place in places)}
        here = table.c.village_id.in_(sorted(homes)) & (table.c.instance_id == row.instance_id)
        work.connection.execute(delete(table).where(here, table.c.origin == origin))


def bring_home(work: Work, place: Place) -> None:
    """Takes what is kept at the place to where it belongs by the aliases: changes and answers. Both are folded anew."""
    homes = {place}
    for change in changes.of_entity(work.connection, *place):
        home = home_of(work.connection, change.origin, change.sent_id)
        if home == place:
            continue
        homes.add(home)
        changes.rehome(work.connection, change, *home)
        if change.state == "held":
            work.waits(home[0], change.received_at)
            work.waits(place[0], None)
        _take_answers_home(work.connection, change, home)
        work.spoken_of(place[0], change.day)
        work.spoken_of(home[0], change.day)
    for one in sorted(homes):
        work.refold(one)


def _take_answers_home(connection: Connection, change: Change, home: Place) -> None:
    if change.list not in TARGET_LISTS or change.source_is_decision:
        return
    row = _row_of(connection, change.origin, change.source)
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


def _row_of(connection: Connection, origin: str, sha256: str) -> Any:
    wanted = select(submissions.c.form_id, submissions.c.instance_id).where(
        submissions.c.village_id == origin, submissions.c.sha256 == sha256
    )
    return connection.execute(wanted).one()
