"""What an admin may change in the workbook: windows, minimums, dates, and answers whose type changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, insert

from aggregate.scorecard.refresh import refresh
from forms.problems import ProblemError
from forms.schema import Field, FieldType, FormSchema, Table
from server.database.answer_tables import form_tables
from server.database.engine import writing
from server.publications import form_versions, indicator_versions
from tests.support.builders import NOW, load, publish, sent, shipped_schema
from tests.support.counting import LATER, count, look, mother, of_mother, village, workbook

SHIPPED = ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")


def with_rules(engine: Engine, **changes: dict[str, str]) -> None:
    publish(engine, *[shipped_schema(form_id) for form_id in SHIPPED], workbook=workbook(**changes))


@pytest.mark.parametrize(
    "window, first_that_counts",
    [("triwulan", "2026-07-01"), ("semester", "2026-07-01"), ("tahun", "2026-01-01"), ("semua", "2025-11-05")],
)
def test_a_window_reaches_back_to_its_first_day(engine: Engine, window: str, first_that_counts: str) -> None:
    days = ["2025-11-05", "2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01"]
    with_rules(engine, ih2={"jendela": window, "minimal": "1"})
    people = [mother(day, "2025-10-01", hpl=date(2026, 11, 1)) for day in days]
    rows = [of_mother(day, day, pil_fe="ya") for day in days]
    visited = [of_mother("2026-09-01", day) for day in days]

    counted = count(engine, village(*people, *rows, *visited), "2026-Q3")

    received = [target for target, result in counted.results.items() if result["ih2"] == "Y"]
    assert sorted(received) == [day for day in days if day >= first_that_counts]


def test_a_minimum_counts_months_and_not_rows(engine: Engine) -> None:
    with_rules(engine, ih2={"jendela": "tahun", "minimal": "3"})
    known = village(
        mother("tiga", hpl=date(2026, 11, 1)),
        mother("dua", hpl=date(2026, 11, 1)),
        *[of_mother(day, "tiga", pil_fe="ya") for day in ("2026-01-31", "2026-02-01", "2026-08-02")],
        *[of_mother(day, "dua", pil_fe="ya") for day in ("2026-02-01", "2026-02-28", "2026-08-02")],
    )

    results = count(engine, known, "2026-Q3").results

    assert (results["tiga"]["ih2"], results["dua"]["ih2"]) == ("Y", "T")


def test_rules_may_compare_dates_and_ask_for_numbers_of_the_visit(engine: Engine) -> None:
    with_rules(
        engine,
        ih2={"berlaku_jika": "${tanggal_melahirkan} >= '2026-03-01'", "diterima_jika": "${lila} > 23.5"},
        ih6={"berlaku_jika": "${lila} < 23.5"},
    )
    born = {"hpl": date(2026, 3, 10), "tanggal_melahirkan": date(2026, 3, 1)}
    known = village(
        mother("lahir", **born),
        mother("hamil"),
        of_mother("2026-03-05", "lahir", lila=24.1, tanggal_melahirkan="2026-03-01"),
        of_mother("2026-03-05", "hamil", lila=22.9),
    )

    results = count(engine, known).results

    assert {target: (result["ih2"], result["ih6"]) for target, result in results.items()} == {
        "lahir": ("Y", "TS"),
        "hamil": ("TS", "T"),
    }


# A form with just enough to count mothers by; `jumlah` is added in the tests.
FIELDS: dict[str, FieldType] = {
    "tanggal": "date",
    "ibu_hamil": "text",
    "anak": "text",
    "status_kehamilan": "text",
    "status_gizi": "text",
}


def small_form(version: str, fields: dict[str, FieldType]) -> FormSchema:
    columns = tuple(Field(name, (name,), kind) for name, kind in fields.items())
    return FormSchema("kunjungan_rumah", version, "Kunjungan rumah", (Table("", (), columns),), (), ())


def test_answers_of_a_field_whose_type_changed_count_together(engine: Engine) -> None:
    versions = [small_form("1", {**FIELDS, "jumlah": "text"}), small_form("2", {**FIELDS, "jumlah": "integer"})]
    publish(engine, *versions, workbook=workbook({"ih2"}, ih2={"diterima_jika": "number(${jumlah}) >= 3"}))
    table = form_tables(versions).tables[""]
    answered: dict[str, dict[str, object]] = {
        "teks": {"jumlah": "3"},
        "angka": {"jumlah__integer": 3},
        "kurang": {"jumlah__integer": 2},
        "bukan angka": {"jumlah": "tiga"},
        "kosong": {},
    }
    known = village(*[mother(who) for who in answered])
    with writing(engine) as connection:
        load(connection, known)
        for seq, (who, answer) in enumerate(answered.items(), start=1):
            row = {**sent(known.code, seq), "tanggal": date(2026, 2, 10), "ibu_hamil": who}
            connection.execute(insert(table), row | answer)

    results = look(engine, known.code).results

    assert {who: result["ih2"] for who, result in results.items()} == {
        "teks": "Y",
        "angka": "Y",
        "kurang": "T",
        "bukan angka": "T",
        "kosong": "T",
    }


def moved(schema: FormSchema, version: str, *names: str, beside: bool = False) -> FormSchema:
    """The form as a later version that asks these questions in a group; `beside`: there as well as outside."""
    fields = []
    for field in schema.main.fields:
        in_group = replace(
            field, path=("kelompok", field.name), name=f"kelompok_{field.name}" if beside else field.name
        )
        fields += [field] if field.name not in names or beside else []
        fields += [in_group] if field.name in names else []
    return replace(schema, version=version, tables=(Table("", (), tuple(fields)),))


def test_questions_that_a_version_takes_to_another_group_are_counted_on(engine: Engine) -> None:
    first = small_form("1", {**FIELDS, "timbang": "text"})
    versions = [first, moved(first, "2", "tanggal", "ibu_hamil", "timbang")]
    publish(engine, *versions, workbook=workbook({"ih2"}, ih2={"diterima_jika": "${timbang} = 'ya'"}))
    table = form_tables(versions).tables[""]
    day = date(2026, 2, 10)
    answered: dict[str, dict[str, object]] = {
        "dulu": {"tanggal": day, "ibu_hamil": "dulu", "timbang": "ya"},
        "kini": {"tanggal__date": day, "ibu_hamil__text": "kini", "timbang__text": "ya"},
        "belum": {"tanggal__date": day, "ibu_hamil__text": "belum", "timbang__text": "tidak"},
    }
    known = village(*[mother(who) for who in answered])
    with writing(engine) as connection:
        load(connection, known)
        for seq, row in enumerate(answered.values(), start=1):
            connection.execute(insert(table), {**sent(known.code, seq), **row})

    results = look(engine, known.code).results

    assert {who: result["ih2"] for who, result in results.items()} == {"dulu": "Y", "kini": "Y", "belum": "T"}


def test_a_question_that_got_a_namesake_beside_it_is_not_read_under_that_name(engine: Engine) -> None:
    first = small_form("1", {**FIELDS, "timbang": "text"})
    grouped = moved(first, "1", "timbang")
    versions = [grouped, moved(first, "2", "timbang", beside=True)]
    publish(engine, *versions, workbook=workbook({"ih2"}, ih2={"diterima_jika": "${timbang} = 'ya'"}))
    table = form_tables(versions).tables[""]
    known = village(mother("luar"), mother("grup"))
    with writing(engine) as connection:
        load(connection, known)
        for seq, (who, column) in enumerate({"luar": "timbang__text", "grup": "timbang"}.items(), start=1):
            row = {**sent(known.code, seq), "tanggal": date(2026, 2, 10), "ibu_hamil": who, column: "ya"}
            connection.execute(insert(table), row)

    results = look(engine, known.code).results

    assert {who: result["ih2"] for who, result in results.items()} == {"luar": "Y", "grup": "T"}


def test_an_indicator_counts_once_the_form_it_waits_for_is_published(engine: Engine) -> None:
    with_rules(engine, ih2={"formulir": "pantau_lain", "diterima_jika": "${lain} = 'ya'"})
    before = count(engine, village(mother(), of_mother("2026-02-10")))
    assert before.row("ih2") == {"code": "ih2", "received": 0, "due": 0, "percent": None}

    other = FormSchema("pantau_lain", "1", "Lain", small_form("1", {**FIELDS, "lain": "text"}).tables, (), ())
    with writing(engine) as connection:
        form_versions.publish(connection, other, b"<h:html/>", b"", NOW)
        row = {**sent(before.village, 2), "tanggal": date(2026, 2, 11), "ibu_hamil": "ibu", "lain": "ya"}
        connection.execute(insert(form_tables([other]).tables[""]), row)
    refresh(engine, LATER, "all")

    assert before.look("2026-Q1").row("ih2") == {"code": "ih2", "received": 1, "due": 1, "percent": "100.0"}


def test_an_old_card_is_shown_by_its_own_rules_whatever_was_published_since(engine: Engine) -> None:
    with_rules(engine, ih2={"formulir": "pantau_lain", "kode": "lama"})
    before = count(engine, village(mother(), of_mother("2026-02-10")))
    other = FormSchema("pantau_lain", "1", "Lain", small_form("1", FIELDS).tables, (), ())
    with writing(engine) as connection:
        indicator_versions.publish(connection, workbook(ih2={"kode": "baru"}), NOW)
        form_versions.publish(connection, other, b"<h:html/>", b"", NOW)

    after = before.look("2026-Q1")

    assert [row["code"] for row in after.card["table3"]][:2] == ["ih1", "lama"]
    assert after.card["table4"] == before.card["table4"]


def test_a_form_that_does_not_ask_who_is_at_risk_is_named(engine: Engine) -> None:
    fields = {name: kind for name, kind in FIELDS.items() if name != "status_kehamilan"}
    publish(engine, small_form("1", fields), workbook=workbook({"ih2"}, ih2={"diterima_jika": "true()"}))

    with pytest.raises(ProblemError, match="status_kehamilan"):
        count(engine, village(mother()))
