"""What is no good submission: what the phone is told, what is kept, and that the server stays on its feet."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from server.cli.main import main
from server.publications.form_versions import FormCache
from server.submissions.quarantine import replay
from tests.server.conftest import Open
from tests.support.phone_http import multipart
from tests.support.postgres import Cluster
from tests.support.replies import COMPLETE, Reply, said
from tests.support.served import Served, serving
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.station import VILLAGE, Station, opened, prepared

CHILD = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a01"
GOOD = daftar(CHILD, instance="uuid:baik")
IBU = """
# survey
| type    | name               | label      | save_to            |
| date    | tanggal            | Tanggal    |                    |
| text    | nama               | Nama       | nama               |
| date    | hpl                | HPL        | hpl                |
| text    | tanggal_melahirkan | Melahirkan | tanggal_melahirkan |
# entities
| list_name | label   |
| ibu_hamil | ${nama} |
# settings
| form_title | form_id | version |
| Ibu        | ibu     | 1       |
"""


@dataclass
class House:
    """One server in each language, on one database with the forms `daftar`, `kunjungan` and `ibu`."""

    id: Station
    en: Station

    def kept(self, body: bytes) -> list[dict[str, object]]:
        return self.id.rows("submissions", sha256=hashlib.sha256(body).hexdigest())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("rumah")
    if request.param == "sqlite":
        with_forms = _house(f"sqlite:///{folder}/uji.db", folder)
        yield with_forms
        _close(with_forms)
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.create_database()
    with_forms = _house(url, folder)
    yield with_forms
    _close(with_forms)
    cluster.drop_database(url)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """For refusals that come before any database is asked: on SQLite alone."""
    folder = tmp_path_factory.mktemp("rumah")
    with_forms = _house(f"sqlite:///{folder}/uji.db", folder)
    yield with_forms
    assert with_forms.id.rows("submissions") == []
    assert [path for path in (folder / "attachments").rglob("*") if path.is_file()] == []
    _close(with_forms)


def _house(url: str, folder: Path) -> House:
    tokens = prepared(url)
    found = House(*(opened(url, folder, tokens, LOCALE=locale, MAX_UPLOAD_MB="1") for locale in ("id", "en")))
    for form in (DAFTAR, KUNJUNGAN, IBU):
        found.id.publish(form)
    return found


def _close(house: House) -> None:
    for station in (house.id, house.en):
        station.engine.dispose()


def refused(house: House, ask: Callable[[Station], TestResponse], status: int, *sentences: tuple[str, str]) -> None:
    """Asks the server in each language: the status, the headers that Collect needs, and all of these words."""
    for station, language in ((house.id, 0), (house.en, 1)):
        message = said(ask(station), status)
        for sentence in sentences:
            assert sentence[language] in message


BROKEN = ("Isian ini tidak terbaca", "This submission cannot be read")
AGAIN = ("Coba kirim ulang; bila tetap gagal, hubungi admin.", "Send it again; if that fails, tell the admin.")
DOCTYPE = ("memuat DOCTYPE", "holds a DOCTYPE")
WITH_COLLECT = ("lewat ODK Collect", "with ODK Collect")
LAUGHS = "".join(f'<!ENTITY {name} "{f"&{chr(ord(name) - 1)};" * 10}">' for name in "bcdefghij")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Halo, ini bukan XML", id="no XML"),
        pytest.param(b'{"id": "daftar"}', id="JSON"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), id="a picture"),
        pytest.param(GOOD.encode()[:-30], id="truncated"),
        pytest.param(GOOD.encode()[:1], id="truncated after one byte"),
        pytest.param(GOOD.replace("</jumlah>", "</jumlahan>").encode(), id="mismatched tags"),
        pytest.param((GOOD + GOOD).encode(), id="two roots"),
        pytest.param(GOOD.replace("<nama>", "<na\0ma>").encode(), id="NUL byte in a tag"),
        pytest.param(GOOD.encode("utf-16")[:-50], id="truncated UTF-16"),
        pytest.param(b'<?xml version="1.0" encoding="latin-1"?>' + GOOD.encode()[:-30], id="truncated Latin-1"),
        pytest.param(GOOD.replace("Budi", "&siapa;").encode(), id="unknown entity"),
        pytest.param(
            b'<data id="daftar" version="1">' + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</data>", id="nested 20,000 deep"
        ),
        pytest.param(
            f'<!DOCTYPE a [<!ENTITY a "ha">{LAUGHS}]><data id="daftar" version="1"><nama>&j;</nama></data>'.encode(),
            id="billion laughs",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_at_once_and_not_kept(quiet: House, body: bytes) -> None:
    begun = time.monotonic()
    refused(quiet, lambda station: station.post(body, [("foto.jpg", b"foto")]), 400, BROKEN, AGAIN)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        pytest.param('SYSTEM "file://{secret}"', "&x;", id="external entity, a file"),
        pytest.param('SYSTEM "http://127.0.0.1:{port}/rahasia"', "&x;", id="external entity, over the network"),
        pytest.param('"Budi"', "Budi", id="an entity that is not used"),
        pytest.param(f'"{"ha" * 20_000}"', "&x;" * 5, id="a large entity, several times"),
    ],
)
def test_a_doctype_is_refused_unread(quiet: House, tmp_path: Path, declared: str, text: str) -> None:
    secret = tmp_path / "rahasia.txt"
    secret.write_text("kata sandi")
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.setblocking(False)
        declaration = declared.format(secret=secret, port=outside.getsockname()[1])
        body = f"<!DOCTYPE data [<!ENTITY x {declaration}>]>" + GOOD.replace("Budi", text)
        refused(quiet, lambda station: station.post(body), 400, DOCTYPE, WITH_COLLECT)
        with pytest.raises(BlockingIOError):
            outside.accept()
    assert b"kata sandi" not in quiet.id.post(body).data


def test_a_doctype_outside_the_document_is_refused_unread(quiet: House, tmp_path: Path) -> None:
    (tmp_path / "luar.dtd").write_text('<!ENTITY x "kata sandi">')
    body = f'<!DOCTYPE data SYSTEM "file://{tmp_path}/luar.dtd">{GOOD}'
    refused(quiet, lambda station: station.post(body), 400, DOCTYPE)


NO_PART = ("tidak memuat xml_submission_file", "no xml_submission_file")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param({"lain": "isi"}, "multipart/form-data", id="no xml_submission_file"),
        pytest.param(GOOD.encode(), "text/xml", id="not multipart"),
        pytest.param(b"", "", id="nothing at all"),
        pytest.param(GOOD.encode(), "multipart/form-data", id="no boundary"),
        pytest.param(GOOD.encode(), "multipart/form-data; boundary=abc", id="another boundary"),
        pytest.param(GOOD.encode(), "multipart/form-data; boundary=" + "a" * 5000, id="a very long boundary"),
        pytest.param(b"--abc\r\nContent-Disposition: form-da", "multipart/form-data; boundary=abc", id="cut in a head"),
        pytest.param("a=" + "%00" * 50, "application/x-www-form-urlencoded", id="a web form"),
    ],
)
def test_a_post_without_a_submission_is_told_how_to_send_one(
    quiet: House, body: bytes | str | dict[str, str], content_type: str
) -> None:
    def ask(station: Station) -> TestResponse:
        return station.client.post(station.path("submission"), data=body, content_type=content_type)

    refused(quiet, ask, 400, NO_PART, WITH_COLLECT)


UNKNOWN_PHONE = ("HP ini tidak dikenal server", "This phone is not known here")
NEW_CODE = ("Minta kode QR baru kepada admin", "Ask the admin for a new QR code")
SAFE = ("Isian di HP tetap aman", "What is on the phone stays safe")


@pytest.mark.parametrize("token", ["salah", "x" * 4000, "%ff%fe", "' OR 1=1 --", "..%5c"])
@pytest.mark.parametrize("page", ["formList", "forms/daftar/1/form.xml", "lists/anak.csv", "lists/anak/integrity"])
def test_a_wrong_token_is_refused_without_a_login_dialog(quiet: House, token: str, page: str) -> None:
    def ask(station: Station) -> TestResponse:
        return station.client.get(f"/v1/key/{token}/projects/1/{page}")

    refused(quiet, ask, 403, UNKNOWN_PHONE, NEW_CODE, SAFE)


def test_a_wrong_token_sends_nothing(quiet: House) -> None:
    body, content_type = multipart(GOOD.encode(), (), incomplete=False)

    def ask(station: Station) -> TestResponse:
        return station.client.post("/v1/key/salah/projects/1/submission", data=body, content_type=content_type)

    refused(quiet, ask, 403, UNKNOWN_PHONE, NEW_CODE, SAFE)


NOT_HERE = ("Berkas ini tidak ada di server", "This file is not on the server")
REFRESH = ("Perbarui daftar formulir", "Refresh the form list")


@pytest.mark.parametrize(
    "page",
    [
        "forms/posyandu/1/form.xml",
        "forms/daftar/7/form.xml",
        "forms/daftar/7/manifest",
        "forms/daftar/..%2F1/form.xml",
        "lists/posyandu.csv",
        "forms/daftar/1/media/tabel.csv",
        "forms/daftar/1/media/..%2Fuji.db",
    ],
)
def test_a_file_that_is_not_there_says_what_to_refresh(quiet: House, page: str) -> None:
    refused(quiet, lambda station: station.get(page), 404, NOT_HERE, REFRESH)


def test_a_photo_over_the_limit_says_how_to_make_it_smaller(quiet: House) -> None:
    refused(
        quiet,
        lambda station: station.post(GOOD, [("foto.jpg", bytes(1024 * 1024))]),
        413,
        ("Kiriman lebih besar dari 1 MB. Kecilkan foto", "The request is larger than 1 MB. Make photos smaller"),
        ("lalu kirim lagi", "and send again"),
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param(
            b"Bu&#29;di", "Bu\ufffddi", id="what stands between the fields of a barcode, as JavaRosa writes it"
        ),
        pytest.param(b"Bu&#x1D;di", "Bu\ufffddi", id="the same in hexadecimal"),
        pytest.param(b"Bu\x1ddi", "Bu\ufffddi", id="the same as it is"),
        pytest.param(b"Bu\0di", "Bu\ufffddi", id="NUL byte"),
        pytest.param(b"Bu&#0;di", "Bu\ufffddi", id="NUL by number"),
        pytest.param(b"Bu\x0bdi", "Bu\ufffddi", id="a vertical tab"),
        pytest.param(b"Bu&#xFFFE;di", "Bu\ufffddi", id="a noncharacter"),
        pytest.param("Bu\uffffdi".encode(), "Bu\ufffddi", id="another one as it is"),
        pytest.param(b"Bu&#xD83D;di", "Bu\ufffddi", id="half a surrogate pair"),
        pytest.param(b"Bu&#55357;&#56832;di", "Bu\U0001f600di", id="an emoji in two halves"),
        pytest.param(b"Bu\xed\xa0\xbddi", "Bu" + 3 * "\ufffd" + "di", id="half a surrogate pair in bytes"),
        pytest.param(b"Bu\xff\xfedi", "Bu" + 2 * "\ufffd" + "di", id="invalid UTF-8"),
        pytest.param(b"Bu&#1114112;di", "Bu\ufffddi", id="beyond Unicode"),
        pytest.param(b"Bu&#" + b"9" * 5000 + b";di", "Bu\ufffddi", id="far beyond Unicode"),
        pytest.param(b"<![CDATA[Bu\x01di]]>", "Bu\ufffddi", id="in a section of characters"),
        pytest.param(b"&#60;b&gt;&#29;Andr\xc3\xa9 &#x20AC;&#233;", "<b>\ufffdAndr\xe9 \u20ac\xe9", id="beside others"),
    ],
)
def test_a_character_that_no_database_holds_is_replaced_and_the_rest_counts(
    house: House, sent: bytes, shown: str
) -> None:
    child = new_id()
    body = daftar(child).encode().replace(b"Budi", sent)

    assert house.id.send(body) == COMPLETE

    (row,) = house.kept(body)
    assert bytes(row["body"]) == body
    assert (row["state"], row["problem"]) == ("accepted", None)
    (answers,) = house.id.rows("answers_daftar__balita", instance_id=row["instance_id"])
    assert (answers["nama"], answers["status_gizi"]) == (shown, "baik")
    (entity,) = house.id.rows("entities", id=child)
    assert (entity["label"], entity["data"]["nama"]) == (shown, shown)
    assert child in house.id.get("lists/anak.csv").text
    assert house.id.send(body) == COMPLETE
    assert len(house.kept(body)) == 1


def test_such_a_character_in_an_attribute_or_in_a_files_name_is_no_trouble(house: House) -> None:
    child = new_id()
    house.id.send(daftar(child))
    body = kunjungan(child, "<foto>fo\x01to.jpg</foto>").replace('baseVersion="1"', 'baseVersion="1" x="&#0;"')

    assert house.id.send(body, [("fo\x01to.jpg", b"isi")]) == COMPLETE

    (row,) = house.kept(body.encode())
    assert (row["state"], row["problem"], row["expected_files"]) == ("accepted", None, ["fo\ufffdto.jpg"])


@pytest.mark.parametrize("id_", ["%ff", "%ef%bf%bd", "x" * 3000])
def test_ids_that_no_phone_has_are_no_problem_in_the_integrity_check(house: House, id_: str) -> None:
    answer = house.id.get(f"lists/anak/integrity?id={id_},{CHILD}")
    assert answer.status_code == 200
    assert f'<entity id="{CHILD}"><deleted>false</deleted></entity>' in answer.text


@dataclass(frozen=True)
class Odd:
    """A submission that can be read but not understood, with its reason: the problem's code and words of it."""

    body: str
    code: str
    words: str


