"""What the published forms let a phone send, noted with their fields; table 5 adds up in numbers of any size"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from forms.schema import limits_json
from forms.xlsform.limits import limits_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_versions = sa.table(
    "form_versions",
    sa.column("form_id", sa.Text()),
    sa.column("version", sa.Text()),
    sa.column("xml", sa.LargeBinary()),
    sa.column("schema", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
)
_FUNDS = ("allocated_total", "allocated_stunting", "spent")


def upgrade() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_versions)).all():
        same = (_versions.c.form_id == row.form_id) & (_versions.c.version == row.version)
        schema = _with_limits(row.schema, bytes(row.xml))
        connection.execute(sa.update(_versions).where(same).values(schema=schema))
    # What was taken before and no phone could send goes to quarantine now.
    op.execute(sa.text("UPDATE villages SET to_rebuild = true"))
    if connection.dialect.name == "postgresql" and sa.inspect(connection).has_table("cards"):
        for column in _FUNDS:
            op.alter_column("cards", column, type_=sa.Double())


def _with_limits(schema: dict[str, Any], xml: bytes) -> dict[str, Any]:
    limits = limits_of(xml)
    for table in schema["tables"]:
        for field in table["fields"]:
            found = limits.get((*table["path"], *field["path"]))
            field |= limits_json(**vars(found)) if found else {}
    return schema
