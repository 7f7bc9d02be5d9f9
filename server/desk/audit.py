"""Who changed what, and who looked at names, searchable: for admins, of their own region."""

from __future__ import annotations

from flask import Blueprint, Response

from server.accounts import audit_log
from server.database.engine import reading
from server.http.access import allow, user
from server.http.context import backend
from server.http.paging import asked_paging
from server.http.responses import show

pages = Blueprint("desk_audit", __name__)


@pages.get("/admin/catatan")
@allow("admin")
def all_actions() -> Response:
    zone = backend().settings.timezone
    with reading(backend().engine) as connection:
        found = audit_log.find(connection, user().region, asked_paging(["-waktu"]))
    return show("catatan.html", page=found, lines=[(one.at.astimezone(zone), one) for one in found.rows])
