"""What phones download: the form list, forms, manifests, look-up files and entity lists, and when they are new."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine, event, text, update
from sqlalchemy.exc import SQLAlchemyError

from forms.submission import Envelope, read_envelope
from server.database.engine import writing
from server.database.tables import phones
from server.openrosa import routes
from server.phones import phone_doors
from server.submissions.quarantine import replay
from tests.server.conftest import Open
from tests.support.phone_http import message_of
from tests.support.replies import COMPLETE, said
from tests.support.served import serving
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station, opened, prepared

ALI = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a01"
BUDI = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a02"
SITI = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a03"
TIMBANG = """
# survey
| type                              | name     | label    |
| date                              | tanggal  | Tanggal  |
| select_one_from_file posyandu.csv | posyandu | Posyandu |
# settings
| form_title  | form_id | version |
| Timbang     | timbang | 1       |
"""
IBU = """
# survey
| type | name    | label   | save_to |
| date | tanggal | Tanggal |         |
| date | hpl     | HPL     | hpl     |
# entities
| list_name | label |
| ibu_hamil | Siti  |
# settings
| form_title | form_id | version |
| Ibu        | ibu     | 1       |
"""
POSYANDU = b"name,label\nmawar,Mawar\nmelati,Melati\n"
HEADER = "name,label,__version,nama,tanggal_lahir,status_gizi,status,prioritas,perlu\n"


def publish_all(station: Station, folder: Path, posyandu: bytes = POSYANDU) -> None:
    (folder / "posyandu.csv").write_bytes(posyandu)
    for form in (DAFTAR, KUNJUNGAN, TIMBANG, IBU):
        station.publish(form, folder)


# For what no database can change.
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def village(station: Station, tmp_path: Path) -> Station:
    """The server with its forms, on each kind of database, or where a test says so on SQLite alone."""
    publish_all(station, tmp_path)
    return station


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """The same on SQLite before anybody is registered, for tests that only ask."""
    folder = tmp_path_factory.mktemp("baru")
    url = f"sqlite:///{folder}/uji.db"
    station = opened(url, folder, prepared(url))
    publish_all(station, folder)
    yield station
    assert station.rows("submissions") == []
    station.engine.dispose()


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def document(content: bytes, namespace: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The items of an OpenRosa document: (attributes, texts by name) of each; all are in the namespace."""
    root: Any = etree.fromstring(content)
    assert {etree.QName(element).namespace for element in root.iter()} == {namespace}
    return [(dict(item.attrib), {etree.QName(part).localname: part.text for part in item}) for item in root]


def listed(station: Station, query: str = "", village: str = VILLAGE) -> dict[str, dict[str, str]]:
    answer = station.get(f"formList{query}", village)
    assert (answer.status_code, answer.headers["X-OpenRosa-Version"]) == (200, "1.0")
    assert answer.content_type == "text/xml; charset=utf-8"
    items = document(answer.data, "http://openrosa.org/xforms/xformsList")
    return {form["formID"]: form for _, form in items}


