"""Who looked at the names of a village's people: for the village head, and for admins."""

from __future__ import annotations

from flask import Blueprint, Response

from forms.problems import problem
from server.openrosa.backend import backend
from server.store import looks, phones, regions
from server.store.engine import reading
from server.web.access import allow
from server.web.answer import show

pages = Blueprint("looks", __name__)


@pages.get("/desa/<code>/dilihat")
@allow("village_head", "admin", names="dilihat")
def seen(code: str) -> Response:
    zone = backend().settings.timezone
    with reading(backend().engine) as connection:
        names = regions.names_above(connection, code)
        if code.count(".") != regions.VILLAGE_DOTS or not names:
            raise problem(phones.UNKNOWN_VILLAGE, code=code)
        found = looks.latest(connection, code, zone)
    lines = [(look.at.astimezone(zone), look) for look in found]
    return show("dilihat.html", code=code, village=names[0], lines=lines, most=looks.MOST, read=looks.READ)
