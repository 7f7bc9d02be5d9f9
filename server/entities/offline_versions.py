"""On which of the server's versions a change was made, and what it waits for: the offline rules of ODK entities.

A phone that is offline makes a row of changes to its own copy. Each names in `baseVersion` the version of the phone's
copy, and all of them in `trunkVersion` and `branchId` the server's version and the row that they belong to; something
that the phone created itself has no trunk and begins at version 1. Source: ODK entities specification 2023.1 and later,
and what ODK Central does with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from server.entities.change import Change, Conflict

# Collect takes a row from a list only where its `__version` is larger than before. What the server adds changes with
# the month as well: the version that phones see is the entity's own times this, plus the months since registration.
MONTHS_STEP = 1000


class Earlier(Protocol):
    """What a conflict is looked for in: a change that was applied before (change_log.py has it in two forms)."""

    @property
    def label(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, str]: ...
    @property
    def creates(self) -> bool: ...
    @property
    def branch_id(self) -> str | None: ...


@dataclass(frozen=True)
class Predecessor:
    """What a change follows: a version of the server (`version`, None: whatever there is), the creation of the entity,
    or the change of the same branch that was made on the phone's version `version`."""

    kind: Literal["version", "creation", "branch"]
    version: int | None = None


def predecessor(change: Change) -> Predecessor:
    """What must be there before the change."""
    base, trunk = change.base_version, change.trunk_version
    if base is None:
        return Predecessor("version")
    if change.branch_id is None or base == trunk:
        return Predecessor("version", _of_server(base))
    if trunk is None and base == 1:
        return Predecessor("creation")
    return Predecessor("branch", base - 1)


def seen_version(change: Change, base: int) -> int:
    """The last of the server's versions that the phone had seen when it made the change. Of a row of offline changes
    that is the trunk: what came in between from other phones was never there, whatever the change before it met."""
    if change.branch_id is None or change.base_version is None:
        return base
    return min(base, grown_from(change))


def made_on_version(change: Change) -> int:
    """A version of the server that the phone had surely seen when it made the change."""
    known = predecessor(change)
    return (known.version or 0) if known.kind == "version" else grown_from(change)


def grown_from(change: Change) -> int:
    """The server's version that the row of offline changes grew from; the creation where the phone made the entity."""
    return 1 if change.trunk_version is None else _of_server(change.trunk_version)


def _of_server(version: int) -> int:
    """The entity's own version behind one that a phone has from a list."""
    return version // MONTHS_STEP if version >= MONTHS_STEP else version


def conflict_with(change: Change, others: Iterable[Earlier]) -> tuple[Conflict | None, list[str]]:
    """Whether others changed the entity since the version that the phone had seen: soft, or hard where both set a
    property to something else; and which properties. The creation was seen, and the row that the change belongs to."""
    mine = change.branch_id
    unseen = [other for other in others if (other.properties or other.label) and not other.creates]
    unseen = [other for other in unseen if mine is None or other.branch_id != mine]
    if not unseen or not change.properties:
        return None, []
    both = {
        name
        for other in unseen
        for name, value in other.properties.items()
        if change.properties.get(name, value) != value
    }
    return ("hard" if both else "soft"), sorted(both)
