"""What changes make of an entity: pure functions, and the same for any order in which the changes came in.

Each property has the value of the change that happened last (Change.key), not of the one that arrived last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from forms.domain import BORN_ON, CHILDREN, MISSING, SEX
from forms.growth.early import signs
from forms.growth.signs import RED_TIKAR
from server.entities.change import DONE, MEASURES, Change, Place
from server.entities.entity import LABEL, Entity, Signs, day_of, tikar_of


def applied(found: Entity | None, change: Change, home: Place) -> Entity:
    """The entity at home there after the change; the same for any order of its changes, but for the version, which only
    rises. `found` is None where nothing was known of it."""
    entity = found or Entity(*home, change.list, change.day)
    key, set_by = change.key, entity.set_by
    newer = {name: value for name, value in change.properties.items() if key >= set_by.get(name, "")}
    relabels = bool(change.label) and key >= set_by.get(LABEL, "")
    values: dict[str, Any] = {
        "version": max(entity.version, change.version or 0),
        "data": entity.data | newer,
        "set_by": set_by | dict.fromkeys([*newer, *([LABEL] if relabels else [])], key),
        **({"label": change.label} if relabels else {}),
        **_registered(entity, change),
        **_visited(entity, change),
        **_measured(entity, change),
    }
    return _with_signs(found, Entity(**vars(entity) | values))


def _registered(entity: Entity, change: Change) -> dict[str, Any]:
    if entity.created_seq is not None:
        return {}
    if change.creates:
        return {"created_seq": change.seq, "registered_on": change.day}
    return {"registered_on": min(entity.registered_on, change.day)}


def folded(changes: Iterable[Change], home: Place) -> Entity | None:
    """The entity that the changes make together at its home; None where none of them took effect."""
    done = [change for change in changes if change.state in DONE]
    entity: Entity | None = None
    for change in done:
        entity = applied(entity, change, home)
    return entity


def risen(before: Entity | None, after: Entity, least: int = 0) -> Entity:
    """The entity with a version after that of what stood there (None: nothing did), so that phones take it; at least
    this one. What stands as it stood keeps its version."""
    if before is not None and replace(after, version=before.version) == before:
        return before
    return replace(after, version=max(after.version, least, before.version + 1 if before else 0))


def _visited(entity: Entity, change: Change) -> dict[str, Any]:
    """What the visits of the latest month say is still missing: a service is received if one of them says so."""
    if MISSING not in change.observed:
        return {}
    month, latest = f"{change.day:%Y-%m}", f"{entity.visited_on:%Y-%m}" if entity.visited_on else ""
    if month < latest:
        return {}
    visits = {change.key: str(change.observed[MISSING])} | (entity.visits if month == latest else {})
    return {
        "visited_on": max(entity.visited_on or change.day, change.day),
        "visits": dict(sorted(visits.items())),
        "missing": _missing_in_all(visits),
    }


def _missing_in_all(visits: dict[str, str]) -> str:
    found = [[word for word in visits[key].split(", ") if word] for key in sorted(visits, reverse=True)]
    return ", ".join(word for word in found[0] if all(word in words for words in found))


def _measured(entity: Entity, change: Change) -> dict[str, Any]:
    measures = {name: change.observed[name] for name in MEASURES if name in change.observed}
    if not measures:
        return {}
    point = {"day": str(change.observed.get("day", change.day)), **measures}
    return {"measurements": dict(sorted((entity.measurements | {change.key: point}).items()))}


def _with_signs(before: Entity | None, entity: Entity) -> Entity:
    if entity.list != CHILDREN or not entity.measurements:
        return entity
    read = (BORN_ON, SEX, "tikar", "tanggal_rujuk")
    if (
        before is not None
        and before.measurements == entity.measurements
        and all(before.data.get(name) == entity.data.get(name) for name in read)
    ):
        return entity
    found = signs(entity.measurements, entity.data.get(SEX, ""), day_of(entity, BORN_ON))
    return replace(entity, signs=[*_red_tikar(entity), *found])


def _red_tikar(entity: Entity) -> Signs:
    """The sign of a red Tikar, until a later measurement of the length, or a referral since."""
    if entity.data.get("tikar") != "merah":
        return []
    tikar = tikar_of(entity)
    return [] if tikar is None or tikar.is_followed else [[RED_TIKAR, str(tikar.seen)]]
