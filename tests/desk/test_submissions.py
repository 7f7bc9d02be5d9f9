"""The list of submissions and one of them, as the server answers: who sees what, what can be asked for and decided."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from lxml import html

from server.queries.compare import form_day
from server.submissions import quarantine, rebuild
from server.submissions.review import APPROVED, HAS_ISSUES
from server.submissions.version_log import REJECTED
from tests.support.members import member, open_account, send_form, token_of
from tests.support.sent_forms import ACTIVITY, CORRECTED, HOMES, UNKNOWN, VISIT, activity, page_of, picture
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped

NAMES = ("Siti", "Ali", "Nia", "Umi", "Budi", "Hasan", "Dul", "Tono", "Rina")
HOME = f"/desa/{VILLAGE}"


def lines(client: FlaskClient, path: str) -> list[list[str]]:
    """The list's rows: the words of each cell."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    rows = html.document_fromstring(answer.text).xpath("//table[contains(@class, 'sub')]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def kinds(client: FlaskClient, query: str) -> list[str]:
    return [row[-1].split(" · ")[0] for row in lines(client, f"/admin/kiriman?{query}")]


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(html.document_fromstring(answer.text).text_content().split())


# -- the list ----------------------------------------------------------------------------------------------------------


def test_list__says_where_from_and_how_each_stands__and_names_nobody(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    rows = lines(admin, "/admin/kiriman")
    assert len(rows) == 11
    assert rows[0][1].startswith("Sukadamai")  # the latest first
    assert rows[1][0] == "Kegiatan9 Maret 20261 foto" and rows[1][3].startswith("karantina")
    assert "versi '0' tidak dikenal" in rows[1][3]
    shown = text_of(admin, "/admin/kiriman")
    assert [name for name in NAMES if re.search(rf"\b{name}\b", shown)] == []
    assert sent.rows("looks") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("keadaan=karantina", 1),
        ("keadaan=menunggu", 1),
        ("keadaan=dikembalikan", 0),
        ("keadaan=diterima", 9),
        ("keadaan=tidak-ada", 11),
        ("formulir=kunjungan_rumah", 2),
        ("formulir=' OR 1=1 --", 0),
        ("wilayah=11.01.01.2002", 1),
        ("wilayah=11.01.01", 11),
        ("kpm=bu ani", 11),
        ("kpm=Pak", 0),
        ("masalah=1", 2),
        ("foto=1", 2),
        ("dari=2026-03-10&sampai=2026-03-10", 11),
        ("dari=2026-03-11", 0),
        ("sampai=2026-03-09", 0),
        ("sampai=besok", 11),
        ("q=sukadamai", 1),
        ("q=kegiatan", 1),
        ("q=uuid:kunjungan", 2),
        ("q=Bu Ani", 11),
        ("q=%", 0),
        ("q=Siti", 0),
        ("halaman=2", 0),
    ],
)
def test_list__filters(sent: Station, query: str, count: int) -> None:
    assert len(lines(member(sent, "admin", "11.01"), f"/admin/kiriman?{query}")) == count


def test_list__is_of_the_admins_region_alone(sent: Station) -> None:
    admin = member(sent, "admin", OTHER_VILLAGE)
    assert len(lines(admin, "/admin/kiriman")) == 1
    assert len(lines(admin, "/admin/kiriman?q=kegiatan")) == 0
    for region in (VILLAGE, "11.01", "ID"):
        assert admin.get(f"/admin/kiriman?wilayah={region}").status_code == 403
    assert member(sent, "admin", "ID").get("/admin/kiriman?wilayah=ID").status_code == 200
    assert member(sent, "village_head").get("/admin/kiriman").status_code == 403


