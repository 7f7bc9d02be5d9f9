"""What the database is asked for a page of a village: how much, nothing twice, and nothing that asks all villages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from server.database.engine import writing
from tests.server.conftest import Filled, Open
from tests.server.pages.test_people_pages import ALI, ALY, BUDI, HOME, NIA, PAGES, SITI, two_villages
from tests.support.deciding import merge, move
from tests.support.members import member
from tests.support.narrowed import base_name, narrowed_tables, selects, tables_of
from tests.support.papers import papers_as_pages
from tests.support.small_forms import new_id
from tests.support.statements import MOVES_ROWS, built_for, sent_to, statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened
from tests.support.village_forms import mapped, measured, publish_shipped, visited

# Statements for the page of a card that is up to date: with the look-up of who asks and whether something waits in the
# inbox, and on SQLite with each beginning of a transaction.
MOST_OF_A_CARD = 12
# More where it names people: who they are, and that somebody saw it, in a transaction of its own.
OF_NAMES = 3
VIEWERS = ("visitor", "village_head", "kpm")
ROLES = {"village_head": VILLAGE, "kpm": VILLAGE, "subdistrict": "11.01.01", "district": "11.01", "admin": "11.01"}
# Every page of a village, beside those of test_people_pages.
OF_VILLAGE = (
    *(HOME + end for end in ("/2025-Q4/rapat.pdf", "/2025/rembuk.pdf", "/2025-Q4/rapat-nama.pdf")),
    HOME + "/2025/rembuk-nama.pdf",
    *(HOME + end for end in ("/2025-Q4/poster.pdf", "/2025-Q4/berkas.html", "/2025-Q4/berkas-nama.html")),
    *(
        HOME + end
        for end in ("", ".json", "/2025-Q4", "/2025-Q4.json", "/2025-Q4/gambar.png", "/formulir-1", "/formulir-1.json")
    ),
    *(HOME + end for end in ("/2025-Q4/formulir-4", "/2025-Q4.pdf", "/2025-Q4/tanda-tangan")),
    *(f"{HOME}/2025-Q4/formulir-3{end}" for end in ("a", "b", "a.pdf", "b.pdf")),
    *(f"{HOME}/2025-Q4{end}" for end in (".xlsx", "/formulir.xlsx")),
    *(
        HOME + end
        for end in ("/kpm", "/kpm/2025-Q4", "/tugas", "/tugas/cetak", "/dilihat", "/kiriman", "/foto", "/peta")
    ),
    f"{HOME}/2026-Q1/dusun",
    *(
        f"{HOME}/2026-Q1/angka/{end}"
        for end in ("a2", "ih3", "tingkat-desa", "rumah-lengkap", "tikar-anak", "anak-gizi", "dana-desa")
    ),
    *(f"{HOME}/2026-Q1/angka/{name}/{ALI}" for name in ("a2", "a6", "tikar-anak", "tidak-dipantau", "tingkat-anak")),
    *(f"{HOME}/sasaran/{ALI}/gabung", f"{HOME}/sasaran/{NIA}"),
    *(HOME + end for end in ("/janji", "/janji/keluarga", "/janji/usulan", "/janji/usulan/keluarga")),
    "/wilayah/11.01.01/janji",
)
# Read again by the pages of one correction and of one submission, as server/submissions looks up what came first for
# each question by itself, by the KPM's page, which asks for the village's card as everybody does, and by forms in the
# browser, which read each list as a phone does.
ASKED_AGAIN = {
    ("corrections.one_root", "instance_ids"),
    ("desk_submission.one", "instance_ids"),
    *((page, table) for page in ("web_entry.fill", "web_entry.correct") for table in ("form_versions", "submissions")),
    ("kpm.record", "regions"),
    ("kpm.record", "indicator_versions"),
}
# Asks for one file, by its key; nobody has sent one here.
OF_FILES = {"desk_photos.file"}
# Is there for a quarter that is over alone, and there is none here: see test_signing.py.
OF_PAST = {"signing.page"}
# Small, and on every node of a distributed database, or not distributed by village and asked by their own keys.
EVERYWHERE = {
    "regions",
    "users",
    "phones",
    "phone_forms",
    "form_versions",
    "form_media",
    "indicator_versions",
    "rule_cards",
}
BEGINS = re.compile("BEGIN")


def with_decisions(station: Station) -> None:
    """The same two villages; Aly was merged into Ali, Siti has moved away, and both were visited and measured."""
    two_villages(station)
    merge(station, ALY, ALI)
    station.send(visited(SITI, day="2026-03-01", of="ibu_hamil"))
    station.send(measured(ALI, day="2026-03-02"))
    move(station, VILLAGE, OTHER_VILLAGE, SITI)


@pytest.fixture
def village(filled: Filled) -> Station:
    return filled(two_villages)


@pytest.fixture
def decided(filled: Filled) -> Iterator[Station]:
    with papers_as_pages():  # what the database is asked for does not depend on that
        yield filled(with_decisions)


def of_submissions(station: Station) -> list[str]:
    """The pages of one that corrects another, and of one by itself; of filling forms in, and of phones."""
    rows = station.rows("submissions", village_id=VILLAGE)
    corrected = next(row["sha256"] for row in rows if row["deprecated_id"])
    of_one = [f"{HOME}/kiriman/{sha256}{end}" for sha256 in (corrected, rows[0]["sha256"]) for end in ("", "/xml")]
    filled_in = [f"{HOME}/isi", f"{HOME}/isi/peta_sosial", f"{HOME}/kiriman/{rows[0]['sha256']}/perbaiki"]
    number = station.rows("phones", village_id=VILLAGE)[0]["token_sha256"][:12]
    of_phones = [f"/admin/hp/{VILLAGE}", f"/admin/hp/{VILLAGE}/{number}", f"/admin/wilayah/{VILLAGE}"]
    return [*of_one, *filled_in, *of_phones]


def browser(station: Station, role: str) -> FlaskClient:
    return station.app.test_client() if role == "visitor" else member(station, role)


def browsers(station: Station) -> Iterator[FlaskClient]:
    yield station.app.test_client()
    yield from (member(station, role, region) for role, region in ROLES.items())


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("path", [HOME, f"{HOME}.json", f"{HOME}/2026-Q1", f"{HOME}/2025-Q4.json"])
def test_a_fresh_card_takes_few_statements(village: Station, viewer: str, path: str) -> None:
    client = browser(village, viewer)
    village.clock.forward(days=90)  # so that there are cards of two quarters, and the page shows both
    first = client.get(path)
    assert first.status_code == 200
    with statements_of(village.engine) as found:
        again = client.get(path)
    assert again.data == first.data
    assert len(found) <= MOST_OF_A_CARD, found


@pytest.mark.parametrize("end", ["", ".json"])
def test_a_fresh_card_takes_few_statements__where_only_members_see_it(open_station: Open, end: str) -> None:
    station = open_station(PUBLIC_SCORECARDS="off")
    publish_shipped(station)
    station.send(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    client = member(station)
    assert client.get(HOME + end).status_code == 200
    with statements_of(station.engine) as found:
        client.get(HOME + end)
    assert len(found) <= MOST_OF_A_CARD + (0 if end else OF_NAMES), found


def test_a_fresh_card_takes_few_statements__where_the_quarter_before_was_counted_by_other_rules(
    village: Station,
) -> None:
    village.clock.forward(days=90)
    village.client.get(HOME)
    newer = (
        "INSERT INTO indicator_versions (number, workbook, sha256, published_at, reason) "
        "SELECT 2, workbook, 'x', published_at, 'Sebuah alasan' FROM indicator_versions"
    )
    with writing(village.engine) as connection:
        connection.execute(text(newer))
    village.client.get(HOME)
    assert {row["rules"] for row in village.rows("cards", village_id=VILLAGE)} == {1, 2}
    with statements_of(village.engine) as found:
        page = village.client.get(HOME)
    assert "alasan: Sebuah alasan" in page.text
    assert len(found) <= MOST_OF_A_CARD, found


def test_servers_of_one_database_show_what_another_one_took(village: Station, tmp_path: Path) -> None:
    other = opened(village.url, tmp_path, village.tokens)

    def children(station: Station) -> int:
        found: int = station.client.get(f"{HOME}.json").json["table1"]["children"]["total"]
        return found

    assert [children(one) for one in (village, other)] == [2, 2]
    other.send(mapped(new_id(), children=[(new_id(), {"nama": "Nur"})]))
    assert [children(one) for one in (village, other)] == [3, 3]
    village.keep(mapped(new_id(), children=[(new_id(), {"nama": "Umi"})]))
    assert [children(one) for one in (other, village)] == [4, 4]
    other.engine.dispose()


@pytest.mark.parametrize("path", ["/sasaran", *(f"/sasaran/{id_}" for id_ in (ALI, SITI, BUDI))])
def test_a_page_of_people_loads_the_register_once(decided: Station, path: str) -> None:
    client = member(decided)
    with sent_to(decided.engine) as found:
        assert client.get(HOME + path).status_code == 200
    registers = [one.sql for one in found if "entities.set_by" in one.sql]
    assert len(registers) == 1, registers


def test_no_page_of_a_village_asks_the_same_twice(decided: Station) -> None:
    endpoints = set()
    *others, admin = browsers(decided)
    pages = (*OF_VILLAGE, *PAGES, *of_submissions(decided))
    for path in pages:
        admin.get(path)  # whatever is counted, is counted now, whoever asks for it
    for client in (admin, *others):
        for path in pages:
            with sent_to(decided.engine) as found:
                answer = client.get(path)
            endpoint = _endpoint(decided, path)
            endpoints |= {endpoint} if answer.status_code == 200 else set()
            again = [one.sql for one, times in Counter(found).items() if times > 1 and not BEGINS.match(one.sql)]
            assert [one for one in again if not _may_ask_again(endpoint, one)] == [], path
    of_regions = {"promises.late"}
    assert endpoints - of_regions == _pages_of_villages(decided) - OF_FILES - OF_PAST


def _endpoint(station: Station, path: str) -> str:
    endpoint, _ = station.app.url_map.bind("localhost").match(path.partition("?")[0])
    return str(endpoint)


def _may_ask_again(endpoint: str, sql: str) -> bool:
    return any(endpoint == page and f"FROM {table}" in sql for page, table in ASKED_AGAIN)


def _pages_of_villages(station: Station) -> set[str]:
    """The endpoints of all pages with a village in their address; those of regions are in test_areas.py."""
    rules = [rule for rule in station.app.url_map.iter_rules() if not rule.rule.startswith("/wilayah/")]
    return {rule.endpoint for rule in rules if "code" in rule.arguments and "GET" in (rule.methods or ())}


def test_no_statement_about_a_village_asks_all_villages(decided: Station) -> None:
    clients = list(browsers(decided))
    decided.send(visited(ALI, day="2026-03-03"))
    submitted = of_submissions(decided)
    with built_for(decided.engine) as built, statements_of(decided.engine) as sent:
        for client in clients:
            for path in (*OF_VILLAGE, *PAGES, *submitted):
                client.get(path)
    strays = {
        (name, *(column.key for column in query.selected_columns))
        for statement in built
        if len(tables_of(statement)) > 1
        for query in selects(statement)
        for name, narrowed in narrowed_tables(query)
        if not narrowed and name not in EVERYWHERE and not name.startswith("pg_")
    }
    assert strays == set()
    assert [names for names in map(_names, built) if "instance_ids" in names and len(names) > 1] == []
    assert any("INSERT INTO recap_anak" in sql for sql in sent), "a card was counted meanwhile"
    assert [sql for sql in sent if MOVES_ROWS.match(sql)] == []


def _names(statement: object) -> set[str]:
    return {base_name(table) for table in tables_of(statement)}
