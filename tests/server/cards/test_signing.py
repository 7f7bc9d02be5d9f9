"""Formulir 4 on paper, signed by the village head, and what becomes of it when figures change."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from scorecards.paper.snapshot import check_code
from server.cli.main import main
from server.publications.form_versions import FormCache
from server.submissions.rebuild import rebuild
from tests.server.conftest import Open
from tests.support.members import browser_of, member, open_account
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, publish_shipped, visited

QUARTER = f"/desa/{VILLAGE}/2026-Q1"
PAPER, SIGN = f"{QUARTER}/formulir-4", f"{QUARTER}/tanda-tangan"
MOTHER, CHILD = new_id(), new_id()
NAMES = {"kepala": "Pak Kades", "kpm": "Bu Kader", "rds": "", "nip_kepala": "", "nip_kpm": "", "nip_rds": ""}


def with_village(station: Station) -> Station:
    """A mother who is not monitored, and a child who was weighed in each month of a quarter that is over."""
    publish_shipped(station)
    station.send(mapped(new_id(), mothers=[(MOTHER, {"nama": "Siti"})], children=[(CHILD, {"nama": "Ali"})]))
    for month in ("01", "02", "03"):
        station.send(visited(CHILD, day=f"2026-{month}-05", timbang="ya", konseling_ibu="ya"))
    station.clock.forward(days=30)
    return station


@pytest.fixture
def station(station: Station) -> Station:
    return with_village(station)


def words(page: TestResponse) -> str:
    return " ".join(html.document_fromstring(page.text).text_content().split())


def sign(head: FlaskClient, **fields: str) -> TestResponse:
    form = html.document_fromstring(head.get(SIGN).text).forms[-1]
    return head.post(SIGN, data={**dict(form.fields), "sudah_diperiksa": "ya", **NAMES, **fields})


def late_visit(station: Station) -> None:
    """A visit of the mother that comes after the signature: tablets, water, latrine and insurance are received now."""
    station.send(visited(MOTHER, of="ibu_hamil", day="2026-03-20", periksa_kehamilan="ya", pil_fe="ya"))


def test_paper__of_a_running_quarter_says_so_and_of_one_that_is_over_does_not(station: Station) -> None:
    running = station.client.get(f"/desa/{VILLAGE}/2026-Q2/formulir-4")
    over = station.client.get(PAPER)
    assert running.text.count('data-across="SEMENTARA"') == 2
    assert "SEMENTARA" not in over.text
    assert "Belum ditandatangani di sistem." in words(over)
    assert "PROVISIONAL" in station.client.get(f"/desa/{VILLAGE}/2026-Q2/formulir-4?lang=en").text


def test_signing__freezes_what_was_seen_and_everybody_can_check_it(station: Station) -> None:
    head = member(station, "village_head")
    done = sign(head, rds="Bu Ketua", nip_rds="1970")
    assert (done.status_code, done.headers["Location"]) == (303, PAPER)
    kept = station.one("signed_reports")
    content = bytes(kept["content"])
    assert kept["sha256"] == sha256(content).hexdigest()
    assert kept["check_code"] == check_code(content)
    assert json.loads(content)["card"] == station.client.get(f"{QUARTER}.json").json
    (noted,) = station.rows("actions")
    assert (noted["action"], noted["region"], noted["email"]) == ("report-signed", VILLAGE, kept["signed_by"])

    paper = station.client.get(PAPER)
    assert f"{VILLAGE}/2026-Q1/1" in words(paper)
    assert all(name in words(paper) for name in ("Pak Kades", "Bu Kader", "Bu Ketua", "1970", kept["check_code"]))
    found = station.client.get(f"/periksa/{kept['check_code']}")
    assert found.status_code == 200
    said = words(found)
    assert all(text in said for text in ("Sukamaju", "Triwulan 1 2026", "9 April 2026", kept["check_code"]))
    assert "Angkanya tidak berubah sampai hari ini." in said
    assert "tidak berubah sejak itu" in words(station.client.get(QUARTER))


def test_signing__without_a_chair_of_the_rds_leaves_the_block_out(station: Station) -> None:
    sign(member(station, "village_head"))
    assert "Ketua Rumah Desa Sehat" not in words(station.client.get(PAPER))


def test_late_visit__shows_beside_the_signed_figures_and_a_new_edition_names_the_former(station: Station) -> None:
    head = member(station, "village_head")
    sign(head)
    first = station.one("signed_reports")["check_code"]
    late_visit(station)

    page = words(station.client.get(QUARTER))
    assert "angka berubah sejak itu." in page
    cards = json.loads(station.one("signed_reports")["content"])["card"], station.client.get(f"{QUARTER}.json").json
    levels = [card["table4"]["total"]["percent"].replace(".", ",") + "%" for card in cards]
    assert levels[0] != levels[1]
    paper, found = station.client.get(PAPER), station.client.get(f"/periksa/{first}")
    for one in (paper, found):
        rows = {tuple(" ".join(cell.text_content().split()) for cell in row) for row in _changes(one)}
        assert ("–", "Ibu belum dipantau", "1", "0") in rows
        assert ("4", "Tingkat konvergensi (diterima)", "4", "8") in rows
        assert ("4", "Tingkat konvergensi (persen)", *levels) in rows
    assert "Halaman 3 dari 3" in words(paper)

    sign(head)
    second = station.rows("signed_reports")[-1]
    assert (second["edition"], json.loads(second["content"])["replaces"]) == (2, first)
    assert [row["check_code"] for row in station.rows("signed_reports")] == [first, second["check_code"]]
    assert second["check_code"] in words(station.client.get(f"/periksa/{first}"))
    assert first in words(station.client.get(f"/periksa/{second['check_code']}"))
    assert first in words(station.client.get(PAPER))


def test_workbooks__bear_number_day_and_names_while_the_figures_are_those_that_were_signed(station: Station) -> None:
    head = member(station, "village_head")
    assert "Nomor laporan: …" in above(station.client.get(f"{QUARTER}.xlsx"))[0]
    sign(head, nip_kepala="198001012005011001")
    code = station.one("signed_reports")["check_code"]
    number = f"{VILLAGE}/2026-Q1/1"
    for book in (station.client.get(f"{QUARTER}.xlsx"), head.get(f"{QUARTER}/formulir.xlsx")):
        assert above(book) == [f"Nomor laporan: {number}    Tanggal laporan: 9 April 2026    Kode periksa: {code}"]
        assert signers(book) == {
            "Disusun oleh": ("Bu Kader", None),
            "Diperiksa oleh": (None, None),
            "Mengetahui": ("Pak Kades", "198001012005011001"),
        }
    late_visit(station)
    for book in (station.client.get(f"{QUARTER}.xlsx"), head.get(f"{QUARTER}/formulir.xlsx")):
        blank, changed = above(book)
        assert blank.startswith("Nomor laporan: …") and set(signers(book).values()) == {(None, None)}
        assert f"berubah sesudah laporan {number} ditandatangani pada 9 April 2026 (kode periksa {code})" in changed


def formulir4_of(book: TestResponse) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(BytesIO(book.data))["Formulir 4"].iter_rows(values_only=True))


def above(book: TestResponse) -> list[str]:
    """The lines of the workbook's Formulir 4 about the report as a paper."""
    lines = [str(row[0]) for row in formulir4_of(book)]
    return lines[3 : lines.index("None")]


