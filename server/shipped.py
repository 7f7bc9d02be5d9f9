"""What comes with the project: its XLSForms, its indicator workbook and its look-up files."""

from __future__ import annotations

from pathlib import Path

import forms

WORKBOOKS = Path(forms.__file__).parent / "workbooks"
MEDIA = Path(forms.__file__).parent / "media"
INDICATORS = WORKBOOKS / "indikator.xlsx"
# peta_sosial first: it makes the lists that the others read.
FORMS = tuple(WORKBOOKS / f"{name}.xlsx" for name in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi"))
