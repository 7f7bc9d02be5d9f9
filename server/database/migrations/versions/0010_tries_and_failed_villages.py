"""Wrong passwords, counted for all processes at once; why the rows of a village could not be made anew"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
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
    op.add_column("villages", sa.Column("rebuild_problem", sa.Text()))
    op.create_index(
        "villages_to_rebuild",
        "villages",
        ["village_id"],
        sqlite_where=sa.text("to_rebuild = 1"),
        postgresql_where=sa.text("to_rebuild"),
    )
