"""What is behind each number of a village's card: the targets with their reasons, and the forms of each of them."""

from __future__ import annotations

from flask import Blueprint, Response

from aggregate.service.traces import StoredTraces
from scorecards.pages import Links
from scorecards.shares import USUAL, Thresholds
from scorecards.trace.dusun import dusun_view
from scorecards.trace.pages import Address, render_dusun, render_figure, render_target
from scorecards.trace.target import target_view
from scorecards.trace.view import figure_view
from server.cards.seen import hides_small_counts, other_card, require_told
from server.http.access import SEE_NAMES, Marker, allow, naming, public, sees_names
from server.http.responses import asked_language, frame, link, secured


def trace_pages(traces: StoredTraces, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
    """The routes `/desa/<code>/<period>/angka/...`; `mark` says who may see counts (server/http/access.py)."""
    pages = Blueprint("trace", __name__)

    @pages.get("/desa/<code>/<period>/angka/<figure>")
    @naming(*SEE_NAMES, names="angka")
    @mark
    def number(code: str, period: str, figure: str) -> Response:
        """Raises ProblemError as `StoredTraces.figure` does."""
        names = sees_names(code)
        asked, behind = traces.figure(code, period, figure, names=names, card=other_card(code))
        hides = hides_small_counts(code)
        view = figure_view(behind, asked, names=names, hides=hides, thresholds=thresholds)
        to = _addresses(code, str(behind.quarter))
        return _kept_by_nobody(render_figure(view, _links(code, to), to, asked_language()))

    @pages.get("/desa/<code>/<period>/dusun")
    @mark
    def dusun(code: str, period: str) -> Response:
        """Raises ProblemError as `StoredTraces.dusun` does, and NOT_IN_PUBLIC."""
        require_told(code)
        behind, posyandu = traces.dusun(code, period, other_card(code))
        view = dusun_view(behind, posyandu, thresholds=thresholds)
        to = _addresses(code, str(behind.quarter))
        return _kept_by_nobody(render_dusun(view, _links(code, to), to, asked_language()))

    @pages.get("/desa/<code>/<period>/angka/<figure>/<entity_id>")
    @allow(*SEE_NAMES, names="angka")
    def target(code: str, period: str, figure: str, entity_id: str) -> Response:
        """Raises ProblemError as `StoredTraces.target` does."""
        asked, behind = traces.target(code, period, figure, entity_id, other_card(code))
        view = target_view(behind, asked)
        to = _addresses(code, str(behind.quarter))
        return _kept_by_nobody(render_target(view, _links(code, to), to, asked_language()))

    return pages


def _links(code: str, to: Address) -> Links:
    card = other_card(code)
    return Links(**vars(frame()), village=to("village"), card=card or "", is_beside=card is not None)


def _addresses(code: str, period: str) -> Address:
    """Where the lines of a village and quarter lead to: `to("target", figure="a2", entity_id="...")`. What is counted
    stays with the card that was chosen; promises are the same by every card."""
    card = other_card(code)
    of_card = {"code": code, "period": period} | ({"kartu": card} if card is not None else {})

    def to(page: str, **values: str) -> str:
        match page:
            case "submission":
                return link("desk_submission.one", **values)
            case "person":
                return link("people.one_person", code=code, **values)
            case "promises":
                return link("promises.ledger", code=code)
            case "village":
                return link("scorecards.village", **of_card)
            case _:
                return link(f"trace.{page}", **of_card, **values)

    return to


def _kept_by_nobody(html: str) -> Response:
    response = secured(Response(html))
    response.headers["Cache-Control"] = "no-store"
    return response
