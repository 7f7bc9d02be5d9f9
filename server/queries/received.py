"""One submission as it was received, with the files that came with it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from forms.problems import Problem, problem
from server.database.tables import attachments, submissions
from server.submissions.attachments import StoredFile

NOT_RECEIVED = Problem(
    "not-received",
    404,
    "Tidak ada kiriman {sha256} dari desa {village}. Muat ulang daftar kiriman, lalu pilih lagi.",
    "There is no submission {sha256} from the village {village}. Load the list of submissions again, then choose anew.",
)


def body(connection: Connection, village_id: str, sha256: str) -> bytes:
    """The bytes of a submission as they came. Raises ProblemError NOT_RECEIVED."""
    wanted = select(submissions.c.body).where(submissions.c.village_id == village_id, submissions.c.sha256 == sha256)
    found = connection.execute(wanted).scalar_one_or_none()
    if found is None:
        raise problem(NOT_RECEIVED, sha256=sha256[:12], village=village_id)
    return bytes(found)


def files(connection: Connection, village_id: str, sha256: str) -> dict[str, StoredFile]:
    """The files that came with a submission, by name; of several under one name the last."""
    columns = [attachments.c[name] for name in ("name", "sha256", "size", "content_type")]
    here = (attachments.c.village_id == village_id) & (attachments.c.submission_sha256 == sha256)
    rows = connection.execute(select(*columns).where(here).order_by(attachments.c.received_at))
    return {row.name: StoredFile(*row) for row in rows}
