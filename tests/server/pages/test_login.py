"""Logging in and out: what opens the door, what shuts it, and what the cookie says."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from forms.problems import ProblemError
from server.accounts import users
from server.accounts.login_tries import ON_ALL_ACCOUNTS, ON_ONE_ACCOUNT
from server.accounts.users import LOCK_AFTER
from server.database.engine import writing
from server.http.known_browsers import COOKIE
from server.http.secret_key import kept_secret
from server.settings import read_settings
from tests.server.conftest import Open
from tests.support.databases import Databases, SqliteFiles
from tests.support.members import PASSWORD, browser_of, log_in, open_account, send_form, session_key, token_of
from tests.support.statements import statements_of
from tests.support.station import VILLAGE, Station

WRONG = "salah salah salah"
EMAIL = "kpm-11.01.01.2001@desa.id"


@pytest.fixture
def databases(tmp_path: Path, run_folder: Path) -> Databases:
    """SQLite alone: what a database does with accounts is tried on both kinds in test_users.py."""
    return SqliteFiles(tmp_path, run_folder)


def words(response: TestResponse) -> str:
    return " ".join(html.document_fromstring(response.text).text_content().split())


def cookie_of(response: TestResponse) -> str:
    return next((line for line in response.headers.getlist("Set-Cookie") if line.startswith("session=")), "")


def test_log_in__kpm_lands_at_her_village(station: Station) -> None:
    open_account(station)
    answer = log_in(station.client, EMAIL)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desa/{VILLAGE}")
    page = station.client.get(f"/desa/{VILLAGE}")
    assert "Nama kpm" in words(page)
    assert "Keluar" in words(page)


@pytest.mark.parametrize(
    ("role", "region", "landing"),
    [
        ("village_head", VILLAGE, f"/desa/{VILLAGE}"),
        ("subdistrict", "11.01.01", "/"),
        ("district", "11.01", "/"),
        ("admin", "ID", "/"),
    ],
)
def test_log_in__each_role_lands_where_it_works(station: Station, role: str, region: str, landing: str) -> None:
    user = open_account(station, role, region)
    assert log_in(station.client, user.email).headers["Location"] == landing
    assert station.client.get("/masuk").headers["Location"] == landing  # who is in needs no door


def test_log_in__the_email_may_be_written_large_and_with_blanks(station: Station) -> None:
    open_account(station)
    assert log_in(station.client, f" {EMAIL.upper()} ").status_code == 303


def test_log_in__leads_on_to_the_page_that_was_wanted(station: Station) -> None:
    open_account(station, "village_head")
    wanted = station.client.get(f"/desa/{VILLAGE}/dilihat?lang=en")
    assert wanted.status_code == 302
    door = wanted.headers["Location"]
    assert "Log in" in words(station.client.get(door))
    answer = send_form(station.client, door, email="village_head-11.01.01.2001@desa.id", password=PASSWORD)
    assert answer.headers["Location"] == f"/desa/{VILLAGE}/dilihat?lang=en"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        " //evil.example/",
        "javascript:alert(1)",
        "desa",
        "",
    ],
)
def test_log_in__never_leads_to_another_server(station: Station, elsewhere: str) -> None:
    open_account(station)
    page = station.client.get("/masuk", query_string={"lanjut": elsewhere})
    answer = station.client.post(
        "/masuk",
        query_string={"lanjut": elsewhere},
        data={"csrf_token": token_of(page), "email": EMAIL, "password": PASSWORD},
    )
    assert answer.headers["Location"] == f"/desa/{VILLAGE}"


@pytest.mark.parametrize("elsewhere", ["/\t/evil.example/", "/\n/evil.example/"])
def test_log_in__does_not_begin_with_control_characters(station: Station, elsewhere: str) -> None:
    assert station.client.get("/masuk", query_string={"lanjut": elsewhere}).status_code == 400


def test_wrong_login__the_same_answer_for_a_wrong_password_and_an_unknown_or_closed_account(station: Station) -> None:
    open_account(station)
    open_account(station, email="lama@desa.id")
    with writing(station.engine) as connection:
        users.close(connection, "lama@desa.id", station.clock())
    answers = [
        log_in(station.client, email, password)
        for email, password in ((EMAIL, "salah salah salah"), ("tak@ada.id", PASSWORD), ("lama@desa.id", PASSWORD))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert all("Email dan kata sandi ini tidak cocok" in words(answer) for answer in answers)
    seen = {html.document_fromstring(answer.text).xpath("string(//p[@role='alert'])") for answer in answers}
    assert len(seen) == 1
    assert "do not match" in words(log_in(station.client, "tak@ada.id", query="?lang=en"))


@dataclass(frozen=True)
class Elsewhere:
    """A browser at an address of its own: the web server before ours adds the last one."""

    station: Station
    address: str

    def attempt(self, email: str, password: str = WRONG) -> int:
        client = self.station.app.test_client()
        data = {"csrf_token": token_of(client.get("/masuk")), "email": email, "password": password}
        headers = {"X-Forwarded-For": f"203.0.113.9, {self.address}"}
        return client.post("/masuk", data=data, headers=headers).status_code


def test_wrong_tries__whoever_guesses_waits_and_the_owner_does_not(station: Station) -> None:
    open_account(station)
    guesser, owner = Elsewhere(station, "198.51.100.1"), Elsewhere(station, "198.51.100.2")
    assert [guesser.attempt(EMAIL) for _ in range(ON_ONE_ACCOUNT)] == [401] * ON_ONE_ACCOUNT
    assert guesser.attempt(EMAIL, PASSWORD) == 429
    assert guesser.attempt("tak@ada.id") == 401  # of another account it has its tries
    assert owner.attempt(EMAIL, PASSWORD) == 303


def test_wrong_tries__sent_at_the_same_time_count_too(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    open_account(station)
    log_in_of_users = users.log_in

    def slowly(*given: Any, **named: Any) -> str:
        time.sleep(0.2)  # while a password is looked at, others come in
        return log_in_of_users(*given, **named)

    monkeypatch.setattr(users, "log_in", slowly)
    guesser = Elsewhere(station, "198.51.100.1")
    with ThreadPoolExecutor(12) as pool:
        tried = list(pool.map(lambda _: guesser.attempt(EMAIL), range(12)))
    assert tried.count(401) == ON_ONE_ACCOUNT
    assert tried.count(429) == 12 - ON_ONE_ACCOUNT


def test_wrong_tries__are_counted_for_all_processes_together(open_station: Open) -> None:
    station, other_process = open_station(), open_station()
    open_account(station)
    guessers = [Elsewhere(one, "198.51.100.1") for one in (station, other_process)]
    tried = [guesser.attempt(EMAIL) for _ in range(ON_ONE_ACCOUNT) for guesser in guessers]
    assert tried == [401] * ON_ONE_ACCOUNT + [429] * ON_ONE_ACCOUNT
    for one in (station, other_process):
        one.clock.forward(minutes=15)
    assert [guesser.attempt(EMAIL, PASSWORD) for guesser in guessers] == [303, 303]


def test_wrong_tries__from_one_address_on_many_accounts_at_the_same_time_count_too(station: Station) -> None:
    office = Elsewhere(station, "198.51.100.1")
    with ThreadPoolExecutor(8) as pool:
        tried = list(pool.map(lambda number: office.attempt(f"orang{number}@desa.id"), range(ON_ALL_ACCOUNTS + 8)))
    assert tried.count(401) == ON_ALL_ACCOUNTS
    assert tried.count(429) == 8


def test_wrong_tries__right_passwords_of_an_office_are_none(station: Station) -> None:
    open_account(station)
    office = Elsewhere(station, "198.51.100.1")
    assert {office.attempt(EMAIL, PASSWORD) for _ in range(ON_ALL_ACCOUNTS + 1)} == {303}


def test_wrong_tries__are_forgotten_and_name_nobody(station: Station) -> None:
    Elsewhere(station, "198.51.100.1").attempt("tak@ada.id")
    kept = station.rows("login_tries")
    assert len(kept) == 2
    assert not any(said in str(kept) for said in ("198.51", "tak@ada"))
    station.clock.forward(minutes=15)
    Elsewhere(station, "198.51.100.2").attempt("lain@ada.id")
    assert len(station.rows("login_tries")) == 2


def test_wrong_tries__other_requests_write_nothing_of_them(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    with statements_of(station.engine) as found:
        inside.get(f"/desa/{VILLAGE}")
        station.get("formList")
    assert found
    assert not any("login_tries" in sql for sql in found)


def test_wrong_tries__are_counted_alike_for_accounts_that_do_not_exist(station: Station) -> None:
    guesser = Elsewhere(station, "198.51.100.1")
    tried = [guesser.attempt("tak@ada.id") for _ in range(ON_ONE_ACCOUNT + 1)]
    assert tried == [401] * ON_ONE_ACCOUNT + [429]


def test_wrong_tries__from_one_address_on_many_accounts_end(station: Station) -> None:
    office = Elsewhere(station, "2001:db8:1:2::1")
    assert {office.attempt(f"orang{number}@desa.id") for number in range(ON_ALL_ACCOUNTS)} == {401}
    assert Elsewhere(station, "2001:db8:1:2:ffff::9").attempt("lain@desa.id") == 429  # the same household or office
    assert Elsewhere(station, "2001:db8:1:3::1").attempt("lain@desa.id") == 401


def test_wrong_tries__from_everywhere_never_shut_out_a_browser_that_is_known(station: Station) -> None:
    open_account(station)
    hers = station.app.test_client()
    log_in(hers, EMAIL)
    send_form(hers, "/keluar")
    for number in range(LOCK_AFTER):
        assert Elsewhere(station, f"198.51.100.{number}").attempt(EMAIL) == 401
    assert Elsewhere(station, "203.0.113.77").attempt(EMAIL, PASSWORD) == 401  # locked, for whoever is not known
    assert log_in(hers, EMAIL).status_code == 303
    assert Elsewhere(station, "203.0.113.78").attempt(EMAIL, PASSWORD) == 303  # she was in: nobody guessed it


def test_wrong_tries__a_known_browser_has_its_own_and_no_more(station: Station) -> None:
    open_account(station)
    open_account(station, "village_head", email="kades@desa.id")
    hers = station.app.test_client()
    log_in(hers, EMAIL)
    send_form(hers, "/keluar")
    tried = [log_in(hers, EMAIL, "salah salah salah").status_code for _ in range(ON_ONE_ACCOUNT + 1)]
    assert tried == [401] * ON_ONE_ACCOUNT + [429]
    assert (
        log_in(hers, "kades@desa.id").status_code == 303
    )  # of other accounts it is not known, and has tries as others


def test_known_browser__nobody_makes_its_cookie_or_takes_it_for_another_account(station: Station) -> None:
    open_account(station)
    open_account(station, "village_head", email="kades@desa.id")
    hers, forged = station.app.test_client(), station.app.test_client()
    log_in(hers, EMAIL)
    send_form(hers, "/keluar")
    cookie = hers.get_cookie(COOKIE)
    assert cookie is not None
    assert EMAIL not in cookie.value
    forged.set_cookie(COOKIE, "e30.aaaa.bbbb")
    for number in range(LOCK_AFTER):
        Elsewhere(station, f"198.51.100.{number}").attempt("kades@desa.id")
    assert [log_in(browser, "kades@desa.id").status_code for browser in (hers, forged)] == [401, 401]


def test_known_browser__its_cookie_is_out_of_reach_of_scripts_and_other_sites(station: Station) -> None:
    open_account(station)
    (line,) = (
        line for line in log_in(station.client, EMAIL).headers.getlist("Set-Cookie") if line.startswith(f"{COOKIE}=")
    )
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= set(line.split("; "))


def test_lock_out__whoever_is_in_stays_in(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    for number in range(LOCK_AFTER):
        Elsewhere(station, f"198.51.100.{number}").attempt(EMAIL)
    assert inside.get("/sandi").status_code == 200


def test_new_password__guessing_the_old_one_ends(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    new = "gajah biru menari sore"
    wrong = [
        send_form(inside, "/sandi", old="salah salah salah", new=new, again=new).status_code
        for _ in range(ON_ONE_ACCOUNT + 1)
    ]
    assert wrong == [401] * ON_ONE_ACCOUNT + [429]


def test_cookie__is_out_of_reach_of_scripts_and_other_sites(open_station: Open) -> None:
    station = open_station(BASE_URL="https://stunting.example.go.id")
    open_account(station)
    station.client.get("/masuk", base_url="https://localhost")
    page = station.client.get("/masuk", base_url="https://localhost")
    data = {"csrf_token": token_of(page), "email": EMAIL, "password": PASSWORD}
    cookie = cookie_of(station.client.post("/masuk", data=data, base_url="https://localhost"))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Expires=" in cookie


def test_cookie__without_https_it_is_not_secure_but_works(station: Station) -> None:
    open_account(station)
    cookie = cookie_of(log_in(station.client, EMAIL))
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


@pytest.mark.parametrize("path", ["/", f"/desa/{VILLAGE}", f"/desa/{VILLAGE}.json", "/healthz", "/tidak-ada"])
def test_cookie__visitors_who_never_log_in_get_none(station: Station, path: str) -> None:
    assert "Set-Cookie" not in station.client.get(path).headers


def test_caches__keep_apart_what_is_for_whom(station: Station) -> None:
    stranger = station.client.get("/")
    assert stranger.headers["Cache-Control"] == "no-cache"
    assert "Cookie" in stranger.headers["Vary"]
    inside = browser_of(station, open_account(station)).get("/")
    assert set(inside.headers["Cache-Control"].split(", ")) == {"no-cache", "private"}
    assert stranger.headers["ETag"] != inside.headers["ETag"]
    assert station.client.get("/masuk").headers["Cache-Control"] == "no-store"


def test_caches__a_card_unchanged_is_not_sent_again_to_who_is_logged_in(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    etag = inside.get("/").headers["ETag"]
    assert inside.get("/", headers={"If-None-Match": etag}).status_code == 304


def test_session__ends_seven_days_after_it_began(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    station.clock.forward(days=7)
    assert inside.get("/sandi").status_code == 200
    station.clock.forward(seconds=1)
    assert inside.get("/sandi").status_code == 302


def test_session__ends_when_nothing_was_opened_for_too_long(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    assert station.app.permanent_session_lifetime == timedelta(hours=12)
    station.app.permanent_session_lifetime = timedelta(seconds=-1)  # as if that time had gone by
    assert inside.get("/sandi").status_code == 302


def test_session__ends_with_the_account(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    with writing(station.engine) as connection:
        users.close(connection, EMAIL, station.clock())
    assert inside.get("/sandi").status_code == 302
    assert log_in(station.client, EMAIL).status_code == 401


def test_log_out__this_browser_alone(station: Station) -> None:
    user = open_account(station)
    here, elsewhere = browser_of(station, user), browser_of(station, user)
    answer = send_form(here, "/keluar")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert here.get("/sandi").status_code == 302
    assert elsewhere.get("/sandi").status_code == 200


def test_log_out__a_copy_of_the_cookie_opens_nothing_any_more(station: Station) -> None:
    open_account(station)
    log_in(station.client, EMAIL)
    copies = []
    for path in ("/sandi", "/keluar"):  # as it is after logging in, and with the token of a form in it
        copies.append(station.client.get_cookie("session"))
        station.client.get(path)
    thief = station.app.test_client()
    for copy in copies:
        thief.set_cookie("session", copy.value)
        assert thief.get("/sandi").status_code == 200
    send_form(station.client, "/keluar")
    for copy in copies:
        thief.set_cookie("session", copy.value)
        assert thief.get("/sandi").status_code == 302
        station.clock.forward(hours=1)
    assert log_in(station.client, EMAIL).status_code == 303
    assert station.client.get("/sandi").status_code == 200


def test_log_in_again__ends_the_session_before(station: Station) -> None:
    open_account(station)
    log_in(station.client, EMAIL)
    copy = station.client.get_cookie("session")
    station.clock.forward(minutes=1)
    data = {"csrf_token": token_of(station.client.get("/sandi")), "email": EMAIL, "password": PASSWORD}
    assert station.client.post("/masuk", data=data).status_code == 303
    assert station.client.get("/sandi").status_code == 200
    thief = station.app.test_client()
    thief.set_cookie("session", copy.value)
    assert thief.get("/sandi").status_code == 302


def test_log_out__what_ended_is_forgotten_when_it_would_have_ended_anyway(station: Station) -> None:
    open_account(station)
    for days in (0, 3, 5):
        station.clock.forward(days=days)
        log_in(station.client, EMAIL)
        send_form(station.client, "/keluar")
    assert len(station.rows("ended_sessions")) == 2


def test_log_out__needs_the_form(station: Station) -> None:
    inside = browser_of(station, open_account(station))
    refused = inside.post("/keluar")
    assert refused.status_code == 400
    assert "terlalu lama terbuka" in words(refused)
    assert inside.get("/sandi").status_code == 200


def test_forms__that_are_not_ours_are_refused(station: Station) -> None:
    open_account(station)
    foreign = token_of(station.app.test_client().get("/masuk"))
    for data in ({}, {"csrf_token": ""}, {"csrf_token": foreign}):
        answer = station.client.post("/masuk", data={**data, "email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 400
        assert "nothing was changed" in words(station.client.post("/masuk?lang=en", data=data))


def test_forms__a_token_from_before_logging_in_is_none_after(station: Station) -> None:
    open_account(station)
    before = token_of(station.client.get("/masuk"))
    log_in(station.client, EMAIL)
    assert station.client.post("/keluar", data={"csrf_token": before}).status_code == 400


def test_forms__of_strangers_stay_small(station: Station) -> None:
    answer = station.client.post("/masuk", data={"email": "a" * 20_000})
    assert answer.status_code == 413


def test_new_password__ends_all_other_sessions(station: Station) -> None:
    user = open_account(station)
    here, elsewhere = browser_of(station, user), browser_of(station, user)
    new = "gajah biru menari sore"
    answer = send_form(here, "/sandi", old=PASSWORD, new=new, again=new)
    assert "Kata sandi sudah diganti" in words(answer)
    assert here.get("/sandi").status_code == 200
    assert elsewhere.get("/sandi").status_code == 302
    assert log_in(elsewhere, EMAIL, PASSWORD).status_code == 401
    assert log_in(elsewhere, EMAIL, new).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("salah salah salah", "gajah biru menari", "gajah biru menari", "Email dan kata sandi ini tidak cocok"),
        (PASSWORD, "gajah biru menari", "gajah biru lari", "Kedua kata sandi baru tidak sama"),
        (PASSWORD, "pendek", "pendek", "Pakai 10 sampai 200 huruf"),
        (PASSWORD, f"x{EMAIL}x", f"x{EMAIL}x", "mudah ditebak"),
    ],
)
def test_new_password__refused_with_a_reason(station: Station, old: str, new: str, again: str, sentence: str) -> None:
    inside = browser_of(station, open_account(station))
    before = session_key(station, EMAIL)
    answer = send_form(inside, "/sandi", old=old, new=new, again=again)
    assert answer.status_code in (400, 401)
    assert sentence in words(answer)
    assert session_key(station, EMAIL) == before


def test_account_page__says_who_and_where(station: Station) -> None:
    inside = browser_of(station, open_account(station, "subdistrict", "11.01.01"))
    assert "Petugas kecamatan · Bakongan · 11.01.01" in words(inside.get("/sandi"))
    nation = browser_of(station, open_account(station, "admin", "ID"))
    assert "Admin · Indonesia · ID" in words(nation.get("/sandi?lang=en"))


def test_secret_key__is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = kept_secret(tmp_path / "data")
    assert len(made) >= 32
    assert kept_secret(tmp_path / "data") == made
    (kept,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_secret_key__of_the_setting_goes_first_and_must_be_long(tmp_path: Path) -> None:
    assert read_settings({"SECRET_KEY": "x" * 16}).secret_key == "x" * 16
    with pytest.raises(ProblemError) as refused:
        read_settings({"SECRET_KEY": "rahasia"})
    assert "16" in refused.value.text("en")
    assert "rahasia" not in refused.value.text("en")
