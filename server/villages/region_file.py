"""Files with regions, as people bring them: Excel or CSV in any of its kinds, and what is wrong with a row, by cell."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

from forms.problems import Finding, Problem, ProblemError, problem
from forms.xlsform.workbook import read_workbook
from server.villages.regions import Region

BAD_REGION = Problem(
    "bad-region",
    400,
    "“{text}” bukan kode wilayah: {why_id}. Tulis seperti 11.01.01.2001.",
    "“{text}” is no code of a region: {why_en}. Write it such as 11.01.01.2001.",
)
NAMELESS_REGION = Problem(
    "region-without-name",
    400,
    "Nama wilayah {code} belum diisi. Tulis namanya di kolom kedua.",
    "The region {code} has no name yet. Write its name in the second column.",
)

_CODE = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4}(\.\d{2})?)?)?)?")
# How many digits the parts of a code have.
_WIDTHS = (2, 2, 2, 4, 2)
_SHOWN = 40  # characters of a cell that are shown again
ZIP = b"PK"
# What stands between the first code and the first name.
_BETWEEN = re.compile(r'^[ \t]*"?\d[\d.,]*"?[ ]*([,;\t])', re.MULTILINE)


def read_regions(content: bytes) -> list[Region]:
    """Rows `code, name` of an Excel workbook's first sheet or of a CSV, with or without a header, parted by comma,
    semicolon or tab. Raises ProblemError naming every bad row, and those of `read_workbook`."""
    found, findings = read_rows(content)
    if findings:
        raise ProblemError(findings)
    return list(found.values())


def read_rows(content: bytes) -> tuple[dict[int, Region], list[Finding]]:
    """The same by the number of the row, and what is wrong with the others, each at its cell (A3 is the code of row 3).
    Raises ProblemError as `read_workbook`."""
    found, findings = {}, []
    for number, row in enumerate(_rows(content), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not re.search(r"\d", cells[0])):
            continue
        code, name = _code(cells[0]), "".join(cells[1:2])
        wrong = [] if _CODE.fullmatch(code) else [_bad_code(code, code_cell(number))]
        if not name:
            wrong.append(Finding(NAMELESS_REGION, f"B{number}", {"code": code[:_SHOWN], "text": ""}))
        if wrong:
            findings += wrong
        else:
            found[number] = Region(code, name)
    return found, findings


def code_cell(number: int) -> str:
    """The cell of the code in a row of a list: it is the first column, whatever the list's sheet is called."""
    return f"A{number}"


def _bad_code(code: str, where: str) -> Finding:
    """What is wrong with the code: the first of its parts that is not as long as it must be."""
    parts = code.split(".")
    for number, (part, width) in enumerate(zip(parts, _WIDTHS, strict=False), start=1):
        if len(part) != width or not (part.isascii() and part.isdigit()):
            why = {
                "why_id": f"bagian ke-{number} (“{part[:_SHOWN]}”) harus {width} angka"
                if part
                else "kodenya belum lengkap",
                "why_en": f"its part {number} (“{part[:_SHOWN]}”) must have {width} digits"
                if part
                else "it is not complete",
            }
            break
    else:
        why = {"why_id": "bagiannya lebih dari lima", "why_en": "it has more than five parts"}
    return Finding(BAD_REGION, where, {"text": code[:_SHOWN], **why})


def _rows(content: bytes) -> Iterable[Sequence[str]]:
    if content.startswith(ZIP):
        return read_workbook(content).first_rows()
    text = _decoded(content).replace("\0", "")
    between = _BETWEEN.search(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between[1] if between else ",")
    try:
        return list(reader)
    except csv.Error as error:  # a cell that is longer than any name
        why = {"why_id": "isi sel ini terlalu panjang", "why_en": "this cell holds too much"}
        raise problem(BAD_REGION, code_cell(reader.line_num), text="…", **why) from error


def _decoded(content: bytes) -> str:
    """Excel saves "Unicode text" as UTF-16, "CSV UTF-8" with a mark in front, and plain CSV in Windows' own letters."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _code(text: str) -> str:
    """The code that was meant where Excel took 11.10 for a number: then it says 11.1, or 11,1 in Indonesian."""
    number = re.fullmatch(r"(\d{2})[.,](\d{1,2})", text)
    return f"{number[1]}.{number[2]:0<2}" if number else text
