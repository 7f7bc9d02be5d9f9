"""What ODK Collect and other OpenRosa clients talk to, under /v1/key/<token>/projects/1.

A phone that asks for forms gets all of them or an error, never a part: with "match exactly" it deletes what is missing
from a list.
"""

from __future__ import annotations

import hashlib
import mimetypes
from base64 import urlsafe_b64encode
from urllib.parse import quote

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from forms.problems import problem
from forms.schema import media_file
from forms.submission import read_envelope
from server.database.engine import in_turn, reading
from server.http.access import for_phones
from server.http.context import backend, own_address
from server.openrosa import documents
from server.openrosa.documents import ListedForm, MediaFile
from server.openrosa.errors import NO_XML_PART, NOT_HERE, WRONG_TOKEN, answer_errors_in_xml, xml_answer
from server.openrosa.parts import FilePart, file_parts
from server.publications import entity_list_columns
from server.publications.form_versions import PublishedForm, form_xml, media_content, media_hashes
from server.queries import entity_lists
from server.submissions.interpret import IncomingSubmission
from server.submissions.receive import XML_FIELD, Receipt, keep_file, read_body, receive

PREFIX = "/v1/key/<token>/projects/1"
# An id is a uuid of some 40 characters and a phone's address line some 4,000: more than this is no phone.
MOST_IDS = 500

pages = Blueprint("openrosa", __name__, url_prefix=PREFIX)
answer_errors_in_xml(pages)


