"""Who gets past the guard: every route of the app, for everybody there is, at their own and at a foreign village."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import insert
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.accounts import access_log
from server.accounts.users import ROLES, User
from server.database.engine import reading, writing
from server.database.tables import entities
from server.http.access import Mark, allow, also_seen, for_members, for_phones, guard, mark_of, public, user
from server.http.responses import explain_errors, show
from server.http.sessions import keep_sessions
from server.phones import phones
from server.villages.regions import NATION
from tests.server.conftest import Open
from tests.support.members import browser_of, member, open_account
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station, opened, prepared

# What everybody may see, once more: a route is public on purpose.
PUBLIC = {
    "/",
    "/berkas/<version>/<name>",
    "/data",
    "/data/<period>.csv",
    "/data/<period>.json",
    "/data/kamus.csv",
    "/data/kamus.json",
    "/desa/<code>",
    "/desa/<code>.json",
    "/desa/<code>/<period>",
    "/desa/<code>/<period>.json",
    "/desa/<code>/<period>/berkas.html",
    "/desa/<code>/<period>/poster.pdf",
    "/desa/<code>/<period>/rapat.pdf",
    "/desa/<code>/<year>/rembuk.pdf",
    "/periksa/berkas",
    "/desa/<code>/<period>/gambar.png",
    "/desa/<code>/<period>/angka/<figure>",
    "/desa/<code>/<period>/dusun",
    "/desa/<code>/formulir-1",
    "/desa/<code>/formulir-1.json",
    "/desa/<code>/<period>.pdf",
    "/desa/<code>/<period>.xlsx",
    "/desa/<code>/<period>/formulir-4",
    "/desa/<code>/janji",
    "/desa/<code>/janji/usulan",
    "/wilayah/<code>/janji",
    "/healthz",
    "/masuk",
    "/periksa",
    "/periksa/<check>",
    "/undangan/<token>",
    "/wilayah/<code>",
    "/wilayah/<code>.json",
    "/wilayah/<code>/<period>",
    "/wilayah/<code>/<period>/angka/<figure>",
    "/wilayah/<code>/<period>.csv",
    "/wilayah/<code>/<period>.json",
    "/wilayah/<code>/<period>.xlsx",
    "/wilayah/<code>/<period>/gambar.png",
}
SEE_NAMES = {"kpm", "village_head", "admin"}
REGIONS = {"kpm": VILLAGE, "village_head": VILLAGE, "subdistrict": "11.01.01", "district": "11.01", "admin": "11"}
FOREIGN = "12.01.01.2001"
# What a route's places are filled with; whatever else a route asks for is filled with its name.
PLACES = {
    "period": "2026-Q1",
    "year": "2026",
    "figure": "a2",
    "token": "x",
    "version": "1",
    "number": "1",
    "_elsewhere": "x",
}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One server for the walk: SQLite alone, as the guard asks the database for nothing but who it is."""
    folder = tmp_path_factory.mktemp("akses")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared(url))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def browsers(station: Station) -> dict[str, FlaskClient]:
    """A browser of somebody of each role, and of nobody."""
    found = {role: member(station, role, REGIONS[role]) for role in ROLES}
    return {**found, "nobody": station.app.test_client()}


@pytest.fixture
def small() -> Small:
    return Small()


def rules(station: Station) -> list[tuple[Rule, str, Mark]]:
    """Each route with each method that it answers, and its mark."""
    return [
        (rule, method, mark_of(station.app, rule.endpoint))
        for rule in station.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    ]


def address(rule: Rule, code: str) -> str:
    places = {**{name: name for name in rule.arguments}, **PLACES, "code": code}
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda place: places[place[1]], rule.rule)


def was_stopped(answer: TestResponse) -> bool:
    """Whether the guard said no. A form without its token is answered 400, which is past the guard."""
    return answer.status_code in (401, 403) or answer.headers.get("Location", "").startswith("/masuk?lanjut=")


