"""The year of a KPM"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # The register and the answers are derived: `kpm init` makes them again from the submissions after this.
    op.drop_table("entities")
    for table in sa.inspect(op.get_bind()).get_table_names():
        if table.startswith("answers_"):
            op.drop_table(table)
    op.create_table(
        "aliases",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("home_village", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_index("aliases_by_home", "aliases", ["home_village", "home_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_index("decisions_by_time", "decisions", ["village_id", "made_at"], unique=False)

    op.create_table(
        "entities",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("set_by", Json, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("nik", sa.Text(), nullable=True),
        sa.Column("followed_on", sa.Date(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("visits", Json, nullable=False),
        sa.Column("measurements", Json, nullable=False),
        sa.Column("signs", Json, nullable=False),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_index("entities_by_list", "entities", ["village_id", "list", "registered_on"], unique=False)
    op.create_index(
        "entities_by_nik",
        "entities",
        ["nik"],
        unique=False,
        sqlite_where=sa.text("nik IS NOT NULL"),
        postgresql_where=sa.text("nik IS NOT NULL"),
    )

    op.create_table(
        "entity_changes",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sent_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("properties", Json, nullable=False),
        sa.Column("observed", Json, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("trunk_version", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("conflicting", Json, nullable=False),
        sa.PrimaryKeyConstraint("village_id", "entity_id", "origin", "source", "sent_id"),
    )
    op.create_index("entity_changes_by_source", "entity_changes", ["origin", "source"], unique=False)
    op.create_index(
        "entity_changes_held",
        "entity_changes",
        ["village_id", "received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )

    op.create_table(
        "kpm",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("elected_on", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("contract_on", sa.Date(), nullable=True),
        sa.Column("contract_number", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_table(
        "kpm_events",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("kpm_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("village_id", "kpm_id", "id"),
    )
    op.create_table(
        "looks",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("village_id", "id"),
    )
    op.create_index("looks_by_time", "looks", ["village_id", "at"], unique=False)

    op.create_table(
        "users",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("email"),
        sa.UniqueConstraint("session_key"),
    )
    op.add_column("submissions", sa.Column("deprecated_id", sa.Text(), nullable=True))
    op.add_column("submissions", sa.Column("thread", sa.Text(), nullable=True))
    op.create_index("submissions_by_thread", "submissions", ["village_id", "thread"], unique=False)

    op.add_column("villages", sa.Column("held_since", sa.Text(), nullable=True))
