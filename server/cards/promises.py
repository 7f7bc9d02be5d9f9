"""The pages of the promise ledger over HTTP: of a village, with households for its members, and of a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, Response, request

from forms.problems import Problem, problem
from scorecards.promises.pages import PromiseLinks, render_helped, render_late, render_ledger
from scorecards.promises.plans import MOST_RUPIAH, SERVICES, USUAL_BUDGET, Cost, Helped, Wish
from scorecards.promises.sources import Promises
from scorecards.promises.view import LateView, ledger_view
from server.cards.seen import hides_small_counts, require_told
from server.http.access import SEE_NAMES, allow, public
from server.http.responses import asked_language, frame, link, secured
from server.villages.regions import NATION, parent_of

UNKNOWN_REGION = Problem(
    "no-such-region",
    404,
    "Wilayah dengan kode {code} tidak ada. Periksa kodenya, misalnya 11.01.01.",
    "There is no region with the code {code}. Check the code, such as 11.01.01.",
)
BAD_RUPIAH = Problem(
    "bad-rupiah",
    400,
    "{text!r} bukan jumlah rupiah. Tulis angka saja, misalnya 50000000 atau 50.000.000.",
    "{text!r} is no amount of rupiah. Write figures only, such as 50000000 or 50.000.000.",
)
# What an address asks of the budget helper, see `asked_wish`.
_WISHES = {"anggaran", *(f"{kind}_{service.code}" for service in SERVICES for kind in "kd")}
_Marker = Callable[[Callable[..., Response]], Callable[..., Response]]


def promise_pages(stored: Promises, mark: _Marker = public) -> Blueprint:
    """The routes `/desa/.../janji` and `/wilayah/.../janji`; `mark` says who may see those without names.

    A region that is not there: ProblemError UNKNOWN_REGION.
    """
    pages = Blueprint("promises", __name__)

    @pages.get("/desa/<code>/janji")
    @mark
    def ledger(code: str) -> Response:
        hides = hides_small_counts(code)
        view = ledger_view(stored.ledger(code), hides=hides)
        links = replace(_links(code), helper=None) if hides else _links(code)
        return _page(render_ledger(view, links, {}, asked_language()))

    @pages.get("/desa/<code>/janji/keluarga")
    @allow(*SEE_NAMES, names="janji")
    def households(code: str) -> Response:
        found = stored.ledger(code, names=True)
        return _page(render_ledger(ledger_view(found), _links(code), _home_links(code, found.called), asked_language()))

    @pages.get("/desa/<code>/janji/usulan")
    @mark
    def helped(code: str) -> Response:
        """Raises ProblemError NOT_IN_PUBLIC."""
        require_told(code)
        found = stored.helped(code, asked_wish(request.args))
        return _page(render_helped(found, _helper_links(found, names=False), {}, asked_language()))

    @pages.get("/desa/<code>/janji/usulan/keluarga")
    @allow(*SEE_NAMES, names="janji")
    def helped_households(code: str) -> Response:
        found = stored.helped(code, asked_wish(request.args), names=True)
        homes = _home_links(code, found.called)
        return _page(render_helped(found, _helper_links(found, names=True), homes, asked_language()))

    @pages.get("/wilayah/<code>/janji")
    @mark
    def late(code: str) -> Response:
        name, today, found = stored.late(code)
        if not name and code != NATION:
            raise problem(UNKNOWN_REGION, code=code)
        if hides_small_counts(code):
            found = replace(found, shown=[replace(one, still_lacking=0) for one in found.shown])
        to = {one.place.code: link("promises.ledger", code=one.place.code) for one in found.shown}
        links = PromiseLinks(**vars(frame()))
        return _page(render_late(LateView(code, name, today, found), links, to, asked_language()))

    return pages


def _page(html: str) -> Response:
    response = secured(Response(html))
    response.headers["Cache-Control"] = "no-store"
    return response


def _links(code: str) -> PromiseLinks:
    return PromiseLinks(
        **vars(frame()),
        village=link("scorecards.village", code=code),
        ledger=link("promises.ledger", code=code),
        households=link("promises.households", code=code),
        helper=link("promises.helped", code=code),
        region=link("promises.late", code=parent_of(code)),
    )


def _helper_links(found: Helped, *, names: bool) -> PromiseLinks:
    """Those of the budget helper: with the same wish to the copy with names of households, or back; and to the numbers
    of the card."""
    code, period = found.place.code, str(found.quarter)
    other = "promises.helped" if names else "promises.helped_households"
    wish = {name: value for name, value in request.args.items() if name in _WISHES}
    return replace(
        _links(code),
        households=link(other, **wish, code=code),
        number=lambda name: link("trace.number", code=code, period=period, figure=name),
    )


def _home_links(code: str, called: Mapping[str, str]) -> dict[str, str]:
    return {home: link("people.one_person", code=code, entity_id=home) for home in called}


def asked_wish(asked: Mapping[str, str]) -> Wish:
    """The budget and the costs that an address asks for: `anggaran`, and of each service `k_CODE` for each household
    and `d_CODE` for each hamlet; what is left out or blank is as usual. Raises ProblemError BAD_RUPIAH."""

    def rupiah(name: str, usual: int) -> int:
        text = asked.get(name, "").strip().removeprefix("Rp").replace(".", "").replace(" ", "")
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_RUPIAH))):
            raise problem(BAD_RUPIAH, text=asked[name][:40])
        return int(text)

    costs = {
        service.code: Cost(
            rupiah(f"k_{service.code}", service.usual.household), rupiah(f"d_{service.code}", service.usual.hamlet)
        )
        for service in SERVICES
    }
    return Wish(rupiah("anggaran", USUAL_BUDGET), costs)
