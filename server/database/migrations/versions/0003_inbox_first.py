"""Inbox first: submissions are kept when they come, and processed after that"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("submissions") as table:
        table.add_column(sa.Column("arrival", sa.BigInteger(), nullable=False, server_default="0"))
        table.alter_column("seq", existing_type=sa.BigInteger(), nullable=True)
    op.execute("UPDATE submissions SET arrival = seq")
    with op.batch_alter_table("submissions") as table:
        table.alter_column("arrival", existing_type=sa.BigInteger(), server_default=None)
    op.add_column("villages", sa.Column("refresh_problem", sa.Text(), nullable=True))
    received = sa.text("state = 'received'")
    op.create_index(
        "submissions_received",
        "submissions",
        ["village_id", "arrival"],
        sqlite_where=received,
        postgresql_where=received,
    )
