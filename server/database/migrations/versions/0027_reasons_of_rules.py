"""Why rules were published, to be read on the cards that are counted by them"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("indicator_versions", sa.Column("reason", sa.Text(), nullable=True))
