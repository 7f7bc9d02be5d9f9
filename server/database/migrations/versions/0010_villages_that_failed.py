"""Why the rows of a village could not be made anew after an upgrade"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("villages", sa.Column("rebuild_problem", sa.Text()))
    op.create_index(
        "villages_to_rebuild",
        "villages",
        ["village_id"],
        sqlite_where=sa.text("to_rebuild = 1"),
        postgresql_where=sa.text("to_rebuild"),
    )
