"""Accounts as the admin's desk lists them: of a region, searched, sorted and cut by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, case, literal, or_, select, type_coerce

from server.accounts.users import NO_PASSWORD, User
from server.database.account_tables import invitations, users
from server.database.paging import Page, Paging
from server.database.tables import regions
from server.database.types import Moment
from server.villages.region_search import codes_like, names_of
from server.villages.regions import lies_in

State = Literal["locked", "expired", "invited", "open", "closed"]
# Those who need help first: nobody tells an admin of a lock, or of a link that expired before it was used.
STATES: tuple[State, ...] = ("locked", "expired", "invited", "open", "closed")
SORTS = ("keadaan", "nama", "peran", "wilayah", "masuk")


@dataclass(frozen=True)
class Wanted:
    """What is looked for: blank where all are. `text` is in the name, the email or the name of a region."""

    text: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True)
class Line:
    """An account. `place`: its region's name with that of what it lies in. `logged_in_at`: None where that is not
    known. `until`: when a lock or a link ends; None where there is neither."""

    user: User
    place: str
    state: State
    logged_in_at: datetime | None
    until: datetime | None


def find(connection: Connection, region: str, wanted: Wanted, paging: Paging, now: datetime) -> Page[Line]:
    """A page of the accounts in the region. Where the paging sorts by none of SORTS, it raises KeyError."""
    state = _state(now)
    query = _all(now).where(lies_in(region, users.c.region))
    if wanted.text:
        places = [lies_in(code, users.c.region) for code in codes_like(connection, region, wanted.text)]
        called = [column.icontains(wanted.text, autoescape=True) for column in (users.c.name, users.c.email)]
        query = query.where(or_(*called, *places))
    if wanted.role:
        query = query.where(users.c.role == wanted.role)
    if wanted.state:
        query = query.where(state == wanted.state)
    sorts = {
        "keadaan": case({state_: place for place, state_ in enumerate(STATES)}, value=state),
        "nama": users.c.name,
        "peran": users.c.role,
        "wilayah": regions.c.name,
        "masuk": users.c.logged_in_at,
    }
    rows = connection.execute(paging.cut(query, sorts, users.c.name, users.c.email)).all()
    places_of = names_of(connection, [row.region for row in rows])
    return paging.of([_line(row, places_of) for row in rows])


def all_in(connection: Connection, region: str, now: datetime) -> list[Line]:
    """All accounts in the region, by their region's code and then by name."""
    query = _all(now).where(lies_in(region, users.c.region))
    rows = connection.execute(query.order_by(users.c.region, users.c.name, users.c.email)).all()
    places_of = names_of(connection, [row.region for row in rows])
    return [_line(row, places_of) for row in rows]


def one(connection: Connection, region: str, email: str, now: datetime) -> Line | None:
    """The account of that email; None where the region has none."""
    row = connection.execute(_all(now).where(lies_in(region, users.c.region), users.c.email == email)).one_or_none()
    return _line(row, names_of(connection, [row.region])) if row else None


def _all(now: datetime) -> Select[Any]:
    user = (users.c[name] for name in User.__dataclass_fields__)
    until = case((_state(now) == "locked", users.c.locked_until), else_=invitations.c.expires_at)
    columns = (_state(now).label("state"), users.c.logged_in_at, type_coerce(until, Moment).label("until"))
    links = users.outerjoin(invitations, invitations.c.email == users.c.email)
    return select(*user, *columns).select_from(links.outerjoin(regions, regions.c.code == users.c.region))


def _state(now: datetime) -> ColumnElement[str]:
    moment = literal(now, Moment)
    return case(
        (users.c.closed_at.is_not(None), "closed"),
        (users.c.locked_until > moment, "locked"),
        (users.c.password_hash != NO_PASSWORD, "open"),
        (invitations.c.expires_at > moment, "invited"),
        else_="expired",
    )


def _line(row: Row[Any], places: Mapping[str, str]) -> Line:
    user = User(row.email, row.name, row.role, row.region)
    return Line(user, places[row.region], row.state, row.logged_in_at, row.until)
