"""Databases of each kind with the shipped forms and rules published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from server.database.engine import open_engine
from tests.support.builders import publish_shipped, shipped_store
from tests.support.databases import Databases, opened_ready
from tests.support.postgres import Cluster


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for all tests that look at a village of their own: making one takes longer than counting."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store')}/uji.db"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.create_database()
    engine = open_engine(url)
    publish_shipped(engine)
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        cluster.drop_database(url)


@pytest.fixture
def own_store(databases: Databases) -> Iterator[Engine]:
    """A database of the test's own."""
    with opened_ready(databases, shipped_store) as engine:
        yield engine
