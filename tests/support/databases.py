"""New databases of one kind: empty ones, and copies of one that was made ready once in a run.

Making the tables and publishing the forms takes longer than most tests that look at something else.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from server.database.engine import open_engine
from tests.support.postgres import Cluster

KINDS = ("sqlite", "postgresql")
# What whoever made the database ready has to tell of it, such as the phones' tokens.
Told = dict[str, str]
Recipe = Callable[[str], Told]


class Databases(Protocol):
    """Databases of a kind that end with the test; `shared` is the folder of what the whole run has of them."""

    shared: Path

    def empty(self) -> str:
        """The URL of a new, empty database."""

    def lasting(self) -> str:
        """The same, but it ends with the run."""

    def copy(self, url: str) -> str:
        """The URL of a new database that is like the one at `url`, which nobody is connected to."""


def ready(databases: Databases, recipe: Recipe) -> tuple[str, Told]:
    """A new database as `recipe` makes it from an empty one, and what `recipe` told of it.

    It is called once a run, whichever process comes first.
    """
    known = databases.shared / f"{recipe.__module__}.{recipe.__qualname__}.json"
    with known.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            url = databases.lasting()
            known.write_text(json.dumps([url, recipe(url)]))
    url, told = json.loads(known.read_text())
    return databases.copy(url), told


@contextmanager
def opened_ready(databases: Databases, recipe: Recipe) -> Iterator[Engine]:
    """An open engine on such a database."""
    url, _ = ready(databases, recipe)
    engine = open_engine(url)
    yield engine
    engine.dispose()


class SqliteFiles:
    """Databases that are files of a folder of the test's own."""

    def __init__(self, folder: Path, run_folder: Path) -> None:
        self._folder = folder
        self.shared = run_folder / "sqlite"
        self.shared.mkdir(exist_ok=True)

    def empty(self) -> str:
        return _url(self._folder / "uji.db")

    def lasting(self) -> str:
        return _url(self.shared / f"{secrets.token_hex(6)}.db")

    def copy(self, url: str) -> str:
        # Whoever closes a database last has put its journal into the file.
        copied = self._folder / "uji.db"
        shutil.copyfile(url.removeprefix("sqlite:///"), copied)
        return _url(copied)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


class ClusterDatabases:
    """Databases of the run's PostgreSQL."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made: list[str] = []
        self.shared = cluster.folder

    def empty(self) -> str:
        self._made.append(self._cluster.create_database())
        return self._made[-1]

    def lasting(self) -> str:
        return self._cluster.create_database()

    def copy(self, url: str) -> str:
        self._made.append(self._cluster.create_database(like=url))
        return self._made[-1]

    def drop(self) -> None:
        for url in self._made:
            self._cluster.drop_database(url)


@contextmanager
def databases_of(kind: str, folder: Path, run_folder: Path, cluster: Callable[[], Cluster]) -> Iterator[Databases]:
    """Databases of that kind until the end of the block; `cluster` is asked only where it is needed."""
    if kind == "sqlite":
        yield SqliteFiles(folder, run_folder)
        return
    made = ClusterDatabases(cluster())
    yield made
    made.drop()
