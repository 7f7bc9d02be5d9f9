"""Corrections, and other content under the same id: side by side, for the village head or an admin to choose from."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import problem
from server.database.engine import in_turn, reading
from server.http.access import allow, also_seen, user
from server.http.context import backend
from server.http.responses import DECIDERS, asked_language, link, show
from server.pages.people import in_words, may_see
from server.queries import compare
from server.queries.history import names_of
from server.queries.submissions.comparison import compared as side_by_side
from server.queries.submissions.comparison import ids_in
from server.submissions import review
from server.submissions.version_log import root_of
from server.submissions.versions import decided
from server.villages import regions

pages = Blueprint("corrections", __name__)

# What the form sends where none of them is to count.
LEAVE = "tidak-satu-pun"


@pages.get("/desa/<code>/perbaikan")
@allow("kpm", "village_head", "admin", names="perbaikan")
def all_roots(code: str) -> Response:
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found = compare.summaries(connection, code)
    return show("perbaikan.html", village=village, code=code, roots=found, **in_words(code, {}))


@pages.get("/desa/<code>/perbaikan/<path:root>")
@allow("kpm", "village_head", "admin", names="perbaikan")
def one_root(code: str, root: str) -> Response:
    """The submissions of one root side by side. Raises ProblemError NOT_IN_THREAD where there is nothing to choose."""
    cache, zone = backend().cache, backend().settings.timezone
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        root = root_of(connection, code, root)
        mine = compare.versions(connection, cache, zone, code, root)
        made = decided(connection, code, root, [one.member.sha256 for one in mine]).decision
        if not mine or (len(mine) == 1 and mine[0].member.original and made is None):
            raise problem(review.NOT_IN_THREAD)
        theirs = compare.beyond(connection, cache, zone, mine, may_see)
        villages = {one.member.village_id: regions.village_name(connection, one.member.village_id) for one in theirs}
        names = names_of(connection, [code, *villages], ids_in([*mine, *theirs]))
    for place in villages:
        also_seen(place)
    versions = [*mine, *theirs]
    waits = any(one.member.state == "waiting" for one in mine)
    counts = any(one.counts for one in mine)
    return show(
        "perbaikan_satu.html",
        village=village,
        code=code,
        versions=versions,
        alone=len(mine) == 1,
        villages=villages,
        lines=side_by_side(versions, names, asked_language()),
        reasons={one.place: one.reason.text(asked_language()) for one in versions if one.reason},
        decided=made,
        waits=waits,
        none_counts=not counts,
        # Where another one counts, choosing that one leaves the rest.
        can_leave=counts if len(mine) == 1 and not waits else not counts and waits,
        leave=LEAVE,
        seen=",".join(one.member.sha256 for one in mine),
        **in_words(code, names),
    )


@pages.post("/desa/<code>/perbaikan/<path:root>")
@allow(*DECIDERS)
def choose(code: str, root: str) -> AnyResponse:
    use = request.form.get("pakai") or "?"
    seen = request.form.get("tampak", "").split(",")
    what = (backend().settings.timezone, code, root, "" if use == LEAVE else use, user().email, backend().clock())
    in_turn(backend().engine, lambda connection: review.choose(connection, backend().cache, *what, seen))
    return redirect(link("corrections.one_root", code=code, root=root, sudah="pilih"), 303)
