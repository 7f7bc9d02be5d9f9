"""The pages as HTML, parsed as a browser does."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import html

from forms.periods import Quarter
from forms.problems import Language
from scorecards.pages import Links, render_home, render_village
from scorecards.shares import Thresholds
from scorecards.sources import IndicatorLabel, Place, TrendPoint, VillageTotal
from scorecards.view import VillageView, sector_shares, village_view
from templates.rendering import render
from tests.support.made_up import COUNTS, EMPTY_CARD, FULL_CARD, INDICATORS, PLACE, made_up_home, make_card

LINKS = Links(
    number="/angka/{}".format,
    other="/desa/11.01.01.2001/2026-Q1?lang=en",
    home="/",
    previous="/desa/11.01.01.2001/2025-Q4",
    next="/desa/11.01.01.2001/2026-Q2",
    json="/desa/11.01.01.2001/2026-Q1.json",
    village="/desa/11.01.01.2001",
    formulir1="/desa/11.01.01.2001/formulir-1",
)


def money(total: int, stunting: int, percent: str, spent: int) -> dict[str, Any]:
    return {"allocated_total": total, "allocated_stunting": stunting, "percent": percent, "spent": spent}


# Everything that a card can hold.
BUSY_CARD = make_card(
    COUNTS | {"p1": (88, 163)},
    table5=money(1_250_000_000, 312_500_000, "25.0", 87_000_000),
    table5_fields={
        "pembangunan": money(900_000_000, 212_500_000, "23.6", 80_000_000),
        "pemberdayaan": money(350_000_000, 100_000_000, "28.6", 7_000_000),
    },
)
TREND = [
    TrendPoint(Quarter(2025, 1), 780, 1215),
    TrendPoint(Quarter(2025, 2), 801, 1198),
    TrendPoint(Quarter(2025, 3), 862, 1206),
    TrendPoint(Quarter(2025, 4), 850, 1201),
    TrendPoint(Quarter(2026, 1), 962, 1214),
]
LANGUAGES: tuple[Language, ...] = ("id", "en")


def see(
    card: dict[str, Any],
    place: Place = PLACE,
    indicators: list[IndicatorLabel] = INDICATORS,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 # frozen
    current: Quarter = Quarter(2026, 1),  # noqa: B008 # frozen
    changed_on: date | None = None,
) -> VillageView:
    return village_view(
        card,
        place,
        indicators,
        TREND,
        first=Quarter(2025, 1),
        current=current,
        sectors_before=sector_shares(make_card(COUNTS | {"a5": (17, 17)}), INDICATORS),
        changed_on=changed_on,
        thresholds=thresholds,
    )


def page(card: dict[str, Any], language: Language = "id", **around: Any) -> html.HtmlElement:
    return html.document_fromstring(render_village(see(card, **around), LINKS, language))


def text(element: html.HtmlElement, path: str) -> str:
    """The words of the one element at `path`, blanks as one."""
    (found,) = element.xpath(path)
    return " ".join(found.text_content().split())


def section(element: html.HtmlElement, heading: str) -> str:
    """The words of the section under this heading."""
    return text(element, f'//section[h2[contains(., "{heading}")] or .//h2[contains(., "{heading}")]]')


def test_level__ring_sentence_and_trend() -> None:
    found = page(make_card())
    assert text(found, '//div[contains(@class, "ring")]') == "79,2% sedang"
    assert "962 dari 1.214 layanan" in section(found, "Tingkat konvergensi desa")
    assert "naik 8,4 poin" in section(found, "Tingkat konvergensi desa")
    (trend,) = found.xpath('//svg[@role="img"]/@aria-label')
    assert trend.endswith("Triwulan 4 2025 70,8%, Triwulan 1 2026 79,2%")


def test_every_row_of_table_3__counts_percent_and_word() -> None:
    found = page(make_card())
    rows = {
        row.get("id"): (" ".join(row[1].text_content().split()), " ".join(row[2].text_content().split()))
        for row in found.xpath("//tr[@id]")
    }
    assert list(rows) == list(COUNTS)
    assert rows["ih1"] == ("24 / 28", "85,7% baik")
    assert rows["a2"] == ("92 / 118", "78,0% sedang")
    assert rows["a10"] == ("44 / 84", "52,4% kurang")
    assert rows["p1"] == ("0 / 0", "– tidak ada sasaran")


def test_row_p1__says_that_its_form_is_not_in_use__until_it_is() -> None:
    sentence = "Formulir 2C (pemantauan PAUD anak 2–6 tahun) belum dipakai"
    assert sentence in section(page(make_card()), "Layanan satu per satu")
    assert sentence not in section(page(make_card(COUNTS | {"p1": (30, 60)})), "Layanan satu per satu")


def test_row_a4__counts_fathers_apart() -> None:
    assert "Ayah datang setidaknya sekali: 23 anak" in text(page(make_card()), '//tr[@id="a4"]/th')


def test_tables_1_and_4() -> None:
    found = page(make_card())
    sasaran = section(found, "Sasaran")
    assert "Rumah tangga 1.000 HPK141" in sasaran
    assert "345 KEK atau risiko tinggi" in sasaran
    assert "12117 gizi kurang, buruk, atau stunting menurut catatan" in sasaran
    (table4,) = found.xpath('//section[h2[contains(., "Tabel 4")]]')
    assert [" ".join(row.text_content().split()) for row in table4.xpath(".//tbody/tr")] == [
        "Ibu hamil dan nifas161 / 19781,7% baik",
        "Anak 0–23 bulan801 / 1.01778,8% sedang",
        "Bersama962 / 1.21479,2% sedang",
    ]


def test_five_sectors__pictures_with_names_shares_and_changes() -> None:
    tiles = page(make_card()).xpath('//ul[@class="tiles"]/li')
    assert [tile.xpath(".//use/@href")[0] for tile in tiles] == ["#kesehatan", "#gizi", "#air", "#sosial", "#paud"]
    assert " ".join(tiles[1].text_content().split()) == "Layanan gizi57,9% kurang99 dari 171 (turun 4,7 poin)"


def test_households__all_services_and_by_sectors() -> None:
    found = section(page(make_card()), "Rumah tangga yang lengkap")
    assert "37 dari 141 rumah tangga menerima semua layanan yang seharusnya (26,2%)." in found
    assert found.endswith("5 sektor374 sektor443 sektor312 sektor171 sektor90 sektor3")


def test_tikar__early_detection_only_and_what_to_do_never_a_diagnosis() -> None:
    found = section(page(make_card()), "Tikar Pertumbuhan")
    for words in ("78 hijau", "22 kuning", "11 merah: ukur ulang dan rujuk", "10 belum diukur", "hanya alat deteksi"):
        assert words in found
    assert "stunting" not in found.lower()


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "id",
            [
                "11 anak bertanda merah pada Tikar Pertumbuhan. Ukur ulang, lalu rujuk ke Posyandu atau Puskesmas.",
                "2 ibu dan 7 anak belum dipantau pada triwulan ini. Kunjungi mereka lebih dulu: selama belum, layanan "
                "mereka dihitung belum diterima.",
                "51 anak belum menerima: Orang tua/pengasuh yang memiliki anak usia 0-23 bulan mengikuti kegiatan "
                "konseling gizi secara rutin minimal sebulan sekali. Atur jadwal konseling dan kunjungan rumah bersama "
                "kader dan petugas gizi.",
            ],
        ),
        (
            "en",
            [
                "11 children with a red mark on the growth mat (Tikar Pertumbuhan). Measure again, then refer to the "
                "Posyandu or Puskesmas.",
                "2 mothers and 7 children not monitored in this quarter yet. Visit them first: until then their "
                "services count as not received.",
                "51 children have not received: Parents or carers of children 0-23 months in nutrition counselling "
                "at least once a month. Plan counselling and home visits with the health volunteers and the nutrition "
                "officer.",
            ],
        ),
    ],
)
def test_next_steps__three_plain_sentences(language: Language, sentences: list[str]) -> None:
    steps = page(make_card(), language).xpath('//ol[@class="next"]/li')
    assert [" ".join(step.text_content().split()).replace(" .", ".") for step in steps] == sentences
    assert steps[2].xpath(".//a/@href") == ["/angka/a4"]


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("id", "2026-03-01", "Maret 2026 baru mulai (hari ke-1): 3 dari 40 ibu dan anak sudah dikunjungi bulan ini."),
        ("en", "2026-03-01", "March 2026 has only begun (day 1): 3 of 40 mothers and children have been visited"),
        ("id", "2026-03-25", "Maret 2026 baru sampai hari ke-25: 3 dari 40 ibu dan anak sudah dikunjungi bulan ini."),
    ],
)
def test_running_month__said_beside_the_level_and_opens(language: Language, day: str, said: str) -> None:
    groups = {"pregnant": {"targets": 10, "monitored": 3}, "children": {"targets": 30, "monitored": 0}}
    found = page(make_card(as_of=day, this_month=groups), language)
    assert text(found, '//p[@class="rises"]').startswith(said)
    assert found.xpath('//p[@class="rises"]/a/@href') == [LINKS.number("bulan-ini")]
    assert not page(make_card(as_of=day, this_month=groups), current=Quarter(2026, 2)).xpath('//p[@class="rises"]')


def test_not_monitored__said_aloud_or_all_are() -> None:
    assert "Dari 34 ibu dan 121 anak, mereka belum dikunjungi" in section(
        page(make_card()), "2 ibu dan 7 anak belum dipantau"
    )
    assert section(page(FULL_CARD), "Semua ibu dan anak sudah dipantau")


def test_one_person__is_singular_in_english() -> None:
    card = make_card(not_monitored={"pregnant": 1, "children": 1})
    assert section(page(card, "en"), "1 mother and 1 child not monitored yet")


def test_empty_village__dashes_and_where_to_begin() -> None:
    found = page(EMPTY_CARD)
    assert text(found, '//div[contains(@class, "ring")]') == "– tidak ada sasaran"
    assert "Mulailah dengan peta sosial" in section(found, "Yang perlu dikerjakan")
    assert "0,0%" not in found.find("body").text_content()
    assert not found.xpath('//h2[contains(., "dipantau")]')


def test_full_village__100_percent_and_nothing_to_do() -> None:
    found = page(FULL_CARD)
    assert text(found, '//div[contains(@class, "ring")]') == "100,0% baik"
    assert "Pertahankan" in section(found, "Yang perlu dikerjakan")


def test_thresholds__shown_as_they_are_set() -> None:
    found = section(page(make_card(), thresholds=Thresholds(90, 75)), "Tingkat konvergensi desa")
    assert "baik: 90% ke atas" in found
    assert "sedang: 75% ke atas" in found


def test_running_quarter__says_up_to_which_day_and_that_it_runs() -> None:
    header = text(page(make_card(as_of="2026-02-14")), "//header")
    assert "Data sampai 14 Februari 2026. Triwulan ini masih berjalan" in header
    assert "masih berjalan" not in text(page(make_card()), "//header")


def test_english__numbers_dates_and_labels() -> None:
    found = page(make_card(), "en")
    assert found.get("lang") == "en"
    assert "962 of the 1,214 services" in section(found, "level of convergence")
    assert text(found, '//div[contains(@class, "ring")]') == "79.2% fair"
    assert "Data up to 31 March 2026." in text(found, "//header")
    assert "Pregnant women with at least 4 check-ups" in text(found, '//tr[@id="ih1"]/th')


def test_links__quarters_language_json() -> None:
    found = page(make_card())
    assert found.xpath('//a[@rel="prev"]/@href') == [LINKS.previous]
    assert found.xpath('//a[@rel="next"]/@href') == [LINKS.next]
    assert found.xpath('//a[@hreflang="en"]/@href') == [LINKS.other]
    assert LINKS.json in found.xpath("//footer//a/@href")


def test_every_row_is_explained__and_how_to_read_the_card() -> None:
    found = page(make_card(COUNTS | {"p1": (1, 2)}))
    lists = found.xpath('//details[summary[contains(., "Cara tiap baris dihitung")]]/ol')
    assert [[int(line.get("value")) for line in one] for one in lists] == [
        list(range(1, 9)),
        list(range(1, 11)),
        [1],
    ]
    assert "0% dan bukan 100%" in text(found, '//details[summary[contains(., "Cara membaca")]]')


def test_print__a_place_for_the_village_heads_name_and_date() -> None:
    found = text(page(make_card()), '//section[@class="sign-off"]')
    assert "Tempat, tanggal:" in found
    assert "Kepala Desa Sukamaju Hilir" in found
    assert found.count("Nama:") == 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "card", [make_card(), EMPTY_CARD, FULL_CARD, BUSY_CARD], ids=["usual", "empty", "full", "busy"]
)
def test_size__well_under_30_kb_as_it_goes_out(card: dict[str, Any], language: Language) -> None:
    links = replace(LINKS, number="/desa/11.01.01.2001/2026-Q1/angka/{}".format)
    assert len(gzip.compress(render_village(see(card), links, language).encode(), 6)) < 13_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_but_the_page__no_script_nothing_from_elsewhere(language: Language) -> None:
    source = render_village(see(make_card()), LINKS, language)
    found = html.document_fromstring(source)
    assert not found.xpath(
        "//script | //img | //iframe | //form | //link[@rel='stylesheet'] | //@*[starts-with(name(), 'on')]"
    )
    addresses = [*found.xpath("//@href"), *found.xpath("//@src")]
    assert all(re.match(r"[/#]|data:,$", address) for address in addresses)
    assert not re.search(r"//\w|@import|url\((?!#)", source)


def test_names__are_text_never_markup() -> None:
    attack = '<script>alert("x")</script>'
    place = PLACE._replace(village=attack, subdistrict=attack, district=attack, province=attack)
    labels = [one._replace(label_id=f'{attack}" onclick="x') for one in INDICATORS]
    found = page(make_card(), place=place, indicators=labels)
    assert not found.xpath("//script | //@onclick")
    assert text(found, "//h1") == f"Desa {attack}"
    assert attack in text(found, '//tr[@id="a4"]/th')
    assert "<script" not in render_home(made_up_home(VillageTotal(place, 1, 2)), LINKS, "id")
    assert "<script" not in render(
        "error.html", "id", links=LINKS, status=404, sentence=attack, village=None, back=None
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_for_those_who_do_not_see_it__names_headings_and_hidden_ornaments(language: Language) -> None:
    found = page(make_card(), language)
    assert found.get("lang") == language
    assert all(found.xpath("//nav/@aria-label"))
    assert len(found.xpath("//nav[@aria-label]")) == 2
    assert all(link.get("aria-label") or link.text_content().strip() for link in found.xpath("//a"))
    for picture in found.xpath("//svg"):
        assert picture.get("aria-hidden") == "true" or (picture.get("role") == "img" and picture.get("aria-label"))
    assert len(found.xpath("//h1")) == 1
    assert all(len(one.xpath(".//h2 | .//summary")) for one in found.xpath("//section[not(@aria-label)]"))
    assert all(cell.get("scope") in ("row", "col") for cell in found.xpath("//th"))
    (skip,) = found.xpath('//a[@class="skip"]/@href')
    assert found.get_element_by_id(skip[1:]).tag == "main"


def test_every_light_has_its_word_beside_it() -> None:
    words = {"green": "baik", "yellow": "sedang", "red": "kurang", "none": "tidak ada sasaran"}
    figures = page(make_card()).xpath('//span[contains(@class, "f ")]')
    assert len(figures) == 19 + 5 + 3
    for figure in figures:
        assert words[figure.get("class").removeprefix("f ")] == figure.find("small").text


def test_symbols__every_picture_that_is_used_is_drawn() -> None:
    found = page(make_card())
    drawn = set(found.xpath("//symbol/@id | //pattern/@id"))
    used = {name.strip("#") for name in found.xpath("//use/@href")}
    assert used <= drawn
    assert drawn - used == {"kawung"}


def test_home__villages_by_kecamatan_with_what_they_come_to_together() -> None:
    villages = [
        VillageTotal(PLACE, 962, 1214, date(2026, 3, 9)),
        VillageTotal(PLACE._replace(code="11.01.01.2002", village="Muara"), 0, 0),
        VillageTotal(PLACE._replace(code="11.01.01.2003", village="Batu"), 10, 100, date(2025, 12, 31)),
    ]
    found = html.document_fromstring(render_home(made_up_home(*villages), Links(other="/?lang=en"), "id"))
    assert [" ".join(one.text_content().split()) for one in found.xpath("//li/a")] == [
        "Batu belum melapor, terakhir 31 Des 2025 10,0% kurang",
        "Muara belum pernah melapor – tidak ada sasaran",
        "Sukamaju Hilir terakhir 9 Mar 2026 79,2% sedang",
    ]
    assert found.xpath("//li/a/@href") == ["/desa/11.01.01.2003", "/desa/11.01.01.2002", "/desa/11.01.01.2001"]
    together = section(found, "Kecamatan Bakti Raya")
    assert "Kabupaten Nusa Timur · Provinsi Nusa Raya" in together
    assert "74,0% sedang 2 dari 3 desa belum melapor" in " ".join(together.split())


def test_home__before_the_first_data() -> None:
    source = render_home(made_up_home(), Links(other="/?lang=id"), "en")
    assert "first data" in section(html.document_fromstring(source), "No villages yet")


def test_home__a_search_that_finds_nothing_says_what_to_do() -> None:
    view = replace(made_up_home(), search="<b>Suka</b>")
    found = html.document_fromstring(render_home(view, Links(other="/?lang=en"), "id"))
    assert "“<b>Suka</b>”. Periksa ejaannya" in section(found, "Tidak ada desa yang cocok")


@pytest.mark.parametrize(("language", "note"), [("id", 5), ("en", 6)])
def test_a_row_that_counts_otherwise_than_its_title_says_so_under_it(language: Language, note: int) -> None:
    page = html.fromstring(render_village(see(BUSY_CARD), LINKS, language))
    told = {row.get("id"): [one.text_content() for one in row.findall("th/small")] for row in page.iter("tr")}
    noted = {one.code: one[note] for one in INDICATORS if one[note]}
    assert noted
    assert {code: told[code][0] for code in noted} == noted
    assert told["a8"] == []


ADVICE = re.compile(r"\bKunjungi\b|Atur jadwal|rujuk ke|Ukur ulang|Visit them|Plan counselling|Measure again")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quarter_that_is_over_says_what_was_not_reached_and_gives_no_advice(language: Language) -> None:
    running, over = (page(make_card(), language, current=Quarter(2026, number)) for number in (1, 2))
    steps = ['//ol[@class="next"]', '//section[contains(@class, "notice")]']
    assert [bool(ADVICE.search(text(running, place))) for place in steps] == [True, False]
    assert [bool(ADVICE.search(text(over, place))) for place in steps] == [False, False]
    assert len(over.xpath('//ol[@class="next"]/li')) == len(running.xpath('//ol[@class="next"]/li'))
    assert LINKS.village in over.xpath("//main//a/@href")
    assert LINKS.village not in running.xpath("//main//a/@href")


def test_a_quarter_that_is_over_says_since_when_its_figures_are_others_than_they_were() -> None:
    changed = page(make_card(), current=Quarter(2026, 2), changed_on=date(2026, 4, 7))
    assert "berubah sesudah triwulan berakhir, terakhir pada 7 April 2026" in text(changed, '//p[@class="asof"]')
    assert "berubah" not in text(page(make_card(), current=Quarter(2026, 2)), '//p[@class="asof"]')


def test_table_5__the_two_rows_of_the_official_form_and_their_sum() -> None:
    rows = page(BUSY_CARD).xpath('//dl[contains(@class, "money")]/div')
    assert [[" ".join(cell.text_content().split()) for cell in row] for row in rows] == [
        [
            "Bidang Pembangunan Desa",
            "Rp900.000.000",
            "untuk stunting Rp212.500.000 (23,6%), belanja Rp80.000.000",
        ],
        [
            "Bidang Pemberdayaan Masyarakat Desa",
            "Rp350.000.000",
            "untuk stunting Rp100.000.000 (28,6%), belanja Rp7.000.000",
        ],
        [
            "Jumlah",
            "Rp1.250.000.000",
            "untuk stunting Rp312.500.000 (25,0%), belanja Rp87.000.000",
        ],
    ]


def test_next_steps__advice_fits_the_service() -> None:
    counts = {code: (due, due) for code, (_, due) in COUNTS.items()}
    absent, tikar = (
        {"pregnant": 0, "children": 0},
        {"children": 9, "green": 9, "yellow": 0, "red": 0, "not_measured": 0},
    )
    for code, said in (("p1", "mendaftarkan anaknya ke PAUD"), ("a10", "Adakan kelas"), ("ih5", "kunjungan rumah")):
        card = make_card(counts | {code: (10, 50)}, not_monitored=absent, table2=tikar)
        (step,) = page(card).xpath('//ol[@class="next"]/li')
        assert said in step.text_content(), code
