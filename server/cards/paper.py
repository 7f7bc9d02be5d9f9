"""The official forms over HTTP: Formulir 4 for everybody, and the sheets with names for who may see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from aggregate.service.papers import StoredPapers
from forms.indicators.rules import Target
from scorecards.paper.formulir3 import render_formulir3
from scorecards.paper.formulir4 import Report, paper_of, qr_of, render_paper
from scorecards.paper.pdf import make_pdf
from scorecards.paper.sign_lines import sign_lines
from scorecards.paper.workbook import named_workbook as all_forms
from scorecards.paper.workbook import public_workbook
from server.cards.seen import hides_small_counts
from server.http.access import SEE_NAMES, allow, public
from server.http.context import backend, own_address
from server.http.responses import asked_language, frame, link, secured
from server.http.sessions import visitor
from server.villages.regions import covers

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Marker = Callable[[Callable[..., Any]], Callable[..., Any]]


def paper_pages(papers: StoredPapers, mark: _Marker = public) -> Blueprint:
    """The routes of the paper; `mark` says who may see scorecards, and so these (server/http/access.py)."""
    pages = Blueprint("paper", __name__)

    @pages.get("/desa/<code>/<period>/formulir-4")
    @mark
    def formulir4(code: str, period: str) -> Response:
        back = link("scorecards.village", code=code, period=period)
        return kept_by_nobody(Response(_paper(papers.report(code, period), back)))

    @pages.get("/desa/<code>/<period>.pdf")
    @mark
    def formulir4_pdf(code: str, period: str) -> Response:
        return _file(make_pdf(_paper(papers.report(code, period))), f"formulir-4-{code}-{period}.pdf")

    _add_named(pages, papers)

    @pages.get("/desa/<code>/<period>.xlsx")
    @mark
    def workbook(code: str, period: str) -> AnyResponse:
        found = visitor()
        if found and found.role in SEE_NAMES and covers(found.region, code):
            return redirect(link("paper.named_workbook", code=code, period=period))
        report, formulir1 = papers.counts(code, period)
        hides = hides_small_counts(code)
        signed = sign_lines(report, backend().settings.timezone, hides=hides)
        content = public_workbook(report, formulir1, signed=signed, hides=hides)
        return _file(content, f"formulir-{code}-{period}.xlsx", XLSX)

    return pages


def _add_named(pages: Blueprint, papers: StoredPapers) -> None:
    """The routes of the sheets with names."""

    @pages.get("/desa/<code>/<period>/formulir.xlsx")
    @allow(*SEE_NAMES, names="buku formulir")
    def named_workbook(code: str, period: str) -> Response:
        report, sheets, months, formulir1 = papers.all_forms(code, period)
        content = all_forms(sheets, months, formulir1, signed=sign_lines(report, backend().settings.timezone))
        return _file(content, f"formulir-{code}-{period}-bernama.xlsx", XLSX)

    def add(name: str, target: Target) -> None:
        def page(code: str, period: str) -> Response:
            back = link("scorecards.village", code=code, period=period)
            pdf = link(f"paper.{name}_pdf", code=code, period=period)
            shown = render_formulir3(papers.sheets(code, period), target, frame(), asked_language(), back=back, pdf=pdf)
            return kept_by_nobody(Response(shown))

        def as_pdf(code: str, period: str) -> Response:
            shown = render_formulir3(papers.sheets(code, period), target, frame(), asked_language())
            return _file(make_pdf(shown), f"{name}-{code}-{period}.pdf")

        may_see, path = allow(*SEE_NAMES, names=f"formulir {name[-2:].upper()}"), f"/desa/<code>/<period>/{name}"
        pages.add_url_rule(path, name, may_see(page))
        pages.add_url_rule(f"{path}.pdf", f"{name}_pdf", may_see(as_pdf))

    add("formulir-3a", "ibu_hamil")
    add("formulir-3b", "anak")


def _paper(report: Report, back: str = "") -> str:
    """The paper as HTML; for a screen, with the way `back`."""
    qr, hides = qr_of(report, own_address()), hides_small_counts(report.place.code)
    paper = paper_of(report, backend().settings.timezone, qr, hides=hides)
    pdf = link("paper.formulir4_pdf", code=report.place.code, period=str(paper.quarter)) if back else ""
    return render_paper(paper, frame(), asked_language(), back=back, pdf=pdf)


def kept_by_nobody(response: Response) -> Response:
    """The response, for the eyes of who asked."""
    response.headers["Cache-Control"] = "no-store"
    return secured(response)


def _file(content: bytes, name: str, kind: str = "application/pdf") -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return kept_by_nobody(response)
