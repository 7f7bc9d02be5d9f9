"""The public pages over HTTP: home, the village card as HTML and as JSON. Counts only, no names of people."""

from __future__ import annotations

import json
from dataclasses import replace

from flask import Blueprint, Response, current_app, request, url_for

from forms.periods import BAD_PERIOD, FUTURE_PERIOD, Quarter, quarters_between
from forms.problems import ProblemError, problem
from scorecards.formulir1 import formulir1_view
from scorecards.home import BY_NAME, SORTS, area_lines, by_district, in_a_row
from scorecards.pages import HomeView, Links, render_formulir1, render_home, render_village
from scorecards.running_month import running_month
from scorecards.shares import USUAL, Thresholds
from scorecards.small_counts import as_told, public_formulir1
from scorecards.sources import Card, CardNames, Cards, VillageCards
from scorecards.trace.named import named
from scorecards.view import VillageView, sector_shares, village_view
from server.cards.freshness import kept_fresh
from server.cards.packs.poster import pack_links
from server.cards.seen import hides_small_counts, other_card
from server.http.access import FOREIGN_REGION, SEE_NAMES, Marker, naming, public, sees_names
from server.http.responses import asked_language, elsewhere, frame, link, refuse, same_page
from server.http.sessions import visitor
from server.villages.regions import NATION, covers, is_village_code, parent_of

# Quarters that can be chosen on the home page, the running one among them.
QUARTERS = 8
LONGEST_SEARCH = 80


