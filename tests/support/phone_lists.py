"""The entity lists on a phone, kept as ODK Collect keeps them (entities/LocalEntityUseCases.kt in getodk/collect)."""

from __future__ import annotations

import csv
import functools
import io
import re
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lxml import etree

ENTITIES = "http://www.opendatakit.org/xforms/entities"
# Collect ignores an entity whose id is anything else, without a word.
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Entity:
    """One entity as the phone has it. `online`: it has been in a list from the server. `trunk_version`: the server's
    version that it is based on, None while the server has none; `branch_id` changes with each new trunk."""

    id: str
    label: str
    version: int
    properties: dict[str, str]
    online: bool = False
    trunk_version: int | None = None
    branch_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class FormEntity:
    """What a filled form says of one entity."""

    action: Literal["create", "update", "upsert"]
    list: str
    id: str
    label: str
    properties: dict[str, str]


@dataclass
class EntityList:
    """One list, in the order in which the phone first got each entity: the order on the screen."""

    hash: str
    entities: dict[str, Entity] = field(default_factory=dict)

    def take(self, content: bytes, new_hash: str) -> None:
        """Brings the list up to the server's CSV. Raises ValueError where Collect would drop the list unsaid, or would
        never see what is new in it."""
        properties, rows = _read_list(content)
        for row in rows:
            mine = self.entities.get(row.id)
            if mine and mine.trunk_version and row.version < mine.trunk_version:
                raise ValueError(f"the version of {row.label} has fallen from {mine.trunk_version} to {row.version}")
        for one in list(self.entities.values()):
            kept = {name: value for name, value in one.properties.items() if name in properties}
            self.entities[one.id] = replace(one, properties=kept)
        for row in rows:
            self._take_row(row)
        there = {row.id for row in rows}
        gone = [one.id for one in self.entities.values() if one.online and one.id not in there]
        self.forget(gone)
        self.hash = new_hash

    def _take_row(self, row: Entity) -> None:
        mine = self.entities.get(row.id)
        changed_here = mine is not None and mine.version != mine.trunk_version
        if mine is None or mine.version < row.version or (mine.version == row.version and changed_here):
            self.entities[row.id] = row
        elif mine.version > row.version and not mine.online:
            self.entities[row.id] = replace(mine, online=True)

    def only_here(self) -> list[str]:
        """Ids that no list from the server has held yet."""
        return [one.id for one in self.entities.values() if not one.online]

    def forget(self, ids: list[str]) -> None:
        for gone in ids:
            del self.entities[gone]

    def apply(self, change: FormEntity) -> None:
        """What a finalized form does to the list at once, before anything is sent."""
        mine = self.entities.get(change.id)
        if not UUID4.fullmatch(change.id) or (mine is None and change.action == "update"):
            return
        if mine is None or change.action == "create":
            if change.label.strip():
                self.entities[change.id] = Entity(change.id, change.label, 1, change.properties)
            return
        self.entities[change.id] = replace(
            mine,
            label=change.label.strip() or mine.label,
            properties={**mine.properties, **change.properties},
            version=mine.version + 1,
        )

    def as_csv(self) -> str:
        """The list as the form engine reads it, with the columns that only exist on the phone."""
        names = list(dict.fromkeys(name for one in self.entities.values() for name in one.properties))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "label", "__version", "__trunkVersion", "__branchId", *names])
        for one in self.entities.values():
            fixed = [one.id, one.label, one.version, one.trunk_version or "", one.branch_id]
            writer.writerow([*fixed, *(one.properties.get(name, "") for name in names)])
        return out.getvalue()


def form_entities(xml: str, xform: bytes) -> list[FormEntity]:
    """The entities that a submission creates and updates. A field belongs to the nearest entity above it."""
    properties = _saved_properties(xform)
    found = []
    root: Any = etree.fromstring(xml.encode())
    for entity in root.xpath("//*[local-name()='meta']/*[local-name()='entity']"):
        container = entity.getparent().getparent()
        create, update = (entity.get(name) in ("1", "true") for name in ("create", "update"))
        if not create and not update:
            continue
        saved = {
            properties[path]: (node.text or "")
            for node in container.iter("*")
            if (path := _path(node)) in properties and _container(node) is container
        }
        label = "".join(entity.xpath("*[local-name()='label']/text()"))
        action = "upsert" if create and update else "create" if create else "update"
        found.append(FormEntity(action, entity.get("dataset"), entity.get("id") or "", label, saved))
    return found


def _read_list(content: bytes) -> tuple[list[str], list[Entity]]:
    text = content.decode("utf-8-sig")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","  # as the parser in JavaRosa decides
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = list(reader.fieldnames or [])
    if not {"name", "label", "__version"} <= set(header) or len(set(header)) != len(header):
        raise ValueError(f"an entity list needs name, label and __version, each column once: {header}")
    properties = [name for name in header if name not in ("name", "label", "__version")]
    if strange := [name for name in properties if name.startswith("__")]:
        raise ValueError(f"only the phone itself has {strange} in an entity list")
    rows = []
    for row in reader:
        if not row["name"] or row["label"] is None or None in row:
            raise ValueError(f"a broken row in an entity list: {row}")
        version = int(row["__version"])
        values = {name: row[name] for name in properties}
        rows.append(Entity(row["name"], row["label"], version, values, online=True, trunk_version=version))
    return properties, rows


@functools.cache
def _saved_properties(xform: bytes) -> dict[str, str]:
    """The property that each field is saved to, by the field's path without places."""
    root: Any = etree.fromstring(xform)
    binds = root.xpath("//*[local-name()='bind']")
    return {bind.get("nodeset"): saved for bind in binds if (saved := bind.get(f"{{{ENTITIES}}}saveto"))}


def _path(node: Any) -> str:
    names = [etree.QName(node).localname, *(etree.QName(above).localname for above in node.iterancestors())]
    return "/" + "/".join(reversed(names))


def _container(node: Any) -> Any:
    holds_entity = "*[local-name()='meta']/*[local-name()='entity']"
    return next((above for above in node.iterancestors() if above.xpath(holds_entity)), None)
