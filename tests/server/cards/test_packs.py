"""What is printed and handed on of a village's card, over HTTP."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement

from scorecards.packs.one_file import LARGEST
from server.database.engine import writing
from server.http.signatures import Signer
from server.publications import form_versions
from tests.server.pages.test_people_pages import HOME, JONI, two_villages
from tests.support.members import browser_of, member, open_account, send_form, token_of
from tests.support.small_forms import new_id
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, START, Station, opened, prepared
from tests.support.village_forms import compiled, filled, mapped, visited

QUARTER = f"{HOME}/2026-Q1"
# Of the copy with names: a few for each indicator, however many people there are.
MOST_OF_A_FILE = 65


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("berkas")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared(url))
    two_villages(made)
    form = compiled("rembuk_stunting")
    with writing(made.engine) as connection:
        form_versions.publish(connection, form.schema, form.xml, b"", START)
    made.send(promised(), village=OTHER_VILLAGE)
    yield made
    made.engine.dispose()


def promised() -> str:
    """A Rembuk that decides two activities, one of them for a household."""
    well = {
        "bidang": "pembangunan",
        "nama_kegiatan": "Sumur bor",
        "sektor": "air",
        "penanggung_jawab": "Kasi Kesra",
        "tenggat": "2026-02-20",
        "indikator": "ih6_a6",
        "rumah_tangga": JONI,
        "sumber_dana": "dana_desa",
        "anggaran_total": 40_000_000,
        "anggaran_stunting": 30_000_000,
    }
    garden = {
        "bidang": "pemberdayaan",
        "nama_kegiatan": "Kebun gizi",
        "sumber_dana": "apbd",
        "anggaran_total": 5_000_000,
    }
    rounds = [
        ("kegiatan", {**one, "id_kegiatan": id_}, ("kegiatan", id_, "create", str(one["nama_kegiatan"])))
        for one, id_ in ((well, new_id()), (garden, new_id()))
    ]
    return filled("rembuk_stunting", {"tanggal": "2026-01-12", "tahun": 2026}, (), rounds)


def test_poster__is_reached_from_the_card_and_made_once_for_each_browser(station: Station) -> None:
    browser = station.app.test_client()
    links = html.document_fromstring(browser.get(QUARTER).text).xpath("//a/@href")
    assert {f"{QUARTER}/poster.pdf", f"{QUARTER}/poster.pdf?ukuran=A2"} <= set(links)
    made = browser.get(f"{QUARTER}/poster.pdf")
    assert (made.status_code, made.mimetype, made.data[:5]) == (200, "application/pdf", b"%PDF-")
    again = browser.get(f"{QUARTER}/poster.pdf", headers={"If-None-Match": made.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_file__opens_every_count_and_is_signed(station: Station) -> None:
    browser = station.app.test_client()
    made = browser.get(f"{QUARTER}/berkas.html")
    page = html.document_fromstring(made.text)
    assert page.xpath("//script | //link | //img | //a") == []  # nothing to fetch
    level = browser.get(f"{QUARTER}.json").json["table4"]["total"]
    assert f"{level['received']} dari {level['due']}" in page.xpath(
        "string(//h2[. = 'Kartu desa']/following-sibling::details/summary)"
    )
    assert "rumah tangga dengan 0 sektor lengkap, " in page.text_content()
    assert len(page.xpath("//details")) > 25
    assert "Budi" not in made.text and "Siti" not in made.text
    assert "Berkas ini berasal dari sini dan tidak diubah" in checked(station, made.data)
    assert "Angkanya tetap." in checked(station, made.data)


def opens(page: HtmlElement, title: str) -> dict[str, str]:
    """What can be opened below this title, by what is read before it is."""
    found = page.xpath(f"//details[preceding-sibling::h2[1][starts-with(., '{title}')]]")
    return {words(one.find("summary")): words(one).removeprefix(words(one.find("summary"))).strip() for one in found}


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_file__opens_with_promises_and_has_what_to_do__the_trend_and_table_5_with_its_activities(
    station: Station,
) -> None:
    address = f"/desa/{OTHER_VILLAGE}/2026-Q1/berkas"
    page = html.document_fromstring(station.app.test_client().get(f"{address}.html").text)
    assert page.xpath("//h2/text()")[:4] == [
        "Janji rembuk dan rapat",
        "Yang perlu dikerjakan berikutnya",
        "Tingkat konvergensi per triwulan",
        "Kartu desa",
    ]
    assert "Per 10 Maret 2026: 2 dijanjikan, 0 selesai, 1 lewat tenggat." in words(page)
    late = opens(page, "Janji")["Lewat tenggat: 1"]
    assert late.startswith("Sumur bor · lewat 18 hari.")
    assert "Penanggung jawab: Kasi Kesra. Tenggat 20 Feb 2026." in late and "Joni" not in late
    assert opens(page, "Janji")["Masih berjalan: 1"].startswith("Kebun gizi · tanpa tenggat.")
    (people,) = [one for one in page.xpath("//details") if words(one.find("summary")) == "1 anak belum dipantau."]
    assert [words(cell) for cell in people.iter("th", "td")][-4:] == ["Mawar", "1", "0", "1"]
    trend = [words(row) for row in page.xpath("//h2[starts-with(., 'Tingkat')]/following-sibling::table[1]/tbody/tr")]
    card = station.app.test_client().get(f"/desa/{OTHER_VILLAGE}/2026-Q1.json").json["table4"]["total"]
    assert trend[-1].startswith(f"Triwulan 1 2026{card['received']} dari {card['due']}") and len(trend) == 5
    funds = opens(page, "Dana Desa")
    assert list(funds) == [
        "Bidang Pembangunan Desa: Rp40.000.000, untuk stunting Rp30.000.000 (75,0%), belanja Rp0",
        "Bidang Pemberdayaan Masyarakat Desa: Rp0, untuk stunting Rp0 (–), belanja Rp0",
    ]
    assert next(iter(funds.values())) == "Sumur bor: Rp40.000.000, untuk stunting Rp30.000.000, belanja Rp0"
    head = browser_of(station, open_account(station, "village_head", OTHER_VILLAGE, "kades@desa.id"))
    named = html.document_fromstring(head.get(f"{address}-nama.html").text)
    assert "Joni" in opens(named, "Janji")["Lewat tenggat: 1"]


@pytest.mark.parametrize(
    ("kept", "put", "said"),
    [
        (b'data-diterima="', b'data-diterima="9', "Berkas ini diubah sesudah dibuat"),
        (b"<h1>", b"<h1 >", "Berkas ini diubah sesudah dibuat"),
        (b"<!-- tanda-tangan ", b"<!-- ", "Tidak ada tanda tangan dalam berkas ini"),
        (b"<!-- tanda-tangan ", b"<!-- tanda-tangan 0", "Tidak ada tanda tangan dalam berkas ini"),
    ],
)
def test_file__changed_by_a_byte_is_told(station: Station, kept: bytes, put: bytes, said: str) -> None:
    made = station.app.test_client().get(f"{QUARTER}/berkas.html").data
    assert made.count(kept) == 1
    assert said in checked(station, made.replace(kept, put))


def test_file__of_another_server_is_told_apart(station: Station, tmp_path: Path) -> None:
    assert "tidak ditandatangani server ini" in checked(station, Signer(tmp_path).sign(b"<html>"))


def test_file__pasted_is_as_good_as_sent(station: Station) -> None:
    browser = station.app.test_client()
    made = browser.get(f"{QUARTER}/berkas.html").text
    # As browsers send what is pasted into a field of several lines.
    answer = send_form(browser, "/periksa/berkas", isi=made.strip().replace("\n", "\r\n"))
    assert "Berkas ini berasal dari sini dan tidak diubah" in answer.text


def test_file_with_names__says_who_and_why_and_is_recorded(station: Station) -> None:
    head = member(station, "village_head")
    assert f"{QUARTER}/berkas-nama.html" in head.get(QUARTER).text
    made = head.get(f"{QUARTER}/berkas-nama.html")
    said = html.document_fromstring(made.text).text_content()
    assert "Siti" in said and "Ali" in said
    assert "tidak dipantau triwulan ini" in said
    assert {row["page"] for row in station.rows("looks")} >= {"berkas"}
    assert station.app.test_client().get(f"{QUARTER}/berkas-nama.html").status_code == 302
    assert "Berkas ini berasal dari sini dan tidak diubah" in checked(station, made.data)


def checked(station: Station, file: bytes) -> str:
    browser = station.app.test_client()
    token = token_of(browser.get("/periksa/berkas"))
    sent = {"csrf_token": token, "berkas": (BytesIO(file), "desa.html")}
    return browser.post("/periksa/berkas", data=sent, content_type="multipart/form-data").text


def test_file_with_names__of_three_hundred_people_is_small_and_asks_the_database_little(station: Station) -> None:
    rng = random.Random(7)  # names and answers, no secrets
    for home in range(60):
        mother, *children = (new_id() for _ in range(5))
        born = [f"{2024 + rng.randrange(2)}-{1 + rng.randrange(12):02}-10" for _ in children]
        station.send(
            mapped(
                new_id(),
                day="2025-12-20",
                no_kk="",
                head=f"Kepala Keluarga {home}",
                dusun=rng.choice(("Melati", "Mawar", "Dusun Tiga", "Ujung Karang")),
                mothers=[(mother, {"nama": f"Ibu Nama Panjang {home}", "hpl": "2026-06-15"})],
                children=[
                    (child, {"nama": f"Anak Bernama Panjang {home}-{place}", "tanggal_lahir": born[place]})
                    for place, child in enumerate(children)
                ],
            ),
            village=OTHER_VILLAGE,
        )
        for child in children[: rng.randrange(5)]:
            day = f"2026-{1 + rng.randrange(3):02}-05"
            station.send(visited(child, day=day, timbang=rng.choice(("ya", "tidak"))), village=OTHER_VILLAGE)
    head = member(station, "village_head", OTHER_VILLAGE)
    address = f"/desa/{OTHER_VILLAGE}/2026-Q1/berkas-nama.html"
    made = head.get(address)
    assert made.text.count("Anak Bernama Panjang") > 2000
    assert len(made.data) <= LARGEST
    with statements_of(station.engine) as found:
        head.get(address)
    assert len(found) <= MOST_OF_A_FILE


@pytest.mark.parametrize("place", ["2026/rembuk", "2026-Q1/rapat"])
def test_paper_for_a_meeting__says_what_the_card_says_and_names_only_in_the_copy_with_names(
    station: Station, place: str, tmp_path: Path
) -> None:
    browser = station.app.test_client()
    said = words_of(browser.get(f"{HOME}/{place}.pdf").data, tmp_path)
    level = browser.get(f"{QUARTER}.json").json["table4"]["total"]
    assert f"{level['received']} dari {level['due']} layanan" in said
    for title in ("Kesenjangan menurut dusun", "Usulan, yang menjangkau", "Keputusan rapat", "Melati"):
        assert title in said
    assert "Hanya jumlah, tanpa nama orang" in said and "Budi" not in said
    assert browser.get(f"{HOME}/{place}-nama.pdf").status_code == 302
    kpm = open_account(station, email=f"{place[-5:]}@desa.id")
    named = browser_of(station, kpm).get(f"{HOME}/{place}-nama.pdf")
    assert "memuat nama" in words_of(named.data, tmp_path)
    assert "Budi" in words_of(named.data, tmp_path), "the plan names its households"
    assert place.partition("/")[2] in {row["page"] for row in station.rows("looks")}


@pytest.mark.parametrize("place", ["2026/rembuk", "2026-Q1/rapat"])
def test_paper_for_a_meeting__has_the_plan_that_the_budget_helper_makes(
    station: Station, place: str, tmp_path: Path
) -> None:
    browser = station.app.test_client()
    wish = "anggaran=8.000.000&k_ih7_a7=1.000.000"
    page = html.document_fromstring(browser.get(f"{HOME}/janji/usulan?{wish}").text)
    (lead,) = page.xpath("//p[@class='lead'][contains(., 'dapat menjadi lengkap')]")
    proposed = [" ".join(one.text_content().split()) for one in page.xpath("//ol[contains(@class, 'plan')]/li/h3")]
    said = words_of(browser.get(f"{HOME}/{place}.pdf?{wish}").data, tmp_path)
    assert proposed and "dari Rp8.000.000" in lead.text_content()
    assert " ".join(lead.text_content().split()) in said
    plan = said[said.index("Usulan menurut anggaran") : said.index("Keputusan rapat")]
    places = [plan.find(one.partition(" · ")[0]) for one in proposed]
    assert -1 not in places and places == sorted(places), "in the order of the helper"
    assert browser.get(f"{HOME}/{place}.pdf?anggaran=banyak").status_code == 400


def test_paper_for_a_meeting__of_a_year_that_is_none_or_has_not_begun(station: Station) -> None:
    browser = station.app.test_client()
    assert browser.get(f"{HOME}/2031/rembuk.pdf").status_code == 404
    assert browser.get(f"{HOME}/tahun/rembuk.pdf").status_code == 404


def words_of(pdf: bytes, folder: Path) -> str:
    file = folder / "kertas.pdf"
    file.write_bytes(pdf)
    return " ".join(subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout.split())


def test_paper_for_the_rembuk__of_the_coming_year_is_offered_in_the_last_quarter(
    station: Station, tmp_path: Path
) -> None:
    browser, coming = station.app.test_client(), f"{HOME}/2027/rembuk.pdf"
    assert coming not in browser.get(HOME).text
    assert browser.get(coming).status_code == 404
    before, station.clock.now = station.clock.now, datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    try:
        links = {a.get("href"): a.text for a in html.document_fromstring(browser.get(HOME).text).xpath("//a")}
        assert links[coming] == "Bahan Rembuk Stunting 2027"
        assert links[f"{HOME}/2026/rembuk.pdf"] == "Bahan Rembuk Stunting 2026"
        said = words_of(browser.get(coming).data, tmp_path)
        assert "Bahan Rembuk Stunting 2027" in said and "Triwulan 4 2026" in said and "Janji 2026 dan" in said
        assert browser.get(f"{HOME}/2028/rembuk.pdf").status_code == 404
    finally:
        station.clock.now = before


def test_budget_helper__opens_to_the_numbers_of_the_card_for_everybody_and_to_households_for_members(
    station: Station,
) -> None:
    address, browser = f"/desa/{OTHER_VILLAGE}/janji/usulan", station.app.test_client()
    page = html.document_fromstring(browser.get(address).text)
    proposals, lacking = page.xpath("//ol[contains(@class, 'plan')]/li"), page.xpath("//section[last()]/ul/li")
    assert proposals and lacking
    for one in [*proposals, *lacking]:
        links = one.xpath(".//details//a/@href")
        assert links and all(browser.get(link).status_code == 200 for link in links), words(one)
    assert "Joni" not in page.text_content()
