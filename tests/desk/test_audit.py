"""Who saw or changed what: three kinds of events in one list, searched and paged by the database."""

from __future__ import annotations

import timeit
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import insert

from server.accounts import access_log, audit_log
from server.accounts.audit_log import ACTIONS
from server.accounts.users import User
from server.database.account_tables import actions, looks
from server.database.engine import writing
from server.database.tables import decisions
from server.queries.audit import KINDS
from tests.server.conftest import Filled
from tests.support.members import browser_of, open_account
from tests.support.named_villages import KNOWN_IN, fill
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station

LOG = "/admin/catatan"


@pytest.fixture
def admin(station: Station) -> FlaskClient:
    return browser_of(station, open_account(station, "admin", "11.01", "admin@aceh.id"))


def lines(client: FlaskClient, query: str = "") -> list[list[str]]:
    page = client.get(LOG + query)
    assert page.status_code == 200, page.text
    rows = html.document_fromstring(page.text).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def happened(station: Station) -> None:
    """A change, a view and a decision in one village, minute by minute; and one of each far away."""
    by = User("admin@aceh.id", "Nama admin", "admin", "11.01")
    far = User("jauh@desa.id", "Jauh", "admin", "12.01")
    with writing(station.engine) as connection:
        audit_log.note(connection, by, "user-added", VILLAGE, "ani@desa.id", START)
        audit_log.note(connection, far, "user-added", "12.01.01.2001", "x@desa.id", START)
        access_log.record(connection, VILLAGE, "lama@desa.id", "tugas", None, START + timedelta(minutes=1))
        access_log.record(connection, OTHER_VILLAGE, by.email, "sasaran", "e1", START + timedelta(minutes=2))
        access_log.record(connection, "12.01.01.2001", by.email, "tugas", None, START)
        for number, village in enumerate((VILLAGE, "12.01.01.2001")):
            payload = {"ids": ["e8", "e9"], "seq": 1, "touched": [], "statements": []}
            made = {"village_id": village, "id": f"d{number}", "kind": "different", "payload": payload}
            when = {"made_at": START + timedelta(minutes=3), "undone_at": START + timedelta(days=1)}
            people = {"made_by": by.email, "undone_by": "kpm undo by root"}
            connection.execute(insert(decisions), {**made, **when, **people})


def test_log__holds_changes_views_and_decisions_of_the_own_region(station: Station, admin: FlaskClient) -> None:
    happened(station)
    first, second = f"Sukamaju, Bakongan {VILLAGE}", f"Sukadamai, Bakongan {OTHER_VILLAGE}"
    ours, all_ = "Nama admin admin@aceh.id", "semua di halaman itu"
    assert lines(admin) == [
        ["11 Mar 2026 09.30", "kpm undo by root", "membatalkan keputusan", "satu orang", first],
        ["10 Mar 2026 09.33", ours, "menyatakan bukan orang yang sama", "satu orang", first],
        ["10 Mar 2026 09.32", ours, "membuka halaman sasaran", "satu orang", second],
        ["10 Mar 2026 09.31", "lama@desa.id", "membuka halaman tugas", all_, first],
        ["10 Mar 2026 09.30", ours, "membuat akun", "ani@desa.id", first],
    ]
    page = html.document_fromstring(admin.get(LOG).text)
    assert f"/desa/{OTHER_VILLAGE}/sasaran/e1" in page.xpath("//tbody//a/@href")
    assert f"/desa/{VILLAGE}/sasaran/e8" in page.xpath("//tbody//a/@href")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?siapa=nama+admin", ["bukan orang", "sasaran", "membuat akun"]),
        ("?siapa=LAMA%40", ["tugas"]),
        ("?siapa=undo", ["membatalkan"]),
        ("?siapa=jauh", []),
        ("?wilayah=sukadamai", ["sasaran"]),
        (f"?wilayah={VILLAGE}", ["membatalkan", "bukan orang", "tugas", "membuat akun"]),
        ("?wilayah=12", []),
        ("?wilayah=Nowhere", []),
        ("?jenis=diubah", ["membuat akun"]),
        ("?jenis=diubah:user-closed", []),
        ("?jenis=dilihat", ["sasaran", "tugas"]),
        ("?jenis=diputuskan", ["membatalkan", "bukan orang"]),
        ("?jenis=diputuskan:undone", ["membatalkan"]),
        ("?jenis=tidak-ada", ["membatalkan", "bukan orang", "sasaran", "tugas", "membuat akun"]),
        ("?dari=2026-03-11", ["membatalkan"]),
        ("?sampai=2026-03-10", ["bukan orang", "sasaran", "tugas", "membuat akun"]),
        ("?dari=2026-03-12", []),
        ("?sampai=9999-12-31&dari=0001-01-01", ["membatalkan", "bukan orang", "sasaran", "tugas", "membuat akun"]),
        ("?jenis=dilihat&siapa=lama&wilayah=bakongan&dari=2026-03-10&sampai=2026-03-10", ["tugas"]),
        ("?urut=waktu", ["membuat akun", "tugas", "sasaran", "bukan orang", "membatalkan"]),
    ],
)
def test_log__is_searched(station: Station, admin: FlaskClient, query: str, found: list[str]) -> None:
    happened(station)
    assert [line[2] for line in lines(admin, query)] == [
        next(line for line in (one[2] for one in lines(admin)) if word in line) for word in found
    ]


