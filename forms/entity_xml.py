"""What a submission says of entities: its `meta/entity` elements, read by the form's schema.

The attributes are those of the ODK entities specification: `baseVersion` is the version that the phone's copy had,
`trunkVersion` and `branchId` say of which of the server's versions a row of offline changes grew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forms.schema import Field, FormSchema, Table


@dataclass(frozen=True)
class Row:
    """One row for the answer table `table`. `ordinal` is 0 for the form itself, 1, 2, 3 ... for a repeat's instances,
    through the whole form; `parent_ordinal` that of the row around it, None where the repeat lies in no other.

    By the names of fields: `values` has a value for each that the phone sent non-blank; `present` has the text of all
    that it sent at all, blanks as "": a field that was not relevant is in neither. `element` is its own in the tree.
    """

    table: Table
    element: Any
    ordinal: int
    values: dict[str, Any]
    present: dict[str, str]
    parent_ordinal: int | None = None


@dataclass(frozen=True)
class EntityChange:
    """One `meta/entity` that means something: it creates, updates, or does whichever applies.

    `properties`: name -> text. `base_version`, `trunk_version` and `branch_id` are None where the phone sent none that
    can be read.
    """

    list: str
    id: str
    create: bool
    update: bool
    label: str
    properties: dict[str, str]
    base_version: int | None
    trunk_version: int | None = None
    branch_id: str | None = None


def children(element: Any, name: str) -> Iterator[Any]:
    """The child elements of that name, in any namespace: meta and its children come with or without OpenRosa's."""
    found: Iterator[Any] = element.iterchildren(f"{{*}}{name}")
    return found


def follow(element: Any, path: tuple[str, ...]) -> list[Any]:
    """The elements at the path below the element."""
    found = [element]
    for name in path:
        found = [child for one in found for child in children(one, name)]
    return found


def read_changes(root: Any, schema: FormSchema, rows: tuple[Row, ...]) -> Iterator[EntityChange]:
    """The entity elements of a submission that mean something, in the order of the form's declarations."""
    found: dict[tuple[str, ...], list[tuple[Row, Any]]] = {}
    of_element = {row.element: row for row in rows}
    for entity in root.iter("{*}entity"):
        row, path = _place(entity, of_element)
        found.setdefault(path, []).append((row, entity))
    for declaration in schema.entities:
        for row, entity in found.get((*declaration.path, "meta", "entity"), ()):
            if entity.get("dataset") == declaration.list and (_says(entity, "create") or _says(entity, "update")):
                yield _change(entity, declaration.list, row)


def _place(element: Any, of_element: dict[Any, Row]) -> tuple[Row, tuple[str, ...]]:
    """The row that an element below the root lies in, the innermost, and its path below the root."""
    below: list[str] = []
    while element not in of_element:
        below.append(element.tag.rpartition("}")[2])
        element = element.getparent()
    row = of_element[element]
    return row, (*row.table.path, *reversed(below))


def _change(entity: Any, list_name: str, row: Row) -> EntityChange:
    return EntityChange(
        list=list_name,
        id=(entity.get("id") or "").strip(),
        create=_says(entity, "create"),
        update=_says(entity, "update"),
        label=next(((one.text or "").strip() for one in entity if one.tag.rpartition("}")[2] == "label"), ""),
        properties={
            name: _property(field, row.present[field.name])
            for name, field in row.table.saved.get(list_name, ())
            if field.name in row.present
        },
        base_version=_version(entity, "baseVersion"),
        trunk_version=_version(entity, "trunkVersion"),
        branch_id=(entity.get("branchId") or "").strip() or None,
    )


def _says(entity: Any, attribute: str) -> bool:
    return entity.get(attribute) in ("1", "true", "true()")


def _version(entity: Any, attribute: str) -> int | None:
    text = (entity.get(attribute) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _property(field: Field, text: str) -> str:
    # A date copied by a calculation arrives as 2026-02-01T00:00:00.000Z; the register keeps the day.
    return text[:10] if field.type == "date" else text
