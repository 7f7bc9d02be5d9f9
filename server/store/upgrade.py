"""Makes the database or brings it to the tables of this version; safe to repeat."""

from __future__ import annotations

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


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> bool:
    """Applies all migrations that the database lacks; whether what is derived has to be made again after it."""
    before = MigrationContext.configure(connection).get_current_revision()
    command.upgrade(alembic_config(connection), "head")
    return before is not None and MigrationContext.configure(connection).get_current_revision() != before


def require_current(connection: Connection) -> None:
    """Raises ProblemError NOT_PREPARED where `upgrade` has something to do."""
    head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        raise problem(NOT_PREPARED)
