"""Look-up files belong to a form version, and a question that has moved gets a column of its own"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_versions = sa.table("form_versions", sa.column("form_id"), sa.column("version"), sa.column("schema", Json))
_FILE = ("name", "content", "md5")


def upgrade() -> None:
    # Answers to a question that was moved to another group lie in the column of the one before: they are made anew.
    op.execute(sa.text("UPDATE villages SET to_rebuild = true"))
    op.rename_table("form_media", "form_media_before")
    if op.get_bind().dialect.name == "postgresql":  # the name of the key is that of an index
        op.execute("ALTER INDEX form_media_pkey RENAME TO form_media_before_pkey")
    op.create_table(
        "form_media",
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("md5", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "version", "name"),
    )
    _keep_files()
    op.drop_table("form_media_before")


def _keep_files() -> None:
    """Every version keeps the files that its phones get: those that it asks for, where no list has that name."""
    connection = op.get_bind()
    versions = connection.execute(sa.select(_versions)).mappings().all()
    lists = {entity["list"] for version in versions for entity in version["schema"]["entities"]}
    before = sa.table("form_media_before", *map(sa.column, _FILE))
    after = sa.table("form_media", *map(sa.column, ("form_id", "version", *_FILE)))
    for version in versions:
        files = sorted(_file(read) for read in version["schema"]["reads"] if read not in lists)
        rows: Any = sa.select(
            sa.literal(version["form_id"]), sa.literal(version["version"]), *(before.c[name] for name in _FILE)
        ).where(before.c.name.in_(files))
        connection.execute(sa.insert(after).from_select(list(after.c.keys()), rows))


def _file(read: str) -> str:
    return read if "." in read else f"{read}.csv"
