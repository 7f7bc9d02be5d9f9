"""Where the reference cases lie that the project may not carry: WHO's own samples, beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path


def growth_cases() -> Path | None:
    """The folder `growth` in $REFERENCE_DATA, or in `shared/data` beside the checkout; None where there is none."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("REFERENCE_DATA", beside)) / "growth"
    return folder if folder.is_dir() else None
