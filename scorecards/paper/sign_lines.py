"""What the workbook's Formulir 4 says of signing: number and day of the report, and who is named below it.

A workbook has the figures as they are now, the PDF those that were signed: it bears the number of the signed report
only while these are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from scorecards.paper.cells import day_in_words
from scorecards.paper.formulir4 import Report
from scorecards.paper.snapshot import Signers

TO_FILL_IN = "…………………………"


class SignLines(NamedTuple):
    """`above` stands above the tables; `day` and `signers` belong to the signatures, None where they are filled in by
    hand."""

    above: Sequence[str] = (f"Nomor laporan: {TO_FILL_IN}    Tanggal laporan: {TO_FILL_IN}",)
    day: str = TO_FILL_IN
    signers: Signers | None = None


UNSIGNED = SignLines()


def sign_lines(report: Report, zone: tzinfo, *, hides: bool = False) -> SignLines:
    """Those of the newest edition, its day as it was in `zone`; `hides` as in `Report.changes`."""
    if not report.editions:
        return UNSIGNED
    newest = report.editions[0]
    signed, code = newest.snapshot, newest.check_code
    day = day_in_words(signed.signed_at.astimezone(zone).date().isoformat())
    if report.changes(hides=hides):
        changed = (
            f"Angka di sini berubah sesudah laporan {signed.number} ditandatangani pada {day} (kode periksa {code})."
        )
        return SignLines([*UNSIGNED.above, changed])
    return SignLines(
        [f"Nomor laporan: {signed.number}    Tanggal laporan: {day}    Kode periksa: {code}"], day, signed.signers
    )
