"""What is noted of a phone's requests, for the desk's page of phones. What a phone is answered never depends on it."""

from __future__ import annotations

from flask import Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from server.database.engine import reading, writing
from server.http.context import backend
from server.openrosa.errors import BAD_REQUEST
from server.phones import phones
from server.phones.phones import Phone


def is_sending() -> bool:
    """Whether the request is about sending something."""
    return request.path.endswith("/submission")


def asked_by() -> tuple[str | None, str | None]:
    """What the phone calls itself, and the program that asks; each None where the request does not say."""
    return request.args.get("deviceID") or None, request.headers.get("User-Agent")


def note_what_a_phone_did(response: Response) -> Response:
    """Notes that the phone asked for the forms, which one it fetched, or that what it sent was refused."""
    here, phone = backend(), g.get("phone")
    if phone is None:
        return response
    refused = 400 <= response.status_code < 500
    try:
        if refused and request.method == "POST" and is_sending():
            here.doors.note_refused(here.engine, phone, g.get("refused", BAD_REQUEST.code), here.clock())
        elif request.endpoint == "openrosa.form_list" and response.status_code < 400:
            here.doors.note_asked(here.engine, g.token, phone, here.clock(), *asked_by())
        elif request.endpoint == "openrosa.form" and response.status_code < 400:
            _note_fetched(phone, **(request.view_args or {}))
    except (SQLAlchemyError, OSError) as error:
        current_app.logger.warning("what a phone did could not be noted", exc_info=error)
    return response


def _note_fetched(phone: Phone, form_id: str, version: str) -> None:
    here = backend()
    with reading(here.engine) as connection:
        last = phones.fetched_version(connection, phone, form_id)
    if last != version:
        with writing(here.engine) as connection:
            phones.note_fetched(connection, phone, form_id, version, here.clock())
