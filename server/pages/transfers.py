"""Somebody lives in another village now: an admin of both says where, and the whole history goes along."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, problem
from server.database.engine import in_turn, reading
from server.decisions import transfers
from server.http.access import FOREIGN_REGION, allow, also_seen, user
from server.http.context import backend
from server.http.responses import link, show
from server.pages.people import asked_day, in_words, may_see
from server.queries import people
from server.villages import region_lists, regions

NO_DUSUN = Problem(
    "no-dusun",
    400,
    "Dusun di desa tujuan belum diisi. Kembali, isi dusunnya, lalu kirim lagi.",
    "The dusun in the village moved to is missing. Go back, fill it in and send it again.",
)
# Of the villages that can be moved to, as many are offered by name; any other can be typed in by its code.
MOST_OFFERED = 400

pages = Blueprint("moving", __name__)


@pages.get("/desa/<code>/sasaran/<entity_id>/pindah")
@allow("admin", names="sasaran")
def choose_village(code: str, entity_id: str) -> Response:
    """Which village; then who moves, and to which household there."""
    to = _code(request.args.get("ke", ""))
    today = backend().today
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found, person = people.present(connection, code, entity_id, today)
        if to:
            _require_mine(to)
            also_seen(to)
        to_name = regions.village_name(connection, to) if to else ""
        there = people.people(connection, to, today) if to else []
        listed = {one.name for one in region_lists.dusun(connection, to)} if to else set()
        offered = [one for one in regions.villages(connection) if one.code != code and may_see(one.code)]
    return show(
        "pindah.html",
        village=village,
        code=code,
        about=found,
        person=person,
        to=to,
        to_name=to_name,
        houses=[one for one in there if one.is_household],
        dusun=sorted({one.dusun for one in there if one.dusun} | listed),
        offered=sorted(offered, key=lambda one: _nearness(one.code, code))[:MOST_OFFERED],
        **in_words(code, found.names),
    )


@pages.post("/desa/<code>/sasaran/<entity_id>/pindah")
@allow("admin")
def move(code: str, entity_id: str) -> AnyResponse:
    """Moves somebody to another village, alone or with the household. Raises ProblemError NO_DUSUN, FOREIGN_REGION,
    BAD_DAY, and those of `transfers.move`."""
    today = backend().today
    to, day = _code(request.form.get("ke", "")), asked_day()
    dusun = " ".join(request.form.get("dusun", "").split())
    _require_mine(to)
    if not dusun:
        raise problem(NO_DUSUN)

    def decide(connection: Connection) -> None:
        regions.village_name(connection, to)
        found, person = people.present(connection, code, entity_id, today)
        ids, household = [entity_id], request.form.get("keluarga", "")
        if person.is_household or request.form.get("siapa") == "serumah":
            home = person if person.is_household else found.household
            everybody = [one.id for one in (*((home,) if home else ()), *found.members)]
            ids = list(dict.fromkeys([*everybody, entity_id]))
            household = ""
        transfers.move(connection, code, ids, to, day, dusun, household, user().email, backend().clock())

    in_turn(backend().engine, decide)
    if request.form.get("lanjut") == "ganda":
        return redirect(link("duplicates.all_duplicates", code=to, sudah="pindah"), 303)
    return redirect(link("people.one_person", code=to, entity_id=entity_id, sudah="pindah"), 303)


def _require_mine(to: str) -> None:
    """Raises ProblemError FOREIGN_REGION where the village is none of who is logged in."""
    if not may_see(to):
        raise problem(FOREIGN_REGION, code=to, region=user().region)


def _code(text: str) -> str:
    """The code in what was typed or chosen, such as `11.01.01.2002 Sukadamai`."""
    return text.strip().partition(" ")[0]


def _nearness(code: str, to: str) -> tuple[int, str]:
    """Sorts villages of the same kecamatan first, then those of the same kabupaten."""
    parts = zip(code.split("."), to.split("."), strict=False)
    shared = 0
    for mine, other in parts:
        if mine != other:
            break
        shared += 1
    return -shared, code
