"""Accounts and phones from a list in Excel: all mistakes at once, nothing half done, and codes that are shown once."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from forms.xlsx_limits import LARGEST_FILE
from server.accounts.account_template import COLUMNS
from server.accounts.managing import ROLE_WORDS
from server.database.engine import reading, writing
from server.http.access import LARGEST_UPLOAD
from server.phones import phones
from server.villages import regions
from tests.support.members import PASSWORD, browser_of, open_account, send_form, token_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.told import told_on

BULK = "/admin/akun/daftar"
MULTIPART = "multipart/form-data; boundary=x"
HEAD = [one.name for one in COLUMNS]
GOOD = [
    ["Ani", "Sukamaju, Bakongan (11.01.01.2001)", "KPM", "ani@desa.id", "ya"],
    ["Budi", "Sukadamai", "kepala desa", "budi@desa.id", None],
    ["Citra", "11.01.01.2002", None, None, "ya"],
]


@pytest.fixture
def admin(station: Station) -> FlaskClient:
    return browser_of(station, open_account(station, "admin", "11.01", "admin@aceh.id"))


def workbook(rows: list[list[Any]], head: list[str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "daftar"
    for row in [head or HEAD, *rows]:
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def send(client: FlaskClient, content: bytes, what: str = "buat", query: str = "") -> TestResponse:
    token = token_of(client.get(BULK))
    data = {"csrf_token": token, "lakukan": what, "berkas": (BytesIO(content), "daftar.xlsx")}
    return client.post(BULK + query, data=data, content_type="multipart/form-data")


def multipart(token: str, content: bytes) -> bytes:
    """The body of the form with a file, as a browser sends it with the type MULTIPART."""
    fields = [b'name="csrf_token"\r\n\r\n' + token.encode(), b'name="berkas"; filename="x.xlsx"\r\n\r\n' + content]
    parts = [b"--x\r\nContent-Disposition: form-data; " + field + b"\r\n" for field in fields]
    return b"".join(parts) + b"--x--\r\n"


def mistakes(page: TestResponse) -> list[tuple[str, str, str]]:
    """Of each row of the table: the cell, what it holds, and what to write."""
    return told_on(page.text)


def cards(page: TestResponse) -> list[str]:
    found = html.document_fromstring(page.text).xpath("//ul[@class='cards']/li")
    return [" ".join(" ".join(card.itertext()).split()) for card in found]


def counts(station: Station) -> dict[str, int]:
    return {name: len(station.rows(name)) for name in ("users", "phones", "invitations", "actions")}


def test_list__becomes_accounts_phones_and_a_card_each(station: Station, admin: FlaskClient) -> None:
    before = counts(station)
    page = send(admin, workbook(GOOD))
    assert page.status_code == 200
    assert [card.split(" Pindai")[0].split(" Pasang")[0] for card in cards(page)] == [
        "Ani Sukamaju, Bakongan Akun: Kader pembangunan manusia (KPM)",
        "Ani Sukamaju, Bakongan HP",
        "Budi Sukadamai, Bakongan Akun: Kepala desa",
        "Citra Sukadamai, Bakongan HP",
    ]
    assert page.text.count("<svg") == 4 + html.document_fromstring(admin.get(BULK).text).xpath("count(//svg)")
    after = counts(station)
    made = {name: after[name] - before[name] for name in after}
    assert made == {"users": 2, "phones": 2, "invitations": 2, "actions": 4}
    assert page.headers["Cache-Control"] == "no-store"

    links = re.findall(r"http://localhost(/undangan/[\w-]{32})", page.text)
    assert len(links) == 2
    done = send_form(station.app.test_client(), links[0], new=PASSWORD, again=PASSWORD)
    assert (done.status_code, done.headers["Location"]) == (303, f"/desa/{VILLAGE}")


def test_tokens__are_kept_nowhere(station: Station, admin: FlaskClient) -> None:
    page = send(admin, workbook(GOOD))
    for link in re.findall(r"/undangan/([\w-]{32})", page.text):
        for table in ("users", "invitations", "actions", "phones"):
            assert link not in json.dumps(station.rows(table), default=str)


def test_phones__get_settings_that_open_their_village(
    station: Station, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("server.phones.collect_settings.encoded", lambda settings: drawn.append(settings) or "x")
    send(admin, workbook(GOOD))
    urls = [settings["general"]["server_url"] for settings in drawn]
    tokens = [re.fullmatch(r"http://localhost/v1/key/([\d.]{13}\.[\w-]{32})/projects/1", url)[1] for url in urls]
    with reading(station.engine) as connection:
        found = [phones.find(connection, token) for token in tokens]
    assert [(phone.name, phone.village_id) for phone in found if phone] == [("Ani", VILLAGE), ("Citra", OTHER_VILLAGE)]


def test_check_first__makes_nothing(station: Station, admin: FlaskClient) -> None:
    before = counts(station)
    page = send(admin, workbook(GOOD), "periksa")
    assert (page.status_code, counts(station)) == (200, before)
    assert "2 akun dan 2 HP dapat dibuat" in page.text


def test_mistakes__are_all_told_at_once_with_their_cells_and_nothing_is_made(
    station: Station, admin: FlaskClient
) -> None:
    open_account(station, "kpm", VILLAGE, "ada@desa.id")
    before = counts(station)
    rows = [
        *GOOD,
        [None, "Sukamaju", "KPM", "satu@desa.id", None],
        ["Dua", "Sukamajuu", "KPM", "dua@desa.id", None],
        ["Tiga", "Bakongan", "KPM", "tiga@desa.id", None],
        ["Empat", "Sukamaju", "raja", "empat@desa.id", "mungkin"],
        ["Lima", "Sukamaju", "KPM", None, None],
        ["Enam", "Sukamaju", None, None, None],
        ["Tujuh", "Bakongan", None, None, "ya"],
        ["Delapan", "Sukamaju", "KPM", "ada@desa.id", None],
        ["Sembilan", "Sukamaju", "KPM", "ANI@desa.id", None],
        ["Sepuluh", "Sukamaju", "KPM", "bukan email", None],
        ["Bu Ani", "Sukamaju", None, None, "ya"],
        ["Citra", "Sukadamai", None, None, "ya"],
    ]
    page = send(admin, workbook(rows))
    assert page.status_code == 400
    assert counts(station) == before
    assert [(cell, content) for cell, content, _ in mistakes(page)] == [
        ("daftar!A5", "kosong"),
        ("daftar!B6", "Sukamajuu"),
        ("daftar!B7", "Bakongan"),
        ("daftar!C8", "raja"),
        ("daftar!E8", "mungkin"),
        ("daftar!D9", "kosong"),
        ("daftar!C10", "kosong"),
        ("daftar!B11", "Bakongan"),
        ("daftar!D12", "ada@desa.id"),
        ("daftar!D13", "ANI@desa.id"),
        ("daftar!D14", "bukan email"),
        ("daftar!E15", "ya"),
        ("daftar!E16", "ya"),
    ]
    said = [remedy for *_, remedy in mistakes(page)]
    assert said[0] == "Isi namanya."
    assert said[3] == (
        "Pilih salah satu dari daftarnya: KPM, kepala desa, petugas kecamatan, petugas kabupaten, admin. "
        "Kosongkan bila tidak perlu akun."
    )
    assert "sudah ada di daftar!D2" in said[9]
    english = mistakes(send(admin, workbook(rows), query="?lang=en"))
    assert next(remedy for *_, remedy in english) == "Fill in the name."
    assert len(english) == len(said)


def test_a_mistake__hides_no_other_one_of_its_row(station: Station, admin: FlaskClient) -> None:
    open_account(station, "kpm", VILLAGE, "ada@desa.id")
    rows = [
        [None, "Sukamajuu", "KPM", "bukan email", "mungkin"],
        [None, "Sukamaju", "KPM", "ada@desa.id", None],
        ["Tiga", "Sukamaju", "raja", "ADA@desa.id", None],
        ["Empat", "Bakongan", "KPM", "bukan juga", None],
        ["Bu Ani", "Sukamaju", "KPM", None, "ya"],
    ]
    for query, bad, taken, phone in (
        ("", "bukan email", "sudah punya akun di wilayah Anda", "Sudah ada HP bernama Bu Ani"),
        ("?lang=en", "bukan email", "has an account in your region already", "There is a phone called Bu Ani"),
    ):
        page = send(admin, workbook(rows), query=query)
        assert [cell for cell, *_ in mistakes(page)] == [
            *("daftar!E2", "daftar!B2", "daftar!A2", "daftar!D2"),
            *("daftar!A3", "daftar!D3"),
            *("daftar!C4", "daftar!D4"),
            *("daftar!D5", "daftar!B5"),
            *("daftar!D6", "daftar!E6"),
        ]
        assert mistakes(page)[3][1] == bad
        assert taken in page.text
        assert phone in page.text


def test_same_list_again__is_refused_row_by_row(station: Station, admin: FlaskClient) -> None:
    send(admin, workbook(GOOD))
    before = counts(station)
    page = send(admin, workbook(GOOD))
    assert [cell for cell, *_ in mistakes(page)] == ["daftar!D2", "daftar!E2", "daftar!D3", "daftar!E4"]
    assert counts(station) == before


def test_own_region__a_place_beyond_it_is_not_known(station: Station) -> None:
    village = browser_of(station, open_account(station, "admin", VILLAGE))
    beyond = (OTHER_VILLAGE, "Sukadamai", "11", "ID")
    page = send(village, workbook([["Ani", place, None, None, "ya"] for place in beyond]))
    assert [cell for cell, *_ in mistakes(page)] == [f"daftar!B{row}" for row in (2, 3, 4, 5)]
    assert len(station.rows("phones")) == 2


@pytest.mark.parametrize(
    ("content", "where", "sentence"),
    [
        (b"", "seluruh buku kerja", "kosong (0 byte)"),
        (b"bukan excel", "seluruh buku kerja", "bukan buku kerja Excel"),
        (workbook([], ["nama", "wilayah", "peran", "email"]), "daftar!1", "Kolom “hp” tidak ada"),
        (workbook(GOOD, ["nama", "wilayah", "perann", "email", "hp"]), "daftar!C1", "Kolom “perann” tidak dikenal"),
        (workbook([]), "daftar!A2", "belum berisi"),
        (workbook([["x", None, None, None, None]] * 501), "daftar!A502", "punya 501 baris"),
    ],
    ids=["blank", "no workbook", "column missing", "column misspelled", "no rows", "too many"],
)
def test_workbook__what_is_wrong_with_it_is_told(
    station: Station, admin: FlaskClient, content: bytes, where: str, sentence: str
) -> None:
    page = send(admin, content)
    assert page.status_code == 400
    found = mistakes(page)
    assert any(cell == where and sentence in remedy for cell, _, remedy in found), found


def test_template__offers_roles_and_the_places_of_the_region(station: Station, admin: FlaskClient) -> None:
    answer = admin.get(BULK + ".xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=akun-dan-hp.xlsx"
    book = openpyxl.load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["daftar", "petunjuk", "pilihan wilayah", "pilihan peran", "pilihan hp"]
    assert [cell.value for cell in book["daftar"][1]] == HEAD
    assert book["daftar"].freeze_panes == "A2"
    rules = {rule.formula1 for rule in book["daftar"].data_validations.dataValidation}
    assert rules == {"'pilihan wilayah'!$A$2:$A$5", "'pilihan peran'!$A$2:$A$6", "'pilihan hp'!$A$2:$A$2"}
    places = [cell.value for cell in book["pilihan wilayah"]["A"]][1:]
    assert "Sukamaju, Bakongan (11.01.01.2001)" in places
    assert [cell.value for cell in book["pilihan peran"]["A"]][1:] == list(ROLE_WORDS)
    assert openpyxl.load_workbook(BytesIO(admin.get(BULK + ".xlsx?lang=en").data)).sheetnames[1] == "how to"


def test_template__filled_in_as_it_says_is_taken(station: Station, admin: FlaskClient) -> None:
    book = openpyxl.load_workbook(BytesIO(admin.get(BULK + ".xlsx").data))
    book["daftar"].append([one.example for one in COLUMNS])
    out = BytesIO()
    book.save(out)
    assert len(cards(send(admin, out.getvalue()))) == 2


def test_template__names_that_begin_like_formulas_stay_text(station: Station) -> None:
    nation = browser_of(station, open_account(station, "admin", "ID"))
    with writing(station.engine) as connection:
        regions.keep(connection, [regions.Region("13", "=HYPERLINK(1)"), regions.Region("14", "@SUM(A1)")])
    sheet = openpyxl.load_workbook(BytesIO(nation.get(BULK + ".xlsx").data))["pilihan wilayah"]
    begins = [cell for cell in sheet["A"] if str(cell.value).startswith(("=", "@"))]
    assert [(cell.data_type, cell.quotePrefix) for cell in begins] == [("s", True), ("s", True)]


def test_names__are_text_never_markup(station: Station, admin: FlaskClient) -> None:
    one = ["<script>x</script>", "Sukamaju", "KPM", "x@desa.id", "ya"]
    page = send(admin, workbook([one, ["x", "<b>", "raja", "", ""]]))
    assert "<b>" not in page.text.partition("<tbody>")[2] and "&lt;b&gt;" in page.text
    page = send(admin, workbook([one]))
    assert "<script" not in page.text and len(cards(page)) == 2


def test_upload__beyond_all_measure_is_refused(station: Station, admin: FlaskClient) -> None:
    before = counts(station)
    sizes = {LARGEST_UPLOAD: "Yang dikirim terlalu besar", LARGEST_FILE: "Buku kerja ini terlalu besar"}
    for size, sentence in sizes.items():
        body = multipart(token_of(admin.get(BULK)), b"x" * (size + 1))
        page = admin.post(BULK, data=body, content_type=MULTIPART)
        assert (page.status_code, sentence in page.text) == (413, True)
    assert counts(station) == before
