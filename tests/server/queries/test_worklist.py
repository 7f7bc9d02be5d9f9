"""The work list of a village: who is on it, in which order, and how the page and the sheet say it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import event

from forms.problems import Language
from server.database.engine import reading
from server.queries import worklist
from server.queries.worklist import Task
from tests.support.members import member
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import born, followed, mapped, measured, visited

HOUSE, SITI, WATI, ALI, BUDI, CITRA, DODI = (new_id() for _ in range(7))
LIST, SHEET = f"/desa/{VILLAGE}/tugas", f"/desa/{VILLAGE}/tugas/cetak"


@pytest.fixture
def village(published: Station) -> Station:
    """On 10 March 2026: five of the first 1,000 days in two hamlets, one of PAUD age, nobody visited since January."""
    normal, kek = {"nama": "Siti"}, {"nama": "Wati", "status_kehamilan": "kek", "hpl": "2026-04-07"}
    children = [
        (ALI, {"nama": "Ali", "tanggal_lahir": "2025-06-01"}),
        (BUDI, {"nama": "Budi", "tanggal_lahir": "2024-12-01", "status_gizi": "buruk"}),
        (DODI, {"nama": "Dodi", "tanggal_lahir": "2022-11-10"}),
    ]
    published.send(mapped(HOUSE, head="Pak Hasan", mothers=[(SITI, normal), (WATI, kek)], children=children))
    far = [(CITRA, {"nama": "Citra", "tanggal_lahir": "2025-10-01", "jenis_kelamin": "P"})]
    published.send(mapped(new_id(), head="Bu Rina", dusun="Melati", no_kk="1101010101010002", children=far))
    return published


def tasks(station: Station, village_id: str = VILLAGE) -> list[Task]:
    with reading(station.engine) as connection:
        return worklist.tasks(connection, village_id, station.backend.today)


def names(station: Station) -> list[tuple[str, str]]:
    return [(task.priority.rank, task.name) for task in tasks(station)]


# -- the list ---------------------------------------------------------------------------------------------------------


def test_tasks__the_neediest_first(village: Station) -> None:
    assert names(village) == [
        ("1", "Budi"),
        ("2", "Wati"),
        ("4", "Ali"),
        ("4", "Citra"),
        ("4", "Siti"),
        ("7", "Dodi"),
    ]


def test_tasks__who_is_done_comes_last(village: Station) -> None:
    village.send(visited(BUDI, day="2026-03-09"))
    village.send(visited(ALI, day="2026-03-08", masih_kurang="akta lahir, penimbangan"))
    assert names(village)[-1] == ("1", "Budi")
    (ali,) = [task for task in tasks(village) if task.name == "Ali"]
    assert (ali.priority.rank, ali.missing) == ("5", ("akta lahir", "penimbangan"))


def test_tasks__say_where_somebody_lives(village: Station) -> None:
    (citra,) = [task for task in tasks(village) if task.name == "Citra"]
    assert (citra.dusun, citra.rt, citra.household) == ("Melati", "001", "Bu Rina")


def test_tasks__newborn_lives_where_its_mother_does(village: Station) -> None:
    village.send(born(SITI, child := new_id(), HOUSE, day="2026-03-05", nama="Bayi Siti"))
    (baby,) = [task for task in tasks(village) if task.id == child]
    assert (baby.household, baby.priority.rank) == ("Pak Hasan", "4")


def test_tasks__growth_below_the_least_gain_moves_a_child_up(village: Station) -> None:
    """A boy of six to nine months: 0.4 kg in three months, 0.436 are asked."""
    village.send(visited(ALI, day="2025-12-01", timbang="ya", berat_badan="7.9"))
    village.send(visited(ALI, day="2026-03-02", timbang="ya", berat_badan="8.3"))
    (ali,) = [task for task in tasks(village) if task.name == "Ali"]
    assert (ali.priority.rank, ali.priority.todo) == ("3", "timbang ulang di Posyandu")
    assert ("bb_kurang_naik", "2026-03-02") in ali.priority.signs


def test_tasks__who_left_is_not_on_it(village: Station) -> None:
    village.send(visited(CITRA, day="2026-03-02", status_anak="pindah", tanggal_status_anak="2026-03-01"))
    assert "Citra" not in [name for _, name in names(village)]


def test_tasks__mother_leaves_the_month_after_her_42_days(village: Station) -> None:
    village.clock.forward(days=100)  # 18 June: her birth was expected on 7 April, 42 days later is 19 May
    assert "Wati" not in [name for _, name in names(village)]


def test_tasks__monitoring_of_early_education_is_no_home_visit(village: Station) -> None:
    """In the month of the second birthday a child is still visited: what the visit found missing stays missing."""
    child = [(edi := new_id(), {"nama": "Edi", "tanggal_lahir": "2024-03-05"})]
    village.send(mapped(new_id(), no_kk="1101010101010003", children=child))
    village.send(visited(edi, day="2026-03-02", masih_kurang="imunisasi dasar"))
    village.send(followed(edi, day="2026-03-09", ikut_paud="ya"))
    assert [task.missing for task in tasks(village) if task.id == edi] == [("imunisasi dasar",)]


def test_red_tikar__stays_with_what_to_do_until_it_is_measured_again_or_referred(village: Station) -> None:
    def ali() -> tuple[str, str]:
        (found,) = [task for task in tasks(village) if task.id == ALI]
        return found.priority.rank, found.priority.todo

    red = {"panjang": "68.0", "posisi": "baring", "diukur_oleh": "kpm", "tikar": "merah"}
    todo = "Tikar merah: ukur ulang dan rujuk ke Puskesmas"
    village.send(measured(ALI, day="2026-03-02", berat="8.6", **red))
    village.send(visited(ALI, day="2026-03-05"))
    assert ali() == ("1", todo)
    village.send(visited(ALI, day="2026-03-06", dirujuk="ya", tanggal_rujuk="2026-03-06"))
    assert ali() == ("1", "")
    village.send(measured(ALI, day="2026-03-07", berat="8.6", **red))
    assert ali() == ("1", todo)
    village.send(measured(ALI, day="2026-03-08", panjang="68.1", posisi="baring"))
    assert ali()[1] == ""


def test_red_tikar__one_number_as_on_the_card_and_who_of_them_is_not_on_the_list(village: Station) -> None:
    red = {"panjang": "68.0", "posisi": "baring", "diukur_oleh": "kpm", "tikar": "merah"}
    for child in (ALI, BUDI, CITRA):
        village.send(measured(child, day="2026-03-02", berat="8.6", **red))
    village.send(visited(BUDI, day="2026-03-05", dirujuk="ya", tanggal_rujuk="2026-03-05"))
    village.send(visited(CITRA, day="2026-03-06", status_anak="meninggal", tanggal_status_anak="2026-03-04"))

    with reading(village.engine) as connection:
        found = worklist.month(connection, VILLAGE, village.backend.today)[1]
    card = village.client.get(f"/desa/{VILLAGE}.json").json

    assert (found.quarter, found.listed, found.open, found.left) == (3, 2, 1, 1)
    assert card["table2"]["red"] == found.quarter
    page = " ".join(html.document_fromstring(member(village).get(f"/desa/{VILLAGE}/tugas").text).text_content().split())
    assert "3 anak bertanda merah pada Tikar triwulan ini, seperti di kartu desa: 2 ada di daftar ini, 1 di" in page
    assert "1 sudah bukan sasaran" in page


def test_pregnancy_past_42_weeks__gets_a_sign_and_what_to_do__until_the_birth_is_told_or_the_day_corrected(
    village: Station,
) -> None:
    def wati() -> tuple[str, str]:
        (found,) = [task for task in tasks(village) if task.id == WATI]
        return found.priority.rank, found.priority.todo

    village.send(visited(WATI, day="2026-03-09", of="ibu_hamil", status_kehamilan="normal"))
    assert wati() == ("6", "")
    village.clock.forward(days=45)  # 24 April: her birth was expected on 7 April
    village.send(visited(WATI, day="2026-04-23", of="ibu_hamil"))
    assert wati() == ("2", "lewat 42 minggu: catat kelahirannya atau rujuk ke bidan")
    village.send(visited(WATI, day="2026-04-24", of="ibu_hamil", hpl="2026-05-20"))
    assert wati() == ("6", "")


def test_mother_after_day_42__is_not_called_nifas(village: Station) -> None:
    client = member(village)

    def wati() -> str:
        (line,) = html.document_fromstring(client.get(LIST).text).xpath('//li[contains(., "Wati")]')
        return " ".join(line.text_content().split())

    village.send(visited(WATI, day="2026-03-10", of="ibu_hamil", tanggal_melahirkan="2026-01-28"))
    assert "nifas, hari ke-41" in wati()
    village.clock.forward(days=5)
    assert "melahirkan 28 Jan 2026, lewat 42 hari" in wati()
    assert "nifas" not in wati()


def test_tasks__another_village_has_its_own(village: Station) -> None:
    assert tasks(village, OTHER_VILLAGE) == []


def test_tasks__one_query(village: Station) -> None:
    seen: list[str] = []
    listen = lambda *call: seen.append(call[2])  # noqa: E731 # the third is the statement
    event.listen(village.engine, "before_cursor_execute", listen)
    tasks(village)
    event.remove(village.engine, "before_cursor_execute", listen)
    assert len([statement for statement in seen if "FROM entities" in statement]) == 1


# -- the page ---------------------------------------------------------------------------------------------------------


def page(client: FlaskClient, path: str = LIST, language: Language = "id") -> html.HtmlElement:
    answer = client.get(path, query_string={"lang": language})
    assert answer.status_code == 200, answer.status
    return html.document_fromstring(answer.text)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def people(element: html.HtmlElement) -> dict[str, str]:
    """What the page says of each mother and child of the first 1,000 days, by name; a slash is a new line."""
    found = {}
    for line in element.xpath("//ul[@class='people']/li"):
        head = " ".join(words(part) for part in line if part.tag != "p")
        found[words(line.find("b"))] = " / ".join([head, *map(words, line.findall("p"))])
    return found


def test_page__by_hamlet_with_sign_and_words(village: Station) -> None:
    shown = page(member(village))
    assert [words(head).split(" perlu")[0] for head in shown.xpath("//section/h2")][1:3] == [
        "Dusun Mawar 4 dari 4",
        "Dusun Melati 1 dari 1",
    ]
    lines = people(shown)
    assert list(lines) == ["Budi", "Wati", "Ali", "Siti", "Citra"]
    assert lines["Budi"] == (
        "■ Budi 15 bulan · RT 001 · Pak Hasan / tercatat gizi buruk / Bulan lalu tidak ditimbang: timbang bulan ini "
        "/ Belum pernah dikunjungi"
    )
    assert lines["Wati"] == "▲ Wati hamil 36 minggu · RT 001 · Pak Hasan / KEK / Belum pernah dikunjungi"


def test_page__what_was_seen_and_what_to_do(village: Station) -> None:
    village.send(visited(ALI, day="2025-12-01", timbang="ya", berat_badan="7.9"))
    village.send(visited(ALI, day="2026-03-02", timbang="ya", berat_badan="8.3", masih_kurang="akta lahir"))
    client = member(village)
    assert people(page(client))["Ali"] == (
        "◆ Ali 9 bulan · RT 001 · Pak Hasan / Kenaikan berat kurang untuk umurnya (naik 0,4 kg sejak 1 Des 2025, "
        "paling sedikit 0,44 kg): timbang ulang di Posyandu / Dikunjungi 2 Mar 2026, masih kurang: akta lahir"
    )
    assert people(page(client, language="en"))["Ali"] == (
        "◆ Ali 9 months · RT 001 · Pak Hasan / Gained too little weight for the age (up 0.4 kg since 1 Dec 2025, at "
        "least 0.44 kg): weigh again at the Posyandu / Visited on 2 Mar 2026, still missing: birth certificate"
    )
    shown = page(client).xpath("//dl[@class='signs']")[0]
    explained = dict(zip(map(words, shown.findall("dt")), map(words, shown.findall("dd")), strict=True))
    assert explained["Kenaikan berat kurang untuk umurnya"].startswith("Timbang ulang di Posyandu; tanyakan makan")
    assert explained["tercatat gizi buruk"].startswith("Pastikan Puskesmas")


def test_page__sign_seen_to_but_not_yet_cleared__asks_for_nothing(village: Station) -> None:
    village.send(visited(ALI, day="2026-02-10", timbang="ya", berat_badan="6.0"))
    village.send(visited(ALI, day="2026-03-02", masih_kurang=""))
    assert people(page(member(village)))["Ali"].startswith("✓ Ali")
    assert "ukur ulang" not in people(page(member(village, "village_head")))["Ali"]


def test_page__paud_age_has_a_section_of_its_own(village: Station) -> None:
    shown = page(member(village))
    assert [words(line) for line in shown.xpath("//ul[@class='paud']/li")] == [
        "○ Dodi 3 tahun 4 bulan · RT 001 · Pak Hasan"
    ]
    assert "Dodi" not in people(shown)


def test_page__counts_each_priority(village: Station) -> None:
    shown = page(member(village))
    assert words(shown.xpath("//main//h2")[0]) == "5 dari 5 ibu dan anak masih perlu perhatian"
    assert [words(line) for line in shown.xpath("//ul[@class='sum']/li")] == [
        "■ 1 Tikar merah, atau tercatat gizi buruk",
        "▲ 1 KEK, risiko tinggi, lewat 42 minggu, Tikar kuning, atau tercatat gizi kurang atau stunting",
        "● 3 belum dikunjungi bulan ini",
    ]


@pytest.mark.parametrize("path", [LIST, SHEET])
@pytest.mark.parametrize(
    ("language", "caution"), [("id", "hanya alat deteksi dini"), ("en", "for early detection only")]
)
def test_page_and_sheet__the_tikar_is_for_early_detection_only(
    village: Station, path: str, language: Language, caution: str
) -> None:
    assert caution in words(page(member(village), path, language))


def test_page__names_are_escaped(village: Station) -> None:
    evil = [(new_id(), {"nama": "<script>alert(1)</script>"})]
    village.send(mapped(new_id(), head="<b>Eko</b>", no_kk="1101010101010003", mothers=evil))
    client = member(village)
    for path in (LIST, SHEET):
        shown = page(client, path)
        assert shown.xpath("//script") == []
        assert "<script>alert(1)</script>" in words(shown)


def test_page__village_without_anybody_says_how_to_begin(village: Station) -> None:
    shown = page(member(village, region=OTHER_VILLAGE), f"/desa/{OTHER_VILLAGE}/tugas")
    assert "Mulailah dengan peta sosial" in words(shown)


def test_page__unknown_village(village: Station) -> None:
    assert member(village, "admin", "ID").get("/desa/11.01.01.9999/tugas").status_code == 404


@pytest.mark.parametrize(("role", "region"), [("district", "11.01"), ("subdistrict", "11.01.01")])
def test_page__who_need_not_see_names_does_not(village: Station, role: str, region: str) -> None:
    client = member(village, role, region)
    assert [client.get(path).status_code for path in (LIST, SHEET)] == [403, 403]


def test_look__is_recorded(village: Station) -> None:
    client = member(village)
    page(client)
    page(client, SHEET)
    assert [(row["page"], row["village_id"]) for row in village.rows("looks")] == [("tugas", VILLAGE)] * 2


# -- the sheet --------------------------------------------------------------------------------------------------------


def test_sheet__only_what_is_left_to_do_with_a_box_each(village: Station) -> None:
    village.send(visited(SITI, of="ibu_hamil", day="2026-03-09"))
    shown = page(member(village), SHEET)
    assert [words(table.find("caption")) for table in shown.xpath("//table")] == [
        "Dusun Mawar 3 dari 4 perlu perhatian",
        "Dusun Melati 1 dari 1 perlu perhatian",
    ]
    rows = [[words(cell) for cell in row.findall("td")] for row in shown.xpath("//tbody/tr")]
    assert [row[1:3] for row in rows] == [
        ["■", "Budi 15 bulan · RT 001 · Pak Hasan"],
        ["▲", "Wati hamil 36 minggu · RT 001 · Pak Hasan"],
        ["●", "Ali 9 bulan · RT 001 · Pak Hasan"],
        ["●", "Citra 5 bulan · RT 001 · Bu Rina"],
    ]
    assert "menurut data sampai 10 Maret 2026" in words(shown)


def test_two_hundred_targets__stay_light(village: Station) -> None:
    homes = []
    for house in range(62):
        mothers = [(new_id(), {"nama": f"Nurhayati Lestari {house}"})]
        children = [
            (new_id(), {"nama": f"Muhammad Rizki {house}", "tanggal_lahir": "2025-09-01", "tikar": "hijau"}),
            (new_id(), {"nama": f"Putri Handayani {house}", "tanggal_lahir": "2024-08-01"}),
        ]
        home = {"head": f"Bapak Hidayat {house}", "no_kk": f"{house:016}"}
        homes.append(mapped(new_id(), mothers=mothers, children=children, **home))
    village.send_all(homes)
    assert len(tasks(village)) > 190
    assert len(member(village).get(LIST).data) < 75_000


def test_page__who_is_done_is_folded_away(village: Station) -> None:
    village.send(visited(BUDI, day="2026-03-09"))
    found = page(member(village))
    folded = [one.text_content() for one in found.xpath("//details//li//a")]
    plain = [one.text_content() for one in found.xpath("//ul[@class='people']//a[not(ancestor::details)]")]
    assert (folded, sorted(plain)) == (["Budi"], ["Ali", "Citra", "Siti", "Wati"])
    assert "1 selesai bulan ini" in words(found.xpath("//summary")[0])


def test_page__leads_straight_to_a_dusun_and_to_paud(village: Station) -> None:
    found = page(member(village))
    links = found.xpath("//p[b='Langsung ke']/a")
    leads = {
        link.text_content(): words(found.xpath(f"//section[@id={link.get('href')[1:]!r}]/h2")[0]) for link in links
    }
    assert list(leads)[-2:] == ["Dusun Melati", "PAUD"]
    assert leads["Dusun Melati"].startswith("Dusun Melati 1 dari 1")
    assert leads["PAUD"].endswith("pantau PAUD")
