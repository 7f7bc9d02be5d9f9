"""Why a phone does not sync: what is noted of it, how the list and its page say so, and phones that are closed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import text, update

from server.database.engine import writing
from server.database.paging import Paging
from server.database.tables import phones as table
from server.phones import phones
from server.phones.phone_clocks import clock_off
from server.queries.oversight import phone_health
from server.villages import officers, regions
from server.villages.regions import Region
from tests.support.members import browser_of, member, open_account, send_form
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped

COLLECT = {"User-Agent": "org.odk.collect.android/v2025.2.1 Dalvik/2.1.0 (Linux; U; Android 13)"}
SENTENCE = "Minta kode QR baru kepada admin"


@pytest.fixture
def admin(station: Station) -> FlaskClient:
    station.publish(DAFTAR)
    return browser_of(station, open_account(station, "admin", "11.01"))


def number_of(station: Station, village: str = VILLAGE) -> str:
    return next(str(row["token_sha256"])[:12] for row in station.rows("phones", village_id=village))


def page_of(station: Station, village: str = VILLAGE) -> str:
    return f"/admin/hp/{village}/{number_of(station, village)}"


def said(page: str) -> str:
    return " ".join(html.document_fromstring(page).xpath("string(//main)").split())


def listed(browser: FlaskClient, query: str = "") -> list[str]:
    """The phones of the list, each as one line."""
    rows = html.document_fromstring(browser.get(f"/admin/hp{query}").text).xpath("//tbody/tr")
    return [" ".join(row.text_content().split()) for row in rows]


def token_on(card: str, station: Station) -> str:
    """The token of the phone on a card, as the database would know it: the card itself has it in the picture alone."""
    number = re.search(r"HP ([0-9a-f]{12})", card)
    assert number is not None
    return number[1]


# What is noted


def test_a_phone_that_only_asks_for_forms__was_heard_of(station: Station, admin: FlaskClient) -> None:
    station.get("formList", headers=COLLECT)
    row = station.one("phones", village_id=VILLAGE)
    assert (row["seen_at"], row["sent_at"]) == ("2026-03-10T02:30:00.000000+00:00", None)
    assert "2025.2.1" in listed(admin)[0]


def test_contact__is_written_at_most_every_ten_minutes(station: Station, admin: FlaskClient) -> None:
    seen = []
    for minutes in (0, 4, 5, 2):
        station.clock.forward(minutes=minutes)
        station.get("formList")
        seen.append(station.one("phones", village_id=VILLAGE)["seen_at"][11:16])
    assert seen == ["02:30", "02:30", "02:30", "02:41"]


def test_refused_posts__are_counted_with_a_write_in_ten_minutes(station: Station, admin: FlaskClient) -> None:
    def refused() -> tuple[int, str]:
        assert station.client.post(station.path("submission"), data=b"x", content_type="text/plain").status_code == 400
        row = station.one("phones", village_id=VILLAGE)
        return row["refused_count"], row["refused_at"][11:16]

    assert [refused() for _ in range(4)] == [(1, "02:30")] * 4
    station.clock.forward(minutes=11)
    assert refused() == (5, "02:41")
    assert station.one("phones", village_id=VILLAGE)["refused_why"] == "no-xml-part"
    first = listed(admin)[0]
    assert "Sukamaju" in first
    assert "kirimannya ditolak" in first
    page = said(admin.get(page_of(station)).text)
    assert "Kiriman terakhirnya ditolak pada 10 Mar 2026, 09.41: kirimannya rusak di jalan" in page
    assert "ditolak 5 kali sampai kini" in page


def test_a_phone_whose_post_is_taken_again__is_well(station: Station, admin: FlaskClient) -> None:
    station.client.post(station.path("submission"), data=b"x", content_type="text/plain")
    station.clock.forward(minutes=1)
    station.send(daftar(new_id()))
    assert listed(admin, "?keadaan=refused") == []
    assert "Terakhir mengirim10 Mar 2026, 09.31" in said(admin.get(page_of(station)).text)


def test_an_unknown_token__is_noted_nowhere(station: Station) -> None:
    before = station.rows("phones")
    answer = station.client.post("/v1/key/tidakada/projects/1/submission", data=b"x", content_type="text/plain")
    assert answer.status_code == 403
    assert station.rows("phones") == before


@pytest.mark.parametrize(
    ("hours", "off"),
    [(-0.5, 0), (-5, None), (0.1, 0), (3, 3 * 3600), (-30000, -(30000 - 24) * 3600)],
    ids=["just now", "waited for a signal", "a little ahead", "ahead", "years behind"],
)
def test_clock__is_judged_by_when_forms_were_finished(hours: float, off: int | None) -> None:
    assert clock_off(START + timedelta(hours=hours), START, START - timedelta(hours=24)) == off


def test_a_wrong_clock__is_told_until_it_is_right(published: Station) -> None:
    admin = member(published, "admin", "11.01")
    published.send(mapped(new_id(), day="2026-03-11"))  # finished at noon of tomorrow
    assert "jam HP salah" in listed(admin)[0]
    assert "Jam HP terlalu cepat" in said(admin.get(page_of(published)).text)
    published.clock.forward(days=1, hours=10)
    published.send(mapped(new_id(), day="2026-03-11"))
    assert "Jam HP" not in said(admin.get(page_of(published)).text)


def test_forms__that_a_phone_has_are_held_against_the_live_ones(station: Station, admin: FlaskClient) -> None:
    station.get("forms/daftar/1/form.xml")
    station.get("formList", headers=COLLECT)
    assert "formulir: terbaru" in listed(admin)[-1]
    station.publish(_next(DAFTAR))
    assert "formulir: 1 dari 1 versi lama" in " ".join(listed(admin, "?keadaan=forms"))
    station.clock.forward(days=1)
    station.publish(_next(_next(DAFTAR)))
    behind = "1 formulir di HP ini masih versi lama, sejak 10 Mar 2026, 09.30"  # when the second came, not the third
    assert behind in said(admin.get(page_of(station)).text)
    station.get("forms/daftar/3/form.xml")
    assert listed(admin, "?keadaan=forms") == []


def _next(form: str) -> str:
    changed = re.sub(r"(\| *daftar *\| *)(\d)", lambda found: f"{found[1]}{int(found[2]) + 1}", form)
    assert changed != form
    return changed


def test_what_cannot_be_noted__never_keeps_a_phone_from_its_forms(station: Station, admin: FlaskClient) -> None:
    with station.engine.begin() as connection:
        connection.execute(text("ALTER TABLE phone_forms RENAME TO hilang"))
    assert station.get("forms/daftar/1/form.xml").status_code == 200
    assert station.get("formList").status_code == 200
    with station.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hilang RENAME TO phone_forms"))


# The list


def test_list__the_worst_is_first_and_closed_phones_are_apart(station: Station, admin: FlaskClient) -> None:
    with writing(station.engine) as connection:
        regions.keep(connection, [Region("11.01.01.2003", "Ladang")])
        for name, days in (("Lama", 40), ("Agak lama", 20), ("Baru", 0)):
            phones.add(connection, "11.01.01.2003", name, START)
            seen = {"seen_at": START - timedelta(days=days)}
            connection.execute(update(table).where(table.c.name == name).values(**seen))
        connection.execute(update(table).where(table.c.name == "Bu Ani").values(revoked_at=START, closed_for="lost"))
    names = [re.search(r"(Lama|Agak lama|Baru|Bu Ani)", line)[0] for line in listed(admin)]  # type: ignore[index]
    assert names == ["Lama", "Agak lama", "Baru"]
    assert len(listed(admin, "?keadaan=ditutup")) == 2
    assert len(listed(admin, "?keadaan=merah")) == 1
    assert len(listed(admin, "?cari=agak")) == 1
    assert len(listed(admin, "?wilayah=11.01.01.2003&urut=kpm")) == 3
    assert listed(admin, "?keadaan=tanpa-hp") != []


def test_list__of_ones_own_region_alone(station: Station, admin: FlaskClient) -> None:
    with writing(station.engine) as connection:
        regions.keep(connection, [Region("12", "Sumatera Utara"), Region("12.01", "Tapanuli Tengah")])
        regions.keep(connection, [Region("12.01.01", "Barus"), Region("12.01.01.2001", "Kedai Gadang")])
        phones.add(connection, "12.01.01.2001", "Bu Jauh", START)
        far = next(one for one in phones.all_phones(connection) if one.name == "Bu Jauh")
    assert "Bu Jauh" not in admin.get("/admin/hp").text
    assert admin.get("/admin/hp?wilayah=12").status_code == 403
    for path in (f"/admin/hp/{far.village_id}", f"/admin/hp/{far.village_id}/{far.number}"):
        assert admin.get(path).status_code == 403
    # Nor by way of a village of one's own.
    assert admin.get(f"/admin/hp/{VILLAGE}/{far.number}").status_code == 404


def test_statement__does_not_grow_with_the_phones(station: Station) -> None:
    """The list reads a page of phones, and what is held of their villages, in a few statements."""
    with writing(station.engine) as connection:
        for number in range(120):
            phones.add(connection, VILLAGE, f"Bu {number:03}", START)
        found = phone_health.find(connection, phone_health.Wanted("11"), START, Paging(2, "kpm", False))
    assert (len(found.rows), found.has_more) == (50, True)


# New, replaced, lost, left


def test_a_new_phone__has_its_code_on_the_answer_alone(station: Station, admin: FlaskClient) -> None:
    answer = send_form(admin, f"/admin/hp/{VILLAGE}/tambah", f"/admin/hp/{VILLAGE}", nama=" Bu  Rini ")
    assert answer.status_code == 200
    assert 'class="qr"' in answer.text
    number = token_on(answer.text, station)
    (row,) = [one for one in station.rows("phones") if one["name"] == "Bu Rini"]
    assert row["token_sha256"].startswith(number)
    assert 'class="qr"' not in admin.get(f"/admin/hp/{VILLAGE}/{number}").text
    assert station.one("actions")["action"] == "phone-added"
    refused = send_form(admin, f"/admin/hp/{VILLAGE}/tambah", f"/admin/hp/{VILLAGE}", nama=" ")
    assert refused.status_code == 400


def close(station: Station, browser: FlaskClient, **fields: str) -> str:
    page = page_of(station)
    answer = send_form(browser, f"{page}/tutup", page, **fields)
    assert answer.status_code in (200, 303), answer.text
    station.clock.forward(seconds=6)  # for so long a token is remembered
    return answer.text


def test_replaced__the_old_phone_gets_nothing_and_may_send_what_is_left(station: Station, admin: FlaskClient) -> None:
    card = close(station, admin, apa="replaced")
    assert 'class="qr"' in card
    assert "HP lama" in card
    assert station.get("formList").status_code == station.get("lists/anak.csv").status_code == 403
    assert station.client.head(station.path("submission")).status_code == 204
    station.send(daftar(new_id()))
    assert len(station.rows("submissions", state="accepted")) == 1
    station.clock.forward(days=30)
    assert SENTENCE in station.post(daftar(new_id())).text
    (new,) = [row for row in station.rows("phones", village_id=VILLAGE) if row["revoked_at"] is None]
    assert new["name"] == "Bu Ani"


def test_lost__everything_is_refused_until_the_phone_is_found(station: Station, admin: FlaskClient) -> None:
    close(station, admin, apa="lost")
    body = daftar(new_id())
    assert station.post(body).status_code == 403
    page = page_of(station)
    assert "masih mencoba mengirim" in said(admin.get(page).text)
    send_form(admin, f"{page}/kirim", page)
    station.clock.forward(seconds=6)
    station.send(body)
    assert station.get("formList").status_code == 403
    assert [row["action"] for row in station.rows("actions")].count("phone-lets-send") == 1


def test_kpm_has_left__the_office_ends_with_it(station: Station, admin: FlaskClient) -> None:
    today = START.date()
    with writing(station.engine) as connection:
        term = officers.elect(connection, VILLAGE, "Bu Ani", today - timedelta(days=400), today)
    close(station, admin, apa="left", masa=term.id, tanggal="2026-03-01")
    assert str(station.one("kpm")["ended_on"]) == "2026-03-01"
    station.send(daftar(new_id()))
    assert station.get("formList").status_code == 403


def test_kpm_has_left__a_day_that_cannot_be_closes_nothing(station: Station, admin: FlaskClient) -> None:
    today = START.date()
    with writing(station.engine) as connection:
        term = officers.elect(connection, VILLAGE, "Bu Ani", today - timedelta(days=4), today)
    page = page_of(station)
    for day, status in (("2025-01-01", 400), ("kemarin", 400), ("2027-01-01", 400)):
        assert send_form(admin, f"{page}/tutup", page, apa="left", masa=term.id, tanggal=day).status_code == status
    assert station.one("phones", village_id=VILLAGE)["revoked_at"] is None


@pytest.mark.parametrize("what", ["", "dicuri"])
def test_close__asks_for_one_of_the_three(station: Station, admin: FlaskClient, what: str) -> None:
    page = page_of(station)
    assert send_form(admin, f"{page}/tutup", page, apa=what).status_code == 400


def test_close__once(station: Station, admin: FlaskClient) -> None:
    page = page_of(station)
    token = admin.get(page)
    close(station, admin, apa="lost")
    again = admin.post(f"{page}/tutup", data={"csrf_token": _token(token.text), "apa": "replaced"})
    assert again.status_code == 409
    assert len(station.rows("phones", village_id=VILLAGE)) == 1


def _token(page: str) -> str:
    return str(html.document_fromstring(page).xpath("string(//input[@name='csrf_token']/@value)"))


def test_other_village__is_found_by_name(station: Station, admin: FlaskClient) -> None:
    assert admin.get("/admin/hp/cari?desa=sukadamai").headers["Location"] == f"/admin/hp/{OTHER_VILLAGE}"
    assert admin.get("/admin/hp/cari?desa=entah").status_code == 404


def versions_on_phones(station: Station) -> dict[str, str]:
    return {row["form_id"]: row["version"] for row in station.rows("phone_forms", village_id=VILLAGE)}


def test_versions__are_known_from_what_was_sent__where_nobody_saw_the_phone_fetch_the_form(
    station: Station, admin: FlaskClient
) -> None:
    page = said(admin.get("/admin/formulir/daftar").text)
    assert "Belum ada HP yang terlihat mengambil formulir ini atau mengirim isiannya" in page
    station.send(daftar(new_id()))
    page = said(admin.get("/admin/formulir/daftar").text)
    assert "1 dari 2 HP" in page
    assert "1 HP belum terlihat mengambil formulir ini atau mengirim isiannya" in page
    assert "formulir: terbaru" in " ".join(listed(admin))

    station.publish(DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 "))
    assert "formulir: 1 dari 1 versi lama" in " ".join(listed(admin))
    station.send(daftar(new_id(), version="2"))
    station.send(daftar(new_id(), version="1"))  # filled in before
    station.send(daftar(new_id(), version="tidak ada"))
    assert versions_on_phones(station) == {"daftar": "2"}


def test_a_phone_that_only_asked_for_the_list_of_forms_is_not_up_to_date(station: Station, admin: FlaskClient) -> None:
    station.get("formList", headers=COLLECT)
    assert "formulir belum diambil" in " ".join(listed(admin, "?keadaan=kuning"))
    assert listed(admin, "?keadaan=hijau") == []
    assert "belum terlihat mengambil formulir" in said(admin.get(page_of(station)).text)
