"""What time it is: asked here by commands and by the web application alone, and handed on to all others."""

from __future__ import annotations

from datetime import UTC, datetime


def wall_clock() -> datetime:
    return datetime.now(UTC)
