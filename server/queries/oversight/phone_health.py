"""How phones are: when each was last heard of, with which app and forms, what is wrong with it, and what of it is held.

What still waits on a phone itself nobody can see from here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Subquery, case, func, literal, or_, select

from server.database.account_tables import phone_forms
from server.database.paging import Page, Paging
from server.database.publication_tables import form_versions
from server.database.tables import attachments, entity_changes, phones, regions, submissions
from server.phones.phones import NUMBER_LENGTH, was_refused
from server.villages.regions import VILLAGE_LENGTH, Region, counts, lies_in

# What is to be said of a phone, the worst first: not heard of for long; what it sent last was refused; its clock is
# wrong; not heard of for a while; it has older forms; none that is known; never heard of yet; well. And those that are
# closed.
State = Literal["silent", "refused", "clock", "late", "forms", "no-forms", "new", "well", "closed"]
STATES: tuple[State, ...] = ("silent", "refused", "clock", "late", "forms", "no-forms", "new", "well")
RED: tuple[State, ...] = ("silent", "refused", "clock")
SILENT_AFTER, LATE_AFTER = timedelta(days=30), timedelta(days=14)
SORTS = ("keadaan", "terhubung", "desa", "kpm")

# The first version of ODK Collect in which a form that was sent can be corrected.
CORRECTS_FROM = (2025, 2)
_APP = re.compile(r"org\.odk\.collect\.android/v?([\w.-]{1,40})")


@dataclass(frozen=True)
class PhoneHealth:
    """A phone, and the village that it sends for. `forms_behind`: of how many live forms it has fetched an older
    version last; `forms` are all that it has fetched. `state` as in STATES, or closed. The moments, `refused_why` and
    `clock_off` are as in the table of phones; None where there is nothing to say."""

    token_sha256: str
    village_id: str
    village: str
    name: str
    created_at: datetime
    seen_at: datetime | None
    sent_at: datetime | None
    revoked_at: datetime | None
    closed_for: str | None
    sends_until: datetime | None
    user_agent: str | None
    refused_count: int
    refused_at: datetime | None
    refused_why: str | None
    clock_off: int | None
    clock_at: datetime | None
    forms: int
    forms_behind: int
    state: State

    @property
    def number(self) -> str:
        return self.token_sha256[:NUMBER_LENGTH]

    @property
    def light(self) -> str:
        """The sign of the state: red, yellow or green; none where the phone is closed."""
        if self.state == "closed":
            return "none"
        if self.state in RED:
            return "red"
        return "green" if self.state == "well" and not self.app_is_old else "yellow"

    @property
    def app(self) -> str | None:
        """The version of ODK Collect; None where it was not told, or something else was sent with."""
        found = _APP.search(self.user_agent or "")
        return found[1] if found else None

    @property
    def app_is_old(self) -> bool:
        """Whether forms that were sent cannot be corrected with it."""
        found = re.match(r"(\d{4})\.(\d{1,2})", self.app or "")
        return found is not None and (int(found[1]), int(found[2])) < CORRECTS_FROM

    @property
    def refuses(self) -> bool:
        """Whether what it sent last was refused."""
        return was_refused(self.sent_at, self.refused_at)


@dataclass(frozen=True)
class Held:
    """What the server has of a phone and does not count yet: changes of the register that wait for another form, and
    submissions in quarantine."""

    changes: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class FormOnPhone:
    """A live form, and the version of it that a phone has fetched last, and when; both None where it has none.
    `behind_since`: when a newer one than that was published first; None where it has the live one, or none."""

    title: str
    live: str
    version: str | None
    fetched_at: datetime | None
    behind_since: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which phones are wanted: of a region, in one of the `states`, whose village, KPM or number has `text` in it."""

    region: str
    states: Collection[str] = STATES
    text: str = ""
    practice: bool = False


def find(connection: Connection, wanted: Wanted, now: datetime, paging: Paging) -> Page[PhoneHealth]:
    """The phones that are wanted; in the order `keadaan` the worst come first."""
    found = _phones(connection, wanted, now)
    query = select(found).where(found.c.state.in_(wanted.states))
    sorts: dict[str, ColumnElement[Any]] = {
        "keadaan": _rank(found.c.state),
        "terhubung": found.c.heard,
        "desa": found.c.village_id,
        "kpm": found.c.name,
    }
    rows = connection.execute(paging.cut(query, sorts, found.c.heard, found.c.token_sha256)).mappings()
    return paging.of([_health(row) for row in rows])