def test_log__every_kind_has_its_words(station: Station, admin: FlaskClient) -> None:
    by = User("admin@aceh.id", "Nama admin", "admin", "11.01")
    with writing(station.engine) as connection:
        for action in ACTIONS:
            audit_log.note(connection, by, action, "11.01", "x", START)
    for query in ("", "?lang=en"):
        assert len({line[2] for line in lines(admin, query)}) == len(ACTIONS)
    offered = html.document_fromstring(admin.get(LOG).text).xpath("//select[@name='jenis']/option/@value")
    assert offered == ["", *(f"{group}:{kind}" if kind else group for group in KINDS for kind in ("", *KINDS[group]))]


def test_log__pages_do_not_lose_or_repeat_a_line(station: Station, admin: FlaskClient) -> None:
    by = User("admin@aceh.id", "Nama admin", "admin", "11.01")
    with writing(station.engine) as connection:
        for number in range(70):
            at = START + timedelta(minutes=number // 7)
            audit_log.note(connection, by, "exported", "11.01", f"berkas {number}", at)
            access_log.record(connection, VILLAGE, by.email, f"halaman{number}", None, at)
    for order in ("", "&urut=waktu"):
        pages = [lines(admin, f"?halaman={number}{order}") for number in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [50, 50, 40, 0]
        assert len({(line[2], line[3]) for page in pages for line in page}) == 140


def test_log__decisions_of_people_lead_to_them_and_those_of_the_server_are_left_out(published: Station) -> None:
    fill(published)
    admin = browser_of(published, open_account(published, "admin", "11.01", "admin@aceh.id"))
    found = lines(admin, "?jenis=diputuskan")
    assert sorted(line[2] for line in found) == ["memindahkan ke desa lain", "menggabungkan data ganda"]
    page = admin.get(LOG)
    assert not any(name in page.text for name in KNOWN_IN)
    for address in html.document_fromstring(page.text).xpath("//tbody//a/@href"):
        assert admin.get(address).status_code == 200


def test_log__of_a_region_shows_what_its_accounts_changed_elsewhere(station: Station, admin: FlaskClient) -> None:
    by = User("admin@aceh.id", "Nama admin", "admin", "11.01")
    with writing(station.engine) as connection:
        audit_log.note(connection, by, "form-published", "ID", "kunjungan 3", START)
    assert [line[3] for line in lines(admin)] == ["kunjungan 3"]
    assert lines(admin)[0][4] == "Indonesia ID"


def fill_log(station: Station, each: int) -> None:
    """So many changes, views and decisions, spread over two years and ten villages of two districts."""
    villages = [f"{district}.01.200{number}" for district in ("11.01", "12.01") for number in range(5)]
    payload = {"ids": ["e8", "e9"], "seq": 1, "touched": [], "statements": []}
    with writing(station.engine) as connection:
        for start in range(0, each, 5000):
            rows = [(f"{number:09}", number) for number in range(start, min(start + 5000, each))]
            whole = [
                {"id": id_, "at": START - timedelta(minutes=20 * number), "email": f"o{number % 300}@desa.id"}
                | {"region": villages[number % 10], "village_id": villages[number % 10]}
                for id_, number in rows
            ]
            connection.execute(
                insert(actions),
                [{**without(row, "village_id"), "action": "exported", "about": "x"} for row in whole],
            )
            connection.execute(insert(looks), [{**without(row, "region"), "page": "tugas"} for row in whole])
            decided = [
                {"id": row["id"], "village_id": row["region"], "made_at": row["at"], "made_by": row["email"]}
                | {"kind": "different", "payload": payload}
                for row in whole
            ]
            connection.execute(insert(decisions), decided)


def without(row: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    "query", ["", "?halaman=40", "?siapa=o294%40", "?jenis=dilihat&dari=2025-06-01&sampai=2025-06-30"]
)
def test_log__of_a_hundred_thousand_lines_is_quick(filled: Filled, query: str) -> None:
    station = filled(a_hundred_thousand)
    admin = browser_of(station, open_account(station, "admin", "11.01", "admin@aceh.id"))
    assert len(lines(admin, query)) == 50
    best = min(timeit.repeat(lambda: admin.get(LOG + query), number=1, repeat=3))
    assert best < 0.5  # seconds; a tenth of it where nothing else runs


def a_hundred_thousand(station: Station) -> None:
    fill_log(station, 34_000)
