"""Why a change is not applied to the register; the rest of its submission counts all the same."""

from __future__ import annotations

from collections.abc import Iterable

from forms.problems import Finding, Problem, problem
from server.entities.change import Change
from server.entities.entity import Entity

ENTITY_WITHOUT_ID = Problem(
    "entity-without-id",
    400,
    "Data untuk daftar {list} tidak membawa id, jadi tidak masuk daftar. Periksa kolom entity_id di formulir.",
    "The entity for the list {list} came without an id and was not applied. Check entity_id in the form.",
)
ENTITY_ELSEWHERE = Problem(
    "entity-of-other-list",
    409,
    "{id} ada di daftar lain, bukan di {list}, jadi tidak diubah. Periksa formulirnya, lalu proses ulang.",
    "{id} is in another list, not in {list}, and was not changed. Check the form, then replay.",
)
ENTITY_EXISTS = Problem(
    "entity-exists",
    409,
    "Sasaran {id} sudah ada di daftar {list}; pendaftaran kedua tidak dipakai.",
    "Entity {id} is already in the list {list}; the second registration was not applied.",
)
ENTITY_WITHOUT_LABEL = Problem(
    "entity-without-label",
    400,
    "Data baru untuk daftar {list} tidak bernama, jadi tidak masuk daftar. Isi namanya.",
    "The new entity for the list {list} has no label and was not applied. Give it a name.",
)


def refusal(change: Change, found: Entity | None, earlier: Iterable[Change]) -> Finding | None:
    """Why the change is not applied to the entity as it stands (None: there is none yet); None where it is.

    `earlier`: what was said of the entity, if it was created already. Of two entries that were merged into one person
    both were created, each under its own id.
    """
    again = any(one.creates and one.entity_id == change.entity_id and one.state != "refused" for one in earlier)
    what = None
    if found is not None and found.list != change.list:
        what = ENTITY_ELSEWHERE
    elif change.action == "create":
        what = ENTITY_EXISTS if again else None if change.label else ENTITY_WITHOUT_LABEL
    return problem(what, id=change.entity_id, list=change.list).findings[0] if what else None
