"""Makes the database or brings it to the tables of this version; safe to repeat.

Tables whose columns come from a workbook are made when it is published, and widened when a new version asks for more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, column, inspect, select, table
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from forms.problems import Problem, problem
from server.database.tables import villages
from server.database.types import distribute, metadata

if TYPE_CHECKING:
    from alembic.config import Config

NOT_PREPARED = Problem(
    "database-not-prepared",
    503,
    "Basis data belum disiapkan untuk versi ini. Jalankan: kpm init",
    "The database is not prepared for this version. Run: kpm init",
)


_MIGRATIONS = Path(__file__).with_name("migrations")
# Of Alembic: the number of the last migration, with which the name of its file begins.
_DONE = table("alembic_version", column("version_num"))


def alembic_config(connection: Connection) -> Config:
    from alembic.config import Config  # with all that it reads, 8 MB that a running server does without

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Applies all migrations that the database lacks. They mark the villages whose rows have to be made anew then.

    Where the database is distributed its tables are spread then."""
    from alembic import command

    command.upgrade(alembic_config(connection), "head")
    distribute(connection, *metadata.sorted_tables)


def to_rebuild(connection: Connection) -> list[str]:
    """The villages whose rows are those of an older version."""
    wanted = select(villages.c.village_id).where(villages.c.to_rebuild).order_by(villages.c.village_id)
    return list(connection.execute(wanted).scalars())


def in_repair(connection: Connection) -> dict[str, str]:
    """Why the rows of a village could not be made anew when that was last tried, by village. They are still those of an
    older version, and not to be read."""
    failed = villages.c.to_rebuild & villages.c.rebuild_problem.is_not(None)
    query = select(villages.c.village_id, villages.c.rebuild_problem).where(failed).order_by(villages.c.village_id)
    return {row.village_id: row.rebuild_problem for row in connection.execute(query)}


def require_current(connection: Connection) -> None:
    """Raises ProblemError NOT_PREPARED where `upgrade` has something to do, or is not yet followed by a rebuild. Where
    that failed in some villages, the others need not wait for them."""
    newest = max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")).partition("_")[0]
    current = inspect(connection).has_table(_DONE.name) and connection.execute(select(_DONE)).scalar() == newest
    if not current or to_rebuild(connection) != [*in_repair(connection)]:
        raise problem(NOT_PREPARED)


def ensure_table(connection: Connection, table: Table) -> None:
    """Creates `table`, spread where the database is distributed, or adds the columns and indexes it lacks. Never drops
    or changes a column: old answers stay readable."""
    inspector = inspect(connection)
    if inspector.has_table(table.name):
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in (column for column in table.columns if column.name not in present):
            quoted = connection.dialect.identifier_preparer.format_table(table)
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {definition}")
    else:
        connection.execute(CreateTable(table, if_not_exists=True))
        distribute(connection, table)
    for index in table.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
