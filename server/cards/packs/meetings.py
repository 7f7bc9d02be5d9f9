"""The packs of the village's meetings as PDF files: of the yearly Rembuk Stunting and of each quarter's meeting."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms.periods import Quarter, asked_quarter
from scorecards.packs.meeting import pack_of, render_pack
from scorecards.packs.sources import Meetings
from scorecards.paper.pdf import make_pdf
from scorecards.shares import USUAL, Thresholds
from server.cards.packs.poster import printed
from server.cards.promises import asked_wish
from server.cards.seen import hides_small_counts
from server.http.access import SEE_NAMES, Marker, allow, public
from server.http.context import backend, own_address
from server.http.responses import asked_language, frame, link


def meeting_pages(meetings: Meetings, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
    """The routes of the papers; `mark` says who may see scorecards, and so those without names."""
    pages = Blueprint("meetings", __name__)

    def paper(code: str, period: str, year: int | None, *, names: bool) -> str:
        """Raises ProblemError as `Meetings.paper`, and BAD_RUPIAH."""
        hides = hides_small_counts(code)
        found = meetings.paper(code, period, asked_wish(request.args), names=names, hides=hides)
        pack = pack_of(found, year=year, names=names, hides=hides, thresholds=thresholds)
        address = own_address() + link("scorecards.village", code=code, period=period)
        return render_pack(pack, frame(), address, asked_language())

    def rembuk_paper(code: str, year: str, *, names: bool) -> str:
        """Of a year that has begun or, as villages meet in its last quarter for the next one, begins with the next
        quarter. Raises ProblemError BAD_PERIOD or FUTURE_PERIOD."""
        current = Quarter.of(backend().today)
        first = asked_quarter(f"{year}-Q1", current.plus(1).last_day)
        return paper(code, str(min(first.plus(3), current)), first.year, names=names)

    @pages.get("/desa/<code>/<year>/rembuk.pdf")
    @mark
    def rembuk(code: str, year: str) -> Response:
        return printed(rembuk_paper(code, year, names=False), f"rembuk-{code}-{year}.pdf")

    @pages.get("/desa/<code>/<period>/rapat.pdf")
    @mark
    def quarterly(code: str, period: str) -> Response:
        return printed(paper(code, period, None, names=False), f"rapat-{code}-{period}.pdf")

    @pages.get("/desa/<code>/<year>/rembuk-nama.pdf")
    @allow(*SEE_NAMES, names="rembuk")
    def rembuk_named(code: str, year: str) -> Response:
        return _named(rembuk_paper(code, year, names=True), f"rembuk-{code}-{year}-nama.pdf")

    @pages.get("/desa/<code>/<period>/rapat-nama.pdf")
    @allow(*SEE_NAMES, names="rapat")
    def quarterly_named(code: str, period: str) -> Response:
        return _named(paper(code, period, None, names=True), f"rapat-{code}-{period}-nama.pdf")

    return pages


def _named(html: str, name: str) -> Response:
    """The PDF for the eyes of who asked alone; made each time, so that each view is recorded."""
    response = Response(make_pdf(html), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
