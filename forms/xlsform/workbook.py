"""Excel workbooks as rows that know their cells, so that a mistake can be answered with `survey!C12`.

A sheet's first row holds the column names; a row without any value is left out. Every value is text: numbers without a
trailing `.0`, dates as ISO, TRUE and FALSE. A column whose name begins with an underscore is the author's own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from forms.problems import Finding, Problem, ProblemError, problem
from forms.xlsx_limits import bounded, intact, require_readable

EMPTY_FILE = Problem(
    "workbook.empty",
    400,
    "Berkasnya kosong (0 byte). Simpan lagi buku kerjanya di Excel, lalu kirim ulang.",
    "The file is empty (0 bytes). Save the workbook again in Excel, then send it once more.",
)
NO_SHEET = Problem(
    "workbook.sheet_missing",
    400,
    "Lembar “{sheet}” tidak ada. Yang ada: {present}. Tambahkan lembar itu, atau beri nama yang benar.",
    "There is no sheet “{sheet}”. There are: {present}. Add that sheet, or give it its right name.",
)
NO_COLUMNS = Problem(
    "workbook.header_missing",
    400,
    "Baris pertama lembar ini kosong. Tulis nama kolom di baris 1.",
    "The first row of this sheet is empty. Write the column names in row 1.",
)
COLUMN_MISSING = Problem(
    "workbook.column_missing",
    400,
    "Kolom “{column}” tidak ada. Tambahkan nama itu di baris 1.",
    "There is no column “{column}”. Add that name in row 1.",
)
COLUMN_TWICE = Problem(
    "workbook.column_twice",
    400,
    "Kolom “{column}” sudah ada di {other}. Hapus salah satu atau ganti namanya.",
    "The column “{column}” stands in {other} already. Remove one of them or rename it.",
)
UNKNOWN_COLUMN = Problem(
    "workbook.column_unknown",
    400,
    "Kolom “{name}” tidak dikenal, jadi isinya akan diabaikan. {hint_id}"
    "Kalau ini catatan Anda sendiri, awali namanya dengan garis bawah: “_{name}”.",
    "The column “{name}” is unknown, so what it holds would be ignored. {hint_en}"
    "If it is a note of your own, begin its name with an underscore: “_{name}”.",
)
EXCEL_ERROR = Problem(
    "workbook.excel_error",
    400,
    "Sel ini berisi galat Excel {value}. Kalau teksnya dimulai dengan “=”, “+” atau “-”, jadikan sel itu Teks "
    "lalu ketik ulang.",
    "This cell holds the Excel error {value}. If its text begins with “=”, “+” or “-”, format the cell as Text "
    "and type it again.",
)

Naming = Callable[[Sequence[str]], Sequence[str]]  # from the headers of a sheet to the names of its columns


@dataclass(frozen=True)
class Cell:
    """A cell's text, stripped, "" where blank, and its place (`survey!C12`)."""

    value: str
    where: str

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def letters(self) -> str:
        """The column's letters: "C" of `survey!C12`."""
        return self.where.rpartition("!")[2].rstrip("0123456789")


@dataclass(frozen=True)
class Row:
    """A row that holds something. `number` is Excel's; `cells` by column name, only those with a value."""

    sheet: str
    number: int
    cells: dict[str, Cell]
    columns: dict[str, Cell] = field(repr=False)

    def cell(self, column: str) -> Cell:
        """The cell under `column`: a blank one where nothing is written, or the sheet has no such column."""
        header = self.columns.get(column)
        if header is None:
            return Cell("", f"{self.sheet}!{self.number}")
        return self.cells.get(column) or Cell("", f"{self.sheet}!{header.letters}{self.number}")

    def text(self, column: str) -> str:
        return self.cell(column).value


@dataclass(frozen=True)
class Sheet:
    """`columns`: the header cells by column name, from left to right. `rows`: those that hold something. `findings`:
    doubled columns, rows without column names, Excel errors."""

    name: str
    columns: dict[str, Cell]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()

    def missing_columns(self, needed: Iterable[str]) -> list[Finding]:
        """A finding for each needed column that is not there."""
        missing = [name for name in needed if name not in self.columns]
        return [Finding(COLUMN_MISSING, f"{self.name}!1", {"column": name}) for name in missing]

    def unknown_columns(self, known: Iterable[str], prefixes: Iterable[str] = ()) -> list[Finding]:
        """A finding for each column that nobody reads.

        Read are the `known` ones, those of `prefixes` that go on with `::` (`label::English (en)`), and, as the
        author's own, those led by an underscore.
        """
        plain, leading = tuple(known), tuple(prefixes)
        findings = []
        for header in self.columns.values():
            is_read, meant = _read_as(header.value, plain, leading)
            if not is_read:
                findings.append(unknown_name(UNKNOWN_COLUMN, header.where, header.value, meant))
        return findings


class Workbook:
    """An opened workbook. Sheet names are compared without regard to case."""

    def __init__(self, worksheets: Iterable[Any]) -> None:
        self._sheets = {sheet.title: sheet for sheet in worksheets}

    @property
    def sheet_names(self) -> tuple[str, ...]:
        return tuple(self._sheets)

    def has_sheet(self, name: str) -> bool:
        return self._real_name(name) is not None

    def sheet(self, name: str, naming: Naming | None = None) -> Sheet:
        """Reads a sheet, with its columns named by `naming`; a blank one has neither columns nor rows. Raises
        ProblemError NO_SHEET where it is missing, and its `findings` where it has any."""
        found = self.as_it_is(name, naming)
        if found.findings:
            raise ProblemError(found.findings)
        return found

    def as_it_is(self, name: str, naming: Naming | None = None) -> Sheet:
        """The same, with `findings` or without. Raises ProblemError NO_SHEET."""
        real = self._real_name(name)
        if real is None:
            raise problem(NO_SHEET, sheet=name, present=", ".join(self.sheet_names))
        return _read_sheet(real, iter(self._lines(real)), naming or _plain_names)

    def first_rows(self) -> list[list[str]]:
        """The cells of the first sheet as text, whatever its first row says."""
        return [[_text(cell.value) for cell in row] for row in self._lines(self.sheet_names[0])]

    def _lines(self, real: str) -> list[tuple[Any, ...]]:
        # Some writers note wrong dimensions; a read-only sheet would believe them and lose cells.
        self._sheets[real].reset_dimensions()
        with intact():
            return list(bounded(self._sheets[real].iter_rows()))

    def _real_name(self, name: str) -> str | None:
        return next((real for real in self._sheets if plain_name(real) == plain_name(name)), None)


