"""What an .xlsx file is before anybody reads it: a zip of XML parts. One that would take all memory, or hours, to read
is refused by its sizes, without being read.

Small files can hold much: zips of zeros, XML whose entities grow into each other, a million formatted rows.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from forms.problems import Problem, ProblemError, problem

NO_WORKBOOK = Problem(
    "workbook.unreadable",
    400,
    "Berkas ini bukan buku kerja Excel (.xlsx) yang utuh. Buka di Excel, pilih Simpan Sebagai, jenis "
    "“Buku Kerja Excel (*.xlsx)”, tanpa kata sandi.",
    "This file is not an intact Excel workbook (.xlsx). Open it in Excel and choose Save As, type "
    "“Excel Workbook (*.xlsx)”, without a password.",
)
TOO_LARGE = Problem(
    "workbook.too_large",
    413,
    "Buku kerja ini terlalu besar untuk dibaca: paling banyak {rows} baris dan {cells} sel, dan berkasnya {file} MB. "
    "Hapus baris dan kolom kosong yang diberi format, dan gambar, lalu simpan lagi. Daftar pilihan yang panjang "
    "disimpan sebagai CSV (select_one_from_file).",
    "This workbook is too large to be read: at most {rows} rows and {cells} cells are, and a file of {file} MB. Delete "
    "blank rows and columns that are formatted, and pictures, then save it again. Keep long lists of choices as CSV "
    "(select_one_from_file).",
)

MB = 1024 * 1024
# A workbook of all villages of Indonesia has 92,000 rows with 184,000 cells, and parts of 20 MB.
LARGEST_FILE = 10 * MB
LARGEST_PARTS = 40 * MB
MOST_ROWS = 150_000
MOST_CELLS = 250_000
# Elements and their ends, in sheets and texts, and in any other part: formats take long to read.
MOST_TAGS = 3_000_000
MOST_TAGS_ELSEWHERE = 100_000
# Cells with the blank ones between them, and rows with the blank ones before them (Excel has no more).
MOST_PLACES = 2_000_000
LAST_ROW = 1_048_576

_SHEETS = re.compile(r"xl/(worksheets/|sharedStrings)", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([^"']*)""")
_ENCODINGS = (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"iso-8859-1", b"windows-1252")


def read_file(path: Path) -> bytes:
    """The bytes of a file; of one that is too large for a workbook no more than it takes to see that."""
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def require_readable(content: bytes) -> None:
    """Raises ProblemError TOO_LARGE; BadZipFile or ValueError where this is no zip, or holds what no workbook has."""
    _require(len(content) <= LARGEST_FILE)
    with ZipFile(BytesIO(content)) as package:
        parts = [part for part in package.infolist() if part.filename.lower().endswith((".xml", ".rels", ".vml"))]
        _require(sum(part.file_size for part in parts) <= LARGEST_PARTS)
        rows = cells = tags = 0
        for part in parts:
            xml = package.read(part).replace(b"\0", b"")  # in UTF-16 every other byte
            _require_plain_xml(xml)
            tags_here = xml.count(b"<")
            if _SHEETS.match(part.filename):
                rows += _count(_ROW, xml)
                cells += _count(_CELL, xml) + _count(_TEXT, xml) // 2
                tags += tags_here
            else:
                _require(tags_here <= MOST_TAGS_ELSEWHERE)
        _require(rows <= MOST_ROWS and cells <= MOST_CELLS and tags <= MOST_TAGS)


def _count(tag: re.Pattern[bytes], xml: bytes) -> int:
    return sum(1 for _ in tag.finditer(xml))  # a list of them takes more room than the part itself


def bounded(lines: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet. Raises ProblemError TOO_LARGE where too many blanks stand between what is written."""
    places = 0
    for number, line in enumerate(lines, start=1):
        places += len(line)
        _require(number <= LAST_ROW and places <= MOST_PLACES)
        yield line


def _require_plain_xml(xml: bytes) -> None:
    declared = _ENCODING.search(xml[:200])
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or (declared and declared[1].lower() not in _ENCODINGS):
        raise ValueError("a part declares a DOCTYPE, or an encoding of its own")


def _require(fits: bool) -> None:
    if not fits:
        raise problem(TOO_LARGE, rows=MOST_ROWS, cells=MOST_CELLS, file=LARGEST_FILE // MB)


@contextmanager
def intact() -> Iterator[None]:
    """Raises ProblemError NO_WORKBOOK where the library that reads a workbook fails."""
    # A password-protected or old .xls file is no zip; a zip without the parts of one may fail anywhere in the library.
    try:
        with warnings.catch_warnings():
            # openpyxl says which extensions (data validation, slicers) it drops: they do not matter for reading.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except ProblemError:
        raise
    except Exception as error:
        raise problem(NO_WORKBOOK) from error
