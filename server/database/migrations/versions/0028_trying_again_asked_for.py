"""Since when a village waits to have its quarantine tried again, in the processor"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("villages", sa.Column("replay_since", sa.Text(), nullable=True))
    op.create_index(
        "villages_to_replay",
        "villages",
        ["replay_since"],
        sqlite_where=sa.text("replay_since IS NOT NULL"),
        postgresql_where=sa.text("replay_since IS NOT NULL"),
    )
