"""Where a village's households stand: a drawing without anything from elsewhere, or a map of tiles where the setting
MAP_TILES_URL says where these come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response

from server.database.engine import reading
from server.entry import assets
from server.http.access import allow
from server.http.context import backend
from server.http.responses import DECIDERS, link, show
from server.queries.submissions import places
from server.villages import regions

pages = Blueprint("household_map", __name__)

_WIDTH, _HEIGHT, _MARGIN = 560, 440, 34
# On a screen of 360 pixels a unit is little more than half of one: so large is what a finger can touch there.
_TOUCH = 46


@pages.get("/desa/<code>/peta")
@allow("kpm", *DECIDERS, names="peta")
def household_map(code: str) -> Response:
    """The tiles are loaded by the browser, which tells their server the address of ours and which part of the country
    is looked at: no names, no places of households."""
    tiles = backend().settings.map_tiles_url if assets.has_map() else ""
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found = places.households(connection, code, backend().today)
    far = places.far_off(home.point for home in found if home.point)
    placed = [home for home in found if home.point and home.point not in far]
    points = [home.point for home in placed if home.point]
    drawing = places.drawing_of(points, _WIDTH, _HEIGHT, _MARGIN) if points else None
    response = show(
        "peta.html",
        code=code,
        village=village,
        today=backend().today,
        placed=placed,
        far=[home for home in found if home.point in far],
        without=[home for home in found if home.point is None],
        drawing=drawing,
        groups=places.grouped(drawing, placed, _TOUCH) if drawing else [],
        touch=_TOUCH // 2,
        tiles=tiles,
        credit=backend().settings.map_tiles_credit,
        asset=assets.address,
        person=lambda home: link("people.one_person", code=code, entity_id=home.id),
        link=link,
    )
    if tiles and points:
        response.headers["Content-Security-Policy"] = _policy(tiles)
    return response


def _policy(tiles: str) -> str:
    """Besides what every page may load: our own scripts and styles, and pictures from where the tiles are."""
    told = urlsplit(tiles)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src data: {told.scheme}://{told.netloc}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
