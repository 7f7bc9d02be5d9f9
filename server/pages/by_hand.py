"""A dusun or status that is set by hand on somebody's page."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.domain import ACTIVE, DUSUN, STATUS, STATUS_DAY
from forms.problems import Problem, ProblemError, problem
from server.database.engine import in_turn
from server.decisions import days, edits, making
from server.decisions.days import Doubts
from server.entities import store
from server.entities.entity import Entity
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import link
from server.pages.people import BAD_DAY, STATUSES, asked_day, page_of
from server.villages import signed_reports

BAD_STATUS = Problem(
    "bad-status",
    400,
    "Status {text!r} tidak dapat dipakai di sini. Muat ulang halamannya, lalu pilih dari daftar.",
    "The status {text!r} cannot be used here. Load the page again and choose from the list.",
)

pages = Blueprint("by_hand", __name__)


@pages.post("/desa/<code>/sasaran/<entity_id>/ubah")
@allow("village_head", "admin", names="sasaran")
def change(code: str, entity_id: str) -> AnyResponse:
    """Changes what the register says of somebody; shows the page again, with what was typed, where that cannot be or
    has to be confirmed. Raises ProblemError NO_SUCH_PERSON."""
    try:
        day = asked_day()
        doubts, changed = in_turn(backend().engine, lambda connection: _change(connection, code, entity_id, day))
    except ProblemError as error:
        if error.status != BAD_DAY.status:
            raise
        return page_of(code, entity_id, error)
    if doubts:
        return page_of(code, entity_id, doubts=doubts)
    said = {"sudah": "ubah"} if changed else {}
    return redirect(link("people.one_person", code=code, entity_id=entity_id, **said), 303)


def _change(connection: Connection, code: str, entity_id: str, day: date) -> tuple[Doubts | None, bool]:
    """Why it has to be confirmed first, None where nothing asks for that; and whether anything was changed. Raises
    ProblemError NO_SUCH_PERSON, BAD_STATUS, and those of `require_status_day`."""
    entity = store.load(connection, code, entity_id)
    if entity is None:
        raise problem(making.NO_SUCH_PERSON, id=entity_id, village=code)
    said = _typed(entity, day)
    days.require_status_day(entity, said, backend().today)
    doubts = days.doubts_of(entity, said, signed_reports.quarters(connection, code))
    if said and (doubts is None or request.form.get("yakin") == str(doubts.day)):
        edits.change_with_people(connection, entity, said, backend().today, user().email, backend().clock())
        return None, True
    return doubts, False


def _typed(entity: Entity, day: date) -> dict[str, str]:
    """The properties that the form changes. Raises ProblemError BAD_STATUS."""
    said: dict[str, str] = {}
    dusun = " ".join(request.form.get("dusun", "").split())
    if dusun and dusun != entity.data.get(DUSUN, ""):
        said[DUSUN] = dusun
    status = request.form.get("status", "")
    if status and status not in STATUSES.get(entity.list, ()):
        raise problem(BAD_STATUS, text=status[:40])
    if status and status != (entity.data.get(STATUS) or ACTIVE):
        said |= {STATUS: status, STATUS_DAY: str(day)}
    return said
