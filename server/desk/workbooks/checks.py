"""Quality checks at the desk: what is in force, and another workbook in its place, with its mistakes by cell."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Finding, Problem, ProblemError, problem
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.database.tables import check_versions as versions
from server.desk.workbooks.form_drafts import NO_WORKBOOK_CHOSEN
from server.desk.workbooks.forms import download
from server.desk.workbooks.rules import LARGEST_WORKBOOK, RULES_TOO_LARGE
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import link, show
from server.phones.phones import all_lie_in
from server.publications import check_versions, indicator_versions

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
    with reading(backend().engine) as connection:
        content = indicator_versions.workbook(connection, number, versions)
    if content is None:
        raise problem(UNKNOWN_CHECKS, number=number)
    return download(content, f"mutu-{number}.xlsx")


@pages.post("/admin/mutu/terbitkan")
@allow("admin", everywhere=True, upload=True)
def publish() -> AnyResponse:
    """Puts an uploaded workbook in force, or tells its mistakes. Raises ProblemError NO_WORKBOOK_CHOSEN,
    RULES_TOO_LARGE."""
    upload, now = request.files.get("berkas"), backend().clock()
    if upload is None or not upload.filename:
        raise problem(NO_WORKBOOK_CHOSEN)
    content = upload.stream.read(LARGEST_WORKBOOK + 1)
    if len(content) > LARGEST_WORKBOOK:
        raise problem(RULES_TOO_LARGE, limit=LARGEST_WORKBOOK // 1024)
    try:
        with writing(backend().engine) as connection:
            number = check_versions.publish(connection, content, now)
            if number is not None:
                audit_log.note(connection, user(), "checks-published", user().region, str(number), now)
    except ProblemError as error:
        return _shown(None, content, error.findings)
    return redirect(link("desk_checks.checks", terbit=str(number or "")), 303)


def _shown(just: str | None, content: bytes = b"", findings: Sequence[Finding] = ()) -> Response:
    """`just`: the version that was put in force a moment ago, blank where nothing changed; None on any other view."""
    from forms.review.told import tell  # with pyxform, 8 MB that other pages do without

    with reading(backend().engine) as connection:
        published = indicator_versions.all_versions(connection, versions)
        in_force = check_versions.in_force(connection)
        titles = {form.form_id: form.schema.title for form in backend().cache.current(connection)}
        everywhere = all_lie_in(connection, user().region)
    zone = backend().settings.timezone
    return show(
        "mutu.html",
        just=just,
        mistakes=tell(content, findings),
        lines=[(one.number, one.published_at.astimezone(zone).date()) for one in published],
        checks=in_force,
        titles=titles,
        everywhere=everywhere,
        address=link,
    )
