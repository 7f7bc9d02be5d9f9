"""Sessions that were logged out of: a copy of their cookie opens nothing"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("forget_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
