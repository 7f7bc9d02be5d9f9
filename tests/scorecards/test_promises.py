"""The pages of the promise ledger, from a made-up ledger: counts for everybody, households for members alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from lxml import html

from forms.problems import Language
from scorecards.areas.pages import render_area
from scorecards.pages import Links
from scorecards.promises.pages import PromiseLinks, render_helped, render_late, render_ledger
from scorecards.promises.plans import Wish
from scorecards.promises.sources import LateVillages, tally
from scorecards.promises.view import LateView, Money, ledger_view
from scorecards.sources import NO_PROMISES, Tally
from templates.rendering import render
from tests.support.made_up_areas import AREA_LINKS, made_up_area
from tests.support.made_up_promises import CLASSES, LATRINES, ROAD, TODAY, FakePromises

LINKS = PromiseLinks(
    other="/en", village="/desa", ledger="/janji", households="/janji/keluarga", region="/wilayah", promises="/janji"
)


def words(source: str) -> str:
    return " ".join(html.document_fromstring(source).body.text_content().split())


def page(language: Language = "id", *, names: bool = False) -> str:
    ledger = FakePromises().ledger("11.01.01.2001", names=names)
    home_links = {home: f"/sasaran/{home}" for home in ledger.called}
    return render_ledger(ledger_view(ledger), LINKS, home_links, language)


def test_promises_add_up_without_those_called_off() -> None:
    assert tally([LATRINES, CLASSES, ROAD], TODAY) == Tally(2, 1, 1, lacking=15, closed=14, on=TODAY)
    assert tally([ROAD], TODAY) == NO_PROMISES


def test_where_small_counts_are_hidden__nothing_is_said_of_the_few_whom_a_promise_is_about() -> None:
    worlds = [FakePromises([replace(LATRINES, lacking=3, closed=closed), CLASSES, ROAD]) for closed in (1, 2)]
    open_pages, hidden = (
        [render_ledger(ledger_view(one.ledger("11.01.01.2001"), hides=hides), LINKS, {}, "id") for one in worlds]
        for hides in (False, True)
    )
    assert open_pages[0] != open_pages[1]
    assert hidden[0] == hidden[1]
    assert "kini sudah" not in hidden[0].partition("Cara membacanya")[0]
    assert "2 dijanjikan, 1 selesai, 1 lewat tenggat." in words(hidden[0])


def test_public_page_says_who_answers_by_when_and_what_came_of_it__without_households() -> None:
    said = words(page())
    assert (
        "2 dijanjikan, 1 selesai, 1 lewat tenggat. Dari 15 yang dulu belum menerima layanannya, 14 kini sudah." in said
    )
    assert "Jamban sehat lewat 10 hari" in said
    assert "2 dari 3 keluarga yang dulu belum menerima kini sudah." in said
    assert (
        "Penanggung jawab: Kepala Dusun Mawar. Tenggat 30 Jun 2026. Anggaran Rp60.000.000, belanja Rp9.000.000." in said
    )
    assert "Kelas <b>pengasuhan</b> sudah selesai" in said
    assert "Jalan dusun sudah dibatalkan" in said
    assert not [name for name in ("Contoh", "mawar-1", "melati-1") if name in page()]


def test_members_see_which_households_what_is_left_first() -> None:
    found = html.document_fromstring(page(names=True))
    homes = [" ".join(one.text_content().split()) for one in found.xpath("//ul[@class='homes-of']/li")]
    assert homes[:3] == [
        "Tono Contoh masih belum menerima",
        "Budi Contoh kini sudah menerima",
        "Wati Contoh kini sudah menerima",
    ]
    assert homes[3].startswith("keluarga yang tidak ada lagi di daftar")
    assert found.xpath("//ul[@class='homes-of']//a/@href")[0] == "/sasaran/melati-1"


def test_members_see_which_people_a_promise_without_households_is_about() -> None:
    found = html.document_fromstring(page(names=True))
    (people,) = found.xpath("//details[contains(summary, 'Waktu dijanjikan')]")
    assert people[0].text_content() == "Waktu dijanjikan 2 belum menerima; 1 di antaranya kini sudah"
    told = {link.get("href"): " ".join(link.getparent().text_content().split()) for link in people.iter("a")}
    assert told == {
        "/sasaran/siti": "Siti Contoh masih belum menerima",
        "/sasaran/ali": "Ali Contoh kini sudah menerima",
    }
    assert list(told) == ["/sasaran/siti", "/sasaran/ali"]
    assert "<details>" not in page()


def test_page_of_a_region__says_of_a_quarter_that_is_over_that_promises_are_those_of_today() -> None:
    area = replace(made_up_area(), late=tuple(FakePromises().late("11.01.01")[2].shown))
    links = replace(AREA_LINKS, late={one.place.code: "/janji" for one in area.late}, all_late="/janji")
    said = [words(render_area(replace(area, running=running), links, "id")) for running in (True, False)]
    note = "Keadaan hari ini, bukan pada triwulan yang sedang dilihat."
    assert [note in one for one in said] == [False, True]


def test_english_page_has_nothing_left_in_indonesian() -> None:
    said = words(page("en", names=True))
    assert "2 of 3 households that lacked it receive it now." in said
    assert not [word for word in ("tenggat", "lewat", "keluarga", "belanja", "dijanjikan") if word in said.casefold()]


def test_money_of_a_year_by_sector_and_source_adds_up() -> None:
    (year,) = ledger_view(FakePromises().ledger("11.01.01.2001")).money
    air, paud = Money("air", 60_000_000, 50_000_000, 9_000_000), Money("paud", 5_000_000, 5_000_000, 5_000_000)
    assert {one.name: one for one in year.by_sector} == {"air": air, "paud": paud}
    assert [one.name for one in year.by_fund] == ["dana_desa", "apbd"]
    assert [(one.name, one.total) for one in year.by_meeting] == [("rembuk", 60_000_000), ("rapat", 5_000_000)]
    for parts in (year.by_sector, year.by_fund, year.by_meeting):
        assert sum(one.total for one in parts) == year.all.total == 65_000_000
        assert sum(one.stunting for one in parts) == year.all.stunting == 55_000_000
        assert sum(one.spent for one in parts) == year.all.spent == 14_000_000


@pytest.mark.parametrize(
    ("proven", "said"),
    [
        (True, "Tidak ada pilihan yang melengkapi lebih banyak keluarga"),
        (False, "Pilihan terbaik yang ditemukan dalam dua detik; mungkin ada yang sedikit lebih baik."),
    ],
)
def test_helper_says_whether_its_plan_is_proven_to_be_the_best(proven: bool, said: str) -> None:
    found = FakePromises().helped("11.01.01.2001", Wish())
    found = replace(found, plan=replace(found.plan, proven=proven))
    links = replace(LINKS, number=lambda name: f"/{name}")
    assert said in words(render_helped(found, links, {}, "id"))


def test_block_of_the_village_page_is_there_only_where_something_is_promised() -> None:
    assert block(NO_PROMISES) == ""
    assert "3</b> dijanjikan" in block(Tally(3, 1, 1, 3, 2, TODAY))
    assert "notice red" in block(Tally(3, 1, 1, 3, 2, TODAY))
    assert "notice" not in block(Tally(3, 3, 0, on=TODAY))


def test_block_on_a_page_of_another_day_says_of_which_it_is() -> None:
    made = Tally(3, 1, 1, 3, 2, TODAY)
    assert "Per 10 Juli 2026: 3 dijanjikan" in words(block(made, date(2026, 3, 31)))
    assert "Per " not in block(made)


def block(promises: Tally, shown_on: date = TODAY) -> str:
    links = Links(other="/en", promises="/janji")
    return render("desa_janji.html", "id", promises=promises, links=links, shown_on=shown_on).strip()


def test_region_shows_its_villages_worst_first() -> None:
    name, today, late = FakePromises().late("11.01.01")
    view = LateView("11.01.01", name, today, late)
    source = render_late(view, LINKS, {one.place.code: f"/{one.place.code}" for one in late.shown}, "id")
    assert "4 janji di 2 desa sudah lewat tenggat dan belum selesai." in words(source)
    assert [a.text for a in html.document_fromstring(source).xpath("//ul//a")] == ["Mekarsari", "Sukamaju Hilir"]
    assert "11 belum menerima layanan yang dijanjikan." in words(source)
    assert "Yang terlama: Jamban sehat, seharusnya selesai 30 Jun 2026. Penanggung jawab: Kepala Dusun Mawar." in words(
        source
    )
    assert "desa pertama" not in words(source)
    nothing = render_late(LateView("ID", "", TODAY, LateVillages([], 0, 0)), LINKS, {}, "en")
    assert "No promise is overdue in this region." in words(nothing)


def test_region_with_more_villages_than_are_shown_says_so_and_adds_all_of_them_up() -> None:
    name, today, late = FakePromises().late("11.01.01")
    view = LateView("11", name, today, replace(late, villages=512, overdue=1304))
    said = words(render_late(view, LINKS, {one.place.code: "/janji" for one in late.shown}, "id"))
    assert "1.304 janji di 512 desa sudah lewat tenggat" in said
    assert "Di sini 2 desa pertama; lainnya ada di halaman yang sama dari kabupaten atau kecamatannya." in said


def test_pages_are_light() -> None:
    assert len(page(names=True).encode()) < 30_000


@pytest.mark.parametrize(
    ("homes", "said"),
    [
        ({"mawar-1": "had", "mawar-2": "not_due"}, "Keluarga yang disebut sudah menerimanya sebelum dijanjikan."),
        ({"mawar-1": "not_due"}, "Keluarga yang disebut tidak sedang menjadi sasaran layanan ini."),
        ({}, "Tidak ada yang belum menerimanya ketika dijanjikan."),
    ],
)
def test_promise_to_nobody_who_lacked_it_says_so(homes: dict[str, str], said: str) -> None:
    promises = FakePromises([replace(LATRINES, homes=homes, lacking=0, closed=0)])
    shown = words(render_ledger(ledger_view(promises.ledger("11.01.01.2001")), LINKS, {}, "id"))
    assert said in shown and "0 dari 0" not in shown
