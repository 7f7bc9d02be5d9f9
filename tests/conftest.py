"""What every test may ask for: databases of both kinds, each one empty and its own."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from server.database.engine import open_engine
from tests.support.browsing import Browsing, browsing_on, chromium
from tests.support.compiled_once import share_compiled
from tests.support.databases import KINDS, Databases, databases_of, ready
from tests.support.demo_district import opened_demo
from tests.support.form_engine import Engine as FormEngine
from tests.support.memory import memory
from tests.support.phone import Phone
from tests.support.postgres import Cluster, join_cluster
from tests.support.reference import growth_cases
from tests.support.station import Station, opened, prepared_as_shipped

share_compiled()
os.environ["PATH"] = f"{Path(__file__).parent}/support/quick_java{os.pathsep}{os.environ['PATH']}"

# WHO's own cases and the tables of Permenkes 2/2020 as typed off the print are not part of the project: where they are
# not at hand, their tests are left out, and it is said.
collect_ignore = [] if growth_cases() else ["forms/test_early_reference.py", "forms/test_growth_reference.py"]


def pytest_configure() -> None:
    """The folders that tests are given lie in memory, where the system has room there and nobody says otherwise."""
    if folder := memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        terminalreporter.write_line(f"Left out: {', '.join(collect_ignore)} (no $REFERENCE_DATA/growth)")


def pytest_collection_finish() -> None:
    """What is loaded now stays: the garbage collector need not look through it again and again, nor as often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all pytest-xdist workers of one run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[Cluster]:
    """The run's PostgreSQL server, started when first asked for."""
    cluster = join_cluster(run_folder)
    yield cluster
    cluster.leave()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path, run_folder: Path) -> Iterator[Databases]:
    """Where a test gets its databases from: it runs on SQLite and on PostgreSQL."""
    with databases_of(request.param, tmp_path, run_folder, lambda: request.getfixturevalue("postgres")) as found:
        yield found


@pytest.fixture
def database_url(databases: Databases) -> str:
    """The URL of an empty database of each kind."""
    return databases.empty()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An open engine on an empty database of each kind."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def as_shipped(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    """The server with the forms and rules that come with the project, on a database of each kind."""
    url, tokens = ready(databases, prepared_as_shipped)
    station = opened(url, tmp_path, tokens)
    yield station
    station.engine.dispose()


@pytest.fixture
def browsed(tmp_path: Path, run_folder: Path) -> Iterator[Station]:
    """The server that `browsing` has people look at: with all forms and rules, on SQLite."""
    with databases_of("sqlite", tmp_path, run_folder, lambda: None) as found:
        url, tokens = ready(found, prepared_as_shipped)
        made = opened(url, tmp_path, tokens)
        yield made
        made.engine.dispose()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Iterator[Station]:
    """The server of the demo district, on SQLite, for tests that only look."""
    folder = tmp_path_factory.mktemp("demo")
    with databases_of("sqlite", folder, run_folder, lambda: None) as found:
        yield from opened_demo(found, folder)


@pytest.fixture(scope="session")
def chromium_of_run() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def browsing(chromium_of_run: Browser, browsed: Station) -> Iterator[Browsing]:
    """Browsers for the people of `browsed`."""
    with browsing_on(chromium_of_run, browsed.app) as made:
        yield made


@pytest.fixture(scope="session")
def form_engine() -> Iterator[FormEngine]:
    """JavaRosa, one process for each worker of the test run."""
    started = FormEngine()
    yield started
    started.close()


@pytest.fixture
def new_phone(form_engine: FormEngine, tmp_path: Path) -> Callable[[str], Phone]:
    """Makes phones that are set up with a `server_url` and have nothing on them yet."""
    made: list[Phone] = []

    def new(server_url: str) -> Phone:
        number = len(made) + 1
        made.append(Phone(server_url, tmp_path / f"phone{number}", form_engine, f"collect:uji{number:013}"))
        return made[-1]

    return new
