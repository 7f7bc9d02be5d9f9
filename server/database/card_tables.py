"""The tables beside the cards: what people signed, a truth of its own; and what pages read of promises and of quality
checks, derived from the answers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, LargeBinary, Table, Text, text

from server.database.types import BY_VILLAGE, Json, Moment, metadata

# Formulir 4 as the village head signed it, once or again (`edition` 1, 2, ...): rows are added and never changed.
# `content` is what was signed, byte for byte (scorecards/paper/snapshot.py), `check_code` stands on the paper and opens
# the page that confirms it, `signed_by` is the email of the account. Distributed by village_id; a check code alone is
# looked up everywhere.
signed_reports = Table(
    "signed_reports",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("quarter", Text, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("check_code", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("signed_by", Text, nullable=False),
    Index("signed_reports_by_check_code", "check_code"),
    info=BY_VILLAGE,
)

# The promise ledger: one row an activity that a village meeting decided (`meeting`: rembuk or rapat), with what was
# last said of it (`state`, `spent` in rupiah, `told_on` the day of the latest meeting) and what the visits say.
# `services`: codes of the rows of Formulir 4 that it is to close, `dusun` where it is for one hamlet only. `homes`:
# household -> what became of it (aggregate/promises/effects.py), {} where it names none; `lacking` are the people or
# households that lacked a service when it was made, `closed` those of them that receive it. Blank in both: not counted.
promises = Table(
    "promises",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("meeting", Text, nullable=False),
    Column("agreed_on", Date, nullable=False),
    Column("year", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("total", Double, nullable=False),
    Column("stunting", Double, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", Date),
    Column("services", Json, nullable=False),
    Column("dusun", Text, nullable=False),
    Column("wanted", Integer),
    Column("state", Text, nullable=False),
    Column("spent", Double, nullable=False),
    Column("told_on", Date),
    Column("homes", Json, nullable=False),
    Column("lacking", Integer),
    Column("closed", Integer),
    Column("done", Integer, nullable=False),  # 1 where it is finished, or has closed all that it was to close
    Index(
        "promises_open",
        "village_id",
        "due",
        sqlite_where=text("done = 0 AND state <> 'batal'"),
        postgresql_where=text("done = 0 AND state <> 'batal'"),
    ),
    info=BY_VILLAGE,
)

# Which submissions quality checks find unlikely (server/queries/submissions/marks.py): derived, and kept so that pages
# only read it. `village_id` and `seq` are those of the submission, `month` (202603) is that of the day that it speaks
# of, 0 where it names none. From `villages.unmarked_since` on it is out of date.
quality_marks = Table(
    "quality_marks",
    metadata,
    Column("village_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("check_code", Text, primary_key=True),
    Column("month", Integer, nullable=False),
    Index("quality_marks_by_month", "village_id", "month"),
    info=BY_VILLAGE,
)
