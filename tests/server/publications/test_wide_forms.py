"""Forms of any width and with any names: each answer is kept under the name of its question, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, select, text

from aggregate.sql.answer_sources import Source
from forms.problems import ProblemError
from forms.schema import Field
from server.database.answer_tables import REST, form_tables
from server.database.engine import reading, writing
from server.publications import form_versions
from server.publications.form_versions import published_schemas
from server.publications.publish import publish_indicators
from server.publications.shipped import INDICATORS
from server.submissions.rebuild import finish_upgrade
from tests.support.deciding import move, rebuild_all, sums
from tests.support.small_forms import DAFTAR, daftar, new_id, submission
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import compiled, mapped, visited

Question = tuple[str, str]  # type and name


def form(questions: Iterable[Question], version: int = 1, form_id: str = "lebar") -> str:
    rows = "\n".join(f"| {kind} | {name} | {name or kind} |" for kind, name in questions)
    settings = f"# settings\n| form_title | form_id | version |\n| Lebar | {form_id} | {version} |\n"
    return f"# survey\n| type | name | label |\n{rows}\n{settings}"


def filled(answers: dict[str, object], version: int = 1) -> str:
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    return submission("lebar", elements, version=str(version))


def kept(station: Station, repeat: str = "", form_id: str = "lebar") -> list[dict[str, Any]]:
    """What each row of the table holds, by the names of the questions."""
    with reading(station.engine) as connection:
        schemas = published_schemas(connection, form_id)
        tables = form_tables(schemas)
        table = tables.tables[repeat]
        part = next(part for part in schemas[-1].tables if part.name == repeat)
        found = []
        for row in connection.execute(select(table).order_by(table.c.seq, *table.primary_key)).mappings():
            held = {**row, **((row[REST] or {}) if REST in table.c else {})}
            found.append({field.name: held.get(tables.column(part, field)) for field in part.fields})
    return found


def states(station: Station) -> list[tuple[str, str | None]]:
    return [(row["state"], row["problem"]) for row in station.rows("submissions")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("text", lambda number: f"jawaban {number:04} " + "x" * 9, id="texts that stay in the row"),
        pytest.param("text", lambda number: f"jawaban {number:04} " * 40, id="texts that are stored elsewhere"),
        pytest.param("integer", lambda number: 9_000_000_000_000_000 + number, id="integers"),
        pytest.param("decimal", lambda number: number + 0.5, id="decimals"),
    ],
)
@pytest.mark.parametrize("count", [300, 700, 1100])
def test_every_answer_of_a_form_of_many_questions_is_kept(
    station: Station, kind: str, value: Callable[[int], object], count: int
) -> None:
    names = [f"p{number}" for number in range(count)]
    station.publish(form((kind, name) for name in names))
    answers = {name: value(number) for number, name in enumerate(names)}

    station.send(filled(answers))

    assert states(station) == [("accepted", None)]
    assert kept(station) == [{name: _stripped(answer) for name, answer in answers.items()}]


def _stripped(answer: object) -> object:
    return answer.strip() if isinstance(answer, str) else answer


def test_a_form_of_more_questions_than_any_table_has_columns_is_taken(station: Station) -> None:
    names = [f"p{number}" for number in range(2100)]
    station.publish(form((("text", "date", "integer")[number % 3], name) for number, name in enumerate(names)))
    values = ["ya", date(2026, 3, 1), 7]

    station.send(filled({name: values[number % 3] for number, name in enumerate(names)}))

    (row,) = kept(station)
    assert states(station) == [("accepted", None)]
    assert [row[name] for name in names[:3]] == values
    assert [row[name] for name in names[-3:]] == ["ya", "2026-03-01", 7]
    assert None not in row.values()


def test_a_wide_repeat_keeps_the_answers_of_each_of_its_rows(station: Station) -> None:
    names = [f"p{number}" for number in range(800)]
    station.publish(form([("begin_repeat", "anggota"), *(("integer", name) for name in names), ("end_repeat", "")]))
    rows = [{name: place * 10_000 + number for number, name in enumerate(names)} for place in (1, 2, 3)]
    repeats = ("".join(f"<{name}>{value}</{name}>" for name, value in row.items()) for row in rows)

    station.send(submission("lebar", "".join(f"<anggota>{row}</anggota>" for row in repeats)))

    assert states(station) == [("accepted", None)]
    assert kept(station, "anggota") == rows


def test_a_form_grows_past_what_a_row_holds_version_by_version(station: Station) -> None:
    names = [f"p{number}" for number in range(900)]
    for version in (1, 2, 3):
        station.publish(form((("text", name) for name in names[: 300 * version]), version))
        station.send(filled(dict.fromkeys(names[: 300 * version], f"versi {version}"), version))

    found = kept(station)
    assert states(station) == [("accepted", None)] * 3
    assert [[row[name] for row in found] for name in names] == [
        *[["versi 1", "versi 2", "versi 3"]] * 300,
        *[[None, "versi 2", "versi 3"]] * 300,
        *[[None, None, "versi 3"]] * 300,
    ]


@pytest.mark.parametrize("name", ["xmin", "XMAX", "cmin", "cmax", "ctid", "tableoid", "oid", "rowid", "seq", "select"])
def test_a_question_may_be_called_like_a_column_of_the_databases_own(station: Station, name: str) -> None:
    station.publish(form([("text", name), ("text", f"{name}_")]))

    station.send(filled({name: "satu", f"{name}_": "dua"}))

    assert states(station) == [("accepted", None)]
    assert kept(station) == [{name: "satu", f"{name}_": "dua"}]


def test_names_of_any_length_are_told_apart(station: Station) -> None:
    long, repeat = "nama_yang_sangat_panjang_é" * 8, "kelompok_" * 10
    repeats = [
        question
        for end in "xy"
        for question in (("begin_repeat", f"{repeat}{end}"), ("integer", "a.b"), ("integer", "a_b"), ("end_repeat", ""))
    ]
    station.publish(form([*(("text", f"{long}{number}") for number in range(120)), *repeats]))
    answers: dict[str, object] = {f"{long}{number}": str(number) for number in range(120)}

    station.send(filled({**answers, f"{repeat}x": "<a.b>1</a.b><a_b>2</a_b>", f"{repeat}y": "<a.b>3</a.b>"}))

    assert states(station) == [("accepted", None)]
    assert list(kept(station)[0].values()) == list(answers.values())
    with reading(station.engine) as connection:
        _, first, second = (part.name for part in published_schemas(connection, "lebar")[-1].tables)
    assert [list(kept(station, name)[0].values()) for name in (first, second)] == [[1, 2], [3, None]]


def test_a_form_may_be_called_like_another_ones_index(station: Station) -> None:
    names = ("lebar", "lebar_by_seq", "lebar_pkey", "lebar_by_anak")
    questions = [("text", "a"), ("begin_repeat", "r"), ("text", "b"), ("end_repeat", "")]
    for form_id in names:
        station.publish(form([*questions, ("begin_repeat", "r_by_seq"), ("text", "c"), ("end_repeat", "")], 1, form_id))
        answers = f"<a>{form_id}</a><r><b>1</b></r><r_by_seq><c>2</c></r_by_seq>"
        station.send(submission(form_id, answers))

    assert states(station) == [("accepted", None)] * 4
    for form_id in names:
        assert kept(station, "", form_id) == [{"a": form_id}]
        assert [kept(station, repeat, form_id) for repeat in ("r", "r_by_seq")] == [[{"b": "1"}], [{"c": "2"}]]


def test_what_stands_behind_the_columns_counts_as_what_stands_in_them(station: Station) -> None:
    """The same questions once before and once after four hundred others."""
    questions = [
        ("text", "kata"),
        ("integer", "bilangan"),
        ("decimal", "pecahan"),
        ("date", "hari"),
        ("text", "kosong"),
    ]
    many = [("text", f"p{number}") for number in range(400)]
    answers = {"kata": "ya", "bilangan": 12345678901, "pecahan": 2.25, "hari": "2026-02-28"}
    said = []
    for form_id, order in (("awal", [*questions, *many]), ("akhir", [*many, *questions])):
        station.publish(form(order, 1, form_id))
        station.send(filled(answers).replace('id="lebar"', f'id="{form_id}"'))
        with reading(station.engine) as connection:
            source = Source.of(published_schemas(connection, form_id))
            assert ("kata" in source.table.c) == (form_id == "awal")
            as_text = [source.answer(name, "text") for name in (*answers, "kosong")]
            as_numbers = [source.answer(name, "number") for name in ("bilangan", "pecahan", "kosong")]
            days = [column for name in ("hari",) for column in source.columns[name]]
            said.append(tuple(connection.execute(select(*as_text, *as_numbers, *days)).one()))

    assert said == [("ya", "12345678901", "2.25", "2026-02-28", None, 12345678901, 2.25, None, date(2026, 2, 28))] * 2


def test_answers_about_a_child_have_their_columns_behind_any_number_of_others(station: Station) -> None:
    """They go where the child goes, and are found by it."""
    station.publish(DAFTAR)
    child = new_id()
    station.send(daftar(child))
    many = [("integer", f"p{number}") for number in range(700)]
    station.publish(form([*many, ("date", "tanggal"), ("select_one_from_file anak.csv", "anak")]))
    answers = {**{name: 7 for _, name in many}, "tanggal": date(2026, 3, 10), "anak": child}
    station.send(filled(answers))

    move(station, VILLAGE, OTHER_VILLAGE, child)

    row = station.one("answers_lebar")
    assert (row["village_id"], row["tanggal"], row["anak"]) == (OTHER_VILLAGE, date(2026, 3, 10), child)
    assert kept(station) == [answers]
    rebuild_all(station)
    assert kept(station) == [answers]


def test_forms_whose_ids_differ_only_in_case_do_not_share_a_table(station: Station) -> None:
    station.publish(form([("text", "a")], 1, "balita"))

    with pytest.raises(ProblemError) as refused:
        station.publish(form([("text", "a")], 1, "Balita"))

    assert refused.value.code == "form-id-taken"
    assert "“balita”" in refused.value.text("id")


def test_tables_of_before_take_what_they_could_not_hold(station: Station) -> None:
    """A database in which a form of 500 questions was published, and another one, before there was room for more."""
    questions = [("integer", f"p{number}") for number in range(500)]
    station.publish(form(questions))
    station.publish(DAFTAR)
    answers = {name: 9_000_000_000_000_000 for _, name in questions}
    station.send(filled(answers))
    station.send(daftar(new_id()))
    with writing(station.engine) as connection:
        columns = ", ".join(f"{name} bigint" for _, name in questions)
        connection.execute(text("DROP TABLE answers_lebar"))
        connection.execute(text(f"CREATE TABLE answers_lebar (village_id text, sending_village text, {columns})"))
        connection.execute(text("DROP INDEX by_seq_answers_daftar"))
        connection.execute(text("CREATE INDEX answers_daftar_by_seq ON answers_daftar (sending_village, seq)"))

        with Operations.context(MigrationContext.configure(connection)):
            import_module("server.database.migrations.versions.0006_wide_forms").upgrade()

    zone, now = station.backend.settings.timezone, station.clock.now
    assert finish_upgrade(station.engine, station.backend.cache, zone, now, iter)

    assert kept(station) == [answers]
    assert len(station.rows("answers_daftar")) == 1
    indexes = inspect(station.engine).get_indexes("answers_daftar")
    assert [index["name"] for index in indexes] == ["by_seq_answers_daftar"]
    assert not finish_upgrade(station.engine, station.backend.cache, zone, now, iter)


@pytest.mark.parametrize("before", [0, 400])
def test_a_card_counts_visits_whose_questions_stand_behind_many_others(station: Station, before: int) -> None:
    child, mother = new_id(), new_id()
    with writing(station.engine) as connection:
        for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi", "pantau_paud"):
            shape = compiled(form_id).schema
            if form_id == "kunjungan_rumah":
                many = tuple(Field(f"p{number}", (f"p{number}",), "text") for number in range(before))
                main = replace(shape.main, fields=(*many, *shape.main.fields))
                shape = replace(shape, tables=(main, *shape.tables[1:]))
            form_versions.publish(connection, shape, compiled(form_id).xml, b"", START)
        publish_indicators(connection, INDICATORS.read_bytes(), START)
    station.send(mapped(new_id(), mothers=[(mother, {"hpl": "2026-06-20"})], children=[(child, {"nama": "Ali"})]))
    for day in ("2026-01-10", "2026-02-10", "2026-03-10"):
        station.send(visited(child, day=day, timbang="ya", status_gizi="kurang", berat_badan=7.0))
        station.send(visited(mother, of="ibu_hamil", day=day, pil_fe="ya", status_kehamilan="kek"))

    figures = sums(station)["2026-Q1"]

    in_columns = "timbang" in inspect_columns(station, "answers_kunjungan_rumah")
    assert in_columns == (before == 0)
    counted = (
        "children",
        "children_at_risk",
        "pregnant_at_risk",
        "a2_received",
        "ih2_received",
        "children_not_monitored",
    )
    assert [figures[name] for name in counted] == [1, 1, 1, 1, 1, 0]
    rebuild_all(station)
    assert sums(station)["2026-Q1"] == figures


def inspect_columns(station: Station, table: str) -> set[str]:
    return {column["name"] for column in inspect(station.engine).get_columns(table)}
