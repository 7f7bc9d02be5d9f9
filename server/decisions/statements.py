"""What a decision says of people, read from the register as it stands."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from forms.domain import (
    ACTIVE,
    BORN_ON,
    DUE_ON,
    DUSUN,
    HOUSEHOLD,
    HOUSEHOLDS,
    MOVED,
    NAME,
    NIK,
    NO_KK,
    SEX,
    STATUS,
    STATUS_DAY,
)
from server.entities import store
from server.entities.change import LIVES_IN, Action
from server.entities.decision import Properties, Statement
from server.entities.entity import LABEL, Entity, name_of
from server.entities.unit_of_work import UnitOfWork

# What says who somebody is: of two entries merged, the one that is right gives these.
IDENTITY = (
    *(NAME, NIK, "no_kia", BORN_ON, SEX, DUE_ON, HOUSEHOLD, DUSUN),
    *(NO_KK, "rt", "lokasi", "jenis", "cakupan"),
)


def statement(
    entity: Entity,
    properties: Properties,
    day: date,
    *,
    label: str = "",
    creates: bool = False,
    merged: Entity | None = None,
) -> Statement:
    """One change that a decision makes. `merged`: who becomes a part of the entity by it; None where nobody does.

    Where something is known of a later day than the one decided about, or by the clock of a phone that is ahead,
    whoever decided knew it: what was decided counts right after it.
    """
    names = [*properties, *([LABEL] if label else [])]
    known = [one.set_by[name] for one in (entity, merged) if one for name in names if name in one.set_by]
    since, _, after = max([f"{day} ", *known]).partition(" ")
    action: Action = "create" if creates else "update"
    return Statement(entity.id, entity.list, action, label, dict(properties), date.fromisoformat(since), after)


def identity(entity: Entity) -> dict[str, str]:
    """The properties that say who somebody is, name -> text; blank ones are left out."""
    return {name: entity.data[name] for name in IDENTITY if entity.data.get(name)}


def statements_of_move(
    work: UnitOfWork, people: list[Entity], to: str, day: date, dusun: str, household: str
) -> tuple[list[Statement], dict[str, str]]:
    """What a move says: the new dusun and household, which is made where none is given, and that the list goes on.

    With it, of a household that is made, by its id the one that was left for it.
    """
    moving = {one.id for one in people}
    found = household or str(uuid4())
    left: list[str] = []
    said = []
    for person in people:
        properties = {DUSUN: dusun}
        if person.data.get(STATUS) == MOVED:
            properties |= {STATUS: ACTIVE, STATUS_DAY: str(day)}
        if person.list != HOUSEHOLDS and person.data.get(HOUSEHOLD) not in moving:
            properties[HOUSEHOLD] = found
            left.append(person.data.get(HOUSEHOLD) or "")
        said.append(statement(person, properties, day))
    if household or not left:
        return said, {}
    before = work.entity((work.village_id, left[0]))
    new = Entity(to, found, HOUSEHOLDS, day)
    name = name_of(before or people[0])
    return [*said, statement(new, {DUSUN: dusun}, day, label=name, creates=True)], {found: left[0]}


def lives_in(people: list[Entity]) -> dict[str, dict[str, str]]:
    """Where they live, by id: the household and the dusun that the register knows."""
    return {one.id: {name: one.data[name] for name in LIVES_IN if one.data.get(name)} for one in people}


def members(work: UnitOfWork, village_id: str, household: str) -> list[Entity]:
    """Who belongs to the household by the register."""
    return [one for one in store.load_all(work.connection, village_id) if one.data.get(HOUSEHOLD) == household]
