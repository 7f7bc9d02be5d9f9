"""Forms that are filled in in a browser: whose browser it is"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("phones", sa.Column("account", sa.Text()))
