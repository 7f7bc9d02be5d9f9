"""What comes with the project: its XLSForms, its workbooks of indicators and quality checks, and its look-up files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import forms

WORKBOOKS = Path(forms.__file__).parent / "workbooks"
MEDIA = Path(forms.__file__).parent / "media"
INDICATORS = WORKBOOKS / "indikator.xlsx"
CHECKS = WORKBOOKS / "mutu.xlsx"
# What earlier releases shipped. Where it is still in force nobody has edited it, and the new one takes its place.
FORMER_FORMS = frozenset({"2026112201", "2026112202", "2026112301", "2026112302", "2026112303", "2026112901"})
FORMER_INDICATORS = frozenset(  # sha256
    {
        "8cc884cd0b7a3deb1995b70e3bc6e7dcb13fc44b2ef6bb1997ccffe7b7aced91",
        "638632fa8ac2b5e7ff1cd9cc0d66922a025691df76b80152ae6b09a104f8d40c",
    }
)
# In the order of publishing: a list is made by one form before others read it.
FORMS = tuple(
    WORKBOOKS / f"{name}.xlsx"
    for name in (
        "peta_sosial",
        "fasilitas",
        "kunjungan_rumah",
        "ukur_tinggi",
        "pantau_paud",
        "rembuk_stunting",
        "rapat_triwulan",
    )
)

# Finds a look-up file of a form by its name; None where it is not there.
FindFile = Callable[[str], bytes | None]


def in_folders(folders: Sequence[Path]) -> FindFile:
    """Finds files in the first of the folders that has them."""

    def find(name: str) -> bytes | None:
        found = (folder / name for folder in folders if (folder / name).is_file())
        file = next(found, None)
        return file.read_bytes() if file else None

    return find
