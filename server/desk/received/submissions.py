"""All submissions as a long list: at the desk of a region without the names of mothers and children, and of one village
with what its phones call them. What is in quarantine is tried again here, when its cause is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.periods import add_months
from forms.problems import problem
from server.accounts import audit_log
from server.database.engine import reading, writing
from server.http.access import FOREIGN_REGION, allow, user
from server.http.context import backend
from server.http.paging import asked_date, asked_paging
from server.http.responses import asked_language, link, show
from server.publications import check_versions
from server.queries.submissions import marks, table
from server.queries.submissions.table import STATES, WAITING, Asked
from server.submissions import quarantine
from server.villages import regions
from server.villages.regions import NATION, covers

pages = Blueprint("desk_submissions", __name__)

# Villages that are tried again at once: each takes a second or two, and its phones wait meanwhile.
MOST_AT_ONCE = 10
_SORTS = ("-diterima", "desa")
LONGEST_WORDS = 100
# Marks of quality checks are looked for in one kecamatan or village, and one of the last months.
MARKED_DOTS, MARKED_MONTHS = 2, 12


@pages.get("/admin/kiriman")
@allow("admin")
def all_submissions() -> Response:
    """The list of the admin's region. Raises ProblemError FOREIGN_REGION where another one is asked for."""
    own, region = user().region, _asked_region()
    with reading(backend().engine) as connection:
        return show(
            "kiriman.html",
            base="meja.html",
            village=None,
            regions=table.choices_of_region(connection, own, region),
            **_listed(connection, _asked(region), named=False),
        )


@pages.get("/desa/<code>/kiriman")
@allow("kpm", "village_head", "admin", names="kiriman")
def of_village(code: str) -> Response:
    with reading(backend().engine) as connection:
        return show(
            "kiriman.html",
            base="inside.html",
            village=regions.village_name(connection, code),
            regions=[],
            **_listed(connection, _asked(code), named=True),
        )


@pages.post("/admin/kiriman/ulang")
@allow("admin")
def try_again() -> AnyResponse:
    """Tries what is in quarantine in the region again. Raises ProblemError FOREIGN_REGION, and those of `replay`."""
    here, region = backend(), _asked_region()
    with reading(here.engine) as connection:
        villages = table.in_quarantine(connection, region, MOST_AT_ONCE)
    before, left = quarantine.replay(here.engine, here.cache, here.settings.timezone, here.clock(), villages)
    with writing(here.engine) as connection:
        about = ", ".join(villages) or region
        audit_log.note(connection, user(), "submission-replayed", region, about, here.clock())
    asked = {"wilayah": region, "keadaan": "karantina", "sudah": "ulang", "tadi": str(before), "sisa": str(left)}
    return redirect(link("desk_submissions.all_submissions", **asked), 303)


def _listed(connection: Any, asked: Asked, *, named: bool) -> dict[str, Any]:
    """What the list shows."""
    first, forms = backend().today.replace(day=1), table.forms_of(connection)
    checks, schemas = check_versions.in_force(connection), backend().cache.schemas(connection)
    months = [add_months(first, -back) for back in range(MARKED_MONTHS)]
    month, narrow = asked_date("periksa"), asked.region.count(".") >= MARKED_DOTS
    if month in months and narrow:
        marked = marks.marked_in(checks, schemas, asked.region, month, add_months(month, 1))
        asked = replace(asked, marked=marked)
    page = table.find(connection, asked, asked_paging(_SORTS), asked_language(), forms, named=named)
    return {
        "asked": asked,
        "own": user().region,
        "page": page,
        "marks": marks.marks_of(connection, checks, schemas, [one.key for one in page.rows if one.key]),
        "marked": month,
        "months": months,
        "too_wide": month in months and not narrow,
        "counts": table.counts(connection, asked.region, _start_of(first)),
        "month": first,
        "states": STATES,
        "waiting": WAITING,
        "forms": forms,
        "days": {name: request.args.get(name, "") for name in ("dari", "sampai")},
        "filtered": any(request.args.get(name) for name in _FILTERS),
        "address": lambda one: link("desk_submission.one", code=one.village_id, sha256=one.sha256),
        "local": lambda moment: moment.astimezone(backend().settings.timezone),
        "link": link,
        "tried": _tried(),
    }


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


def _tried() -> tuple[int, int] | None:
    """After trying again: how many had a problem before, and how many are left. None on any other view."""
    before, left = (request.args.get(name, "") for name in ("tadi", "sisa"))
    if request.args.get("sudah") != "ulang" or not (before.isdecimal() and left.isdecimal()):
        return None
    return int(before[:6]), int(left[:6])
