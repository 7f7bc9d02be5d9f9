"""The tables of what is published: forms, their look-up files, and the rules of the score; every version ever."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from server.database.types import REFERENCE, Json, Moment, metadata

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
    info=REFERENCE,
)

# Look-up files that come with a form version (the growth table), by name; entity lists are not files.
form_media = Table(
    "form_media",
    metadata,
    Column("form_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("md5", Text, nullable=False),
    info=REFERENCE,
)

# The rules of other cards than the one in force, which people can look at beside it: the newest workbook of each.
rule_cards = Table(
    "rule_cards",
    metadata,
    Column("card", Text, primary_key=True),  # its name, as the workbook says it
    Column("workbook", LargeBinary, nullable=False),
    Column("published_at", Moment, nullable=False),
    info=REFERENCE,
)

# The rules of the score, every version as the workbook came; the largest number is in force.
indicator_versions = Table(
    "indicator_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("workbook", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("reason", Text),  # of the change, in a sentence, as cards show it; NULL where nobody gave one
    info=REFERENCE,
)

# The quality checks, in the same way.
check_versions = Table(
    "check_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("workbook", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    info=REFERENCE,
)
