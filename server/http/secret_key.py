"""What this server keeps for itself beside the data, for its owner alone: made once, where nothing gives it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NAME = "secret_key"


def kept_secret(folder: Path) -> str:
    """The key of this folder that signs cookies, for where no setting gives one."""
    return kept(folder, NAME, lambda: secrets.token_urlsafe(32))


def kept(folder: Path, name: str, make: Callable[[], str]) -> str:
    """The secret (ASCII) of this folder and name, made where there is none; several processes may ask at once and get
    the same one."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = folder / f"{name}-{os.getpid()}-{secrets.token_hex(4)}"
        own.touch(mode=0o600, exist_ok=False)
        own.write_text(make(), encoding="ascii")
        with suppress(FileExistsError):
            path.hardlink_to(own)  # whole, or not at all: another process may have been first
        own.unlink()
    return path.read_text(encoding="ascii").strip()
