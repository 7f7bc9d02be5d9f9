"""The key that signs cookies, where no setting gives one: made once, kept beside the data for its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

NAME = "secret_key"


def kept_secret(folder: Path) -> str:
    """The key of this folder, made where there is none; several processes may ask at once and get the same one."""
    path = folder / NAME
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = folder / f"{NAME}-{os.getpid()}-{secrets.token_hex(4)}"
        own.touch(mode=0o600, exist_ok=False)
        own.write_text(secrets.token_urlsafe(32), encoding="ascii")
        with suppress(FileExistsError):
            path.hardlink_to(own)  # whole, or not at all: another process may have been first
        own.unlink()
    return path.read_text(encoding="ascii").strip()
