"""Phones lie with their village, so that a token that names it is looked for there alone"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_FORMS = ("token_sha256", "form_id", "version", "fetched_at")


def upgrade() -> None:
    op.drop_index("phones_by_village", table_name="phones")
    _put_aside("phones")
    columns: list[sa.Column[Any]] = [
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("village_id", "token_sha256", "name", "created_at")),
        *(sa.Column(name, sa.Text()) for name in ("revoked_at", "seen_at", "device_id", "user_agent", "account")),
        *(sa.Column(name, sa.Text()) for name in ("sent_at", "closed_for", "sends_until")),
        sa.Column("refused_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("refused_at", "refused_why")),
        sa.Column("clock_off", sa.BigInteger()),
        sa.Column("clock_at", sa.Text()),
    ]
    names = [column.name for column in columns]
    op.create_table("phones", *columns, sa.PrimaryKeyConstraint("village_id", "token_sha256"))
    before = sa.table("phones_before", *map(sa.column, names))
    op.execute(sa.insert(sa.table("phones", *map(sa.column, names))).from_select(names, sa.select(*before.c)))
    op.create_index("phones_by_token", "phones", ["token_sha256"])
    _forms()
    op.drop_table("phones_before")


def _forms() -> None:
    _put_aside("phone_forms")
    op.create_table(
        "phone_forms",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("village_id", *_FORMS)),
        sa.PrimaryKeyConstraint("village_id", "token_sha256", "form_id"),
    )
    before = sa.table("phone_forms_before", *map(sa.column, _FORMS))
    phones = sa.table("phones", sa.column("village_id"), sa.column("token_sha256"))
    rows = sa.select(phones.c.village_id, *before.c).join_from(
        before, phones, phones.c.token_sha256 == before.c.token_sha256
    )
    after = sa.table("phone_forms", *map(sa.column, ("village_id", *_FORMS)))
    op.execute(sa.insert(after).from_select(list(after.c.keys()), rows))
    op.drop_table("phone_forms_before")


def _put_aside(name: str) -> None:
    op.rename_table(name, f"{name}_before")
    if op.get_bind().dialect.name == "postgresql":  # the name of the key is that of an index
        op.execute(f"ALTER INDEX {name}_pkey RENAME TO {name}_before_pkey")
