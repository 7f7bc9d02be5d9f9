"""A database of each kind with the shipped forms and rules published."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.load import publish_shipped


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish_shipped(engine)
    return engine
