"""The public pages over HTTP: home, the village card as HTML and as JSON. Counts only, no names of people."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import InternalServerError, NotFound

from aggregate.card import FUTURE_PERIOD, UNKNOWN_VILLAGE
from forms.periods import Quarter
from forms.problems import Language, Problem, ProblemError, problem
from scorecards.home import by_subdistrict
from scorecards.pages import Links, render_error, render_home, render_village
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Cards, Place
from scorecards.view import VillageView, sector_shares, village_view

BAD_PERIOD = Problem(
    "bad-period",
    404,
    "“{period}” bukan triwulan. Triwulan ditulis seperti 2026-Q1: tahun, tanda hubung, Q, lalu 1 sampai 4.",
    "“{period}” is not a quarter. A quarter is written like 2026-Q1: the year, a hyphen, Q, then 1 to 4.",
)
NO_SUCH_PAGE = Problem(
    "no-such-page",
    404,
    "Halaman {path} tidak ada. Kartu sebuah desa ada di /desa/ diikuti kodenya, misalnya /desa/11.01.01.2001.",
    "There is no page {path}. The card of a village is at /desa/ followed by its code, such as /desa/11.01.01.2001.",
)
IN_TROUBLE = Problem(
    "page-in-trouble",
    500,
    "Server sedang terganggu; datanya aman. Coba lagi beberapa menit lagi, dan bila tetap begini beri tahu admin.",
    "The server is in trouble; its data is safe. Try again in some minutes, and tell the admin if it stays so.",
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
        village_links = {one.place.code: _link("village", language, default, code=one.place.code) for one in villages}
        html = render_home(
            by_subdistrict(villages, thresholds),
            village_links,
            cards.current_quarter(),
            Links(other=_other(language, default)),
            language,
        )
        return Response(html)

    @pages.get("/desa/<code>")
    @pages.get("/desa/<code>/<period>")
    def village(code: str, period: str | None = None) -> Response:
        language = asked_language(default)
        place, quarter = _place(cards, code), _quarter(cards, period)
        view = _view(cards, place, quarter, thresholds)
        return Response(render_village(view, _village_links(view, language, default), language))

    @pages.get("/desa/<code>.json")
    @pages.get("/desa/<code>/<period>.json")
    def village_json(code: str, period: str | None = None) -> Response:
        _place(cards, code)
        card = cards.card(code, _quarter(cards, period))
        return Response(json.dumps(card, ensure_ascii=False), mimetype="application/json")

    pages.after_request(_finish)
    _add_error_pages(pages, default)
    return pages


def _finish(response: Response) -> Response:
    # The card changes with the next visit that comes in: ask every time, send it only where it changed.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    if response.status_code == 200:
        response.add_etag()
        response.make_conditional(request)
    return response


def _add_error_pages(pages: Blueprint, default: Language) -> None:
    """Pages in place of what cannot be shown, for this blueprint and for addresses that nothing answers."""

    @pages.app_errorhandler(NotFound)
    def no_such_page(_error: NotFound) -> Response:
        return excuse(problem(NO_SUCH_PAGE, path=request.path[:80]))

    @pages.app_errorhandler(InternalServerError)
    def in_trouble(_error: InternalServerError) -> Response:
        return excuse(problem(IN_TROUBLE))

    def excuse(error: ProblemError) -> Response:
        language = asked_language(default)
        links = Links(
            home=_link("home", language, default),
            other=_link("home", "en" if language == "id" else "id", default),
        )
        html = render_error(error.text(language), links, language, here=error.status != NotFound.code)
        return _finish(Response(html, error.status))

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        language = asked_language(default)
        sentence = error.text(language)
        if request.path.endswith(".json"):
            body = json.dumps({"code": error.code, "message": sentence}, ensure_ascii=False)
            return Response(body, error.status, mimetype="application/json")
        code = None if error.code == UNKNOWN_VILLAGE.code else (request.view_args or {}).get("code")
        links = Links(
            other=_other(language, default),
            home=_link("home", language, default),
            village=_link("village", language, default, code=code) if code else None,
        )
        return Response(render_error(sentence, links, language, here=error.status != NotFound.code), error.status)


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


def _quarter(cards: Cards, period: str | None) -> Quarter:
    """The quarter asked for, the current one without `period`."""
    current = cards.current_quarter()
    if period is None:
        return current
    try:
        quarter = Quarter.parse(period)
    except ValueError as error:
        raise problem(BAD_PERIOD, period=period) from error
    if quarter > current:
        raise problem(FUTURE_PERIOD, period=quarter)
    return quarter


def _view(cards: Cards, place: Place, quarter: Quarter, thresholds: Thresholds) -> VillageView:
    code, first, before = place.code, cards.first_quarter(place.code), quarter.plus(-1)
    sectors_before = None
    if first is not None and first <= before:
        sectors_before = sector_shares(cards.card(code, before), cards.indicators(code, before), thresholds)
    return village_view(
        cards.card(code, quarter),
        place,
        cards.indicators(code, quarter),
        cards.trend(code, quarter),
        first=first,
        current=cards.current_quarter(),
        sectors_before=sectors_before,
        thresholds=thresholds,
    )


def _village_links(view: VillageView, language: Language, default: Language) -> Links:
    def to(quarter: Quarter | None) -> str | None:
        return _link("village", language, default, code=code, period=str(quarter)) if quarter else None

    code = view.place.code
    return Links(
        other=_other(language, default),
        home=_link("home", language, default),
        previous=to(view.previous),
        next=to(view.next),
        json=url_for("scorecards.village_json", code=code, period=str(view.quarter)),
    )


def _link(endpoint: str, language: Language, default: Language, **values: str) -> str:
    asked = {} if language == default else {"lang": language}
    return url_for(f"scorecards.{endpoint}", **values, **asked)  # type: ignore[arg-type] # the path's parts, not flags


def _other(language: Language, default: Language) -> str:
    """This page in the other language."""
    other: Language = "en" if language == "id" else "id"
    endpoint = (request.endpoint or "").removeprefix("scorecards.")
    return _link(endpoint, other, default, **(request.view_args or {}))
