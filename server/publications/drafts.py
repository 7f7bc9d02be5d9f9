"""Forms between check and publishing: kept for a day, so that whatever is shown of one, and what is published, are the
same bytes. A draft changes nothing for phones."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from forms.problems import Problem, problem
from server.database.account_tables import form_draft_files, form_drafts

UNKNOWN_DRAFT = Problem(
    "unknown-draft",
    404,
    "Unggahan ini sudah tidak ada: yang sudah diterbitkan hilang dari sini, dan yang belum dihapus sesudah sehari. "
    "Lihat versi yang berlaku di halaman Formulir, atau unggah lagi buku kerjanya.",
    "This upload is no longer there: what was published goes, and what was not is removed after a day. See which "
    "version is in force on the page of forms, or upload the workbook again.",
)

KEPT_FOR = timedelta(days=1)
# Each is some MB; the oldest make room.
MOST_DRAFTS = 30


@dataclass(frozen=True)
class Draft:
    """A workbook as it was uploaded, and what came of checking it.

    `xml`: the XForm that phones would get; None where there are mistakes. `files`: the form's look-up files by name, as
    phones would get them; where there are mistakes only those that were uploaded. `told`: the mistakes and remarks, as
    forms/review/told.py gives them; `whole` is False where there may be more mistakes behind these. `form_id`,
    `version` and `title` are blank where the workbook does not tell them.
    """

    id: str
    made_at: datetime
    made_by: str
    file_name: str
    sha256: str
    workbook: bytes
    form_id: str
    version: str
    title: str
    xml: bytes | None
    told: Sequence[Mapping[str, Any]]
    whole: bool
    files: Mapping[str, bytes]


def keep(
    connection: Connection,
    *,
    made_by: str,
    file_name: str,
    workbook: bytes,
    form: tuple[str, str, str],
    xml: bytes | None,
    told: Sequence[Mapping[str, Any]],
    whole: bool,
    files: Mapping[str, bytes],
    now: datetime,
) -> str:
    """Keeps a draft and gives its id; drafts that are too old, or too many, go. `form`: its id, version and title."""
    _make_room(connection, now)
    draft_id = uuid.uuid4().hex
    form_id, version, title = form
    row = {
        "id": draft_id,
        "made_at": now,
        "made_by": made_by,
        "file_name": file_name,
        "sha256": hashlib.sha256(workbook).hexdigest(),
        "workbook": workbook,
        "form_id": form_id,
        "version": version,
        "title": title,
        "xml": xml,
        "told": list(told),
        "whole": whole,
    }
    connection.execute(insert(form_drafts), row)
    for name, content in files.items():
        connection.execute(insert(form_draft_files), {"draft_id": draft_id, "name": name, "content": content})
    return draft_id


def find(connection: Connection, draft_id: str) -> Draft:
    """Raises ProblemError UNKNOWN_DRAFT where there is none, or none any more."""
    row = connection.execute(select(form_drafts).where(form_drafts.c.id == draft_id)).mappings().one_or_none()
    if row is None:
        raise problem(UNKNOWN_DRAFT)
    files = select(form_draft_files.c.name, form_draft_files.c.content).where(form_draft_files.c.draft_id == draft_id)
    found = {one.name: bytes(one.content) for one in connection.execute(files.order_by(form_draft_files.c.name))}
    xml = None if row["xml"] is None else bytes(row["xml"])
    return Draft(**{**row, "workbook": bytes(row["workbook"]), "xml": xml}, files=found)


def forget(connection: Connection, draft_id: str) -> None:
    """Removes a draft."""
    _remove(connection, [draft_id])


def forget_old(connection: Connection, now: datetime) -> None:
    """Removes the drafts that are older than KEPT_FOR."""
    old = select(form_drafts.c.id).where(form_drafts.c.made_at < now - KEPT_FOR)
    _remove(connection, connection.execute(old).scalars().all())


def _make_room(connection: Connection, now: datetime) -> None:
    forget_old(connection, now)
    newest_first = select(form_drafts.c.id).order_by(form_drafts.c.made_at.desc(), form_drafts.c.id)
    _remove(connection, connection.execute(newest_first.offset(MOST_DRAFTS - 1)).scalars().all())


def _remove(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(delete(form_draft_files).where(form_draft_files.c.draft_id.in_(ids)))
    connection.execute(delete(form_drafts).where(form_drafts.c.id.in_(ids)))
