"""The database's tables: those that migrations make, and those that come and grow with the published forms."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Engine, MetaData, Text, inspect, text

import server.database.tables  # noqa: F401
from forms.problems import ProblemError
from server.database.answer_tables import form_tables
from server.database.engine import open_engine, reading, writing
from server.database.types import metadata
from server.database.upgrade import require_current, upgrade
from server.publications import shipped
from tests.support.builders import shipped_schema
from tests.support.served import KPM
from tests.support.small_forms import DAFTAR, daftar, new_id, submission
from tests.support.station import Station, table_rows

NOT_PREPARED = "Basis data belum disiapkan untuk versi ini. Jalankan: kpm init"
FULL = 2  # what SQLite calls synchronous=FULL


def kpm(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([KPM, "--database", url, *words], cwd=folder, capture_output=True, text=True, timeout=60)


# The file


def test_the_files_of_a_database_are_their_owners_alone__wherever_it_is_made(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert kpm("sqlite:///desa.db", tmp_path, "init").returncode == 0
        opened = open_engine(f"sqlite:///{tmp_path}/lain.db")
        with writing(opened) as connection:
            connection.execute(text("CREATE TABLE a (b)"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        opened.dispose()
    finally:
        os.umask(before)
    names = {"desa.db", "desa.db-queue", "lain.db", "lain.db-queue", "lain.db-wal", "lain.db-shm"}
    assert modes == dict.fromkeys(names, 0o600)


def test_a_database_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "desa.db").touch(mode=0o640)
    assert kpm("sqlite:///desa.db", tmp_path, "init").returncode == 0
    assert stat.S_IMODE((tmp_path / "desa.db").stat().st_mode) == 0o640


# Fixed tables


def differences(connection: Connection, models: MetaData) -> list[Any]:
    """What Alembic would change to make the database like the models; tables made from workbooks are not its."""
    options = {
        "include_name": lambda name, kind, _parents: kind != "table" or name in models.tables,
        "compare_type": True,
        "compare_server_default": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), models))


def definitions(connection: Connection) -> list[tuple[Any, ...]]:
    """The fixed tables and their indexes, as the database itself describes them."""
    queries = {
        "sqlite": [
            "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index'",
            "SELECT t.name, c.* FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'",
        ],
        "postgresql": [
            "SELECT tablename, indexname, indexdef FROM pg_indexes",
            "SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns",
        ],
    }
    found = [tuple(row) for query in queries[connection.dialect.name] for row in connection.execute(text(query))]
    return sorted((row for row in found if row[0] in metadata.tables), key=repr)


def test_migrations_make_the_very_tables_of_the_models(engine: Engine) -> None:
    with writing(engine) as connection:
        upgrade(connection)
        migrated = definitions(connection)
        assert differences(connection, metadata) == []
        metadata.drop_all(connection)
        metadata.create_all(connection)

        assert migrated == definitions(connection)
        assert {row[0] for row in migrated} == metadata.tables.keys()


def test_tables_made_from_workbooks_are_none_of_the_migrations_business(station: Station) -> None:
    station.publish(DAFTAR)

    with reading(station.engine) as connection:
        assert "answers_daftar__balita" in inspect(connection).get_table_names()
        assert differences(connection, metadata) == []


def test_column_that_no_migration_makes_would_be_seen(station: Station) -> None:
    models = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(models)
    models.tables["villages"].append_column(Column("luas", Text))

    with reading(station.engine) as connection:
        ((change, _, table, column),) = differences(connection, models)

    assert (change, table, column.name) == ("add_column", "villages", "luas")


def test_upgrading_again_changes_nothing(station: Station) -> None:
    station.publish(DAFTAR)
    station.send(daftar(new_id()))
    tables = inspect(station.engine).get_table_names()
    before = {name: station.rows(name) for name in tables if name != "alembic_version"}

    with writing(station.engine) as connection:
        upgrade(connection)

    assert inspect(station.engine).get_table_names() == tables
    assert {name: station.rows(name) for name in before} == before


def test_init_twice_is_harmless(database_url: str, engine: Engine, tmp_path: Path) -> None:
    first = kpm(database_url, tmp_path, "init")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.count("terbit / published") == 7 and "berlaku / in force" in first.stdout
    names = ("form_versions", "form_media", "indicator_versions")
    published = {name: table_rows(engine, name) for name in names}

    second = kpm(database_url, tmp_path, "init")

    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout.startswith("Siap / ready: ")
    assert {name: table_rows(engine, name) for name in names} == published


def test_server_does_not_start_on_a_database_that_is_not_prepared(database_url: str, tmp_path: Path) -> None:
    answer = kpm(database_url, tmp_path, "serve", "--bind", "127.0.0.1:0")

    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", f"Error: {NOT_PREPARED}\n")


def test_database_of_an_older_version_is_told_in_a_sentence(station: Station) -> None:
    with writing(station.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

        with pytest.raises(ProblemError) as refused:
            require_current(connection)

    assert refused.value.text("id") == NOT_PREPARED
    assert refused.value.text("en") == "The database is not prepared for this version. Run: kpm init"


# Answer tables


def next_version(version: int, *replacements: tuple[str, str]) -> str:
    """The form `daftar` as a later version, with lines changed."""
    form = DAFTAR.replace("| daftar  | 1 ", f"| daftar  | {version} ")
    for old, new in replacements:
        assert old in form
        form = form.replace(old, new)
    return form


JUMLAH = "| integer      | jumlah        | Berapa anak   |               |"


def columns(station: Station, table: str) -> dict[str, str]:
    """Name and type of a table's columns, in their order."""
    return {column["name"]: str(column["type"]) for column in inspect(station.engine).get_columns(table)}


