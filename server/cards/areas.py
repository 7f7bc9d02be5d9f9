"""The public pages of regions over HTTP: what the cards of their villages come to. Counts only, no names of people."""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import ProblemError
from scorecards.areas.figure import figure_view
from scorecards.areas.groups import GROUPS, group_view
from scorecards.areas.pages import (
    AreaLinks,
    FigureLinks,
    area_json,
    parts_sheet,
    render_area,
    render_figure,
    render_group,
)
from scorecards.areas.sources import AreaRows, Areas
from scorecards.areas.view import AreaView, area_view
from scorecards.shares import USUAL, Thresholds
from server.cards import downloads
from server.cards.freshness import kept_fresh
from server.cards.seen import hides_small_counts
from server.exchange.files import csv_file
from server.http.access import Marker, public
from server.http.responses import asked_language, elsewhere, frame, link, refuse
from server.villages.regions import is_village_code


def area_pages(areas: Areas, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
    """The routes `/wilayah/...`; `mark` says who may see them (server/http/access.py)."""
    pages = Blueprint("areas", __name__)

    @pages.get("/wilayah/<code>")
    @pages.get("/wilayah/<code>/<period>")
    @mark
    def area(code: str, period: str | None = None) -> AnyResponse:
        if is_village_code(code):
            return redirect(_to(code, period))
        hides = hides_small_counts(code)
        view = area_view(areas.area(code, period, hides=hides), thresholds, hides=hides)
        return Response(render_area(view, _links(view), asked_language()))

    @pages.get("/wilayah/<code>/<period>/angka/<figure>")
    @mark
    def number(code: str, period: str, figure: str) -> AnyResponse:
        if is_village_code(code):
            return redirect(_below(code, period, figure))
        hides = hides_small_counts(code)
        if figure in GROUPS:
            group = group_view(areas.villages(code, period, figure, hides=hides), thresholds, hides=hides)
            return Response(render_group(group, _figure_links(code, period, figure), asked_language()))
        view = figure_view(areas.figure(code, period, figure, hides=hides), thresholds, hides=hides)
        return Response(render_figure(view, _figure_links(code, period, figure), asked_language()))

    @pages.get("/wilayah/<code>.json")
    @pages.get("/wilayah/<code>/<period>.json")
    @mark
    def as_json(code: str, period: str | None = None) -> Response:
        hides = hides_small_counts(code)
        found = areas.area(code, period, hides=hides)
        rows = url_for("open_data.as_json", period=str(found.quarter), wilayah=code)
        view = area_view(found, thresholds, hides=hides)
        told = {**area_json(view, found, hides=hides), "villages_json": rows}
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")

    @pages.get("/wilayah/<code>/<period>.csv")
    @mark
    def as_csv(code: str, period: str) -> Response:
        rows = areas.rows(code, period, hides=hides_small_counts(code))
        return downloads.sent(csv_file(downloads.village_sheet(rows)), downloads.CSV, f"{_file_name(rows)}.csv")

    @pages.get("/wilayah/<code>/<period>.xlsx")
    @mark
    def as_workbook(code: str, period: str) -> Response:
        hides = hides_small_counts(code)
        rows = areas.rows(code, period, hides=hides)
        parts = parts_sheet(area_view(areas.area(code, period, hides=hides), thresholds, hides=hides))
        return downloads.sent_workbook(rows, [parts], f"{_file_name(rows)}.xlsx")

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        return refuse(error)

    pages.after_request(kept_fresh)
    return pages


def _to(code: str, period: str | None) -> str:
    """The page of a region or village."""
    endpoint = "scorecards.village" if is_village_code(code) else "areas.area"
    return link(endpoint, code=code, **({"period": period} if period else {}))


def _figure_links(code: str, period: str, figure: str) -> FigureLinks:
    return FigureLinks(**vars(frame()), to=lambda one: _below(one, period, figure), area=_to(code, period))


def _below(code: str, period: str, figure: str) -> str:
    """The same number of another region or village; a count of villages leads to the village itself."""
    return _to(code, period) if figure in GROUPS and is_village_code(code) else _number(code, period, figure)


def _number(code: str, period: str, figure: str) -> str:
    """The page of a number of a region or village."""
    endpoint = "trace.number" if is_village_code(code) else "areas.number"
    return link(endpoint, code=code, period=period, figure=figure)


def _file_name(rows: AreaRows) -> str:
    return f"wilayah-{rows.region.code}-{rows.quarter}"


def _links(view: AreaView) -> AreaLinks:
    code, period = view.region.code, str(view.quarter)
    of_villages = {"wilayah": code, "triwulan": period}
    return AreaLinks(
        **vars(frame()),
        to=lambda one: _to(one, period),
        number=lambda name: _number(code, period, name),
        previous=_to(code, str(view.previous)) if view.previous else None,
        next=_to(code, str(view.next)) if view.next else None,
        json=url_for("areas.as_json", code=code, period=period),
        csv=url_for("areas.as_csv", code=code, period=period),
        xlsx=url_for("areas.as_workbook", code=code, period=period),
        data=link("open_data.page"),
        address=elsewhere("areas.area", code=code, period=period),
        picture=elsewhere("pictures.area", code=code, period=period),
        at=lambda quarter: _to(code, str(quarter)),
        unused=link("scorecards.home", **of_villages),
        all_by_score=link("scorecards.home", urut="skor", **of_villages),
        late={one.place.code: link("promises.ledger", code=one.place.code) for one in view.late},
        all_late=link("promises.late", code=code),
        all_silent=link("scorecards.home", urut="lapor", **of_villages),
    )