def expected(mark: Mark, role: str, code: str | None) -> bool:
    """Whether somebody may pass, said anew from the mark's meaning: people work in region 11, FOREIGN is in 12."""
    if mark.kind in ("public", "phones"):
        return True
    if role == "nobody" or (mark.kind == "roles" and role not in mark.roles):
        return False
    if code in (None, VILLAGE):
        return True
    return code == OTHER_VILLAGE and role in ("subdistrict", "district", "admin")


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_every_route__lets_in_whom_its_mark_names_and_nobody_else(
    station: Station, browsers: dict[str, FlaskClient], role: str
) -> None:
    wrong = []
    for rule, method, mark in rules(station):
        if mark.kind == "phones":
            continue
        for code in (VILLAGE, OTHER_VILLAGE, FOREIGN):
            answer = browsers[role].open(address(rule, code), method=method)
            allowed = expected(mark, role, code if "code" in rule.arguments else None)
            if was_stopped(answer) is allowed:
                wrong.append((method, rule.rule, code, answer.status))
    assert wrong == []


def test_every_route__that_is_public_is_so_on_purpose(station: Station) -> None:
    assert {rule.rule for rule, _, mark in rules(station) if mark.kind == "public"} == PUBLIC


def test_every_route__for_phones_asks_for_a_token(station: Station, browsers: dict[str, FlaskClient]) -> None:
    found = [(rule, method) for rule, method, mark in rules(station) if mark.kind == "phones"]
    assert len(found) > 5
    for rule, method in found:
        assert rule.rule.startswith("/v1/key/<token>/")
        answer = browsers["admin"].open(address(rule, VILLAGE), method=method)
        assert (answer.status_code, "tidak dikenal" in answer.text) == (403, True)


def test_every_route__with_names_is_for_those_who_may_see_them(station: Station) -> None:
    named = [(rule.rule, mark) for rule, _, mark in rules(station) if mark.names]
    assert named
    for rule, mark in named:
        assert mark.roles <= SEE_NAMES, rule
        assert f"{rule}/".startswith("/desa/<code>/"), rule


def test_every_form__is_refused_without_its_token(station: Station, browsers: dict[str, FlaskClient]) -> None:
    forms = [(rule, mark) for rule, method, mark in rules(station) if method == "POST" and mark.kind != "phones"]
    assert forms
    for rule, mark in forms:
        role = next(role for role in ROLES if mark.kind != "roles" or role in mark.roles)
        answer = browsers[role].post(address(rule, VILLAGE))
        assert (rule.rule, answer.status_code) == (rule.rule, 400)
        assert "terlalu lama terbuka" in answer.text


@pytest.mark.parametrize(
    ("query", "role_sentence", "region_sentence"),
    [
        ("", "tidak terbuka untuk peran akun Anda", f"Wilayah {OTHER_VILLAGE} di luar wilayah akun Anda ({VILLAGE})"),
        ("?lang=en", "not open to the role of your account", f"{OTHER_VILLAGE} is outside the region of your account"),
    ],
)
def test_refused__a_page_says_why_in_both_languages(
    station: Station, browsers: dict[str, FlaskClient], query: str, role_sentence: str, region_sentence: str
) -> None:
    wrong_role = browsers["kpm"].get(f"/desa/{VILLAGE}/dilihat{query}")
    assert (wrong_role.status_code, wrong_role.mimetype) == (403, "text/html")
    assert role_sentence in wrong_role.text
    foreign = browsers["village_head"].get(f"/desa/{OTHER_VILLAGE}/dilihat{query}")
    assert foreign.status_code == 403
    assert region_sentence in foreign.text


OPEN_ROOMS = {"Kartu", "Formulir 1"}
NAMED_ROOMS = {"Tugas bulan ini", "Ibu & anak", "Kiriman", "Perbaikan", "Ganda"}


