"""What quality checks found is kept, and found anew where something changed"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_marks",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("check_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("village_id", "seq", "check_code"),
    )
    op.create_index("quality_marks_by_month", "quality_marks", ["village_id", "month"])
    op.add_column("villages", sa.Column("unmarked_since", sa.Date(), nullable=True))
    op.execute("UPDATE villages SET unmarked_since = '0001-01-01'")