def count_states(connection: Connection, wanted: Wanted, now: datetime) -> dict[str, int]:
    """How many phones there are in each state, whatever `wanted.states` says."""
    found = _phones(connection, wanted, now)
    rows = connection.execute(select(found.c.state, func.count().label("many")).group_by(found.c.state))
    return {row.state: row.many for row in rows}


def all_in(connection: Connection, region: str, now: datetime) -> list[PhoneHealth]:
    """All open phones of a region that is not too large, by village; of no practice village."""
    found = _phones(connection, Wanted(region), now)
    query = select(found).where(found.c.state.in_(STATES)).order_by(found.c.village_id, found.c.name)
    return [_health(row) for row in connection.execute(query).mappings()]


def of_village(connection: Connection, village_id: str, now: datetime) -> list[PhoneHealth]:
    """All phones of a village, the open ones first, then the last that was closed."""
    found = _phones(connection, None, now, phones.c.village_id == village_id)
    ordered = select(found).order_by(found.c.revoked_at.desc(), found.c.created_at)
    rows = [_health(row) for row in connection.execute(ordered).mappings()]
    return sorted(rows, key=lambda one: one.revoked_at is not None)


def without_phone(connection: Connection, region: str, text: str, paging: Paging) -> Page[Region]:
    """The villages of a region that have no phone, and `text` in their name."""
    query = select(regions).where(_has_none(region), regions.c.name.icontains(text, autoescape=True))
    rows = connection.execute(paging.cut(query, {"desa": regions.c.code}, regions.c.code))
    return paging.of([Region(row.code, row.name) for row in rows])


def count_without_phone(connection: Connection, region: str) -> int:
    """How many villages of a region have no phone."""
    return connection.execute(select(func.count()).select_from(regions).where(_has_none(region))).scalar_one()


def held_of(connection: Connection, village_ids: Iterable[str]) -> dict[str, Held]:
    """What is held of the phones of these villages, by the sha256 of the phone's token."""
    mine = sorted(set(village_ids))
    same = (submissions.c.village_id == entity_changes.c.village_id) & (submissions.c.sha256 == entity_changes.c.source)
    changes = (
        select(submissions.c.phone, func.count().label("many"))
        .join_from(entity_changes, submissions, same)
        .where(entity_changes.c.village_id.in_(mine), submissions.c.village_id.in_(mine))
        .where(entity_changes.c.state == "held")
        .group_by(submissions.c.phone)
    )
    troubled = (submissions.c.problem.is_not(None)) & (submissions.c.state == "quarantined")
    quarantined = (
        select(submissions.c.phone, func.count().label("many"))
        .where(submissions.c.village_id.in_(mine), troubled)
        .group_by(submissions.c.phone)
    )
    held = {row.phone: row.many for row in connection.execute(changes)}
    aside = {row.phone: row.many for row in connection.execute(quarantined)}
    return {phone: Held(held.get(phone, 0), aside.get(phone, 0)) for phone in {*held, *aside}}


def missing_files(connection: Connection, village_id: str, phone: str, since: datetime) -> list[datetime]:
    """When the submissions came, since that moment, of which files are still to come from the phone."""
    mine = (submissions.c.village_id == village_id) & (submissions.c.phone == phone)
    sent = connection.execute(
        select(submissions.c.sha256, submissions.c.received_at, submissions.c.expected_files)
        .where(mine, submissions.c.received_at >= since)
        .order_by(submissions.c.received_at)
    ).all()
    speaking = {row.sha256: row for row in sent if row.expected_files}
    here = (attachments.c.village_id == village_id) & attachments.c.submission_sha256.in_(sorted(speaking))
    there = set(connection.execute(select(attachments.c.submission_sha256, attachments.c.name).where(here)))
    return [
        row.received_at for sha256, row in speaking.items() if {(sha256, name) for name in row.expected_files} - there
    ]