def rooms(page: TestResponse) -> dict[str, str]:
    """Where the head of a page leads to in its village: address by name."""
    links = html.document_fromstring(page.text).xpath("//nav[@class='rooms']/a")
    return {link.text_content(): link.get("href") for link in links}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("nobody", set()),
        ("kpm", OPEN_ROOMS | NAMED_ROOMS | {"KPM", "Isi formulir"}),
        ("village_head", OPEN_ROOMS | NAMED_ROOMS | {"KPM", "Dilihat"}),
        ("subdistrict", OPEN_ROOMS | {"KPM"}),
        ("district", OPEN_ROOMS | {"KPM"}),
        ("admin", OPEN_ROOMS | NAMED_ROOMS | {"KPM", "Isi formulir", "Dilihat"}),
    ],
)
def test_a_villages_page__leads_to_those_that_the_role_may_see(
    browsers: dict[str, FlaskClient], role: str, seen: set[str]
) -> None:
    found = rooms(browsers[role].get(f"/desa/{VILLAGE}"))
    assert found.keys() == seen
    assert not any(was_stopped(browsers[role].get(address)) for address in found.values())


def test_a_page_of_no_village__leads_to_the_persons_own(browsers: dict[str, FlaskClient]) -> None:
    assert rooms(browsers["kpm"].get("/sandi?lang=en"))["Work of this month"] == f"/desa/{VILLAGE}/tugas?lang=en"
    assert rooms(browsers["district"].get("/")) == {}


def test_a_foreign_villages_page__leads_to_what_everybody_may_see(browsers: dict[str, FlaskClient]) -> None:
    assert rooms(browsers["kpm"].get(f"/desa/{OTHER_VILLAGE}")).keys() == OPEN_ROOMS


class Small:
    """A small app of its own, to try marks that no page has yet."""

    def __init__(self) -> None:
        self.app = Flask(__name__, static_folder=None)
        self.app.config["LANGUAGE"] = "id"
        self.seen: list[tuple[str, str, str, str | None]] = []
        self.people = {role: User(f"{role}@desa.id", role, role, region) for role, region in REGIONS.items()}
        self.people["nation"] = User("nation@desa.id", "nation", "admin", NATION)
        keep_sessions(
            self.app,
            "kunci untuk uji saja",
            lambda key, _: self.people.get(key),
            lambda: START,
            lambda *_: None,
            https=False,
        )
        explain_errors(self.app)
        self.add("/", public, "scorecards.home")
        self.add("/masuk", public, "login.enter")
        self.add("/sandi", for_members, "login.account")
        self.add("/keluar", for_members, "login.leave")

    def add(self, rule: str, mark: object, endpoint: str = "", status: int = 200) -> None:
        def view(**_places: str) -> Response:
            return Response("isi", status)

        self.app.add_url_rule(rule, endpoint or rule.replace(".", "-"), mark(view) if callable(mark) else view)

    def guard(self) -> None:
        guard(self.app, lambda who, *look: self.seen.append((who.email, *look)), lambda region: region == NATION)

    def get(self, path: str, person: str = "") -> TestResponse:
        client = self.app.test_client()
        if person:
            with client.session_transaction() as session:
                session["key"], session["since"] = person, START.timestamp()
        return client.get(path)


def test_start__a_route_without_a_mark_stops_it(small: Small) -> None:
    small.add("/desa/<code>/rahasia", mark=None)
    with pytest.raises(LookupError, match="rahasia is not marked"):
        small.guard()


def test_start__a_page_with_names_of_no_village_stops_it(small: Small) -> None:
    small.add("/semua", allow("admin", names="semua"))
    with pytest.raises(LookupError, match="/semua names people of which village"):
        small.guard()


@pytest.mark.parametrize("roles", [(), ("camat",), ("kpm", "camat")])
def test_allow__knows_the_roles(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="roles are admin"):
        allow(*roles)


def test_no_mark__a_route_added_after_the_start_is_shut(small: Small) -> None:
    small.guard()
    small.add("/susulan", mark=None)
    answer = small.get("/susulan", "nation")
    assert (answer.status_code, "isi" in answer.text.split()) == (500, False)


