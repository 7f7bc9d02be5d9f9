"""What a submission says of the register: its entity elements, visits and measurements as changes, one an entity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from forms.answer_values import LONGEST_ID
from forms.domain import BORN_ON, CHILDREN, COMPUTED, MISSING
from forms.entity_xml import EntityChange
from forms.problems import Finding, problem
from forms.submission import Submission
from server.database import answer_tables
from server.entities.change import Action, Change
from server.entities.problems import ENTITY_WITHOUT_ID

# A form measures a child where it asks these; the newborn's own were taken on the day of its birth.
WEIGHTS = ("berat_badan", "berat")
LENGTH = "panjang"
BIRTH_MEASURES = {"berat": "berat_lahir", LENGTH: "panjang_lahir"}


@dataclass(frozen=True)
class SentSubmission:
    """A submission in its village's order. `arrived`: the local day on which it came."""

    submission: Submission
    village_id: str
    source: str
    seq: int
    received_at: datetime
    arrived: date

    @cached_property
    def day(self) -> date:
        """The day that the answers speak of; that of the arrival where the form names none."""
        return self.submission.day or self.arrived

    @cached_property
    def order_key(self) -> str:
        return answer_tables.order_key(self.submission, self.seq)


def entity_changes_in(sent: SentSubmission) -> tuple[list[Change], list[Finding]]:
    """The changes, in the form's order, and what cannot be applied to anything."""
    found: dict[str, Change] = {}
    findings: list[Finding] = []
    for element in sent.submission.changes:
        if not element.id or len(element.id) > LONGEST_ID:
            findings.extend(problem(ENTITY_WITHOUT_ID, list=element.list).findings)
            continue
        change = _change(sent, element.id, element.list, _action(element), element)
        found[element.id] = _joined(found[element.id], change) if element.id in found else change
    for name, target in sent.submission.targets.items():
        if len(target) <= LONGEST_ID:
            if target not in found:
                found[target] = _change(sent, target, name, "visit")
            found[target].observed.update(_observed(sent.submission, name))
    return list(found.values()), findings


def _change(
    sent: SentSubmission, entity_id: str, entity_list: str, action: Action, element: EntityChange | None = None
) -> Change:
    properties = element.properties if element else {}
    return Change(
        village_id=sent.village_id,
        entity_id=entity_id,
        source=sent.source,
        seq=sent.seq,
        received_at=sent.received_at,
        list=entity_list,
        action=action,
        label=element.label if element else "",
        properties={name: value for name, value in properties.items() if name not in COMPUTED},
        observed=_at_birth(sent.submission, properties) if action == "create" and entity_list == CHILDREN else {},
        day=sent.day,
        order_key=sent.order_key,
        base_version=_base(sent, element) if element else None,
        trunk_version=element.trunk_version if element else None,
        branch_id=element.branch_id if element else None,
    )


def _base(sent: SentSubmission, element: EntityChange) -> int | None:
    """The version that the change was made on. The phone had made others of its row before it opened the form again, at
    least the one that this takes the place of: a correction waits for none of them, only for what the row grew from.
    Nothing of the row follows it either: Collect leaves its own lists as they are then (getodk/collect#6688)."""
    if element.base_version is None or element.branch_id is None or not sent.submission.envelope.deprecated_id:
        return element.base_version
    return 1 if element.trunk_version is None else element.trunk_version


def _action(element: EntityChange) -> Action:
    if element.create and element.update:
        return "upsert"
    return "create" if element.create else "update"


def _joined(first: Change, second: Change) -> Change:
    """Two elements of one submission that speak of one entity are one change."""
    action: Action = first.action if first.creates else second.action
    return replace(
        first,
        action=action,
        label=second.label or first.label,
        properties=first.properties | second.properties,
        observed=first.observed | second.observed,
    )


def _observed(submission: Submission, target_list: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if MISSING in submission.schema.main.by_name:  # then the form is a visit
        found[MISSING] = str(submission.answer(MISSING) or "")
    if target_list == CHILDREN:
        weights = (submission.number(name) for name in WEIGHTS)
        measures = {
            "berat": next((weight for weight in weights if weight is not None), None),
            LENGTH: submission.number(LENGTH),
            "posisi": submission.answer("posisi"),
            "timbang": submission.answer("timbang"),
        }
        if measures["berat"] is not None or measures["panjang"] is not None or measures["timbang"] == "ya":
            found |= {name: value for name, value in measures.items() if value is not None}
    return found


def _at_birth(submission: Submission, properties: dict[str, str]) -> dict[str, Any]:
    measures = {name: submission.number(asked) for name, asked in BIRTH_MEASURES.items()}
    known = {name: value for name, value in measures.items() if value is not None}
    return {"day": properties[BORN_ON], **known} if known and properties.get(BORN_ON) else {}
