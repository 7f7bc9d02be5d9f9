"""Who looked at the names of a village's people: for the village head, and for admins."""

from __future__ import annotations

from flask import Blueprint, Response

from server.accounts import access_log
from server.database.engine import reading
from server.http.access import allow
from server.http.context import backend
from server.http.responses import show
from server.villages import regions

pages = Blueprint("access_log", __name__)


@pages.get("/desa/<code>/dilihat")
@allow("village_head", "admin", names="dilihat")
def all_views(code: str) -> Response:
    zone = backend().settings.timezone
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        found = access_log.latest(connection, code, zone)
    lines = [(view.at.astimezone(zone), view) for view in found]
    return show("dilihat.html", code=code, village=names[0], lines=lines, most=access_log.MOST, read=access_log.READ)