@pytest.mark.parametrize(
    ("code", "let_in"),
    [
        (VILLAGE, {"kpm", "village_head", "subdistrict", "district", "admin", "nation"}),
        (OTHER_VILLAGE, {"subdistrict", "district", "admin", "nation"}),
        ("11.01.01", {"kpm", "village_head", "subdistrict", "district", "admin", "nation"}),
        ("11.01", {"kpm", "village_head", "subdistrict", "district", "admin", "nation"}),
        ("11.02", {"admin", "nation"}),
        ("12", {"nation"}),
    ],
)
def test_members__see_their_region_what_lies_in_it_and_what_it_lies_in(
    small: Small, code: str, let_in: set[str]
) -> None:
    small.add("/wilayah/<code>", for_members)
    small.guard()
    assert {person for person in small.people if small.get(f"/wilayah/{code}", person).status_code == 200} == let_in
    assert small.get(f"/wilayah/{code}").headers["Location"] == f"/masuk?lanjut=/wilayah/{code}"


def test_roles__see_nothing_above_their_region(small: Small) -> None:
    small.add("/wilayah/<code>", allow(*ROLES))
    small.guard()
    seen = {person for person in small.people if small.get("/wilayah/11.01", person).status_code == 200}
    assert seen == {"district", "admin", "nation"}


def test_everywhere__is_for_a_region_that_covers_all_phones(small: Small) -> None:
    small.add("/admin/uji", allow("admin", everywhere=True))
    small.guard()
    assert small.get("/admin/uji", "nation").status_code == 200
    refused = small.get("/admin/uji", "admin")
    assert (refused.status_code, "akun Anda hanya untuk wilayah 11" in refused.text) == (403, True)


@pytest.mark.parametrize(("region", "all_"), [("ID", True), ("11.01", True), (VILLAGE, False), ("11.0", False)])
def test_everywhere__asks_the_phones(station: Station, region: str, *, all_: bool) -> None:
    with reading(station.engine) as connection:
        assert phones.all_lie_in(connection, region) is all_


def test_nobody__is_sent_to_the_door_and_programs_are_told(small: Small) -> None:
    small.add("/desa/<code>.json", for_members)
    small.add("/desa/<code>/tugas", allow("kpm"))
    small.guard()
    assert small.get(f"/desa/{VILLAGE}/tugas?lang=en&x=1").headers["Location"].startswith("/masuk?lanjut=/desa/")
    answer = small.get(f"/desa/{VILLAGE}.json")
    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.json is not None
    assert answer.json["code"] == "not-logged-in"
    foreign = small.get(f"/desa/{OTHER_VILLAGE}.json", "kpm")
    assert (foreign.status_code, foreign.json and foreign.json["code"]) == (403, "foreign-region")


def test_look__is_recorded_where_the_page_was_shown(small: Small) -> None:
    small.add("/desa/<code>/tugas", allow("kpm", names="tugas"))
    small.add("/desa/<code>/orang/<entity_id>", allow("kpm", names="orang"))
    small.add("/desa/<code>/hilang", allow("kpm", names="hilang"), status=404)
    small.add("/desa/<code>/pindah", allow("kpm", names="pindah"), status=303)
    small.add("/desa/<code>/rekap", allow("kpm"))
    small.guard()
    for page in ("tugas", "orang/e1", "hilang", "pindah", "rekap"):
        small.get(f"/desa/{VILLAGE}/{page}", "kpm")
    small.get(f"/desa/{OTHER_VILLAGE}/tugas", "kpm")
    small.get(f"/desa/{VILLAGE}/tugas", "district")
    small.get(f"/desa/{VILLAGE}/tugas")
    assert small.seen == [("kpm@desa.id", VILLAGE, "tugas", None), ("kpm@desa.id", VILLAGE, "orang", "e1")]


