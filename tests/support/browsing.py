"""People at a browser: Debian's Chromium, led by Playwright, on the app as it listens on a real port."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.listening import listening
from tests.support.members import PASSWORD

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
# Milliseconds: a page of ours takes far less, and on a busy machine some seconds.
PATIENCE = 20_000
# What Chromium starts beside each window and nobody looks at: a process for the next page, and pages of its own under
# the address bar. They take half of the time that a window takes. Of such lists Chromium heeds the last one alone:
# Playwright's comes first, so that it is repeated here.
IDLE = ("SpareRendererForSitePerProcess", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
LEFT_OUT_BY_PLAYWRIGHT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "OptimizationHints"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "NetworkTimeServiceQuerying"),
    *("AimEnabled", "PreconnectToSearch"),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser. Nothing from outside is asked for: it reaches the loopback alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
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
        # Some pages look again by themselves, and a page that was just asked for may not be there: the locator waits
        # for the body, where the page's own `evaluate` would find no document.
        wide = self.page.locator("body").evaluate("body => body.ownerDocument.documentElement.scrollWidth")
        assert wide <= (PHONE if phone else DESK)["width"], f"{self.page.url} is {wide} pixels wide"
        self.page.screenshot(path=file, full_page=True)
        if before:
            self.page.set_viewport_size(before)
        return file


@dataclass
class Browsing:
    """Browsers for the people of one server."""

    browser: Browser
    base: str

    def person(self, email: str = "", *, phone: bool = False) -> Person:
        """A browser of their own, in which the account (tests/support/members.py) has logged in as people do."""
        # Two libraries' words for one thing: the size of the window.
        page = self.browser.new_page(viewport=PHONE if phone else DESK, locale="id-ID")  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE)
        person = Person(page, self.base)
        if email:
            person.log_in(email)
        return person


@contextmanager
def browsing_on(browser: Browser, app: Flask) -> Iterator[Browsing]:
    """Has the app listen until the end of the block, for people at browsers."""
    with listening(app) as base:
        yield Browsing(browser, base)
        for context in browser.contexts:
            context.close()
