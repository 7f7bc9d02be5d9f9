"""The public pages over HTTP: home, the village card as HTML and as JSON. Counts only, no names of people."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request, url_for

from forms.periods import Quarter
from forms.problems import Language, Problem, ProblemError, problem
from scorecards.home import by_subdistrict
from scorecards.pages import Links, render_error, render_home, render_village
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Card, Cards, Place
from scorecards.view import VillageView, village_view

UNKNOWN_VILLAGE = Problem(
    "unknown-village",
    404,
    "Tidak ada desa dengan kode {code}. Kode desa ditulis seperti 11.01.01.2001.",
    "There is no village with the code {code}. A village code is written like 11.01.01.2001.",
)
BAD_PERIOD = Problem(
    "bad-period",
    404,
    "“{period}” bukan triwulan. Triwulan ditulis seperti 2026-Q1: tahun, tanda hubung, Q, lalu 1 sampai 4.",
    "“{period}” is not a quarter. A quarter is written like 2026-Q1: the year, a hyphen, Q, then 1 to 4.",
)
FUTURE_PERIOD = Problem(
    "future-period",
    404,
    "Triwulan {period} belum dimulai. Triwulan yang sedang berjalan adalah {current}.",
    "The quarter {period} has not begun. The quarter that runs now is {current}.",
)
PERIOD_BEFORE_DATA = Problem(
    "period-before-data",
    404,
    "Belum ada data desa ini pada {period}. Data dimulai pada {first}.",
    "There is no data of this village in {period}. The data begins in {first}.",
)

# No script, nothing from elsewhere: even a name that slipped through the escaping could load nothing.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def scorecard_pages(cards: Cards, default: Language = "id", thresholds: Thresholds = USUAL) -> Blueprint:
    """The routes `/` and `/desa/...`; `default` is the language where the address has no `?lang=`."""
    pages = Blueprint("scorecards", __name__)

    @pages.get("/")
    def home() -> Response:
        language = asked_language(default)
        villages = cards.villages()
        village_links = {
            one.place.code: _link("village", language, default, code=one.place.code) for one in villages
        }
        html = render_home(
            by_subdistrict(villages, thresholds),
            village_links,
            cards.current_quarter(),
            _links(language, default),
            language,
        )
        return Response(html)

    @pages.get("/desa/<code>")
    @pages.get("/desa/<code>/<period>")
    def village(code: str, period: str | None = None) -> Response:
        language = asked_language(default)
        place, quarter = _place(cards, code), _quarter(cards, code, period)
        view = _view(cards, place, quarter, thresholds)
        return Response(render_village(view, _village_links(view, language, default), language))

    @pages.get("/desa/<code>/<period>.json")
    def village_json(code: str, period: str) -> Response:
        _place(cards, code)
        card = cards.card(code, _quarter(cards, code, period))
        return Response(json.dumps(card, ensure_ascii=False), mimetype="application/json")

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        language = asked_language(default)
        sentence = error.text(language)
        if request.path.endswith(".json"):
            body = json.dumps({"code": error.code, "message": sentence}, ensure_ascii=False)
            return Response(body, error.status, mimetype="application/json")
        code = None if error.code == UNKNOWN_VILLAGE.code else (request.view_args or {}).get("code")
        return Response(render_error(sentence, _links(language, default, code), language), error.status)

    @pages.after_request
    def finish(response: Response) -> Response:
        # The card changes with the next visit that comes in: ask every time, send it only where it changed.
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.status_code == 200:
            response.add_etag()
            response.make_conditional(request)
        return response

    return pages


def asked_language(default: Language) -> Language:
    """The language of `?lang=`, else the default; the browser's own wish is not asked, as few phones have it set."""
    match request.args.get("lang"):
        case "id":
            return "id"
        case "en":
            return "en"
        case _:
            return default


def _place(cards: Cards, code: str) -> Place:
    place = cards.village(code)
    if place is None:
        raise problem(UNKNOWN_VILLAGE, code=code)
    return place


def _quarter(cards: Cards, code: str, period: str | None) -> Quarter:
    """The quarter asked for, from the first one with data to the current one; without `period` the current one."""
    current = cards.current_quarter()
    if period is None:
        return current
    try:
        quarter = Quarter.parse(period)
    except ValueError as error:
        raise problem(BAD_PERIOD, period=period) from error
    if quarter > current:
        raise problem(FUTURE_PERIOD, period=quarter, current=current)
    first = cards.first_quarter(code) or current
    if quarter < first:
        raise problem(PERIOD_BEFORE_DATA, period=quarter, first=first)
    return quarter


def _view(cards: Cards, place: Place, quarter: Quarter, thresholds: Thresholds) -> VillageView:
    first = cards.first_quarter(place.code)
    previous: Card | None = None
    if first is not None and first < quarter:
        previous = cards.card(place.code, quarter.plus(-1))
    return village_view(
        cards.card(place.code, quarter),
        place,
        cards.indicators(),
        cards.trend(place.code, quarter),
        first=first,
        current=cards.current_quarter(),
        previous_card=previous,
        thresholds=thresholds,
    )


def _village_links(view: VillageView, language: Language, default: Language) -> Links:
    code = view.place.code

    def to(quarter: Quarter | None) -> str | None:
        return _link("village", language, default, code=code, period=str(quarter)) if quarter else None

    return Links(
        home=_link("home", language, default),
        other=_other(language, default),
        previous=to(view.previous),
        next=to(view.next),
        json=url_for("scorecards.village_json", code=code, period=str(view.quarter)),
    )


def _links(language: Language, default: Language, code: str | None = None) -> Links:
    return Links(
        home=_link("home", language, default),
        other=_other(language, default),
        village=_link("village", language, default, code=code) if code else None,
    )


def _link(endpoint: str, language: Language, default: Language, **values: str) -> str:
    return url_for(f"scorecards.{endpoint}", lang=language if language != default else None, **values)


def _other(language: Language, default: Language) -> str:
    """This page in the other language."""
    other: Language = "en" if language == "id" else "id"
    assert request.endpoint  # a page was found, else no handler of this blueprint ran
    return url_for(request.endpoint, lang=other if other != default else None, **(request.view_args or {}))
