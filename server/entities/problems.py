"""Why a change is not applied to the register; the rest of its submission counts all the same."""

from __future__ import annotations

from forms.problems import Finding, Problem, problem
from server.entities.change import Change

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


def refusal(what: Problem, change: Change) -> Finding:
    """The problem, said of this change."""
    return problem(what, id=change.entity_id, list=change.list).findings[0]
