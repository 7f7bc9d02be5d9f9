"""What a decision says of people, read from the register as it stands: as changes like those that phones send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from server.store import register
from server.store.effects import HOUSEHOLDS, Work
from server.store.register import ACTIVE, Entity

# What forms say of somebody who has left the village; an admin's move says where to, and that the list goes on there.
MOVED = "pindah"
# What says who somebody is: of two entries merged, the one that is right gives these.
IDENTITY = (
    *("nama", "nik", "no_kia", "tanggal_lahir", "jenis_kelamin", "hpl", "keluarga", "dusun"),
    *("no_kk", "rt", "lokasi", "jenis", "cakupan"),
)


def says(
    entity: Entity, properties: Mapping[str, str], *, label: str = "", village_id: str = "", creates: bool = False
) -> dict[str, Any]:
    """One change, as a decision's payload keeps it under `said`; `village_id`: where the entity is afterwards."""
    return {
        "village_id": village_id or entity.village_id,
        "id": entity.id,
        "list": entity.list,
        "action": "create" if creates else "update",
        "label": label,
        "properties": dict(properties),
        "version": entity.version + 1,
    }


def identity(entity: Entity) -> dict[str, str]:
    """The properties that say who somebody is."""
    return {name: entity.data[name] for name in IDENTITY if entity.data.get(name)}


def said_of_moving(
    work: Work, people: list[Entity], to: str, day: date, dusun: str, household: str
) -> Iterator[dict[str, Any]]:
    """What a move says: the new dusun and household, which is made where none is given, and that the list goes on."""
    moving = {one.id for one in people}
    found = household or str(uuid4())
    left: list[str] = []
    for person in people:
        properties = {"dusun": dusun}
        if person.data.get("status") == MOVED:
            properties |= {"status": ACTIVE, "tanggal_status": str(day)}
        if person.list != HOUSEHOLDS and person.data.get("keluarga") not in moving:
            properties["keluarga"] = found
            left.append(person.data.get("keluarga") or "")
        yield says(person, properties, village_id=to)
    if left and not household:
        before = work.entity((work.village_id, left[0]))
        new = Entity(to, found, HOUSEHOLDS, day)
        yield says(new, {"dusun": dusun}, label=register.name_of(before or people[0]), creates=True)


def members(work: Work, village_id: str, household: str) -> list[Entity]:
    """Who belongs to the household by the register."""
    return [one for one in register.load_all(work.connection, village_id) if one.data.get("keluarga") == household]
