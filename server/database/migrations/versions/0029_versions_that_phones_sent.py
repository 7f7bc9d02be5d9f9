"""The version of each form on a phone that was never seen to fetch it, from what it sent last"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        sa.text("""
INSERT INTO phone_forms (village_id, token_sha256, form_id, version, fetched_at)
SELECT sent.village_id, sent.phone, sent.form_id, sent.form_version, sent.received_at
FROM (
    SELECT s.village_id, s.phone, s.form_id, s.form_version, s.received_at,
        row_number() OVER (PARTITION BY s.village_id, s.phone, s.form_id ORDER BY s.arrival DESC) AS place
    FROM submissions s
    JOIN phones p ON p.village_id = s.village_id AND p.token_sha256 = s.phone
    JOIN form_versions v ON v.form_id = s.form_id AND v.version = s.form_version
) sent
LEFT JOIN phone_forms f
    ON f.village_id = sent.village_id AND f.token_sha256 = sent.phone AND f.form_id = sent.form_id
WHERE sent.place = 1 AND f.form_id IS NULL
""")
    )
