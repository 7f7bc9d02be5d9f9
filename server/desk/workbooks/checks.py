"""Quality checks at the desk: what is in force, and another workbook in its place, with its mistakes by cell."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.database.publication_tables import check_versions as versions
from server.desk.workbooks.files import download, told
from server.desk.workbooks.numbered import all_lines, uploaded, version
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.phones.phones import all_lie_in
from server.publications import check_versions

UNKNOWN_CHECKS = Problem(
    "unknown-checks",
    404,
    "Pemeriksaan versi {number} tidak pernah terbit di sini. Pilih dari halaman Pemeriksaan mutu.",
    "Quality checks of version {number} were never published here. Choose one from the page of quality checks.",
)

pages = Blueprint("desk_checks", __name__)


@pages.get("/admin/mutu")
@allow("admin")
def checks() -> Response:
    return _shown(request.args.get("terbit"))


@pages.get("/admin/mutu/<int:number>/buku-kerja")
@allow("admin")
def workbook(number: int) -> Response:
    """The workbook as it was uploaded. Raises ProblemError UNKNOWN_CHECKS."""
    return download(version(number, versions, UNKNOWN_CHECKS), f"mutu-{number}.xlsx")


@pages.post("/admin/mutu/terbitkan")
@allow("admin", everywhere=True, upload=True)
def publish() -> AnyResponse:
    """Puts an uploaded workbook in force, or tells its mistakes, and why a file cannot be taken."""
    try:
        content = uploaded()
    except ProblemError as error:
        return _shown(None, not_taken=error)
    return _published(content)


@pages.post("/admin/mutu/<int:number>/kembalikan")
@allow("admin", everywhere=True)
def restore(number: int) -> AnyResponse:
    """Puts an earlier version in force again, under a new number, or tells what is wrong with it now. Raises
    ProblemError UNKNOWN_CHECKS."""
    return _published(version(number, versions, UNKNOWN_CHECKS))


def _published(content: bytes) -> AnyResponse:
    now = backend().clock()
    try:
        with writing(backend().engine) as connection:
            number = check_versions.publish(connection, content, now)
            if number is not None:
                audit_log.note(connection, user(), "checks-published", user().region, str(number), now)
    except ProblemError as error:
        return _shown(None, content, error)
    return redirect(link("desk_checks.checks", terbit=str(number or "")), 303)


def _shown(
    just: str | None,
    content: bytes = b"",
    error: ProblemError | None = None,
    not_taken: ProblemError | None = None,
) -> Response:
    """`just`: the version that was put in force a moment ago, blank where nothing changed; None on any other view.
    `error`: why the workbook `content` was not. `not_taken`: why there is no workbook at all."""
    with reading(backend().engine) as connection:
        lines = all_lines(connection, versions)
        in_force = check_versions.in_force(connection)
        titles = {form.form_id: form.schema.title for form in backend().cache.current(connection)}
        everywhere = all_lie_in(connection, user().region)
    return show(
        "mutu.html",
        not_taken.status if not_taken else 200,
        sentence=not_taken.text(asked_language()) if not_taken else None,
        just=just,
        mistakes=told(content, error),
        lines=lines,
        checks=in_force,
        titles=titles,
        everywhere=everywhere,
        address=link,
    )