def test_answer_tables_widen_with_a_new_version(station: Station) -> None:
    station.publish(DAFTAR)
    station.send(daftar(new_id(), instance="uuid:lama"))
    station.publish(
        next_version(
            2,
            (JUMLAH, f"{JUMLAH}\n| decimal | luas | Luas rumah | |"),
            ("| text         | status_gizi ", "| integer | urutan | Anak ke berapa | |\n| text         | status_gizi "),
            (
                "# entities",
                "| begin_repeat | ternak | Ternak | |\n| text | jenis | Jenis | |\n| end_repeat | | | |\n# entities",
            ),
        )
    )
    new = (
        daftar(new_id(), instance="uuid:baru", version="2")
        .replace("</jumlah>", "</jumlah><luas>36.5</luas><ternak><jenis>ayam</jenis></ternak>")
        .replace("</tanggal_lahir>", "</tanggal_lahir><urutan>3</urutan>")
    )

    station.send(new)

    assert {row["instance_id"]: row["luas"] for row in station.rows("answers_daftar")} == {
        "uuid:lama": None,
        "uuid:baru": 36.5,
    }
    assert {row["instance_id"]: row["urutan"] for row in station.rows("answers_daftar__balita")} == {
        "uuid:lama": None,
        "uuid:baru": 3,
    }
    assert station.one("answers_daftar__ternak")["jenis"] == "ayam"
    assert {row["problem"] for row in station.rows("submissions")} == {None}


def test_submissions_of_an_old_version_are_understood_after_a_new_one_is_published(station: Station) -> None:
    station.publish(DAFTAR)
    without_count = (f"{JUMLAH}\n", "")
    station.publish(next_version(2, without_count))

    station.send(daftar(new_id(), instance="uuid:lama", version="1"))
    station.send(daftar(new_id(), instance="uuid:baru", version="2").replace("<jumlah>1</jumlah>", ""))

    assert {row["instance_id"]: row["jumlah"] for row in station.rows("answers_daftar")} == {
        "uuid:lama": 1,
        "uuid:baru": None,
    }
    assert {(row["state"], row["problem"]) for row in station.rows("submissions")} == {("accepted", None)}
    assert len(station.rows("entities")) == 2


