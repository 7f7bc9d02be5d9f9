"""Data out of a region and in again: any table as Excel or CSV, and a village's register from Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregate.service.cards import StoredCards
from forms.periods import Quarter
from forms.problems import Problem, ProblemError, problem
from forms.sheets_out.tables import Column, Sheet, Value
from forms.xlsform.workbook import EMPTY_FILE, NO_SHEET
from forms.xlsx_limits import NO_WORKBOOK, TOO_LARGE
from scorecards.card_row import card_row
from server.accounts import access_log, audit_log
from server.database.engine import in_turn, reading, writing
from server.desk.exported import as_file
from server.desk.workbooks.files import download, told
from server.entities import store
from server.exchange import importing
from server.exchange.answers import answer_sheets, answers_of
from server.exchange.lists import accounts_sheet, phones_sheet, regions_sheet, submissions_sheet
from server.exchange.register import register_sheets
from server.exchange.register_form import register_form
from server.exchange.register_form import template as blank_workbook
from server.exchange.register_in import MOST, Registered, read_register
from server.exchange.scope import Scope, villages_with_data
from server.http.access import allow, user
from server.http.context import backend
from server.http.paging import read_date
from server.http.responses import UNREADABLE_FORM, asked_language, link, show
from server.queries.submissions.table import forms_of
from server.villages import region_search
from server.villages.regions import covers, is_village_code

TOO_MANY_CARDS = Problem(
    "too-many-cards",
    413,
    "Wilayah ini punya {count} desa; kartu diekspor untuk paling banyak {most} desa sekaligus. Pilih wilayah yang "
    "lebih kecil.",
    "This region has {count} villages; cards are exported for at most {most} villages at once. Choose a smaller "
    "region.",
)
NO_VILLAGE = Problem(
    "import-without-village",
    400,
    "Daftar warga diimpor untuk satu desa: tulis desanya, bukan kecamatan atau kabupaten.",
    "A register is imported for one village: write the village, not a kecamatan or kabupaten.",
)
# What can be taken out besides the answers to forms, which are asked for by FORM and the form's id.
REGISTER, SUBMISSIONS, CARDS, ACCOUNTS, PHONES, FORM = "warga", "kiriman", "kartu", "akun", "hp", "formulir:"
REGIONS = "wilayah"
# Of these nobody who is visited is named.
NO_NAMES = (SUBMISSIONS, CARDS, ACCOUNTS, PHONES, REGIONS)
MOST_CARDS = 2000
# What is wrong with a file as a whole.
OF_FILES = (EMPTY_FILE, NO_WORKBOOK, NO_SHEET, TOO_LARGE)
LOOK_AGAIN = 5  # seconds between two looks at what is processed
QUARTERS = 8
# Places that are offered to choose from; of more, people type the name.
MOST_OFFERED = 2000
LONGEST = 120
_FIELDS = ("data", "desa", "wilayah", "dari", "sampai", "triwulan")


@dataclass(frozen=True)
class Progress:
    """How much of an import is processed: of `count` households of the village, so many forms wait."""

    village: str
    count: int
    waiting: int


pages = Blueprint("desk_register", __name__)


@pages.get("/admin/tukar")
@allow("admin")
def exchange() -> Response:
    """The page; after an import, with how much of it is processed (it asks again until all is)."""
    village, count = request.args.get("desa", ""), request.args.get("jumlah", "")
    if not is_village_code(village) or not covers(user().region, village) or not re.fullmatch(r"[0-9]{1,5}", count):
        return _page()
    with reading(backend().engine) as connection:
        waiting = importing.standing(connection, village).waiting
    response = _page(progress=Progress(village, int(count), waiting))
    if waiting:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@pages.get("/admin/tukar/warga.xlsx")
@allow("admin")
def template() -> Response:
    """The blank workbook. Raises ProblemError UNKNOWN_FORM."""
    with reading(backend().engine) as connection:
        form = register_form(connection, backend().cache)
    return download(blank_workbook(form, asked_language()), "daftar-warga.xlsx")


@pages.post("/admin/tukar")
@allow("admin", upload=True)
def upload() -> AnyResponse:
    """Checks a register, and takes it in where nothing is wrong and that was asked for. What is wrong is said on the
    page, with its cells."""
    file, only_check = request.files.get("berkas"), request.form.get("lakukan") != "impor"
    content = file.read() if file else b""
    here, now = backend(), backend().clock()
    try:
        village = _village()
        with reading(here.engine) as connection:
            form, stood = register_form(connection, here.cache), importing.standing(connection, village)
            known = store.load_all(connection, village)
        found = read_register(form, content, known, now.astimezone(here.settings.timezone))
        if only_check:
            return _page(typed=request.form, checked=found)
        more = (here.cache, village, user(), found.bodies, stood, now, here.settings.timezone)
        in_turn(here.engine, lambda connection: importing.keep_all(connection, *more))
    except ProblemError as error:
        return _page(error, request.form, content=content)
    return redirect(link("desk_register.exchange", desa=village, jumlah=str(len(found.bodies))), 303)


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
    response = as_file(_sheets(what, scope, villages), kind, f"{what.removeprefix(FORM)}-{scope.region}")
    _note(what, scope, villages)
    return response


def _sheets(what: str, scope: Scope, villages: Sequence[str]) -> Sequence[Sheet]:
    engine = backend().engine
    if what == SUBMISSIONS:
        return [submissions_sheet(engine, scope, asked_language())]
    if what in (ACCOUNTS, PHONES):
        sheet = accounts_sheet if what == ACCOUNTS else phones_sheet
        return [sheet(engine, scope, backend().clock())]
    if what == REGIONS:
        return [regions_sheet(engine, scope.region)]
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
    stored = StoredCards(backend().engine, lambda: backend().today, backend().settings.timezone)
    rows = [card_row(stored.card(code, period)) for code in villages]
    names = list(dict.fromkeys(chain.from_iterable(rows)))

    def values() -> Iterator[Sequence[Value]]:
        for row in rows:
            yield [row.get(name) for name in names]

    return Sheet(f"kartu {period}", [Column(name) for name in names], values())


def _note(what: str, scope: Scope, villages: Sequence[str]) -> None:
    """Who took out what: in the log of the desk, and, where it names people who are visited, in
    that of each village."""
    now, by = backend().clock(), user()
    days = f" {scope.since or ''}–{scope.until or ''}" if scope.since or scope.until else ""
    with writing(backend().engine) as connection:
        audit_log.note(connection, by, "exported", scope.region, f"{what.removeprefix(FORM)}{days}", now)
        for village in villages if what not in NO_NAMES else ():
            access_log.record(connection, village, by.email, "ekspor", None, now)


def _region() -> str:
    """The region that was typed, else one's own. Raises ProblemError where it is not found in one's own."""
    typed = _typed("wilayah")
    if not typed:
        return user().region
    with reading(backend().engine) as connection:
        codes = region_search.codes_of(connection, user().region, [typed])[typed]
    return region_search.the_one(typed, codes)


def _village() -> str:
    """The village that was typed. Raises ProblemError NO_VILLAGE, and those of a place that is not found."""
    typed = _typed("desa")
    with reading(backend().engine) as connection:
        codes = region_search.codes_of(connection, user().region, [typed])[typed]
    villages = [code for code in codes if is_village_code(code)]
    if codes and not villages:
        raise problem(NO_VILLAGE)
    return region_search.the_one(typed, villages)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST]


def _page(
    error: ProblemError | None = None,
    typed: Mapping[str, str] | None = None,
    *,
    content: bytes = b"",
    checked: Registered | None = None,
    progress: Progress | None = None,
) -> Response:
    with reading(backend().engine) as connection:
        few = region_search.how_many(connection, user().region) <= MOST_OFFERED
        offered = region_search.all_written(connection, user().region) if few else []
        forms = {FORM + form_id: title for form_id, title in forms_of(connection).items()}
    now = Quarter.of(backend().today)
    choices = {"forms": forms, "offered": offered, "quarters": [now.plus(-past) for past in range(QUARTERS)]}
    kept = {name: (typed or {}).get(name, "")[:LONGEST] for name in _FIELDS}
    # What is wrong with a workbook is a table of cells; everything else a sentence.
    cells = error if error and any(finding.where or finding.problem in OF_FILES for finding in error.findings) else None
    return show(
        "tukar.html",
        error.status if error else 200,
        link=link,
        typed=kept,
        sentence=error.text(asked_language()) if error and not cells else None,
        mistakes=told(content, cells),
        checked=checked,
        progress=progress,
        most=MOST,
        **choices,
    )
