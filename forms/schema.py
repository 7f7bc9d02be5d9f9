"""The shape of a form's answers: which tables, which columns, of which type, and which entities it writes.

Made by the compiler from an XLSForm, kept with the published version as JSON, and read by whoever stores or counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, Literal

FieldType = Literal[
    "text", "integer", "decimal", "date", "datetime", "time", "geo", "select_one", "select_multiple", "binary"
]

# PostgreSQL cuts longer names off; in bytes.
LONGEST_NAME = 63
_MARK_WIDTH = 8


def marked(name: str, meaning: str, longest: int) -> str:
    """The name made another one of at most `longest` bytes: its beginning, and a mark that `meaning` always gets."""
    mark = "_" + hashlib.sha256(meaning.encode()).hexdigest()[:_MARK_WIDTH]
    return name.encode()[: longest - len(mark)].decode(errors="ignore") + mark


@dataclass(frozen=True)
class Field:
    """One question or calculation.

    `name` is its column: the question's own name, led by its groups only where the bare name stands twice in one table;
    with underscores for full stops, and with its end replaced where it is too long for a database.
    `path` are the element names below the table's own element. `save_to` is (entity list, property) or None.
    `choices`: the values that can be selected; None where they are not known. `least` and `most` of a number: the plain
    bounds of its constraint; None where there is none.
    """

    name: str
    path: tuple[str, ...]
    type: FieldType
    save_to: tuple[str, str] | None = None
    choices: frozenset[str] | None = None
    least: float | None = None
    most: float | None = None

    def __hash__(self) -> int:
        return hash(self.name)  # fields are keys, of every answer that comes in


def limits_json(choices: frozenset[str] | None, least: float | None, most: float | None) -> dict[str, Any]:
    """What is known of a field's limits, as its part of the schema's JSON."""
    known = {"choices": None if choices is None else sorted(choices), "least": least, "most": most}
    return {name: limit for name, limit in known.items() if limit is not None}


@dataclass(frozen=True)
class FieldTree:
    """What an element holds, by the names of its children: the names of fields, and groups of more."""

    fields: dict[str, str] = dataclass_field(default_factory=dict)
    groups: dict[str, FieldTree] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """The form itself (`name` "") or one repeat (`name` is the repeat's), which may lie inside another one.

    `path`: element names below the root.
    """

    name: str
    path: tuple[str, ...]
    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Its fields."""
        return {field.name: field for field in self.fields}

    @cached_property
    def tree(self) -> FieldTree:
        """Its fields as its element holds them."""
        tree = FieldTree()
        for field in self.fields:
            here = tree
            for group in field.path[:-1]:
                here = here.groups.setdefault(group, FieldTree())
            here.fields[field.path[-1]] = field.name
        return tree

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The names of its fields that are answered with a file."""
        return tuple(field.name for field in self.fields if field.type == "binary")

    @cached_property
    def saved(self) -> dict[str, list[tuple[str, Field]]]:
        """What is saved into entities: list -> (property, field)."""
        found: dict[str, list[tuple[str, Field]]] = {}
        for field in self.fields:
            if field.save_to:
                found.setdefault(field.save_to[0], []).append((field.save_to[1], field))
        return found


@dataclass(frozen=True)
class EntityDeclaration:
    """A list that the form creates or updates entities in.

    `path` names the container below the root whose `meta/entity` speaks of it; the same path may serve several lists.
    """

    list: str
    path: tuple[str, ...]


def media_file(read: str) -> str:
    """The file name of what a form reads."""
    return read if "." in read else f"{read}.csv"


@dataclass(frozen=True)
class FormSchema:
    """A form version as the store sees it.

    `reads` are what it needs on the phone: lists and look-up tables without .csv, other media by their file name.
    """

    form_id: str
    version: str
    title: str
    tables: tuple[Table, ...]
    entities: tuple[EntityDeclaration, ...]
    reads: tuple[str, ...]

    @property
    def main(self) -> Table:
        return self.tables[0]

    @cached_property
    def outer(self) -> dict[str, Table]:
        """The repeat around each repeat that lies inside one, the innermost, by the name of the inner."""
        return {
            inner.name: table
            for table in self.tables[1:]  # the outer ones come first
            for inner in self.tables
            if len(inner.path) > len(table.path) and inner.path[: len(table.path)] == table.path
        }

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the entity lists it writes, sorted."""
        return tuple(sorted({entity.list for entity in self.entities}))

    def is_about(self, list_name: str) -> bool:
        """Whether its question of the list's name holds the id of an entity: as a text, or selected from the list."""
        field = self.main.by_name.get(list_name)
        if field is None or field.type not in ("text", "select_one"):
            return False
        return field.type == "text" or list_name in self.reads

    def saved_properties(self) -> Iterator[tuple[str, str, Field]]:
        """(list, property, field) for every field that is saved into an entity."""
        for table in self.tables:
            for field in table.fields:
                if field.save_to:
                    yield (*field.save_to, field)

    def to_json(self) -> dict[str, Any]:
        """The schema as it is kept in `form_versions`: what `from_json` reads."""
        return {
            "form_id": self.form_id,
            "version": self.version,
            "title": self.title,
            "tables": [
                {
                    "name": table.name,
                    "path": list(table.path),
                    "fields": [
                        {
                            "name": field.name,
                            "path": list(field.path),
                            "type": field.type,
                            "save_to": list(field.save_to) if field.save_to else None,
                            **limits_json(field.choices, field.least, field.most),
                        }
                        for field in table.fields
                    ],
                }
                for table in self.tables
            ],
            "entities": [{"list": entity.list, "path": list(entity.path)} for entity in self.entities],
            "reads": list(self.reads),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FormSchema:
        """The schema from what `to_json` gave."""
        return cls(
            form_id=data["form_id"],
            version=data["version"],
            title=data["title"],
            tables=tuple(
                Table(
                    name=table["name"],
                    path=tuple(table["path"]),
                    fields=tuple(
                        Field(
                            name=field["name"],
                            path=tuple(field["path"]),
                            type=field["type"],
                            save_to=(field["save_to"][0], field["save_to"][1]) if field["save_to"] else None,
                            choices=frozenset(field["choices"]) if "choices" in field else None,
                            least=field.get("least"),
                            most=field.get("most"),
                        )
                        for field in table["fields"]
                    ),
                )
                for table in data["tables"]
            ),
            entities=tuple(EntityDeclaration(e["list"], tuple(e["path"])) for e in data["entities"]),
            reads=tuple(data["reads"]),
        )
