"""Data out of a region and in again: any table as Excel or CSV, and a village's register from Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from flask import Blueprint, Response, request

from aggregate.service import StoredCards
from forms.periods import Quarter
from forms.problems import Problem, ProblemError, problem
from forms.sheets_out import Column, Sheet, Value
from scorecards.card_row import card_row
from server.accounts import access_log, audit_log
from server.database.engine import reading, writing
from server.exchange import files
from server.exchange.answers import answer_sheets, answers_of
from server.exchange.lists import submissions_sheet
from server.exchange.register import register_sheets
from server.exchange.register_form import register_form
from server.exchange.scope import Scope, villages_with_data
from server.http.access import allow, user
from server.http.context import backend
from server.http.paging import read_date
from server.http.responses import UNREADABLE_FORM, asked_language, link, secured, show
from server.queries.submissions.table import forms_of
from server.villages import region_search
from server.villages.regions import is_village_code

TOO_MANY_CARDS = Problem(
    "too-many-cards",
    413,
    "Wilayah ini punya {count} desa; kartu diekspor untuk paling banyak {most} desa sekaligus. Pilih wilayah yang "
    "lebih kecil.",
    "This region has {count} villages; cards are exported for at most {most} villages at once. Choose a smaller "
    "region.",
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"xlsx": WORKBOOK, "csv": "text/csv; charset=utf-8", "zip": "application/zip"}
# What can be taken out besides the answers to forms, which are asked for by FORM and the form's id.
REGISTER, SUBMISSIONS, CARDS, FORM = "warga", "kiriman", "kartu", "formulir:"
MOST_CARDS = 2000
QUARTERS = 8
# Places that are offered to choose from; of more, people type the name.
MOST_OFFERED = 2000
LONGEST = 120
_FIELDS = ("data", "wilayah", "dari", "sampai", "triwulan")

pages = Blueprint("desk_register", __name__)


@pages.get("/admin/tukar")
@allow("admin")
def exchange() -> Response:
    return _page()


@pages.post("/admin/tukar/ekspor")
@allow("admin")
def export() -> Response:
    """The tables that are asked for, as a file. What cannot be is said on the page: UNREADABLE_FORM, TOO_MANY_CARDS,
    UNKNOWN_FORM, BAD_PERIOD, and those of a place that is not found and of a sheet that is too long."""
    try:
        return _exported(request.form.get("data", ""), request.form.get("bentuk", ""))
    except ProblemError as error:
        return _page(error, request.form)


def _exported(what: str, kind: str) -> Response:
    with reading(backend().engine) as connection:
        scope = Scope(_region(), backend().settings.timezone, *map(read_date, map(_typed, ("dari", "sampai"))))
        villages = villages_with_data(connection, scope.region)
    if is_village_code(scope.region):
        backend().catch_up(scope.region)
    if kind not in FORMATS:
        raise problem(UNREADABLE_FORM)
    sheets = _sheets(what, scope, villages)
    several = kind == "csv" and len(sheets) > 1
    content = _file(sheets, kind)
    _note(what, scope, villages)
    name = re.sub(r"[^\w.-]+", "-", f"{what.removeprefix(FORM)}-{scope.region}", flags=re.ASCII)
    ending = "zip" if several else kind
    response = secured(Response(content, content_type=FORMATS[ending]))
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{ending}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _file(sheets: Sequence[Sheet], kind: str) -> Iterator[bytes]:
    if kind == "xlsx":
        return files.workbook_file(sheets)
    return files.zip_of_csv(sheets) if len(sheets) > 1 else files.csv_file(sheets[0])


def _sheets(what: str, scope: Scope, villages: Sequence[str]) -> Sequence[Sheet]:
    engine = backend().engine
    if what == SUBMISSIONS:
        return [submissions_sheet(engine, scope, asked_language())]
    if what == CARDS:
        return [_cards(villages, _typed("triwulan"))]
    with reading(engine) as connection:
        if what == REGISTER:
            return register_sheets(engine, register_form(connection, backend().cache), scope)
        if what.startswith(FORM):
            return answer_sheets(engine, answers_of(connection, what.removeprefix(FORM)), scope)
    raise problem(UNREADABLE_FORM)


def _cards(villages: Sequence[str], period: str) -> Sheet:
    """The figures of a quarter, a row a village."""
    if len(villages) > MOST_CARDS:
        raise problem(TOO_MANY_CARDS, count=len(villages), most=MOST_CARDS)
    stored = StoredCards(backend().engine, lambda: backend().today)
    rows = [card_row(stored.card(code, period)) for code in villages]
    names = list(dict.fromkeys(chain.from_iterable(rows)))

    def values() -> Iterator[Sequence[Value]]:
        for row in rows:
            yield [row.get(name) for name in names]

    return Sheet(f"kartu {period}", [Column(name) for name in names], values())


def _note(what: str, scope: Scope, villages: Sequence[str]) -> None:
    """Who took out what: in the log of the desk, and, as all but cards and the list of submissions name people, in
    that of each village."""
    now, by = backend().clock(), user()
    days = f" {scope.since or ''}–{scope.until or ''}" if scope.since or scope.until else ""
    with writing(backend().engine) as connection:
        audit_log.note(connection, by, "exported", scope.region, f"{what.removeprefix(FORM)}{days}", now)
        for village in villages if what not in (SUBMISSIONS, CARDS) else ():
            access_log.record(connection, village, by.email, "ekspor", None, now)


def _region() -> str:
    """The region that was typed, else one's own. Raises ProblemError where it is not found in one's own."""
    typed = _typed("wilayah")
    if not typed:
        return user().region
    with reading(backend().engine) as connection:
        codes = region_search.codes_of(connection, user().region, [typed])[typed]
    return region_search.the_one(typed, codes)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST]


def _page(error: ProblemError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    with reading(backend().engine) as connection:
        few = region_search.how_many(connection, user().region) <= MOST_OFFERED
        offered = region_search.all_written(connection, user().region) if few else []
        forms = {FORM + form_id: title for form_id, title in forms_of(connection).items()}
    now = Quarter.of(backend().today)
    values = {"forms": forms, "offered": offered, "quarters": [now.plus(-past) for past in range(QUARTERS)]}
    kept = {name: (typed or {}).get(name, "")[:LONGEST] for name in _FIELDS}
    status = error.status if error else 200
    sentence = error.text(asked_language()) if error else None
    return show("tukar.html", status, link=link, typed=kept, sentence=sentence, **values)
