"""Forms in force and their earlier versions: which phones have them, and the workbooks as they were uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, Response, request

from forms.problems import Problem, ProblemError, problem
from server.database.engine import reading
from server.desk.workbooks.files import download
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.phones.phone_versions import PhonesOfForms, phones_of_forms
from server.phones.phones import all_lie_in
from server.publications import form_versions
from server.publications.form_versions import ListedVersion

UNKNOWN_FORM_VERSION = Problem(
    "unknown-form-version",
    404,
    "Formulir {form_id} versi {version} tidak pernah terbit di sini. Pilih dari halaman Formulir.",
    "Form {form_id} version {version} was never published here. Choose one from the page of forms.",
)

pages = Blueprint("desk_forms", __name__)


@dataclass(frozen=True)
class Line:
    """A version as it is listed. `day`: when it was published, at the villages. `phones`: on how many phones it was
    seen last."""

    version: ListedVersion
    day: date
    phones: int


@pages.get("/admin/formulir")
@allow("admin")
def all_forms() -> Response:
    return forms_page()


def forms_page(error: ProblemError | None = None) -> Response:
    """The list of forms; `error`: why a file that was just chosen there could not be taken."""
    with reading(backend().engine) as connection:
        found = form_versions.all_versions(connection)
        phones = phones_of_forms(connection, user().region)
        everywhere = all_lie_in(connection, user().region)
    lines = [_line(one, phones) for one in found if one.live]
    return show(
        "formulir_semua.html",
        error.status if error else 200,
        lines=lines,
        phones=phones,
        everywhere=everywhere,
        address=link,
        sentence=error.text(asked_language()) if error else None,
    )


@pages.get("/admin/formulir/<form_id>")
@allow("admin")
def one_form(form_id: str) -> Response:
    """Raises ProblemError UNKNOWN_FORM_VERSION."""
    with reading(backend().engine) as connection:
        found = form_versions.all_versions(connection)
        phones = phones_of_forms(connection, user().region)
        everywhere = all_lie_in(connection, user().region)
    versions = {name: list(group) for name, group in groupby(found, lambda one: one.form_id)}.get(form_id)
    if not versions:
        raise problem(UNKNOWN_FORM_VERSION, form_id=form_id, version="")
    lines = [_line(one, phones) for one in reversed(versions)]
    just = request.args.get("terbit") == lines[0].version.version
    return show(
        "formulir_satu.html",
        lines=lines,
        live=lines[0],
        phones=phones,
        everywhere=everywhere,
        just=just,
        address=link,
    )


@pages.get("/admin/formulir/<form_id>/<version>/buku-kerja")
@allow("admin")
def workbook(form_id: str, version: str) -> Response:
    """Raises ProblemError UNKNOWN_FORM_VERSION."""
    with reading(backend().engine) as connection:
        content = form_versions.form_workbook(connection, form_id, version)
    if content is None:
        raise problem(UNKNOWN_FORM_VERSION, form_id=form_id, version=version)
    return download(content, f"{form_id}-{version}.xlsx")


def _line(version: ListedVersion, phones: PhonesOfForms) -> Line:
    day = version.published_at.astimezone(backend().settings.timezone).date()
    return Line(version, day, phones.on(version.form_id, version.version))
