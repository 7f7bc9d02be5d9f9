"""People at a browser: Debian's Chromium, led by Playwright, on the app as it listens on a real port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from server.http.context import Backend
from tests.support.listening import listening
from tests.support.members import PASSWORD
from tests.support.screenshot import chromium as program

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
# Milliseconds: a page of ours takes far less, and on a busy machine some seconds.
PATIENCE = 20_000
# What Chromium with windows starts beside each one and nobody looks at: a process for the next page, and pages of its
# own under the address bar. They take half of the time that a window takes. Of such lists Chromium heeds the last one
# alone: Playwright's comes first, so that it is repeated here.
IDLE = ("SpareRendererForSitePerProcess", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
LEFT_OUT_BY_PLAYWRIGHT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "OptimizationHints"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "NetworkTimeServiceQuerying"),
    *("AimEnabled", "PreconnectToSearch"),
)

_click = Locator.click


def _click_and_see(self: Locator, **options: Any) -> None:
    """Whoever follows a link or sends a form looks at the page that comes when all of it is there. Playwright waits for
    its first bytes alone: what is counted then is that of half a page, or of none."""
    _click(self, **options)
    if not options.get("no_wait_after"):
        self.page.wait_for_load_state()


Locator.click = _click_and_see  # type: ignore[method-assign]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser. Nothing from outside is asked for: it reaches the loopback alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program(),
            args=[
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--disable-features={','.join((*LEFT_OUT_BY_PLAYWRIGHT, *IDLE))}",
            ],
        )
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody at a browser, logged in where they have an account. `page` is what they see."""

    page: Page
    base: str

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        return self.page

    def log_in(self, email: str) -> None:
        self.page.goto(f"{self.base}/masuk")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Kata sandi").fill(PASSWORD)
        self.page.get_by_role("button", name="Masuk").click()
        self.page.get_by_role("link", name="Keluar").wait_for()

    def to(self, name: str) -> Page:
        """Opens another page of the desk by the link in its head, which is folded on a small screen."""
        if (fold := self.page.locator(".fold:not([open]) summary")).is_visible():
            fold.click()
        self.page.get_by_label("Halaman admin").get_by_role("link", name=name, exact=True).click()
        return self.page

    def picture(self, file: Path, *, phone: bool = False) -> Path:
        """A picture of the whole page as it is, on a desk or on a phone; nothing may stick out at its side."""
        before = self.page.viewport_size
        self.page.set_viewport_size(PHONE if phone else DESK)
        # Some pages look again by themselves, and are not there just then: the locator waits for the body, where the
        # page's own `evaluate` would find no document.
        wide = self.page.locator("body").evaluate("body => body.ownerDocument.documentElement.scrollWidth")
        assert wide <= (PHONE if phone else DESK)["width"], f"{self.page.url} is {wide} pixels wide"
        self.page.screenshot(path=file, full_page=True)
        if before:
            self.page.set_viewport_size(before)
        return file


@dataclass
class Browsing:
    """Browsers for the people of the server at `base`, whose clock they have too."""

    browser: Browser
    base: str
    clock: Callable[[], datetime]

    def windows(self, *, phone: bool = False, **options: Any) -> BrowserContext:
        """A browser of somebody in western Indonesia: its day is the server's, whatever the machine's is."""
        size = PHONE if phone else DESK
        made = self.browser.new_context(viewport=size, locale="id-ID", timezone_id="Asia/Jakarta", **options)
        made.set_default_timeout(PATIENCE)
        made.clock.install(time=self.clock())
        return made

    def person(self, email: str = "", *, phone: bool = False) -> Person:
        """A browser of their own, in which the account (tests/support/members.py) has logged in as people do."""
        person = Person(self.windows(phone=phone).new_page(), self.base)
        if email:
            person.log_in(email)
        return person


@contextmanager
def browsing_on(browser: Browser, app: Flask) -> Iterator[Browsing]:
    """Has the app listen until the end of the block, for people at browsers."""
    with listening(app) as base:
        served: Backend = app.extensions["backend"]
        yield Browsing(browser, base, served.clock)
        for context in browser.contexts:
            context.close()