def test_field_that_changes_its_type_gets_a_column_of_its_own__and_its_first_one_back(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(next_version(2, ("| integer      | jumlah ", "| text | jumlah ")))
    station.publish(next_version(3, ("Berapa anak", "Berapa anak di rumah ini")))

    for version, count in (("1", "1"), ("2", "satu"), ("3", "4")):
        body = daftar(new_id(), instance=f"uuid:{version}", version=version)
        station.send(body.replace("<jumlah>1<", f"<jumlah>{count}<"))

    found = [(row["instance_id"], row["jumlah"], row["jumlah__text"]) for row in station.rows("answers_daftar")]
    assert found == [("uuid:1", 1, None), ("uuid:2", None, "satu"), ("uuid:3", 4, None)]
    kinds = columns(station, "answers_daftar")
    assert (kinds["jumlah"], kinds["jumlah__text"]) == ("BIGINT", "TEXT")


def test_fields_of_two_versions_whose_names_differ_only_in_case_get_a_column_each(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(next_version(2, ("| integer      | jumlah ", "| integer | Jumlah ")))

    station.send(daftar(new_id(), instance="uuid:1"))
    body = daftar(new_id(), instance="uuid:2", version="2")
    station.send(body.replace("<jumlah>1</jumlah>", "<Jumlah>2</Jumlah>"))

    found = [(row["instance_id"], row["jumlah"], row["Jumlah__integer"]) for row in station.rows("answers_daftar")]
    assert found == [("uuid:1", 1, None), ("uuid:2", None, 2)]


def test_repeats_of_two_versions_whose_names_differ_only_in_case_share_a_table(station: Station) -> None:
    station.publish(DAFTAR)
    station.publish(
        next_version(
            2,
            ("begin_repeat | balita ", "begin_repeat | Balita "),
            ("| text         | nama ", "| text         | Nama "),
            ("${nama}", "${Nama}"),
        )
    )
    first, second = new_id(), new_id()

    station.send(daftar(first, instance="uuid:1", nama="Budi"))
    body = daftar(second, instance="uuid:2", version="2", nama="Wati").replace("balita>", "Balita>")
    station.send(body.replace("<nama>", "<Nama>").replace("</nama>", "</Nama>"))

    rows = station.rows("answers_daftar__balita")
    assert [(row["nama"], row["Nama__text"], row["status_gizi"]) for row in rows] == [
        ("Budi", None, "baik"),
        (None, "Wati", "baik"),
    ]
    assert {row["id"]: row["data"]["nama"] for row in station.rows("entities")} == {first: "Budi", second: "Wati"}


GROUP = "| begin_group  | rumah         | Rumah         |               |"
END_GROUP = "| end_group    |               |               |               |"
IN_GROUP = f"{GROUP}\n{JUMLAH}\n{END_GROUP}"
COUNTED = {"grup": "<rumah><jumlah>1</jumlah></rumah>", "luar": "<jumlah>2</jumlah>"}


def counts(station: Station) -> dict[str, tuple[object, object]]:
    """By instance, what stands in the column of the question in the group, and in that of its namesake outside."""
    return {row["instance_id"]: (row["jumlah"], row["jumlah__integer"]) for row in station.rows("answers_daftar")}


def send_count(station: Station, version: str, answers: str) -> None:
    body = daftar(new_id(), instance=f"uuid:{version}", version=version)
    station.send(body.replace("<jumlah>1</jumlah>", answers))


def test_a_question_keeps_its_column__and_a_later_namesake_beside_it_gets_its_own(station: Station) -> None:
    station.publish(next_version(1, (JUMLAH, IN_GROUP)))
    station.publish(next_version(2, (JUMLAH, f"{IN_GROUP}\n{JUMLAH}")))

    send_count(station, "1", COUNTED["grup"])
    send_count(station, "2", COUNTED["grup"] + COUNTED["luar"])

    assert counts(station) == {"uuid:1": (1, None), "uuid:2": (1, 2)}


def test_a_question_of_the_same_name_elsewhere_shares_no_column_with_one_that_is_gone(station: Station) -> None:
    station.publish(next_version(1, (JUMLAH, IN_GROUP)))
    station.publish(next_version(2))
    station.publish(next_version(3, (JUMLAH, IN_GROUP.replace("Berapa", "Ada berapa"))))

    send_count(station, "1", COUNTED["grup"])
    send_count(station, "2", COUNTED["luar"])
    send_count(station, "3", COUNTED["grup"])

    assert counts(station) == {"uuid:1": (1, None), "uuid:2": (None, 2), "uuid:3": (1, None)}


def test_a_repeat_of_the_same_name_in_another_group_holds_other_questions(station: Station) -> None:
    repeat = "| begin_repeat | ternak | Ternak | |\n| text | jenis | Jenis | |\n| end_repeat | | | |"
    grouped = next_version(1, ("# entities", f"{GROUP}\n{repeat}\n{END_GROUP}\n# entities"))
    station.publish(grouped)
    station.publish(next_version(2, ("# entities", f"{repeat}\n# entities")))

    ternak = "<ternak><jenis>ayam</jenis></ternak>"
    send_count(station, "1", f"<rumah>{ternak}</rumah>")
    send_count(station, "2", ternak)

    rows = station.rows("answers_daftar__ternak")
    assert [(row["jenis"], row["jenis__text"]) for row in rows] == [("ayam", None), (None, "ayam")]


def test_the_columns_of_the_shipped_forms_have_the_names_of_their_questions() -> None:
    for form in shipped.FORMS:
        schema = shipped_schema(form.stem)
        tables = form_tables([schema])
        named = {field.name: tables.column(table, field) for table in schema.tables for field in table.fields}
        assert named == {name: name for name in named}


def test_field_named_like_a_key_column_keeps_its_answers(station: Station) -> None:
    station.publish(next_version(1, ("| integer      | jumlah ", "| text | seq ")))

    station.send(submission("daftar", "<tanggal>2026-01-05</tanggal><seq>kedua</seq>"))

    row = station.one("answers_daftar")
    assert (row["seq"], row["seq_"]) == (1, "kedua")


def test_other_content_under_a_version_that_is_taken_is_refused(station: Station) -> None:
    station.publish(DAFTAR)
    before = station.rows("form_versions"), columns(station, "answers_daftar"), station.get("formList").data

    with pytest.raises(ProblemError) as refused:
        station.publish(next_version(1, (JUMLAH, f"{JUMLAH}\n| decimal | luas | Luas rumah | |")))

    assert refused.value.text("id").startswith(
        "settings!C2: Formulir daftar versi 1 sudah terbit dengan isi lain. Naikkan `version`"
    )
    assert "Raise `version` on the sheet settings" in refused.value.text("en")
    after = station.rows("form_versions"), columns(station, "answers_daftar"), station.get("formList").data
    assert after == before


def test_publishing_the_same_again_is_harmless(station: Station) -> None:
    station.publish(DAFTAR)
    before = station.rows("form_versions")
    station.clock.forward(days=1)

    station.publish(DAFTAR)

    assert station.rows("form_versions") == before


# Connections


def test_every_sqlite_connection_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/uji.db")
    with reading(engine) as first, reading(engine) as second, writing(engine) as third:
        pragmas = [
            (
                connection.exec_driver_sql("PRAGMA journal_mode").scalar_one(),
                connection.exec_driver_sql("PRAGMA synchronous").scalar_one(),
            )
            for connection in (first, second, third)
        ]
    engine.dispose()

    assert pragmas == [("wal", FULL)] * 3


def test_a_repeat_that_a_version_takes_into_another_one_keeps_its_table(station: Station) -> None:
    form = (
        "# survey\n| type | name | label |\n| begin_repeat | rumah | R |\n| text | nomor | N |\n{}"
        "# settings\n| form_title | form_id | version |\n| R | rumah | {} |"
    )
    end, pets = "| end_repeat |\n", "| begin_repeat | ternak | T |\n| text | jenis | J |\n| end_repeat |\n"
    station.publish(form.format(end + pets, 1))
    pet, id_ = "<ternak><jenis>{}</jenis></ternak>", "<meta><instanceID>uuid:{}</instanceID></meta>"
    station.send(f'<data id="rumah" version="1"><rumah/>{pet.format("ayam")}{id_.format("lama")}</data>')

    station.publish(form.format(pets + end, 2))
    rumah = f"<rumah><nomor>1</nomor></rumah><rumah><nomor>2</nomor>{pet.format('itik')}</rumah>"
    station.send(f'<data id="rumah" version="2">{rumah}{id_.format("baru")}</data>')

    rows = station.rows("answers_rumah__ternak")
    kept = {row["jenis"] or row["jenis__text"]: (row["ordinal"], row["parent_ordinal"]) for row in rows}
    assert kept == {"ayam": (1, None), "itik": (1, 2)}