def scorecard_pages(cards: Cards, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
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
    @naming(*SEE_NAMES, names="kartu")
    @mark
    def village(code: str, period: str | None = None) -> Response:
        hides, card = hides_small_counts(code), other_card(code)
        found = cards.village_cards(code, period, card, names=sees_names(code), hides=hides)
        view = view_of(found, thresholds, hides)
        who = named(view.steps, found.targets) if found.targets else ()
        links = _village_links(view, found.names)
        if hides:
            links = replace(links, other_cards=(), dusun=None)
        return Response(render_village(view, links, asked_language(), found.promises, who))

    @pages.get("/desa/<code>.json")
    @pages.get("/desa/<code>/<period>.json")
    @mark
    def village_json(code: str, period: str | None = None) -> Response:
        other = other_card(code)
        if hides_small_counts(code):
            told: Card = as_told(cards.village_cards(code, period, hides=True).counted.card)
        else:
            told = cards.card(code, period, other)
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")

    @pages.get("/desa/<code>/formulir-1")
    @mark
    def formulir1(code: str) -> Response:
        place, found = cards.formulir1(code)
        links = Links(
            **vars(frame()),
            village=link("scorecards.village", code=code),
            json=url_for("scorecards.formulir1_json", code=code),
        )
        return Response(
            render_formulir1(formulir1_view(found, place, hides=hides_small_counts(code)), links, asked_language())
        )

    @pages.get("/desa/<code>/formulir-1.json")
    @mark
    def formulir1_json(code: str) -> Response:
        _, found = cards.formulir1(code)
        told = public_formulir1(found) if hides_small_counts(code) else found
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        leads_on = error.code in (BAD_PERIOD.code, FUTURE_PERIOD.code)
        code = (request.view_args or {}).get("code")
        return refuse(error, village=link("scorecards.village", code=code) if code and leads_on else None)

    pages.after_request(kept_fresh)
    return pages


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
    quarter, today = cards.quarter(period), cards.today()
    current = Quarter.of(today)
    hides = hides_small_counts(region)
    villages = cards.villages(region, period, search, hides=hides)
    are_too_many = len(villages) >= cards.most_villages and not search
    areas = area_lines(cards.areas(region, period, hides=hides), thresholds) if are_too_many else ()
    by_name = sort == BY_NAME and not are_too_many
    districts = by_district(villages, quarter, thresholds) if by_name else ()
    shown = [code for one in districts for code in (one.code, *(below.code for below in one.subdistricts))]
    listed = sum(not one.takes_part for one in villages)
    return HomeView(
        quarter=quarter,
        quarters=quarters_between(current.plus(1 - QUARTERS), current)[::-1],
        region=cards.region_name(region),
        search=search,
        sort=sort,
        asked=tuple((name, value) for name in ("wilayah", "lang") if (value := request.args.get(name))),
        districts=districts,
        rows=() if by_name or are_too_many else in_a_row(villages, quarter, sort, thresholds),
        areas=areas,
        thresholds=thresholds,
        unused=0 if search or are_too_many else cards.unused(region) - listed,
        village_links={one.place.code: _link("scorecards.village", one.place.code, period) for one in villages},
        area_links={one.code: same_page(wilayah=one.code) for one in areas},
        rollups={code: _link("areas.area", code, period) for code in shown},
        rollup=_link("areas.area", region, period),
        mine=None if region == own else link("scorecards.home"),
        everything=link("scorecards.home", wilayah=seen) if region != seen else None,
        month=running_month(quarter, today, None),
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


def _link(endpoint: str, code: str, period: str | None) -> str:
    return link(endpoint, code=code, **({"period": period} if period else {}))


def view_of(found: VillageCards, thresholds: Thresholds, hides: bool) -> VillageView:
    """The values of a village's page; `hides`: without small counts of people."""
    card, indicators = found.counted
    return village_view(
        card,
        found.place,
        indicators,
        found.trend,
        first=found.first,
        current=found.current,
        changed_on=found.changed_on,
        signed=found.signed,
        changed_rules=found.changed_rules,
        sectors_before=sector_shares(*found.before, thresholds) if found.before else None,
        thresholds=thresholds,
        hides=hides,
        supply=found.supply,
    )


def _village_links(view: VillageView, names: CardNames) -> Links:
    chosen = {"kartu": names.name} if names.in_force else {}

    def to(quarter: Quarter | None) -> str | None:
        return link("scorecards.village", code=code, period=str(quarter), **chosen) if quarter else None

    def by(name: str) -> str:
        asked = {} if name == names.in_force else {"kartu": name}
        return link("scorecards.village", code=code, period=str(view.quarter), **asked)

    code = view.place.code
    counted = {"code": code, "period": str(view.quarter), **chosen}
    links = Links(
        **vars(frame()),
        village=link("scorecards.village", code=code),
        previous=to(view.previous),
        next=to(view.next),
        json=url_for("scorecards.village_json", code=code, period=str(view.quarter), kartu=chosen.get("kartu")),
        card=names.name,
        is_beside=names.in_force is not None,
        other_cards=tuple((name, by(name)) for name in names.others),
        formulir1=link("scorecards.formulir1", code=code),
        packs=pack_links(code, view.quarter),
        dusun=link("trace.dusun", **counted),
        number=lambda name: link("trace.number", **counted, figure=name),
        person=lambda name, who: link("trace.target", **counted, figure=name, entity_id=who),
        promises=link("promises.ledger", code=code),
        area=link("areas.area", code=parent_of(code), period=str(view.quarter)),
        address=elsewhere("scorecards.village", code=code, period=str(view.quarter)),
        picture=elsewhere("pictures.village", code=code, period=str(view.quarter)),
    )
    return _with_paper(links, view)


def _with_paper(links: Links, view: VillageView) -> Links:
    """The same, with where the paper of the card is, and where it is signed by whoever may."""
    if "paper.formulir4" not in current_app.view_functions:
        return links
    found, of = visitor(), {"code": view.place.code, "period": str(view.quarter)}
    member = found if found and covers(found.region, view.place.code) else None
    links = replace(links, paper=link("paper.formulir4", **of), pdf=link("paper.formulir4_pdf", **of))
    if member and member.role == "village_head" and view.over:
        links = replace(links, sign=link("signing.page", **of))
    if member is None or member.role not in SEE_NAMES:
        return replace(links, workbook=link("paper.workbook", **of))
    return replace(
        links,
        named=link("paper.named_workbook", **of),
        formulir3a=link("paper.formulir-3a", **of),
        formulir3b=link("paper.formulir-3b", **of),
    )
