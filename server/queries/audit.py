"""Who saw or changed what: what was changed at the desk, whose names were looked at, and what was decided about people.

One list of three tables. Each gives its latest lines first, as many as the page needs, and then they are sorted
together: so the first pages are quick however long the tables are. Names of mothers and children are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, false, literal, null, or_, select, union_all

from server.accounts.audit_log import ACTIONS
from server.database.account_tables import actions, looks, users
from server.database.paging import PER_PAGE, Page, Paging
from server.database.tables import decisions
from server.entities import decision_log
from server.entities.decision import About, Distinct, Edit, Merge, Review, Transfer
from server.villages.region_search import codes_like, names_of
from server.villages.regions import lies_in

Group = Literal["diubah", "dilihat", "diputuskan"]
# A decision that was taken back: its kind in the list.
UNDONE = "undone"
# What can be looked for by itself. Pages that name people have the names of their marks (server/http/access.py).
KINDS: dict[Group, tuple[str, ...]] = {
    "diubah": ACTIONS,
    "dilihat": (),
    "diputuskan": (*(about.kind for about in (Review, Merge, Transfer, Edit, Distinct)), UNDONE),
}
PORTION = 500
# Of so many people whose name fits what is looked for.
_MOST_PEOPLE = 500


@dataclass(frozen=True)
class Wanted:
    """What is looked for; blank, and None, where all is. `who` is in the name or the email, `place` in the name of a
    region or begins its code, `kind` is one of the group's. `since` is the first moment, `until` the one after the
    last."""

    who: str = ""
    place: str = ""
    group: Group | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Event:
    """A line of the log: `kind` is one of KINDS or the name of a page, `code` where it was, `place` that region's name
    with what it lies in. `about` is what was changed, as people call it; `entity_id` is the person and `root` the
    submission that it is about, by whose page their names are found. All three may be None. `name` is None where the
    account has gone."""

    at: datetime
    email: str
    name: str | None
    group: Group
    kind: str
    code: str
    place: str
    about: str | None
    entity_id: str | None
    root: str | None


def find(connection: Connection, region: str, wanted: Wanted, paging: Paging) -> Page[Event]:
    """A page of what happened in the region, and of what accounts of it changed elsewhere, by `waktu`."""
    filters = _Filters(wanted, _emails_of(connection, wanted.who), codes_like(connection, region, wanted.place))
    parts = [_latest(filters.applied(part), paging) for part in _parts(region) if wanted.group in (None, part.group)]
    every = union_all(*parts).subquery()
    rows = connection.execute(paging.cut(select(every), {"waktu": every.c.at}, every.c.id, every.c.kind)).all()
    return paging.of(list(_events(connection, rows)))


def every(connection: Connection, region: str, wanted: Wanted) -> Iterator[Event]:
    """All that `find` has pages of, the latest first; a portion at a time is in memory."""
    filters = _Filters(wanted, _emails_of(connection, wanted.who), codes_like(connection, region, wanted.place))
    parts = [filters.applied(part) for part in _parts(region) if wanted.group in (None, part.group)]
    found = union_all(*parts).subquery()
    query = select(found).order_by(found.c.at.desc(), found.c.id, found.c.kind)
    rows = connection.execute(query, execution_options={"yield_per": PORTION})
    for portion in rows.partitions():
        yield from _events(connection, portion)


@dataclass(frozen=True)
class _Part:
    """What one table tells: the columns of a line, and which rows are of the region."""

    group: Group
    id: ColumnElement[Any]
    at: ColumnElement[Any]
    email: ColumnElement[Any]
    kind: ColumnElement[Any]
    code: ColumnElement[Any]
    about: ColumnElement[Any]
    entity_id: ColumnElement[Any]
    mine: ColumnElement[bool]


def _parts(region: str) -> Iterator[_Part]:
    nothing = null()
    ours = select(users.c.email).where(lies_in(region, users.c.region))
    done = (actions.c.id, actions.c.at, actions.c.email, actions.c.action, actions.c.region, actions.c.about, nothing)
    yield _Part("diubah", *done, lies_in(region, actions.c.region) | actions.c.email.in_(ours))
    seen = (looks.c.id, looks.c.at, looks.c.email, looks.c.page, looks.c.village_id, nothing, looks.c.entity_id)
    yield _Part("dilihat", *seen, lies_in(region, looks.c.village_id))
    # What the server decided by itself follows what somebody decided.
    mine = lies_in(region, decisions.c.village_id) & decisions.c.cause_id.is_(None)
    of, rest = decisions.c, (decisions.c.village_id, nothing, nothing)
    yield _Part("diputuskan", of.id, of.made_at, of.made_by, of.kind, *rest, mine)
    undone = mine & of.undone_at.is_not(None)
    yield _Part("diputuskan", of.id, of.undone_at, of.undone_by, literal(UNDONE), *rest, undone)


@dataclass(frozen=True)
class _Filters:
    """`emails` are of people whose name fits, `codes` of regions whose name does."""

    wanted: Wanted
    emails: list[str]
    codes: list[str]

    def applied(self, part: _Part) -> Select[Any]:
        names = ("id", "at", "email", "kind", "code", "about", "entity_id")
        columns = [getattr(part, name).label(name) for name in names]
        query = select(*columns, literal(part.group).label("group")).where(part.mine)
        asked = self.wanted
        if asked.kind:
            query = query.where(part.kind == asked.kind)
        if asked.who:
            query = query.where(part.email.icontains(asked.who, autoescape=True) | part.email.in_(self.emails))
        if asked.place:
            query = query.where(or_(false(), *(lies_in(code, part.code) for code in self.codes)))
        if asked.since:
            query = query.where(part.at >= asked.since)
        if asked.until:
            query = query.where(part.at < asked.until)
        return query


def _latest(query: Select[Any], paging: Paging) -> Select[Any]:
    """As many of a table's lines as may be on this page and those before it."""
    at = query.selected_columns.at
    cut = query.order_by(at.desc() if paging.descending else at).limit(paging.page * PER_PAGE + 1)
    return select(cut.subquery())


def _emails_of(connection: Connection, text: str) -> list[str]:
    if not text:
        return []
    query = select(users.c.email).where(users.c.name.icontains(text, autoescape=True))
    return list(connection.execute(query.limit(_MOST_PEOPLE)).scalars())


def _events(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Event]:
    called = select(users.c.email, users.c.name).where(users.c.email.in_({row.email for row in rows}))
    names = {row.email: row.name for row in connection.execute(called)}
    places = names_of(connection, [row.code for row in rows])
    about = _about(connection, [row for row in rows if row.group == "diputuskan"])
    for row in rows:
        entity_id, root = about.get(row.id, (row.entity_id, None))
        who = (row.email, names.get(row.email), row.group, row.kind, row.code, places[row.code])
        yield Event(row.at, *who, row.about, entity_id, root)


def _about(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, tuple[str | None, str | None]]:
    """Of decisions, by their ids: a person whom they are about, and the submission."""
    villages, ids = {row.code for row in rows}, {row.id for row in rows}
    made = decision_log.of_ids(connection, villages, ids) if rows else []
    return {one.id: _person_or_root(one.about) for one in made}


def _person_or_root(about: About) -> tuple[str | None, str | None]:
    match about:
        case Review(root_instance_id=root):
            return None, root
        case Merge(winner=person) | Edit(id=person):
            return person, None
        case Transfer(ids=ids) | Distinct(ids=ids):
            return ids[0], None
