"""Every page that an admin can open, in Chromium: on a narrow phone, on a desk, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import html

from tests.support import barriers
from tests.support.members import member
from tests.support.named_villages import addresses, fill
from tests.support.screenshot import Browser, browser
from tests.support.station import opened
from tests.support.village_forms import prepared_with_forms

PHONE, DESK = 360, 1280
PAPER, TURNED = 711, 1031  # CSS pixels: A4 without its margins, and on its side
FILES = (".pdf", ".png", ".xlsx")  # no pages, and slow to make
Pages = dict[str, str]
# Of people and villages; of entities, submissions, phones and days; and what marks a form as ours.
NAMES_AND_NUMBERS = re.compile(
    r"Namasentinel\w+|Suka[md]\w+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[0-9a-f]{12}"
    r'|name="csrf_token" value="[^"]*"|\d+'
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages by their address; of those that differ in names and numbers alone the first."""
    folder = tmp_path_factory.mktemp("halaman")
    url = f"sqlite:///{folder}/uji.db"
    station = opened(url, folder, prepared_with_forms(url))
    fill(station)
    admin, found, looks_like = member(station, "admin", "ID"), {}, set()
    for rule in station.app.url_map.iter_rules():
        asked = "GET" in (rule.methods or ()) and not rule.rule.endswith(FILES)
        for address in addresses(station, rule, "GET") if asked else ():
            answer = admin.get(address)
            page = answer.status_code == 200 and answer.mimetype == "text/html"
            if page and (look := NAMES_AND_NUMBERS.sub("", answer.text)) not in looks_like:
                looks_like.add(look)
                found[address] = answer.text
    station.engine.dispose()
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as page:
        evaluate(page, barriers.AXE.read_text() + "; true")
        yield page


def evaluate(chromium: Browser, expression: str) -> Any:
    asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
    return chromium.ask("Runtime.evaluate", **asked)["result"]["value"]


@dataclass(frozen=True)
class Look:
    """What is to be seen of a page: by how much it is wider than each width of the window and than its paper, what is a
    link and does not look like one, how many buttons and fields would be printed, and what shuts somebody out."""

    wider: dict[int, int]
    plain_links: list[str]
    on_paper: int
    barriers: list[str]


# Underlined, or something in it is; or it has a button's or a turning arrow's shape.
PLAIN_LINKS = """[...document.querySelectorAll('main a')].filter(a => a.offsetParent
    && ![a, ...a.querySelectorAll('*')].some(e => getComputedStyle(e).textDecorationLine == 'underline')
    && getComputedStyle(a).borderStyle != 'solid').map(a => a.outerHTML.slice(0, 120))"""
SHOWN = "[...document.querySelectorAll('button, input, select, textarea')].filter(e => e.offsetParent).length"


@pytest.fixture(scope="module")
def looks(pages: Pages, chromium: Browser) -> dict[str, Look]:
    found = {}
    for address, text in pages.items():
        chromium.show(text, PHONE, 800)
        wider, links = {PHONE: chromium.size()[0] - PHONE}, evaluate(chromium, PLAIN_LINKS)
        shut_out = evaluate(chromium, barriers.expression())
        chromium.resize(DESK, 800)
        wider[DESK] = chromium.size()[0] - DESK
        paper = TURNED if "A4 landscape" in text else PAPER
        chromium.resize(paper, 800)
        chromium.ask("Emulation.setEmulatedMedia", media="print")
        wider[PAPER] = chromium.size()[0] - paper
        found[address] = Look(wider, links, evaluate(chromium, SHOWN), shut_out)
        chromium.ask("Emulation.setEmulatedMedia", media="")
    return found


def test_dates__are_said_in_words(pages: Pages) -> None:
    found = [
        (address, date)
        for address, text in pages.items()
        for date in re.findall(
            r"\d{4}-\d\d-\d\d|\b\d\d?/\d\d?/\d{4}", " ".join(html.document_fromstring(text).body.itertext())
        )
    ]
    assert found == []
    assert len(pages) > 30


@pytest.mark.parametrize("width", [PHONE, DESK, PAPER])
def test_width__nothing_sticks_out(looks: dict[str, Look], width: int) -> None:
    assert [page for page, look in looks.items() if look.wider[width] > 0] == []


def test_links__look_like_links(looks: dict[str, Look]) -> None:
    assert {page: look.plain_links for page, look in looks.items() if look.plain_links} == {}


def test_paper__shows_no_buttons(looks: dict[str, Look]) -> None:
    assert {page: look.on_paper for page, look in looks.items() if look.on_paper} == {}


def test_nobody_is_shut_out(looks: dict[str, Look]) -> None:
    assert {page: look.barriers for page, look in looks.items() if look.barriers} == {}
