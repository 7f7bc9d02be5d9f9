"""Makes the database or brings it to the tables of this version; safe to repeat."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from forms.problems import Problem, problem

NOT_PREPARED = Problem(
    "database-not-prepared",
    503,
    "Basis data belum disiapkan untuk versi ini. Jalankan: kpm init",
    "The database is not prepared for this version. Run: kpm init",
)


_MIGRATIONS = str(Path(__file__).with_name("migrations"))


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> bool:
    """Applies all migrations that the database lacks; whether what is derived has to be made again after it."""
    before = MigrationContext.configure(connection).get_current_revision()
    command.upgrade(alembic_config(connection), "head")
    return before is not None and MigrationContext.configure(connection).get_current_revision() != before


def require_current(connection: Connection) -> None:
    """Raises ProblemError NOT_PREPARED where `upgrade` has something to do."""
    if MigrationContext.configure(connection).get_current_revision() != _newest():
        raise problem(NOT_PREPARED)


@cache
def _newest() -> str | None:
    return ScriptDirectory(_MIGRATIONS).get_current_head()
