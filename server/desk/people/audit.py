"""Who changed what, who looked at names, and who decided about people, searchable: for admins, of their own region."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, request

from server.accounts import audit_log
from server.database.engine import reading, writing
from server.desk.exported import as_file
from server.exchange.lists import events_sheet
from server.http.access import allow, user
from server.http.context import backend
from server.http.paging import asked_date, asked_paging
from server.http.responses import link, same_query, show
from server.queries import audit
from server.queries.audit import KINDS, Wanted

# Of what is typed, in characters: more is no name.
LONGEST = 120

pages = Blueprint("desk_audit", __name__)


@pages.get("/admin/catatan")
@allow("admin")
def all_actions() -> Response:
    wanted, typed = _wanted()
    with reading(backend().engine) as connection:
        found = audit.find(connection, user().region, wanted, asked_paging(["-waktu"]))
    zone, choice = backend().settings.timezone, f"{wanted.group}:{wanted.kind}" if wanted.kind else wanted.group
    kept = same_query("desk_audit.export")
    return show("catatan.html", link=link, page=found, typed=typed, choice=choice, kinds=KINDS, zone=zone, export=kept)


@pages.post("/admin/catatan/unduh")
@allow("admin")
def export() -> Response:
    """What the page shows, all of it, as a file. Raises ProblemError UNREADABLE_FORM, TOO_MANY_ROWS."""
    here, region, wanted = backend(), user().region, _wanted()[0]
    sheet = events_sheet(here.engine, region, wanted, here.settings.timezone)
    response = as_file([sheet], request.form.get("bentuk", ""), f"catatan-{region}")
    with writing(here.engine) as connection:
        audit_log.note(connection, user(), "exported", region, "catatan", here.clock())
    return response


def _wanted() -> tuple[Wanted, dict[str, str]]:
    """What is looked for, and as it was typed."""
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
    return wanted, typed | {"dari": str(since or ""), "sampai": str(until or "")}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), backend().settings.timezone) if day else None
