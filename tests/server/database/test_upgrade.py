"""A database of the first release becomes one of this release by `kpm init`, and nothing that phones sent is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, Table, create_engine, inspect, text

from server.database.engine import open_engine, reading, writing
from server.database.upgrade import alembic_config
from server.publications.form_versions import FormCache
from server.submissions.rebuild import finish_upgrade
from tests.support.served import KPM
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id
from tests.support.station import Station, table_rows

KEPT = ("regions", "phones", "form_versions", "instance_ids", "villages", "submissions")
NEW_COLUMNS = {"sending_village", "order_key"}


@pytest.fixture
def sent(station: Station) -> tuple[Station, str]:
    """A village that has registered and visited a child."""
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    child = new_id()
    station.send(daftar(child))
    station.send(kunjungan(child, "<status_gizi>kurang</status_gizi>"))
    return station, child


def of_the_first_release(engine: Engine, today: Engine) -> None:
    """Fills an empty database with what the first release would hold of the same submissions."""
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "0001")
        for name in KEPT:
            table = Table(name, MetaData(), autoload_with=connection)
            with reading(today) as source:
                rows = [dict(row) for row in source.execute(table.select()).mappings()]
            connection.execute(table.insert(), rows)
        for name in inspect(today).get_table_names():
            if name.startswith("answers_"):
                old = [
                    column["name"] for column in inspect(today).get_columns(name) if column["name"] not in NEW_COLUMNS
                ]
                columns = ", ".join(f'"{column}" text' for column in old)
                connection.execute(text(f'CREATE TABLE "{name}" ({columns})'))
                connection.execute(text(f'CREATE INDEX "{name}_by_seq" ON "{name}" (village_id, seq)'))


def test_init_brings_a_database_of_the_first_release_up_to_date(sent: tuple[Station, str], tmp_path: Path) -> None:
    station, child = sent
    url = f"sqlite:///{tmp_path}/lama.db"
    old = open_engine(url)
    of_the_first_release(old, station.engine)

    done = subprocess.run([KPM, "--database", url, "init"], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "Siap / ready" in done.stdout
    now = create_engine(url)
    (person,) = table_rows(now, "entities", id=child)
    assert (person["data"]["status_gizi"], person["version"]) == ("kurang", 2000)
    assert [row["sending_village"] for row in table_rows_of(now, "answers_kunjungan")] == ["11.01.01.2001"]
    assert len(table_rows(now, "entity_changes")) == 2
    assert "quarantined" not in {row["state"] for row in table_rows(now, "submissions")}
    now.dispose()
    old.dispose()


def test_answer_tables_that_a_migration_drops_are_there_again__also_where_nobody_has_sent_anything(
    station: Station,
) -> None:
    station.publish(DAFTAR)
    with writing(station.engine) as connection:
        for name in ("answers_daftar", "answers_daftar__balita"):
            connection.execute(text(f"DROP TABLE {name}"))
    zone = station.backend.settings.timezone

    assert not finish_upgrade(station.engine, FormCache(), zone, station.clock(), iter)

    child = new_id()
    station.send(daftar(child))
    assert (station.one("submissions")["state"], station.one("entities")["id"]) == ("accepted", child)


def table_rows_of(engine: Engine, name: str) -> list[dict[str, object]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()]  # noqa: S608


def test_every_version_keeps_the_look_up_files_that_its_phones_got(engine: Engine) -> None:
    """Files lay under their names alone: what a version asked for was its own, unless a form wrote a list so called."""
    reads = {("satu", "1"): ["kode"], ("satu", "2"): ["kode", "anak"], ("dua", "1"): ["kode", "peta.png"]}
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "0004")
        forms, files = (Table(name, MetaData(), autoload_with=connection) for name in ("form_versions", "form_media"))
        for (form_id, version), names in reads.items():
            schema = {"form_id": form_id, "version": version, "reads": names, "entities": [{"list": "anak"}]}
            connection.execute(
                forms.insert(),
                {"form_id": form_id, "version": version, "number": int(version), "title": "", "published_at": ""}
                | {"xml": b"", "xml_md5": "", "workbook": b"", "schema": schema},
            )
        kept = {"kode.csv": b"a", "peta.png": b"b", "anak.csv": b"c"}
        connection.execute(files.insert(), [{"name": name, "content": kept[name], "md5": name} for name in kept])

        command.upgrade(alembic_config(connection), "0005")

    found = {(row["form_id"], row["version"], row["name"]): row["content"] for row in table_rows(engine, "form_media")}
    assert found == {
        ("satu", "1", "kode.csv"): b"a",
        ("satu", "2", "kode.csv"): b"a",
        ("dua", "1", "kode.csv"): b"a",
        ("dua", "1", "peta.png"): b"b",
    }
