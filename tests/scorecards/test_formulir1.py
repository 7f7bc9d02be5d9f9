"""Formulir 1 as a page: what it says, in words and figures."""

from __future__ import annotations

import re
from typing import Any

import openpyxl
import pytest
from lxml import html

from forms.indicators.rules import SERVICES
from forms.problems import Language
from scorecards.formulir1 import MOST_GAPS, Formulir1View, formulir1_view
from scorecards.pages import render_formulir1
from templates.rendering import environment
from tests.scorecards.test_pages import LANGUAGES, LINKS, text
from tests.support.builders import WORKBOOKS
from tests.support.made_up import PLACE
from tests.support.made_up_formulir1 import NOTHING_YET, make_formulir1


def see(found: dict[str, Any]) -> Formulir1View:
    return formulir1_view(found, PLACE)


def page(found: dict[str, Any], language: Language = "id") -> html.HtmlElement:
    return html.document_fromstring(render_formulir1(see(found), LINKS, language))


def line(dusun: str, service: str, due: int, received: int, supplied: bool) -> dict[str, Any]:
    waiting = 0 if supplied else due - received
    return {
        "dusun": dusun,
        "service": service,
        "due": due,
        "received": received,
        "supplied": supplied,
        "waiting": waiting,
    }


def test_gaps__the_neediest_first_and_not_all_of_them() -> None:
    view = see(make_formulir1())

    assert len(view.gaps) == MOST_GAPS < view.all_gaps
    assert [gap.waiting for gap in view.gaps] == sorted((gap.waiting for gap in view.gaps), reverse=True)
    first = view.gaps[0]
    assert (first.dusun, first.service, first.waiting) == ("Kenanga", "paud", 28)


def test_demand__the_dusun_with_most_that_wait_first() -> None:
    lines = [line("A", "ukur", 9, 4, True), line("B", "timbang", 3, 1, False), line("A", "timbang", 2, 1, False)]

    view = see(make_formulir1(supply=lines))

    assert [(one.dusun, one.gaps) for one in view.demand] == [("B", 1), ("A", 1)]
    assert [one.service for one in view.demand[1].lines] == ["ukur", "timbang"]


def test_what_houses_lack__stands_apart_with_its_own_advice() -> None:
    supply = [line("Mawar", "jamban", 9, 1, False), line("Mawar", "air_minum", 9, 2, True)]
    found = make_formulir1(supply=[*supply, line("Mawar", "timbang", 5, 2, False)])
    view = see(found)

    assert [gap.service for gap in view.gaps] == ["timbang"]
    assert [one.service for group in view.demand for one in group.lines] == ["timbang"]
    assert [(one.dusun, one.water, one.latrine) for one in view.needs][:2] == [
        ("Ujung Bukit", 29, 26),
        ("Kenanga", 20, 25),
    ]
    said = text(page(found), '//section[h2[contains(., "Kebutuhan rumah tangga")]]')
    assert "Dusun Ujung Bukit: 29 rumah tangga belum punya air minum aman, 26 belum punya jamban layak" in said
    assert "dibangun, bukan dijadwalkan" in said
    assert "jadwal layanan" not in said


def test_what_houses_lack__is_not_told_where_none_lacks_anything() -> None:
    homes = {"registered": 4, "with_targets": 2, "water": 4, "latrine": 4, "vulnerable": 1}
    complete = make_formulir1(dusun=[make_formulir1()["dusun"][0] | {"households": homes}])
    assert see(complete).needs == ()
    assert not page(complete).xpath('//h2[contains(., "Kebutuhan rumah tangga")]')


@pytest.mark.parametrize(
    "due, received, supplied, light, words",
    [
        (5, 2, False, "red", "3 menunggu, tanpa tempat"),
        (5, 2, True, "yellow", "3 belum menerima, ada tempat"),
        (5, 5, True, "green", "semua menerima, ada tempat"),
        (5, 5, False, "none", "semua menerima, tanpa tempat"),
    ],
)
def test_state__in_words_beside_its_sign(due: int, received: int, supplied: bool, light: str, words: str) -> None:
    found = page(make_formulir1(supply=[line("Mawar", "timbang", due, received, supplied)]))

    row = '//table[contains(@class, "need")]/tbody/tr'
    assert text(found, f"{row}/th") == "Penimbangan anak"
    assert text(found, f"{row}/td[1]") == f"{received} / {due}"
    assert text(found, f'{row}//span[@class="s {light}"]') == words