def test_list_of_a_village__has_what_the_phones_call_them__and_is_recorded(sent: Station) -> None:
    rows = lines(member(sent), f"{HOME}/kiriman")
    assert [row[0] for row in rows if row[0].startswith("Kegiatan")] == ["Kegiatan PosyanduKegiatan1 foto"] * 2
    assert [look["page"] for look in sent.rows("looks")] == ["kiriman"]
    assert member(sent, "kpm", OTHER_VILLAGE).get(f"{HOME}/kiriman").status_code == 403


def test_what_cannot_be_opened_again_is_not_offered_to_be_corrected(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    assert "Perbaiki di peramban ini" in text_of(admin, page_of(sent, ACTIVITY))
    assert "Perbaiki di peramban ini" not in text_of(admin, page_of(sent, UNKNOWN))


def test_signs_are_the_same_on_the_desks_first_page_and_on_the_list(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    first = html.document_fromstring(admin.get("/admin").text)
    listed = html.document_fromstring(admin.get("/admin/kiriman").text)
    for state in ("menunggu", "karantina", "dikembalikan"):
        (sign,) = first.xpath(f"//ul[@class='states']//a[contains(@href, 'keadaan={state}')]/@class")
        assert listed.xpath(f"//ul[@class='states']//a[contains(@href, 'keadaan={state}')]/@class") == [sign]


def test_what_was_typed_is_kept_where_a_reason_is_missing__and_the_view_is_recorded(sent: Station) -> None:
    head, path = member(sent, "village_head"), page_of(sent, VISIT)
    token = token_of(head.get(path))
    looks = len(sent.rows("looks"))
    page = head.post(f"{path}/periksa", data={"csrf_token": token, "hasil": HAS_ISSUES, "catatan": " "})
    assert page.status_code == 422
    found = html.document_fromstring(page.text)
    assert "Tulis dahulu apa yang harus diperbaiki" in found.xpath("string(//main//*[@role='alert'])")
    assert found.xpath("//textarea[@name='catatan']")
    assert len(sent.rows("looks")) == looks + 1
    empty = head.post(f"{path}/catatan", data={"csrf_token": token, "isi": ""})
    assert (empty.status_code, "Catatannya kosong" in empty.text) == (422, True)
    assert send_form(head, f"{path}/periksa", path, hasil=HAS_ISSUES, catatan="lihat KMS").status_code == 303


def test_a_refused_form_leads_back_to_where_it_was_sent_from(sent: Station) -> None:
    head, path = member(sent, "village_head"), page_of(sent, VISIT)
    fields = {"csrf_token": token_of(head.get(path)), "hasil": "entah"}
    page = head.post(f"{path}/periksa", data=fields, headers={"Referer": f"http://localhost{path}"})
    assert html.document_fromstring(page.text).xpath(f"//main//a[@href='{path}']")
    elsewhere = head.post(f"{path}/periksa", data=fields, headers={"Referer": f"http://evil.example{path}"})
    assert not html.document_fromstring(elsewhere.text).xpath(f"//main//a[@href='{path}']")


@pytest.mark.parametrize(
    ("words", "count"), [("kegiatan posyandu", 2), ("POSYANDU", 2), ("Bu Ani", 10), ("tidak ada", 0)]
)
def test_list_of_a_village__is_searched_by_what_the_phones_call_them(sent: Station, words: str, count: int) -> None:
    assert len(lines(member(sent), f"{HOME}/kiriman?q={words}")) == count


def test_list_of_a_region__has_the_day_of_each_form(sent: Station) -> None:
    rows = lines(member(sent, "admin", "11.01"), "/admin/kiriman?formulir=kegiatan")
    assert [row[0] for row in rows] == ["Kegiatan9 Maret 20261 foto"] * 2


def test_day_of_a_form__is_found_in_the_group_that_asks_it() -> None:
    head = '<data xmlns="http://opendatakit.org/submissions" id="kunjungan" version="1">'
    asked = "<pilih><saring/><tanggal>2026-03-09</tanggal></pilih>"
    meta = '<meta xmlns="http://openrosa.org/xforms"><instanceID>uuid:a</instanceID></meta></data>'
    assert form_day((head + asked + meta).encode()) == date(2026, 3, 9)
    assert form_day((head + "<pilih><tanggal/></pilih>" + meta).encode()) is None


def test_counts__say_what_waits(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    states = html.document_fromstring(admin.get("/admin/kiriman").text).xpath("//ul[@class='states']/li")
    found = [" ".join(one.text_content().split()) for one in states]
    assert found == [
        "1 menunggu keputusan",
        "1 karantina",
        "0 diminta diperbaiki",
        "0 belum diolah",
        "9 diterima bulan ini",
    ]


def test_quarantine__is_tried_again_when_the_cause_is_mended(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    done = send_form(admin, "/admin/kiriman/ulang", "/admin/kiriman?keadaan=karantina", wilayah="11.01")
    assert "tadi 1 isian di karantina, sekarang 1" in text_of(admin, done.location)
    assert len(lines(admin, done.location)) == 1
    older = "INSERT INTO form_versions SELECT form_id, '0', title, 0, xml, xml_md5, workbook, schema, published_at "
    with sent.engine.begin() as connection:
        connection.exec_driver_sql(older + "FROM form_versions WHERE form_id = 'kegiatan'")
    path = page_of(sent, UNKNOWN)
    send_form(admin, f"{path}/ulang", path)
    assert sent.one("submissions", instance_id=UNKNOWN)["state"] == "accepted"
    assert {row["action"] for row in sent.rows("actions")} == {"submission-replayed"}


def test_quarantine__is_tried_by_the_processor__and_the_page_looks_again_until_it_was(sent: Station) -> None:
    admin = member(sent, "admin", "11.01")
    sent.keeps = True
    done = send_form(admin, "/admin/kiriman/ulang", "/admin/kiriman?keadaan=karantina", wilayah="11.01")
    waiting = admin.get(done.location)
    assert waiting.headers["Refresh"] == "5"
    (bar,) = html.document_fromstring(waiting.text).xpath("//progress")
    assert (bar.get("max"), bar.get("value")) == ("1", "0")
    assert "masih 1 desa" in waiting.text
    path = page_of(sent, UNKNOWN)
    assert "Sedang dicoba lagi" in text_of(admin, path)
    assert text_of(admin, path).count("Coba lagi") == 0

    sent.process()
    after = admin.get(done.location)
    assert "Refresh" not in after.headers
    assert "tadi 1 isian di karantina, sekarang 1" in " ".join(after.text.split())
    assert html.document_fromstring(after.text).xpath("//progress") == []
    assert sent.one("villages", village_id=VILLAGE)["replay_since"] is None


def test_progress__moves_on_with_each_village_that_was_tried(sent: Station) -> None:
    sent.send(activity("uuid:asing-juga", version="0"), village=OTHER_VILLAGE)
    admin = member(sent, "admin", "11.01")
    sent.keeps = True
    done = send_form(admin, "/admin/kiriman/ulang", "/admin/kiriman?keadaan=karantina", wilayah="11.01")
    here, shown = sent.backend, []
    for _ in range(2):
        (bar,) = html.document_fromstring(admin.get(done.location).text).xpath("//progress")
        shown.append((bar.get("value"), bar.get("max")))
        assert quarantine.replay_next(sent.engine, here.cache, here.settings.timezone, sent.clock())
    assert shown == [("0", "2"), ("1", "2")]
    assert html.document_fromstring(admin.get(done.location).text).xpath("//progress") == []


def test_quarantine__where_it_fails_leaves_the_line__and_keeps_what_it_had(
    sent: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_given: object) -> None:
        raise RuntimeError("diuji")

    monkeypatch.setattr(rebuild, "rebuild_village", fails)
    admin = member(sent, "admin", "11.01")
    done = send_form(admin, "/admin/kiriman/ulang", "/admin/kiriman?keadaan=karantina", wilayah="11.01")
    assert "sekarang 1" in text_of(admin, done.location)
    assert f"the village {VILLAGE} failed" in caplog.text
    assert sent.one("villages", village_id=VILLAGE)["rebuild_problem"] == "RuntimeError"


def test_quarantine__of_elsewhere_is_left_alone(sent: Station) -> None:
    admin = member(sent, "admin", OTHER_VILLAGE)
    assert send_form(admin, "/admin/kiriman/ulang", "/sandi", wilayah=VILLAGE).status_code == 403


# -- one submission ----------------------------------------------------------------------------------------------------


def answers(client: FlaskClient, path: str) -> list[tuple[str, str]]:
    """Titles of groups and rounds, and each question with its answer, as the page has them in order."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    (section,) = html.document_fromstring(answer.text).xpath("//section[h2[text()='Jawaban' or text()='Answers']]")
    found = []
    for element in section.xpath(".//h3 | .//dl[not(ancestor::details)]/div"):
        cells = [" ".join(cell.text_content().split()) for cell in element]
        found.append((cells[0], cells[1]) if element.tag == "div" else (" ".join(element.text_content().split()), ""))
    return found


def test_answers__stand_under_their_labels_as_in_the_form__in_both_languages(sent: Station) -> None:
    head, path = member(sent, "village_head"), page_of(sent, ACTIVITY)
    assert answers(head, path) == [
        ("Tanggal kegiatan", "9 Mar 2026"),
        ("Tempatnya", ""),
        ("Di mana diadakan?", "Posyandu"),
        ("Titik tempatnya", "lihat di peta"),
        ("Foto kegiatan", "Buka berkasnya"),
        ("Yang hadir nomor 1", ""),
        ("Nama", "Bu Rina"),
        ("NIK", "••••••••••••0001"),
        ("Yang hadir nomor 2", ""),
        ("Nama", "Pak Dul"),
        ("Jumlah peserta", "2"),
    ]
    assert ("Where was it held?", "Health post") in answers(head, f"{path}?lang=en")
    assert [look["page"] for look in sent.rows("looks")] == ["kiriman", "kiriman"]


def test_answers__of_what_is_not_understood_are_shown_by_their_names(sent: Station) -> None:
    shown = text_of(member(sent), page_of(sent, UNKNOWN))
    assert "Pertanyaannya tidak dikenal di sini" in shown and "Bu Rina" in shown
    assert "1101010106250001" not in shown


def test_versions__show_only_what_differs(sent: Station) -> None:
    page = html.document_fromstring(member(sent).get(page_of(sent, CORRECTED)).text)
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.xpath("//table//tbody/tr")]
    assert rows == [
        ["Bulan ini, apakah anak ditimbang di Posyandu?", "Ya", "tidak diisi"],
        ["Berat badan, kg", "7,4", "tidak diisi"],
    ]
    assert page.xpath("//a[contains(@href, '/perbaikan/uuid:kunjungan')]")


def test_a_page__says_how_it_was_received(sent: Station) -> None:
    head, path = member(sent, "village_head"), page_of(sent, VISIT)
    row = sent.one("submissions", instance_id=VISIT)
    shown = text_of(head, path)
    for words in (row["sha256"], "sama dengan saat diterima", "kunjungan_rumah", VISIT, "Bu Ani"):
        assert words in shown
    answer = head.get(f"{path}/xml")
    assert answer.data == row["body"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content_type == "application/octet-stream"


def test_a_page__leads_an_admin_to_the_phone_and_to_what_waits_next(sent: Station) -> None:
    def ways(client: FlaskClient) -> list[str]:
        links = html.document_fromstring(client.get(page_of(sent, VISIT)).text).xpath("//main//a/@href")
        return [link for link in links if link.startswith("/admin/")]

    assert ways(member(sent, "admin", "11.01")) == [f"/admin/hp/{VILLAGE}", "/admin/kiriman?keadaan=menunggu"]
    assert ways(member(sent, "village_head")) == []


@pytest.mark.parametrize(("role", "status"), [("kpm", 403), ("village_head", 303), ("admin", 303), ("district", 403)])
def test_reviewing__is_for_the_village_head_and_admins(sent: Station, role: str, status: int) -> None:
    client = member(sent, role, VILLAGE if role in ("kpm", "village_head") else "11.01")
    path = page_of(sent, VISIT)
    assert send_form(client, f"{path}/periksa", "/sandi", hasil=APPROVED).status_code == status
    assert sent.one("submissions", instance_id=VISIT)["review"] == (APPROVED if status == 303 else None)


def test_reviewing__of_another_village_is_refused(sent: Station) -> None:
    head, path = member(sent, "village_head", OTHER_VILLAGE), page_of(sent, VISIT)
    assert head.get(path).status_code == 403
    assert send_form(head, f"{path}/periksa", "/sandi", hasil=APPROVED).status_code == 403
    elsewhere = path.replace(VILLAGE, OTHER_VILLAGE)
    assert [head.get(elsewhere).status_code, head.get(f"{elsewhere}/xml").status_code] == [404, 404]


def test_sending_back__needs_a_reason__and_is_on_the_work_list_and_in_the_logs(sent: Station) -> None:
    head, kpm, path = member(sent, "village_head"), member(sent), page_of(sent, VISIT)
    assert send_form(head, f"{path}/periksa", path, hasil=HAS_ISSUES).status_code == 422
    send_form(head, f"{path}/periksa", path, hasil=HAS_ISSUES, catatan="lihat KMS")
    for shown in (text_of(kpm, f"{HOME}/tugas"), text_of(kpm, f"{HOME}/tugas/cetak")):
        assert "Dikembalikan kepada KPM: 1 isian perlu diperbaiki" in shown
        assert "dikembalikan Nama village_head, 10 Mar 2026" in shown
        assert "perbaiki isian Kunjungan Rumah Bulanan: lihat KMS" in shown
    assert "Nama village_head: lihat KMS" in text_of(kpm, path)
    assert kinds(member(sent, "admin", "11.01"), "keadaan=dikembalikan")[0].startswith("diminta diperbaiki")
    (action,) = sent.rows("actions")
    assert (action["action"], action["region"]) == ("submission-returned", VILLAGE)
    send_form(head, f"{path}/periksa", path, hasil="received")
    assert "Dikembalikan" not in text_of(kpm, f"{HOME}/tugas")


def test_rejecting__takes_it_out_and_says_so(sent: Station) -> None:
    head, path = member(sent, "village_head"), page_of(sent, ACTIVITY)
    send_form(head, f"{path}/periksa", path, hasil=REJECTED, catatan="isian latihan")
    assert sent.rows("answers_kegiatan") == []
    shown = text_of(head, path)
    assert "tidak dihitung" in shown and "Nama village_head: isian latihan" in shown
    send_form(head, f"{path}/periksa", path, hasil="received")
    assert [row["instance_id"] for row in sent.rows("answers_kegiatan")] == [ACTIVITY]


def test_comments__are_kept_with_their_writer(sent: Station) -> None:
    kpm, path = member(sent), page_of(sent, VISIT)
    script = "<script>alert(1)</script> timbangan rusak"
    send_form(kpm, f"{path}/catatan", path, isi=script)
    assert send_form(kpm, f"{path}/catatan", path, isi="  ").status_code == 422
    answer = kpm.get(path)
    assert "<script" not in answer.text and "timbangan rusak" in answer.text
    assert [row["action"] for row in sent.rows("actions")] == ["submission-commented"]


def test_what_is_not_there__is_answered(sent: Station) -> None:
    head = member(sent, "village_head")
    for sha256 in ("x", "0" * 64, "..%2f..%2fetc"):
        assert head.get(f"{HOME}/kiriman/{sha256}").status_code == 404


# -- photos and the map ------------------------------------------------------------------------------------------------


def photos(client: FlaskClient, path: str) -> list[str]:
    return [str(one) for one in html.document_fromstring(client.get(path).text).xpath("//img/@src")]


def test_photos__are_shown_on_the_page_and_in_the_gallery__with_safe_headers(sent: Station) -> None:
    kpm = member(sent)
    (photo,) = photos(kpm, page_of(sent, ACTIVITY))
    assert photos(kpm, f"{HOME}/foto") == [photo]  # not that of what does not count
    answer = kpm.get(photo)
    assert (answer.data, answer.content_type) == (picture(), "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Length"] == str(len(picture()))
    assert member(sent, "kpm", OTHER_VILLAGE).get(photo).status_code == 403
    assert member(sent, "village_head", OTHER_VILLAGE).get(photo.replace(VILLAGE, OTHER_VILLAGE)).status_code == 404
    assert "img-src 'self' data:" in kpm.get(f"{HOME}/foto").headers["Content-Security-Policy"]
    assert (
        "'self'"
        not in kpm.get(f"{HOME}/peta").headers["Content-Security-Policy"].partition("img-src")[2].partition(";")[0]
    )


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\boot.ini", 'a"; filename=x.html', "<img src=x onerror=alert(1)>", "."]
)
def test_files__whatever_they_are_called_are_only_downloaded(sent: Station, name: str) -> None:
    sent.send(activity("uuid:jahat", photo="x.html"), [(name, b"<script>alert(1)</script>")])
    head, path = member(sent, "village_head"), page_of(sent, "uuid:jahat")
    row = sent.one("attachments", submission_sha256=path.rpartition("/")[2])
    page = head.get(path)
    assert "<script>" not in page.text and "<img src=x" not in page.text
    answer = head.get(f"{path}/berkas/{row['sha256']}")
    assert answer.content_type == "application/octet-stream"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment") and ".." not in disposition
    assert head.get(f"{path}/berkas/{name}").status_code == 404


def test_files__that_have_not_come_are_named(sent: Station) -> None:
    sent.send(activity("uuid:kurang", photo="belum.jpg"))
    assert "Belum sampai dari HP: belum.jpg" in text_of(member(sent), page_of(sent, "uuid:kurang"))


def test_map__has_a_sign_for_each_household_by_need(sent: Station) -> None:
    page = html.document_fromstring(member(sent).get(f"{HOME}/peta").text)
    found = {one.find("title").text: one.find("text").text for one in page.xpath("//svg[@class='village']/a")}
    assert found == {"Budi, Mawar": "▲", "Hasan, Mawar": "✓", "Dul, Mawar": "○", "Rina, Mawar": "·"}
    shown = " ".join(page.text_content().split())
    assert "Letaknya jauh di luar desa 1" in shown and "1 keluarga belum dicatat letaknya" in shown
    assert [look["page"] for look in sent.rows("looks")] == ["peta"]


@pytest.mark.parametrize("place", ["", "0 0", "95 200 0 0", "x y", "-7.1", "nan nan 0 0", "inf 0 0 0"])
def test_map__of_places_that_are_none(sent: Station, place: str) -> None:
    sent.send(mapped(HOMES[0][::-1], no_kk="1101010101017777", head="Aneh", place=place))
    assert member(sent).get(f"{HOME}/peta").status_code == 200


def test_map__of_a_village_without_any_is_answered(sent: Station) -> None:
    open_account(sent, "kpm", OTHER_VILLAGE)
    head = member(sent, "village_head", OTHER_VILLAGE)
    assert "Belum ada keluarga yang letak rumahnya dicatat" in text_of(head, f"/desa/{OTHER_VILLAGE}/peta")
    assert "Belum ada foto dari desa ini" in text_of(head, f"/desa/{OTHER_VILLAGE}/foto")