@pages.url_value_preprocessor
def know_phone(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """Finds the phone by the token in its address. Raises ProblemError WRONG_TOKEN where no phone has it, or no
    longer."""
    token = (values or {}).pop("token", "")
    found = backend().doors.phone_of(backend().engine, token, backend().clock())
    if found is None:
        raise problem(WRONG_TOKEN)
    g.phone, g.token = found, token


@pages.after_request
def openrosa_headers(response: Response) -> Response:
    response.headers["X-OpenRosa-Version"] = "1.0"
    if request.path.endswith("/submission"):  # phones look for it nowhere else, and pay for each byte
        response.headers["X-OpenRosa-Accept-Content-Length"] = str(backend().settings.max_upload)
    return response


@pages.get("/formList")
@for_phones
def form_list() -> Response:
    wanted = request.args.get("formID")
    with reading(backend().engine) as connection:
        forms = [form for form in backend().cache.current(connection) if wanted in (None, form.form_id)]
    return _cached(documents.form_list(_listed(form) for form in forms))


@pages.get("/forms/<form_id>/<path:version>/form.xml")
@for_phones
def form(form_id: str, version: str) -> Response:
    """The XForm as it was published. Raises ProblemError NOT_HERE where no such version was."""
    with reading(backend().engine) as connection:
        return _cached(_found(form_xml(connection, form_id, version)))


@pages.get("/forms/<form_id>/<path:version>/manifest")
@for_phones
def manifest(form_id: str, version: str) -> Response:
    """The files and lists that the form reads. Raises ProblemError NOT_HERE where no such version was published."""
    backend().catch_up(g.phone.village_id)
    with reading(backend().engine) as connection:
        files = _media_of(connection, form_id, version)
    return _cached(documents.manifest(files))


@pages.get("/forms/<form_id>/<path:version>/media/<name>")
@for_phones
def media(form_id: str, version: str, name: str) -> Response:
    """A file that came with the form version. Raises ProblemError NOT_HERE where none of that name did."""
    with reading(backend().engine) as connection:
        content = _found(media_content(connection, form_id, version, name))
    return _cached(content, mimetypes.guess_type(name)[0] or "application/octet-stream")


@pages.get("/lists/<name>.csv")
@for_phones
def entity_list(name: str) -> Response:
    """An entity list as CSV, as it stands today. Raises ProblemError NOT_HERE where no published form writes such a
    list."""
    village, today = g.phone.village_id, backend().today
    backend().catch_up(village)
    with reading(backend().engine) as connection:
        columns = entity_list_columns.lists_written(backend().cache.schemas(connection)).get(name)
        if columns is None:
            raise problem(NOT_HERE)
        state = entity_lists.list_state(connection, village, name, columns, today)
        if request.if_none_match.contains(state.hash):
            return _with_etag(Response(status=304), state.hash)
        content = entity_lists.list_csv(connection, village, name, columns, today, backend().settings.timezone)
    return _with_etag(Response(content, content_type="text/csv; charset=utf-8"), state.hash)


@pages.get("/lists/<name>/integrity")
@for_phones
def integrity(name: str) -> Response:
    backend().catch_up(g.phone.village_id)
    ids = [id_ for id_ in request.args.get("id", "").split(",") if id_][:MOST_IDS]
    with reading(backend().engine) as connection:
        gone = entity_lists.known_ids(connection, g.phone.village_id, name, ids, backend().today)
    return xml_answer(documents.integrity(gone))


@pages.route("/submission", methods=["HEAD"])
@for_phones
def announce() -> Response:
    return Response(status=204)


@pages.post("/submission")
@for_phones
def submission() -> Response:
    """Keeps what a phone sent. Raises ProblemError NO_XML_PART, and those of `file_parts`, `read_body` and
    `read_envelope`."""
    with file_parts(request.stream, request.content_type or "") as parts:
        body = _xml_of(parts)
        envelope = read_envelope(body)
        files = [
            keep_file(backend().attachments, part.field, part.filename, part.content_type, part.content)
            for part in parts
            if part.field != XML_FIELD
        ]
    here, phone = backend(), g.phone
    now, device = here.clock(), request.args.get("deviceID", "") or None
    zone = here.settings.timezone
    incoming = IncomingSubmission(phone.village_id, phone.token_sha256, device, body, envelope, now, zone)

    def keep(connection: Connection) -> Receipt:
        here.doors.note_contact(connection, g.token, phone, now, device, request.headers.get("User-Agent"))
        return receive(connection, here.cache, incoming, files)

    receipt = in_turn(here.engine, keep)
    return xml_answer(documents.message(_said(receipt)), 201)


@pages.route("/<path:_elsewhere>", methods=["GET", "POST"])
@for_phones
def nothing(_elsewhere: str) -> Response:
    """Raises ProblemError NOT_HERE: there is nothing at this address."""
    raise problem(NOT_HERE)


def _xml_of(parts: list[FilePart]) -> bytes:
    """The submission among the files of a POST. Raises ProblemError NO_XML_PART, and that of `read_body`."""
    part = next((part for part in parts if part.field == XML_FIELD), None)
    if part is None:
        raise problem(NO_XML_PART)
    return read_body(part.content)


def _said(receipt: Receipt) -> str:
    """What Collect shows: its own "Success" when all is here, else how many of the files are."""
    expected, missing = len(receipt.files_expected), len(receipt.files_missing)
    if not missing:
        return documents.COMPLETE
    if backend().settings.locale == "en":
        return f"{expected - missing} of {expected} files received; the others are still to come."
    return f"{expected - missing} dari {expected} berkas sudah diterima; sisanya menyusul."


def _media_of(connection: Connection, form_id: str, version: str) -> list[MediaFile]:
    """Raises ProblemError NOT_HERE where no such version was published."""
    known = backend().cache.find(connection, form_id, version)
    if known is None:
        raise problem(NOT_HERE)
    written = entity_list_columns.lists_written(backend().cache.schemas(connection))
    hashes = media_hashes(connection, form_id, version)
    files = []
    for name in known.schema.reads:
        filename = media_file(name)
        if filename in hashes:  # its own file stays, though another form may write a list of that name since
            address = _address("forms", form_id, version, "media", filename)
            files.append(MediaFile(filename, hashes[filename], address))
        elif name in written:
            state = entity_lists.list_state(connection, g.phone.village_id, name, written[name], backend().today)
            integrity_url = _address("lists", name, "integrity")
            files.append(MediaFile(filename, state.hash, _address("lists", filename), integrity_url))
    return files


def _listed(form: PublishedForm) -> ListedForm:
    place = ("forms", form.form_id, form.version)
    return ListedForm(
        form_id=form.form_id,
        name=form.title,
        version=form.version,
        md5=form.xml_md5,
        download_url=_address(*place, "form.xml"),
        manifest_url=_address(*place, "manifest") if form.schema.reads else None,
    )


def _address(*parts: str) -> str:
    return own_address() + PREFIX.replace("<token>", g.token) + "/" + "/".join(quote(part, safe="") for part in parts)


def _found(content: bytes | None) -> bytes:
    """Raises ProblemError NOT_HERE where there is none."""
    if content is None:
        raise problem(NOT_HERE)
    return content


def _cached(content: bytes, content_type: str = "text/xml; charset=utf-8") -> Response:
    response = Response(content, content_type=content_type)
    # Short, as it goes both ways at every sync, and still no two states of a document ever have the same.
    _with_etag(response, urlsafe_b64encode(hashlib.blake2b(content, digest_size=9).digest()).decode())
    response.make_conditional(request)
    return response


def _with_etag(response: Response, etag: str) -> Response:
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
