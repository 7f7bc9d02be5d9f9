"""Who changed what, who looked at names, and who decided about people, searchable: for admins, of their own region."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, request

from server.database.engine import reading
from server.http.access import allow, user
from server.http.context import backend
from server.http.paging import asked_date, asked_paging
from server.http.responses import link, show
from server.queries import audit
from server.queries.audit import KINDS, Wanted

# Of what is typed, in characters: more is no name.
LONGEST = 120

pages = Blueprint("desk_audit", __name__)


@pages.get("/admin/catatan")
@allow("admin")
def all_actions() -> Response:
    since, until = asked_date("dari"), asked_date("sampai")
    typed = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("siapa", "wilayah", "jenis")}
    group, _, kind = typed["jenis"].partition(":")
    known = next((one for one in KINDS if one == group), None)
    wanted = Wanted(
        typed["siapa"],
        typed["wilayah"],
        known,
        kind if known and kind in KINDS[known] else "",
        _midnight(since),
        _midnight(until + timedelta(days=1)) if until else None,
    )
    with reading(backend().engine) as connection:
        found = audit.find(connection, user().region, wanted, asked_paging(["-waktu"]))
    zone, choice = backend().settings.timezone, f"{wanted.group}:{wanted.kind}" if wanted.kind else wanted.group
    typed |= {"dari": str(since or ""), "sampai": str(until or "")}
    return show("catatan.html", link=link, page=found, typed=typed, choice=choice, kinds=KINDS, zone=zone)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), backend().settings.timezone) if day else None