def test_look__at_whom_the_view_tells_is_recorded_once_where_the_page_was_shown(small: Small) -> None:
    def view(code: str, status: int) -> Response:
        also_seen(OTHER_VILLAGE)
        also_seen(OTHER_VILLAGE, "e2")
        also_seen(OTHER_VILLAGE)
        also_seen(code)
        return Response("isi", status)

    mark = allow("kpm", names="ganda")
    small.app.add_url_rule("/desa/<code>/ganda/<int:status>", "ganda", mark(view))
    small.guard()
    for status in (200, 404, 303):
        small.get(f"/desa/{VILLAGE}/ganda/{status}", "kpm")
    places = [(VILLAGE, "ganda", None), (OTHER_VILLAGE, "ganda", None), (OTHER_VILLAGE, "ganda", "e2")]
    assert small.seen == [("kpm@desa.id", *place) for place in places]


def test_view__a_page_whose_views_nobody_records_cannot_tell_of_others(small: Small) -> None:
    def view() -> Response:
        also_seen(OTHER_VILLAGE)
        return Response("isi")

    small.app.add_url_rule("/semua", "semua", allow("kpm")(view))
    small.guard()
    assert small.get("/semua", "kpm").status_code == 500


def test_look__that_cannot_be_recorded_is_not_shown(small: Small) -> None:
    def fail(*_look: object) -> None:
        raise OSError("no space left")

    small.add("/desa/<code>/tugas", allow("kpm", names="tugas"))
    guard(small.app, fail, lambda _region: True)
    answer = small.get(f"/desa/{VILLAGE}/tugas", "kpm")
    assert answer.status_code == 500
    assert "Server sedang terganggu" in answer.text
    assert "isi" not in html.document_fromstring(answer.text).xpath("string(//main)").split()


def test_user__is_nobody_on_a_public_page(small: Small) -> None:
    small.app.add_url_rule("/siapa", "siapa", public(lambda: Response(user().name)))
    small.guard()
    assert small.get("/siapa", "kpm").text == "kpm"
    assert small.get("/siapa").status_code == 500


def test_show__is_for_one_persons_eyes(small: Small) -> None:
    small.app.add_url_rule(
        "/pesan", "pesan", for_members(lambda: show("error.html", 418, sentence="Nama & <b>", village=None, back=None))
    )
    small.guard()
    answer = small.get("/pesan", "kpm")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (418, "no-store")
    assert "Nama &amp; &lt;b&gt;" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_phones_mark__leaves_the_look_at_the_token_to_the_route(small: Small) -> None:
    small.add("/v1/key/<token>/isi", for_phones)
    small.guard()
    assert small.get("/v1/key/x/isi").text == "isi"
    assert "Cookie" not in small.get("/v1/key/x/isi").headers.get("Vary", "")


@dataclass
class Line:
    """A line of the page of views."""

    at: str
    who: str
    page: str
    about: str


def lines(page: TestResponse) -> list[Line]:
    rows = html.document_fromstring(page.text).xpath("//tbody/tr")
    return [Line(*(" ".join(cell.text_content().split()) for cell in row)) for row in rows]


def test_access_log_page__newest_first_with_whom_it_was_about(open_station: Open) -> None:
    here = open_station()
    head = browser_of(here, open_account(here, "village_head"))
    child = {"village_id": VILLAGE, "id": "e1", "list": "anak", "label": "Siti · 7 bulan", "version": 1, "data": {}}
    with writing(here.engine) as connection:
        connection.execute(insert(entities), {**child, "registered_on": START.date()})
        access_log.record(connection, VILLAGE, "lama@desa.id", "tugas", None, START.replace(minute=0))
        access_log.record(connection, VILLAGE, "kpm@desa.id", "orang", "e1", START.replace(minute=1))
        access_log.record(connection, OTHER_VILLAGE, "kpm@desa.id", "tugas", None, START)
    first = head.get(f"/desa/{VILLAGE}/dilihat")
    assert [(line.who, line.page, line.about) for line in lines(first)] == [
        ("kpm@desa.id", "orang", "Siti · 7 bulan"),
        ("lama@desa.id", "tugas", "semua"),
    ]
    assert lines(first)[0].at == "10 Maret 2026, 09.01"
    second = head.get(f"/desa/{VILLAGE}/dilihat?lang=en")  # it names people: who opened it is in it
    assert lines(second)[0] == Line(
        "10 March 2026, 09.30", "Nama village_head village_head-11.01.01.2001@desa.id", "dilihat", "everybody"
    )


