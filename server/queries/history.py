"""The history of an entity as people read it: what each form and each decision changed, who sent it, and conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from forms.domain import COMPUTED, NAME
from server.database.publication_tables import form_versions
from server.database.tables import entity_changes, phones, submissions
from server.entities import decision_log
from server.entities.change import DONE, Change
from server.entities.decision import Decision
from server.entities.entity import LABEL
from server.entities.offline_versions import predecessor, seen_version
from server.queries.masking import shown
from server.submissions import version_log


@dataclass(frozen=True)
class Step:
    """A property that got another value. `before` is None where it had none; `stands`: nothing came after it."""

    name: str
    before: str | None
    after: str
    stands: bool


@dataclass(frozen=True)
class Side:
    """One side of a conflict: whose phone (or who decided), the day that it speaks of, and the value."""

    by: str
    day: date
    value: str


@dataclass(frozen=True)
class Conflict:
    """A property that two phones set without knowing of each other, and what it is now."""

    name: str
    sides: tuple[Side, ...]
    used: str


@dataclass(frozen=True)
class Event:
    """One change with what people ask about it. `form` is the title of its form, `by` the name of the phone's KPM;
    `decision` is None where it came from a phone. `root`: that of its form, if corrections of it wait for a decision;
    else None."""

    change: Change
    form: str
    by: str
    decision: Decision | None
    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]
    root: str | None


@dataclass(frozen=True)
class _Source:
    form: str
    by: str
    root: str | None = None
    decision: Decision | None = None


def events(
    connection: Connection,
    found: Iterable[Change],
    home_village: str,
    roots: Mapping[str, Iterable[str]] | None = None,
) -> list[Event]:
    """The changes of one entity, which lives there now, in the order in which things happened, each with what people
    ask about it. `roots`: those with which corrections wait, by village, of villages of which they are known
    already."""
    ordered = sorted((one.seen_from(home_village) for one in found), key=lambda change: change.key)
    sources = _sources(connection, ordered, roots or {})
    last = _last_setters(ordered)
    values: dict[str, str] = {}
    made = []
    for change in ordered:
        source = sources[change.village_id, change.source]
        steps = _steps(change, values, last) if change.state in DONE else ()
        conflicts = tuple(
            _conflict(name, change, ordered, sources, last) for name in change.conflicting if name in last
        )
        made.append(Event(change, source.form, source.by, source.decision, steps, conflicts, source.root))
    return made


def _properties(change: Change) -> dict[str, str]:
    """What it sets, the label too: of somebody whose forms keep no property `nama`, that is the name."""
    named = {LABEL: change.label} if change.label and NAME not in change.properties else {}
    return named | {name: value for name, value in change.properties.items() if name not in COMPUTED}


def _last_setters(ordered: list[Change]) -> dict[str, Change]:
    return {name: change for change in ordered if change.state in DONE for name in _properties(change)}


def _steps(change: Change, values: dict[str, str], last: Mapping[str, Change]) -> tuple[Step, ...]:
    """What it changed; `values` are those before, and are brought up to date."""
    found = []
    for name, after in _properties(change).items():
        before = values.get(name)
        if after != (before or ""):
            seen = shown(name, before) if before else None
            found.append(Step(name, seen, shown(name, after), last[name] is change))
        values[name] = after
    return tuple(found)


def _conflict(
    name: str,
    change: Change,
    ordered: list[Change],
    sources: Mapping[tuple[str, str], _Source],
    last: Mapping[str, Change],
) -> Conflict:
    """What the others had set that this change's phone had not seen, and what is used."""
    seen = _seen(change)
    others = [
        one
        for one in ordered
        if one is change
        or (
            one.state in DONE
            and not one.creates
            and one.properties.get(name, change.properties[name]) != change.properties[name]
            and seen < (one.version or 0) < (change.version or 0)
        )
    ]
    sides = tuple(
        Side(sources[one.village_id, one.source].by, one.day, shown(name, one.properties[name])) for one in others
    )
    return Conflict(name, sides, shown(name, last[name].properties[name]))


def _seen(change: Change) -> int:
    """The last version that the phone had seen when it made the change."""
    base = predecessor(change)
    version = base.version if base.kind == "version" else change.version
    return seen_version(change, version or 0)


def _sources(
    connection: Connection, found: Iterable[Change], roots: Mapping[str, Iterable[str]]
) -> dict[tuple[str, str], _Source]:
    """Who sent or decided each change, by (village, source)."""
    places = {(change.village_id, change.source) for change in found}
    senders, keys = {village for village, _ in places}, {source for _, source in places}
    unread = {village: version_log.waiting_roots(connection, village) for village in senders - roots.keys()}
    waiting = {(village, root) for village, those in {**roots, **unread}.items() for root in those}
    titles = form_titles(connection)
    columns = ("village_id", "sha256", "phone", "form_id", "root_instance_id")
    sent = select(*(submissions.c[name] for name in columns)).where(
        submissions.c.village_id.in_(senders), submissions.c.sha256.in_(keys)
    )
    rows = connection.execute(sent).all()
    names = phone_names(connection, {(row.village_id, row.phone) for row in rows})
    known: dict[tuple[str, str], _Source] = {}
    for row in rows:
        waits = row.root_instance_id if (row.village_id, row.root_instance_id) in waiting else None
        title = titles.get(row.form_id, row.form_id or "")
        known[row.village_id, row.sha256] = _Source(title, names.get(row.phone, ""), waits)
    for made in decision_log.of_ids(connection, senders, keys):
        known[made.village_id, made.id] = _Source("", made.made_by, decision=made)
    return known


def phone_names(connection: Connection, senders: Collection[tuple[str, str]]) -> dict[str, str]:
    """The names of these phones (village, the sha256 of the token), also of those shut out, by that sha256."""
    villages, tokens = ({one[place] for one in senders} for place in (0, 1))
    query = select(phones.c.token_sha256, phones.c.name).where(
        phones.c.village_id.in_(sorted(villages)), phones.c.token_sha256.in_(sorted(tokens))
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def form_titles(connection: Connection) -> dict[str, str]:
    """The newest title of every form, by form id."""
    query = select(form_versions.c.form_id, form_versions.c.title).order_by(form_versions.c.number)
    return {row[0]: row[1] for row in connection.execute(query)}


def names_of(connection: Connection, village_ids: Iterable[str], ids: Iterable[str]) -> dict[str, str]:
    """The names of entities of these villages by id, also of those that were merged or moved away."""
    query = (
        select(entity_changes.c.entity_id, entity_changes.c.label)
        .where(entity_changes.c.village_id.in_(sorted(set(village_ids))))
        .where(entity_changes.c.entity_id.in_(sorted(set(ids))))
        .where(entity_changes.c.label != "")
        .order_by(entity_changes.c.day, entity_changes.c.order_key)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
