"""A hundred thousand submissions: the first page of the list comes within 100 ms, however it is filtered."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import Date, Insert, Table, func, insert, literal, select, text

from forms.schema import FormSchema
from server.database.answer_tables import form_tables
from server.database.engine import writing
from server.database.tables import instance_ids, phones, regions, submissions, villages
from server.publications import check_versions
from server.publications.shipped import CHECKS
from tests.server.entities.test_lists_of_a_district import YARDSTICK, yardstick
from tests.support.browsing import Person, browsing_on
from tests.support.members import member, open_account
from tests.support.statements import statements_of
from tests.support.station import START, Station
from tests.support.village_forms import publish_shipped

DAYS, A_DAY, VILLAGES = 20, 5000, 250
FIRST_DAY = datetime(2026, 2, 18, tzinfo=UTC)
QUICK = 0.100  # seconds
TRIES = 100  # of which one has to be so quick: the machine does other things as well
BODY = b"<data><tanggal>2026-02-17</tanggal></data>" + b" " * 2500  # as large as a visit is, and of no meaning
FORMS = ("kunjungan_rumah", "kunjungan_rumah", "kunjungan_rumah", "ukur_tinggi", "peta_sosial")
# Ways to ask for the list: a filter of each kind, few and many that fit, none at all.
WAYS = (
    *("", "?urut=diterima", "?urut=desa", "?halaman=3"),
    *(
        f"?keadaan={one}"
        for one in ("karantina", "menunggu", "dikembalikan", "diolah", "diterima", "ditolak", "diganti")
    ),
    *("?formulir=peta_sosial", "?formulir=rapat_triwulan", "?masalah=1", "?foto=1"),
    *("?wilayah=11.01.02", "?wilayah=11.01.02.2007", "?q=Desa+117", "?q=Bu+Ani+42", "?kpm=bu+ani+42"),
    *("?q=uuid:777-7", "?dari=2026-02-20&sampai=2026-02-21", "?q=tidak+ada"),
)


def village_of(number: int) -> str:
    return f"11.01.{1 + number // 50:02}.{2001 + number % 50}"


def rows() -> Iterator[dict[str, Any]]:
    """Those of one day. Of a hundred two are in trouble, one was sent back, two were rejected, five replaced."""
    for number in range(A_DAY):
        village, place = village_of(number % VILLAGES), number % 100
        state = {0: "quarantined", 1: "waiting"}.get(place, "replaced" if place in (7, 8, 9, 10, 11) else "accepted")
        trouble = state in ("quarantined", "waiting")
        yield {
            "village_id": village,
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
            "seq": 1 + number // VILLAGES,
            "received_at": FIRST_DAY + timedelta(seconds=17 * number),
            "phone": f"{number % VILLAGES:064}",
            "body": BODY,
            "instance_id": f"uuid:{number}",
            "form_id": FORMS[number % len(FORMS)],
            "form_version": "1",
            "state": state,
            "problem": "correction" if trouble else None,
            "detail": "salah\nwrong" if trouble else None,
            "expected_files": [],
            "root_instance_id": f"uuid:{number}",
            "arrival": number,
            "review": {5: "has_issues", 7: "rejected", 8: "rejected", 12: "approved"}.get(place),
        }


def answers(schemas: Sequence[FormSchema]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """What was answered on that day, as the answer tables hold it. Of the children of a village a fifth comes each day,
    so that there is a row before; every third weight and length is a round one."""
    held = defaultdict[str, list[dict[str, Any]]](list)
    for row in rows():
        number, seq = row["arrival"], row["seq"]
        child = f"{row['village_id']}-{seq % 12}"
        measure = 8 + number % 70 / 10
        said = {
            "kunjungan_rumah": {"anak": child, "timbang": "ya", "berat_badan": measure},
            "ukur_tinggi": {"anak": child, "posisi": "baring", "usia_hari": 300, "panjang": 60 + measure},
            "peta_sosial": {"lokasi": f"3.{number % 90:04} 97.{number % 70:04} 0 5"},
        }[row["form_id"]]
        if row["state"] == "accepted":
            known = {
                "village_id": row["village_id"],
                "sending_village": row["village_id"],
                "instance_id": row["instance_id"],
                "seq": seq,
                "order_key": f"{seq:038}",
                "tanggal": FIRST_DAY.date(),
                "mulai": "2026-03-01T08:00:00.000+07:00",
                "berakhir": f"2026-03-01T08:0{number % 10}:40.000+07:00",
            }
            held[row["form_id"]].append(known | said)
    return ((form_tables([one]).tables[""], held[one.form_id]) for one in schemas if one.form_id in held)


def answered_on(table: Table, day: int) -> Insert:
    """All answers of the first day once more, on that day after it."""
    made = {
        "instance_id": table.c.instance_id + literal(f"-{day}"),
        "seq": table.c.seq + day * (A_DAY // VILLAGES),
        "tanggal": literal(FIRST_DAY.date() + timedelta(days=day), Date),
    }
    columns = [made.get(column.key, column) for column in table.c]
    one_day = select(*columns).where(table.c.seq <= A_DAY // VILLAGES)
    return insert(table).from_select([column.key for column in table.c], one_day)


def same_on(day: int) -> Insert:
    """All submissions of the first day once more, on that day after it: the database makes them of what it has."""
    made = {
        "sha256": literal(f"x{day:02}") + func.substr(submissions.c.sha256, 4),
        "seq": submissions.c.seq + day * (A_DAY // VILLAGES),
        "received_at": literal(str(FIRST_DAY.date() + timedelta(days=day)))
        + func.substr(submissions.c.received_at, 11),
        "instance_id": submissions.c.instance_id + literal(f"-{day}"),
        "root_instance_id": submissions.c.root_instance_id + literal(f"-{day}"),
        "arrival": submissions.c.arrival + day * A_DAY,
    }
    columns = [made.get(column.key, column) for column in submissions.c]
    one_day = select(*columns).where(submissions.c.arrival < A_DAY)
    return insert(submissions).from_select([column.key for column in submissions.c], one_day)


def fill(station: Station) -> None:
    publish_shipped(station)
    with writing(station.engine) as connection:
        check_versions.publish(connection, CHECKS.read_bytes(), START)
    everywhere = [village_of(number) for number in range(VILLAGES)]
    with writing(station.engine) as connection:
        there = set(connection.execute(select(regions.c.code)).scalars())
        codes = {*everywhere, *(code.rpartition(".")[0] for code in everywhere)} - there
        names = [{"code": code, "name": f"Desa {place}"} for place, code in enumerate(sorted(codes))]
        connection.execute(insert(regions), names)
        known = [
            {"token_sha256": f"{place:064}", "village_id": code, "name": f"Bu Ani {place}", "created_at": START}
            for place, code in enumerate(everywhere)
        ]
        connection.execute(insert(phones), known)
        unmarked = [{"village_id": code, "seq": DAYS * A_DAY, "unmarked_since": date.min} for code in everywhere]
        connection.execute(insert(villages), unmarked)
        connection.execute(insert(submissions), list(rows()))
        tables = []
        for table, said in answers(station.backend.cache.schemas(connection)):
            connection.execute(insert(table), said)
            tables.append(table)
        for day in range(1, DAYS):
            connection.execute(same_on(day))
            for table in tables:
                connection.execute(answered_on(table, day))
        ids = ("instance_id", "village_id", "sha256")
        connection.execute(insert(instance_ids).from_select(ids, select(*(submissions.c[name] for name in ids))))
    if station.engine.dialect.name == "postgresql":  # as it does by itself within a minute
        with station.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def tried(client: FlaskClient, path: str) -> float:
    """The shortest time that the page took until it was quick, as on an idle machine of the kind that docs/figures.md
    speaks of: how fast this one is just now, a yardstick says that is held against each try."""
    took = list[float]()
    while not took or (min(took) >= QUICK and len(took) < TRIES):
        begun = perf_counter()
        assert client.get(path).status_code == 200
        took.append((perf_counter() - begun) / max(1.0, yardstick() / YARDSTICK))
    return min(took)


def test_the_first_page_comes_within_100_ms(station: Station, chromium_of_run: Browser) -> None:
    admin = member(station, "admin", "11.01")
    fill(station)
    slow = {}
    for way in WAYS:
        path = f"/admin/kiriman{way}"
        took = tried(admin, path)
        print(f"{station.engine.dialect.name} {took * 1000:6.1f} ms {way}")  # figures, seen with -s
        if took >= QUICK:
            slow[way] = took
    assert slow == {}
    assert station.rows("quality_marks")
    with statements_of(station.engine) as many:
        admin.get("/admin/kiriman")
    with statements_of(station.engine) as few:
        admin.get("/admin/kiriman?wilayah=11.01.02.2007")
    assert len(many) <= len(few)
    with browsing_on(chromium_of_run, station.app) as browsing:
        turn_pages(browsing.person(open_account(station, "admin", "11.01.02").email))


def turn_pages(admin: Person) -> None:
    """From the newest of them to the next ones, and to the oldest."""
    page = admin.open("/admin/kiriman")
    newest = page.locator("tbody tr").first.inner_text()
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Berikutnya").click()
    assert page.locator(".turning b").inner_text() == "Halaman 2"
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Diterima, urutkan sebaliknya").click()
    assert page.locator("tbody tr").count() == 50
    oldest = page.locator("tbody tr").first.inner_text()
    assert ("10 Mar 2026" in newest, "18 Feb 2026" in oldest) == (True, True), (newest, oldest)
