"""Pictures of cards over HTTP, for chats and searches that show a page beside its link (Open Graph)."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request

from forms.problems import ProblemError
from scorecards.areas.sources import Areas
from scorecards.areas.view import area_view
from scorecards.pictures.picture import Picture, area_picture, village_picture
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Cards
from server.cards.freshness import kept_fresh
from server.cards.seen import hides_small_counts
from server.cards.village import view_of
from server.http.access import Marker, public
from server.http.responses import asked_language, refuse

# Say another number where the drawing changes: browsers and chats keep pictures by what they say.
DRAWN = b"1"


def picture_pages(cards: Cards, areas: Areas, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
    """The routes `.../gambar.png`; `mark` says who may see them (server/http/access.py)."""
    pages = Blueprint("pictures", __name__)

    @pages.get("/desa/<code>/<period>/gambar.png")
    @mark
    def village(code: str, period: str) -> Response:
        hides = hides_small_counts(code)
        view = view_of(cards.village_cards(code, period, hides=hides), thresholds, hides)
        return _sent(village_picture(view, asked_language()))

    @pages.get("/wilayah/<code>/<period>/gambar.png")
    @mark
    def area(code: str, period: str) -> Response:
        hides = hides_small_counts(code)
        view = area_view(areas.area(code, period, hides=hides), thresholds, hides=hides)
        return _sent(area_picture(view, asked_language()))

    @pages.errorhandler(ProblemError)
    def refused(error: ProblemError) -> Response:
        return refuse(error)

    pages.after_request(kept_fresh)
    return pages


def _sent(picture: Picture) -> Response:
    """The picture; its ETag is known before it is drawn."""
    from scorecards.pictures.drawing import png  # only who draws pays for Pillow

    etag = hashlib.sha256(DRAWN + repr(picture).encode()).hexdigest()
    known = request.if_none_match.contains_weak(etag)
    response = Response(b"" if known else png(picture), mimetype="image/png")
    response.set_etag(etag)
    return response
