"""What a submission or a decision says of one entity.

Which value wins does not depend on when a change came in: `Change.key` orders changes by the day that they speak of,
then by the moment in which the form was finished on the phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from forms.domain import DUSUN, HOUSEHOLD, MISSING, MOVED, STATUS, STATUS_DAY

Action = Literal["create", "update", "upsert", "visit"]
# held: waits for the change that it follows; refused: another submission had created the entity already.
State = Literal["applied", "held", "forced", "refused"]
Conflict = Literal["soft", "hard"]
_SHA256_WIDTH = 64
DONE: tuple[State, ...] = ("applied", "forced")
LIVES_IN = (HOUSEHOLD, DUSUN)
# Of `Change.observed`: what a visit found missing, a child's measures, and whom the form spoke of in which it was born.
WITH = "bersama"
MEASURES = ("berat", "panjang", "posisi", "timbang")


# A village, and the id of an entity.
Place = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """A row of `entity_changes`; see there. `observed`: `masih_kurang` of a visit, `berat` (kg), `panjang` (cm),
    `posisi` and `timbang` of a measurement, each only where it was answered.

    `base_version`, `trunk_version` and `branch_id` are None where the form did not say (offline_versions.py). `version`
    is None while it is not applied; `conflict` where there is none.
    """

    village_id: str
    entity_id: str
    source: str
    seq: int
    received_at: datetime
    list: str
    action: Action
    label: str
    properties: dict[str, str]
    observed: dict[str, Any]
    day: date
    order_key: str
    base_version: int | None = None
    trunk_version: int | None = None
    branch_id: str | None = None
    state: State = "held"
    version: int | None = None
    conflict: Conflict | None = None
    conflicting: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Sorts the changes of an entity as things happened, whatever order they came in."""
        return f"{self.day} {self.order_key}"

    @property
    def source_is_decision(self) -> bool:
        """Whether it came from a page and not from a phone: a submission's source is a sha256."""
        return len(self.source) != _SHA256_WIDTH

    def seen_from(self, home_village: str) -> Change:
        """What it says of its entity where that is at home now. A phone of the village that somebody has left says no
        news by saying so, however late: that they moved away is known, and a look at an empty house is no visit."""
        if self.village_id == home_village or self.properties.get(STATUS) != MOVED:
            return self
        told = {name: value for name, value in self.properties.items() if name not in (STATUS, STATUS_DAY)}
        seen = {name: value for name, value in self.observed.items() if name != MISSING}
        return replace(self, properties=told, observed=seen)

    @property
    def place(self) -> Place:
        """Where its phone looks for the entity: the village and the id."""
        return self.village_id, self.entity_id

    @property
    def creates(self) -> bool:
        return self.action in ("create", "upsert")


def family_of(change: Change) -> str | None:
    """With whom the change tells of somebody: the form's own target, such as the mother at a birth, else the household;
    as the form calls them. None where it names neither."""
    return change.observed.get(WITH) or change.properties.get(HOUSEHOLD) or None
