"""What people find of a submission, and lists of all submissions by time"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submission_reviews",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("state", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("village_id", "sha256", "id"),
    )
    op.add_column("submissions", sa.Column("review", sa.Text()))
    by_time = ["received_at", "village_id", "form_id", "state", "sha256"]
    op.create_index("submissions_by_time", "submissions", by_time)
    reviewed = sa.text("review IS NOT NULL")
    op.create_index(
        "submissions_reviewed",
        "submissions",
        ["village_id", "review", "state"],
        sqlite_where=reviewed,
        postgresql_where=reviewed,
    )
    in_trouble = sa.text("problem IS NOT NULL")
    op.drop_index("submissions_in_trouble", "submissions")
    op.create_index(
        "submissions_in_trouble",
        "submissions",
        ["village_id", "seq", "state"],
        sqlite_where=in_trouble,
        postgresql_where=in_trouble,
    )
