"""Entity lists as a phone gets them: the CSV of one village, its state, and who is on it.

To the properties that forms save, the server adds for mothers and children `prioritas` ("1" first) and `perlu` (what is
still missing this month, in words), and a sign before the label, because Collect shows a list in the order in which the
phone first met each entity, whatever the order of the CSV.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy import Connection, Row, or_, select

from forms.domain import ACTIVE, CHILDREN, DUSUN, MOTHERS, STATUS, TARGET_LISTS
from forms.periods import add_months
from server.database.tables import entities, list_revisions
from server.entities.homes import gone
from server.entities.offline_versions import least_served
from server.queries.priorities import AT_RISK, CHILDHOOD_MONTHS, FALTERING, URGENT, Priority, priority_of
from server.queries.submissions import returned
from server.villages.regions import is_practice

# The sign before a label says the priority; a tick, that there is nothing left to do this month.
SIGNS = {"1": "■", "2": "▲", "3": "◆", "4": "●", "5": "●", "6": "✓", "7": "○"}
NOTHING_TO_DO = "✓"
# The colour beside a sign, as of the lights on pages (templates/style.css); the sign and the words say it too.
LIGHTS = {URGENT: "red", AT_RISK: "yellow", FALTERING: "yellow"}
# For how many months a target that has left stays on the phone, so that late visits can still be typed in.
MONTHS_AFTER_LEAVING = 3


# What a list is made of: reading how an entity came about as well would take twice the time.
_LISTED = [
    *(entities.c[name] for name in ("id", "list", "label", "version", "data", "registered_on")),
    *(entities.c[name] for name in ("leaves_on", "birth_date", "due_date", "delivered_on", "followed_on")),
    *(entities.c[name] for name in ("visited_on", "missing", "signs")),
]


@dataclass(frozen=True)
class ListState:
    """What a list's hash and ETag are made of: it changes exactly when the list of this village changes.

    The month is in it because priorities start afresh on the first of a month; of mothers the day, on which a
    pregnancy may be past its time.
    """

    village_id: str
    list: str
    revision: int
    period: str
    columns: tuple[str, ...]

    @property
    def hash(self) -> str:
        text = "|".join((self.village_id, self.list, str(self.revision), self.period, *self.columns))
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def list_state(connection: Connection, village_id: str, name: str, columns: tuple[str, ...], today: date) -> ListState:
    """The state of a list, from one small row."""
    query = select(list_revisions.c.revision).where(
        list_revisions.c.village_id == village_id, list_revisions.c.list == name
    )
    revision = connection.execute(query).scalar_one_or_none() or 0
    return ListState(village_id, name, revision, str(today) if name == MOTHERS else f"{today:%Y-%m}", columns)


def list_csv(
    connection: Connection,
    village_id: str,
    name: str,
    columns: tuple[str, ...],
    today: date,
    zone: tzinfo,
    also: Collection[str] = (),
) -> bytes:
    """The whole list: `name,label,__version` and the properties; an empty list is its header. `today` is the day in
    the `zone`. `also`: ids that stand in it though they have left the list."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "label", "__version", *columns])
    least = least_served(today, zone)
    to_correct = returned.of_targets(connection, village_id) if name in TARGET_LISTS else {}
    for row in _on_list(connection, village_id, name, today, also):
        data = row.data
        label = " · ".join(filter(None, (row.label, data.get(DUSUN))))
        if name in TARGET_LISTS:
            priority = priority_of(row, today, [one.todo for one in to_correct.get(row.id, ())])
            data = {**data, "prioritas": priority.rank, "perlu": priority.todo}
            label = f"{sign_of(priority)} {label}"
        writer.writerow([row.id, label, max(row.version, least), *map(data.get, columns)])
    return out.getvalue().encode()


def known_ids(connection: Connection, village_id: str, name: str, ids: Iterable[str], today: date) -> dict[str, bool]:
    """By id whether it has left the list for good. An unknown one has not: its submission may be on its way. In a
    practice village it has: that was emptied."""
    asked = list(ids)
    query = select(entities.c.id).where(
        entities.c.village_id == village_id,
        entities.c.list == name,
        entities.c.id.in_(asked),
        entities.c.created_seq.is_not(None),
    )
    known = set(connection.execute(query).scalars()) | gone(connection, village_id, asked)
    known |= set(asked) if is_practice(village_id) else set()
    listed = {row.id for row in _on_list(connection, village_id, name, today)} if known else set()
    return {id_: id_ in known and id_ not in listed for id_ in asked}


def sign_of(priority: Priority) -> str:
    """The sign that leads a label."""
    return SIGNS[priority.rank] if priority.todo else NOTHING_TO_DO


def light_of(priority: Priority) -> str:
    """The colour beside the sign: one of red, yellow, none and green, as the style sheet calls them."""
    return LIGHTS.get(priority.rank, "none") if priority.todo else "green"


def _on_list(
    connection: Connection, village_id: str, name: str, today: date, also: Collection[str] = ()
) -> Iterable[Row[tuple[object, ...]]]:
    asked_for = [entities.c.id.in_(also)] if also else []
    query = (
        select(*_LISTED)
        .where(entities.c.village_id == village_id, entities.c.list == name, entities.c.created_seq.is_not(None))
        .order_by(entities.c.registered_on, entities.c.created_seq, entities.c.id)
    )
    if name == MOTHERS:
        cutoff = add_months(today.replace(day=1), -MONTHS_AFTER_LEAVING)
        query = query.where(or_(entities.c.leaves_on.is_(None), entities.c.leaves_on >= cutoff, *asked_for))
    if name == CHILDREN:
        too_old = add_months(today.replace(day=1), -CHILDHOOD_MONTHS)
        query = query.where(or_(entities.c.birth_date.is_(None), entities.c.birth_date > too_old, *asked_for))
    for row in connection.execute(query):
        if name not in TARGET_LISTS or row.data.get(STATUS, ACTIVE) in (ACTIVE, "") or row.id in also:
            yield row
