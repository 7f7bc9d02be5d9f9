"""The KPM's record: what is possible in a term of office, the page, and who may change what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import Connection, Engine
from werkzeug.test import TestResponse

from forms.problems import ProblemError
from server.accounts.users import ROLES
from server.cli.main import main
from server.database.engine import reading, writing
from server.publications import form_versions, indicator_versions
from server.settings import read_settings
from server.villages import officers, regions
from server.villages.officer_terms import Term
from tests.recounts.kpm_year import MORE_FORMS, Year, keep
from tests.server.conftest import Open
from tests.support.builders import NOW, WORKBOOKS, shipped_schema
from tests.support.counting import mother, of_mother, village
from tests.support.databases import Databases, opened_ready
from tests.support.members import member, send_form, token_of
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, prepared
from tests.support.village_forms import mapped, measured

TODAY = date(2026, 3, 10)
REGION = {"kpm": VILLAGE, "village_head": VILLAGE, "subdistrict": "11.01.01", "district": "11.01", "admin": "11"}
PAGE = f"/desa/{VILLAGE}/kpm"


# -- what is possible --------------------------------------------------------------------------------------------------


@pytest.fixture
def store(databases: Databases) -> Iterator[Engine]:
    with opened_ready(databases, prepared) as engine:
        yield engine


def elected(connection: Connection, name: str = "Siti Aminah", day: str = "2025-01-06") -> str:
    return officers.elect(connection, VILLAGE, name, date.fromisoformat(day), TODAY).id


def contracted(connection: Connection, day: str = "2025-01-20") -> str:
    id_ = elected(connection)
    officers.approve(connection, VILLAGE, id_, "Teuku Umar", date(2025, 1, 8), TODAY)
    officers.contract(connection, VILLAGE, id_, "140/07", date.fromisoformat(day), TODAY)
    return id_


def the_term(store: Engine) -> Term:
    with reading(store) as connection:
        (term,) = officers.terms(connection, VILLAGE)
    return term


def test_a_term_holds_all_that_happened_in_it_from_old_to_new(store: Engine) -> None:
    with writing(store) as connection:
        id_ = contracted(connection)
        officers.train(connection, VILLAGE, id_, date(2025, 9, 2), " Tikar Pertumbuhan ", TODAY)
        officers.train(connection, VILLAGE, id_, date(2025, 2, 11), "Pelatihan dasar", TODAY)
        officers.pay(connection, VILLAGE, id_, date(2025, 1, 31), 500_000, TODAY)
        officers.end(connection, VILLAGE, id_, date(2026, 1, 31), TODAY)

    term = the_term(store)
    assert (term.name, term.elected_on, term.approved_on, term.approved_by) == (
        *("Siti Aminah", date(2025, 1, 6), date(2025, 1, 8), "Teuku Umar"),
    )
    assert (term.contract_number, term.contract_on, term.ended_on) == ("140/07", date(2025, 1, 20), date(2026, 1, 31))
    assert [(event.day, event.note) for event in term.trainings] == [
        (date(2025, 2, 11), "Pelatihan dasar"),
        (date(2025, 9, 2), "Tikar Pertumbuhan"),
    ]
    assert [(event.day, event.amount) for event in term.honors] == [(date(2025, 1, 1), 500_000)]


def test_everything_can_be_corrected_and_taken_back(store: Engine) -> None:
    with writing(store) as connection:
        id_ = contracted(connection)
        officers.pay(connection, VILLAGE, id_, date(2025, 1, 1), 500_000, TODAY)
        officers.train(connection, VILLAGE, id_, date(2025, 2, 11), "Pelatihan dasar", TODAY)
        officers.end(connection, VILLAGE, id_, date(2026, 1, 31), TODAY)
        (term,) = officers.terms(connection, VILLAGE)
        for event in term.events:
            officers.remove_event(connection, VILLAGE, id_, event.id)
        officers.end(connection, VILLAGE, id_, None, TODAY)
        officers.contract(connection, VILLAGE, id_, "  ", None, TODAY)
        officers.approve(connection, VILLAGE, id_, "Teuku Umar", None, TODAY)
        officers.correct(connection, VILLAGE, id_, "Siti Aminah binti Ali", date(2025, 1, 5), TODAY)

    assert the_term(store) == Term(VILLAGE, id_, "Siti Aminah binti Ali", date(2025, 1, 5))


def test_a_removed_term_leaves_nothing(store: Engine) -> None:
    with writing(store) as connection:
        id_ = elected(connection)
        officers.train(connection, VILLAGE, id_, date(2025, 2, 11), "Pelatihan dasar", TODAY)
        officers.remove(connection, VILLAGE, id_)
        assert officers.terms(connection, VILLAGE) == []
        again = elected(connection)

    assert the_term(store).id == again
    assert the_term(store).events == ()


def test_the_next_kpm_may_begin_on_the_day_on_which_the_last_one_ends(store: Engine) -> None:
    with writing(store) as connection:
        first = elected(connection)
        officers.end(connection, VILLAGE, first, date(2025, 6, 30), TODAY)
        second = elected(connection, "Rosmiati", "2025-06-30")
        assert [term.id for term in officers.terms(connection, VILLAGE)] == [second, first]
        assert officers.terms(connection, OTHER_VILLAGE) == []


def test_honor_may_be_paid_for_the_month_of_the_contract_and_of_the_end(store: Engine) -> None:
    with writing(store) as connection:
        id_ = contracted(connection, "2025-01-31")
        officers.pay(connection, VILLAGE, id_, date(2025, 1, 1), 1, TODAY)
        officers.pay(connection, VILLAGE, id_, date(2025, 3, 1), 1, TODAY)
        officers.end(connection, VILLAGE, id_, date(2025, 3, 1), TODAY)


Attempt = Callable[[Connection], Any]


def of_elected(act: Callable[[Connection, str], Any]) -> Attempt:
    return lambda connection: act(connection, elected(connection))


def of_contracted(act: Callable[[Connection, str], Any]) -> Attempt:
    return lambda connection: act(connection, contracted(connection))


def train(connection: Connection, id_: str, day: str = "2025-02-11", note: str = "Dasar") -> None:
    officers.train(connection, VILLAGE, id_, date.fromisoformat(day), note, TODAY)


def pay(connection: Connection, id_: str, month: str = "2025-02", amount: int = 500_000) -> None:
    officers.pay(connection, VILLAGE, id_, date.fromisoformat(f"{month}-01"), amount, TODAY)


def approve(connection: Connection, id_: str, day: str) -> None:
    officers.approve(connection, VILLAGE, id_, "Teuku Umar", date.fromisoformat(day), TODAY)


def contract(connection: Connection, id_: str, day: str | None, number: str = "140/07") -> None:
    officers.contract(connection, VILLAGE, id_, number, date.fromisoformat(day) if day else None, TODAY)


def end(connection: Connection, id_: str, day: str) -> None:
    officers.end(connection, VILLAGE, id_, date.fromisoformat(day), TODAY)


def correct(connection: Connection, id_: str, day: str) -> None:
    officers.correct(connection, VILLAGE, id_, "Siti Aminah", date.fromisoformat(day), TODAY)


def twice(act: Callable[[Connection, str], Any]) -> Callable[[Connection, str], Any]:
    def both(connection: Connection, id_: str) -> None:
        act(connection, id_)
        act(connection, id_)

    return both


def with_honor(act: Callable[[Connection, str], Any]) -> Attempt:
    def paid(connection: Connection, id_: str) -> None:
        pay(connection, id_, "2025-02")
        act(connection, id_)

    return of_contracted(paid)


REFUSED: dict[str, tuple[str, Attempt]] = {
    "no name": ("kpm-no-name", lambda connection: elected(connection, "  ")),
    "a name too long": ("kpm-text-too-long", lambda connection: elected(connection, "S" * 121)),
    "elected tomorrow": ("kpm-day-in-future", lambda connection: elected(connection, day="2026-03-11")),
    "elected long ago": ("kpm-day-too-early", lambda connection: elected(connection, day="2017-12-31")),
    "approved before elected": (
        "kpm-approved-before-elected",
        of_elected(lambda c, id_: approve(c, id_, "2025-01-05")),
    ),
    "approved tomorrow": ("kpm-day-in-future", of_elected(lambda c, id_: approve(c, id_, "2026-03-11"))),
    "contract before approval": (
        "kpm-contract-not-approved",
        of_elected(lambda c, id_: contract(c, id_, "2025-02-01")),
    ),
    "contract earlier than approval": (
        "kpm-contract-before-approved",
        of_contracted(lambda c, id_: contract(c, id_, "2025-01-07")),
    ),
    "contract without number": (
        "kpm-contract-incomplete",
        of_contracted(lambda c, id_: contract(c, id_, "2025-02-01", "")),
    ),
    "contract without day": ("kpm-contract-incomplete", of_contracted(lambda c, id_: contract(c, id_, None))),
    "approval taken back under a contract": (
        "kpm-contract-not-approved",
        of_contracted(lambda c, id_: officers.approve(c, VILLAGE, id_, "", None, TODAY)),
    ),
    "approval moved behind the contract": (
        "kpm-contract-before-approved",
        of_contracted(lambda c, id_: approve(c, id_, "2025-01-21")),
    ),
    "election moved behind the approval": (
        "kpm-approved-before-elected",
        of_contracted(lambda c, id_: correct(c, id_, "2025-01-09")),
    ),
    "ended before the contract": ("kpm-ended-too-early", of_contracted(lambda c, id_: end(c, id_, "2025-01-19"))),
    "ended before a paid month": ("kpm-ended-too-early", with_honor(lambda c, id_: end(c, id_, "2025-01-31"))),
    "ended tomorrow": ("kpm-day-in-future", of_elected(lambda c, id_: end(c, id_, "2026-03-11"))),
    "training without name": ("kpm-training-without-name", of_elected(lambda c, id_: train(c, id_, note=" "))),
    "training before the election": (
        "kpm-training-before-elected",
        of_elected(lambda c, id_: train(c, id_, "2025-01-05")),
    ),
    "training twice": ("kpm-training-twice", of_elected(twice(train))),
    "training tomorrow": ("kpm-day-in-future", of_elected(lambda c, id_: train(c, id_, "2026-03-11"))),
    "honor without contract": ("kpm-honor-without-contract", of_elected(pay)),
    "honor before the contract": ("kpm-honor-before-contract", of_contracted(lambda c, id_: pay(c, id_, "2024-12"))),
    "honor of a month to come": ("kpm-day-in-future", of_contracted(lambda c, id_: pay(c, id_, "2026-04"))),
    "honor of nothing": ("kpm-honor-amount", of_contracted(lambda c, id_: pay(c, id_, amount=0))),
    "honor of too much": ("kpm-honor-amount", of_contracted(lambda c, id_: pay(c, id_, amount=50_000_001))),
    "honor twice": ("kpm-honor-twice", of_contracted(twice(pay))),
    "contract taken back after honor": (
        "kpm-honor-without-contract",
        with_honor(lambda c, id_: contract(c, id_, None, "")),
    ),
    "contract moved behind honor": (
        "kpm-honor-before-contract",
        with_honor(lambda c, id_: contract(c, id_, "2025-03-01")),
    ),
    "a second KPM": ("kpm-terms-overlap", of_elected(lambda c, id_: elected(c, "Rosmiati", "2025-06-01"))),
    "a KPM before, without an end": ("kpm-terms-overlap", of_elected(lambda c, id_: elected(c, "Ani", "2024-01-01"))),
    "removed with a contract": (
        "kpm-remove-with-contract",
        of_contracted(lambda c, id_: officers.remove(c, VILLAGE, id_)),
    ),
    "a term that is not there": ("unknown-kpm-entry", lambda connection: end(connection, "x", "2025-02-01")),
    "a term of another village": (
        "unknown-kpm-entry",
        of_elected(lambda c, id_: officers.remove(c, OTHER_VILLAGE, id_)),
    ),
    "a training that is not there": (
        "unknown-kpm-entry",
        of_elected(lambda c, id_: officers.remove_event(c, VILLAGE, id_, "x")),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_a_sentence_in_both_languages(store: Engine, case: str) -> None:
    code, attempt = REFUSED[case]
    with pytest.raises(ProblemError) as refused, writing(store) as connection:
        attempt(connection)

    assert refused.value.code == code
    assert refused.value.text("id") != refused.value.text("en")
    with reading(store) as connection:
        assert officers.terms(connection, VILLAGE) == []  # and nothing of it is kept


def test_a_training_of_one_name_on_another_day_is_another_training(store: Engine) -> None:
    with writing(store) as connection:
        id_ = elected(connection)
        train(connection, id_, "2025-02-11")
        train(connection, id_, "2025-02-12")

    assert len(the_term(store).trainings) == 2


# -- the page ----------------------------------------------------------------------------------------------------------


def publish_all(connection: Connection) -> None:
    for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi", *MORE_FORMS):
        form_versions.publish(connection, shipped_schema(form_id), b"<x/>", b"", NOW)
    indicator_versions.publish(connection, (WORKBOOKS / "indikator.xlsx").read_bytes(), NOW)


@pytest.fixture
def busy(station: Station) -> Station:
    """A server with forms and rules, a KPM under contract, and a quarter of visits; it is 20 May."""
    with writing(station.engine) as connection:
        publish_all(connection)
        connection.execute(regions.regions.delete().where(regions.regions.c.code == VILLAGE))
        rows = [of_mother(day) for day in ("2026-01-10", "2026-02-10")]
        received = {1: datetime(2026, 1, 11, tzinfo=UTC), 2: datetime(2026, 2, 20, tzinfo=UTC)}
        known = village(mother(), *rows)
        keep(connection, Year(type(known)(**{**vars(known), "code": VILLAGE}), received=received))
        contracted(connection)
    station.clock.now = datetime(2026, 5, 20, 3, tzinfo=UTC)
    return station


def term_id(station: Station) -> str:
    return str(station.one("kpm")["id"])


def words(page: TestResponse) -> str:
    return " ".join(" ".join(html.document_fromstring(page.text).xpath("//main//text()")).split())


def duties(page: TestResponse) -> list[list[str]]:
    rows = html.document_fromstring(page.text).xpath("(//table)[1]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_page__shows_the_performance_of_the_quarter_in_words_and_numbers(busy: Station) -> None:
    page = member(busy).get(f"{PAGE}/2026-Q1")

    assert duties(page) == [
        [
            "Kunjungan rumah setiap bulan Januari 1 dari 1, Februari 1 dari 1, Maret 0 dari 1",
            "2 / 3",
            "66,7% kurang",
        ],
        ["Tinggi badan anak diukur", "–", "tidak ada sasaran"],
        ["PAUD anak 2–6 tahun dipantau", "–", "tidak ada sasaran"],
        ["Peta sosial tahun ini Belum, atau terlambat; batasnya 31 Maret 2026.", "0 / 1", "0,0% kurang"],
        ["Rembuk Stunting tahun ini Belum; masih dapat sampai 30 Juni 2026.", "–", "belum jatuh tempo"],
        ["Rapat triwulan Belum, atau terlambat; batasnya 30 April 2026.", "0 / 1", "0,0% kurang"],
        ["Isian terkirim dalam 5 hari", "1 / 2", "50,0% kurang"],
    ]
    text = words(page)
    assert "29,2% Di bawah batas insentif Batas insentif: 80%" in text  # (2/3 + 0 + 0 + 1/2) / 4
    assert "Yang kurang pada triwulan itu Peta sosial tahun ini: 0 / 1" in text  # the furthest first


def test_page__of_a_quarter_that_is_over_gives_no_advice_and_leads_to_the_running_one(busy: Station) -> None:
    client = member(busy)
    over, running = client.get(f"{PAGE}/2026-Q1"), client.get(PAGE)

    assert "Datangi rumah tangga sasaran" not in words(over)
    assert "Kunjungi setiap ibu hamil" not in words(over)
    assert html.document_fromstring(over.text).xpath("//a[contains(., 'Yang perlu dikerjakan sekarang')]/@href") == [
        PAGE
    ]
    assert "Datangi rumah tangga sasaran" in words(running)


def test_page__says_what_the_card_counts_and_why_its_own_numbers_are_others(busy: Station) -> None:
    client = member(busy)
    for period in ("2026-Q1", "2026-Q2"):
        text = words(client.get(f"{PAGE}/{period}"))
        card = busy.client.get(f"/desa/{VILLAGE}/{period}.json").json
        mothers, children = card["table1"]["pregnant"]["total"], card["table1"]["children"]["total"]
        red = card["table2"]["red"]
        assert (
            f"Kartu desa triwulan ini: {mothers} ibu hamil dan {children} anak 0–23 bulan, {red} anak "
            "di antaranya bertanda merah pada Tikar (deteksi dini, bukan diagnosis). Jumlah kunjungan di atas berbeda: "
            "kartu menghitung" in text
        )


def test_page__names_the_red_children_of_the_card(as_shipped: Station) -> None:
    children = [new_id() for _ in range(3)]
    as_shipped.send(mapped(new_id(), children=[(one, {"nama": f"Anak {one[:4]}"}) for one in children]))
    for child in children[:2]:
        as_shipped.send(measured(child, day="2026-03-02", tikar="merah"))
    red = as_shipped.client.get(f"/desa/{VILLAGE}.json").json["table2"]["red"]
    assert red == 2
    assert "3 anak 0–23 bulan, 2 anak di antaranya bertanda merah" in words(member(as_shipped).get(PAGE))
    assert "3 children of 0–23 months, of whom 2 have a red mark" in words(
        member(as_shipped, "village_head").get(f"{PAGE}?lang=en")
    )


def test_page__of_the_running_quarter_is_not_final(busy: Station) -> None:
    text = words(member(busy).get(PAGE))

    assert "Sementara" in text
    assert "Triwulan ini dinilai mulai 1 Agustus 2026." in text
    assert "April 0 dari 1, Mei 0 dari 1. 1 lagi dapat dikunjungi sampai 31 Mei 2026." in text


def test_page__of_a_past_quarter_holds_out_no_day_that_is_gone(busy: Station) -> None:
    busy.clock.now = datetime(2026, 8, 1, 3, tzinfo=UTC)

    text = words(member(busy).get(f"{PAGE}/2026-Q1"))
    assert "Rembuk Stunting tahun ini Batasnya 30 Juni 2026, sesudah triwulan ini." in text


def test_page__says_it_in_english_too(busy: Station) -> None:
    text = words(member(busy).get(f"{PAGE}/2026-Q1?lang=en"))

    assert "Below the threshold for the incentive" in text
    assert "in office since 6 January 2025" in text


def test_page__turns_to_the_quarters_that_have_data(busy: Station) -> None:
    client = member(busy)

    def links(page: TestResponse) -> dict[str, str]:
        return {link.get("rel"): link.get("href") for link in html.document_fromstring(page.text).xpath("//a[@rel]")}

    assert links(client.get(PAGE)) == {"prev": f"{PAGE}/2026-Q1"}
    assert links(client.get(f"{PAGE}/2025-Q4")) == {"next": f"{PAGE}/2026-Q1"}  # the mother is on the list since then


@pytest.mark.parametrize(("period", "status"), [("2026-Q3", 404), ("2026-1", 404), ("2026-Q2", 200)])
def test_page__of_a_quarter_that_is_none(busy: Station, period: str, status: int) -> None:
    assert member(busy).get(f"{PAGE}/{period}").status_code == status


def test_page__of_a_village_that_is_none(station: Station) -> None:
    admin = member(station, "admin", "11")
    assert admin.get("/desa/11.01.01.2009/kpm").status_code == 404
    assert admin.get("/desa/11.01.01/kpm").status_code == 404


def test_page__without_rules_still_shows_the_record(station: Station) -> None:
    with writing(station.engine) as connection:
        contracted(connection)

    text = words(member(station).get(PAGE))
    assert "Belum ada indikator yang terbit" in text
    assert "Siti Aminah" in text


def test_page__the_threshold_is_a_setting(open_station: Open) -> None:
    station = open_station(INCENTIVE_FROM="25", SOCIAL_MAP_BY="02-28")
    with writing(station.engine) as connection:
        publish_all(connection)

    text = words(member(station).get(PAGE))
    assert "Batas insentif: 25%" in text
    assert "batasnya 28 Februari 2026" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("INCENTIVE_FROM", "0"), ("INCENTIVE_FROM", "101"), ("SOCIAL_MAP_BY", "31-03")),
        *(("SOCIAL_MAP_BY", "02-29"), ("REMBUK_BY", "Juni")),
    ],
)
def test_setting__that_cannot_be_stops_the_start_with_a_sentence(name: str, value: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_settings({name: value})
    assert refused.value.code == "bad-setting"
    assert f"{name}='{value}'" in refused.value.text("en")


# -- who may change what -----------------------------------------------------------------------------------------------

# What each form holds that everybody tries to send: address below the term, fields, and who may.
HEAD, CAMAT = {"village_head", "admin"}, {"subdistrict", "admin"}
CHANGES: dict[str, tuple[dict[str, str], set[str]]] = {
    "data": ({"nama": "Siti A.", "tanggal": "2025-01-05"}, HEAD),
    "persetujuan": ({"tanggal": "2025-01-09"}, HEAD),
    "kontrak": ({"nomor": "140/08", "tanggal": "2025-01-21"}, CAMAT),
    "pelatihan": ({"pelatihan": "Dasar", "tanggal": "2025-02-11"}, HEAD),
    "honor": ({"bulan": "2026-04", "jumlah": "500.000"}, HEAD),
    "akhir": ({"tanggal": "2026-05-20"}, HEAD),
}


@pytest.mark.parametrize("role", ROLES)
def test_change__is_for_the_roles_that_the_law_names(busy: Station, role: str) -> None:
    client, term = member(busy, role, REGION[role]), term_id(busy)
    page = client.get(PAGE)
    forms_shown = {
        action.removeprefix(f"{PAGE}/{term}/")
        for action in html.document_fromstring(page.text).xpath("//form/@action")
        if term in action
    }
    assert forms_shown == {path for path, (_, who) in CHANGES.items() if role in who}
    token = token_of(client.get("/keluar"))
    for path, (fields, who) in CHANGES.items():
        answer = client.post(f"{PAGE}/{term}/{path}", data={"csrf_token": token, **fields})
        assert (path, answer.status_code) == (path, 303 if role in who else 403)


def test_change__is_seen_on_the_page_afterwards(busy: Station) -> None:
    admin, term = member(busy, "admin", "11"), term_id(busy)
    for path, (fields, _) in CHANGES.items():
        answer = send_form(admin, f"{PAGE}/{term}/{path}", PAGE, **fields)
        assert answer.headers["Location"] == f"{PAGE}#masa-tugas"

    text = words(admin.get(PAGE))
    for said in (
        *("Siti A. 5 Januari 2025 sampai 20 Mei 2026", "9 Januari 2025, dicatat oleh Nama admin"),
        *("nomor 140/08, 21 Januari 2025", "Dasar 11 Februari 2025", "April 2026 Rp500.000"),
    ):
        assert said in text


def test_change__a_new_kpm_is_entered_approved_and_contracted(busy: Station) -> None:
    head, camat = member(busy, "village_head"), member(busy, "subdistrict", "11.01.01")
    send_form(head, f"{PAGE}/{term_id(busy)}/akhir", PAGE, tanggal="2026-04-30")
    send_form(head, f"{PAGE}/baru", PAGE, nama=" Rosmiati ", tanggal="2026-05-02")
    (new,) = (str(row["id"]) for row in busy.rows("kpm") if row["name"] == "Rosmiati")
    send_form(head, f"{PAGE}/{new}/persetujuan", PAGE, tanggal="2026-05-04")
    send_form(camat, f"{PAGE}/{new}/kontrak", PAGE, nomor="140/09", tanggal="2026-05-06")

    row = busy.one("kpm", id=new)
    assert (row["approved_by"], row["contract_number"]) == ("Nama village_head", "140/09")


def test_change__what_was_entered_by_mistake_is_removed(busy: Station) -> None:
    admin, term = member(busy, "admin", "11"), term_id(busy)
    send_form(admin, f"{PAGE}/{term}/honor", PAGE, bulan="2026-04", jumlah="500000")
    (remove,) = html.document_fromstring(admin.get(PAGE).text).xpath("//button/@formaction")
    refused = send_form(admin, remove, PAGE)
    assert (refused.status_code, "Centang dulu" in words(refused)) == (400, True)
    assert len(busy.rows("kpm_events")) == 1
    assert send_form(admin, remove, PAGE, yakin="ya").status_code == 303
    assert busy.rows("kpm_events") == []
    assert send_form(admin, remove, PAGE, yakin="ya").status_code == 404

    send_form(admin, f"{PAGE}/{term}/kontrak", PAGE, nomor="", tanggal="")
    refused = send_form(admin, f"{PAGE}/{term}/hapus", PAGE)
    assert (refused.status_code, "Centang dulu" in words(refused)) == (400, True)
    assert send_form(admin, f"{PAGE}/{term}/hapus", PAGE, yakin="ya").status_code == 303
    assert busy.rows("kpm") == []


WRONGLY_TYPED = {
    "no day": ("pelatihan", {"pelatihan": "Dasar", "tanggal": ""}, "Isi tanggalnya."),
    "a day that is none": ("pelatihan", {"pelatihan": "Dasar", "tanggal": "31/12/2025"}, "“31/12/2025” tidak dipahami"),
    "a month that is none": ("honor", {"bulan": "Mei", "jumlah": "1"}, "Bulan “Mei” tidak dipahami"),
    "an amount that is none": ("honor", {"bulan": "2026-04", "jumlah": "500,5"}, "Jumlah “500,5” tidak dipahami"),
    "an amount with stray points": ("honor", {"bulan": "2026-04", "jumlah": "50.00"}, "Jumlah “50.00” tidak dipahami"),
    "a day that cannot be": ("persetujuan", {"tanggal": "2025-01-05"}, "lebih awal dari pemilihan (2025-01-06)"),
}


@pytest.mark.parametrize("case", WRONGLY_TYPED)
def test_refused__the_form_stands_open_with_the_sentence_and_what_was_typed(busy: Station, case: str) -> None:
    path, fields, sentence = WRONGLY_TYPED[case]
    answer = send_form(member(busy, "village_head"), f"{PAGE}/{term_id(busy)}/{path}", PAGE, **fields)

    assert answer.status_code == 400
    page = html.document_fromstring(answer.text)
    assert sentence in " ".join(page.xpath("string(//*[@role='alert'])").split())
    (form,) = page.xpath("//details[@open]/form")
    assert form.get("action") == f"{PAGE}/{term_id(busy)}/{path}"
    assert {one.get("name"): one.get("value") for one in form.xpath(".//input[@name!='csrf_token']")} == fields


def test_refused__twice_the_same_month_is_a_conflict(busy: Station) -> None:
    head, path = member(busy, "village_head"), f"{PAGE}/{term_id(busy)}/honor"
    assert send_form(head, path, PAGE, bulan="2026-04", jumlah="500000").status_code == 303
    answer = send_form(head, path, PAGE, bulan="2026-04", jumlah="500000")
    assert (answer.status_code, "Honor bulan 2026-04 sudah tercatat" in words(answer)) == (409, True)


def test_page__shows_what_was_typed_as_text(busy: Station) -> None:
    head: FlaskClient = member(busy, "village_head")
    send_form(head, f"{PAGE}/{term_id(busy)}/pelatihan", PAGE, pelatihan="<b>Dasar</b>", tanggal="2025-02-11")
    assert "<b>Dasar</b> 11 Februari 2025" in words(head.get(PAGE))


# -- the command -------------------------------------------------------------------------------------------------------


def test_command__prints_the_performance(busy: Station) -> None:
    def kpm_performance(*asked: str) -> Any:
        return CliRunner().invoke(main, ["--database", busy.url, "performance", *asked])

    lines = kpm_performance(VILLAGE, "2026-Q1").output.splitlines()
    assert re.match(r"Sukamaju \(11\.01\.01\.2001\) 2026-Q1", lines[0])
    assert re.search(r"kunjungan rumah tiap bulan / home visits each month +2/3 +66\.7$", lines[1])
    found = json.loads(kpm_performance(VILLAGE, "2026-Q1", "--json").output)
    assert (found["percent"], found["incentive_from"], found["incentive"]) == ("29.2", 80, False)
    wrong = kpm_performance(VILLAGE, "2026-1")
    assert (wrong.exit_code, "bukan triwulan" in wrong.output) == (1, True)
    assert kpm_performance("11.01.01", "2026-Q1").exit_code == 1