def forms_on(connection: Connection, village_id: str, phone: str) -> list[FormOnPhone]:
    """Every live form, with what the village's phone (the sha256 of its token) has of it."""
    live = _live()
    here = (phone_forms.c.village_id == village_id) & (phone_forms.c.token_sha256 == phone)
    mine = here & (phone_forms.c.form_id == live.c.form_id)
    had, newer = form_versions.alias("had"), form_versions.alias("newer")
    same = (had.c.form_id == phone_forms.c.form_id) & (had.c.version == phone_forms.c.version)
    later = (newer.c.form_id == had.c.form_id) & (newer.c.number > had.c.number)
    behind_since = select(func.min(newer.c.published_at)).where(later).correlate(had).scalar_subquery()
    query = (
        select(live.c.title, live.c.version, phone_forms.c.version, phone_forms.c.fetched_at, behind_since)
        .outerjoin_from(live, phone_forms, mine)
        .outerjoin(had, same)
        .order_by(live.c.title)
    )
    return [FormOnPhone(*row) for row in connection.execute(query)]


def _phones(connection: Connection, wanted: Wanted | None, now: datetime, *where: ColumnElement[bool]) -> Subquery:
    """The phones, each with its state and with when it was `heard` of last, or registered."""
    live = _live()
    here = (phone_forms.c.village_id == phones.c.village_id) & (phone_forms.c.token_sha256 == phones.c.token_sha256)
    mine = here & (phone_forms.c.form_id == live.c.form_id)
    of_phone = select(func.count()).select_from(phone_forms.join(live, mine)).correlate(phones)
    behind = of_phone.where(phone_forms.c.version != live.c.version).scalar_subquery()
    heard = func.coalesce(phones.c.seen_at, phones.c.created_at, type_=phones.c.seen_at.type)
    refused = phones.c.refused_at > func.coalesce(phones.c.sent_at, "")
    state = case(
        (phones.c.revoked_at.is_not(None), "closed"),
        (heard < literal(now - SILENT_AFTER, phones.c.seen_at.type), "silent"),
        (refused, "refused"),
        (phones.c.clock_off.is_not(None), "clock"),
        (heard < literal(now - LATE_AFTER, phones.c.seen_at.type), "late"),
        (behind > 0, "forms"),
        (phones.c.seen_at.is_(None), "new"),
        (of_phone.scalar_subquery() == 0, "no-forms"),
        else_="well",
    )
    names = [name for name in PhoneHealth.__dataclass_fields__ if name in phones.c]
    query = (
        select(*(phones.c[name] for name in names), func.coalesce(regions.c.name, phones.c.village_id).label("village"))
        .add_columns(of_phone.scalar_subquery().label("forms"), behind.label("forms_behind"))
        .add_columns(state.label("state"), heard.label("heard"))
        .outerjoin_from(phones, regions, regions.c.code == phones.c.village_id)
        .where(phones.c.account.is_(None), *where)
    )
    return (_narrowed(query, wanted) if wanted else query).subquery("phone")


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    real = counts(phones.c.village_id)
    query = query.where(lies_in(wanted.region, phones.c.village_id), ~real if wanted.practice else real)
    if wanted.text:
        said = [column.icontains(wanted.text, autoescape=True) for column in (regions.c.name, phones.c.name)]
        starts = [column.startswith(wanted.text, autoescape=True) for column in (phones.c.token_sha256, regions.c.code)]
        query = query.where(or_(*said, *starts))
    return query


def _live() -> Subquery:
    """The live version of every form."""
    last = (
        select(form_versions.c.form_id, func.max(form_versions.c.number).label("number"))
        .group_by(form_versions.c.form_id)
        .subquery("last")
    )
    same = (form_versions.c.form_id == last.c.form_id) & (form_versions.c.number == last.c.number)
    columns = (form_versions.c.form_id, form_versions.c.title, form_versions.c.version)
    return select(*columns).join_from(form_versions, last, same).subquery("live")


def _rank(state: ColumnElement[Any]) -> ColumnElement[int]:
    return case({name: number for number, name in enumerate(STATES)}, value=state, else_=len(STATES))


def _has_none(region: str) -> ColumnElement[bool]:
    taken = select(phones.c.village_id).where(
        phones.c.village_id == regions.c.code, phones.c.revoked_at.is_(None), phones.c.account.is_(None)
    )
    village = func.length(regions.c.code) == VILLAGE_LENGTH
    return lies_in(region, regions.c.code) & village & counts(regions.c.code) & ~taken.exists()


def _health(row: Any) -> PhoneHealth:
    return PhoneHealth(**{name: row[name] for name in PhoneHealth.__dataclass_fields__})