def signers(book: TestResponse) -> dict[str, tuple[str | None, str | None]]:
    """By role, the name and the NIP below the workbook's Formulir 4."""
    return {str(row[1]).partition(":")[0]: row[2:4] for row in formulir4_of(book)[-3:]}


def _changes(page: TestResponse) -> list[html.HtmlElement]:
    return list(html.document_fromstring(page.text).xpath("//table[contains(@class, 'changed')]/tbody/tr"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kepala": " "}, "Tulis nama Kepala Desa"),
        ({"sudah_diperiksa": ""}, "Centang dahulu"),
        ({"angka": "x"}, "Angkanya berubah sesudah halaman ini dibuka"),
    ],
)
def test_signing__is_refused_where_something_is_missing(
    station: Station, fields: dict[str, str], sentence: str
) -> None:
    refused = sign(member(station, "village_head"), **fields)
    assert refused.status_code in (400, 409)
    assert sentence in words(refused)
    assert 'value="Bu Kader"' in refused.text  # what was typed stays
    assert station.rows("signed_reports") == []


def test_signing__of_a_quarter_that_runs_or_that_is_signed_already(station: Station) -> None:
    head = member(station, "village_head")
    running = head.get(f"/desa/{VILLAGE}/2026-Q2/tanda-tangan")
    assert (running.status_code, "masih sementara" in running.text) == (409, True)
    empty = head.get(f"/desa/{VILLAGE}/2025-Q3/tanda-tangan")
    assert (empty.status_code, "belum punya sasaran" in empty.text) == (409, True)
    page = html.document_fromstring(head.get(SIGN).text).forms[-1]
    fields = {**dict(page.fields), "sudah_diperiksa": "ya", **NAMES}
    assert head.post(SIGN, data=fields).status_code == 303
    assert head.post(SIGN, data=fields).status_code == 409
    assert "tidak perlu ditandatangani lagi" in words(head.get(SIGN))
    assert len(station.rows("signed_reports")) == 1


