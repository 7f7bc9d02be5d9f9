"""A register as somebody fills it in, in Excel: the blank workbook, or one that was taken out, with more rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import openpyxl

Rows = Iterable[Mapping[str, Any]]

HOME = {
    "keluarga": 1,
    "nama_kepala": "Budi",
    "dusun": "Mawar",
    "sumber_air": "ledeng",
    "tempat_bab": "tidak_ada",
    "jenis_rentan": "tidak_ada",
}
MOTHER = {
    "keluarga": 1,
    "nama": "Siti",
    "tanggal_lahir": "1999-01-02",
    "sudah_lahir": "tidak",
    "hpl": "2026-06-15",
    "status_kehamilan": "normal",
    "jaminan_kesehatan": "ya",
}
CHILD = {
    "keluarga": 1,
    "nama": "Ali",
    "jenis_kelamin": "L",
    "tanggal_lahir": "2025-06-01",
    "akta_lahir": "ya",
    "jaminan_kesehatan": "ya",
}


def filled_in(blank: bytes, homes: Rows = (), mothers: Rows = (), children: Rows = ()) -> bytes:
    """The workbook with these rows behind those that it has."""
    book = openpyxl.load_workbook(BytesIO(blank))
    for name, rows in (("Keluarga", homes), ("Ibu", mothers), ("Anak", children)):
        heads = [cell.value for cell in book[name][1]]
        for row in rows:
            assert row.keys() <= set(heads), row
            book[name].append([row.get(head) for head in heads])
    return saved(book)


def saved(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()
