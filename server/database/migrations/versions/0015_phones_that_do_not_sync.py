"""Why a phone does not sync: refused posts, a wrong clock, old forms; closed phones may send what is left"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Of phones that fetched their forms before this was noted: the version in which they sent last, which they had then.
SENT_LAST = """
INSERT INTO phone_forms (token_sha256, form_id, version, fetched_at)
SELECT phone, form_id, form_version, received_at
FROM (
    SELECT phone, form_id, form_version, received_at,
        row_number() OVER (PARTITION BY phone, form_id ORDER BY received_at DESC, arrival DESC) AS latest
    FROM submissions
    WHERE form_id IS NOT NULL AND form_version IS NOT NULL AND state <> 'quarantined'
) sent
WHERE latest = 1
"""


def upgrade() -> None:
    for name in ("sent_at", "closed_for", "sends_until"):
        op.add_column("phones", sa.Column(name, sa.Text()))
    op.add_column("phones", sa.Column("refused_count", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name in ("refused_at", "refused_why"):
        op.add_column("phones", sa.Column(name, sa.Text()))
    op.add_column("phones", sa.Column("clock_off", sa.BigInteger()))
    op.add_column("phones", sa.Column("clock_at", sa.Text()))
    op.create_index("phones_by_village", "phones", ["village_id"])
    op.create_table(
        "phone_forms",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", "form_id"),
    )
    op.execute(sa.text("UPDATE phones SET sent_at = seen_at"))
    op.execute(sa.text(SENT_LAST))
