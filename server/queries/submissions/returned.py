"""Forms that were sent back to the KPM: why, by whom, and which mothers and children they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from forms.domain import TARGET_LISTS
from server.database.account_tables import submission_reviews, users
from server.database.tables import entity_changes, submissions
from server.entities.homes import KnownHomes
from server.queries.compare import instance_name
from server.queries.history import form_titles
from server.submissions.review import HAS_ISSUES


@dataclass(frozen=True)
class ReturnedForm:
    """A form that the KPM is to correct. `name` is what the phone calls it. `by` sent it back `at` that moment: their
    name, or their email where the account has gone."""

    sha256: str
    name: str
    reason: str
    by: str
    at: datetime

    @property
    def todo(self) -> str:
        """As the phone's list says it."""
        return f"perbaiki isian {self.name}: {self.reason}"


def is_open() -> ColumnElement[bool]:
    """Whether the submission was sent back, and nothing that came later in its place counts."""
    later = submissions.alias("later")
    corrected = exists().where(
        later.c.village_id == submissions.c.village_id,
        later.c.root_instance_id == submissions.c.root_instance_id,
        later.c.seq - submissions.c.seq > 0,  # no index of theirs: few have one root
        later.c.state == "accepted",
    )
    # Of those with one root one counts at most.
    return and_(submissions.c.review == HAS_ISSUES, or_(submissions.c.state == "accepted", ~corrected))


def open_forms(connection: Connection, village_id: str) -> list[ReturnedForm]:
    """What the village's KPM is to correct, what has waited longest first."""
    columns = (submissions.c.sha256, submissions.c.form_id, submissions.c.body)
    wanted = select(*columns).where(submissions.c.village_id == village_id, is_open())
    rows = {row.sha256: row for row in connection.execute(wanted)}
    if not rows:
        return []
    said = (
        select(submission_reviews, users.c.name)
        .select_from(submission_reviews.outerjoin(users, users.c.email == submission_reviews.c.email))
        .where(submission_reviews.c.village_id == village_id, submission_reviews.c.sha256.in_(sorted(rows)))
        .where(submission_reviews.c.state == HAS_ISSUES)
        .order_by(submission_reviews.c.at, submission_reviews.c.id)
    )
    latest = {row.sha256: row for row in connection.execute(said)}
    titles = form_titles(connection)
    found = []
    for sha256, row in rows.items():
        name = instance_name(bytes(row.body)) or titles.get(row.form_id, row.form_id or "")
        last = latest[sha256]
        found.append(ReturnedForm(sha256, name, last.text, last.name or last.email, last.at))
    return sorted(found, key=lambda one: (one.at, one.sha256))


def of_targets(
    connection: Connection, village_id: str, forms: Sequence[ReturnedForm] | None = None
) -> dict[str, list[ReturnedForm]]:
    """What the KPM is to correct of each mother and child of the village, by their ids. `forms`: the village's
    `open_forms`, where they are at hand."""
    waiting = {one.sha256: one for one in (open_forms(connection, village_id) if forms is None else forms)}
    if not waiting:
        return {}
    about = select(entity_changes.c.entity_id, entity_changes.c.source).where(
        entity_changes.c.village_id == village_id,
        entity_changes.c.source.in_(sorted(waiting)),
        entity_changes.c.list.in_(TARGET_LISTS),
    )
    rows = connection.execute(about.order_by(entity_changes.c.seq, entity_changes.c.entity_id)).all()
    homes = KnownHomes(lambda: connection)
    homes.preload([(village_id, row.entity_id) for row in rows])
    found = defaultdict[str, list[ReturnedForm]](list)
    for row in rows:
        home, id_ = homes.locate((village_id, row.entity_id))
        if home == village_id:
            found[id_].append(waiting[row.source])
    return dict(found)
