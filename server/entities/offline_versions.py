"""The versions of entities: which one phones see, on which one a change was made, and what it waits for.

A version is a number that only ever rises. It follows the clock: half seconds since FIRST_DAY began. What was decided
gets an even number, what a phone has sent an odd one, so that of both in one second the phone's comes later. Where the
clock is behind, it is the last number plus one. So a phone that has version B has seen all that made a version up to B,
wherever the entity lived then, and who was taken out of the register and comes back is newer than before. Phones keep
it in 32 bits, which last until 2052.

A phone that is offline makes a row of changes to its own copy. Each names in `baseVersion` the version of the phone's
copy, and all of them in `trunkVersion` and `branchId` the server's version and the row that they belong to; something
that the phone created itself has no trunk and begins at version 1. Source: ODK entities specification 2023.1 and later,
and what ODK Central does with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Literal, Protocol

from forms.domain import FIRST_DAY
from server.entities.change import Change, Conflict

_COUNTED = 1000
_BEGINNING = datetime.combine(FIRST_DAY, time(), UTC)


def when_decided(moment: datetime) -> int:
    """The version of what was decided at the moment (aware)."""
    return int((moment - _BEGINNING).total_seconds()) * 2


def when_sent(moment: datetime) -> int:
    """The version of what took effect at the moment (aware)."""
    return when_decided(moment) + 1


def next_version(last: int, moment: datetime | None) -> int:
    """The version of what took effect then, after the last one (0: none). `moment` is None of what did so before
    versions followed the clock: they were counted then, and phones have them times a thousand."""
    if moment is None:
        return (last // _COUNTED + 1) * _COUNTED
    return max(last + 1, when_sent(moment))


def least_served(today: date, zone: tzinfo) -> int:
    """The least `__version` on the phones' list, on which that of the entity stands where it is larger: with the first
    of a month, priorities begin anew, and every row is newer."""
    return when_decided(datetime.combine(today.replace(day=1), time(), zone))


class Earlier(Protocol):
    """What a conflict is looked for in: a change that was applied before (change_log.py has it in two forms)."""

    @property
    def label(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, str]: ...
    @property
    def creates(self) -> bool: ...
    @property
    def branch_id(self) -> str | None:
        """The row of offline changes that it belongs to; None where the form named none."""


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
        return Predecessor("version", base)
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
    """The server's version that the row of offline changes grew from; 0, before all others, where the phone made the
    entity."""
    return change.trunk_version or 0


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
