"""What the page of a mother or child begins with: signs and what to do about them."""

from __future__ import annotations

import re

import pytest

from forms.growth.signs import RED_TIKAR, SIGNS
from tests.server.pages.test_people_pages import HOME, read
from tests.support.members import browser_of, member, open_account
from tests.support.papers import papers_as_pages
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, measured, visited

EARLY = "Deteksi dini, bukan diagnosis."


def a_child(station: Station, **known: object) -> str:
    """A registered child: its id."""
    child = new_id()
    station.send(mapped(new_id(), children=[(child, {"nama": "Ali", **known})]))
    return child


def a_mother(station: Station, **known: object) -> str:
    """A registered pregnant woman, 26 weeks on 10 March 2026: her id."""
    mother = new_id()
    station.send(mapped(new_id(), day="2025-10-05", mothers=[(mother, {"nama": "Siti", **known})]))
    return mother


def tikar(colour: str) -> dict[str, object]:
    return {"berat": "8.6", "panjang": "68.0", "posisi": "baring", "diukur_oleh": "kpm", "tikar": colour}


def page_of(station: Station, person: str, language: str = "id") -> str:
    reader = browser_of(station, open_account(station, email=f"{new_id()}@desa.id"))
    return read(reader, f"{HOME}/sasaran/{person}?lang={language}")


def test_red_tikar__asks_to_refer_and_when_referred_for_the_result(published: Station) -> None:
    child = a_child(published)
    published.send(measured(child, day="2026-03-02", **tikar("merah")))
    admin = member(published, "admin", VILLAGE)
    page = f"{HOME}/sasaran/{child}"
    open_one = read(admin, page)
    assert "tanda dini" in open_one
    assert SIGNS[RED_TIKAR].next("id") in open_one

    published.send(visited(child, day="2026-03-05", dirujuk="ya", tanggal_rujuk="2026-03-05"))
    assert published.client.get(f"{HOME}.json").json["table2"]["red"] == 1
    referred = read(admin, page)
    told = "Tikar merah 2 Mar 2026, sudah dirujuk 5 Mar 2026 Tanyakan hasil rujukannya dan ikuti sarannya."
    assert told in referred
    assert referred.index(EARLY) < referred.index(told) < referred.index("Data register")
    assert "Red Tikar 2 Mar 2026, referred 5 Mar 2026" in read(admin, f"{page}?lang=en")


def test_red_tikar__measured_again_without_it_still_says_what_to_do(published: Station) -> None:
    child = a_child(published)
    published.send(measured(child, day="2026-03-02", **tikar("merah")))
    published.send(measured(child, day="2026-03-08", panjang="72.0", posisi="baring"))
    assert "Tikar merah 2 Mar 2026, diukur lagi 8 Mar 2026 Lihat panjang menurut umurnya" in page_of(published, child)


@pytest.mark.parametrize(("colour", "flag"), [("kuning", "Tikar kuning 2 Mar 2026 Ukur lagi bulan ini"), ("hijau", "")])
def test_every_colour_of_the_tikar__comes_with_the_word_that_it_is_no_diagnosis(
    published: Station, colour: str, flag: str
) -> None:
    child = a_child(published)
    published.send(measured(child, day="2026-03-02", **tikar(colour)))
    page = page_of(published, child)
    assert flag in page
    assert f"Warna Tikar {colour} (deteksi dini, bukan diagnosis)" in page


def test_the_number_of_the_tikar__opens_to_a_child_with_the_same_word(published: Station) -> None:
    child = a_child(published)
    published.send(measured(child, day="2026-03-02", **tikar("merah")))
    page = read(member(published), f"{HOME}/2026-Q1/angka/tikar-anak/{child}")
    assert "merah" in page
    assert "Tikar hanya alat deteksi dini, bukan penentu keadaan anak." in page


def test_signs__say_each_day_once(published: Station) -> None:
    child = a_child(published)
    published.send(measured(child, day="2026-01-20", berat="7.0", panjang="64.0", posisi="baring"))
    published.send(measured(child, day="2026-03-02", berat="6.0", panjang="62.0", posisi="baring"))
    page = page_of(published, child)
    grounds = re.findall(r"\((z [^)]*|turun [^)]*)\)", page)
    assert grounds
    for one in grounds:
        days = re.findall(r"\d+ \w+ \d{4}", one)
        assert len(days) == len(set(days)), one


