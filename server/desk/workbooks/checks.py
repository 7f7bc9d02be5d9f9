"""Quality checks at the desk: what is in force, and what another workbook would mark before it is published.

Checking keeps nothing: the page that shows what would change brings the very same workbook along when it is published.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError
from forms.quality.checks import Check
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.database.publication_tables import check_versions as versions
from server.desk.workbooks.files import download, told
from server.desk.workbooks.numbered import all_lines, brought, uploaded, version
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.phones.phones import all_lie_in
from server.publications import check_versions, indicator_versions
from server.queries.submissions.marks_on_trial import try_checks

UNKNOWN_CHECKS = Problem(
    "unknown-checks",
    404,
    "Pemeriksaan versi {number} tidak pernah terbit di sini. Pilih dari halaman Pemeriksaan mutu.",
    "Quality checks of version {number} were never published here. Choose one from the page of quality checks.",
)

# Villages that are shown of those in which most would change.
MOVERS = 10

pages = Blueprint("desk_checks", __name__)


@pages.get("/admin/mutu")
@allow("admin")
def checks() -> Response:
    return _checks_page()


@pages.get("/admin/mutu/<int:number>/buku-kerja")
@allow("admin")
def workbook(number: int) -> Response:
    """The workbook as it was uploaded. Raises ProblemError UNKNOWN_CHECKS."""
    return download(version(number, versions, UNKNOWN_CHECKS), f"mutu-{number}.xlsx")


@pages.post("/admin/mutu/periksa")
@allow("admin", everywhere=True, upload=True)
def check() -> Response:
    """A file that cannot be taken is told of on the page of checks."""
    try:
        content = uploaded()
    except ProblemError as error:
        return _checks_page(error)
    return _looked_at(content)


@pages.post("/admin/mutu/<int:number>/kembalikan")
@allow("admin", everywhere=True)
def restore(number: int) -> Response:
    """What an earlier version would mark. Raises ProblemError UNKNOWN_CHECKS."""
    return _looked_at(version(number, versions, UNKNOWN_CHECKS))


@pages.post("/admin/mutu/bertanda")
@allow("admin", everywhere=True, upload=True)
def marked_copy() -> Response:
    """The workbook with its mistakes marked. Raises ProblemError TOO_LARGE, NO_WORKBOOK_CHOSEN."""
    from forms.review.marked import marked

    content = brought()
    return download(marked(content, _read(content)[1], asked_language()), "mutu-bertanda.xlsx")


@pages.post("/admin/mutu/terbitkan")
@allow("admin", everywhere=True, upload=True)
def publish() -> AnyResponse:
    """Puts the workbook in force. Raises ProblemError TOO_LARGE, NO_WORKBOOK_CHOSEN; mistakes are told on the page."""
    content, now = brought(), backend().clock()
    try:
        with writing(backend().engine) as connection:
            number = check_versions.publish(connection, content, now)
            if number is not None:
                audit_log.note(connection, user(), "checks-published", user().region, str(number), now)
    except ProblemError:  # forms were published since it was checked
        return _looked_at(content)
    return redirect(link("desk_checks.checks", terbit=str(number or "")), 303)


def _looked_at(content: bytes) -> Response:
    """What is wrong with the workbook, or what it would mark."""
    checks, mistakes = _read(content)
    encoded = b64encode(content).decode()
    if mistakes:
        return show("mutu_periksa.html", mistakes=mistakes, content=encoded, address=link)
    with reading(backend().engine) as connection:
        trial = try_checks(connection, backend().cache, checks, user().region, backend().today)
        same = content == indicator_versions.newest(connection, versions)
    moved = sorted(trial.villages, key=lambda code: (-abs(trial.villages[code][2] - trial.villages[code][1]), code))
    return show(
        "mutu_periksa.html",
        mistakes=[],
        content=encoded,
        trial=trial,
        movers=moved[:MOVERS],
        same=same,
        titles=_titles(),
        address=link,
    )


def _read(content: bytes) -> tuple[tuple[Check, ...], list[dict[str, Any]]]:
    """The checks of the workbook, and its mistakes: one of both is empty."""
    try:
        with reading(backend().engine) as connection:
            return check_versions.check(connection, content), []
    except ProblemError as error:
        return (), told(content, error)


def _titles() -> dict[str, str]:
    """The published forms' titles by their ids."""
    with reading(backend().engine) as connection:
        return {form.form_id: form.schema.title for form in backend().cache.current(connection)}


def _checks_page(error: ProblemError | None = None) -> Response:
    """`error`: why a file that was just chosen there could not be taken."""
    with reading(backend().engine) as connection:
        lines = all_lines(connection, versions)
        in_force = check_versions.in_force(connection)
        everywhere = all_lie_in(connection, user().region)
    return show(
        "mutu.html",
        error.status if error else 200,
        sentence=error.text(asked_language()) if error else None,
        just=request.args.get("terbit"),
        lines=lines,
        checks=in_force,
        titles=_titles(),
        everywhere=everywhere,
        address=link,
    )
