"""The promise ledger"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "promises",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("meeting", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("year", "name", "sector", "fund")],
        *[sa.Column(name, sa.Double(), nullable=False) for name in ("total", "stunting")],
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("services", json, nullable=False),
        sa.Column("dusun", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("spent", sa.Double(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("homes", json, nullable=False),
        sa.Column("lacking", sa.Integer(), nullable=True),
        sa.Column("closed", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_index(
        "promises_open",
        "promises",
        ["village_id", "due"],
        sqlite_where=sa.text("done = 0 AND state <> 'batal'"),
        postgresql_where=sa.text("done = 0 AND state <> 'batal'"),
    )
