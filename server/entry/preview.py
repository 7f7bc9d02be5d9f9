"""A form tried out in the browser by an admin: filled in as on a phone, and nothing is sent."""

from __future__ import annotations

from flask import Blueprint, Response

from forms.problems import Problem, problem
from server.database.engine import reading
from server.entry.filling import Filling, files_of, fill_page, published
from server.entry.samples import sample_list
from server.http.access import allow
from server.http.context import backend
from server.http.responses import link
from server.publications import drafts

NOT_CHECKED_YET = Problem(
    "draft-with-mistakes",
    409,
    "Unggahan {file} masih memuat kesalahan, jadi belum dapat dicoba. Betulkan dulu, lalu unggah lagi.",
    "The upload {file} still has mistakes, so it cannot be tried out. Mend them first, then upload it again.",
)

# The desk's pages from which people come here.
UPLOAD, FORM = "desk_form_drafts.draft", "desk_forms.one_form"

pages = Blueprint("preview", __name__)


@pages.get("/admin/formulir/draf/<draft_id>/pratinjau")
@allow("admin", everywhere=True)
def draft(draft_id: str) -> Response:
    """Tries out what was uploaded. Raises ProblemError UNKNOWN_DRAFT, NOT_CHECKED_YET, and NO_ENGINE."""
    from forms.xlsform.layout import read_schema  # with pyxform, 8 MB that other pages do without

    with reading(backend().engine) as connection:
        found = drafts.find(connection, draft_id)
        if found.xml is None:
            raise problem(NOT_CHECKED_YET, file=found.file_name)
        schema = read_schema(found.xml, found.title)
        filling = Filling(found.title, found.xml, files_of(connection, schema, found.files, samples))
    return fill_page("pratinjau.html", filling, version=None, back=link(UPLOAD, draft_id=draft_id))


@pages.get("/admin/formulir/<form_id>/<path:version>/pratinjau")
@allow("admin")
def version(form_id: str, version: str) -> Response:
    """Tries out a version that was published. Raises ProblemError UNKNOWN_VERSION, and NO_ENGINE."""
    with reading(backend().engine) as connection:
        filling = published(connection, form_id, version, samples)
    return fill_page("pratinjau.html", filling, version=version, back=link(FORM, form_id=form_id))


def samples(name: str, columns: tuple[str, ...]) -> bytes:
    return sample_list(name, columns, backend().today)