def test_access_log_page__of_a_village_that_does_not_exist(station: Station) -> None:
    nation = browser_of(station, open_account(station, "admin", NATION))
    for code in ("11.01.01.2009", "11.01.01"):
        assert nation.get(f"/desa/{code}/dilihat").status_code == 404
    with reading(station.engine) as connection:
        assert access_log.latest(connection, "11.01.01.2009", UTC) == []


def test_access_log__no_more_than_asked(station: Station) -> None:
    with writing(station.engine) as connection:
        for minute in range(5):
            access_log.record(connection, FOREIGN, "kpm@desa.id", str(minute), None, START.replace(minute=minute))
        assert [look.page for look in access_log.latest(connection, FOREIGN, UTC, 2)] == ["4", "3"]


def test_access_log_page__one_line_for_what_somebody_opened_again_on_that_day(open_station: Open) -> None:
    here = open_station()
    head = browser_of(here, open_account(here, "village_head"))
    midnight = START.replace(day=8, hour=17, minute=0)  # of 9 March in Jakarta
    seen: list[tuple[str, str, str | None, float]] = [
        ("kpm@desa.id", "tugas", None, -1),
        ("kpm@desa.id", "tugas", None, 0),
        ("kpm@desa.id", "tugas", None, 61),
        ("lama@desa.id", "tugas", None, 62),
        ("kpm@desa.id", "sasaran", "e1", 63),
        ("kpm@desa.id", "sasaran", "gone", 64),
        ("kpm@desa.id", "tugas", None, 65),
    ]
    child = {"village_id": VILLAGE, "id": "e1", "list": "anak", "label": "Siti", "version": 1, "data": {}}
    with writing(here.engine) as connection:
        connection.execute(insert(entities), {**child, "registered_on": START.date()})
        for email, page, entity_id, minutes in seen:
            at = midnight + timedelta(minutes=minutes)
            access_log.record(connection, VILLAGE, email, page, entity_id, at)
    assert lines(head.get(f"/desa/{VILLAGE}/dilihat")) == [
        Line("9 Maret 2026: 3 kali, terakhir 01.05", "kpm@desa.id", "tugas", "semua"),
        Line("9 Maret 2026, 01.04", "kpm@desa.id", "sasaran", "orang yang tidak lagi di daftar desa ini"),
        Line("9 Maret 2026, 01.03", "kpm@desa.id", "sasaran", "Siti"),
        Line("9 Maret 2026, 01.02", "lama@desa.id", "tugas", "semua"),
        Line("8 Maret 2026, 23.59", "kpm@desa.id", "tugas", "semua"),
    ]
    first = lines(head.get(f"/desa/{VILLAGE}/dilihat?lang=en"))[1]
    assert (first.at, first.about) == ("9 March 2026: 3 times, last at 01.05", "everybody")
    with reading(here.engine) as connection:
        assert access_log.latest(connection, VILLAGE, UTC, read=4)[1].times == 1  # of the last four, three are tugas


def test_scorecards_not_public__for_members_of_that_region_alone(open_station: Open) -> None:
    here = open_station(PUBLIC_SCORECARDS="off")
    kpm, admin = member(here), member(here, "admin", "11")
    nobody = here.app.test_client()
    for path in ("/", f"/desa/{VILLAGE}", f"/desa/{VILLAGE}/2026-Q1"):
        assert nobody.get(path).headers["Location"] == f"/masuk?lanjut={path}"
    assert nobody.get(f"/desa/{VILLAGE}.json").status_code == 401
    assert nobody.get("/healthz").status_code == 200
    assert kpm.get("/").status_code == 200
    for path in (f"/desa/{OTHER_VILLAGE}", f"/desa/{OTHER_VILLAGE}/2026-Q1.json"):
        assert kpm.get(path).status_code == 403
        assert admin.get(path).status_code != 403
    assert not was_stopped(kpm.get(f"/desa/{VILLAGE}"))