def read_workbook(content: bytes) -> Workbook:
    """Opens the bytes of an .xlsx file. Raises ProblemError EMPTY_FILE where there are none, NO_WORKBOOK where they are
    no such file, TOO_LARGE where it would take too long."""
    import openpyxl  # only who reads a workbook pays for it, and for numpy: 20 MB and half a second

    if not content:
        raise problem(EMPTY_FILE)
    with intact():
        require_readable(content)
        return Workbook(openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets)


def plain_name(name: str) -> str:
    """How column names are compared: without regard to case, spaces as underscores (`List Name` is `list_name`)."""
    return "_".join(name.split()).lower()


def is_free(column: str) -> bool:
    """Whether the column is the author's own, which nobody reads."""
    return column.startswith("_")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody who wrote `name` most likely meant; None where none is alike enough."""
    folded = {candidate.casefold(): candidate for candidate in known}
    return next((folded[close] for close in difflib.get_close_matches(name.casefold(), folded, 1, 0.7)), None)


def unknown_name(kind: Problem, where: str, name: str, meant: str | None, spelt: str = "{}") -> Finding:
    """A finding about a name that means nothing, with a hint where `meant` (see `nearest`) is known.

    `kind` has the places {name}, {hint_id} and {hint_en}; a hint is a sentence with a space behind it, or nothing. It
    writes the name as `spelt` says, "{}()" for a function."""
    hint = spelt.format(meant)
    hints = {"hint_id": f"Maksudnya “{hint}”? ", "hint_en": f"Did you mean “{hint}”? ", "meant": meant or ""}
    return Finding(kind, where, {"name": name, **(hints if meant else dict.fromkeys(hints, ""))})


def as_meant(known: Iterable[str], prefixes: Iterable[str] = ()) -> Naming:
    """Names misspelled columns as they are meant (`Sheet.unknown_columns`, of the same names), so that what is wrong
    below them is told, too."""
    plain, leading = tuple(known), tuple(prefixes)

    def names(headers: Sequence[str]) -> list[str]:
        found = _plain_names(headers)
        for place, header in enumerate(headers):
            _, meant = _read_as(header, plain, leading)
            if meant and meant not in found:
                found[place] = meant
        return found

    return names


def _read_as(header: str, plain: Sequence[str], leading: Sequence[str]) -> tuple[bool, str | None]:
    """Whether a column is read, or is its author's own; if not, which was meant."""
    head, separator, rest = header.partition("::")
    readable = leading if separator else plain
    if head.startswith("_") or plain_name(head) in readable:
        return True, None
    near = nearest(head, readable)
    return False, near and f"{near}{separator}{rest}"


def _plain_names(headers: Sequence[str]) -> list[str]:
    """A language is spelled as it is written: `label::English (en)`."""
    return [header if "::" in header else plain_name(header) for header in headers]


def _read_sheet(name: str, lines: Iterator[tuple[Any, ...]], naming: Naming) -> Sheet:
    header = [_cell(name, 1, position, cell) for position, cell in enumerate(next(lines, ()), start=1)]
    written = [cell for cell in header if cell]
    named = dict(zip((cell.where for cell in written), naming([cell.value for cell in written]), strict=True))
    names = [named.get(cell.where, "") for cell in header]
    columns: dict[str, Cell] = {}
    findings: list[Finding] = []
    for cell in written:
        first = columns.setdefault(named[cell.where], cell)
        if first is not cell and not is_free(named[cell.where]):
            findings.append(Finding(COLUMN_TWICE, cell.where, {"column": cell.value, "other": first.where}))
    rows = []
    for number, line in enumerate(lines, start=2):
        if not columns and any(excel_cell.value is not None for excel_cell in line):
            findings.append(Finding(NO_COLUMNS, f"{name}!A1"))
            break
        cells = dict(_cells(name, number, names, line, findings))
        if cells:
            rows.append(Row(name, number, cells, columns))
    return Sheet(name, columns, tuple(rows), tuple(findings))


def _cells(
    sheet: str, row: int, names: list[str], line: tuple[Any, ...], findings: list[Finding]
) -> Iterator[tuple[str, Cell]]:
    """The cells of a row that hold something, by column name. Excel's errors are added to the findings."""
    for position, (column, excel_cell) in enumerate(zip(names, line, strict=False), start=1):
        cell = _cell(sheet, row, position, excel_cell)
        if excel_cell.data_type == "e" and column and not is_free(column):  # an error, for openpyxl
            findings.append(Finding(EXCEL_ERROR, cell.where, {"value": cell.value}))
        if cell and column:
            yield column, cell


def _cell(sheet: str, row: int, position: int, cell: Any) -> Cell:
    from openpyxl.utils import get_column_letter

    return Cell(_text(cell.value), f"{sheet}!{get_column_letter(position)}{row}")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    # A non-breaking space, as web pages paste it, looks like a space and must be one.
    return str(value).replace("\N{NO-BREAK SPACE}", " ").strip()
