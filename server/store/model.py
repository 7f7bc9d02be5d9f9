"""All fixed tables, each with a sentence why.

`village_id` (the Kemendagri code of the village) stands first in the primary key of every big table, so that the same
schema can be distributed by it. Two kinds of table are made elsewhere, when a workbook is published, because their
columns come from it: `answers_<form>[__<repeat>]` (answers.py), and `recap_<target>` and `cards` (aggregate).

Truth: `submissions` with their bytes, `instance_ids` (which came first), `attachments`, `phones`, `regions`,
`form_versions`, `form_media`, `indicator_versions`. Everything else is derived from it and can be made again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A point in time, kept as ISO text in UTC with microseconds: the same on every database, sorts as time does."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


Json = JSON().with_variant(JSONB(), "postgresql")

# Places, all levels from province (11) to dusun (11.01.01.2001.01). Small: a reference table.
regions = Table(
    "regions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

# A KPM's phone: its token (only the sha256 is kept) opens one village.
phones = Table(
    "phones",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("village_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("seen_at", Moment),
    Column("device_id", Text),
    Column("user_agent", Text),
)

# What phones can download: every version ever published, with the exact XForm bytes that were served.
form_versions = Table(
    "form_versions",
    metadata,
    Column("form_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 ... in the order of publishing; the largest is served
    Column("xml", LargeBinary, nullable=False),
    Column("xml_md5", Text, nullable=False),
    Column("workbook", LargeBinary, nullable=False),
    Column("schema", Json, nullable=False),
    Column("published_at", Moment, nullable=False),
)

# Look-up files that come with forms (the growth table), by name; entity lists are not files.
form_media = Table(
    "form_media",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("md5", Text, nullable=False),
)

# The rules of the score, every version as the workbook came; the largest number is in force.
indicator_versions = Table(
    "indicator_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("workbook", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
)

# One row a village that has ever sent something. Updating it is the village's lock: `seq` counts what came in, and
# gives every submission its place in the village's order. `stale_since` is the first quarter whose card is out of date.
villages = Table(
    "villages",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("stale_since", Text),
)

# Which village holds an instanceID: the dedupe that holds across villages. Distributed by instance_id.
instance_ids = Table(
    "instance_ids",
    metadata,
    Column("instance_id", Text, primary_key=True),
    Column("village_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
)

# Every distinct body that a phone has sent, as it came: the truth. `state`: accepted, or quarantined (not understood,
# or the same instanceID came with other content); `problem` and `detail` say why, also where an accepted one has an
# entity that could not be applied. The columns after `body` are derived.
submissions = Table(
    "submissions",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("phone", Text, nullable=False),  # token_sha256 of the phone
    Column("device_id", Text),
    Column("body", LargeBinary, nullable=False),
    Column("instance_id", Text),
    Column("form_id", Text),
    Column("form_version", Text),
    Column("state", Text, nullable=False),
    Column("problem", Text),
    Column("detail", Text),
    Column("expected_files", Json, nullable=False),  # names of the files that the answers speak of
    Index("submissions_by_seq", "village_id", "seq", unique=True),
    Index(
        "submissions_in_trouble",
        "village_id",
        "seq",
        sqlite_where=text("problem IS NOT NULL"),
        postgresql_where=text("problem IS NOT NULL"),
    ),
)

# Files that came with a submission; the bytes lie in the attachment store under their sha256.
attachments = Table(
    "attachments",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("submission_sha256", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
)

# The register of people and places: one row an entity, `data` holds its properties as text, as the phone's list shows
# them. The dated columns and `household` repeat what counting needs, read from `data` once, when it changes.
# `leaves_on`: the first day on which the target is no longer on the list (forms/periods.py).
entities = Table(
    "entities",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("list", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("created_seq", BigInteger, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("leaves_on", Date),
    Column("household", Text),
    Column("birth_date", Date),
    Column("due_date", Date),
    Column("delivered_on", Date),
    Column("visited_on", Date),
    Column("missing", Text),  # what the latest visit said is still missing in its month, in words
    Index("entities_by_list", "village_id", "list", "created_seq"),
)

# The state of a village's list: `revision` is the sum of the seqs of all submissions that changed it, so that it also
# differs where one took effect late, after a replay. The list's hash and ETag come from here: an unchanged list is
# answered without reading the register.
list_revisions = Table(
    "list_revisions",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
