"""The public pages over HTTP: home, the village card as HTML and as JSON. Counts only, no names of people."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, g, request, url_for

from forms.periods import BAD_PERIOD, FUTURE_PERIOD, Quarter, quarters_between
from forms.problems import ProblemError, problem
from scorecards.formulir1 import formulir1_view
from scorecards.home import BY_NAME, SORTS, area_lines, by_district, in_a_row
from scorecards.pages import HomeView, Links, render_formulir1, render_home, render_village
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Cards, VillageCards
from scorecards.view import VillageView, sector_shares, village_view
from server.http.access import FOREIGN_REGION, public
from server.http.responses import asked_language, frame, link, refuse, same_page, secured
from server.http.sessions import visitor
from server.villages.regions import NATION, covers, is_village_code, parent_of

# Quarters that can be chosen on the home page, the running one among them.
QUARTERS = 8
LONGEST_SEARCH = 80

_Marker = Callable[[Callable[..., Response]], Callable[..., Response]]


def scorecard_pages(cards: Cards, thresholds: Thresholds = USUAL, mark: _Marker = public) -> Blueprint:
    """The routes `/` and `/desa/...`; `mark` says who may see them (server/http/access.py)."""
    pages = Blueprint("scorecards", __name__)

    @pages.get("/")
    @mark
    def home() -> Response:
        view = _home_view(cards, thresholds, is_public=mark is public)
        links = Links(**{**vars(frame()), "home": None})
        return Response(render_home(view, links, asked_language()))

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
        code = (request.view_args or {}).get("code")
        return refuse(error, village=link("scorecards.village", code=code) if code and leads_on else None)

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


def _home_view(cards: Cards, thresholds: Thresholds, *, is_public: bool) -> HomeView:
    """What the address asks for: `wilayah`, `cari`, `urut`, `triwulan`. Without a region it is that of who looks.

    Raises ProblemError FOREIGN_REGION where only members see scorecards and the region is not theirs.
    """
    seen, own = _regions(is_public=is_public)
    region = request.args.get("wilayah") or own
    if not covers(seen, region):
        raise problem(FOREIGN_REGION, code=region, region=seen)
    search = " ".join(request.args.get("cari", "").split())[:LONGEST_SEARCH]
    asked = request.args.get("urut", "")
    sort, period = (asked if asked in SORTS else BY_NAME), request.args.get("triwulan") or None
    quarter, current = cards.quarter(period), cards.current_quarter()
    villages = cards.villages(region, period, search)
    are_too_many = len(villages) >= cards.most_villages and not search
    areas = area_lines(cards.areas(region, period), thresholds) if are_too_many else ()
    by_name = sort == BY_NAME and not are_too_many
    return HomeView(
        quarter=quarter,
        quarters=quarters_between(current.plus(1 - QUARTERS), current)[::-1],
        region=cards.region_name(region),
        search=search,
        sort=sort,
        asked=tuple((name, value) for name in ("wilayah", "lang") if (value := request.args.get(name))),
        districts=by_district(villages, quarter, thresholds) if by_name else (),
        rows=() if by_name or are_too_many else in_a_row(villages, quarter, sort, thresholds),
        areas=areas,
        village_links={one.place.code: _village_link(one.place.code, period) for one in villages},
        area_links={one.code: same_page(wilayah=one.code) for one in areas},
        mine=None if region == own else link("scorecards.home"),
        everything=link("scorecards.home", wilayah=seen) if region != seen else None,
    )


def _regions(*, is_public: bool) -> tuple[str, str]:
    """The region that the visitor may see, and the one that is theirs: of people of a village its kecamatan, where they
    may see it."""
    found = visitor()
    if found is None:
        return NATION, NATION
    if not is_public:
        return found.region, found.region
    return NATION, parent_of(found.region) if is_village_code(found.region) else found.region


def _village_link(code: str, period: str | None) -> str:
    return link("scorecards.village", code=code, **({"period": period} if period else {}))


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