def test_check__is_plain_where_the_code_is_unknown_and_takes_it_as_it_is_typed(station: Station) -> None:
    unknown = station.client.get("/periksa/K7PM-4T2X-9QRA")
    assert (unknown.status_code, "Tidak ada laporan dengan kode K7PM-4T2X-9QRA" in words(unknown)) == (404, True)
    sign(member(station, "village_head"))
    code = station.one("signed_reports")["check_code"]
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "i")
    answer = station.client.get("/periksa", query_string={"kode": typed})
    assert answer.headers["Location"] == f"/periksa/{code}"
    assert station.client.get(f"/periksa/{code.lower()}").status_code == 200


def test_rebuild__keeps_what_was_signed(station: Station) -> None:
    sign(member(station, "village_head"))
    before = station.rows("signed_reports")
    late_visit(station)
    rebuild(station.engine, FormCache(), ZoneInfo("Asia/Jakarta"), station.clock(), iter)
    assert station.rows("signed_reports") == before
    assert "angka berubah sejak itu." in words(station.client.get(QUARTER))


def test_scorecards_not_public__the_check_confirms_without_figures(open_station: Open) -> None:
    station = with_village(open_station(PUBLIC_SCORECARDS="off"))
    sign(member(station, "village_head"))
    code = station.one("signed_reports")["check_code"]
    found = words(station.client.get(f"/periksa/{code}"))
    assert "9 April 2026" in found
    assert "Angka yang ditandatangani" not in found
    assert station.client.get(f"{QUARTER}.pdf").status_code == 302


def test_signing__by_the_village_head_of_that_village_alone(station: Station) -> None:
    for role, region in (("kpm", VILLAGE), ("admin", "11"), ("village_head", OTHER_VILLAGE)):
        client = browser_of(station, open_account(station, role, region, f"{role}@lain.id"))
        assert client.get(SIGN).status_code == 403
        assert "Tanda tangani" not in client.get(QUARTER).text
    assert "tanda-tangan" in member(station, "village_head").get(QUARTER).text


def test_command__writes_the_paper_and_the_workbook_of_counts(station: Station, tmp_path: Path) -> None:
    sign(member(station, "village_head"))
    pdf, xlsx = tmp_path / "formulir-4.pdf", tmp_path / "formulir.xlsx"
    words_ = ["--database", station.url, "scorecard", VILLAGE, "2026-Q1", "--pdf", str(pdf), "--xlsx", str(xlsx)]
    done = CliRunner().invoke(main, words_)
    assert done.exit_code == 0, done.output
    said = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert station.one("signed_reports")["check_code"] in said
    book = openpyxl.load_workbook(xlsx)
    assert book.sheetnames == ["Formulir 1", "Formulir 4"]
