"""Forms filled in in the browser, by whoever has no phone at hand or holds them on paper: sent as from a phone."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage

from forms.answer_values import LONGEST_ID
from forms.problems import problem
from forms.submission import read_envelope
from server.accounts import audit_log
from server.accounts.browsers import browser_of, key_of
from server.database.engine import in_turn, reading
from server.entry.filling import Correction, Filling, ListMaker, fill_page, published
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import UNREADABLE_FORM, link, secured, show
from server.phones import phones
from server.queries.entity_lists import list_csv
from server.submissions import version_log
from server.submissions.attachments import files_of
from server.submissions.interpret import UNKNOWN_FORM, IncomingSubmission, understood_version
from server.submissions.receive import XML_FIELD, Receipt, keep_file, read_body, receive
from server.villages import regions

pages = Blueprint("web_entry", __name__)


@pages.get("/desa/<code>/isi")
@allow("kpm", "admin")
def all_forms(code: str) -> Response:
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        forms = backend().cache.current(connection)
    return show(
        "isi.html", village=village, code=code, forms=forms, link=link, sent=request.args.get("sudah") == "kirim"
    )


@pages.get("/desa/<code>/isi/<form_id>")
@allow("kpm", "admin", names="isi")
def fill(code: str, form_id: str) -> Response:
    """The live version of a form, to be filled in. Raises ProblemError UNKNOWN_FORM, and NO_ENGINE."""
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        live = {form.form_id: form.version for form in backend().cache.current(connection)}
        if form_id not in live:
            raise problem(UNKNOWN_FORM, form_id=form_id[:80])
        filling = published(connection, form_id, live[form_id], _lists_of(connection, code))
    done = link("web_entry.all_forms", code=code, sudah="kirim")
    return fill_page("isi_satu.html", _sent(filling, code, done), village=village, code=code, link=link)


@pages.get("/desa/<code>/kiriman/<sha256>/perbaiki")
@allow("kpm", "admin", names="isi")
def correct(code: str, sha256: str) -> Response:
    """A submission opened again as it was received, in its own form version. Raises ProblemError NO_SUCH_SUBMISSION,
    those of `understood_version`, and NO_ENGINE."""
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        body = version_log.version_of(connection, code, sha256).body
        envelope = read_envelope(body)
        understood_version(connection, backend().cache, envelope)
        texts = _texts(envelope.root)
        make = _lists_of(connection, code, also=texts)
        filling = published(connection, envelope.form_id, envelope.form_version, make)
        came_with = files_of(connection, code, sha256)
    files = {one.name: link("desk_photos.file", code=code, sha256=sha256, file=one.sha256) for one in came_with}
    filling = replace(filling, correction=Correction(body, files, texts))
    done = link("corrections.one_root", code=code, root=envelope.instance_id)
    return fill_page("isi_satu.html", _sent(filling, code, done), village=village, code=code, link=link)


@pages.post("/desa/<code>/isi/kirim.json")
@allow("kpm", "admin", upload=True)
def send(code: str) -> Response:
    """Keeps what was filled in. Raises ProblemError UNREADABLE_FORM, UNKNOWN_VILLAGE, and those of `read_body` and
    `read_envelope`."""
    here, now, by = backend(), backend().clock(), user()
    with request:  # closes the files, which lie on the disk
        answers = request.files.get(XML_FIELD)
        if answers is None:
            raise problem(UNREADABLE_FORM)
        body = read_body(answers.stream)
        envelope = read_envelope(body)
        files = [
            keep_file(here.attachments, field, one.filename or "", _kind(one), one.stream)
            for field, one in request.files.items(multi=True)
            if field != XML_FIELD
        ]

    def keep(connection: Connection) -> Receipt:
        sender = browser_of(connection, code, by, now)
        phones.note_contact(connection, sender, now, sender.number, request.headers.get("User-Agent"), sent=True)
        zone = here.settings.timezone
        incoming = IncomingSubmission(code, sender.token_sha256, sender.number, body, envelope, now, zone)
        receipt = receive(connection, here.cache, incoming, files)
        if envelope.deprecated_id and not receipt.again:
            about = f"{envelope.form_id} {incoming.sha256[:12]}"
            audit_log.note(connection, by, "submission-corrected", code, about, now)
        return receipt

    missing = in_turn(here.engine, keep).files_missing
    response = secured(Response(json.dumps({"missing": missing}), 201, mimetype="application/json"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _kind(file: FileStorage) -> str:
    """What sort of file it is, also of a photo that the engine made smaller, which it no longer says."""
    if file.mimetype in ("", "application/octet-stream"):
        return mimetypes.guess_type(file.filename or "")[0] or file.mimetype
    return file.mimetype


def _sent(filling: Filling, code: str, done: str) -> Filling:
    return replace(
        filling,
        send=link("web_entry.send", code=code),
        done=done,
        username=user().name,
        device=key_of(code, user())[: phones.NUMBER_LENGTH],
    )


def _lists_of(connection: Connection, code: str, also: Collection[str] = ()) -> ListMaker:
    """The village's lists, as its phones get them; with those whose ids are in `also`."""
    today, zone = backend().today, backend().settings.timezone
    return lambda name, columns: list_csv(connection, code, name, columns, today, zone, also)


def _texts(root: Any) -> frozenset[str]:
    """All that stands in answers, among it the ids of whom they speak."""
    return frozenset(text for element in root.iter() if 0 < len(text := element.text or "") <= LONGEST_ID)
