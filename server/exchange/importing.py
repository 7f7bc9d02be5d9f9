"""A register that was checked becomes what phones send: a submission a household, all kept at once or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection, func, select

from forms.problems import Problem, problem
from forms.submission import read_envelope
from server.accounts import audit_log
from server.accounts.browsers import browser_of
from server.accounts.users import User
from server.database.tables import submissions, villages
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from server.submissions.receive import receive
from server.villages.lock import hold_village

STILL_COMING = Problem(
    "register-still-coming",
    409,
    "Isian lain dari desa ini sedang diolah, jadi belum pasti siapa yang sudah terdaftar. Belum ada yang diimpor; "
    "tunggu sebentar, lalu unggah lagi.",
    "Other forms of this village are being processed, so that it is not sure yet who is registered. Nothing was "
    "imported; wait a moment, then upload it again.",
)


@dataclass(frozen=True)
class Standing:
    """Where a village's order stands, and how many of its submissions are still to be processed."""

    seq: int
    waiting: int


def standing(connection: Connection, village: str) -> Standing:
    """As it is now."""
    here = (submissions.c.village_id == village) & (submissions.c.state == "received")
    waiting = connection.execute(select(func.count()).select_from(submissions).where(here)).scalar_one()
    seq = connection.execute(select(villages.c.seq).where(villages.c.village_id == village)).scalar_one_or_none()
    return Standing(seq or 0, waiting)


def keep_all(
    connection: Connection,
    cache: FormCache,
    village: str,
    by: User,
    bodies: Sequence[bytes],
    checked_at: Standing,
    now: datetime,
    zone: tzinfo,
) -> None:
    """Receives the forms as from this account's browser, and notes it.

    Raises ProblemError STILL_COMING where the village stands otherwise than when the forms were checked, and
    UNKNOWN_VILLAGE.
    """
    hold_village(connection, village)
    if checked_at.waiting or standing(connection, village) != checked_at:
        raise problem(STILL_COMING)
    sender = browser_of(connection, village, by, now)
    for body in bodies:
        key, number, envelope = sender.token_sha256, sender.number, read_envelope(body)
        receive(connection, cache, IncomingSubmission(village, key, number, body, envelope, now, zone), ())
    audit_log.note(connection, by, "register-imported", village, str(len(bodies)), now)
