"""Signing Formulir 4: the page on which the village head does it, and the one that confirms it to everybody."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregate.service.papers import OTHER_FIGURES, StoredPapers, fingerprint, require_over
from forms.periods import Quarter
from forms.problems import Problem, ProblemError, problem
from scorecards.paper.formulir4 import Report, paper_of
from scorecards.paper.snapshot import Signer, Signers, typed_code
from server.accounts.users import User
from server.cards.seen import hides_small_counts
from server.database.engine import reading
from server.http.access import allow, public, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.villages import officers

UNKNOWN_CODE = Problem(
    "unknown-check-code",
    404,
    "Tidak ada laporan dengan kode {code} di sini. Periksa lagi kodenya; bila sama dengan yang di kertas, kertas itu "
    "bukan laporan yang ditandatangani di sistem ini.",
    "There is no report with the code {code} here. Check the code again; if it is the one on the paper, that paper is "
    "no report that was signed in this system.",
)
NAMES_WANTED = Problem(
    "signers-not-named",
    400,
    "Tulis nama Kepala Desa dan nama KPM: keduanya tercetak di bawah laporan.",
    "Write the names of the village head and of the KPM: both stand below the report.",
)
NOT_CONFIRMED = Problem(
    "signing-not-confirmed",
    400,
    "Centang dahulu bahwa Anda sudah memeriksa angkanya.",
    "First tick that you have checked the figures.",
)
LONGEST_NAME, LONGEST_NIP = 80, 25
# What stands in the form of who signs: the field of a name and that of its NIP.
_FIELDS = {"head": ("kepala", "nip_kepala"), "kpm": ("kpm", "nip_kpm"), "rds": ("rds", "nip_rds")}


def signing_pages(papers: StoredPapers, *, shows_figures: bool) -> Blueprint:
    """The routes of signing and of checking. `shows_figures`: whether everybody may see scorecards, and so the figures
    of a report that they check."""
    pages = Blueprint("signing", __name__)

    @pages.get("/desa/<code>/<period>/tanda-tangan")
    @allow("village_head")
    def page(code: str, period: str) -> Response:
        return _signing_page(papers.report(code, period))

    @pages.post("/desa/<code>/<period>/tanda-tangan")
    @allow("village_head")
    def sign(code: str, period: str) -> AnyResponse:
        try:
            signers = _typed_signers()
            papers.sign(code, period, request.form.get("angka", ""), signers, user(), backend().clock())
        except ProblemError as error:
            if error.code not in (NAMES_WANTED.code, NOT_CONFIRMED.code, OTHER_FIGURES.code):
                raise
            return _signing_page(papers.report(code, period), error)
        return redirect(link("paper.formulir4", code=code, period=period), 303)

    @pages.get("/periksa")
    @public
    def ask() -> AnyResponse:
        typed = typed_code(request.args.get("kode", "")[:40])
        return redirect(link("signing.check_one", check=typed)) if typed else _asking()

    @pages.get("/periksa/<check>")
    @public
    def check_one(check: str) -> Response:
        return _check_page(papers, check, shows_figures=shows_figures)

    return pages


def _signing_page(report: Report, refused: ProblemError | None = None) -> Response:
    """The page with the confirmation. Raises ProblemError where the quarter cannot be signed at all."""
    quarter = Quarter.parse(report.counted.card["period"])
    require_over(report, quarter)
    code, period = report.place.code, str(quarter)
    zone = backend().settings.timezone
    return show(
        "tanda_tangan.html",
        refused.status if refused else 200,
        sentence=refused.text(asked_language()) if refused else "",
        report=report,
        place=report.place.bare(),
        quarter=quarter,
        current=paper_of(report._replace(editions=()), zone),
        editions=[(one, one.snapshot.signed_at.astimezone(zone)) for one in report.editions],
        changes=report.differences,
        seen=fingerprint(report.counted.card),
        typed=request.form if refused else _usual_signers(report, user()),
        longest=(LONGEST_NAME, LONGEST_NIP),
        paper=link("paper.formulir4", code=code, period=period),
        card=link("scorecards.village", code=code, period=period),
        check=lambda number: link("signing.check_one", check=number),
    )


def _usual_signers(report: Report, head: User) -> dict[str, str]:
    """Who most likely signs: those of the last time, else who is logged in and the KPM in office."""
    if report.editions:
        signers = report.editions[0].snapshot.signers._asdict()
        found = {name: one or Signer("") for name, one in signers.items()}
    else:
        with reading(backend().engine) as connection:
            terms = officers.terms(connection, report.place.code)
        kpm = next((term.name for term in terms if not term.ended_on), "")
        found = {"head": Signer(head.name), "kpm": Signer(kpm), "rds": Signer("")}
    pairs = [(_FIELDS[name], (one.name, one.nip)) for name, one in found.items()]
    return {field: text for fields, texts in pairs for field, text in zip(fields, texts, strict=True)}


def _typed_signers() -> Signers:
    """Whom the form names. Raises ProblemError NAMES_WANTED or NOT_CONFIRMED."""
    found = {name: Signer(_typed(of, LONGEST_NAME), _typed(nip, LONGEST_NIP)) for name, (of, nip) in _FIELDS.items()}
    if not found["head"].name or not found["kpm"].name:
        raise problem(NAMES_WANTED)
    if request.form.get("sudah_diperiksa") != "ya":
        raise problem(NOT_CONFIRMED)
    return Signers(found["head"], found["kpm"], found["rds"] if found["rds"].name else None)


def _typed(field: str, longest: int) -> str:
    return " ".join(request.form.get(field, "").split())[:longest]


def _asking(status: int = 200, **values: str) -> Response:
    """The page that asks for a code."""
    return show("periksa.html", status, found=None, ask=link("signing.ask"), **values)


def _check_page(papers: StoredPapers, number: str, *, shows_figures: bool) -> Response:
    """What was signed, and what of it is others by now; figures only where everybody may see scorecards. Says plainly
    where the code is not known."""
    found = papers.find(typed_code(number[:40]))
    if found is None:
        sentence = problem(UNKNOWN_CODE, code=number[:40]).text(asked_language())
        return _asking(UNKNOWN_CODE.status, typed=number[:40], sentence=sentence)
    backend().catch_up(found.village_id)
    report = papers.report(found.village_id, found.quarter)
    edition = next(one for one in report.editions if one.check_code == found.check_code)
    newest = report.editions[0]
    this = report._replace(editions=[edition])
    return show(
        "periksa.html",
        found=found,
        paper=paper_of(this, backend().settings.timezone, hides=hides_small_counts(found.village_id)),
        newer=newest if newest is not edition else None,
        shows_figures=shows_figures,
        check=lambda code: link("signing.check_one", check=code),
        full=link("paper.formulir4", code=found.village_id, period=found.quarter),
        card_page=link("scorecards.village", code=found.village_id, period=found.quarter),
    )
