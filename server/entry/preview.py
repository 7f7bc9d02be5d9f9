"""A form tried out in the browser by an admin: filled in as on a phone, and nothing is sent."""

from __future__ import annotations

from flask import Blueprint, Response

from server.database.engine import reading
from server.entry.filling import fill_page, published
from server.entry.samples import sample_list
from server.http.access import allow
from server.http.context import backend

pages = Blueprint("preview", __name__)


@pages.get("/admin/formulir/<form_id>/<path:version>/pratinjau")
@allow("admin")
def published_form(form_id: str, version: str) -> Response:
    """Tries out a version that was published. Raises ProblemError UNKNOWN_VERSION, and NO_ENGINE."""
    with reading(backend().engine) as connection:
        filling = published(connection, form_id, version, samples)
    return fill_page("pratinjau.html", filling, version=version, draft=False)


def samples(name: str, columns: tuple[str, ...]) -> bytes:
    return sample_list(name, columns, backend().today)
