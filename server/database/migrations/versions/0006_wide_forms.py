"""Forms of any width: answers that no row can hold stand in one JSON column, and indexes are named from the front"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEYS = {"village_id", "instance_id", "ordinal", "sending_village", "seq", "order_key"}
_SYSTEM_COLUMNS = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
_MOST_COLUMNS = 300


def upgrade() -> None:
    # Answers are derived: `kpm init` makes the tables and indexes that are missing, and the rows from the submissions.
    inspector = sa.inspect(op.get_bind())
    for table in inspector.get_table_names():
        if not table.startswith("answers_"):
            continue
        fields = {column["name"].lower() for column in inspector.get_columns(table)} - _KEYS
        if len(fields) > _MOST_COLUMNS or fields & _SYSTEM_COLUMNS:
            op.drop_table(table)
            op.execute(sa.text("UPDATE villages SET to_rebuild = true"))
        else:
            for index in inspector.get_indexes(table):
                op.drop_index(str(index["name"]), table_name=table)
