from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import segno
from babel.dates import format_date
from lxml import etree
from playwright.sync_api import Browser, Page, Route

from tests.support.browsing import Browsing
from tests.support.form_engine import Engine
from tests.support.members import PASSWORD, member, open_account, send_form
from tests.support.served import serving
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.village_forms import compiled, mapped
from tests.support.web_form import WebForm, describe_house, measure

TODAY = START.date()
DUE, BORN = TODAY + timedelta(days=100), TODAY - timedelta(days=400)
LATER = DUE + timedelta(days=7)


def map_household(form: WebForm) -> None:
    """A new household with a mother and a child."""
    describe_house(form)
    form.choose("Adakah ibu hamil", "Ya")
    form.write("Nama ibu", "Siti Contoh")
    form.day("Tanggal lahir ibu", date(1998, 5, 20))
    form.choose("Apakah ibu ini sudah melahirkan", "Tidak")
    form.day("Hari perkiraan lahir", DUE)
    form.choose("Keadaan kehamilan", "Normal")
    form.choose("Apakah ibu punya jaminan", "Ya")
    form.choose("Adakah anak di bawah 6 tahun", "Ya")
    form.write("Nama anak", "Ali Contoh")
    form.choose("Jenis kelamin", "Laki-laki")
    form.day("Tanggal lahir anak", BORN)
    form.choose("Status gizi terakhir", "Baik")
    form.choose("Apakah anak punya akta lahir", "Ya")
    form.choose("Apakah anak punya jaminan", "Ya")


# How each of the two engines writes what a calculation came to; the server reads both.
TRUTHS = {"true": "1", "false": "0"}
FRESH = re.compile(r"(uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT.*")


def lines_of(answers: str | bytes) -> list[str]:
    """What stands in an answer, an element a line, save what is another each time: new ids, and moments."""
    root = etree.fromstring(answers.encode() if isinstance(answers, str) else answers)
    found = []
    for element in root.iter(etree.Element):
        path = "/".join(etree.QName(one).localname for one in [*reversed(list(element.iterancestors())), element])
        said = {etree.QName(name).localname: TRUTHS.get(text, text) for name, text in element.attrib.items()}
        attributes = sorted(f"@{name}={text}" for name, text in said.items())
        found.append(FRESH.sub("*", " ".join([path, *attributes, (element.text or "").strip()])))
    return found


def test_answers__are_those_that_a_phone_sends(
    browsed: Station, browsing: Browsing, form_engine: Engine, tmp_path: Path
) -> None:
    kpm = browsing.person(open_account(browsed, "kpm").email)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/isi/peta_sosial")
    form = WebForm(kpm.page).wait()
    map_household(form)
    form.send()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    (sent,) = browsed.rows("submissions")

    (tmp_path / "form.xml").write_bytes(compiled("peta_sosial").xml)
    media = tmp_path / "media"
    media.mkdir()
    for name in ("keluarga", "ibu_hamil", "anak"):
        header = browsed.get(f"lists/{name}.csv").text.splitlines()[0]
        (media / f"{name}.csv").write_text(header + "\n")
    on_phone = form_engine.open(tmp_path / "form.xml", media, today=TODAY).fill(
        {
            "nama_kepala": "Budi Contoh",
            "rumah_tangga/dusun": "Mawar",
            "sumber_air": "ledeng",
            "tempat_bab": "sendiri",
            "kloset": "leher_angsa",
            "pembuangan_tinja": "tangki_septik",
            "jenis_rentan": ["tidak_ada"],
            "ada_ibu": "ya",
            "ibu/nama": "Siti Contoh",
            "ibu/tanggal_lahir": date(1998, 5, 20),
            "sudah_lahir": "tidak",
            "hpl": DUE,
            "status_kehamilan": "normal",
            "ibu/jaminan_kesehatan": "ya",
            "ada_balita": "ya",
            "balita/nama": "Ali Contoh",
            "balita/jenis_kelamin": "L",
            "balita/tanggal_lahir": BORN,
            "status_gizi": "baik",
            "akta_lahir": "ya",
            "balita/jaminan_kesehatan": "ya",
        }
    )
    assert lines_of(sent["body"]) == lines_of(on_phone.xml)


