"""A form that could not be sent from the browser: nothing that was typed is lost, and nobody else sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page

from server.http.responses import SERVER_PROBLEM
from tests.support.barriers import barriers
from tests.support.browsing import Browsing, Person
from tests.support.members import open_account
from tests.support.sent_forms import picture
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import mapped
from tests.support.web_form import WebForm, measure

TODAY = START.date()
FORM = f"/desa/{VILLAGE}/isi/ukur_tinggi"
LEFT = "tertinggal di peramban ini"
UNSENT = "#gagal"  # the panel that says so
IN_TROUBLE = json.dumps({"code": SERVER_PROBLEM.code, "message": SERVER_PROBLEM.id})


@pytest.fixture
def her_account(browsed: Station) -> str:
    """A KPM's email; her village has a child."""
    child = (new_id(), {"nama": "Ali Contoh", "tanggal_lahir": str(TODAY - timedelta(days=400))})
    browsed.send(mapped(new_id(), day=str(TODAY), children=[child]))
    return open_account(browsed, "kpm").email


def weights(station: Station) -> list[str | None]:
    rows = [row for row in station.rows("submissions") if row["form_id"] == "ukur_tinggi"]
    return [etree.fromstring(row["body"]).findtext("berat") for row in rows]


def fill_in_vain(page: Page, photo: Path) -> None:
    """Fills in the form and sends it, while there is no signal."""
    form = WebForm(page).wait()
    measure(form, "9,1")
    form.photo("Foto anak", photo)
    with without_signal(page):
        form.send()
        page.get_by_text("Server tidak terjangkau").wait_for()


@contextmanager
def without_signal(page: Page) -> Iterator[None]:
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def stays_when_asked(page: Page) -> str:
    """Goes to leave the page, waits until the browser asks, and stays. What it asked about."""
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="Keluar").click(no_wait_after=True)
    return str(asked.value.type)


def test_no_signal__then_a_server_in_trouble__what_was_typed_stays_on_the_page_and_is_sent_once(
    browsed: Station, browsing: Browsing, her_account: str, tmp_path: Path
) -> None:
    kpm = browsing.person(her_account)
    page = kpm.open(FORM)
    form = WebForm(page).wait()
    form.pick("Pilih anak", "Ali Contoh")
    assert stays_when_asked(page) == "beforeunload", "what was only chosen from a list is an answer as well"
    measure(form, "9,1")
    with without_signal(page):
        form.send()
        page.get_by_text("Server tidak terjangkau").wait_for()
        page.get_by_text("Isian tidak hilang").wait_for()
        assert barriers(page, UNSENT) == []
        kpm.picture(tmp_path / "tanpa-sinyal.png")
        kpm.picture(tmp_path / "tanpa-sinyal-360.png", phone=True)
        assert stays_when_asked(page) == "beforeunload"
    page.route(
        "**/kirim.json",
        lambda route: route.fulfill(status=500, content_type="application/json", body=IN_TROUBLE),
        times=1,
    )
    page.get_by_role("button", name="Kirim lagi").click()
    page.get_by_text("Server sedang terganggu").wait_for()
    page.get_by_text("Isian tidak hilang").wait_for()
    kpm.picture(tmp_path / "server-terganggu-360.png", phone=True)
    assert weights(browsed) == []
    page.get_by_role("button", name="Kirim lagi").click()
    page.get_by_text("Terkirim, dan diterima server").wait_for()
    assert weights(browsed) == ["9.1"]


def test_unsent_form__outlives_its_page__and_nobody_else_sees_it(
    browsed: Station, browsing: Browsing, her_account: str, tmp_path: Path
) -> None:
    windows = browsing.windows()
    kpm = Person(windows.new_page(), browsing.base)
    kpm.log_in(her_account)
    photo = tmp_path / "anak.png"
    photo.write_bytes(picture())
    fill_in_vain(kpm.open(FORM), photo)
    kpm.page.close()  # nothing is asked, as when the browser ends

    hers = windows.cookies()
    windows.clear_cookies()
    other = Person(windows.new_page(), browsing.base)
    other.log_in(open_account(browsed, "admin", "11.01").email)
    WebForm(other.open(FORM)).wait()
    assert other.page.get_by_text(LEFT).is_hidden()

    windows.clear_cookies()
    windows.add_cookies(hers)  # type: ignore[arg-type] # as they were given
    kpm = Person(other.page, browsing.base)
    page = kpm.open(FORM)
    page.get_by_text(LEFT).wait_for()
    assert barriers(page, UNSENT) == []
    kpm.picture(tmp_path / "tertinggal.png")
    kpm.picture(tmp_path / "tertinggal-360.png", phone=True)
    page.get_by_role("button", name="Kirim lagi").click()
    page.get_by_text("Terkirim, dan diterima server").wait_for()
    assert weights(browsed) == ["9.1"]
    assert [row["content_type"] for row in browsed.rows("attachments")] == ["image/png"]

    fill_in_vain(kpm.open(FORM), photo)
    page.on("dialog", lambda dialog: dialog.accept())
    kpm.open("/keluar")
    kpm.picture(tmp_path / "keluar-360.png", phone=True)
    assert page.evaluate("caches.keys()") != []
    page.get_by_role("button", name="Keluar").click()
    page.get_by_role("link", name="Masuk").wait_for()
    assert page.evaluate("caches.keys()") == []
