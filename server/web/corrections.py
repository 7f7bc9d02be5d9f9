"""Corrections, and other content under the same id: side by side, for the village head or an admin to choose from."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import problem
from server.openrosa.backend import backend
from server.store import chosen, compared, regions
from server.store.engine import reading, writing
from server.store.history import names_of
from server.web.access import allow, user
from server.web.answer import asked_language, link, show
from server.web.comparing import compared as side_by_side
from server.web.comparing import ids_in
from server.web.people import in_words

pages = Blueprint("corrections", __name__)


@pages.get("/desa/<code>/perbaikan")
@allow("kpm", "village_head", "admin", names="perbaikan")
def all_threads(code: str) -> Response:
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found = compared.summaries(connection, code)
    return show("perbaikan.html", village=village, code=code, threads=found, **in_words(code, {}))


@pages.get("/desa/<code>/perbaikan/<path:thread>")
@allow("kpm", "village_head", "admin", names="perbaikan")
def one_thread(code: str, thread: str) -> Response:
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        versions = compared.versions(connection, backend().cache, backend().settings.timezone, code, thread)
        if len(versions) < 2:
            raise problem(chosen.NOT_IN_THREAD)
        names = names_of(connection, [code], ids_in(versions))
        decided = [one.decided for one in compared.summaries(connection, code) if one.thread == thread]
    lines = side_by_side(versions, names, asked_language())
    return show(
        "perbaikan_satu.html",
        village=village,
        code=code,
        thread=thread,
        versions=versions,
        lines=lines,
        reasons={one.place: one.reason.text(asked_language()) for one in versions if one.reason},
        decided=decided[0] if decided else None,
        waits=any(one.member.state == "waiting" for one in versions),
        **in_words(code, names),
    )


@pages.post("/desa/<code>/perbaikan/<path:thread>")
@allow("village_head", "admin")
def choose(code: str, thread: str) -> AnyResponse:
    use = request.form.get("pakai", "")
    zone, now = backend().settings.timezone, backend().clock()
    with writing(backend().engine) as connection:
        chosen.choose(connection, backend().cache, zone, code, thread, use, user().email, now)
    return redirect(link("corrections.one_thread", code=code, thread=thread, sudah="pilih"), 303)