def test_kpm__registers_a_family_in_the_browser_and_corrects_it(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    kpm = browsing.person(open_account(browsed, "kpm").email)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/tugas")
    kpm.page.get_by_role("link", name="Isi formulir").click()
    kpm.picture(tmp_path / "isi.png")
    kpm.picture(tmp_path / "isi-360.png", phone=True)
    kpm.page.get_by_role("link", name="Peta Sosial").click()
    form = WebForm(kpm.page).wait()
    kpm.picture(tmp_path / "isi-peta.png")
    kpm.picture(tmp_path / "isi-peta-360.png", phone=True)
    map_household(form)
    form.send()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()

    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/sasaran")
    assert {"Siti Contoh", "Ali Contoh"} <= set(kpm.page.locator("li b").all_inner_texts())
    (sent,) = browsed.rows("submissions")
    (sender,) = [row for row in browsed.rows("phones") if row["account"]]
    assert (sent["state"], sent["phone"]) == ("accepted", sender["token_sha256"])
    assert (sender["name"], sender["village_id"]) == ("Nama kpm (web)", VILLAGE)
    assert sent["device_id"] == sender["device_id"] == sender["token_sha256"][:12]
    assert "Chrom" in sender["user_agent"]

    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/kiriman/{sent['sha256']}")
    kpm.page.get_by_role("link", name="Perbaiki di peramban ini").click()
    form.wait()
    kpm.picture(tmp_path / "perbaiki.png")
    assert form.question("Nama ibu").locator("input").input_value() == "Siti Contoh"
    form.day("Hari perkiraan lahir", LATER)
    form.send()
    kpm.page.get_by_text("Isian mana yang benar?").wait_for()
    assert kpm.page.get_by_text("Nama kpm (web)").count() == 2

    head = browsing.person(open_account(browsed, "village_head").email)
    head.page.goto(kpm.page.url)
    head.page.get_by_role("button", name="Pakai nomor 2").click()
    head.page.get_by_text("Sudah diputuskan").first.wait_for()
    mother = next(row for row in browsed.rows("entities") if row["list"] == "ibu_hamil")
    assert mother["data"]["hpl"] == str(LATER)
    head.page.goto(f"{browsing.base}/desa/{VILLAGE}/sasaran/{mother['id']}")
    assert format_date(LATER, "d MMM y", locale="id") in head.page.locator("main").inner_text()
    first, second = sorted(browsed.rows("submissions"), key=lambda row: row["seq"])
    assert (first["state"], second["state"]) == ("replaced", "accepted")
    assert second["deprecated_id"] == first["instance_id"]
    assert [row["action"] for row in browsed.rows("actions")] == ["submission-corrected"]


def test_photo__comes_with_the_form_and_with_its_correction(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    of_ali(browsed)
    picture = tmp_path / "tikar.png"
    segno.make("gambar untuk uji").save(picture, scale=8)
    kpm = browsing.person(open_account(browsed, "kpm").email, phone=True)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/isi/ukur_tinggi")
    form = WebForm(kpm.page).wait()
    measure(form, "9.1")
    form.photo("Foto anak", picture)
    kpm.picture(tmp_path / "ukur-360.png", phone=True)
    form.send()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    (first,) = measured(browsed)
    assert etree.fromstring(first["body"]).findtext("panjang_ukur") == "74.5"
    assert etree.fromstring(first["body"]).findtext("berat") == "9.1"

    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/kiriman/{first['sha256']}/perbaiki")
    form.wait()
    form.write("Berat badan", "9.7")
    form.send()
    kpm.page.get_by_text("Isian mana yang benar?").wait_for()
    of_first, of_second = browsed.rows("attachments")
    assert of_first["submission_sha256"] != of_second["submission_sha256"]
    assert of_first["sha256"] == of_second["sha256"]
    assert (of_first["content_type"], of_second["content_type"]) == ("image/png", "image/png")


def of_ali(browsed: Station) -> None:
    """A child of thirteen months."""
    today = browsed.clock().date()
    child = (new_id(), {"nama": "Ali Contoh", "tanggal_lahir": str(today - timedelta(days=400))})
    browsed.send(mapped(new_id(), day=str(today), children=[child]))


def test_lost_connection__what_arrived_all_the_same_is_not_sent_twice(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    of_ali(browsed)
    kpm = browsing.person(open_account(browsed, "kpm").email)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/isi/ukur_tinggi")
    form = WebForm(kpm.page).wait()
    measure(form, "9,1")

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    kpm.page.route("**/kirim.json", lose_answer)
    form.send()
    kpm.page.get_by_text("Server tidak terjangkau").wait_for()
    kpm.picture(tmp_path / "belum-terkirim-360.png", phone=True)
    assert kpm.page.get_by_role("button", name="Kembali ke isian").count() == 0
    kpm.page.unroute("**/kirim.json")
    kpm.page.get_by_role("button", name="Kirim lagi").click()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    assert len(measured(browsed)) == 1


def test_session_that_ended__is_begun_again_in_another_window_and_nothing_is_lost(
    browsed: Station, browsing: Browsing
) -> None:
    of_ali(browsed)
    email = open_account(browsed, "kpm").email
    windows = browsing.windows()
    page = log_in(windows.new_page(), browsing.base, email, f"/desa/{VILLAGE}/isi/ukur_tinggi")
    form = WebForm(page).wait()
    measure(form, "9,1")
    windows.clear_cookies()
    form.send()
    page.get_by_text("Masuklah dengan email").wait_for()
    page.get_by_role("button", name="Kembali ke isian").click()
    assert form.question("Berat badan").locator("input").input_value() == "9,1"
    log_in(windows.new_page(), browsing.base, email, "/")
    form.send()
    page.get_by_text("Terkirim, dan diterima server").wait_for()
    assert len(measured(browsed)) == 1


def test_running_server__takes_what_a_browser_sends(browsed: Station, chromium_of_run: Browser, tmp_path: Path) -> None:
    browsed.clock.now = datetime.now(UTC)  # that server knows no other
    of_ali(browsed)
    email = open_account(browsed, "kpm").email
    with serving(browsed.url, tmp_path, WORKERS="1") as served:
        page = chromium_of_run.new_context(locale="en-US").new_page()
        log_in(page, served.base, email, f"/desa/{VILLAGE}/isi/ukur_tinggi")
        form = WebForm(page).wait()
        measure(form, "9,1")
        form.send()
        page.get_by_text("Terkirim, dan diterima server").wait_for()
        page.context.close()
    (sent,) = measured(browsed)
    assert etree.fromstring(sent["body"]).findtext("berat") == "9.1"


def test_without_javascript__the_page_says_why_it_is_needed(browsed: Station, browsing: Browsing) -> None:
    email = open_account(browsed, "kpm").email
    page = browsing.windows(java_script_enabled=False).new_page()
    log_in(page, browsing.base, email, f"/desa/{VILLAGE}/isi/ukur_tinggi")
    page.get_by_text("halaman ini memerlukan JavaScript").wait_for()


def log_in(page: Page, base: str, email: str, then: str) -> Page:
    page.goto(f"{base}/masuk?lanjut={then}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("link", name="Keluar").wait_for()
    return page


def test_child_that_left__is_still_that_of_its_submission(browsed: Station, browsing: Browsing) -> None:
    child, day = new_id(), str(TODAY - timedelta(days=2))
    of = {"nama": "Ali Contoh", "tanggal_lahir": str(BORN)}
    browsed.send(mapped(new_id(), day=day, children=[(child, of)]))
    kpm = browsing.person(open_account(browsed, "kpm").email)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/isi/ukur_tinggi")
    form = WebForm(kpm.page).wait()
    measure(form, "9,1")
    form.send()
    kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
    person = f"/desa/{VILLAGE}/sasaran/{child}"
    send_form(member(browsed, "village_head"), f"{person}/ubah", person, status="pindah", dusun="Mawar")
    assert "Ali Contoh" not in browsed.get("lists/anak.csv").text
    (sent,) = measured(browsed)
    kpm.page.goto(f"{browsing.base}/desa/{VILLAGE}/kiriman/{sent['sha256']}/perbaiki")
    form.wait()
    form.question("Pilih anak").get_by_text("Ali Contoh").wait_for()


def measured(station: Station) -> list[dict[str, Any]]:
    return [row for row in station.rows("submissions") if row["form_id"] == "ukur_tinggi"]
