"""The public pages over HTTP: home, the village card as HTML and as JSON. Counts only, no names of people."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, g, request, url_for

from forms.periods import BAD_PERIOD, FUTURE_PERIOD, Quarter
from forms.problems import ProblemError
from scorecards.formulir1 import formulir1_view
from scorecards.home import by_subdistrict
from scorecards.pages import Links, render_formulir1, render_home, render_village
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Cards, VillageCards
from scorecards.view import VillageView, sector_shares, village_view
from server.http.access import public, user
from server.http.responses import asked_language, frame, link, refuse, secured

_Marker = Callable[[Callable[..., Response]], Callable[..., Response]]


def scorecard_pages(cards: Cards, thresholds: Thresholds = USUAL, mark: _Marker = public) -> Blueprint:
    """The routes `/` and `/desa/...`; `mark` says who may see them (server/http/access.py)."""
    pages = Blueprint("scorecards", __name__)

    @pages.get("/")
    @mark
    def home() -> Response:
        villages = cards.villages() if mark is public else cards.villages(user().region)
        links = Links(**{**vars(frame()), "home": None})
        village_links = {one.place.code: link("scorecards.village", code=one.place.code) for one in villages}
        html = render_home(
            by_subdistrict(villages, thresholds), village_links, cards.current_quarter(), links, asked_language()
        )
        return Response(html)

    @pages.get("/desa/<code>")
    @pages.get("/desa/<code>/<period>")
    @mark
    def village(code: str, period: str | None = None) -> Response:
        view = _view(cards.village_cards(code, period), thresholds)
        return Response(render_village(view, _village_links(view), asked_language()))

    @pages.get("/desa/<code>.json")
    @pages.get("/desa/<code>/<period>.json")
    @mark
    def village_json(code: str, period: str | None = None) -> Response:
        return Response(json.dumps(cards.card(code, period), ensure_ascii=False), mimetype="application/json")

    @pages.get("/desa/<code>/formulir-1")
    @mark
    def formulir1(code: str) -> Response:
        place, found = cards.formulir1(code)
        links = Links(
            **vars(frame()),
            village=link("scorecards.village", code=code),
            json=url_for("scorecards.formulir1_json", code=code),
        )
        return Response(render_formulir1(formulir1_view(found, place), links, asked_language()))

    @pages.get("/desa/<code>/formulir-1.json")
    @mark
    def formulir1_json(code: str) -> Response:
        _, found = cards.formulir1(code)
        return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        leads_on = error.code in (BAD_PERIOD.code, FUTURE_PERIOD.code)
        code = str((request.view_args or {}).get("code"))
        return refuse(error, village=link("scorecards.village", code=code) if leads_on else None)

    pages.after_request(_fresh)
    return pages


def _fresh(response: Response) -> Response:
    """The response, kept by caches that ask each time: the card changes with the next visit that comes in."""
    if response.status_code == 200:
        secured(response)
        response.cache_control.no_cache = True
        # With a name at its head it is for one person's browser.
        response.cache_control.private = True if g.get("visitor") else None
        response.add_etag()
        response.make_conditional(request)
    return response


def _view(found: VillageCards, thresholds: Thresholds) -> VillageView:
    card, indicators = found.counted
    return village_view(
        card,
        found.place,
        indicators,
        found.trend,
        first=found.first,
        current=found.current,
        changed_on=found.changed_on,
        sectors_before=sector_shares(*found.before, thresholds) if found.before else None,
        thresholds=thresholds,
    )


def _village_links(view: VillageView) -> Links:
    def to(quarter: Quarter | None) -> str | None:
        return link("scorecards.village", code=code, period=str(quarter)) if quarter else None

    code = view.place.code
    return Links(
        **vars(frame()),
        village=link("scorecards.village", code=code),
        previous=to(view.previous),
        next=to(view.next),
        json=url_for("scorecards.village_json", code=code, period=str(view.quarter)),
        formulir1=link("scorecards.formulir1", code=code),
    )
