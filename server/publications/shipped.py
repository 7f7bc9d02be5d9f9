"""What comes with the project: its XLSForms, its workbooks of indicators and quality checks, and its look-up files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import forms
from forms import domain

WORKBOOKS = Path(forms.__file__).parent / "workbooks"
MEDIA = Path(forms.__file__).parent / "media"
INDICATORS = WORKBOOKS / "indikator.xlsx"
# The same answers counted as cumulative rules have it: a card beside the one in force.
CUMULATIVE = WORKBOOKS / "indikator_kumulatif.xlsx"
CHECKS = WORKBOOKS / "mutu.xlsx"
# What earlier releases shipped. Where it is still in force nobody has edited it, and the new one takes its place.
FORMER_FORMS = frozenset({"2026112201", "2026112202", "2026112301", "2026112302", "2026112303", "2026112901"})
# Likewise a version that is former of these forms alone.
FORMER_OF = frozenset({("kunjungan_rumah", "2026113001"), ("rapat_triwulan", "2026113001")})
# One more has the rules of the present one, and a sheet `baca saya` that says less. It stays in force, as otherwise all
# cards would be counted anew for nothing; with the next change of the rules it belongs here, too:
# f04d08f31173c11847c3d5bbd5c4873fda83e85db2a7b14a05763fe1e66e2f7f
FORMER_INDICATORS = frozenset(  # sha256
    {
        "8cc884cd0b7a3deb1995b70e3bc6e7dcb13fc44b2ef6bb1997ccffe7b7aced91",
        "8c285a1afca0a3963c8c9cc3c9af51caafc5a8a40af3843df0eab19092bfe391",
        "638632fa8ac2b5e7ff1cd9cc0d66922a025691df76b80152ae6b09a104f8d40c",
    }
)
FORMS = tuple(WORKBOOKS / f"{name}.xlsx" for name in domain.FORMS)

# Finds a look-up file of a form by its name; None where it is not there.
FindFile = Callable[[str], bytes | None]


def in_folders(folders: Sequence[Path]) -> FindFile:
    """Finds files in the first of the folders that has them."""

    def find(name: str) -> bytes | None:
        found = (folder / name for folder in folders if (folder / name).is_file())
        file = next(found, None)
        return file.read_bytes() if file else None

    return find
