"""A KPM's phone that has been out of signal since it got its forms: it fills them, and keeps its own lists.

The lists change as Collect changes them when a form is finalized: a created entity has version 1 and a branch of its
own, an update adds one to the version.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from uuid import UUID

from forms.entity_xml import EntityChange
from forms.schema import FormSchema
from forms.simulation.engine.filling import Entry, Known
from forms.simulation.engine.form import FillableForm
from forms.simulation.engine.xpath import Row
from forms.submission import read_envelope, read_submission


class LookUp:
    """A CSV file that comes with a form, such as the growth table."""

    def __init__(self, content: bytes) -> None:
        self._rows = list(csv.DictReader(content.decode().splitlines()))
        self._by: dict[str, dict[str, list[Row]]] = {}

    def rows(self, column: str, wanted: str) -> Sequence[Row]:
        if column not in self._by:
            index: dict[str, list[Row]] = {}
            for row in self._rows:
                index.setdefault(row.get(column, ""), []).append(row)
            self._by[column] = index
        return self._by[column].get(wanted, ())


@dataclass(frozen=True)
class PhoneForm:
    """A form as it is on the phone: ready to fill, and with the schema that says what it writes into lists."""

    fillable: FillableForm
    schema: FormSchema


@dataclass(frozen=True)
class Sent:
    """A submission. `answers` are what the person answered, by the path of the question; `second`: from the village's
    second phone."""

    day: date
    form_id: str
    body: bytes
    answers: tuple[tuple[str, str], ...]
    second: bool = False


@dataclass
class Phone:
    """`random` gives the ids; with the same seed, the same ids. `forms`: by form id; `files`: look-up tables by list
    name; `lists`: list -> id -> property -> text. `second`: whether the village has another one."""

    forms: Mapping[str, PhoneForm]
    files: Mapping[str, LookUp]
    random: Random
    lists: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    second: bool = False

    def rows(self, list_name: str, column: str, wanted: str) -> Sequence[Row]:
        if list_name in self.files:
            return self.files[list_name].rows(column, wanted)
        entities = self.lists.get(list_name, {})
        if column == "name":
            return (entities[wanted],) if wanted in entities else ()
        return [row for row in entities.values() if row.get(column, "") == wanted]

    def new_uuid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def fill(self, form_id: str, begun: datetime, ended: datetime, known: Known) -> tuple[Sent, list[EntityChange]]:
        """Fills a form and changes the lists by it; what is sent, and the entities that it creates or updates."""
        form = self.forms[form_id]
        filled = Entry(form.fillable, self, begun, ended).fill(known)
        changes = list(read_submission(read_envelope(filled.body), form.schema).changes)
        for change in changes:
            self._apply(change)
        return Sent(begun.date(), form_id, filled.body, filled.answers, self.second), changes

    def _apply(self, change: EntityChange) -> None:
        entities = self.lists.setdefault(change.list, {})
        row = entities.get(change.id)
        if row is None:
            branch = {"__version": "1", "__trunkVersion": "", "__branchId": self.new_uuid()}
            entities[change.id] = {"name": change.id, "label": change.label, **branch, **change.properties}
        else:
            row |= {**change.properties, "__version": str(int(row["__version"]) + 1)}
            row["label"] = change.label or row["label"]
