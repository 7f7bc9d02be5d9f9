"""The tests' own PostgreSQL: shared by the processes of a run, and gone with the last of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
from sqlalchemy import Engine, text

from server.database.engine import reading
from tests.support.postgres import Cluster, join_cluster

USER = """
import sys, pathlib, tests.support.postgres
cluster = tests.support.postgres.join_cluster(pathlib.Path(sys.argv[1]))
print(cluster.folder, flush=True)
sys.stdin.read()
"""


def wait_until_gone(folder: Path) -> None:
    give_up = time.monotonic() + 20
    while folder.exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not folder.exists()


def test_engine_speaks_to_a_real_server(engine: Engine) -> None:
    version = "select sqlite_version()" if engine.dialect.name == "sqlite" else "show server_version"
    with reading(engine) as connection:
        major = int(str(connection.scalar(text(version))).split(".")[0])
    assert major == 3 if engine.dialect.name == "sqlite" else major >= 15


def test_databases_are_apart(postgres: Cluster) -> None:
    one, other = postgres.create_database(), postgres.create_database()
    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE t (a int)")
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)
    postgres.drop_database(one)
    postgres.drop_database(other)


def test_cluster_ends_with_its_last_user_even_when_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", USER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        folder = Path(other.stdout.readline().strip())
        cluster = join_cluster(tmp_path)
        assert cluster.folder == folder
        other.kill()
    psycopg.connect(cluster.url("postgres")).close()
    cluster.leave()
    wait_until_gone(folder)
    again = join_cluster(tmp_path)
    assert again.folder != folder
    again.leave()
    wait_until_gone(again.folder)


def test_durable_cluster_keeps_fsync_on(tmp_path: Path, postgres: Cluster) -> None:
    durable = join_cluster(tmp_path, durable=True)
    for cluster, expected in ((durable, "on"), (postgres, "off")):
        with psycopg.connect(cluster.url("postgres")) as connection:
            assert connection.execute("SHOW fsync").fetchone() == (expected,)
    durable.leave()