def ibu(hpl: str, born: str = "") -> str:
    entity = f'<entity dataset="ibu_hamil" id="{new_id()}" create="1"><label>Siti</label></entity>'
    answers = f"<tanggal>2026-03-01</tanggal><nama>Siti</nama><hpl>{hpl}</hpl>"
    return submission("ibu", f"{answers}<tanggal_melahirkan>{born}</tanggal_melahirkan>", in_meta=entity)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c.jpg", "f\0to.jpg", "f\x01to.jpg", "x" * 3000, "ꦥꦲꦶꦠ.jpg"])
def test_a_file_of_an_odd_name_does_not_stop_its_submission(house: House, name: str) -> None:
    body = daftar(new_id())
    assert house.id.send(body, [(name, b"isi")]) == COMPLETE
    (row,) = house.kept(body.encode())
    (file,) = house.id.rows("attachments", submission_sha256=row["sha256"])
    with house.id.backend.attachments.open(str(file["sha256"])) as content:
        assert content.read() == b"isi"


def without_id(xml: str) -> str:
    begin, end = xml.index("<instanceID>"), xml.index("</instanceID>")
    return xml[:begin] + xml[end + len("</instanceID>") :]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(Odd(without_id(daftar(new_id())), "no-instance-id", "meta/instanceID"), id="no instanceID"),
        pytest.param(Odd(daftar(new_id(), instance=" \n "), "no-instance-id", "meta/instanceID"), id="a blank one"),
        pytest.param(Odd(daftar(new_id()).replace(' id="daftar"', ""), "no-form-id", "atribut id"), id="no form"),
        pytest.param(Odd(submission("posyandu", "<a>1</a>"), "unknown-form", "Formulir posyandu"), id="unknown form"),
        pytest.param(Odd(daftar(new_id(), version="7"), "unknown-version", "daftar versi '7'"), id="unknown version"),
        pytest.param(Odd(daftar(new_id(), version=""), "unknown-version", "daftar versi ''"), id="no version"),
        pytest.param(
            Odd(daftar(new_id()).replace("<jumlah>1<", "<jumlah>dua<"), "bad-value", "jumlah: Isi 'dua' bukan"),
            id="letters in an integer",
        ),
        pytest.param(
            Odd(daftar(new_id()).replace("<jumlah>1<", f"<jumlah>{10**30}<"), "bad-value", "jumlah: "),
            id="an integer that no column holds",
        ),
        pytest.param(Odd(daftar(new_id(), day="1970-01-01"), "wrong-day", "1970-01-01"), id="tanggal in 1970"),
        pytest.param(Odd(daftar(new_id(), day="2017-12-31"), "wrong-day", "2017-12-31"), id="before 2018"),
        pytest.param(Odd(daftar(new_id(), day="2026-03-12"), "wrong-day", "2026-03-12"), id="day after tomorrow"),
        pytest.param(Odd(daftar(new_id(), day="9999-12-31"), "bad-value", "tanggal: Isi"), id="tanggal in 9999"),
        pytest.param(Odd(daftar(new_id(), day="0001-01-01"), "bad-value", "tanggal: Isi"), id="tanggal in year 1"),
        pytest.param(Odd(daftar(new_id(), day="2026-02-30"), "bad-value", "tanggal: Isi"), id="30 February"),
        pytest.param(Odd(ibu("9999-12-31"), "bad-value", "hpl: Isi '9999-12-31'"), id="hpl in 9999"),
        pytest.param(Odd(ibu("besok"), "bad-value", "hpl: Isi 'besok' bukan tanggal"), id="hpl in words"),
    ],
)
def test_what_is_read_but_not_understood_is_kept_with_its_reason(house: House, odd: Odd) -> None:
    body = odd.body.encode()
    lists = [house.id.get(f"lists/{name}.csv").data for name in ("anak", "ibu_hamil")]
    assert house.id.send(body) == COMPLETE
    (row,) = house.kept(body)
    assert bytes(row["body"]) == body
    assert (row["state"], row["problem"]) == ("quarantined", odd.code)
    assert odd.words in str(row["detail"])
    assert len(str(row["detail"]).splitlines()) == 2  # Indonesian and English
    assert [house.id.get(f"lists/{name}.csv").data for name in ("anak", "ibu_hamil")] == lists
    assert house.id.send(body) == COMPLETE
    assert len(house.kept(body)) == 1


