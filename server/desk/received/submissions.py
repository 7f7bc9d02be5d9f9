"""All submissions as a long list: at the desk of a region without the names of mothers and children, and of one village
with what its phones call them. What is in quarantine is tried again here, when its cause is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.periods import add_months
from forms.problems import problem
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.desk.exported import as_file
from server.exchange.lists import found_sheet
from server.http.access import FOREIGN_REGION, allow, user
from server.http.context import backend
from server.http.paging import asked_date, asked_paging
from server.http.responses import asked_language, link, same_query, show
from server.queries.submissions import kept_marks, table
from server.queries.submissions.table import STATES, WAITING, Asked
from server.submissions import quarantine
from server.villages import regions
from server.villages.regions import NATION, covers

pages = Blueprint("desk_submissions", __name__)


@dataclass(frozen=True)
class Tried:
    """What became of trying the quarantine again: of `before` submissions, in `villages` villages; `waiting` villages
    of the region were not tried yet."""

    before: int
    villages: int
    waiting: int


LOOK_AGAIN = 5  # seconds between two looks at what is tried again
_SORTS = ("-diterima", "desa")
LONGEST_WORDS = 100
MOST_NAMED = 20  # villages that the list of changes names of those that are tried again
# Marks of quality checks are looked for in one kecamatan or village, and one of the last months.
MARKED_DOTS, MARKED_MONTHS = 2, 12


@pages.get("/admin/kiriman")
@allow("admin")
def all_submissions() -> Response:
    """The list of the admin's region. Raises ProblemError FOREIGN_REGION where another one is asked for."""
    own, region = user().region, _asked_region()
    with reading(backend().engine) as connection:
        choices = table.choices_of_region(connection, own, region)
        tried = _tried(connection, region)
    listed = _listed(_asked(region), named=False)
    response = show("kiriman.html", base="meja.html", village=None, regions=choices, tried=tried, **listed)
    if tried and tried.waiting:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@pages.get("/desa/<code>/kiriman")
@allow("kpm", "village_head", "admin", names="kiriman")
def of_village(code: str) -> Response:
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
    return show(
        "kiriman.html", base="inside.html", village=village, regions=[], tried=None, **_listed(_asked(code), named=True)
    )


@pages.post("/admin/kiriman/unduh")
@allow("admin")
def export() -> Response:
    """What the list shows, all of it, as a file. Raises ProblemError FOREIGN_REGION, UNREADABLE_FORM, TOO_MANY_ROWS."""
    here, region = backend(), _asked_region()
    asked, _, _ = _marked(_asked(region))
    sheet = found_sheet(here.engine, asked, here.settings.timezone, asked_language())
    response = as_file([sheet], request.form.get("bentuk", ""), f"kiriman-{region}")
    with writing(here.engine) as connection:
        audit_log.note(connection, user(), "exported", region, "kiriman", here.clock())
    return response


@pages.post("/admin/kiriman/ulang")
@allow("admin")
def try_again() -> AnyResponse:
    """Has the processor try what is in quarantine in the region again. Raises ProblemError FOREIGN_REGION."""
    here, region = backend(), _asked_region()
    with writing(here.engine) as connection:
        found = table.in_quarantine(connection, region)
        quarantine.ask_to_replay(connection, found, here.clock())
        about = ", ".join([*found][:MOST_NAMED]) or region
        audit_log.note(connection, user(), "submission-replayed", region, about, here.clock())
    counted = {"tadi": str(sum(found.values())), "desa": str(len(found))}
    return redirect(link("desk_submissions.all_submissions", wilayah=region, keadaan="karantina", **counted), 303)


def _listed(asked: Asked, *, named: bool) -> dict[str, Any]:
    """What the list shows."""
    engine, cache, first = backend().engine, backend().cache, backend().today.replace(day=1)
    asked, months, month = _marked(asked)
    with reading(engine) as connection:
        forms = table.forms_of(connection)
        page = table.find(connection, asked, asked_paging(_SORTS), asked_language(), forms, named=named)
        counts = table.counts(connection, asked.region, _start_of(first))
    return {
        "asked": asked,
        "own": user().region,
        "page": page,
        "marks": kept_marks.marks_of(engine, cache, [one.key for one in page.rows if one.key]),
        "marked": month,
        "months": months,
        "too_wide": month in months and asked.marked is None,
        "export": None if named else same_query("desk_submissions.export"),
        "counts": counts,
        "month": first,
        "states": STATES,
        "waiting": WAITING,
        "forms": forms,
        "days": {name: request.args.get(name, "") for name in ("dari", "sampai")},
        "filtered": any(request.args.get(name) for name in _FILTERS),
        "address": lambda one: link("desk_submission.one", code=one.village_id, sha256=one.sha256),
        "local": lambda moment: moment.astimezone(backend().settings.timezone),
        "link": link,
    }


def _marked(asked: Asked) -> tuple[Asked, list[date], date | None]:
    """What is asked for with the month of the marks, where that is chosen and the region small enough; the months that
    can be chosen, and the one that is."""
    first = backend().today.replace(day=1)
    months = [add_months(first, -back) for back in range(MARKED_MONTHS)]
    month, narrow = asked_date("periksa"), asked.region.count(".") >= MARKED_DOTS
    if month in months and narrow:
        marked = kept_marks.marked_in(backend().engine, backend().cache, asked.region, month)
        asked = replace(asked, marked=marked)
    return asked, months, month


_FILTERS = ("periksa", "q", "keadaan", "formulir", "kpm", "dari", "sampai", "masalah", "foto")


def _asked(region: str) -> Asked:
    first, last = asked_date("dari"), asked_date("sampai")
    words = {name: request.args.get(name, "").strip()[:LONGEST_WORDS] for name in ("keadaan", "formulir", "q", "kpm")}
    return Asked(
        region=region,
        state=words["keadaan"],
        form_id=words["formulir"],
        words=words["q"],
        phone=words["kpm"],
        since=_start_of(first) if first else None,
        before=_start_of(last + timedelta(days=1)) if last else None,
        with_problem=bool(request.args.get("masalah")),
        with_photos=bool(request.args.get("foto")),
    )


def _asked_region() -> str:
    """The region of the query or form, else the user's own. Raises ProblemError FOREIGN_REGION."""
    own = user().region
    asked = request.values.get("wilayah", "").strip() or own
    if asked == own or (asked != NATION and covers(own, asked)):
        return asked
    raise problem(FOREIGN_REGION, code=asked[:20], region=own)


def _start_of(day: Any) -> datetime:
    return datetime.combine(day, time(), backend().settings.timezone)


def _tried(connection: Connection, region: str) -> Tried | None:
    """None but after trying again."""
    before, villages = (request.args.get(name, "") for name in ("tadi", "desa"))
    if not all(re.fullmatch(r"[0-9]{1,6}", one) for one in (before, villages)):
        return None
    return Tried(int(before), int(villages), quarantine.count_to_replay(connection, region))
