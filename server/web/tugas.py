"""A village's work of this month, for its KPM: the list on a page, and as a sheet of paper to tick off."""

from __future__ import annotations

from flask import Blueprint, Response

from forms.problems import problem
from server.openrosa.backend import backend
from server.store import phones, regions, worklist
from server.store.engine import reading
from server.web.access import allow
from server.web.answer import link, show
from server.web.tasks import work

pages = Blueprint("tugas", __name__)


@pages.get("/desa/<code>/tugas")
@allow("kpm", "village_head", "admin", names="tugas")
def work_list(code: str) -> Response:
    return _show("tugas.html", code)


@pages.get("/desa/<code>/tugas/cetak")
@allow("kpm", "village_head", "admin", names="tugas")
def sheet(code: str) -> Response:
    return _show("tugas_cetak.html", code)


def _show(template: str, code: str) -> Response:
    today = backend().today
    with reading(backend().engine) as connection:
        names = regions.names_above(connection, code)
        if code.count(".") != regions.VILLAGE_DOTS or not names:
            raise problem(phones.UNKNOWN_VILLAGE, code=code)
        found = worklist.tasks(connection, code, today)
    return show(
        template,
        work=work(found, today),
        village=names[0],
        today=today,
        card=link("scorecards.village", code=code),
        person=lambda task: link("people.one_person", code=code, entity_id=task.id),
        work_list=link("tugas.work_list", code=code),
        sheet=link("tugas.sheet", code=code),
    )
