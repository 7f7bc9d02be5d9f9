"""Files that came with submissions, and the photos of a village side by side."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.wsgi import FileWrapper

from forms.problems import problem
from server.database.engine import reading
from server.http.access import allow
from server.http.context import backend
from server.http.paging import asked_paging
from server.http.responses import DECIDERS, link, secured, show, with_pictures
from server.submissions import attachments
from server.submissions.attachments import NO_SUCH_FILE, CameWith
from server.villages import regions

pages = Blueprint("desk_photos", __name__)

READERS = ("kpm", *DECIDERS)


@pages.get("/desa/<code>/kiriman/<sha256>/berkas/<file>")
@allow(*READERS)
def file(code: str, sha256: str, file: str) -> Response:
    """A file that came with the submission, by its own sha256: what it is called leads nowhere. A browser shows photos,
    and is told to download whatever may hold a script.

    Raises ProblemError NO_SUCH_FILE.
    """
    with reading(backend().engine) as connection:
        found = attachments.file_of(connection, code, sha256, file)
    try:
        content = backend().attachments.open(found.sha256)
    except FileNotFoundError as error:
        raise problem(NO_SUCH_FILE) from error
    response = secured(Response(FileWrapper(content, 64 * 1024), content_type=found.safe_type, direct_passthrough=True))
    shown = found.safe_type != "application/octet-stream"
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", filename=_plain(found.name))
    response.headers["Content-Length"] = str(found.size)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.get("/desa/<code>/foto")
@allow(*READERS, names="foto")
def gallery(code: str) -> Response:
    zone = backend().settings.timezone
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found = attachments.photos_of(connection, code, asked_paging(["-diterima"]))
    return with_pictures(
        show(
            "foto.html",
            code=code,
            village=village,
            page=found,
            file=lambda one: _way_to(code, one),
            submission=lambda one: link("desk_submission.one", code=code, sha256=one.submission),
            local=lambda moment: moment.astimezone(zone),
            link=link,
        )
    )


def _way_to(code: str, one: CameWith) -> str:
    return link("desk_photos.file", code=code, sha256=one.submission, file=one.sha256)


def _plain(name: str) -> str:
    """The last part of what a phone calls a file, without what a header cannot hold."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:100] or "berkas"
