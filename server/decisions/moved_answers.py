"""Answers are kept where those are at home whom they are about: their rows go along when people go elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from forms.domain import TARGET_LISTS
from server.database.answer_tables import FormTables, form_tables
from server.database.tables import submissions
from server.entities.change import Change, Place
from server.publications.form_versions import published_schemas

Row = dict[str, Any]


class _Key(NamedTuple):
    """What a submission's rows have in common in all tables of its form."""

    village_id: str
    instance_id: str
    sending_village: str


class _Move(NamedTuple):
    """The submission with that key speaks of the old id, as one of the list, and of the new one from now on."""

    key: _Key
    list: str
    old_id: str
    new: Place


def take_answers(connection: Connection, changes: Iterable[Change], ways: Mapping[Place, tuple[Place, Place]]) -> None:
    """Takes what the forms answered from which these changes came. `ways`: by where phones look for an entity, its old
    home and the new one."""
    about = [change for change in changes if change.list in TARGET_LISTS and not change.source_is_decision]
    forms = _forms_of(connection, about)
    moves = defaultdict[str, list[_Move]](list)
    for change in about:
        old, new = ways[change.place]
        form_id, instance_id = forms[change.village_id, change.source]
        moves[form_id].append(_Move(_Key(old[0], instance_id, change.village_id), change.list, old[1], new))
    for form_id, those in sorted(moves.items()):
        _take(connection, form_tables(published_schemas(connection, form_id)), those)


def _forms_of(connection: Connection, changes: Sequence[Change]) -> dict[tuple[str, str], tuple[str, str]]:
    """Of each submission, by village and sha256, its form's id and its instanceID."""
    columns = [submissions.c[name] for name in ("village_id", "sha256", "form_id", "instance_id")]
    wanted = select(*columns).where(
        submissions.c.village_id.in_(sorted({change.village_id for change in changes})),
        submissions.c.sha256.in_(sorted({change.source for change in changes})),
    )
    return {(row.village_id, row.sha256): (row.form_id, row.instance_id) for row in connection.execute(wanted)}


def _take(connection: Connection, form: FormTables, moves: Sequence[_Move]) -> None:
    main = form.tables[""]
    named: dict[_Key, Row] = {}
    rows = _rows(connection, main, {move.key for move in moves})
    for move in moves:
        for column in form.columns_called("", move.list):
            # Else the form speaks of them beside its own target: a birth in a visit of the mother.
            if move.key in rows and rows[move.key][0][column] == move.old_id:
                named.setdefault(move.key, {})
                named[move.key] |= {"village_id": move.new[0], column: move.new[1]}
    _replace(connection, main, {key: [{**rows[key][0], **values}] for key, values in named.items()})
    gone = {key: values["village_id"] for key, values in named.items() if values["village_id"] != key.village_id}
    for table in {one for one in form.tables.values() if one is not main}:
        there = _rows(connection, table, set(gone))
        _replace(connection, table, {key: [{**row, "village_id": gone[key]} for row in there[key]] for key in there})


def _rows(connection: Connection, table: Table, keys: set[_Key]) -> dict[_Key, list[Row]]:
    """The rows of the table that have these keys."""
    wanted = select(table).where(
        table.c.village_id.in_(sorted({key.village_id for key in keys})),
        table.c.instance_id.in_(sorted({key.instance_id for key in keys})),
    )
    found: dict[_Key, list[Row]] = {}
    for row in connection.execute(wanted).mappings() if keys else ():
        key = _Key(*(row[name] for name in _Key._fields))
        if key in keys:
            found.setdefault(key, []).append(dict(row))
    return found


def _replace(connection: Connection, table: Table, rows: Mapping[_Key, Sequence[Row]]) -> None:
    """Puts these rows in place of those with the keys. None changes its village where it lies: a distributed database
    refuses that."""
    if rows:
        these = (table.c[name] == bindparam(f"of_{name}") for name in _Key._fields)
        keys = [{f"of_{name}": value for name, value in key._asdict().items()} for key in rows]
        connection.execute(delete(table).where(*these), keys)
        connection.execute(insert(table), [row for those in rows.values() for row in those])
