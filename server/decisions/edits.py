"""Properties set by hand: another dusun, a death, somebody who was closed by mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from forms.domain import DUSUN, HOUSEHOLD, HOUSEHOLDS
from server.decisions.making import begin, known_person, record
from server.decisions.statements import statement
from server.entities import store
from server.entities.decision import Decision, Edit
from server.entities.entity import Entity


def change(
    connection: Connection,
    village_id: str,
    ids: Sequence[str],
    properties: Mapping[str, str],
    day: date,
    made_by: str,
    now: datetime,
) -> Decision:
    """Sets properties by hand, as of `day`: another dusun, a death, somebody closed by mistake. Of the first of `ids`,
    and of all who go with it."""
    work = begin(connection, now, village_id)
    said = [statement(known_person(work, village_id, id_), properties, day) for id_ in ids]
    return record(work, Edit(ids[0], day, dict(properties)), said, made_by, now)


def change_with_people(
    connection: Connection, entity: Entity, said: dict[str, str], today: date, made_by: str, now: datetime
) -> None:
    """Sets properties by hand; with those of a household also those of its people who live in the same dusun."""
    together = [entity]
    if entity.list == HOUSEHOLDS:
        for one in store.load_all(connection, entity.village_id):
            if one.data.get(HOUSEHOLD) == entity.id and one.data.get(DUSUN, "") == entity.data.get(DUSUN, ""):
                together.append(one)
    change(connection, entity.village_id, [one.id for one in together], said, today, made_by, now)
