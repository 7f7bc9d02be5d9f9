"""Wrong passwords, counted for all processes at once"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_tries",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("forget_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )
    op.create_index("login_tries_by_end", "login_tries", ["forget_at"])
