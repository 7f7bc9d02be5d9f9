"""All fixed tables, each with a sentence why.

`village_id` (the Kemendagri code of the village) stands first in the primary key of every big table: the same schema
can be distributed by it, and `info` says how each table is (types.py). The columns of others come from a
workbook: `answers_<form>[__<repeat>]` (answer_tables.py), and `recap_<target>` and `cards` (aggregate).

Truth: `submissions` with their bytes, `instance_ids` (which came first), `attachments`, `decisions`, `phones`,
`regions`, `form_versions`, `form_media`, `indicator_versions`, `check_versions`, and the tables of account_tables.py
and card_tables.py. Everything else is derived from it and can be made again.
"""

from __future__ import annotations

import time

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, Table, Text, false, text

from server.database import account_tables, card_tables, publication_tables  # noqa: F401 - of the same metadata
from server.database.types import BY_VILLAGE, REFERENCE, Json, Moment, metadata, spread_by

# Places, all levels from province (11) to dusun (11.01.01.2001.01).
regions = Table(
    "regions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    info=REFERENCE,
)

# A KPM's phone: its token (only the sha256 is kept) opens one village, which it names, but for those of older versions
# of this program. `account` is the email of whoever fills in forms in a browser for that village
# (accounts/browsers.py): such a row has no token; blank for phones. `seen_at`: when it was last heard of; `sent_at`:
# when something of it was last taken. `revoked_at`: it gets nothing more, for the reason `closed_for`
# (phones/phones.py); until `sends_until` it may still send. `refused_count` posts of it were refused, the last one at
# `refused_at` because of the problem `refused_why`. `clock_off`: by how many seconds its clock was wrong at `clock_at`,
# at least; a negative number where it was behind.
phones = Table(
    "phones",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("token_sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("seen_at", Moment),
    Column("device_id", Text),
    Column("user_agent", Text),
    Column("account", Text),
    Column("sent_at", Moment),
    Column("closed_for", Text),
    Column("sends_until", Moment),
    Column("refused_count", Integer, nullable=False, default=0, server_default=text("0")),
    Column("refused_at", Moment),
    Column("refused_why", Text),
    Column("clock_off", BigInteger),
    Column("clock_at", Moment),
    Index("phones_by_token", "token_sha256"),
    info=BY_VILLAGE,
)

# One row a village that has ever sent something. Updating it is the village's lock: `seq` counts what came in, and
# gives every submission its place in the village's order. `stale_since` is the first quarter whose card is out of date,
# `held_since` when the oldest entity change came in that still waits for the one before it. `refresh_problem` says why
# the cards could not be counted when they were last to be; blank where they could. `to_rebuild`: what is derived is of
# an older version of this program; `kpm init` makes it anew, and until it can, nobody reads or processes what is there.
# `rebuild_problem` says why what is derived could not be made anew when that was last tried; blank where it could.
# `unmarked_since`: what the village sent of that month and later is to be looked through anew by the quality checks
# (quality_marks). `replay_since`: when somebody asked that what is in quarantine be tried again; blank where it was, or
# nobody did.
villages = Table(
    "villages",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("stale_since", Text),
    Column("held_since", Moment),
    Column("refresh_problem", Text),
    Column("to_rebuild", Boolean, nullable=False, default=False, server_default=false()),
    Column("rebuild_problem", Text),
    Column("unmarked_since", Date),
    Column("replay_since", Moment),
    Index(
        "villages_to_rebuild", "village_id", sqlite_where=text("to_rebuild = 1"), postgresql_where=text("to_rebuild")
    ),
    Index(
        "villages_to_replay",
        "replay_since",
        sqlite_where=text("replay_since IS NOT NULL"),
        postgresql_where=text("replay_since IS NOT NULL"),
    ),
    info=BY_VILLAGE,
)

# Which village holds an instanceID, noted when a submission is processed: what a phone sends is kept in its village
# alone, and the rare instanceID that comes from two is found then.
instance_ids = Table(
    "instance_ids",
    metadata,
    Column("instance_id", Text, primary_key=True),
    Column("village_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    info=spread_by("instance_id"),
)

# Every distinct body that a phone has sent, as it came: the truth. `arrival` orders them, in nanoseconds of the
# server's clock; `seq` is the place in its village's order, given when it is processed. `state`: received (kept, and
# not processed yet), accepted (it counts), quarantined (not understood), waiting (a correction of another one, or other
# content under the same instanceID: somebody has to decide which one counts), or replaced (decided: another one with
# its root counts). `problem` and `detail` say why it does not count, also where an accepted one has an entity that
# could not be applied. `root_instance_id` is the instanceID of the original, its own where it is one, that it and its
# corrections share. `review`: what people last found of it (submission_reviews); blank where nobody has, or took it
# back. The columns after `body` are derived, but for `arrival` and `effective_at`: since when it counts, from which
# versions are made; blank where it does not, and where it did before versions followed the clock.
submissions = Table(
    "submissions",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("seq", BigInteger),
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
    Column("deprecated_id", Text),
    Column("root_instance_id", Text),
    Column("arrival", BigInteger, nullable=False, default=time.time_ns),
    Column("effective_at", Moment),
    Column("review", Text),
    Index("submissions_by_time", "received_at", "village_id", "form_id", "state", "sha256"),
    Index(
        "submissions_reviewed",
        "village_id",
        "review",
        "state",
        sqlite_where=text("review IS NOT NULL"),
        postgresql_where=text("review IS NOT NULL"),
    ),
    Index("submissions_by_seq", "village_id", "seq", unique=True),
    Index(
        "submissions_received",
        "village_id",
        "arrival",
        sqlite_where=text("state = 'received'"),
        postgresql_where=text("state = 'received'"),
    ),
    Index("submissions_by_root", "village_id", "root_instance_id"),
    Index("submissions_by_form", "form_id", "phone", "form_version", "arrival"),  # which version each phone has
    Index(
        "submissions_in_trouble",
        "village_id",
        "seq",
        "state",
        sqlite_where=text("problem IS NOT NULL"),
        postgresql_where=text("problem IS NOT NULL"),
    ),
    info=BY_VILLAGE,
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
    info=BY_VILLAGE,
)

# What people decided on a page, and can take back: which content of a submission counts (`content`), that two entries
# are one person (`merge`), that somebody lives elsewhere now (`move`), or a change typed in by hand (`change`). The
# register and the answers follow; `payload` is explained in entities/decision_log.py. `cause_id`: the decision that the
# server followed with this one of its own (decisions/follow_on.py); blank where people made it.
decisions = Table(
    "decisions",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", Text),
    Column("cause_id", Text),
    Index("decisions_by_time", "village_id", "made_at"),
    Index("decisions_by_moment", "made_at"),
    Index("decisions_by_undoing", "undone_at"),
    info=BY_VILLAGE,
)

# Where an entity is at home that phones may look for elsewhere: what the standing transfers and merges come to, one row
# for each entity that they ever took elsewhere. `survivor` is the id that it goes by there; `residences` are the
# villages in which it ever was: only their phones reach it. Distributed by entity_id.
entity_homes = Table(
    "entity_homes",
    metadata,
    Column("entity_id", Text, primary_key=True),
    Column("village_id", Text, nullable=False),
    Column("survivor", Text, nullable=False),
    Column("residences", Json, nullable=False),
    Index("entity_homes_by_survivor", "village_id", "survivor"),
    info=spread_by("entity_id"),
)

# Everything that was ever said of an entity, one row a submission (or decision) and entity: its history, and what the
# entity is folded from (entities/change.py). Rows stay as they came: `village_id` is the village whose phone sent it,
# `entity_id` the id that it was sent under; where the entity is at home now, entity_homes says. `source` is the
# submission's sha256, or the decision's id. `order_key` orders what speaks of one `day`. `state`: applied, held (its
# predecessor is not here yet), forced (applied all the same, after five days), refused. `version` is the one that it
# made (entities/offline_versions.py); `conflict` is soft or hard where it was made on an older one, `conflicting` the
# properties that both had changed.
entity_changes = Table(
    "entity_changes",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("list", Text, nullable=False),
    Column("action", Text, nullable=False),  # create, update, upsert, or visit, which changes no property
    Column("label", Text, nullable=False),
    Column("properties", Json, nullable=False),
    Column("observed", Json, nullable=False),  # what a visit or a measurement found, see entities/change.py
    Column("day", Date, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("base_version", Integer),
    Column("trunk_version", Integer),
    Column("branch_id", Text),
    Column("state", Text, nullable=False),
    Column("version", Integer),
    Column("conflict", Text),
    Column("conflicting", Json, nullable=False),
    Index("entity_changes_by_source", "village_id", "source"),
    Index(
        "entity_changes_held",
        "village_id",
        "received_at",
        sqlite_where=text("state = 'held'"),
        postgresql_where=text("state = 'held'"),
    ),
    info=BY_VILLAGE,
)

# The register of people and places: one row an entity, `data` holds its properties as text, as the phone's list shows
# them, `set_by` which change gave each property its value. The columns below repeat what counting and the work list
# need, read from the changes once, when they come. `leaves_on`: the first day on which the target is no longer on the
# list (forms/periods.py). `created_seq` is blank where only updates of it have come so far.
entities = Table(
    "entities",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("list", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("set_by", Json, nullable=False, default=dict),
    Column("created_seq", BigInteger),
    Column("registered_on", Date, nullable=False),
    Column("leaves_on", Date),
    Column("household", Text),
    Column("birth_date", Date),
    Column("due_date", Date),
    Column("delivered_on", Date),
    Column("nik", Text),
    Column("followed_on", Date),  # when it was last asked whether the child takes part in early education
    Column("visited_on", Date),
    Column("missing", Text),  # what the visits of that month said is still missing in it, in words
    Column("visits", Json, nullable=False, default=dict),  # those of the month of visited_on: key -> what was missing
    Column("measurements", Json, nullable=False, default=dict),  # key -> weight, length, position: a child's growth
    Column("signs", Json, nullable=False, default=list),  # early signs read from the measurements: [code, day]
    Index("entities_by_list", "village_id", "list", "registered_on"),
    Index("entities_by_nik", "nik", sqlite_where=text("nik IS NOT NULL"), postgresql_where=text("nik IS NOT NULL")),
    info=BY_VILLAGE,
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
    info=BY_VILLAGE,
)
