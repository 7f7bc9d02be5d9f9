"""The village page in Chromium: on a narrow phone, under a thumb, by keyboard, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from forms.problems import Language
from scorecards.areas.pages import render_area, render_data
from scorecards.formulir1 import formulir1_view
from scorecards.pages import render_formulir1, render_home, render_village
from scorecards.paper.differences import differences
from scorecards.paper.formulir4 import Report, paper_of, render_paper
from scorecards.promises.pages import render_helped, render_late, render_ledger
from scorecards.promises.plans import Wish
from scorecards.promises.view import LateView, ledger_view
from scorecards.sources import CountedCard, Tally, VillageTotal
from templates.rendering import render
from tests.scorecards.test_pages import BUSY_CARD, LANGUAGES, LINKS, see
from tests.scorecards.test_promises import LINKS as PROMISE_LINKS
from tests.support.made_up import EMPTY_CARD, INDICATORS, PLACE, made_up_home, make_card
from tests.support.made_up_areas import AREA_LINKS, DATA_LINKS, DATA_VIEW, made_up_area
from tests.support.made_up_formulir1 import make_formulir1
from tests.support.made_up_promises import OTHER_CODE, FakePromises
from tests.support.screenshot import Browser, browser

PACKS = ("poster", "file", "named", "rapat", "rembuk", "rapat_named", "rembuk_named")
LINKED = replace(
    LINKS,
    **dict.fromkeys(("paper", "pdf", "workbook", "named", "formulir3a", "formulir3b", "sign", "promises"), "/kertas"),
    packs=tuple((name, "/berkas") for name in PACKS),
)
PROMISES = Tally(promised=7, done=3, overdue=1)

PAGES = {
    "village": lambda language: render_village(see(make_card()), LINKS, language),
    "busy": lambda language: render_village(see(BUSY_CARD), LINKS, language),
    "linked": lambda language: render_village(see(make_card()), LINKED, language, PROMISES),
    "formulir-1": lambda language: render_formulir1(formulir1_view(make_formulir1(), PLACE), LINKS, language),
    "empty": lambda language: render_village(see(EMPTY_CARD), LINKS, language),
    "home": lambda language: render_home(made_up_home(VillageTotal(PLACE, 962, 1214)), LINKS, language),
    "kabupaten": lambda language: render_area(made_up_area(), AREA_LINKS, language),
    "kecamatan": lambda language: render_area(made_up_area("11.01.01", 12), AREA_LINKS, language),
    "data": lambda language: render_data(DATA_VIEW, DATA_LINKS, language),
    "promises": lambda language: render_ledger(
        ledger_view(FakePromises().ledger(PLACE.code)), PROMISE_LINKS, {}, language
    ),
    "helper": lambda language: render_helped(
        FakePromises().helped(PLACE.code, Wish()), replace(PROMISE_LINKS, number=lambda name: f"/{name}"), {}, language
    ),
    "late": lambda language: render_late(
        LateView("11.01.01", *FakePromises().late("11.01.01")),
        PROMISE_LINKS,
        {PLACE.code: "/a", OTHER_CODE: "/b"},
        language,
    ),
    "error": lambda language: render(
        "error.html", language, links=LINKS, status=404, sentence="Tidak ada.", village=None, back=None
    ),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as page:
        yield page


def open_page(chromium: Browser, name: str, language: Language, width: int) -> None:
    chromium.show(PAGES[name](language), width, 640)


def evaluate(chromium: Browser, expression: str) -> Any:
    return chromium.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_width__nothing_sticks_out(chromium: Browser, name: str, language: Language, width: int) -> None:
    open_page(chromium, name, language, width)
    assert chromium.size()[0] == width
    outside = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert evaluate(chromium, f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize("name", PAGES)
def test_thumb__everything_to_touch_is_44_pixels_high(chromium: Browser, name: str) -> None:
    open_page(chromium, name, "id", 360)
    low = "[...document.querySelectorAll('a, summary')].filter(e => e.getBoundingClientRect().height < 44)"
    assert evaluate(chromium, f"{low}.map(e => e.outerHTML)") == []


@pytest.mark.parametrize("width", [360, 1280])
def test_amounts_of_a_block_stand_in_line(chromium: Browser, width: int) -> None:
    open_page(chromium, "promises", "id", width)
    # Where the figures of each amount end, however wide its cell is.
    ends = """[...document.querySelectorAll('.money tbody tr')].map(row => [...row.cells].slice(1).map(cell => {
        const range = document.createRange(); range.selectNodeContents(cell)
        return Math.round(range.getBoundingClientRect().right)
    }).join())"""
    rows = set(evaluate(chromium, ends))
    assert len(rows) == 1, rows  # all rows of both tables alike
    if width == 360:
        assert len(set(rows.pop().split(","))) == 1


@pytest.mark.parametrize("name", PAGES)
def test_headings_follow_each_other(chromium: Browser, name: str) -> None:
    open_page(chromium, name, "id", 360)
    levels = evaluate(chromium, "[...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1]))")
    assert [(above, below) for above, below in pairwise(levels) if below > above + 1] == []


def test_keyboard__focus_is_seen(chromium: Browser) -> None:
    open_page(chromium, "village", "id", 360)
    for kind in ("rawKeyDown", "keyUp"):
        chromium.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    focused = "document.activeElement"
    assert evaluate(chromium, f"{focused}.className") == "skip"
    assert evaluate(chromium, f"{focused}.getBoundingClientRect().left") == 8
    assert evaluate(chromium, f"getComputedStyle({focused}).outlineStyle") == "solid"


@pytest.mark.parametrize("name", ["village", "busy", "linked"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_paper__two_sheets_of_a4_with_the_signatures(chromium: Browser, name: str, language: Language) -> None:
    open_page(chromium, name, language, 1280)
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


def test_formulir_4__with_what_changed_since_is_three_sheets(chromium: Browser) -> None:
    signed = CountedCard(make_card(), INDICATORS)
    now = CountedCard(BUSY_CARD, INDICATORS)
    changes = differences(signed, now)[:5]
    paper = replace(paper_of(Report(PLACE, signed, 1, True, True, ()), UTC), changes=changes)
    paper = replace(paper, state="signed", signed_at=datetime(2026, 4, 2, tzinfo=UTC))
    chromium.show(render_paper(paper, LINKS, "id", back="/desa", pdf="/pdf"), 1280, 640)
    assert len(re.findall(rb"/Type\s*/Page\b", chromium.pdf())) == 3
