"""The monthly digest: what lags in which village, for whoever looks after a kecamatan or a kabupaten."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from forms.sheets_out.tables import Column, Sheet, Value
from server.database.engine import reading
from server.desk.field.phones import asked_region, in_words, regions_to_choose
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, secured, show
from server.queries.oversight import digest as digests
from server.queries.oversight.digest import Subdistrict, VillageMonth
from server.villages import region_search
from templates.rendering import translations

ROLES = ("admin", "district", "subdistrict")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Of how many months people choose one.
MONTHS = 12
# So many days of a month hardly anybody has been visited in it: until then the month that is over is shown.
FIRST_DAYS = 7

pages = Blueprint("desk_digest", __name__)


@pages.get("/admin/laporan")
@allow(*ROLES)
def digest() -> Response:
    """Raises ProblemError FOREIGN_REGION."""
    region, month, months = asked_region(user().region), _asked_month(), _months()
    with reading(backend().engine) as connection:
        choices = regions_to_choose(connection, region)
        found = _digest(connection, region, month)
        names = region_search.names_of(connection, [region, *(one.code for one in found)])
    return show(
        "laporan.html",
        month=month,
        months=months,
        subdistricts=found,
        names=names,
        is_small=_is_small(region),
        may_see_phones=user().role == "admin",
        **choices,
        **in_words(),
    )


@pages.get("/admin/laporan.xlsx")
@allow(*ROLES)
def workbook() -> Response:
    """The villages of the digest, a row each. Raises ProblemError FOREIGN_REGION."""
    from forms.sheets_out.excel import write_workbook  # only who asks for a workbook pays for openpyxl

    region, month = asked_region(user().region), _asked_month()
    with reading(backend().engine) as connection:
        found = _digest(connection, region, month)
        names = region_search.names_of(connection, [one.code for one in found])
    say = translations(asked_language()).gettext
    heads = (
        *("Kecamatan", "Desa", "Kode", "Ibu & anak", "Dikunjungi", "HP", "HP bermasalah"),
        *("HP dengan formulir lama", "Kiriman terakhir", "Perubahan tertahan", "Di karantina", "Perbaikan"),
    )
    rows = (_row(names[part.code], one) for part in found for one in part.villages)
    content = write_workbook([Sheet(f"{month:%Y-%m}", [Column(say(head)) for head in heads], rows)])
    response = secured(Response(content, content_type=WORKBOOK))
    response.headers["Content-Disposition"] = f"attachment; filename=laporan-{region}-{month:%Y-%m}.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


def _digest(connection: Any, region: str, month: date) -> list[Subdistrict]:
    """Empty where the region is larger than a kabupaten: one of its kabupaten is to be chosen then."""
    return digests.digest(connection, region, month, backend().clock()) if _is_small(region) else []


def _is_small(region: str) -> bool:
    return region.count(".") >= 1


def _row(subdistrict: str, one: VillageMonth) -> tuple[Value, ...]:
    sent = one.sent_at.astimezone(backend().settings.timezone).date() if one.sent_at else None
    counts = (one.targets, one.visited, len(one.phones), len(one.not_well), one.behind)
    return (subdistrict, one.name, one.code, *counts, sent, one.held, one.quarantined, one.undecided)


def _months() -> list[date]:
    """The months to choose from, the running one first."""
    first = backend().today.replace(day=1)
    numbers = [first.year * 12 + first.month - 1 - back for back in range(MONTHS)]
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _asked_month() -> date:
    """The month that the query has, such as 2026-03. Without, or where it is none to choose, the running one, in
    its first days the one before."""
    text, known = request.args.get("bulan", ""), _months()
    usual = known[1] if backend().today.day <= FIRST_DAYS else known[0]
    return next((month for month in known if f"{month:%Y-%m}" == text), usual)
