"""A form between check and publishing: what is wrong with the workbook, or what it changes; then it goes live. Checking
changes nothing.

What compiles and reviews a workbook is imported when somebody asks for it: it takes 8 MB of every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Finding, Problem, ProblemError, problem
from forms.xlsx_limits import LARGEST_FILE
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.desk.workbooks.files import chosen, download
from server.desk.workbooks.forms import UNKNOWN_FORM_VERSION, forms_page
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.phones.phone_versions import phones_of_forms
from server.publications import drafts, form_versions
from server.publications.drafts import Draft

if TYPE_CHECKING:
    from server.publications.effects import Effects
    from server.publications.plans import Checked

FILE_UNUSED = Problem(
    "form.file_unused",
    400,
    "Formulir ini tidak menyebut berkas {name}, jadi tidak ikut diterbitkan. Betulkan namanya, di formulir atau pada "
    "berkasnya, bila memang diperlukan.",
    "This form does not speak of the file {name}, so it is not published. Correct its name, in the form or of the "
    "file, if it is needed.",
)
# Another page may show the draft as a phone would: where it is there, it has this address.
PREVIEW = "/admin/formulir/draf/<draft_id>/pratinjau"

pages = Blueprint("desk_form_drafts", __name__)


@pages.post("/admin/formulir/periksa")
@allow("admin", everywhere=True, upload=True)
def check() -> AnyResponse:
    """A file that cannot be taken is told of on the page of forms."""
    try:
        workbook = chosen(LARGEST_FILE)
        beside = [one for one in request.files.getlist("pendamping") if one.filename]
        return _checked(workbook, _name(request.files["berkas"]), {_name(one): _read(one) for one in beside})
    except ProblemError as error:
        return forms_page(error)


@pages.post("/admin/formulir/<form_id>/<version>/kembalikan")
@allow("admin", everywhere=True)
def restore(form_id: str, version: str) -> AnyResponse:
    """Raises ProblemError UNKNOWN_FORM_VERSION."""
    with reading(backend().engine) as connection:
        workbook = form_versions.form_workbook(connection, form_id, version)
    if workbook is None:
        raise problem(UNKNOWN_FORM_VERSION, form_id=form_id, version=version)
    return _checked(workbook, f"{form_id}-{version}.xlsx", {})


@pages.get("/admin/formulir/draf/<draft_id>")
@allow("admin", everywhere=True)
def draft(draft_id: str) -> Response:
    with reading(backend().engine) as connection:
        found = _find(connection, draft_id)
        published = form_versions.published_versions(connection, found.form_id)
        taken = found.version in published and _is_other(connection, found)
        effects = _effects(connection, found)
        phones = phones_of_forms(connection, user().region).phones
    mistakes = [one for one in found.told if one["light"] == "red"]
    return show(
        "formulir_draf.html",
        draft=found,
        live=published[-1] if published else None,
        taken=taken,
        mistakes=mistakes,
        remarks=[one for one in found.told if one["light"] != "red"],
        effects=effects,
        phones=phones,
        preview=f"{request.path}/pratinjau" if _has_preview() else None,
        zone=backend().settings.timezone,
        address=link,
    )


@pages.get("/admin/formulir/draf/<draft_id>/bertanda")
@allow("admin", everywhere=True)
def marked_copy(draft_id: str) -> Response:
    from forms.review.marked import marked

    with reading(backend().engine) as connection:
        found = _find(connection, draft_id)
    stem = found.file_name.removesuffix(".xlsx")
    return download(marked(found.workbook, found.told, asked_language()), f"{stem}-bertanda.xlsx")


@pages.post("/admin/formulir/draf/<draft_id>/terbitkan")
@allow("admin", everywhere=True)
def publish(draft_id: str) -> AnyResponse:
    from server.publications.publish import publish_form

    now = backend().clock()
    with reading(backend().engine) as connection:
        found = _find(connection, draft_id)
    try:
        with writing(backend().engine) as connection:
            form = publish_form(connection, found.workbook, found.files.get, now, validate=False).form
            about = f"{form.form_id} {form.version}"
            audit_log.note(connection, user(), "form-published", user().region, about, now)
            drafts.forget(connection, draft_id)
    except ProblemError:  # somebody has published since: it is told anew
        return _checked(found.workbook, found.file_name, found.files)
    return redirect(link("desk_forms.one_form", form_id=form.form_id, terbit=form.version), 303)


def _find(connection: Connection, draft_id: str) -> Draft:
    """Raises ProblemError UNKNOWN_DRAFT."""
    found = drafts.find(connection, draft_id)
    if backend().clock() - found.made_at > drafts.KEPT_FOR:
        raise problem(drafts.UNKNOWN_DRAFT)
    return found


def _checked(workbook: bytes, file_name: str, files: Mapping[str, bytes]) -> AnyResponse:
    """Keeps what came of checking the workbook, and leads to it. Raises ProblemError where it is no XLSForm."""
    from forms.review.told import tell
    from server.publications.plans import check_form

    with reading(backend().engine) as connection:
        checked = check_form(connection, workbook, files.get, validate=True)
        remarks = _remarks(connection, checked, workbook, files)
    form = checked.planned.form if checked.planned else None
    with writing(backend().engine) as connection:
        draft_id = drafts.keep(
            connection,
            made_by=user().email,
            file_name=file_name,
            workbook=workbook,
            form=(form.form_id, form.version, form.title) if form else checked.said,
            xml=form.xml if form else None,
            told=tell(workbook, checked.findings, remarks),
            whole=checked.whole,
            files=checked.planned.files if checked.planned else files,
            now=backend().clock(),
        )
    return redirect(link("desk_form_drafts.draft", draft_id=draft_id), 303)


def _remarks(connection: Connection, checked: Checked, workbook: bytes, files: Mapping[str, bytes]) -> list[Finding]:
    from forms.versions.told_once import unsaid
    from forms.xlsform.sheets import read_xlsform
    from forms.xlsform.workbook import read_workbook
    from server.publications.effects import answered_remarks

    found = list(checked.remarks)
    if checked.form is not None:
        sheets = read_xlsform(read_workbook(workbook))
        answered = answered_remarks(connection, checked.form.schema, sheets, checked.findings)
        found = [*unsaid(found, answered), *answered]
    if checked.planned is not None:
        found += [Finding(FILE_UNUSED, "", {"name": name}) for name in files if name not in checked.planned.files]
    return found


def _effects(connection: Connection, found: Draft) -> Effects | None:
    """What publishing changes; None where there are mistakes."""
    from forms.xlsform.layout import read_schema
    from server.publications.effects import effects_of
    from server.publications.plans import readers

    if found.xml is None:
        return None
    schema = read_schema(found.xml, found.title)
    return effects_of(connection, found.form_id, found.workbook, readers(connection, schema, found.xml))


def _is_other(connection: Connection, found: Draft) -> bool:
    """Whether what was published under its number has other content; never where there are mistakes."""
    about = found.form_id, found.version, found.workbook
    return found.xml is not None and not form_versions.is_made_of(connection, *about, found.xml)


def _has_preview() -> bool:
    return any(rule.rule == PREVIEW for rule in current_app.url_map.iter_rules())


def _read(upload: FileStorage) -> bytes:
    return upload.stream.read(LARGEST_FILE + 1)


def _name(upload: FileStorage) -> str:
    """The file's name alone: some browsers send the folders, too. Nothing in it that no screen shows."""
    shown = "".join(letter for letter in upload.filename or "" if letter.isprintable())
    return PureWindowsPath(shown).name[:120] or "-"