@pytest.mark.parametrize(
    ("hpl", "born", "listed"),
    [
        pytest.param("1970-01-01", "", False, id="expected in 1970: left long ago"),
        pytest.param("1900-01-01", "", False, id="the earliest year that is read"),
        pytest.param("2200-12-31", "", True, id="the latest year that is read"),
        pytest.param("", "9999-12-31", True, id="a day in 9999 in a property of another type"),
        pytest.param("", "0000-00-00", True, id="a day that is none in a property of another type"),
        pytest.param("", "lahir kemarin", True, id="words in a property of another type"),
    ],
)
def test_odd_days_in_properties_break_no_list(house: House, hpl: str, born: str, listed: bool) -> None:
    body = ibu(hpl, born)
    house.id.send(body)
    (row,) = house.kept(body.encode())
    assert (row["state"], row["problem"]) == ("accepted", None)
    (mother,) = house.id.rows("entities", created_seq=row["seq"])
    answer = house.id.get("lists/ibu_hamil.csv")
    assert answer.status_code == 200
    assert (str(mother["id"]) in answer.text) is listed


def test_a_registration_in_an_unknown_version_takes_effect_once_that_is_published(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    early, visit = daftar(CHILD, version="2", nama="Ani"), kunjungan(CHILD, "<status_gizi>kurang</status_gizi>")
    for body in (early, visit):
        station.send(body)
    before = station.get("lists/anak.csv")
    assert CHILD not in before.text
    assert states(station) == [("quarantined", "unknown-version"), ("accepted", None)]
    assert replay(station.engine, FormCache(), station.backend.settings.timezone, station.clock.now) == (1, 1)

    station.publish(DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 "))
    assert replay(station.engine, FormCache(), station.backend.settings.timezone, station.clock.now) == (1, 0)

    assert states(station) == [("accepted", None), ("accepted", None)]
    assert [row["jumlah"] for row in station.rows("answers_daftar")] == [1]
    assert [bytes(row["body"]).decode() for row in station.rows("submissions")].count(early) == 1
    child = station.one("entities", id=CHILD)
    assert (child["label"], child["visited_on"].isoformat()) == ("Ani", "2026-03-10")
    assert station.took_effect()[CHILD] == 2
    after = station.get("lists/anak.csv")
    assert f"{CHILD},✓ Ani" in after.text
    assert after.headers["ETag"] != before.headers["ETag"]
    assert station.one("villages")["stale_since"] == "2026-Q1"
    assert replay(station.engine, FormCache(), station.backend.settings.timezone, station.clock.now) == (0, 0)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_unknown_form_is_taken_in_by_the_command_once_it_is_published(station: Station) -> None:
    station.publish(KUNJUNGAN)
    odd = submission("kunjungan", "<tanggal>hari ini</tanggal>")
    for body in (daftar(CHILD, instance="uuid:dini"), odd):
        station.send(body)

    listed = kpm(station.url, "quarantine", "list")
    assert f"{VILLAGE}  2026-03-10 02:30  daftar  uuid:dini  quarantined" in listed
    assert "Formulir daftar tidak dikenal server ini. Terbitkan formulirnya" in listed
    assert "The form daftar is not known here. Publish it" in listed
    assert "2 isian bermasalah" in listed

    station.publish(DAFTAR)
    assert "1 dari / of 2 berhasil" in kpm(station.url, "quarantine", "replay")

    assert states(station) == [("accepted", None), ("quarantined", "bad-value")]
    assert CHILD in station.get("lists/anak.csv").text


def states(station: Station) -> list[tuple[str, str | None]]:
    """(state, problem) of all submissions, in the order in which they came."""
    rows = sorted(station.rows("submissions"), key=lambda row: int(row["seq"]))
    return [(row["state"], row["problem"]) for row in rows]


def kpm(database_url: str, *arguments: str) -> str:
    done = CliRunner().invoke(main, ["--database", database_url, *arguments])
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


MB = 1024 * 1024


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """`kpm serve` with a limit of 1 MB and a form."""
    with connected(tmp_path_factory.mktemp("gunicorn"), "id") as found:
        yield found


@contextmanager
def connected(folder: Path, locale: str) -> Iterator[Line]:
    url = f"sqlite:///{folder}/uji.db"
    station = opened(url, folder, prepared(url))
    station.publish(DAFTAR)
    with serving(url, folder, WORKERS="1", MAX_UPLOAD_MB="1", LOCALE=locale) as served:
        yield Line(station, served, locale)
        assert station.rows("submissions") == []
        station.engine.dispose()
        log = served.log.read_text()
    assert "Traceback" not in log


@dataclass
class Line:
    """A plain connection to a served station. `station` looks at the same database."""

    station: Station
    served: Served
    locale: str

    def tell(self, request: bytes, *, then_close: bool = False) -> Reply:
        """Sends all of the request before it looks for the answer, as Collect does: a send that fails is an error."""
        with socket.create_connection(("127.0.0.1", self.served.port), timeout=20) as connection:
            connection.sendall(request)
            if then_close:
                connection.shutdown(socket.SHUT_WR)
            reply = Reply.read(connection)
        assert reply.headers["X-Content-Type-Options"] == "nosniff" if reply.status_code else reply.data == b""
        return reply

    def post(self, size: int, token: str = "") -> bytes:
        """A POST with a photo that makes its body `size` bytes long, less a few."""
        body, content_type = multipart(GOOD.encode(), [("foto.jpg", bytes(size - 1500))], incomplete=False)
        path = self.station.path("submission")
        if token:
            path = path.replace(self.station.tokens[VILLAGE], token)
        return self.head("POST", path, f"Content-Type: {content_type}", f"Content-Length: {len(body)}") + body

    def head(self, method: str, path: str, *headers: str) -> bytes:
        return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()

    def says(self, reply: Reply, status: int, indonesian: str, english: str) -> None:
        assert (indonesian if self.locale == "id" else english) in said(reply, status)

    def still_serves(self) -> None:
        answer = self.tell(self.head("GET", self.station.path("formList"), "Connection: close"))
        assert (answer.status_code, b"<formID>daftar</formID>" in answer.data) == (200, True)


TOO_LARGE = ("Kiriman lebih besar dari 1 MB. Kecilkan foto", "The request is larger than 1 MB. Make photos smaller")


@pytest.mark.parametrize("size", [MB + 2000, MB + 100_000, 3 * MB, 8 * MB, 30 * MB])
def test_over_the_line__who_sends_too_much_can_read_the_answer(line: Line, size: int) -> None:
    line.says(line.tell(line.post(size)), 413, *TOO_LARGE)
    line.still_serves()


def test_over_the_line__too_much_in_chunks(line: Line) -> None:
    body, content_type = multipart(GOOD.encode(), [("foto.jpg", bytes(8 * MB))], incomplete=False)
    pieces = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    path = line.station.path("submission")
    head = line.head("POST", path, f"Content-Type: {content_type}", "Transfer-Encoding: chunked")
    line.says(line.tell(head + chunks), 413, *TOO_LARGE)
    line.still_serves()


def test_over_the_line__an_announced_flood_is_refused_before_it_comes(line: Line) -> None:
    head = line.head("POST", line.station.path("submission"), "Content-Type: text/xml", f"Content-Length: {10**18}")
    begun = time.monotonic()
    line.says(line.tell(head), 413, *TOO_LARGE)
    assert time.monotonic() - begun < 10
    line.still_serves()


def test_over_the_line__a_wrong_token_with_a_large_photo_can_read_the_answer(line: Line) -> None:
    reply = line.tell(line.post(8 * MB, token="salah"))  # noqa: S106  # no password: a token that opens nothing
    line.says(reply, 403, *UNKNOWN_PHONE)


UNREADABLE_REQUEST = ("Permintaan ini tidak dapat dibaca server", "The server could not read this request")


@pytest.mark.parametrize("length", ["banyak", "-5", "", "1e3", "5, 6", "0x10"])
def test_over_the_line__a_content_length_that_is_no_number(line: Line, length: str) -> None:
    head = line.head("POST", line.station.path("submission"), "Content-Type: text/xml", f"Content-Length: {length}")
    line.says(line.tell(head + GOOD.encode()), 400, *UNREADABLE_REQUEST)
    line.still_serves()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param("formList", [f"X-Panjang: {'a' * 20_000}"], 431, id="a huge header line"),
        pytest.param("formList", [f"X-Panjang: {'a' * 900_000}"], 431, id="a header line of nearly 1 MB"),
        pytest.param("formList", [f"X-{number}: a" for number in range(500)], 431, id="too many headers"),
        pytest.param(f"lists/anak/integrity?id={'a' * 20_000}", [], 414, id="a huge address"),
        pytest.param("formList", ["tanpa titik dua"], 400, id="a header without a colon"),
    ],
)
def test_over_the_line__headers_that_cannot_be_read(line: Line, path: str, headers: list[str], status: int) -> None:
    reply = line.tell(line.head("GET", line.station.path(path), *headers))
    line.says(reply, status, *UNREADABLE_REQUEST)
    line.still_serves()


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(b"x\r\nabc\r\n0\r\n\r\n", id="a size that is no number"),
        pytest.param(b"-1\r\nab\r\n0\r\n\r\n", id="a size below 0"),
        pytest.param(b"5\r\nabcdefgh\r\n0\r\n\r\n", id="a chunk longer than its size"),
        pytest.param(b"5\r\nabc", id="cut in a chunk"),
        pytest.param(b"3\r\nabc\r\n", id="cut after a chunk"),
        pytest.param(b"0\r\nX: 1", id="cut in a trailer"),
        pytest.param(b"", id="no chunk at all"),
    ],
)
def test_over_the_line__broken_chunks(line: Line, chunks: bytes) -> None:
    kind = ("Content-Type: multipart/form-data; boundary=b", "Transfer-Encoding: chunked")
    reply = line.tell(line.head("POST", line.station.path("submission"), *kind) + chunks, then_close=True)
    line.says(reply, 400, *UNREADABLE_REQUEST)
    assert line.tell(line.head("POST", "/masuk", *kind) + chunks, then_close=True).status_code == 400
    line.still_serves()


