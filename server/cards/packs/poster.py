"""What is printed and handed on of a village's card: the poster for the wall of the village hall."""

from __future__ import annotations

import hashlib
from typing import get_args

from flask import Blueprint, Response, current_app, request

from forms.periods import Quarter
from scorecards.packs.poster import Size, poster_of, render_poster
from scorecards.paper.pdf import make_pdf
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import Cards
from server.cards.seen import hides_small_counts
from server.http.access import SEE_NAMES, Marker, public
from server.http.context import own_address
from server.http.responses import asked_language, frame, link, secured
from server.http.sessions import visitor
from server.villages.regions import covers


def pack_pages(cards: Cards, thresholds: Thresholds = USUAL, mark: Marker = public) -> Blueprint:
    """The routes of what is printed and handed on; `mark` says who may see scorecards (server/http/access.py)."""
    pages = Blueprint("packs", __name__)

    @pages.get("/desa/<code>/<period>/poster.pdf")
    @mark
    def poster(code: str, period: str) -> Response:
        hides = hides_small_counts(code)
        made = poster_of(cards.village_cards(code, period, hides=hides), thresholds, hides=hides)
        address = own_address() + link("scorecards.village", code=code, period=period)
        html = render_poster(made, frame(), address, _size(), asked_language())
        return printed(html, f"poster-{code}-{period}.pdf")

    return pages


def _size() -> Size:
    """What `?ukuran=` asks for; A3, which every copy shop has, where it asks for none that there is."""
    asked = request.args.get("ukuran")
    return next((size for size in get_args(Size) if size == asked), "A3")


def printed(html: str, name: str) -> Response:
    """The PDF of a page, made only for a browser that does not have just this one already."""
    response = secured(Response(mimetype="application/pdf"))
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.cache_control.no_cache = True
    response.set_etag(hashlib.sha256(html.encode()).hexdigest())
    response.make_conditional(request)
    if response.status_code == 200:
        response.set_data(make_pdf(html))
    return response


def pack_links(code: str, quarter: Quarter) -> tuple[tuple[str, str], ...]:
    """Where they are for a card, each by its name; none on a server without these pages."""
    of = {"code": code, "period": str(quarter)}
    # In the last quarter villages agree on the next year.
    years = {"rembuk": quarter.year} | ({"rembuk_next": quarter.year + 1} if quarter.number == 4 else {})
    names = {
        "poster": ("packs.poster", of),
        "file": ("one_file.whole", of),
        "rapat": ("meetings.quarterly", of),
        **{name: ("meetings.rembuk", {"code": code, "year": str(year)}) for name, year in years.items()},
    }
    found = visitor()
    if found and found.role in SEE_NAMES and covers(found.region, code):
        names |= {
            "named": ("one_file.named", of),
            "rapat_named": ("meetings.quarterly_named", of),
            **{
                f"{name}_named": ("meetings.rembuk_named", {"code": code, "year": str(year)})
                for name, year in years.items()
            },
        }
    return tuple(
        (name, link(endpoint, **places))
        for name, (endpoint, places) in names.items()
        if endpoint in current_app.view_functions
    )
