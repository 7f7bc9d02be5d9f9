"""The work list and its sheet in Chromium: on a narrow phone, under a thumb, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from forms.growth.early import signs
from forms.problems import Language
from server.pages.worklist import work
from server.queries.priorities import priority_of
from server.queries.worklist import RedChildren, Task
from templates.rendering import Frame, render
from tests.server.queries.test_priorities import CHILD, MOTHER, TODAY, TODDLER, Target, replace
from tests.support.screenshot import Browser, browser

LANGUAGES: tuple[Language, ...] = ("id", "en")
THIN = {
    "2025-12-01 a": {"day": "2025-12-01", "berat": 6.2, "panjang": 64.0, "posisi": "baring"},
    "2026-03-02 a": {"day": "2026-03-02", "berat": 6.3, "panjang": 69.5, "posisi": "baring"},
}


def task(name: str, target: Target, measurements: dict[str, Any] | None = None) -> Task:
    return Task(
        id=name,
        list=target.list,
        name=name,
        dusun="Kampung Baru Hilir" if len(name) % 3 else "",
        rt="012/003",
        household="Muhammad Abdurrahman Wahidin",
        data=target.data,
        birth_date=target.birth_date,
        due_date=date(2026, 5, 1) if target.list == "ibu_hamil" else None,
        delivered_on=None,
        visited_on=target.visited_on,
        missing=tuple((target.missing or "").split(", ")) if target.visited_on else None,
        measurements=measurements or {},
        priority=priority_of(target, TODAY),
    )


THIN_CHILD = replace(
    CHILD,
    data={"tikar": "merah", "status_gizi": "stunting", "jenis_kelamin": "L"},
    signs=tuple((code, day) for code, day in signs(THIN, "L", CHILD.birth_date)),
)
SEEN = replace(MOTHER, visited_on=date(2026, 3, 5), missing="tablet tambah darah, konseling gizi, jaminan kesehatan")
TASKS = [
    task("Siti Nurhaliza Wulandari Kusumaningrum", THIN_CHILD, THIN),
    task("Wati", replace(MOTHER, data={"status_kehamilan": "kek_risti"})),
    *(task(f"Ibu Rahmawati {number}", SEEN) for number in range(60)),
    *(task(f"Muhammad Rizki {number}", TODDLER) for number in range(20)),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as page:
        yield page


def open_page(chromium: Browser, template: str, language: Language, width: int) -> None:
    values = {"village": "Sukamaju", "today": TODAY, "card": "/desa/1", "work_list": "/tugas", "sheet": "/tugas/cetak"}
    values |= {"person": lambda task: f"/desa/1/sasaran/{task.id}", "returned": []}
    links = Frame(other="?lang=en", home="/", who="Bu Ani", account="/sandi", leave="/keluar")
    page = render(template, language, links=links, work=work(TASKS, TODAY), red=RedChildren(12, 9, 4), **values)
    chromium.show(page, width, 640)


def evaluate(chromium: Browser, expression: str) -> Any:
    return chromium.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ["tugas.html", "tugas_cetak.html"])
def test_width__nothing_sticks_out(chromium: Browser, template: str, language: Language, width: int) -> None:
    open_page(chromium, template, language, width)
    assert chromium.size()[0] == width
    outside = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert evaluate(chromium, f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize("template", ["tugas.html", "tugas_cetak.html"])
def test_thumb__everything_to_touch_is_44_pixels_high(chromium: Browser, template: str) -> None:
    open_page(chromium, template, "id", 360)
    low = "[...document.querySelectorAll('a')].filter(e => e.getBoundingClientRect().height < 44)"
    assert evaluate(chromium, f"{low}.map(e => e.outerHTML)") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet__prints_on_a4_with_a_box_for_each(chromium: Browser, language: Language) -> None:
    open_page(chromium, "tugas_cetak.html", language, 1280)
    pdf = chromium.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in (3, 4)
    assert {
        (round(float(width)), round(float(height)))
        for width, height in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    } == {(595, 842)}
    chromium.ask("Emulation.setEmulatedMedia", media="print")
    try:
        box = "parseFloat(getComputedStyle({}, '::before').width)"
        for where in ("document.querySelector('tbody td')", "document.querySelector('.paud i')"):
            assert evaluate(chromium, box.format(where)) > 10
        assert evaluate(chromium, "document.querySelector('.links').getBoundingClientRect().height") == 0
    finally:
        chromium.ask("Emulation.setEmulatedMedia", media="")
