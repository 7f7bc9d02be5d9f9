"""Where files of the tests lie that need not outlive a power cut: in memory, where the system has room for them.

The server writes what it acknowledges through to the disk, and each time waits some milliseconds for it. In memory it
does the same, and the tests do not wait.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp and pytest make folders there
ROOM = 2**31


def memory() -> Path | None:
    """The folder in memory; None where there is none, or too little room, or programs may not be started from it."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    return None if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else MEMORY
