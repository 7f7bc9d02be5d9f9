"""Entity lists as a phone gets them: the CSV of one village, its state, and who is on it.

To the properties that forms save, the server adds for mothers and children `prioritas` ("1" first) and `perlu` (what is
still missing this month, in words), and a sign before the label, because Collect shows a list in the order in which the
phone first met each entity, whatever the order of the CSV.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, or_, select

from forms.periods import add_months
from forms.schema import FormSchema
from server.store.effects import TARGET_LISTS
from server.store.model import entities, list_revisions
from server.store.register import ACTIVE, COMPUTED

SIGNS = {"1": "■", "2": "▲", "3": "●", "4": "✓"}
URGENT = {"tikar": {"merah"}, "status_gizi": {"buruk"}}
AT_RISK = {
    "tikar": {"kuning"},
    "status_gizi": {"kurang", "stunting"},
    "status_kehamilan": {"kek", "risti", "kek_risti"},
}
NOT_VISITED = "belum dikunjungi bulan ini"
# For how many months a target that has left stays on the phone, so that late visits can still be typed in.
MONTHS_AFTER_LEAVING = 3
# Children stay for the monitoring of early education until they are six.
MONTHS_OF_CHILDHOOD = 72
# Collect takes a row from a list only where its `__version` is larger than before. What the server adds changes with
# the month as well: the version that phones see is the entity's own times this, plus the months since registration.
MONTHS_STEP = 1000


@dataclass(frozen=True)
class ListState:
    """What a list's hash and ETag are made of: it changes exactly when the list of this village changes.

    The month is in it because priorities start afresh on the first of a month.
    """

    village_id: str
    list: str
    revision: int
    month: str
    columns: tuple[str, ...]

    @property
    def hash(self) -> str:
        text = "|".join((self.village_id, self.list, str(self.revision), self.month, *self.columns))
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def lists_written(schemas: Iterable[FormSchema]) -> dict[str, tuple[str, ...]]:
    """Every list that a published form writes, with its properties: the union over all versions, in their order.

    A property once given is kept: a column that goes missing would be deleted on the phones.
    """
    found: dict[str, dict[str, None]] = {}
    for schema in schemas:
        for name in schema.lists:
            found.setdefault(name, {})
        for name, property_, _ in schema.saved_properties():
            found[name].setdefault(property_)
    for name in found.keys() & set(TARGET_LISTS):
        found[name].update(dict.fromkeys(COMPUTED))
    return {name: tuple(properties) for name, properties in sorted(found.items())}


def list_state(connection: Connection, village_id: str, name: str, columns: tuple[str, ...], today: date) -> ListState:
    """The state of a list, from one small row."""
    wanted = select(list_revisions.c.revision).where(
        list_revisions.c.village_id == village_id, list_revisions.c.list == name
    )
    revision = connection.execute(wanted).scalar_one_or_none() or 0
    return ListState(village_id, name, revision, f"{today:%Y-%m}", columns)


def list_csv(connection: Connection, village_id: str, name: str, columns: tuple[str, ...], today: date) -> bytes:
    """The whole list: `name,label,__version` and the properties; an empty list is its header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "label", "__version", *columns])
    for row in _on_list(connection, village_id, name, today):
        data = dict(row.data)
        label = " · ".join(filter(None, (row.label, data.get("dusun"))))
        if name in TARGET_LISTS:
            data["prioritas"], data["perlu"] = need(row, today)
            label = f"{SIGNS[data['prioritas']]} {label}"
        writer.writerow([row.id, label, _phone_version(row, today), *(data.get(column, "") for column in columns)])
    return out.getvalue().encode()


def _phone_version(row: Row[tuple[object, ...]], today: date) -> int:
    since = row.registered_on
    months = (today.year - since.year) * 12 + today.month - since.month
    version: int = row.version * MONTHS_STEP + min(max(months, 0), MONTHS_STEP - 1)
    return version


def known_ids(connection: Connection, village_id: str, name: str, ids: Iterable[str], today: date) -> dict[str, bool]:
    """For each id whether it has left the list for good. An unknown one has not: its submission may be on its way."""
    asked = list(ids)
    wanted = select(entities.c.id).where(
        entities.c.village_id == village_id, entities.c.list == name, entities.c.id.in_(asked)
    )
    known = set(connection.execute(wanted).scalars())
    listed = {row.id for row in _on_list(connection, village_id, name, today)} if known else set()
    return {id_: id_ in known and id_ not in listed for id_ in asked}


def need(target: Row[tuple[object, ...]], today: date) -> tuple[str, str]:
    """(prioritas, perlu) of a mother or child: 1 urgent, 2 at risk, 3 not visited yet this month, 4 visited or left.

    Like everything in a list it changes with a submission or with the month, never with the day.
    """
    if target.leaves_on and target.leaves_on <= today.replace(day=1):
        return "4", ""
    if target.visited_on and f"{target.visited_on:%Y-%m}" >= f"{today:%Y-%m}":
        return "4", target.missing or ""
    for priority, signs in (("1", URGENT), ("2", AT_RISK)):
        if any(target.data.get(name) in values for name, values in signs.items()):
            return priority, NOT_VISITED
    return "3", NOT_VISITED


def _on_list(connection: Connection, village_id: str, name: str, today: date) -> Iterable[Row[tuple[object, ...]]]:
    wanted = (
        select(entities)
        .where(entities.c.village_id == village_id, entities.c.list == name)
        .order_by(entities.c.created_seq, entities.c.id)
    )
    if name == "ibu_hamil":
        cutoff = add_months(today.replace(day=1), -MONTHS_AFTER_LEAVING)
        wanted = wanted.where(or_(entities.c.leaves_on.is_(None), entities.c.leaves_on >= cutoff))
    if name == "anak":
        too_old = add_months(today.replace(day=1), -MONTHS_OF_CHILDHOOD)
        wanted = wanted.where(or_(entities.c.birth_date.is_(None), entities.c.birth_date > too_old))
    for row in connection.execute(wanted):
        if name not in TARGET_LISTS or row.data.get("status", ACTIVE) in (ACTIVE, ""):
            yield row
