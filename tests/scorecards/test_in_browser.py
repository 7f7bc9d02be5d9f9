"""The village page in Chromium: on a narrow phone, under a thumb, by keyboard, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forms.problems import Language
from scorecards.formulir1 import formulir1_view
from scorecards.pages import render_formulir1, render_home, render_village
from scorecards.sources import VillageTotal
from templates.rendering import render
from tests.scorecards.test_pages import BUSY_CARD, LANGUAGES, LINKS, see
from tests.support.made_up import EMPTY_CARD, PLACE, made_up_home, make_card
from tests.support.made_up_formulir1 import make_formulir1
from tests.support.screenshot import Browser, browser

PAGES = {
    "village": lambda language: render_village(see(make_card()), LINKS, language),
    "busy": lambda language: render_village(see(BUSY_CARD), LINKS, language),
    "formulir-1": lambda language: render_formulir1(formulir1_view(make_formulir1(), PLACE), LINKS, language),
    "empty": lambda language: render_village(see(EMPTY_CARD), LINKS, language),
    "home": lambda language: render_home(made_up_home(VillageTotal(PLACE, 962, 1214)), LINKS, language),
    "error": lambda language: render(
        "error.html", language, links=LINKS, status=404, sentence="Tidak ada.", village=None
    ),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as page:
        yield page


def open_page(chromium: Browser, folder: Path, name: str, language: Language, width: int) -> None:
    file = folder / f"{name}.html"
    file.write_text(PAGES[name](language))
    chromium.open(file.as_uri(), width, 640)


def evaluate(chromium: Browser, expression: str) -> Any:
    return chromium.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_width__nothing_sticks_out(
    chromium: Browser, tmp_path: Path, name: str, language: Language, width: int
) -> None:
    open_page(chromium, tmp_path, name, language, width)
    assert chromium.size()[0] == width
    outside = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert evaluate(chromium, f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize("name", PAGES)
def test_thumb__everything_to_touch_is_44_pixels_high(chromium: Browser, tmp_path: Path, name: str) -> None:
    open_page(chromium, tmp_path, name, "id", 360)
    low = "[...document.querySelectorAll('a, summary')].filter(e => e.getBoundingClientRect().height < 44)"
    assert evaluate(chromium, f"{low}.map(e => e.outerHTML)") == []


def test_keyboard__focus_is_seen(chromium: Browser, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, "village", "id", 360)
    for kind in ("rawKeyDown", "keyUp"):
        chromium.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    focused = "document.activeElement"
    assert evaluate(chromium, f"{focused}.className") == "skip"
    assert evaluate(chromium, f"{focused}.getBoundingClientRect().left") == 8
    assert evaluate(chromium, f"getComputedStyle({focused}).outlineStyle") == "solid"


@pytest.mark.parametrize("name", ["village", "busy"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_paper__two_sheets_of_a4_with_the_signatures(
    chromium: Browser, tmp_path: Path, name: str, language: Language
) -> None:
    open_page(chromium, tmp_path, name, language, 1280)
    pdf = chromium.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert {
        (round(float(width)), round(float(height)))
        for width, height in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    } == {(595, 842)}
    chromium.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert evaluate(chromium, "document.querySelector('.sign-off').getBoundingClientRect().height") > 50
        assert evaluate(chromium, "document.querySelector('footer').getBoundingClientRect().height") == 0
    finally:
        chromium.ask("Emulation.setEmulatedMedia", media="")
