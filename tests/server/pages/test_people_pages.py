"""The pages about people: who sees what, who decides, and that every page says it in words."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from server.http.responses import AGAIN
from templates.rendering import environment
from tests.server.conftest import Filled
from tests.support.deciding import move
from tests.support.members import member, press, send_form
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import born, mapped, measured, publish_shipped, visited

# Fixed, because they stand in the names of tests.
BUDI, BUDI_TWICE, SITI, ALI, ALY, NIA, JONI = (f"0000000{place}-0000-4000-8000-000000000000" for place in range(7))
NIK, SITIS_NIK, KK = "1101010106250001", "1101014101900001", "1101010101010001"
HOME = f"/desa/{VILLAGE}"
FIRST, EDIT, OLD_EDIT = "uuid:pertama", "uuid:perbaikan", "uuid:perbaikan-lama"
UNKNOWN = "00000009-0000-4000-8000-000000000000"
NOBODY = "00000010-0000-4000-8000-000000000000"


def two_villages(station: Station) -> None:
    """Ali is registered twice, and once more in the other village; his February visit was corrected, twice."""
    publish_shipped(station)
    mothers = [(SITI, {"nama": "Siti", "nik": SITIS_NIK, "hpl": "2026-06-15"})]
    station.send(mapped(BUDI, no_kk=KK, mothers=mothers, children=[(ALI, {"nama": "Ali", "nik": NIK})]))
    twice = [(ALY, {"nama": "Aly", "nik": NIK})]
    station.send(mapped(BUDI_TWICE, day="2026-02-05", no_kk=KK, head="Budi S.", dusun="Melati", children=twice))
    other = [(NIA, {"nama": "Nia", "nik": NIK})]
    station.send(mapped(JONI, day="2025-12-05", no_kk="", head="Joni", children=other), village=OTHER_VILLAGE)
    station.send(visited(ALI, day="2026-02-10", instance=FIRST, berat_badan=7.5, status_gizi="kurang"))
    station.send(
        visited(ALI, day="2026-02-10", instance=EDIT, corrects=FIRST, ended="13:00:00.000", status_gizi="buruk")
    )
    station.send(visited(ALI, day="2026-02-11", instance=OLD_EDIT, corrects=FIRST, status_gizi="baik"))
    station.send(visited(UNKNOWN, day="2026-02-11", status_gizi="buruk"))


@pytest.fixture
def village(filled: Filled) -> Station:
    return filled(two_villages)


INLINE = {"a", "b", "small", "span"}


def parsed(answer: TestResponse) -> Any:
    return html.document_fromstring(answer.text)


def words(answer: TestResponse) -> str:
    """What a person reads, with a blank between blocks."""
    page = parsed(answer)
    for hidden in page.xpath("//style|//svg|//option|//datalist"):
        hidden.drop_tree()
    for part in page.iter():
        part.tail = (part.tail or "") if part.tag in INLINE else f" {part.tail or ''}"
    return " ".join(page.text_content().split())


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return words(answer)


def goes_to(answer: TestResponse) -> str:
    assert answer.status_code == 303, words(answer)
    return answer.headers["Location"]


PAGES = [
    f"{HOME}/sasaran",
    f"{HOME}/sasaran/{ALI}",
    f"{HOME}/sasaran/{SITI}",
    f"{HOME}/sasaran/{BUDI}",
    f"{HOME}/sasaran/{UNKNOWN}",
    f"{HOME}/ganda",
    f"{HOME}/perbaikan",
    f"{HOME}/perbaikan/{FIRST}",
    f"{HOME}/sasaran/{ALY}/gabung",
    f"{HOME}/sasaran/{ALY}/gabung?dengan={ALI}",
    f"{HOME}/sasaran/{ALI}/pindah",
    f"{HOME}/sasaran/{ALI}/pindah?ke={OTHER_VILLAGE}",
]


def test_no_page_shows_a_number_in_full(village: Station) -> None:
    admin = member(village, "admin", "11.01")
    for path in PAGES:
        for language in ("id", "en"):
            page = admin.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.status_code == 200, path
            assert not re.search(r"\d{16}", parsed(page).text_content()), path
            assert not re.search(NIK[:-4] + "|" + SITIS_NIK[:-4], page.text), path


def test_pages_are_small(village: Station) -> None:
    admin = member(village, "admin", "11.01")
    for path in PAGES:
        assert len(admin.get(path).data) < 30_000, path


def test_list__everybody_with_what_waits(village: Station) -> None:
    page = read(member(village), f"{HOME}/sasaran")
    for text in ("Siti", "hamil 26 minggu", "Ali", "anak, 9 bulan · Dusun Mawar · RT 001 · keluarga Budi"):
        assert text in page
    assert "1 perbaikan menunggu" in page
    assert "2 mungkin ganda" in page  # the child and the household; of other villages a kpm hears nothing
    assert "1 perubahan tertahan" in page
    assert "2 mungkin ganda, 1 mungkin juga di desa lain" in read(member(village, "admin", "11.01"), f"{HOME}/sasaran")


def rooms(client: FlaskClient, path: str) -> str:
    return " ".join(parsed(client.get(path)).xpath("string(//nav[@class='rooms'])").split())


def test_pairs_that_wait__their_number_is_on_the_card_and_in_the_navigation_of_who_decides(village: Station) -> None:
    head, admin, kpm = (member(village, *who) for who in (("village_head",), ("admin", "11.01"), ("kpm",)))
    for client in (head, admin):
        assert "2 pasang data mungkin ganda menunggu keputusan Anda" in read(client, HOME)
        for path in (HOME, f"{HOME}/ganda", f"{HOME}/tugas", f"{HOME}/kpm"):
            assert "Ganda (2)" in rooms(client, path), path
    assert "2 pairs of entries that may be one wait for your decision" in read(head, f"{HOME}?lang=en")
    for client in (kpm, village.app.test_client()):
        assert "menunggu keputusan Anda" not in read(client, HOME)
    assert "Ganda (" not in rooms(kpm, HOME)


def test_pairs_that_wait__the_number_follows_at_once(village: Station) -> None:
    head = member(village, "village_head")
    assert "Ganda (2)" in rooms(head, HOME)
    send_form(head, f"{HOME}/ganda/bukan", page=f"{HOME}/ganda", a=ALI, b=ALY)
    assert "Ganda (1)" in rooms(head, HOME)
    again = (new_id(), {"nama": "Siti", "nik": SITIS_NIK})
    village.send(mapped(new_id(), day="2026-03-02", no_kk="", mothers=[again]))
    assert "Ganda (2)" in rooms(head, HOME)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("cari=bud", {"Siti", "Ali", "Aly", "Budi", "Budi S."}),
        ("cari=ali+budi", {"Ali"}),
        ("dusun=Melati", {"Aly", "Budi S."}),
        ("daftar=ibu_hamil", {"Siti"}),
        ("keadaan=meninggal", set()),
        ("keadaan=semua&cari=budi+s.", {"Aly", "Budi S."}),
        ("daftar=anak&keadaan=aktif&dusun=Mawar", {"Ali"}),
    ],
)
def test_list__search_and_filters(village: Station, query: str, names: set[str]) -> None:
    page = parsed(member(village).get(f"{HOME}/sasaran?{query}"))
    assert set(names_on(page)) == names


def names_on(page: Any) -> list[str]:
    return [" ".join(one.text_content().split()) for one in page.xpath("//section[not(@id)]//li//b")]


def test_list__who_left_is_shown_when_asked_for(village: Station) -> None:
    village.send(visited(ALI, day="2026-03-09", status_anak="pindah", tanggal_status_anak="2026-03-09"))
    kpm = member(village)
    answer = kpm.get(f"{HOME}/sasaran?daftar=anak")
    assert names_on(parsed(answer)) == ["Aly"]
    assert "1 lainnya tidak tampak karena statusnya lain" in words(answer)
    (all_of_them,) = parsed(answer).xpath("//a[.='Tampilkan semua status']/@href")
    answer = kpm.get(all_of_them)
    assert names_on(parsed(answer)) == ["Ali", "Aly"]
    assert "lainnya tidak tampak" not in words(answer)
    assert "Show any status" in read(kpm, f"{HOME}/sasaran?cari=ali&lang=en")  # found by name, but not on the list


def large_village(station: Station) -> None:
    """A village of 200 targets in 100 households, of dusun Mawar and Melati in turn."""
    publish_shipped(station)
    homes = []
    for place in range(100):
        mother = (new_id(), {"nama": f"Ibu {place:03}"})
        child = (new_id(), {"nama": f"Anak {place:03}"})
        home = {"head": f"Kepala {place:03}", "no_kk": "", "dusun": ("Mawar", "Melati")[place % 2]}
        homes.append(mapped(new_id(), mothers=[mother], children=[child], **home))
    station.send_all(homes)


@pytest.fixture
def large(filled: Filled) -> Station:
    return filled(large_village)


def test_list__of_a_large_village_comes_in_pages(large: Station) -> None:
    kpm = member(large)
    first = kpm.get(f"{HOME}/sasaran")
    assert len(first.data) < 60_000
    assert names_on(parsed(first)) == [f"Ibu {place:03}" for place in range(100)]
    assert "1–100 dari 300" in words(first)
    last = kpm.get(f"{HOME}/sasaran?halaman=99")  # there are three
    assert names_on(parsed(last)) == [f"Kepala {place:03}" for place in range(100)]
    assert names_on(parsed(kpm.get(f"{HOME}/sasaran?halaman=dua"))) == names_on(parsed(first))


def test_list__pages_keep_what_was_asked(large: Station) -> None:
    kpm = member(large)
    path, found, before = f"{HOME}/sasaran?dusun=Melati&keadaan=semua&cari=kepala&lang=en", [], []
    while path:
        page = parsed(kpm.get(path))
        found.append(names_on(page))
        before.append("".join(page.xpath("//a[@rel='prev']/@href")))
        path = "".join(page.xpath("//a[@rel='next']/@href"))
    odd = [f"{place:03}" for place in range(1, 100, 2)]
    assert list(chain(*found)) == [f"{who} {place}" for who in ("Ibu", "Anak", "Kepala") for place in odd]
    assert [len(one) for one in found] == [100, 50]
    assert before[0] == ""
    assert names_on(parsed(kpm.get(before[1]))) == found[0]


def test_list__an_empty_village_says_how_to_begin(station: Station) -> None:
    assert "Mulailah dengan peta sosial" in read(member(station), f"{HOME}/sasaran")


def test_person__register_household_and_history(village: Station) -> None:
    page = read(member(village), f"{HOME}/sasaran/{ALI}")
    assert "NIK ••••••••••••0001" in page
    assert "Serumah: keluarga Budi Siti" in page
    assert "Status gizi: gizi baik → gizi kurang" in page
    assert "Kunjungan Rumah Bulanan 10 Feb 2026 HP Bu Ani, diterima 10 Mar 2026, 09.30" in page
    assert "berat 7,5 kg" in page
    assert "Didaftarkan lewat Peta Sosial Keluarga 1.000 HPK" in page
    assert page.index("gizi baik → gizi kurang") < page.index("Didaftarkan lewat")  # the newest first
    assert "Perbaikan isian ini menunggu keputusan" in page


def test_person__in_english(village: Station) -> None:
    page = read(member(village), f"{HOME}/sasaran/{ALI}?lang=en")
    assert "Nutrition: good → undernutrition" in page
    assert "registered" in read(member(village, "village_head"), f"{HOME}/ganda?lang=en")


def test_person__typed_numbers_have_the_decimal_sign_of_the_language(village: Station) -> None:
    village.send(measured(ALI, day="2026-02-20", panjang=66.5))
    village.send(measured(ALI, day="2026-03-09", panjang=67.25, tanggal_ukur="2026-03-09"))
    page = read(member(village), f"{HOME}/sasaran/{ALI}")
    assert "Panjang terakhir, cm 67,25 Terakhir diukur 9 Mar 2026" in page
    assert "Panjang terakhir, cm: 66,5 → 67,25" in page
    assert "Last length, cm: 66.5 → 67.25" in read(member(village, "village_head"), f"{HOME}/sasaran/{ALI}?lang=en")


@pytest.mark.parametrize(
    ("text", "indonesian"),
    [("7.9", "7,9"), ("-0.50", "-0,50"), ("2026", "2026"), ("1500000", "1500000"), ("1.2.3", "1.2.3"), ("", "")],
)
def test_typed_numbers__keep_their_digits(text: str, indonesian: str) -> None:
    template = "{{ text|typed }}"
    assert environment("id").from_string(template).render(text=text) == indonesian
    assert environment("en").from_string(template).render(text=text) == text


def test_person__conflicts_are_explained(station: Station) -> None:
    """Two visits made from the same version of the list say different things."""
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    child = new_id()
    station.send(daftar(child))
    station.send(kunjungan(child, "<status_gizi>kurang</status_gizi>", day="2026-03-02"))
    station.send(kunjungan(child, "<status_gizi>buruk</status_gizi>", day="2026-03-01"))
    station.send(kunjungan(child, "<status>pindah</status>", day="2026-03-03"))
    page = read(member(station, "village_head"), f"{HOME}/sasaran/{child}")
    assert (
        "Dua HP mengubah Status gizi tanpa saling mengetahui: Bu Ani gizi buruk (1 Mar 2026), "
        "Bu Ani gizi kurang (2 Mar 2026). Yang dipakai sekarang: gizi kurang."
    ) in page
    assert "karena yang diubah berbeda, keduanya dipakai" in page


def test_person__what_waits_is_explained_and_until_when(village: Station) -> None:
    page = read(member(village), f"{HOME}/sasaran/{UNKNOWN}")
    assert "menunggu pendaftarannya, yang belum terkirim" in page
    assert "Paling lambat 15 Mar 2026, 09.30 dipakai juga tanpa itu" in page
    assert "Status gizi gizi buruk" in page


@pytest.mark.parametrize("path", [f"{HOME}/sasaran/{NOBODY}", "/desa/11.01.01.2999/sasaran", "/desa/11.01/sasaran"])
def test_nobody_and_nowhere_are_not_found(village: Station, path: str) -> None:
    assert member(village, "admin", "11.01").get(path).status_code == 404


def test_looks_at_a_person_are_recorded(village: Station) -> None:
    kpm = member(village)
    kpm.get(f"{HOME}/sasaran/{ALI}")
    kpm.get(f"{HOME}/perbaikan/{FIRST}")
    assert sorted((row["page"], row["entity_id"]) for row in village.rows("looks")) == [
        ("perbaikan", None),
        ("sasaran", ALI),
    ]


@pytest.mark.parametrize(
    "path",
    [
        f"{HOME}/sasaran/{ALI}/ubah",
        f"{HOME}/gabung",
        f"{HOME}/ganda/bukan",
        f"{HOME}/keputusan/x/batal",
        f"{HOME}/perbaikan/{FIRST}",
        f"{HOME}/sasaran/{ALI}/pindah",
    ],
)
def test_kpm_decides_nothing(village: Station, path: str) -> None:
    kpm = member(village)
    assert send_form(kpm, path, "/keluar").status_code == 403
    for page in PAGES[:8]:
        assert not parsed(kpm.get(page)).xpath("//form[@method='post']"), page


def test_change__dusun_and_status_and_back(village: Station) -> None:
    head = member(village, "village_head")
    page = f"{HOME}/sasaran/{ALI}"
    sent = send_form(head, f"{page}/ubah", page, dusun=" Kenanga ", status="meninggal", tanggal="2026-03-01")
    after = read(head, goes_to(sent))
    assert "Perubahan disimpan" in after
    assert "Diubah dengan tangan: Dusun Kenanga, Status meninggal, Status sejak 1 Mar 2026" in after
    child = village.one("entities", id=ALI)
    assert (child["data"]["dusun"], child["data"]["status"], str(child["leaves_on"])) == (
        "Kenanga",
        "meninggal",
        "2026-03-01",
    )
    made = village.one("decisions")
    assert made["made_by"] == "village_head-11.01.01.2001@desa.id"

    village.clock.forward(minutes=1)
    undone = read(head, goes_to(send_form(head, f"{HOME}/keputusan/{made['id']}/batal", page, orang=ALI)))
    assert "Keputusan dibatalkan" in undone
    assert "dibatalkan village_head" in undone
    assert village.one("entities", id=ALI)["data"]["status"] == "aktif"


def test_change__a_decision_of_today_outlasts_what_forms_said_before(village: Station) -> None:
    village.send(visited(ALI, day="2026-03-09", status_anak="pindah", tanggal_status_anak="2026-03-09"))
    head = member(village, "village_head")
    page = f"{HOME}/sasaran/{ALI}"
    send_form(head, f"{page}/ubah", page, dusun="Mawar", status="aktif", tanggal="2026-02-01")
    assert village.one("entities", id=ALI)["data"]["status"] == "aktif"


def test_change__a_household_takes_its_people_along(village: Station) -> None:
    head = member(village, "village_head")
    page = f"{HOME}/sasaran/{BUDI}"
    send_form(head, f"{page}/ubah", page, dusun="Kenanga")
    dusun = {row["label"]: row["data"]["dusun"] for row in village.rows("entities", village_id=VILLAGE)}
    assert (dusun["Budi"], dusun["Siti"], dusun["Ali"], dusun["Aly"]) == ("Kenanga", "Kenanga", "Kenanga", "Melati")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "hilang"},
        {"status": "meninggal", "tanggal": "2026-03-11"},  # tomorrow
        {"status": "meninggal", "tanggal": "1999-01-01"},
        {"status": "meninggal", "tanggal": "kemarin"},
        {"status": "selesai"},  # a pregnancy ends, no child
        {"status": "pindah", "tanggal": "2025-05-31"},  # the day before his birth
        {"status": "pindah", "tanggal": "2026-01-04"},  # the day before he was registered
    ],
)
def test_change__what_cannot_be_is_refused(village: Station, fields: dict[str, str]) -> None:
    head = member(village, "village_head")
    page = f"{HOME}/sasaran/{ALI}"
    answer = send_form(head, f"{page}/ubah", page, **fields)
    assert (answer.status_code, village.rows("decisions")) == (AGAIN, [])
    assert parsed(answer).xpath("//*[@role='alert']")


def test_change__nothing_changed_is_no_decision(village: Station) -> None:
    head = member(village, "village_head")
    page = f"{HOME}/sasaran/{ALI}"
    assert goes_to(send_form(head, f"{page}/ubah", page, dusun="Mawar", status="aktif")) == page
    assert village.rows("decisions") == []


def test_merge__both_side_by_side_then_one_and_back(village: Station) -> None:
    head = member(village, "village_head")
    compare = f"{HOME}/sasaran/{ALY}/gabung?dengan={ALI}"
    page = read(head, compare)
    assert "1. Ali 2. Aly" in page  # the older one first, whoever was looked at
    assert "Dusun berbeda Mawar Melati" in page
    assert "Tanggal lahir 1 Jun 2025 1 Jun 2025" in page

    sent = send_form(head, f"{HOME}/gabung", compare, a=ALI, b=ALY, tetap=ALI)
    assert goes_to(sent) == f"{HOME}/sasaran/{ALI}?sudah=gabung"
    after = read(head, goes_to(sent))
    assert "Data Aly digabungkan ke data Ali" in after
    assert "tercatat untuk data lama Aly" in after
    gone = head.get(f"{HOME}/sasaran/{ALY}")
    assert "sudah digabungkan ke data lain" in words(gone)
    assert f'href="{HOME}/sasaran/{ALI}"' in gone.text

    # The page of either leads back.
    village.clock.forward(minutes=1)
    made = village.one("decisions")["id"]
    goes_to(send_form(head, f"{HOME}/keputusan/{made}/batal", f"{HOME}/sasaran/{ALY}", orang=ALY))
    assert village.one("entities", id=ALY)["label"] == "Aly"


def test_duplicates__merged_or_kept_apart_from_one_page(village: Station) -> None:
    head = member(village, "village_head")
    page = read(head, f"{HOME}/ganda")
    assert "Anak: NIK sama" in page
    assert "Keluarga: nomor kartu keluarga sama" in page
    goes_to(send_form(head, f"{HOME}/ganda/bukan", f"{HOME}/ganda", a=BUDI, b=BUDI_TWICE))
    page = read(head, f"{HOME}/ganda?sudah=bukan")
    assert "Pasangan ini tidak ditanyakan lagi" in page
    assert "Keluarga:" not in page
    sent = send_form(head, f"{HOME}/gabung", f"{HOME}/ganda", a=ALI, b=ALY, tetap=ALI, lanjut="ganda")
    assert "Tidak ada data yang tampak ganda" in read(head, goes_to(sent))
    # Said of two households, it can be taken back at either.
    page = read(head, f"{HOME}/sasaran/{BUDI}")
    assert "Dinyatakan bukan orang yang sama: Budi" in page
    assert "Batalkan keputusan ini" in page


@pytest.mark.parametrize("pair", [(ALI, ALI), (ALI, "x"), (NIA, JONI)])
def test_duplicates__only_of_two_that_are_there_and_one_here(village: Station, pair: tuple[str, str]) -> None:
    head = member(village, "village_head")
    answer = send_form(head, f"{HOME}/ganda/bukan", f"{HOME}/ganda", a=pair[0], b=pair[1])
    assert (answer.status_code, village.rows("decisions")) == (400, [])


def test_duplicates__who_moved_and_was_registered_anew_is_brought_home_and_merged(village: Station) -> None:
    admin = member(village, "admin", "11.01")
    page = read(admin, f"{HOME}/ganda")
    assert "NIK yang sama di desa lain" in page
    assert "di Desa Sukadamai" in page
    there = f"/desa/{OTHER_VILLAGE}/sasaran/{NIA}/pindah"
    fields = {"ke": VILLAGE, "siapa": "sendiri", "keluarga": BUDI, "dusun": "Mawar", "tanggal": "2026-01-05"}
    sent = send_form(admin, there, f"{HOME}/ganda", **fields, lanjut="ganda")
    assert "Nia" in read(admin, goes_to(sent))
    assert village.one("entities", id=NIA)["village_id"] == VILLAGE
    sent = send_form(admin, f"{HOME}/gabung", f"{HOME}/ganda", a=ALI, b=NIA, tetap=ALI)
    assert "Nia" in read(admin, goes_to(sent))
    assert str(village.one("entities", id=ALI)["registered_on"]) == "2025-12-05"


def test_duplicates__where_it_is_not_known_where_they_live_here_the_page_of_moving_asks(village: Station) -> None:
    """Its buttons lead on: what they send is complete, and where something is missing it is asked for."""
    child, nik = new_id(), "1101010206250003"
    village.send(mapped(new_id(), no_kk="", dusun="", children=[(child, {"nama": "Kembar", "nik": nik})]))
    older = (new_id(), {"nama": "Kembar", "nik": nik})
    village.send(mapped(new_id(), no_kk="", children=[older]), village=OTHER_VILLAGE)
    admin = member(village, "admin", "11.01")
    page = parsed(admin.get(f"{HOME}/ganda"))
    (nia,) = (form for form in page.forms if str(form.action).endswith("/pindah"))
    assert nia.fields["dusun"] == "Mawar"
    (leads,) = page.xpath("//a[contains(., 'Tinggal di sini')]/@href")
    assert leads.startswith(f"/desa/{OTHER_VILLAGE}/sasaran/{older[0]}/pindah")
    assert "Dusun di sana" in read(admin, leads)


def test_move__the_old_village_does_not_see_who_is_born_in_the_new_one(village: Station) -> None:
    baby, name = new_id(), "Bayi Rahasia"
    move(village, VILLAGE, OTHER_VILLAGE, BUDI, SITI, ALI)
    village.send(born(SITI, baby, BUDI, day="2026-03-08", nama=name), village=OTHER_VILLAGE)
    head = member(village, "village_head")
    pages = {one: head.get(f"{HOME}/sasaran/{one}") for one in (baby, SITI, BUDI)}
    assert [one for one, page in pages.items() if name in page.text] == []
    assert "Siti" in pages[SITI].text  # who lived here is still known here
    assert name in read(member(village, "village_head", OTHER_VILLAGE), f"/desa/{OTHER_VILLAGE}/sasaran/{baby}")


def test_move__with_whom_somebody_was_confused_before_is_not_named_in_the_new_village(village: Station) -> None:
    head = member(village, "village_head")
    send_form(head, f"{HOME}/ganda/bukan", f"{HOME}/ganda", a=ALI, b=ALY)
    move(village, VILLAGE, OTHER_VILLAGE, ALI)
    there = read(member(village, "village_head", OTHER_VILLAGE), f"/desa/{OTHER_VILLAGE}/sasaran/{ALI}")
    assert "Aly" not in there
    assert "bukan orang yang sama" not in there
    here = read(head, f"{HOME}/sasaran/{ALY}")
    assert "Dinyatakan bukan orang yang sama:" in here
    assert ALI not in here


def test_move__alone_or_the_whole_household(village: Station) -> None:
    admin = member(village, "admin", "11.01")
    page = f"{HOME}/sasaran/{ALI}/pindah"
    assert "Siapa yang pindah? Ali saja seluruh keluarga Budi, Siti" in read(admin, f"{page}?ke={OTHER_VILLAGE}")
    fields = {"ke": f"{OTHER_VILLAGE} Sukadamai", "dusun": "Melati", "tanggal": "2026-02-20"}
    sent = send_form(admin, page, f"{page}?ke={OTHER_VILLAGE}", siapa="serumah", **fields)
    assert goes_to(sent) == f"/desa/{OTHER_VILLAGE}/sasaran/{ALI}?sudah=pindah"
    assert {village.one("entities", id=id_)["village_id"] for id_ in (ALI, SITI, BUDI)} == {OTHER_VILLAGE}
    assert village.one("entities", id=ALI)["household"] == BUDI
    after = read(admin, goes_to(sent))
    assert "Pindah ke Desa Sukadamai sejak 20 Feb 2026" in after
    assert "dari desa 11.01.01.2001" in after
    assert "Sudah pindah ke Desa Sukadamai" in read(member(village), f"{HOME}/sasaran/{ALI}")

    village.clock.forward(minutes=1)
    made = village.one("decisions")["id"]
    undo = f"{HOME}/keputusan/{made}/batal"
    head = member(village, "village_head")
    assert send_form(head, undo, f"{HOME}/sasaran/{ALY}").status_code == 403
    here_alone = member(village, "admin", VILLAGE)
    assert send_form(here_alone, undo, f"{HOME}/sasaran/{ALY}").status_code == 403
    goes_to(send_form(admin, undo, f"/desa/{OTHER_VILLAGE}/sasaran/{ALI}"))
    assert village.one("entities", id=ALI)["village_id"] == VILLAGE


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ke": "12.01.01.2001", "dusun": "Melati"}, 403),
        ({"ke": "11.01.01.2999", "dusun": "Melati"}, 404),
        ({"ke": VILLAGE, "dusun": "Melati"}, 400),
        ({"ke": OTHER_VILLAGE, "dusun": " "}, 400),
        ({"ke": OTHER_VILLAGE, "dusun": "Melati", "keluarga": BUDI}, 404),
        ({"ke": OTHER_VILLAGE, "dusun": "Melati", "tanggal": "besok"}, 400),
    ],
)
def test_move__what_cannot_be_is_refused(village: Station, fields: dict[str, str], status: int) -> None:
    admin = member(village, "admin", "11.01")
    page = f"{HOME}/sasaran/{ALI}/pindah"
    answer = send_form(admin, page, f"{page}?ke={OTHER_VILLAGE}", **fields)
    assert (answer.status_code, village.rows("decisions")) == (status, [])


def test_corrections__side_by_side_with_the_differences_in_words(village: Station) -> None:
    page = read(member(village, "village_head"), f"{HOME}/perbaikan/{FIRST}")
    assert "1. Isian pertama dihitung sekarang" in page
    assert "2. Perbaikan menunggu HP Bu Ani" in page
    assert "memperbaiki nomor 1" in page
    assert "Dibuat dari isian yang waktu itu sudah diperbaiki" in page
    assert "Status gizi menurut petugas kesehatan Gizi kurang Gizi buruk berbeda Baik berbeda" in page
    assert "Berat badan, kg 7,5 tidak diisi berbeda tidak diisi berbeda" in page
    assert "Pilih anak Ali Ali Ali" in page  # a name, not an id
    english = read(member(village), f"{HOME}/perbaikan/{FIRST}?lang=en")
    assert "Nutrition status, as health staff said Undernutrition Severe undernutrition differs" in english
    assert "kg 7.5 not answered" in english


@pytest.mark.parametrize(("language", "name"), [("id", "Ukur: Ali 3 Mei 2026"), ("en", "Ukur: Ali 3 May 2026")])
def test_corrections__what_the_phone_called_the_form_has_its_day_in_words(
    station: Station, language: str, name: str
) -> None:
    station.publish(DAFTAR)
    called = "<instanceName>Ukur: Ali 2026-05-03</instanceName>"
    station.send(submission("daftar", "<jumlah>1</jumlah>", "uuid:satu", in_meta=called))
    edited = f"{called}<deprecatedID>uuid:satu</deprecatedID>"
    station.send(submission("daftar", "<jumlah>2</jumlah>", "uuid:dua", in_meta=edited))
    head = member(station, "village_head")

    for page in (f"{HOME}/perbaikan", f"{HOME}/perbaikan/uuid:satu"):
        shown = read(head, f"{page}?lang={language}")
        assert name in shown
        assert "2026-05-03" not in shown


def test_corrections__chosen_on_the_page(village: Station) -> None:
    head = member(village, "village_head")
    page = f"{HOME}/perbaikan/{FIRST}"
    assert "Menunggu keputusan 1" in read(head, f"{HOME}/perbaikan")
    (edit,) = village.rows("submissions", instance_id=EDIT)

    after = read(head, goes_to(press(head, page, pakai=edit["sha256"])))

    assert "Pilihan disimpan" in after
    assert "2. Perbaikan dihitung sekarang" in after
    assert "Dipilih village_head-11.01.01.2001@desa.id" in after
    assert village.one("entities", id=ALI)["data"]["status_gizi"] == "buruk"
    listed = read(head, f"{HOME}/perbaikan")
    assert "Tidak ada perbaikan yang menunggu" in listed
    assert "Sudah diputuskan 1" in listed


def test_corrections__what_came_later_waits_on_the_page(village: Station) -> None:
    head = member(village, "village_head")
    (edit,) = village.rows("submissions", instance_id=EDIT)
    press(head, f"{HOME}/perbaikan/{FIRST}", pakai=edit["sha256"])
    village.clock.now += timedelta(days=1)
    village.send(visited(ALI, day="2026-02-10", instance="uuid:lagi", corrects=EDIT, status_gizi="baik"))
    page = read(head, f"{HOME}/perbaikan/{FIRST}")
    assert "Sesudah itu datang isian lain, yang menunggu" in page
    assert "Tetap pakai nomor 2" in page


def test_corrections__a_wrong_choice_is_refused(village: Station) -> None:
    head = member(village, "village_head")
    assert send_form(head, f"{HOME}/perbaikan/{FIRST}", pakai="x").status_code == 404
    assert head.get(f"{HOME}/perbaikan/uuid:tidak-ada").status_code == 404
    assert village.rows("decisions") == []


def test_corrections__a_thread_of_another_village_is_not_found(village: Station) -> None:
    admin = member(village, "admin", "11.01")
    assert admin.get(f"/desa/{OTHER_VILLAGE}/perbaikan/{FIRST}").status_code == 404
