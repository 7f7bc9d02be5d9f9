"""Where an admin begins: what waits, which phones need help, and what each page of the desk is for."""

from __future__ import annotations

from datetime import datetime, time

from flask import Blueprint, Response

from aggregate.scorecard.refresh import failed_villages
from server.database.engine import reading
from server.database.upgrade import in_repair
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import link, show
from server.queries.oversight import phone_health
from server.queries.oversight.phone_health import Wanted
from server.queries.submissions import table
from server.villages.regions import bare_names, covers

pages = Blueprint("desk_start", __name__)


@pages.get("/admin")
@allow("admin")
def start() -> Response:
    region, now, zone = user().region, backend().clock(), backend().settings.timezone
    since = datetime.combine(backend().today.replace(day=1), time(), zone)
    with reading(backend().engine) as connection:
        # Why, in English and by the database, is for whoever has the server's shell: `kpm status`.
        stuck = sorted(code for code in {*failed_villages(connection), *in_repair(connection)} if covers(region, code))
        return show(
            "meja_awal.html",
            region=bare_names(connection, [region]).get(region, ""),
            received=table.counts(connection, region, since),
            phones=phone_health.count_states(connection, Wanted(region), now),
            without=phone_health.count_without_phone(connection, region),
            stuck=stuck,
            names=bare_names(connection, stuck),
            link=link,
        )
