"""A village in one signed file, for everybody and with names, and the page that says whether such a file is ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response, request

from forms.periods import Quarter
from forms.problems import ProblemError
from scorecards.packs.one_file import Facts, Files, facts_of, file_of, render_file
from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.sources import Cards
from server.cards.seen import hides_small_counts
from server.http.access import SEE_NAMES, Marker, allow, public, public_upload
from server.http.context import own_address
from server.http.responses import asked_language, frame, link, secured, show
from server.http.sessions import visitor
from server.http.signatures import Signer
from server.villages.regions import covers


@dataclass(frozen=True)
class Verdict:
    """What is said of a file. `kind`: it is as this server signed it, was changed, was signed by another key, or has
    no signature. `then` and `today`: the level of its card, in the file and now; None where they are not told."""

    kind: Literal["same", "changed", "foreign", "unsigned"]
    facts: Facts | None = None
    quarter: Quarter | None = None
    then: Share | None = None
    today: Share | None = None


def file_pages(
    cards: Cards, files: Files, signer: Signer, thresholds: Thresholds = USUAL, mark: Marker = public
) -> Blueprint:
    """The routes of the file and of checking it; `mark` says who may see scorecards (server/http/access.py)."""
    pages = Blueprint("one_file", __name__)

    def made(code: str, period: str, *, names: bool) -> Response:
        hides = hides_small_counts(code)
        found = files.sources(code, period, names=names, hides=hides)
        file = file_of(found, names=names, hides=hides, thresholds=thresholds)
        address = own_address() + link("one_file.check")
        content = signer.sign(render_file(file, frame(), address, signer.key_id, asked_language()))
        response = secured(Response(content, mimetype="text/html"))
        ending = "-nama" if names else ""
        response.headers["Content-Disposition"] = f'attachment; filename="desa-{code}-{period}{ending}.html"'
        response.headers["Cache-Control"] = "no-store"
        return response

    @pages.get("/desa/<code>/<period>/berkas.html")
    @mark
    def whole(code: str, period: str) -> Response:
        return made(code, period, names=False)

    @pages.get("/desa/<code>/<period>/berkas-nama.html")
    @allow(*SEE_NAMES, names="berkas")
    def named(code: str, period: str) -> Response:
        return made(code, period, names=True)

    @pages.route("/periksa/berkas", methods=["GET", "POST"])
    @public_upload
    def check() -> Response:
        verdict = None
        if request.method == "POST":
            file = request.files.get("berkas")
            content = file.read() if file and file.filename else request.form.get("isi", "").encode()
            verdict = _verdict(signer, content, cards, thresholds, is_public=mark is public)
        return show("periksa_berkas.html", verdict=verdict, key_id=signer.key_id)

    return pages


def _verdict(signer: Signer, content: bytes, cards: Cards, thresholds: Thresholds, *, is_public: bool) -> Verdict:
    found = signer.check(content)
    if found.content is None:
        return Verdict("unsigned" if not found.key else "changed" if found.key == signer.key_id else "foreign")
    facts = facts_of(found.content)
    if facts is None:
        return Verdict("same")
    then = share(facts.received, facts.due, thresholds)
    today = _today(facts, cards, thresholds) if is_public or _is_theirs(facts.code) else None
    return Verdict("same", facts, Quarter.parse(facts.period), then, today)


def _is_theirs(code: str) -> bool:
    found = visitor()
    return found is not None and covers(found.region, code)


def _today(facts: Facts, cards: Cards, thresholds: Thresholds) -> Share | None:
    """The level of the card as it is now; None where the village or its rules are no longer there."""
    try:
        hides = hides_small_counts(facts.code)
        level = cards.village_cards(facts.code, facts.period, hides=hides).counted.card["table4"]["total"]
    except ProblemError:
        return None
    return share(level["received"], level["due"], thresholds)