def test_measured_but_not_visited__the_reason_says_that_the_visit_is_missing_and_lists_the_measurement(
    published: Station,
) -> None:
    child = a_child(published)
    for day in ("2026-01-10", "2026-03-09"):
        published.send(visited(child, day=day, timbang="ya"))
    published.send(measured(child, day="2026-02-12", berat="7.2", panjang="66.0", posisi="baring"))
    kpm = member(published)
    why = "belum ditimbang: Februari (ada pengukuran atau isian lain, tetapi tidak ada kunjungan bulanan)"
    assert why in read(kpm, f"{HOME}/2026-Q1/angka/a2")
    opened = read(kpm, f"{HOME}/2026-Q1/angka/a2/{child}")
    assert why in opened
    assert "12 Feb 2026 pengukuran atau isian lain, bukan kunjungan bulanan Buka isian seperti yang diterima" in opened
    assert "10 Jan 2026 ikut menentukan" in opened


def test_mother__all_months_of_the_pregnancy_with_totals(published: Station) -> None:
    mother = a_mother(published)
    for month in ("2025-10", "2025-11", "2026-01", "2026-02", "2026-03"):
        tablets = "tidak" if month == "2025-10" else "ya"
        published.send(visited(mother, of="ibu_hamil", day=f"{month}-06", periksa_kehamilan="ya", pil_fe=tablets))
    page = page_of(published, mother)
    assert "Periksa kehamilan tercatat pada 5 bulan Tablet tambah darah 120 tablet tercatat" in page
    assert "Sep Okt Nov Des Jan Feb Mar jumlah" in page  # her pregnancy began on 8 September
    assert "Dikunjungi – ✓ ✓ – ✓ ✓ ✓ 5" in page
    assert "in 5 months" in page_of(published, mother, "en")


def test_mother_at_risk__is_flagged_and_when_not_visited_this_month_that_too(published: Station) -> None:
    mother = a_mother(published, status_kehamilan="kek_risti")
    admin = member(published, "admin", VILLAGE)
    page = f"{HOME}/sasaran/{mother}"
    told = "1 tanda dini Deteksi dini, bukan diagnosis. Hanya tenaga kesehatan yang dapat memastikan keadaannya. "
    told += "Kehamilan KEK dan risiko tinggi"
    before = read(admin, page)
    assert f"{told}, belum dikunjungi bulan ini Kunjungi sekarang. Minta bidan mengunjungi tiap bulan;" in before
    published.send(visited(mother, of="ibu_hamil", day="2026-03-06", status_kehamilan="kek_risti"))
    assert f"{told} Minta bidan mengunjungi tiap bulan;" in read(admin, page)
    published.send(visited(mother, of="ibu_hamil", day="2026-03-09", tanggal_melahirkan="2026-03-08"))
    assert "tanda dini" not in read(admin, page)


def test_services_of_a_person_have_short_names__the_number_has_the_official_title(published: Station) -> None:
    child = a_child(published)
    published.send(visited(child, day="2026-03-06", timbang="ya"))
    kpm = member(published)
    page = read(kpm, f"{HOME}/sasaran/{child}")
    official = "Anak usia 0-23 bulan diukur berat badannya di posyandu secara rutin setiap bulan"
    assert "Penimbangan anak" in page
    assert official not in page
    assert official in read(kpm, f"{HOME}/2026-Q1/angka/a2")
    dusun = read(kpm, f"{HOME}/2026-Q1/dusun")
    assert "Penimbangan anak anak · 1 belum" in dusun
    assert official not in dusun
    lists = [f"{HOME}/2026-Q1/angka/{name}" for name in ("tingkat-desa", f"tingkat-anak/{child}")]
    with papers_as_pages():
        papers = [read(kpm, f"{HOME}/{name}.pdf") for name in ("2026-Q1/rapat", "2026/rembuk")]
    for told in (*(read(kpm, one) for one in lists), *papers):
        assert "Penimbangan anak" in told
        assert official not in told
    assert all("Penimbangan anak (anak): 1" in one for one in papers)
    assert "Weighing of children" in read(kpm, f"{HOME}/sasaran/{child}?lang=en")


def test_a_form_with_the_colour__as_received_and_corrected__says_that_it_is_no_diagnosis(published: Station) -> None:
    child = a_child(published)
    first = f"uuid:{new_id()}"
    published.send(measured(child, day="2026-03-02", instance=first, **tikar("kuning")))
    published.send(measured(child, day="2026-03-02", corrects=first, **tikar("merah")))
    kpm = member(published)
    correction = read(kpm, f"{HOME}/perbaikan/{first}")
    assert "Warna Tikar pada tumit anak (deteksi dini, bukan diagnosis)" in correction
    sha256 = published.rows("submissions", instance_id=first)[0]["sha256"]
    assert "merah" in correction.lower()
    assert "kuning (deteksi dini, bukan diagnosis)" in read(kpm, f"{HOME}/kiriman/{sha256}").lower()