def test_first__what_people_wait_for_in_words() -> None:
    found = page(make_formulir1())

    assert text(found, '//main/section[1]/ol[@class="next"]/li[1]') == (
        "28 orang · Dusun Kenanga · PAUD"
        "Seharusnya 31 orang, sudah menerima 3. Tidak ada tempat yang memberikannya di sana."
    )
    assert "Masih ada 7 lagi" in text(found, "//main/section[1]")


def test_counts__by_dusun_and_in_all() -> None:
    found = page(make_formulir1())

    homes, targets = found.xpath('//table[@class="dusun"]')
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in homes.xpath(".//tr")]
    assert rows[0] == ["Dusun", "Tercatat", "1.000 HPK", "Air aman", "Jamban layak", "Rentan"]
    assert rows[1] == ["Dusun Mawar", "96", "41", "90", "84", "12"]
    assert rows[-1] == ["Seluruh desa", "308", "141", "224", "202", "95"]
    assert [cell.text for cell in targets.xpath(".//tr[last()]/td")] == ["34", "121", "163"]


def test_matrix__each_facility_with_its_services_and_how_often() -> None:
    found = page(make_formulir1())

    (matrix,) = found.xpath('//table[@class="matrix"]')
    assert len(matrix.xpath("./thead/tr/th")) == 1 + len(SERVICES)
    given = {
        row.xpath("string(th/b)"): {cell.get("data-l"): cell.text for cell in row.xpath("td[text()]")}
        for row in matrix.xpath("./tbody/tr")
    }
    assert len(given) == 7
    assert given["Posyandu Mawar"] == {
        "Imunisasi": "tiap bulan",
        "Penimbangan anak": "tiap bulan",
        "Pengukuran panjang atau tinggi": "tiap 3 bulan",
    }
    assert given["Posyandu Melati dan Kenanga"]["Pengukuran panjang atau tinggi"] == "ada"
    assert "melayani seluruh desa" in text(found, '//tr[contains(., "Polindes Sukamaju Hilir")]/th')


def test_nothing_yet__says_what_to_do() -> None:
    assert "Mulailah dengan peta sosial" in text(page(NOTHING_YET), "//main")
    assert not page(NOTHING_YET).xpath('//table[contains(@class, "matrix") or contains(@class, "need")]')
    unmapped = make_formulir1(facilities=[])
    assert "Belum ada tempat layanan yang dicatat" in text(page(unmapped), "//main/section[1]")
    unlinked = make_formulir1(supply=[])
    assert "Isi kolom layanan di indikator.xlsx" in text(page(unlinked), "//main/section[1]")
    all_there = make_formulir1(supply=[line("Mawar", "timbang", 5, 2, True)])
    assert "Setiap layanan yang masih ditunggu ada tempatnya" in text(page(all_there), "//main/section[1]")


@pytest.mark.parametrize(
    "name, called",
    [("Mawar", "Dusun Mawar"), ("Dusun Satu", "Dusun Satu"), ("DUSUN II", "DUSUN II"), ("", "Tanpa dusun")],
)
def test_dusun__is_called_so_once(name: str, called: str) -> None:
    found = page(make_formulir1(supply=[line(name, "timbang", 5, 2, False)]))

    assert called in [" ".join(part.split()) for part in found.xpath("//ol[@class='next']/li//text()")[1].split("·")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_form_has_its_words(language: Language) -> None:
    words: Any = environment(language).get_template("formulir1_parts.html").module
    services = [words.service(code).strip() for code in SERVICES]
    assert "" not in services
    assert len(set(services)) == len(SERVICES)
    choices = openpyxl.load_workbook(WORKBOOKS / "fasilitas.xlsx")["choices"]
    codes = {kind: [row[1] for row in choices.values if row[0] == kind] for kind in ("jenis", "frekuensi")}
    assert all(words.kind(code).strip() != code.replace("_", " ") for code in codes["jenis"])
    assert len({words.often(code).strip() for code in [*codes["frekuensi"], ""]}) == 6
    assert words.kind("rumah_singgah").strip() == "rumah singgah"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_but_the_page__and_what_was_typed_is_text(language: Language) -> None:
    attack = '<script>alert("x")</script>'
    facility = make_formulir1()["facilities"][0] | {"name": attack, "kind": attack, "dusun": attack}
    found = make_formulir1(
        facilities=[facility],
        supply=[line(attack, "timbang", 5, 2, False)],
        dusun=[make_formulir1()["dusun"][0] | {"name": attack}],
    )
    source = render_formulir1(see(found), LINKS, language)
    assert "<script" not in source
    assert attack in html.document_fromstring(source).text_content()
    assert not re.search(r"//\w|@import|url\((?!#)", source.replace("</script>", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_size__under_30_kb(language: Language) -> None:
    assert len(render_formulir1(see(make_formulir1()), LINKS, language).encode()) < 30_000
