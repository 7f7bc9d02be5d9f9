"""Accounts on pages: invitations by a link, and what an admin may do with accounts of their own region, no other."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from forms.problems import ProblemError
from server.accounts import invitations, managing, users
from server.accounts.users import User
from server.database.engine import reading, writing
from server.villages import regions
from server.villages.region_file import read_regions
from tests.server.conftest import Open
from tests.support.members import PASSWORD, QUICK, browser_of, log_in, open_account, send_form
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station

LIST = "/admin/akun"
INVITED = {"email": "ani@desa.id", "nama": "Ani", "peran": "kpm", "wilayah": "Sukamaju"}


@pytest.fixture
def here(open_station: Open) -> Station:
    """A server with a second district, whose village is called like one of the first."""
    station = open_station()
    more = b"12,Lain\n12.01,Kabupaten Lain\n12.01.01,Kecamatan Lain\n12.01.01.2001,Desa Sukamaju\n"
    with writing(station.engine) as connection:
        regions.keep(connection, read_regions(more))
    return station


@pytest.fixture
def admin(here: Station) -> FlaskClient:
    """The browser of an admin of the district 11.01."""
    return browser_of(here, open_account(here, "admin", "11.01", "admin@aceh.id"))


def token_of(page: TestResponse) -> str:
    """What stands in the link that a page shows."""
    assert page.status_code == 200, page.text
    found = html.document_fromstring(page.text).xpath("string(//p[@class='copy'])")
    match = re.fullmatch(r"http://localhost/undangan/([\w-]{32})", found)
    assert match, found
    return match[1]


def said(page: TestResponse) -> str:
    """The sentence that refuses."""
    return " ".join(html.document_fromstring(page.text).xpath("string(//p[@role='alert'])").split())


def rows(page: TestResponse) -> list[list[str]]:
    found = html.document_fromstring(page.text).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def press(client: FlaskClient, email: str, what: str, **fields: str) -> TestResponse:
    return send_form(client, f"{LIST}/{email}", LIST + "/baru", lakukan=what, **fields)


def test_invitation__is_shown_once_and_sets_the_password_that_lets_in(here: Station, admin: FlaskClient) -> None:
    page = send_form(admin, LIST + "/baru", **INVITED)
    token = token_of(page)
    assert "<svg" in page.text
    assert not any(token in str(row) for row in (*here.rows("invitations"), *here.rows("users"), *here.rows("actions")))
    assert rows(admin.get(LIST + "?cari=ani"))[0][3].startswith("diundang")

    ani = here.app.test_client()
    assert "Ani" in ani.get(f"/undangan/{token}").text  # a messenger looks at it first: it stays good
    done = send_form(ani, f"/undangan/{token}", new=PASSWORD, again=PASSWORD)
    assert (done.status_code, done.headers["Location"]) == (303, f"/desa/{VILLAGE}")
    assert ani.get(f"/desa/{VILLAGE}/tugas").status_code == 200
    assert here.app.test_client().get(f"/undangan/{token}").status_code == 404
    assert log_in(here.app.test_client(), "ani@desa.id").status_code == 303
    assert rows(admin.get(LIST + "?cari=ani"))[0][1:] == [
        "Kader pembangunan manusia (KPM)",
        "Sukamaju, Bakongan 11.01.01.2001",
        "terbuka",
        "10 Mar 2026, 09.30",
    ]


def test_invited__nobody_gets_in_before_the_password_is_set(here: Station, admin: FlaskClient) -> None:
    send_form(admin, LIST + "/baru", **INVITED)
    for password in ("", " ", users.NO_PASSWORD, PASSWORD):
        assert log_in(here.app.test_client(), "ani@desa.id", password).status_code == 401


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [(PASSWORD, "lain sekali", "Kedua kata sandi baru tidak sama"), ("sukamaju12", "sukamaju12", "mudah ditebak")],
)
def test_invitation__a_password_that_will_not_do_is_said_and_the_link_stays(
    here: Station, admin: FlaskClient, new: str, again: str, sentence: str
) -> None:
    path = f"/undangan/{token_of(send_form(admin, LIST + '/baru', **INVITED))}"
    ani = here.app.test_client()
    refused = send_form(ani, path, new=new, again=again)
    assert (refused.status_code, sentence in said(refused)) == (400, True)
    assert send_form(ani, path, new=PASSWORD, again=PASSWORD).status_code == 303


def test_invitation__ends_in_time_with_a_newer_one_and_with_the_account(here: Station, admin: FlaskClient) -> None:
    visitor = here.app.test_client()
    first = token_of(send_form(admin, LIST + "/baru", **INVITED))
    second = token_of(press(admin, "ani@desa.id", "tautan"))
    assert [visitor.get(f"/undangan/{token}").status_code for token in (first, second)] == [404, 200]
    press(admin, "ani@desa.id", "tutup")
    press(admin, "ani@desa.id", "buka")
    assert visitor.get(f"/undangan/{second}").status_code == 404
    third = token_of(press(admin, "ani@desa.id", "tautan"))
    now = here.clock.now
    here.clock.forward(days=14, seconds=-1)
    assert visitor.get(f"/undangan/{third}").status_code == 200
    here.clock.forward(seconds=1)
    assert visitor.get(f"/undangan/{third}").status_code == 404
    with reading(here.engine) as connection, pytest.raises(ProblemError):
        invitations.find(connection, third, here.clock.now)
    here.clock.now = now
    assert "tautan ini sudah dipakai" in visitor.get("/undangan/bukan-token").text.lower()


@pytest.mark.parametrize(
    ("who", "values"),
    [
        ("ani@desa.id", {"role": "admin", "region": "ID"}),
        ("ani@desa.id", {"role": "kpm", "region": "12.01.01.2001"}),
        ("admin@aceh.id", {"region": "11.01.02"}),
        ("admin@aceh.id", {"role": "district"}),
        ("admin@aceh.id", {"closed_at": START}),
    ],
    ids=["has risen", "has moved away", "maker moved away", "maker is no admin", "maker is shut out"],
)
def test_invitation__is_good_only_while_its_maker_may_change_the_account(
    here: Station, admin: FlaskClient, who: str, values: dict[str, object]
) -> None:
    token = token_of(send_form(admin, LIST + "/baru", **INVITED))
    with writing(here.engine) as connection:
        connection.execute(users.users.update().where(users.users.c.email == who).values(values))
    assert here.app.test_client().get(f"/undangan/{token}").status_code == 404


def test_reset__ends_sessions_and_lifts_a_lock_when_it_is_used_not_before(here: Station, admin: FlaskClient) -> None:
    kpm = open_account(here)
    old = browser_of(here, kpm)
    token = token_of(press(admin, kpm.email, "tautan"))
    assert old.get("/sandi").status_code == 200
    fresh = here.app.test_client()
    send_form(fresh, f"/undangan/{token}", new="gajah biru menari", again="gajah biru menari")
    assert (old.get("/sandi").status_code, fresh.get("/sandi").status_code) == (302, 200)
    assert log_in(here.app.test_client(), kpm.email).status_code == 401


def test_change__of_role_region_and_name_holds_at_once(here: Station, admin: FlaskClient) -> None:
    kpm = open_account(here)
    theirs = browser_of(here, kpm)
    changed = press(admin, kpm.email, "ubah", nama="Ani Baru", peran="subdistrict", wilayah="Bakongan")
    assert (changed.status_code, changed.headers["Location"]) == (303, f"{LIST}/{kpm.email}?sudah=ubah")
    assert "Perubahan akun disimpan" in admin.get(changed.headers["Location"]).text
    account = theirs.get("/sandi").text
    assert all(text in account for text in ("Ani Baru", "Petugas kecamatan", "Bakongan"))
    assert theirs.get(f"/desa/{VILLAGE}/tugas").status_code == 403


def test_close__shuts_out_and_open_lets_in_again_with_the_old_password(here: Station, admin: FlaskClient) -> None:
    kpm = open_account(here)
    theirs = browser_of(here, kpm)
    press(admin, kpm.email, "tutup")
    assert theirs.get("/sandi").status_code == 302
    assert log_in(here.app.test_client(), kpm.email).status_code == 401
    page = admin.get(f"{LIST}/{kpm.email}")
    assert [form.fields.get("lakukan") for form in html.document_fromstring(page.text).forms] == ["buka"]
    press(admin, kpm.email, "buka")
    assert log_in(here.app.test_client(), kpm.email).status_code == 303


@pytest.mark.parametrize(
    ("role", "region"),
    [
        ("admin", "ID"),
        ("admin", "11"),
        ("admin", "12.01"),
        ("kpm", "12.01.01.2001"),
        ("district", "12.01"),
        ("district", "ID"),
    ],
)
def test_own_region__an_account_beyond_it_is_neither_seen_nor_changed(
    here: Station, admin: FlaskClient, role: str, region: str
) -> None:
    other = open_account(here, role, region, "lain@desa.id")
    before = here.rows("users", email=other.email)
    assert other.email not in admin.get(LIST).text
    assert admin.get(f"{LIST}/{other.email}").status_code == 404
    for what in ("ubah", "tautan", "tutup", "buka"):
        fields = {"nama": "x", "peran": "kpm", "wilayah": "Sukamaju"} if what == "ubah" else {}
        assert press(admin, other.email, what, **fields).status_code == 404
    taken = send_form(admin, LIST + "/baru", **{**INVITED, "email": other.email})
    assert (taken.status_code, "di luar wilayah Anda" in said(taken)) == (409, True)
    assert here.rows("users", email=other.email) == before
    assert here.rows("invitations") == []


def test_own_region__a_closed_account_beyond_it_is_not_taken_over(here: Station, admin: FlaskClient) -> None:
    other = open_account(here, "admin", "ID", "lain@desa.id")
    with writing(here.engine) as connection:
        users.close(connection, other.email, here.clock())
    taken = send_form(admin, LIST + "/baru", **{**INVITED, "email": "LAIN@desa.id"})
    assert (taken.status_code, here.one("users", email=other.email)["region"]) == (409, "ID")


@pytest.mark.parametrize("typed", ["ID", "Indonesia (ID)", "11", "12.01", "12.01.01.2001", "Kabupaten Lain", "Nowhere"])
def test_own_region__nobody_gets_a_region_beyond_it(here: Station, admin: FlaskClient, typed: str) -> None:
    kpm = open_account(here)
    for page in (
        send_form(admin, LIST + "/baru", **{**INVITED, "peran": "admin", "wilayah": typed}),
        press(admin, kpm.email, "ubah", nama="Ani", peran="admin", wilayah=typed),
    ):
        assert (page.status_code, "tidak ada di daftar wilayah Anda" in said(page)) == (404, True)
    assert here.one("users", email=kpm.email)["region"] == VILLAGE
    assert here.rows("users", email=INVITED["email"]) == []


def test_own_region__is_looked_at_by_the_rules_too_not_by_the_page_alone(here: Station, admin: FlaskClient) -> None:
    by = User("admin@aceh.id", "Nama admin", "admin", "11.01")
    for code in ("ID", "11", "12.01"):
        with writing(here.engine) as connection, pytest.raises(ProblemError) as refused:
            managing.invite(connection, by, User("x@desa.id", "X", "admin", code), here.clock())
        assert refused.value.code == "outside-own-region"


def test_namesakes__are_told_apart_by_the_code_and_by_what_fits_the_role(here: Station, admin: FlaskClient) -> None:
    nation = browser_of(here, open_account(here, "admin", "ID", "pusat@desa.id"))
    page = send_form(nation, LIST + "/baru", **INVITED)
    assert page.status_code == 409
    assert "Ada 2 wilayah bernama “Sukamaju” di wilayah Anda: 11.01.01.2001, 12.01.01.2001." in said(page)
    assert 'value="ani@desa.id"' in page.text  # what was typed stays
    token_of(send_form(nation, LIST + "/baru", **{**INVITED, "wilayah": "Sukamaju, Lain (12.01.01.2001)"}))
    assert here.one("users", email="ani@desa.id")["region"] == "12.01.01.2001"
    with writing(here.engine) as connection:
        regions.keep(connection, read_regions(b"11.01.02,Kecamatan Sukamaju\n"))
    token_of(send_form(admin, LIST + "/baru", **{**INVITED, "email": "budi@desa.id"}))
    assert here.one("users", email="budi@desa.id")["region"] == VILLAGE


def test_own_account__nobody_locks_themselves_out(here: Station, admin: FlaskClient) -> None:
    own = f"{LIST}/admin@aceh.id"
    assert "tutup" not in [form.fields.get("lakukan") for form in html.document_fromstring(admin.get(own).text).forms]
    for what, fields in (
        ("tutup", {}),
        ("ubah", {"nama": "Saya", "peran": "district", "wilayah": "11.01"}),
        ("ubah", {"nama": "Saya", "peran": "admin", "wilayah": "Bakongan"}),
    ):
        page = press(admin, "admin@aceh.id", what, **fields)
        assert (page.status_code, "akun Anda sendiri" in said(page)) == (409, True)
    assert press(admin, "admin@aceh.id", "ubah", nama="Nama Baru", peran="admin", wilayah="11.01").status_code == 303
    assert admin.get("/sandi").status_code == 200


def test_two_admins__who_shut_each_other_out_are_one_after_the_other(here: Station) -> None:
    one, two = (open_account(here, "admin", "11.01", f"{name}@desa.id") for name in ("satu", "dua"))
    with writing(here.engine) as connection:
        managing.close(connection, one, two.email, here.clock())
    with writing(here.engine) as connection, pytest.raises(ProblemError):
        managing.close(connection, two, one.email, here.clock())
    assert here.one("users", email=one.email)["closed_at"] is None


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"email": "tanpa tanda"}, 400, "bukan alamat email"),
        ({"nama": " "}, 400, "Isi namanya"),
        ({"peran": ""}, 400, "Pilih perannya"),
        ({"peran": "raja"}, 400, "Pilih perannya"),
        ({"wilayah": "Bakongan"}, 400, "Peran KPM memerlukan kode desa"),
        ({"email": "admin@aceh.id"}, 409, "sudah punya akun di wilayah Anda"),
    ],
)
def test_invitation__what_is_wrong_is_said(
    here: Station, admin: FlaskClient, changed: dict[str, str], status: int, sentence: str
) -> None:
    page = send_form(admin, LIST + "/baru", **{**INVITED, **changed})
    assert (page.status_code, sentence in said(page)) == (status, True)
    assert len(here.rows("users")) == 1


def test_changes__are_all_on_record(here: Station, admin: FlaskClient) -> None:
    token = token_of(send_form(admin, LIST + "/baru", **INVITED))
    send_form(here.app.test_client(), f"/undangan/{token}", new=PASSWORD, again=PASSWORD)
    press(admin, "ani@desa.id", "ubah", nama="Ani", peran="kpm", wilayah="Sukadamai")
    press(admin, "ani@desa.id", "ubah", nama="Ani", peran="kpm", wilayah="Sukadamai")  # nothing new, nothing noted
    for what in ("tautan", "tutup", "buka"):
        press(admin, "ani@desa.id", what)
    moved = f"ani@desa.id: Ani (KPM, {VILLAGE}) → Ani (KPM, {OTHER_VILLAGE})"
    found = {(row["action"], row["email"], row["region"], row["about"]) for row in here.rows("actions")}
    assert found == {
        ("user-added", "admin@aceh.id", VILLAGE, f"ani@desa.id: Ani (KPM, {VILLAGE})"),
        ("user-password", "ani@desa.id", VILLAGE, "ani@desa.id"),
        ("user-changed", "admin@aceh.id", OTHER_VILLAGE, moved),
        *((f"user-{what}", "admin@aceh.id", OTHER_VILLAGE, "ani@desa.id") for what in ("invited", "closed", "opened")),
    }


def test_list__is_searched_filtered_and_sorted(here: Station, admin: FlaskClient) -> None:
    for number, (role, region) in enumerate([("kpm", VILLAGE), ("kpm", OTHER_VILLAGE), ("district", "11.01")]):
        open_account(here, role, region, f"orang{number}@desa.id")
    send_form(admin, LIST + "/baru", **INVITED)
    with writing(here.engine) as connection:
        users.close(connection, "orang0@desa.id", here.clock())
        until = here.clock() + timedelta(minutes=5)
        connection.execute(
            users.users.update().where(users.users.c.email == "orang2@desa.id").values(locked_until=until)
        )

    def emails(query: str = "") -> list[str]:
        return [row[0].split()[-1] for row in rows(admin.get(LIST + query))]

    worst_first = ["orang2@desa.id", "ani@desa.id", "admin@aceh.id", "orang1@desa.id", "orang0@desa.id"]
    assert emails() == worst_first
    assert emails("?urut=-keadaan")[0] == "orang0@desa.id"
    assert set(emails("?cari=orang")) == {f"orang{number}@desa.id" for number in range(3)}
    assert set(emails("?cari=ANI")) == {"ani@desa.id"}
    assert set(emails("?cari=bakongan")) == {"orang0@desa.id", "orang1@desa.id", "ani@desa.id"}
    assert emails("?cari=sukadamai") == ["orang1@desa.id"]
    assert emails("?cari=100%25") == []
    assert emails("?peran=district") == ["orang2@desa.id"]
    assert emails("?keadaan=closed") == ["orang0@desa.id"]
    assert emails("?keadaan=locked&peran=kpm") == []
    here.clock.forward(days=15)
    admin = browser_of(here, User("admin@aceh.id", "", "admin", "11.01"))
    assert rows(admin.get(LIST + "?keadaan=expired"))[0][3] == "belum punya sanditautannya sudah lewat waktu"


def test_list__is_cut_by_the_database(here: Station, admin: FlaskClient) -> None:
    with writing(here.engine) as connection:
        for number in range(60):
            users.add(
                connection, User(f"o{number:02}@desa.id", f"O {number:02}", "kpm", VILLAGE), None, here.clock(), QUICK
            )
    assert len(rows(admin.get(LIST + "?urut=nama"))) == 50
    assert len(rows(admin.get(LIST + "?urut=nama&halaman=2"))) == 11


def test_names__are_text_never_markup(here: Station, admin: FlaskClient) -> None:
    page = send_form(admin, LIST + "/baru", **{**INVITED, "nama": "<script>alert(1)</script>"})
    token_of(page)
    for shown in (page, admin.get(LIST), admin.get(f"{LIST}/ani@desa.id"), admin.get("/admin/catatan")):
        assert "<script" not in shown.text


def test_link__is_made_with_the_address_that_people_reach(open_station: Open) -> None:
    station = open_station(BASE_URL="https://desa.example.id")
    admin = browser_of(station, open_account(station, "admin", "11"))
    page = send_form(admin, LIST + "/baru", **INVITED)
    link = html.document_fromstring(page.text).xpath("string(//p[@class='copy'])")
    assert link.startswith("https://desa.example.id/undangan/")


def test_region_offered__in_a_district_all_places_stand_to_choose(here: Station, admin: FlaskClient) -> None:
    page = html.document_fromstring(admin.get(LIST + "/baru").text)
    assert page.xpath("//datalist/option/@value") == [
        "Aceh Selatan (11.01)",
        "Bakongan, Aceh Selatan (11.01.01)",
        "Sukamaju, Bakongan (11.01.01.2001)",
        "Sukadamai, Bakongan (11.01.01.2002)",
    ]
