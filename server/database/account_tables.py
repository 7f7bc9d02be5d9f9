"""The tables of those who work with the system: who logs in, who looked at names, what admins have uploaded to look at
before it is published, what people found of submissions, the KPM as an official, and the forms on their phones."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, Table, Text

from server.database.types import BY_VILLAGE, REFERENCE, Json, Moment, metadata, spread_by

# People who log in: role and region say what they may do and see. `session_key` is what a session's cookie holds: a new
# one ends all sessions. `failures` counts wrong passwords since the last right one; `locked_until` shuts the door.
# `password_hash` is blank until whoever was invited has set a password. `logged_in_at`: the last time through the door.
users = Table(
    "users",
    metadata,
    Column("email", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("session_key", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("logged_in_at", Moment),
    info=REFERENCE,
)

# Links by which somebody sets a password without knowing the old one: at most one an account, used once. Only the
# sha256 of what stands in the link is kept.
invitations = Table(
    "invitations",
    metadata,
    Column("email", Text, primary_key=True),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    info=REFERENCE,
)

# Sessions that were logged out of; until `forget_at`, when they would have ended.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("forget_at", Moment, nullable=False),
    info=spread_by("session_id"),
)

# Wrong passwords since a quarter of an hour ago, by whence they came (accounts/login_tries.py); until `forget_at`.
login_tries = Table(
    "login_tries",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("forget_at", Moment, nullable=False),
    Index("login_tries_by_end", "forget_at"),
    info=spread_by("mark"),
)

# Who looked at the names of a village's people, and when: `page` is the page's name, `entity_id` the person where the
# page is about one.
looks = Table(
    "looks",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("email", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("entity_id", Text),
    Index("looks_by_time", "village_id", "at"),
    Index("looks_by_moment", "at"),
    info=BY_VILLAGE,
)

# Who changed what at the desk: `action` is one of audit_log.ACTIONS, `about` what was changed as people call it (an
# email, a form with its version), `region` the code of the place that it concerns.
actions = Table(
    "actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("email", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("about", Text, nullable=False),
    Index("actions_by_time", "at"),
    info=spread_by("id"),
)

# A form's workbook between check and publishing, for a day: preview, marked copy, comparison and publishing speak of
# the same bytes. `xml` is what phones would get, blank where there are mistakes; `told` all that was found in it
# (forms/review/told.py), `whole` false where there may be more behind that.
form_drafts = Table(
    "form_drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),  # email
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("workbook", LargeBinary, nullable=False),
    Column("form_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("xml", LargeBinary),
    Column("told", Json, nullable=False),
    Column("whole", Boolean, nullable=False),
    info=REFERENCE,
)

# The look-up files of a draft by name, those taken along from the version that is live too.
form_draft_files = Table(
    "form_draft_files",
    metadata,
    Column("draft_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    info=REFERENCE,
)

# What people found of a submission (its sha256), and what they wrote about it, in the order of `at` and `id`: rows are
# added and never changed. `state` is one of review.STATES; blank where it is a comment alone. `text` is the reason, or
# the comment.
submission_reviews = Table(
    "submission_reviews",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("email", Text, nullable=False),
    Column("state", Text),
    Column("text", Text, nullable=False),
    info=BY_VILLAGE,
)

# The village worker as an official: elected, approved by the village head, contracted by the camat. One row a term.
kpm = Table(
    "kpm",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("elected_on", Date),
    Column("approved_on", Date),
    Column("approved_by", Text),
    Column("contract_on", Date),
    Column("contract_number", Text),
    Column("ended_on", Date),
    info=BY_VILLAGE,
)

# What a KPM took part in and was paid: `kind` is training (`note` says which) or honor (`amount` in Rp, for the month
# that `day` begins).
kpm_events = Table(
    "kpm_events",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("kpm_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("note", Text),
    Column("amount", BigInteger),
    info=BY_VILLAGE,
)

# Which version of each form a phone has fetched last; or a newer one in which it sent something, with when that came.
phone_forms = Table(
    "phone_forms",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("token_sha256", Text, primary_key=True),
    Column("form_id", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    info=BY_VILLAGE,
)
