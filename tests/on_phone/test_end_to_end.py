"""A quarter in the life of a village worker, with nothing made up between her thumb and the village's scorecard.

JavaRosa fills the real forms on the days of the story, a phone with Collect's manners sends them over HTTP, and the
card is compared with a recount of what the midwife wrote down by hand (tests/scenarios/sukamaju.py), and with numbers
written out here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from server.database.engine import writing
from server.publications import publish, shipped
from tests.recounts.recount import recount
from tests.scenarios.sukamaju import VILLAGE as SUKAMAJU
from tests.support.kpm import Kpm, Listed
from tests.support.listening import listening
from tests.support.people import BUDI, BUDI_AGAIN, HASAN, JONI, USMAN
from tests.support.phone import Phone
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared

NOT_VISITED = "belum dikunjungi bulan ini"
LISTS = ("fasilitas", "keluarga", "anak", "ibu_hamil", "kegiatan")


@pytest.fixture
def station(database_url: str, tmp_path: Path) -> Iterator[Station]:
    """The server on an empty database of each kind, with the forms and rules that come with the project."""
    station = opened(database_url, tmp_path, prepared(database_url))
    station.clock.now = datetime(2025, 12, 1, tzinfo=UTC)
    with writing(station.engine) as connection:
        assert len(list(publish.publish_shipped(connection, station.clock()))) == len(shipped.FORMS) + 3
    yield station
    station.engine.dispose()


def test_a_kpms_quarter(station: Station, new_phone: Callable[[str], Phone]) -> None:
    with listening(station.app) as base:
        kpm = Kpm(new_phone(base + station.path("").rstrip("/")), station.clock)
        december(kpm)
        january(kpm)
        the_running_quarter_is_counted_up_to_today(base)
        february(kpm)
        march(kpm)
        kpm.begin("2026-04-02")
        the_phone_begins_a_new_month(kpm)
        the_answers_are_kept_with_their_types(station)
        the_register_is_up_to_date(station)
        the_card_says_what_happened(base)
        the_page_shows_the_same_figures(base)
        the_next_village_knows_nothing_of_it(base, station, new_phone)
        a_known_household_is_mapped_again(kpm, station)
        early_education_is_monitored(kpm, station)


# -- December: the social map, and the first visits --------------------------------------------------------------------


def december(kpm: Kpm) -> None:
    kpm.begin("2025-12-02")
    kpm.phone.sync()
    assert kpm.names("ibu_hamil") == []

    # She is out all day: three households, sent in the evening.
    for household in (BUDI, HASAN, USMAN):
        kpm.map_household(household)

    # Before anything is sent they can be visited: they are on the phone already.
    assert kpm.offered("ibu_hamil") == ["Siti", "Wati", "Rahma"]
    assert kpm.offered("anak") == ["Ali", "Dewi", "Cut", "Agus"]
    kpm.send_and_sync()
    assert {name: kpm.listed(name) for name in (*kpm.names("ibu_hamil"), *kpm.names("anak"))} == {
        "Siti": Listed("4", "● Siti · Mawar", NOT_VISITED),
        "Wati": Listed("2", "▲ Wati · Mawar", NOT_VISITED),  # undernourished
        "Rahma": Listed("2", "▲ Rahma · Melati", NOT_VISITED),  # at high risk
        "Ali": Listed("4", "● Ali · Mawar", NOT_VISITED),
        "Dewi": Listed("4", "● Dewi · Mawar", NOT_VISITED),
        "Cut": Listed("2", "▲ Cut · Melati", NOT_VISITED),  # undernourished
        "Agus": Listed("1", "■ Agus · Melati", NOT_VISITED),  # severely so
    }
    assert kpm.offered("anak", "mendesak") == ["Cut", "Agus"]

    kpm.begin("2025-12-09")
    visit = kpm.visit("Siti", yes="periksa_kehamilan konseling_gizi_ibu", no="sudah_lahir pil_fe", lila=24)
    assert visit.value("bagian_ibu/minggu_hamil") == "29"  # 73 days to go: 207 days are 29 weeks and 4 days
    kpm.visit("Dewi", yes="timbang imunisasi_dasar konseling_ibu pengasuhan", no="ukur konseling_ayah", berat_badan=7.1)
    # Out of signal the phone knows what is left to do for them; their place on the list comes with the next sync.
    assert kpm.listed("Siti") == Listed("4", "● Siti · Mawar", "tablet tambah darah")
    assert kpm.listed("Dewi") == Listed("4", "● Dewi · Mawar", "pengukuran panjang")
    assert kpm.offered("ibu_hamil") == ["Siti", "Wati", "Rahma"]
    kpm.send_and_sync()
    assert kpm.listed("Siti") == Listed("5", "● Siti · Mawar", "tablet tambah darah")
    assert kpm.listed("Dewi") == Listed("5", "● Dewi · Mawar", "pengukuran panjang")


# -- January: everybody is visited, and measured at the Posyandu -------------------------------------------------------


def january(kpm: Kpm) -> None:
    kpm.begin("2026-01-06")
    kpm.phone.sync()
    assert kpm.listed("Siti") == Listed("4", "● Siti · Mawar", NOT_VISITED)  # a new month
    kpm.visit("Siti", yes="periksa_kehamilan pil_fe konseling_gizi_ibu", no="sudah_lahir")
    kpm.visit("Wati", yes="periksa_kehamilan konseling_gizi_ibu kunjungan_bidan", no="pil_fe", lila=22.8)
    kpm.visit("Ali", yes="timbang imunisasi_dasar konseling_ibu pengasuhan", no="ukur konseling_ayah")
    kpm.visit("Dewi", yes="timbang imunisasi_dasar konseling_ibu pengasuhan", no="ukur konseling_ayah")
    kpm.begin("2026-01-08")
    kpm.visit("Cut", yes="timbang kunjungan_terpadu konseling_ibu pengasuhan", no="ukur imunisasi_dasar konseling_ayah")
    # He is four months old, but will be of age for the parenting class before the quarter ends: it is asked already.
    kpm.visit(
        "Agus", yes="timbang kunjungan_terpadu konseling_ibu pengasuhan", no="ukur imunisasi_dasar konseling_ayah"
    )
    kpm.visit("Rahma", yes="periksa_kehamilan pil_fe konseling_gizi_ibu kunjungan_bidan", no="sudah_lahir")
    # Siti and Rahma lack nothing this month; whoever does is offered until it is mended.
    assert kpm.offered("ibu_hamil") == ["Wati"]
    assert kpm.offered("anak") == ["Ali", "Dewi", "Cut", "Agus"]
    kpm.send_and_sync()

    kpm.begin("2026-01-15")
    # Dewi's knees were bent: green does not go with 61 cm at eight months, so she is measured once more.
    dewi = kpm.measure("Dewi", panjang_ukur=61, tikar="hijau", panjang_ulang=69.4, berat=7.6, diukur_oleh="nakes")
    assert (dewi.value("z_pertama"), dewi.value("z_tbu")) == ("-3.39", "0.15")
    kpm.measure("Agus", panjang_ukur=60.4, tikar="kuning", diukur_oleh="nakes")
    cut = kpm.measure("Cut", panjang_ukur=71.2, tikar="merah", diukur_oleh="kpm")
    assert "Alat deteksi dini saja" in cut.seen("dini", "id")
    assert kpm.phone.lists["anak"].entities[kpm.find("Cut")[1].id].properties["tikar"] == "merah"
    kpm.send_and_sync()
    assert kpm.listed("Cut").prioritas == "1"  # red, and something is still to be done for her


def the_running_quarter_is_counted_up_to_today(base: str) -> None:
    card = card_of(base, "2026-Q1")
    assert card["as_of"] == "2026-01-15"
    assert card["not_monitored"] == {"pregnant": 0, "children": 0}
    # All four children were weighed in the only month so far; measured by health staff were Dewi and Agus.
    assert share(card, "a2") == (4, 4)
    assert share(card, "a3") == (2, 4)


# -- February: a birth, a death, a move, and a new household -----------------------------------------------------------


def february(kpm: Kpm) -> None:
    kpm.begin("2026-02-05")
    kpm.phone.sync()
    # Red on the Tikar, and below -2 for her age.
    assert kpm.listed("Cut") == Listed("1", "■ Cut · Melati", f"{NOT_VISITED}; ukur ulang dan rujuk ke Puskesmas")
    assert kpm.listed("Agus").prioritas == "1"
    kpm.map_household(JONI, tanggal="2026-02-03")  # written down two days later
    kpm.visit("Ali", yes="timbang imunisasi_dasar konseling_ayah pengasuhan", no="ukur konseling_ibu")
    kpm.visit("Dewi", yes="timbang imunisasi_dasar konseling_ibu", no="ukur konseling_ayah pengasuhan")
    not_yet = "timbang ukur imunisasi_dasar konseling_ibu konseling_ayah dirujuk"
    kpm.visit("Cut", yes="kunjungan_terpadu pengasuhan", no=not_yet)
    kpm.visit("Agus", status_sasaran="meninggal", tanggal_status="2026-02-03")
    kpm.visit("Rahma", status_sasaran="pindah", tanggal_status="2026-02-01")
    # Who has died or moved away is not offered any more, not even before the sync ...
    assert kpm.offered("anak", "semua") == ["Ali", "Dewi", "Cut", "Putri"]
    assert kpm.offered("ibu_hamil", "semua") == ["Siti", "Wati", "Lina"]
    kpm.send_and_sync()
    # ... and then leaves the phone.
    assert kpm.names("anak") == ["Ali", "Dewi", "Cut", "Putri"]
    assert kpm.names("ibu_hamil") == ["Siti", "Wati", "Lina"]

    kpm.begin("2026-02-24")
    kpm.visit(
        "Siti",
        sudah_lahir="ya",
        tanggal_melahirkan="2026-02-18",
        bayi_hidup="ya",
        periksa_nifas=1,
        nama_bayi="Bayi Siti",
        jenis_kelamin_bayi="L",
        berat_lahir=3.1,
        panjang_lahir=49,
    )
    kpm.visit("Wati", yes="pil_fe kunjungan_bidan", no="sudah_lahir periksa_kehamilan konseling_gizi_ibu")
    # The newborn is on the phone at once, under the name that stays.
    assert kpm.offered("anak") == ["Ali", "Dewi", "Cut", "Putri", "Bayi Siti"]
    before = kpm.find("Bayi Siti")[1].id
    kpm.send_and_sync()
    assert kpm.find("Bayi Siti")[1].id == before
    assert kpm.listed("Bayi Siti") == Listed("4", "● Bayi Siti · Mawar", NOT_VISITED)
    assert kpm.listed("Siti") == Listed("5", "● Siti · Mawar", "periksa nifas")


# -- March: the newborn's first visit, and the quarter's last ----------------------------------------------------------


def march(kpm: Kpm) -> None:
    kpm.begin("2026-03-10")
    kpm.phone.sync()
    # Ali is two years old since 10 February: no visits any more, but the monitoring of early education.
    assert kpm.listed("Ali") == Listed("7", "○ Ali · Mawar", "pantau PAUD bulan ini")
    assert kpm.offered("anak") == ["Dewi", "Cut", "Putri", "Bayi Siti"]
    kpm.visit("Siti", periksa_nifas=3)
    newborn = kpm.visit(
        "Bayi Siti",
        yes="timbang imunisasi_dasar konseling_ibu jaminan_kesehatan_anak",
        no="konseling_ayah akta_lahir",
        berat_badan=3.9,
        status_gizi="baik",
    )
    assert newborn.value("bagian_anak/rumah_anak/air_minum_anak") == "ya"  # known from his mother's home
    kpm.visit("Wati", yes="kunjungan_bidan", no="sudah_lahir periksa_kehamilan pil_fe konseling_gizi_ibu")
    kpm.visit("Dewi", yes="timbang imunisasi_dasar konseling_ibu pengasuhan", no="ukur konseling_ayah")
    # Hasan has built a latrine.
    kpm.visit(
        "Cut",
        yes="timbang kunjungan_terpadu konseling_ibu konseling_ayah pengasuhan jamban_anak",
        no="ukur imunisasi_dasar dirujuk",
    )
    kpm.begin("2026-03-12")
    kpm.measure("Cut", panjang_ukur=72.4, tikar="merah", diukur_oleh="nakes")
    kpm.measure("Dewi", panjang_ukur=71, tikar="hijau", diukur_oleh="kpm")
    kpm.send_and_sync()

    kpm.begin("2026-03-20")
    # Wati was visited already, but now she is well and insured: one more visit in the same month.
    wati = kpm.visit(
        "Wati",
        yes="pil_fe jaminan_kesehatan",
        no="sudah_lahir periksa_kehamilan konseling_gizi_ibu",
        lila=23.6,
        status_kehamilan="normal",
    )
    assert wati.value("masih_kurang") == "periksa kehamilan, konseling gizi"
    kpm.send_and_sync()
    assert kpm.listed("Wati") == Listed("5", "● Wati · Mawar", "periksa kehamilan, konseling gizi")


def the_phone_begins_a_new_month(kpm: Kpm) -> None:
    kpm.phone.sync()
    assert {name: kpm.listed(name) for name in kpm.names("ibu_hamil")} == {
        "Siti": Listed("6", "✓ Siti · Mawar", ""),  # 42 days since the birth were over on 1 April
        "Wati": Listed("4", "● Wati · Mawar", NOT_VISITED),  # no longer undernourished
        "Lina": Listed("6", "✓ Lina · Melati", ""),
    }
    assert {name: kpm.listed(name).prioritas for name in kpm.names("anak")} == {
        "Ali": "7",
        "Dewi": "4",
        "Cut": "1",
        "Putri": "4",
        "Bayi Siti": "4",
    }


# -- what the server has of it -----------------------------------------------------------------------------------------


def the_answers_are_kept_with_their_types(station: Station) -> None:
    assert [(row["state"], row["problem"]) for row in station.rows("submissions")] == [("accepted", None)] * 31
    (birth,) = [row for row in station.rows("answers_kunjungan_rumah") if row["nama_bayi"]]
    assert {name: birth[name] for name in ("tanggal", "tanggal_melahirkan", "minggu_hamil", "periksa_nifas")} == {
        "tanggal": date(2026, 2, 24),
        "tanggal_melahirkan": date(2026, 2, 18),
        "minggu_hamil": 40,
        "periksa_nifas": 1,
    }
    assert {name: birth[name] for name in ("berat_lahir", "periksa_kehamilan", "anak", "masih_kurang")} == {
        "berat_lahir": 3.1,
        "periksa_kehamilan": None,
        "anak": None,
        "masih_kurang": "periksa nifas",
    }
    twice = [row for row in station.rows("answers_ukur_tinggi") if row["panjang_ulang"]]
    wanted = ("tanggal", "usia_hari", "panjang_ukur", "panjang", "berat", "z_tbu", "posisi", "tikar")
    assert [[row[name] for name in wanted] for row in twice] == [
        [date(2026, 1, 15), 250, 61.0, 69.4, 7.6, 0.15, "baring", "hijau"]
    ]
    mothers = station.rows("answers_peta_sosial__ibu")
    assert sorted((row["nama"], row["ordinal"], row["hpl"], row["lila"]) for row in mothers) == [
        ("Lina", 1, None, None),
        ("Rahma", 1, date(2026, 4, 30), None),
        ("Siti", 1, date(2026, 2, 20), None),
        ("Wati", 2, date(2026, 6, 15), 22.5),
    ]


def the_register_is_up_to_date(station: Station) -> None:
    people = {row["data"].get("nama", row["label"]): row for row in station.rows("entities")}
    homes = {name: row["id"] for name, row in people.items() if row["list"] == "keluarga"}
    assert {name: people[name]["data"]["air_minum"] + " " + people[name]["data"]["jamban"] for name in homes} == {
        "Budi": "ya ya",
        "Hasan": "tidak tidak",
        "Usman": "ya ya",
        "Joni": "ya ya",
    }
    newborn = people["Bayi Siti"]
    assert newborn["data"] == {
        "nama": "Bayi Siti",
        "jenis_kelamin": "L",
        "nik": "11010141019000011",  # his mother's and one more digit
        "no_kia": "",
        "tanggal_lahir": "2026-02-18",
        "keluarga": homes["Budi"],
        "dusun": "Mawar",
        "status": "aktif",
        "tanggal_status": "2026-02-24",
        "status_gizi": "baik",
        "akta_lahir": "tidak",
        "jaminan_kesehatan": "ya",
    }
    assert (newborn["registered_on"], newborn["visited_on"]) == (date(2026, 2, 24), date(2026, 3, 10))
    assert {name: people[name]["leaves_on"] for name in ("Siti", "Wati", "Rahma", "Lina", "Ali", "Agus")} == {
        "Siti": date(2026, 4, 1),  # 42 days after 18 February
        "Wati": date(2026, 7, 27),  # 42 days after she is expected to give birth
        "Rahma": date(2026, 2, 1),
        "Lina": date(2026, 3, 8),
        "Ali": date(2026, 2, 10),
        "Agus": date(2026, 2, 3),
    }
    cut = people["Cut"]["data"]
    assert [cut[name] for name in ("tikar", "panjang_terakhir", "tanggal_ukur_terakhir")] == [
        "merah",
        "72.4",
        "2026-03-12",
    ]
    wati = people["Wati"]["data"]
    assert [wati["status_kehamilan"], wati["jaminan_kesehatan"]] == ["normal", "ya"]


# -- the card ----------------------------------------------------------------------------------------------------------


def fetched(base: str, path: str) -> bytes:
    connection = HTTPConnection(base.removeprefix("http://"), timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, content
    return content


def card_of(base: str, period: str, village: str = VILLAGE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fetched(base, f"/desa/{village}/{period}.json"))
    return found


def share(card: dict[str, Any], code: str) -> tuple[int, int]:
    (row,) = [row for row in card["table3"] if row["code"] == code]
    return row["received"], row["due"]


def the_card_says_what_happened(base: str) -> None:
    today = date(2026, 4, 2)
    card = card_of(base, "2026-Q1")
    assert card == recount(SUKAMAJU, 2026, 1, today)
    assert card_of(base, "2025-Q4") == recount(SUKAMAJU, 2025, 4, today)
    assert card_of(base, "2026-Q2") == recount(SUKAMAJU, 2026, 2, today)

    # Siti, Wati, Rahma (January only) and Lina; at risk on her last day was Rahma, Wati was well by the end of March.
    assert card["table1"]["pregnant"] == {"total": 4, "kek_risti": 1}
    # Ali, Dewi, Cut, Agus, Putri and the newborn; poorly nourished were Cut, and Agus when he died.
    assert card["table1"]["children"] == {"total": 6, "malnourished": 2}
    assert card["table1"]["households"] == 4
    # Dewi green, Agus yellow, Cut red. Ali was too old for the Tikar, the two newborns too young.
    assert card["table2"] == {"children": 6, "green": 1, "yellow": 1, "red": 1, "not_measured": 3}
    # Wati and Rahma had not given birth. Wati is in week 29 and had a check-up in January only; two were asked.
    assert share(card, "ih1") == (1, 2)
    # Siti had three check-ups after the birth; Lina was never visited.
    assert share(card, "ih3") == (1, 2)
    # Only Rahma: the midwife came in January, her one month.
    assert share(card, "ih5") == (1, 1)
    # Every month: Ali in January and February, Dewi in all three. Cut missed February, Agus
    # was weighed in January and died in February, the newborn was not weighed in February, and Putri was never visited.
    assert share(card, "a2") == (2, 6)
    # Dewi and Agus in January, Cut in March, by health staff. Nobody measured Ali. The newborns are too young.
    assert share(card, "a3") == (3, 4)
    # Cut got her integrated visits every month; Agus, whose last month was February, not in that one.
    assert share(card, "a5") == (1, 2)
    # Ali's father came in February, Cut's in March.
    (parents,) = [row for row in card["table3"] if row["code"] == "a4"]
    assert (parents["received"], parents["due"], parents["fathers"]) == (2, 6, 2)
    # Lina and Putri, mother and daughter.
    assert card["not_monitored"] == {"pregnant": 1, "children": 1}
    # Rahma's household had all it was due. In the others one sector each is whole: water at Budi's, parenting at
    # Hasan's (Cut's parents came every month) and at Joni's (where nobody is old enough for it).
    assert card["complete"] == {"households": 4, "complete": 1, "percent": "25.0"}
    assert card["sectors"] == {"0": 0, "1": 3, "2": 0, "3": 0, "4": 0, "5": 1}
    # 15 of 21 and 26 of 48: the sums of the rows of table 3.
    assert card["table4"]["total"] == {"received": 41, "due": 69, "percent": "59.4"}


def the_page_shows_the_same_figures(base: str) -> None:
    card = card_of(base, "2026-Q1")
    for query, percent, decimal in (("", "59,4%", ","), ("?lang=en", "59.4%", ".")):
        page: Any = html.fromstring(fetched(base, f"/desa/{VILLAGE}/2026-Q1{query}").decode())
        assert text_of(page.xpath("//section[@class='level']//b")[0]) == percent
        assert [text_of(one) for one in page.xpath("//section[@class='level']//p[@class='lead']//b")] == ["41", "69"]
        counts = [text_of(one) for one in page.xpath("//dl[@class='counts']//dd[not(@class)]")]
        assert counts[:3] == ["4", "4", "6"]
        for row in card["table3"]:
            received, shown = page.xpath(f"//tr[@id='{row['code']}']/td")
            assert text_of(received) == f"{row['received']} / {row['due']}"
            assert (row["percent"] or "–").replace(".", decimal) in text_of(shown)


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def the_next_village_knows_nothing_of_it(base: str, station: Station, new_phone: Callable[[str], Phone]) -> None:
    other = new_phone(base + station.path("", OTHER_VILLAGE).rstrip("/"))
    other.sync()
    assert {name: len(one.entities) for name, one in other.lists.items()} == dict.fromkeys(LISTS, 0)
    assert card_of(base, "2026-Q1", OTHER_VILLAGE)["table1"]["households"] == 0


# -- April: what was mapped once is not typed in again -----------------------------------------------------------------


def a_known_household_is_mapped_again(kpm: Kpm, station: Station) -> None:
    home = kpm.household("Budi")
    kpm.map_household(BUDI_AGAIN, jenis_pendataan="lama", keluarga_lama=home.id, perbarui_rumah="ya")
    kpm.send_and_sync()
    kept = kpm.household("Budi").properties
    assert {name: kept[name] for name in ("no_kk", "rt", "dusun", "air_minum", "jamban")} == {
        "no_kk": "1101010101010001",
        "rt": "001/002",
        "dusun": "Mawar",
        "air_minum": "tidak",
        "jamban": "ya",
    }
    assert len(station.rows("entities", list="keluarga")) == 4
    _, twin = kpm.find("Adik Bayi Siti")
    assert [twin.properties[name] for name in ("keluarga", "dusun", "nik")] == [home.id, "Mawar", "11010141019000012"]


def early_education_is_monitored(kpm: Kpm, station: Station) -> None:
    kpm.map_facility(
        jenis="paud", nama="PAUD Mawar", dusun="Mawar", cakupan="desa", layanan=["paud"], frekuensi_paud="setiap_hari"
    )
    # Where he goes is known at once: on the phone's list there is one that serves his hamlet.
    followed = kpm.follow("Ali", ikut_paud="ya", pengasuhan="tidak")
    assert followed.value("lembaga") == kpm.facility("PAUD Mawar").id
    assert kpm.listed("Ali") == Listed("7", "○ Ali · Mawar", "")
    kpm.send_and_sync()
    assert kpm.listed("Ali") == Listed("7", "✓ Ali · Mawar", "")
    assert kpm.facility("PAUD Mawar").properties["frekuensi"] == "paud=setiap_hari"
    (row,) = station.rows("answers_pantau_paud")
    assert (row["ikut_paud"], row["lembaga"], row["tanggal"]) == ("ya", kpm.facility("PAUD Mawar").id, kpm.today)

    kpm.begin("2026-05-04")
    kpm.phone.sync()
    assert kpm.listed("Ali") == Listed("7", "○ Ali · Mawar", "pantau PAUD bulan ini")
