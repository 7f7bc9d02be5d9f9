"""Links to set a password with, and the log of the desk in the order of time"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.add_column("users", sa.Column("logged_in_at", sa.Text(), nullable=True))
    op.create_index("looks_by_moment", "looks", ["at"])
    op.create_index("decisions_by_moment", "decisions", ["made_at"])
    op.create_index("decisions_by_undoing", "decisions", ["undone_at"])
