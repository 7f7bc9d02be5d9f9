"""Open data over HTTP: all public counts per village and quarter, with what each of them means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, url_for

from forms.problems import ProblemError, problem
from forms.sheets_out.tables import Column, Sheet
from scorecards.areas.dictionary import HEAD, dictionary_rows
from scorecards.areas.pages import DataLinks, DataView, render_data
from scorecards.areas.sources import AreaRows, Areas
from server.cards import downloads
from server.cards.freshness import kept_fresh
from server.cards.seen import hides_small_counts
from server.exchange.files import csv_file
from server.http.access import FOREIGN_REGION, Marker, public
from server.http.responses import asked_language, frame, link, refuse
from server.http.sessions import visitor
from server.villages.regions import NATION, covers

# The dictionary's name among the addresses, where others have a quarter.
DICTIONARY = "kamus"


def open_data_pages(areas: Areas, licence: str, mark: Marker = public) -> Blueprint:
    """The routes `/data...`; `licence` is under which the data may be used, `mark` says who may see them."""
    pages = Blueprint("open_data", __name__)

    def asked_rows(period: str) -> AreaRows:
        region = _region(is_public=mark is public)
        return areas.rows(region, period, hides=hides_small_counts(region))

    @pages.get("/data")
    @mark
    def page() -> Response:
        view = DataView(tuple(areas.quarters()), tuple(areas.columns()), licence)
        links = DataLinks(
            **vars(frame()),
            csv=lambda quarter: url_for("open_data.as_csv", period=str(quarter)),
            json=lambda quarter: url_for("open_data.as_json", period=str(quarter)),
            dictionary_csv=url_for("open_data.dictionary_csv"),
            dictionary_json=url_for("open_data.dictionary_json"),
            nation=link("areas.area", code=NATION),
        )
        return Response(render_data(view, links, asked_language()))

    @pages.get("/data/<period>.csv")
    @mark
    def as_csv(period: str) -> Response:
        rows = asked_rows(period)
        name = f"desa-{rows.region.code}-{rows.quarter}.csv"
        return downloads.sent(csv_file(downloads.village_sheet(rows)), downloads.CSV, name)

    @pages.get("/data/<period>.json")
    @mark
    def as_json(period: str) -> Response:
        rows = asked_rows(period)
        names = [column.name for column in rows.columns]

        def values() -> Iterator[dict[str, Any]]:
            for row in rows.values():
                yield dict(zip(names, row, strict=True))

        head = {"region": rows.region._asdict(), "period": str(rows.quarter), "licence": licence}
        head["dictionary"] = url_for("open_data.dictionary_json")
        name = f"desa-{rows.region.code}-{rows.quarter}.json"
        return downloads.sent(downloads.json_file(head, "villages", values), downloads.JSON, name)

    @pages.get(f"/data/{DICTIONARY}.csv")
    @mark
    def dictionary_csv() -> Response:
        sheet = Sheet(DICTIONARY, [Column(name) for name in HEAD], dictionary_rows(areas.columns()))
        return downloads.sent(csv_file(sheet), downloads.CSV, f"{DICTIONARY}.csv")

    @pages.get(f"/data/{DICTIONARY}.json")
    @mark
    def dictionary_json() -> Response:
        told = [dict(zip(HEAD, row, strict=True)) for row in dictionary_rows(areas.columns())]
        return Response(json.dumps({"licence": licence, "columns": told}, ensure_ascii=False), mimetype=downloads.JSON)

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        return refuse(error)

    pages.after_request(kept_fresh)
    return pages


def _region(*, is_public: bool) -> str:
    """The region in `?wilayah=`, else all that the visitor may see. Raises ProblemError FOREIGN_REGION."""
    found = visitor()
    seen = NATION if is_public or found is None else found.region
    region = request.args.get("wilayah") or seen
    if not covers(seen, region):
        raise problem(FOREIGN_REGION, code=region[:40], region=seen)
    return region
