"""Where everybody is at home: changes stay as they came, and the server's own decisions stand beside their causes"""

from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_decisions = sa.table(
    "decisions",
    *(sa.column(name, sa.Text()) for name in ("village_id", "id", "kind")),
    sa.column("payload", Json),
    *(sa.column(name, sa.Text()) for name in ("made_at", "made_by", "cause_id", "undone_at", "undone_by")),
)
_CHANGES = (
    *("seq", "received_at", "list", "action", "label", "properties", "observed", "day", "base_version"),
    *("trunk_version", "branch_id", "state", "conflict", "conflicting"),
)


def upgrade() -> None:
    # Answers and entities are derived: `kpm init` makes them again from the submissions after this, village by village,
    # and the next one goes on where it was broken off.
    op.add_column("villages", sa.Column("to_rebuild", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE villages SET to_rebuild = true"))
    for table in sa.inspect(op.get_bind()).get_table_names():
        if table.startswith("answers_"):
            op.drop_table(table)
    _submissions()
    lists = _lists_of_newcomers()
    op.add_column("decisions", sa.Column("cause_id", sa.Text(), nullable=True))
    _convert_decisions(lists)
    _changes()
    op.execute("UPDATE entities SET version = version * 1000")  # as phones have them
    op.drop_table("aliases")
    op.create_table(
        "entity_homes",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("survivor", sa.Text(), nullable=False),
        sa.Column("residences", Json, nullable=False),
        sa.PrimaryKeyConstraint("entity_id"),
    )
    op.create_index("entity_homes_by_survivor", "entity_homes", ["village_id", "survivor"], unique=False)


def _submissions() -> None:
    op.drop_index("submissions_by_thread", table_name="submissions")
    op.execute("ALTER TABLE submissions RENAME COLUMN thread TO root_instance_id")
    op.execute(
        "UPDATE submissions SET root_instance_id = instance_id"
        " WHERE root_instance_id IS NULL AND length(instance_id) BETWEEN 1 AND 255"
    )
    op.create_index("submissions_by_root", "submissions", ["village_id", "root_instance_id"], unique=False)
    # It stays blank for those that took effect until now: their versions are counted as before.
    op.add_column("submissions", sa.Column("effective_at", sa.Text(), nullable=True))


def _lists_of_newcomers() -> dict[str, str]:
    """The list of everybody who was ever registered, by the id that it was registered under."""
    created = "SELECT sent_id, list FROM entity_changes WHERE action IN ('create', 'upsert')"
    return {row.sent_id: row.list for row in op.get_bind().execute(sa.text(created))}


def _convert_decisions(lists: dict[str, str]) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_decisions)).mappings().all():
        before = row["payload"]
        after = {
            name: value for name, value in before.items() if name not in ("along", "back", "thread", "aside", "said")
        }
        after["statements"] = [
            {name: value for name, value in one.items() if name not in ("village_id", "version")}
            for one in before.get("said", [])
        ]
        newcomers = set(before.get("along", {}))
        if row["kind"] == "content":
            after |= {"root_instance_id": before["thread"], "superseded": before["aside"]}
            after["carries"] = before.get("carries")
        if row["kind"] == "move":
            newcomers = set(before["ids"]) - {one["id"] for one in after["statements"]}
            after["ids"] = [id_ for id_ in before["ids"] if id_ not in newcomers]
        after["touched"] = [id_ for id_ in before["touched"] if id_ not in newcomers]
        here = (_decisions.c.village_id == row["village_id"]) & (_decisions.c.id == row["id"])
        connection.execute(sa.update(_decisions).where(here).values(payload=after))
        own = [_own(dict(row), id_, lists[id_]) for id_ in sorted(newcomers) if id_ in lists]
        for made in filter(None, own):
            connection.execute(sa.insert(_decisions), made)


def _own(cause: dict[str, Any], newcomer: str, of_list: str) -> dict[str, Any] | None:
    """What was noted in a decision about somebody who was told of later, as a decision of the server's own."""
    payload = cause["payload"]
    along, back = payload.get("along", {}).get(newcomer), payload.get("back", {}).get(newcomer)
    undone = cause["undone_at"] is not None
    kind, village, moment, lives = cause["kind"], cause["village_id"], cause["made_at"], along
    if kind == "merge":
        about: dict[str, Any] = {"id": newcomer, "properties": along}
        kind = "change"
    elif along is not None:
        about = {"ids": [newcomer], "to": payload["to"], "dusun": along.get("dusun", "")}
    elif undone and back is not None:  # whoever was born there went back with them
        about = {"ids": [newcomer], "to": village, "dusun": back.get("dusun", "")}
        village, moment, lives, undone = payload["to"], cause["undone_at"], back, False
    else:
        return None
    if kind == "move":
        about |= {"made": {}, "left": {}, "known": []}
    said = {
        "id": newcomer,
        "list": of_list,
        "action": "update",
        "label": "",
        "properties": lives,
        "day": payload["day"],
    }
    return {
        "village_id": village,
        "id": str(uuid5(UUID(str(cause["id"])), newcomer)),
        "kind": kind,
        "payload": {**about, "day": payload["day"], "seq": payload["seq"], "touched": [newcomer], "statements": [said]},
        "made_at": moment,
        "made_by": cause["made_by"],
        "cause_id": cause["id"],
        "undone_at": cause["undone_at"] if undone else None,
        "undone_by": cause["undone_by"] if undone else None,
    }


def _changes() -> None:
    op.drop_index("entity_changes_by_source", table_name="entity_changes")
    op.drop_index("entity_changes_held", table_name="entity_changes")
    op.rename_table("entity_changes", "entity_changes_before")
    if op.get_bind().dialect.name == "postgresql":  # the name of the key is that of an index
        op.execute("ALTER INDEX entity_changes_pkey RENAME TO entity_changes_before_pkey")
    op.create_table(
        "entity_changes",
        sa.Column("village_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("properties", Json, nullable=False),
        sa.Column("observed", Json, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("trunk_version", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("conflicting", Json, nullable=False),
        sa.PrimaryKeyConstraint("village_id", "entity_id", "source"),
    )
    before = sa.table(
        "entity_changes_before", *map(sa.column, ("origin", "sent_id", "source", "turn", "version", *_CHANGES))
    )
    after = sa.table(
        "entity_changes", *map(sa.column, ("village_id", "entity_id", "source", "order_key", "version", *_CHANGES))
    )
    rows = sa.select(
        before.c.origin,
        before.c.sent_id,
        before.c.source,
        before.c.turn,
        before.c.version * sa.literal(1000),
        *(before.c[name] for name in _CHANGES),
    )
    op.execute(sa.insert(after).from_select(list(after.c.keys()), rows))
    op.drop_table("entity_changes_before")
    op.create_index("entity_changes_by_source", "entity_changes", ["village_id", "source"], unique=False)
    op.create_index(
        "entity_changes_held",
        "entity_changes",
        ["village_id", "received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
