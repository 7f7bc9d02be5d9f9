"""Files that came with submissions, kept under their sha256 in a folder or any store that fsspec knows (S3 by URL)."""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import Connection, select

from forms.problems import Problem, problem
from server.database.paging import Page, Paging
from server.database.tables import attachments, submissions

BAD_ATTACHMENTS_URL = Problem(
    "bad-attachments-url",
    500,
    "ATTACHMENTS_URL {url!r} tidak dapat dipakai ({reason}). Tulis nama folder, misalnya data/attachments, atau pasang "
    "paket untuk penyimpanan itu.",
    "ATTACHMENTS_URL {url!r} cannot be used ({reason}). Write a folder's name, such as data/attachments, or install "
    "the package for that store.",
)
NO_SUCH_FILE = Problem(
    "no-such-file",
    404,
    "Berkas ini tidak ada pada isian itu, atau belum sampai dari HP. Muat ulang halaman isiannya.",
    "This file is not among those of the submission, or has not come from the phone yet. Load its page again.",
)
# What a browser shows as it is, and that can hold no script; all else is only to be downloaded.
SHOWN = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/mpeg", "audio/mp4", "audio/ogg", "video/mp4"}
)
_CHUNK = 1024 * 1024
_INCOMING = "incoming-"
_ABANDONED = timedelta(days=1)  # no file takes so long to come in


@dataclass(frozen=True)
class StoredFile:
    """A file that is safely kept. `size` in bytes."""

    name: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True)
class CameWith:
    """A file as it came with a submission (its sha256). What it is called is what the phone says, and no place in any
    folder. `size` in bytes."""

    submission: str
    name: str
    sha256: str
    size: int
    content_type: str
    received_at: datetime

    @property
    def safe_type(self) -> str:
        """What a browser is told that it is."""
        return self.content_type if self.content_type in SHOWN else "application/octet-stream"

    @property
    def is_photo(self) -> bool:
        return self.safe_type.startswith("image/")


_FILES = select(
    attachments.c.submission_sha256,
    *(attachments.c[name] for name in ("name", "sha256", "size", "content_type", "received_at")),
)


def files_of(connection: Connection, village_id: str, submission: str) -> list[CameWith]:
    """The files that came with the submission (sha256), by name."""
    here = (attachments.c.village_id == village_id) & (attachments.c.submission_sha256 == submission)
    rows = connection.execute(_FILES.where(here).order_by(attachments.c.name, attachments.c.received_at))
    return [CameWith(*row) for row in rows]


def file_of(connection: Connection, village_id: str, submission: str, sha256: str) -> CameWith:
    """One of them by its own sha256. Raises ProblemError NO_SUCH_FILE."""
    for one in files_of(connection, village_id, submission):
        if one.sha256 == sha256:
            return one
    raise problem(NO_SUCH_FILE)


def photos_of(connection: Connection, village_id: str, paging: Paging) -> Page[CameWith]:
    """The photos of the village that came with what counts."""
    counted = (
        (submissions.c.village_id == attachments.c.village_id)
        & (submissions.c.sha256 == attachments.c.submission_sha256)
        & (submissions.c.state == "accepted")
    )
    images = sorted(one for one in SHOWN if one.startswith("image/"))
    wanted = _FILES.join(submissions, counted).where(
        attachments.c.village_id == village_id, attachments.c.content_type.in_(images)
    )
    columns = {"diterima": attachments.c.received_at}
    rows = connection.execute(
        paging.cut(wanted, columns, attachments.c.submission_sha256, attachments.c.name, attachments.c.sha256)
    )
    return paging.of([CameWith(*row) for row in rows])


class AttachmentStore:
    """Where the bytes of attachments lie. Files are never changed or deleted; equal content is kept once.

    Raises ProblemError BAD_ATTACHMENTS_URL where the URL leads nowhere.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._root = fsspec.core.url_to_fs(url)[1]
            self._files.makedirs(self._root, exist_ok=True)
        except (ImportError, OSError, ValueError) as error:
            raise problem(BAD_ATTACHMENTS_URL, url=url, reason=error) from error

    @property
    def _files(self) -> Any:
        """The store. Of one that lies elsewhere, fsspec holds the connections of each process apart."""
        return fsspec.core.url_to_fs(self._url)[0]

    def keep(self, name: str, content_type: str, content: IO[bytes]) -> StoredFile:
        """Copies `content` to the store; when this returns, it survives a power cut (on a local folder).

        Raises OSError where the disk is full; nothing of it is left then.
        """
        temporary = f"{self._root}/{_INCOMING}{uuid.uuid4().hex}"
        try:
            sha256, size = self._copy(content, temporary)
            if self._files.exists(self._path(sha256)):
                self._files.rm(temporary)
            else:
                folder = self._path(sha256).rsplit("/", 1)[0]
                self._files.makedirs(folder, exist_ok=True)
                self._files.mv(temporary, self._path(sha256))
                self._flush_folders(folder)
        except BaseException:
            with suppress(OSError):
                self._files.rm(temporary)
            raise
        return StoredFile(name, sha256, size, content_type)

    def _copy(self, content: IO[bytes], path: str) -> tuple[str, int]:
        """The sha256 and size of what was copied."""
        digest, size = hashlib.sha256(), 0
        with self._files.open(path, "wb") as out:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            self._flush(out)
        return digest.hexdigest(), size

    def clear_partial(self, now: datetime) -> int:
        """Takes away what a server left that ended while files came in, a day ago or more; how many."""
        here = self._files.ls(self._root, detail=False)
        partial = [path for path in here if path.rpartition("/")[2].startswith(_INCOMING)]
        old = [path for path in partial if self._files.modified(path) < now - _ABANDONED]
        for path in old:
            with suppress(FileNotFoundError):  # another server may do the same
                self._files.rm(path)
        return len(old)

    def open(self, sha256: str) -> IO[bytes]:
        """The content of a kept file. Raises FileNotFoundError where it is gone."""
        opened: IO[bytes] = self._files.open(self._path(sha256), "rb")
        return opened

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def _flush_folders(self, folder: str) -> None:
        # A new name is only safe when the folder that lists it is on the disk, and the folder of that one.
        if isinstance(self._files, LocalFileSystem):
            for path in (folder, self._root):
                descriptor = os.open(path, os.O_RDONLY)
                os.fsync(descriptor)
                os.close(descriptor)

    def _flush(self, out: Any) -> None:
        out.flush()
        if isinstance(self._files, LocalFileSystem):
            os.fsync(out.fileno())