def test_over_the_line__in_english(tmp_path: Path) -> None:
    with connected(tmp_path, "en") as line:
        line.says(line.tell(line.post(8 * MB)), 413, *TOO_LARGE)
        line.says(line.tell(line.head("GET", "/", f"X-Panjang: {'a' * 20_000}")), 431, *UNREADABLE_REQUEST)


def test_over_the_line__what_is_no_http(line: Line) -> None:
    line.says(line.tell(b"Halo server\r\n\r\n"), 400, *UNREADABLE_REQUEST)
    line.still_serves()


@pytest.mark.parametrize("part", [0.02, 0.5, 0.999])
def test_over_the_line__a_connection_that_breaks_off_leaves_nothing_behind(line: Line, part: float) -> None:
    whole = line.post(200_000)
    reply = line.tell(whole[: int(len(whole) * part)], then_close=True)
    assert reply.status_code in (0, 400)
    assert line.station.rows("submissions") == []
    assert line.station.rows("attachments") == []
    line.still_serves()


def test_over_the_line__a_submission_below_the_limit_is_taken_next_to_all_that(open_station: Open) -> None:
    """That the refusals above are not of everything."""
    station = open_station(MAX_UPLOAD_MB="1")
    station.publish(DAFTAR)
    assert station.send(GOOD, [("foto.jpg", bytes(MB - 2000))]) == COMPLETE
