"""Tables as files, in portions: however long they are, a portion at a time is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile

from forms.sheets_out.tables import Sheet, write_csv

PORTION = 64 * 1024
# Without it, Excel takes a CSV for Windows' own letters.
MARK = "\ufeff"


def csv_file(sheet: Sheet) -> Iterator[bytes]:
    """A CSV in UTF-8 that Excel opens as such."""
    yield MARK.encode()
    for portion in write_csv(sheet):
        yield portion.encode()


def zip_of_csv(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """A zip with a CSV for each sheet."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as package:
        for sheet in sheets:
            with package.open(f"{sheet.name}.csv", "w", force_zip64=True) as file:
                for portion in csv_file(sheet):
                    file.write(portion)
                    yield sink.taken()
    yield sink.taken()


def workbook_file(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """A workbook of the sheets, all of it on the disk before the first portion. Raises ProblemError TOO_MANY_ROWS at
    once."""
    portions = _workbook(sheets)
    next(portions)
    return portions


def _workbook(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    from forms.sheets_out.excel import save_workbook  # only who asks for a workbook pays for openpyxl

    with TemporaryFile() as file:
        save_workbook(sheets, file)
        file.seek(0)
        yield b""  # it is there now; whoever takes no more of it than this closes the file all the same
        while portion := file.read(PORTION):
            yield portion


class _Sink:
    """What a zip is written into: it cannot go back, and is emptied as it fills."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        data = bytes(self._held)
        self._held.clear()
        return data