def manifest(
    station: Station, form_id: str, village: str = VILLAGE
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    answer = station.get(f"forms/{form_id}/1/manifest", village)
    assert (answer.status_code, answer.headers["X-OpenRosa-Version"]) == (200, "1.0")
    assert answer.content_type == "text/xml; charset=utf-8"
    items = document(answer.data, "http://openrosa.org/xforms/xformsManifest")
    return {file["filename"]: (attributes, file) for attributes, file in items}


def list_hash(station: Station, village: str = VILLAGE) -> str:
    return manifest(station, "kunjungan", village)["anak.csv"][1]["hash"]


def rows(station: Station, name: str = "anak", village: str = VILLAGE) -> dict[str, dict[str, str]]:
    """The rows of an entity list by id."""
    answer = station.get(f"lists/{name}.csv", village)
    assert answer.status_code == 200
    return {row["name"]: row for row in csv.DictReader(io.StringIO(answer.text))}


def test_form_list__every_form_in_full_with_the_hash_of_what_is_served(new: Station) -> None:
    forms = listed(new)
    assert sorted(forms) == ["daftar", "ibu", "kunjungan", "timbang"]
    for form_id, form in forms.items():
        xml = new.fetch(form["downloadUrl"])
        assert (xml.status_code, xml.content_type) == (200, "text/xml; charset=utf-8")
        assert form["hash"] == md5(xml.data)
        assert f'id="{form_id}"'.encode() in xml.data
        assert form["version"] == "1"
        assert all(form.values())
    assert forms["daftar"]["name"] == "Pendaftaran balita"


def test_form_list__a_manifest_only_where_there_is_media(new: Station) -> None:
    assert {form_id for form_id, form in listed(new).items() if "manifestUrl" in form} == {"kunjungan", "timbang"}
    assert manifest(new, "daftar") == {}


def test_form_list__of_one_form(new: Station) -> None:
    assert listed(new, "?formID=kunjungan") == {"kunjungan": listed(new)["kunjungan"]}
    assert listed(new, "?formID=posyandu") == {}


@on_sqlite
def test_form_list__shows_the_newest_version_and_older_ones_stay_as_they_were(village: Station) -> None:
    old = listed(village)["daftar"]
    village.publish(DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 "))
    new = listed(village)["daftar"]
    assert (old["version"], new["version"]) == ("1", "2")
    assert old["hash"] != new["hash"]
    assert md5(village.fetch(old["downloadUrl"]).data) == old["hash"]
    assert md5(village.fetch(new["downloadUrl"]).data) == new["hash"]


def test_form_list__after_another_process_has_published(open_station: Open) -> None:
    one, other = open_station(), open_station()
    one.publish(DAFTAR)
    assert listed(other) == listed(one)
    one.publish(DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 "))
    assert listed(other)["daftar"]["version"] == "2"
    assert other.send(daftar(ALI, version="2")) == COMPLETE
    assert other.one("submissions")["state"] == "accepted"


@pytest.mark.parametrize(
    "page", ["formList", "forms/daftar/1/form.xml", "forms/kunjungan/1/manifest", "lists/anak.csv"]
)
def test_what_has_not_changed_is_not_sent_again(new: Station, page: str) -> None:
    first = new.get(page)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    assert first.headers["Content-Length"] == str(len(first.data))
    again = new.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    changed = new.get(page, headers={"If-None-Match": '"lain"'})
    assert (changed.status_code, changed.data) == (200, first.data)


@pytest.mark.parametrize("page", ["formList", "forms/daftar/1/form.xml", "forms/kunjungan/1/manifest"])
def test_a_sync_with_nothing_new_has_no_needless_headers(new: Station, page: str) -> None:
    first = new.get(page)
    again = new.get(page, headers={"If-None-Match": first.headers["ETag"]})
    safe = "X-Content-Type-Options"  # every answer has it
    assert set(again.headers.keys()) == {"Date", "ETag", "Cache-Control", "X-OpenRosa-Version", safe}
    assert len(again.headers["ETag"]) == 14
    assert "X-OpenRosa-Accept-Content-Length" not in first.headers


def test_over_the_line__nothing_is_added_that_tells_a_phone_nothing(new: Station, tmp_path: Path) -> None:
    page, names = "forms/daftar/1/form.xml", []
    with serving(new.url, tmp_path, WORKERS="1") as served:
        connection = served.connect()
        for headers in ({}, {"If-None-Match": new.get(page).headers["ETag"]}, {"Connection": "close"}):
            connection.request("GET", new.path(page), headers=headers)
            answer = connection.getresponse()
            answer.read()
            ours = {"X-OpenRosa-Version", "X-Content-Type-Options", "Cache-Control", "ETag"}
            names.append({name for name, _ in answer.getheaders()} - ours)
        connection.close()
    whole = {"Date", "Content-Type", "Content-Length"}
    assert names == [whole, {"Date"}, whole | {"Connection"}]


def test_manifest__an_entity_list_says_so_and_where_to_ask_for_the_deleted(new: Station) -> None:
    (attributes, file) = manifest(new, "kunjungan")["anak.csv"]
    assert attributes == {"type": "entityList"}
    assert set(file) == {"filename", "hash", "downloadUrl", "integrityUrl"}
    assert new.fetch(file["downloadUrl"]).text == HEADER
    assert new.fetch(file["integrityUrl"]).status_code == 200


@on_sqlite
def test_manifest__a_look_up_file_with_the_hash_of_what_is_served(village: Station, tmp_path: Path) -> None:
    attributes, file = manifest(village, "timbang")["posyandu.csv"]
    assert (attributes, set(file)) == ({}, {"filename", "hash", "downloadUrl"})
    assert village.fetch(file["downloadUrl"]).data == POSYANDU
    assert file["hash"] == md5(POSYANDU)
    larger = POSYANDU + b"anggrek,Anggrek\n"
    publish_all(village, tmp_path, larger)
    assert manifest(village, "timbang")["posyandu.csv"][1]["hash"] == md5(larger)
    assert village.fetch(file["downloadUrl"]).data == larger


def test_list__nobody_on_it_is_the_header_alone(new: Station) -> None:
    answer = new.get("lists/anak.csv")
    assert (answer.status_code, answer.text) == (200, HEADER)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(HEADER))


def test_list__each_row_has_what_collect_needs(village: Station) -> None:
    village.send(daftar(ALI, BUDI, nama='Nur "Ali", anak\nkedua; 👶'))
    answer = village.get("lists/anak.csv")
    assert answer.headers["Content-Length"] == str(len(answer.data))
    for id_, row in rows(village).items():
        assert id_ in (ALI, BUDI)
        assert row["nama"] == 'Nur "Ali", anak\nkedua; 👶'
        assert row["label"].endswith(row["nama"])
        assert int(row["__version"]) > 0
        assert None not in row.values()
    assert len(rows(village)) == 2


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that the block runs."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def reads_register(seen: list[str]) -> bool:
    return any("entities" in statement.lower() for statement in seen)


def test_list__unchanged_is_answered_without_reading_the_register(village: Station) -> None:
    village.send(daftar(ALI, BUDI))
    with statements(village.engine) as whole:
        etag = village.get("lists/anak.csv").headers["ETag"]
    assert reads_register(whole)
    with statements(village.engine) as nothing_new:
        for page in ("formList", "forms/daftar/1/form.xml", "forms/kunjungan/1/manifest"):
            assert village.get(page).status_code == 200
        assert village.get("lists/anak.csv", headers={"If-None-Match": etag}).status_code == 304
    assert len(nothing_new) < 30
    assert not reads_register(nothing_new)


def test_list__hash_changes_exactly_when_this_villages_list_does(village: Station) -> None:
    seen: list[tuple[str, bytes]] = []

    def changed() -> bool:
        """Whether the hash is another than the last time, which must be so exactly where the list is."""
        found = list_hash(village), village.get("lists/anak.csv").data
        assert village.get("lists/anak.csv").headers["ETag"] == f'"{found[0].removeprefix("md5:")}"'
        seen.append(found)
        (hash_before, list_before), (hash_now, list_now) = seen[-2:]
        assert (hash_now != hash_before) == (list_now != list_before)
        return hash_now != hash_before

    seen.append((list_hash(village), village.get("lists/anak.csv").data))
    registration, visit = daftar(ALI, BUDI), kunjungan(ALI, "<masih_kurang>imunisasi</masih_kurang>")
    village.send(registration)
    assert changed()
    village.send(registration)
    assert not changed()
    village.send(daftar(new_id()), village=OTHER_VILLAGE)
    assert not changed()
    village.send(visit, village=OTHER_VILLAGE)
    assert not changed()
    village.send(visit.replace("uuid:", "uuid:lain-"))
    assert changed()
    village.send(daftar(day="2026-03-10"))
    assert not changed()
    village.send(daftar(new_id(), version="99"))
    assert not changed()
    village.post("rusak")
    assert not changed()
    village.send(mother(SITI, "2026-06-01"))
    assert not changed()
    village.send(kunjungan(BUDI, "<status_gizi>kurang</status_gizi>", label="Budi Santoso"))
    assert changed()
    village.clock.forward(days=20)
    assert not changed()
    village.clock.forward(days=2)
    assert changed()
    assert len({hash_ for hash_, _ in seen}) == 5


def test_list__hashes_of_two_villages_differ_even_where_their_lists_do_not(new: Station) -> None:
    assert new.get("lists/anak.csv").data == new.get("lists/anak.csv", OTHER_VILLAGE).data
    assert list_hash(new) != list_hash(new, OTHER_VILLAGE)


@on_sqlite
def test_list__hash_changes_when_a_new_form_version_adds_a_property(village: Station) -> None:
    before = list_hash(village)
    added = "| text | golongan | Golongan darah | golongan |\n"
    village.publish(
        DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 ").replace("| end_repeat", added + "| end_repeat", 1)
    )
    assert list_hash(village) != before
    assert village.get("lists/anak.csv").text.splitlines()[0].split(",")[3:] == [
        *("nama", "tanggal_lahir", "status_gizi", "golongan", "status", "prioritas", "perlu")
    ]


def mother(id_: str, due: str, day: str = "2026-01-05") -> str:
    entity = f'<entity dataset="ibu_hamil" id="{id_}" create="1"><label>Siti</label></entity>'
    return submission("ibu", f"<tanggal>{day}</tanggal><hpl>{due}</hpl>", in_meta=entity)


def test_list__version_grows_whenever_a_row_changes(village: Station) -> None:
    """Without that no phone ever takes the change over: it skips rows of a version that it has."""
    before: dict[str, dict[str, str]] = {}
    priorities: list[str] = []

    def see() -> None:
        """Holds what phones hold now against what they held, on both lists."""
        nonlocal before
        now = rows(village) | rows(village, "ibu_hamil")
        for id_, row in now.items():
            old = before.get(id_, row)
            assert int(row["__version"]) >= int(old["__version"])
            assert (row == old) or int(row["__version"]) > int(old["__version"])
        before = now
        priorities.append("".join(now[id_]["prioritas"] for id_ in (ALI, BUDI, SITI) if id_ in now))

    def moment(year: int, month: int, day: int) -> None:
        village.clock.now = datetime(year, month, day, 2, tzinfo=UTC)
        see()

    village.send(daftar(ALI, BUDI))
    village.send(mother(SITI, "2026-06-01"))
    see()
    village.send(kunjungan(ALI, "<masih_kurang>imunisasi</masih_kurang>"))
    see()
    moment(2026, 3, 31)
    moment(2026, 4, 1)
    village.send(kunjungan(BUDI, "<status_gizi>buruk</status_gizi>", day="2026-04-01", label="Budi S."))
    see()
    village.send(kunjungan(ALI, day="2026-03-20"))
    see()
    moment(2026, 5, 1)
    village.send(kunjungan(BUDI, day="2026-05-01", label="Budi S."))
    see()
    moment(2026, 12, 31)
    moment(2027, 1, 1)
    moment(2027, 7, 1)
    assert priorities == ["444", "544", "544", "444", "414", "414", "414", "414", "41", "41", "77"]


@on_sqlite
def test_list__turns_the_month_by_the_villages_clock(open_station: Open) -> None:
    jakarta, jayapura = open_station(), open_station(TIMEZONE="Asia/Jayapura")
    for form in (DAFTAR, KUNJUNGAN):
        jakarta.publish(form)
    jakarta.send(daftar(ALI))
    for station in (jakarta, jayapura):
        station.clock.now = datetime(2026, 3, 31, 16, tzinfo=UTC)  # 23:00 in Jakarta, 01:00 on 1 April in Jayapura
    assert list_hash(jakarta) != list_hash(jayapura)
    assert int(rows(jakarta)[ALI]["__version"]) < int(rows(jayapura)[ALI]["__version"])
    jakarta.clock.forward(hours=2)
    assert list_hash(jakarta) == list_hash(jayapura)


def deleted(station: Station, name: str, *ids: str, village: str = VILLAGE) -> dict[str, str]:
    answer = station.get(f"lists/{name}/integrity?id={','.join(ids)}", village)
    assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    root: Any = etree.fromstring(answer.data)
    assert (root.tag, [child.tag for child in root]) == ("data", ["entities"])
    return {entity.get("id"): entity.findtext("deleted") for entity in root[0]}


def test_integrity__only_who_has_left_for_good_is_deleted(village: Station) -> None:
    unknown, long_ago, lately = new_id(), new_id(), new_id()
    village.send(daftar(ALI, BUDI))
    village.send(kunjungan(BUDI, "<status>pindah</status>"))
    village.send(mother(long_ago, "2025-10-01"))
    village.send(mother(lately, "2026-01-15"))
    assert deleted(village, "anak", ALI, BUDI, unknown) == {ALI: "false", BUDI: "true", unknown: "false"}
    assert deleted(village, "ibu_hamil", long_ago, lately, unknown) == {
        long_ago: "true",
        lately: "false",
        unknown: "false",
    }
    assert set(rows(village)) == {ALI}
    assert set(rows(village, "ibu_hamil")) == {lately}


@on_sqlite
def test_integrity__of_other_lists_and_villages_is_not_known_here(village: Station) -> None:
    village.send(daftar(BUDI))
    village.send(kunjungan(BUDI, "<status>pindah</status>"))
    assert deleted(village, "anak", BUDI) == {BUDI: "true"}
    assert deleted(village, "ibu_hamil", BUDI) == {BUDI: "false"}
    assert deleted(village, "anak", BUDI, village=OTHER_VILLAGE) == {BUDI: "false"}


def test_integrity__as_many_ids_as_fit_a_phones_address(new: Station) -> None:
    ids = [new_id() for _ in range(200)]
    assert deleted(new, "anak", *ids) == dict.fromkeys(ids, "false")


def test_integrity__asked_for_nobody(new: Station) -> None:
    assert deleted(new, "anak") == {}
    assert deleted(new, "anak", "", "") == {}


@on_sqlite
def test_head__announces_how_much_is_taken(open_station: Open) -> None:
    station = open_station(MAX_UPLOAD_MB="7")
    answer = station.client.head(station.path("submission"))
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == str(7 * 1024 * 1024)
    refused = station.post("rusak")
    assert refused.headers["X-OpenRosa-Accept-Content-Length"] == str(7 * 1024 * 1024)


@on_sqlite
def test_other_village__sees_nothing_of_this_one(village: Station) -> None:
    village.send(daftar(ALI, nama="Ali dari Sukamaju"))
    there, here = village.tokens[OTHER_VILLAGE], village.tokens[VILLAGE]
    forms = listed(village, village=OTHER_VILLAGE)
    assert sorted(forms) == sorted(listed(village))
    addresses = [form[name] for form in forms.values() for name in ("downloadUrl", "manifestUrl") if name in form] + [
        file[name]
        for _, file in manifest(village, "kunjungan", OTHER_VILLAGE).values()
        for name in ("downloadUrl", "integrityUrl")
    ]
    assert len(addresses) == 8
    for address in addresses:
        answer = village.fetch(address)
        assert answer.status_code == 200
        assert f"/v1/key/{there}/" in address
        for secret in (ALI, "Sukamaju", here):
            assert secret not in answer.text
    assert village.get("lists/anak.csv", OTHER_VILLAGE).text == HEADER


def test_other_village__cannot_change_this_ones_list(village: Station) -> None:
    village.send(daftar(ALI))
    before = village.get("lists/anak.csv").data
    village.send(kunjungan(ALI, "<status>pindah</status>", label="Bukan Ali"), village=OTHER_VILLAGE)
    assert village.get("lists/anak.csv").data == before
    assert village.get("lists/anak.csv", OTHER_VILLAGE).text == HEADER


@on_sqlite
def test_a_phone_that_is_forgotten_while_it_sends(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread makes room for other phones' tokens."""

    def meanwhile(body: bytes) -> Envelope:
        monkeypatch.setattr(phone_doors, "MOST", 0)
        village.backend.doors.phone_of(village.engine, village.tokens[OTHER_VILLAGE], village.clock())
        return read_envelope(body)

    monkeypatch.setattr(routes, "read_envelope", meanwhile)
    village.send(daftar(ALI))
    assert village.one("phones", village_id=VILLAGE)["seen_at"] == "2026-03-10T02:30:00.000000+00:00"


@on_sqlite
def test_revoked_phone__is_told_to_ask_for_a_new_code(village: Station) -> None:
    village.send(daftar(ALI))
    with writing(village.engine) as connection:
        connection.execute(update(phones).where(phones.c.village_id == VILLAGE).values(revoked_at=START))
    village.clock.forward(seconds=5)  # for so long a token is remembered
    for page in ("formList", "forms/daftar/1/form.xml", "lists/anak.csv", f"lists/anak/integrity?id={ALI}"):
        assert "Minta kode QR baru kepada admin" in said(village.get(page), 403)
    assert "Minta kode QR baru kepada admin" in said(village.post(daftar(BUDI)), 403)
    assert village.client.head(village.path("submission")).status_code == 403
    assert len(village.rows("submissions")) == 1
    assert listed(village, village=OTHER_VILLAGE)


@pytest.mark.parametrize("page", ["formList", "forms/daftar/1/form.xml", "lists/anak.csv"])
@on_sqlite
def test_squeezed_answers_hold_the_same_bytes(village: Station, page: str) -> None:
    village.send(daftar(*(new_id() for _ in range(20))))
    whole = village.get(page)
    squeezed = village.get(page, headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in whole.headers
    assert gzip.decompress(squeezed.data) == whole.data
    assert squeezed.headers["Content-Length"] == str(len(squeezed.data))
    assert len(squeezed.data) < len(whole.data) / 2
    # Nobody else may keep these answers: nobody has to be told that they differ.
    assert squeezed.headers["Cache-Control"] == whole.headers["Cache-Control"] == "private, no-cache"
    for headers in ({"Accept-Encoding": "gzip"}, {}):
        again = village.get(page, headers={**headers, "If-None-Match": squeezed.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    refused = village.get(page, headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.data == whole.data


TROUBLE = "Server sedang terganggu. Isian aman di HP; kirim lagi nanti."


@contextmanager
def without_table(engine: Engine, name: str) -> Iterator[None]:
    """A database that is broken for a while."""
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO hilang"))
    yield
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE hilang RENAME TO {name}"))


# Tables, and the pages that cannot be without them.
NEEDED = {
    "phones": ["formList", "lists/anak.csv", "forms/daftar/1/form.xml"],
    "form_versions": ["formList", "forms/daftar/1/form.xml", "forms/kunjungan/1/manifest", "lists/anak.csv"],
    "list_revisions": ["forms/kunjungan/1/manifest", "lists/anak.csv"],
    "entities": ["lists/anak.csv", f"lists/anak/integrity?id={ALI}"],
    "form_media": ["forms/timbang/1/manifest", "forms/timbang/1/media/posyandu.csv"],
}


def test_broken_database__is_an_error_and_never_an_empty_list(village: Station) -> None:
    """With "match exactly" a phone would delete what an empty list does not name."""
    village.send(daftar(ALI))
    before = {page: village.get(page).data for pages in NEEDED.values() for page in pages}
    for table, pages in NEEDED.items():
        village.clock.forward(seconds=5)  # for so long a token is remembered
        with without_table(village.engine, table):
            for page in pages:
                assert said(village.get(page), 503) == TROUBLE
                assert "ETag" not in village.get(page).headers
    assert {page: village.get(page).data for page in before} == before


def test_broken_database__a_submission_is_not_acknowledged_and_taken_in_whole_later(village: Station) -> None:
    body = daftar(ALI)
    for table in ("phones", "submissions"):
        village.clock.forward(seconds=5)  # for so long a token is remembered
        with without_table(village.engine, table):
            assert said(village.keep(body), 503) == TROUBLE
        assert village.rows("submissions") == village.rows("instance_ids") == village.rows("entities") == []
    assert village.send(body) == COMPLETE
    assert village.one("submissions")["state"] == "accepted"
    assert set(rows(village)) == {ALI}


@pytest.mark.parametrize("table", ["villages", "instance_ids", "entities", "entity_changes", "answers_daftar"])
def test_broken_register__a_submission_is_kept_and_counts_after_a_replay(village: Station, table: str) -> None:
    with without_table(village.engine, table):
        assert message_of(village.keep(daftar(ALI)).data) == COMPLETE
        with suppress(SQLAlchemyError):
            village.process()
    village.process()
    replay(village.engine, village.backend.cache, village.backend.settings.timezone, village.clock())
    assert village.one("submissions")["state"] == "accepted"
    assert set(rows(village)) == {ALI}


@on_sqlite
def test_broken_database__a_file_that_is_no_database(village: Station, tmp_path: Path) -> None:
    village.engine.dispose()
    for file in tmp_path.glob("uji.db*"):
        file.write_bytes(b"bukan basis data" * 1000)
    for page in ("formList", "lists/anak.csv"):
        assert said(village.get(page), 503) == TROUBLE
    assert said(village.post(daftar(ALI)), 503) == TROUBLE
    assert village.client.get("/healthz").status_code == 503


@on_sqlite
def test_broken_database__says_so_in_english(open_station: Open) -> None:
    station = open_station(LOCALE="en")
    with without_table(station.engine, "form_versions"):
        assert "What is on the phone is safe; send again later." in said(station.get("formList"), 503)


@pytest.mark.parametrize(
    ("setting", "base"),
    [
        ("https://stunting.contoh.go.id", "https://stunting.contoh.go.id"),
        ("https://contoh.go.id/stunting/", "https://contoh.go.id/stunting"),
        ("", "http://localhost"),
    ],
)
@on_sqlite
def test_addresses__all_begin_with_the_base_url(open_station: Open, tmp_path: Path, setting: str, base: str) -> None:
    station = open_station(BASE_URL=setting)
    publish_all(station, tmp_path)
    found = []
    for page in ("formList", "forms/kunjungan/1/manifest", "forms/timbang/1/manifest"):
        root: Any = etree.fromstring(station.get(page).data)
        found += root.xpath("//*[contains(local-name(), 'Url')]/text()")
    assert len(found) == 4 + 2 + 2 + 1
    for address in found:
        assert address.startswith(f"{base}/v1/key/{station.tokens[VILLAGE]}/projects/1/")
        assert station.client.get(address.removeprefix(base)).status_code == 200
