"""The map of households at a browser: signs on tiles where there are any, and a drawing where there are none."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page

from tests.support.browsing import browsing_on
from tests.support.databases import databases_of, ready
from tests.support.listening import listening
from tests.support.members import open_account
from tests.support.station import VILLAGE, Station, opened, prepared_as_shipped
from tests.support.village_forms import mapped

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOMES = {"Ibu <b>Contoh</b>": "-7.1200 110.1200 0 5", "Pak Contoh": "-7.1210 110.1215 0 5"}


@pytest.fixture
def tiles() -> Iterator[tuple[str, list[str]]]:
    """A server of tiles on another port, and what it was asked for."""
    asked: list[str] = []
    app = Flask(__name__)

    @app.get("/<path:tile>")
    def tile(tile: str) -> Response:
        asked.append(tile)
        return Response(PICTURE, mimetype="image/png")

    with listening(app) as base:
        yield base, asked


def stations(tmp_path: Path, run_folder: Path, **settings: str) -> Iterator[Station]:
    with databases_of("sqlite", tmp_path, run_folder, lambda: None) as found:
        url, tokens = ready(found, prepared_as_shipped)
        station = opened(url, tmp_path, tokens, **settings)
        for number, (head, place) in enumerate(HOMES.items()):
            station.send(mapped(f"7500{number:04}-0000-4000-8000-000000000000", head=head, place=place))
        yield station
        station.engine.dispose()


def outside(page: Page, base: str) -> list[str]:
    """What the page asks of others than the server; filled while it loads."""
    found: list[str] = []
    page.on("request", lambda one: None if one.url.startswith((base, "data:")) else found.append(one.url))
    return found


def test_households__are_signs_on_tiles__whose_words_are_those_of_the_list(
    tmp_path: Path, run_folder: Path, chromium_of_run: Browser, tiles: tuple[str, list[str]]
) -> None:
    base, asked = tiles
    for station in stations(tmp_path, run_folder, MAP_TILES_URL=f"{base}/{{z}}/{{x}}/{{y}}.png"):
        with browsing_on(chromium_of_run, station.app) as browsing:
            person = browsing.person(open_account(station, "kpm", VILLAGE).email)
            others = outside(person.page, browsing.base)
            page = person.open(f"/desa/{VILLAGE}/peta")
            page.locator(".leaflet-tile-loaded").first.wait_for(state="attached")
            assert page.locator(".leaflet-marker-icon").count() == len(HOMES)
            assert page.locator("svg.village").is_hidden()
            page.locator(".leaflet-marker-icon").first.click()
            words = page.locator(".leaflet-popup-content")
            words.wait_for()
            assert words.locator("a").inner_text() in HOMES
            assert words.locator("b").count() == 0
            assert asked and all(one.startswith(base) for one in others)
            person.picture(Path(tmp_path / "peta.png"))
            person.picture(Path(tmp_path / "peta-360.png"), phone=True)
            assert (
                base
                not in (page.request.get(f"{browsing.base}/desa/{VILLAGE}/foto").headers["content-security-policy"])
            )
            stranger = browsing.person()
            stranger.open(f"/desa/{VILLAGE}/peta")
            assert not any(name in stranger.page.content() for name in ("Pak Contoh", "data-latitude"))


def test_without_tiles__nothing_is_asked_of_others__and_no_script_runs(
    tmp_path: Path, run_folder: Path, chromium_of_run: Browser
) -> None:
    for station in stations(tmp_path, run_folder):
        with browsing_on(chromium_of_run, station.app) as browsing:
            person = browsing.person(open_account(station, "kpm", VILLAGE).email)
            others = outside(person.page, browsing.base)
            page = person.open(f"/desa/{VILLAGE}/peta")
            assert page.locator("svg.village circle").count() == len(HOMES)
            assert page.locator("script").count() == 0
            assert others == []
