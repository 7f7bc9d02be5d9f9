"""What a submission says of entities: its `meta/entity` elements, read by the form's schema.

The attributes are those of the ODK entities specification: `baseVersion` is the version that the phone's copy had,
`trunkVersion` and `branchId` say of which of the server's versions a row of offline changes grew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forms.schema import EntityDeclaration, Field, FormSchema, Table


@dataclass(frozen=True)
class Row:
    """One row for the answer table `table`. `ordinal` is 0 for the form itself, 1, 2, 3 ... for a repeat's instances.

    By the names of fields: `values` has a value for each that the phone sent non-blank; `present` has the text of all
    that it sent at all, blanks as "": a field that was not relevant is in neither.
    """

    table: Table
    ordinal: int
    values: dict[str, Any]
    present: dict[str, str]


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


def follow(element: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The elements at the path below the element."""
    if not path:
        yield element
        return
    for child in children(element, path[0]):
        yield from follow(child, path[1:])


def read_changes(root: Any, schema: FormSchema, rows: tuple[Row, ...]) -> Iterator[EntityChange]:
    """The entity elements of a submission that mean something, in the order of the form's declarations."""
    for declaration in schema.entities:
        table = _table_of(schema, declaration)
        below = declaration.path[len(table.path) :]
        mine = [row for row in rows if row.table is table]
        for row, element in zip(mine, follow(root, table.path), strict=True):
            for entity in follow(element, (*below, "meta", "entity")):
                if entity.get("dataset") == declaration.list and (_says(entity, "create") or _says(entity, "update")):
                    yield _change(entity, declaration.list, row)


def _table_of(schema: FormSchema, declaration: EntityDeclaration) -> Table:
    """The innermost table whose element holds the entity's container."""
    holding = [t for t in schema.tables if declaration.path[: len(t.path)] == t.path]
    return max(holding, key=lambda table: len(table.path))


def _change(entity: Any, list_name: str, row: Row) -> EntityChange:
    return EntityChange(
        list=list_name,
        id=(entity.get("id") or "").strip(),
        create=_says(entity, "create"),
        update=_says(entity, "update"),
        label=next(((label.text or "").strip() for label in children(entity, "label")), ""),
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
