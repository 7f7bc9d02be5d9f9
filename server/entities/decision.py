"""A decision about entities, as people made it on a page or with a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# More changes than one decision takes away from an entity: a version never falls, or phones would keep what they have.
STEP = 200


@dataclass(frozen=True)
class Decision:
    """A row of `decisions`."""

    village_id: str
    id: str
    kind: str
    payload: Mapping[str, Any]
    made_at: datetime
    made_by: str
    undone_at: datetime | None
    undone_by: str | None
