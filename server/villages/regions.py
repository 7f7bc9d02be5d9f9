"""Places by Kemendagri code: province 11, kabupaten 11.01, kecamatan 11.01.01, village 11.01.01.2001, then dusun."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, true

from forms.problems import Finding, Problem, ProblemError, problem
from forms.region_names import bare
from forms.xlsform.workbook import read_workbook
from server.database.dialect import Upsert
from server.database.tables import regions

UNKNOWN_VILLAGE = Problem(
    "unknown-village",
    404,
    "Desa dengan kode {code} tidak ada. Periksa kodenya, misalnya 11.01.01.2001. Bila kodenya benar, admin "
    "memasukkannya dengan: kpm regions import BERKAS.csv",
    "There is no village with the code {code}. Check the code, such as 11.01.01.2001. If it is right, an admin adds it "
    "with: kpm regions import FILE.csv",
)
BAD_REGION = Problem(
    "bad-region",
    400,
    "tulis kode,nama seperti 11.01.01.2001,Sukamaju; yang tertulis: {text!r}",
    "write code,name such as 11.01.01.2001,Sukamaju; this says {text!r}",
)
ORPHAN_REGION = Problem(
    "orphan-region",
    400,
    "{code} berada di {parent}, yang tidak ada di berkas ini maupun di basis data. Tambahkan baris untuk {parent}.",
    "{code} lies in {parent}, which is neither in this file nor in the database. Add a row for {parent}.",
)

_CODE = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4}(\.\d{2})?)?)?)?")
VILLAGE_DOTS = 3
NATION = "ID"  # stands for the whole nation where a region's code is asked for
ZIP = b"PK"
# What stands between the first code and the first name.
_BETWEEN = re.compile(r'^[ \t]*"?\d[\d.,]*"?[ ]*([,;\t])', re.MULTILINE)
_NAME = Upsert(
    regions, lambda new: new.on_conflict_do_update(index_elements=["code"], set_={"name": new.excluded.name})
)
_NAMES = select(regions).where(regions.c.code.in_(bindparam("of_codes", expanding=True)))


@dataclass(frozen=True)
class Region:
    code: str
    name: str


def read_regions(content: bytes) -> list[Region]:
    """Rows `code, name` of an Excel workbook's first sheet or of a CSV, with or without a header, parted by comma,
    semicolon or tab. Raises ProblemError naming every bad row, and those of `read_workbook`."""
    found, findings = [], []
    for number, row in enumerate(_rows(content), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not re.search(r"\d", cells[0])):
            continue
        code = _code(cells[0])
        if len(cells) >= 2 and _CODE.fullmatch(code) and cells[1]:
            found.append(Region(code, cells[1]))
        else:
            findings.append(Finding(BAD_REGION, f"baris/row {number}", {"text": ",".join(cells)[:80]}))
    if findings:
        raise ProblemError(findings)
    return found


def _rows(content: bytes) -> Iterable[Sequence[str]]:
    if content.startswith(ZIP):
        return read_workbook(content).first_rows()
    text = _decoded(content).replace("\0", "")
    between = _BETWEEN.search(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between[1] if between else ",")
    try:
        return list(reader)
    except csv.Error as error:  # a cell that is longer than any name
        raise problem(BAD_REGION, f"baris/row {reader.line_num}", text=str(error)) from error


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


def keep(connection: Connection, new: Iterable[Region]) -> int:
    """Adds or renames regions; how many. Raises ProblemError where a region's parent is nowhere."""
    rows = {region.code: region.name for region in new}
    known = set(connection.execute(select(regions.c.code)).scalars()) | rows.keys()
    orphans = [code for code in rows if "." in code and parent_of(code) not in known]
    if orphans:
        raise ProblemError(
            Finding(ORPHAN_REGION, "", {"code": code, "parent": parent_of(code)}) for code in sorted(orphans)
        )
    if rows:
        connection.execute(_NAME.on(connection), [{"code": code, "name": name} for code, name in rows.items()])
    return len(rows)


def lies_in(region: str, code: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the column's code is that of the region or of something in it; NATION holds all."""
    if region == NATION:
        return true()
    return or_(code == region, code.startswith(f"{region}.", autoescape=True))


def covers(region: str, code: str) -> bool:
    """The same of a code that is at hand."""
    return region in (NATION, code) or code.startswith(f"{region}.")


def dots_in(code: ColumnElement[str]) -> ColumnElement[int]:
    """How many full stops the column's code has: 3 in a village's."""
    return func.length(code) - func.length(func.replace(code, ".", ""))


def parent_of(code: str) -> str:
    return code.rpartition(".")[0]


def is_village_code(code: str) -> bool:
    """Whether it is written as a village's code is; `listed_names` has those that there are."""
    return code.count(".") == VILLAGE_DOTS


def listed_names(connection: Connection, codes: Iterable[str]) -> dict[str, list[str]]:
    """Of the villages that there are among these codes: their names as the list of regions has them, each with those of
    all that it lies in, upwards."""
    return _names_above(connection, filter(is_village_code, codes))


def names_above(connection: Connection, code: str) -> list[str]:
    """Bare names of the region and of all that it lies in, from itself upwards; empty where it is unknown."""
    return [bare(name) for name in _names_above(connection, [code]).get(code, ())]


def bare_names(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """The bare names of those of these regions that are known, by code."""
    found = connection.execute(_NAMES, {"of_codes": sorted(codes)})
    return {row.code: bare(row.name) for row in found}


def _names_above(connection: Connection, codes: Iterable[str]) -> dict[str, list[str]]:
    """The code stands in place of the name of what is missing above a region."""
    above = {code: [code, *_above(code)] for code in codes}
    asked = sorted({one for those in above.values() for one in those})
    names = {row.code: row.name for row in connection.execute(_NAMES, {"of_codes": asked})}
    return {code: [names.get(one, one) for one in those] for code, those in above.items() if code in names}


def _above(code: str) -> Iterator[str]:
    while code := parent_of(code):
        yield code


def listed_name(connection: Connection, code: str) -> str:
    """The village's name as the list of regions has it. Raises ProblemError UNKNOWN_VILLAGE where no village has the
    code."""
    return listed_place(connection, code)[0]


def listed_place(connection: Connection, code: str) -> list[str]:
    """The same with the names of all that the village lies in, upwards. Raises ProblemError UNKNOWN_VILLAGE."""
    found = listed_names(connection, [code]).get(code)
    if found is None:
        raise problem(UNKNOWN_VILLAGE, code=code)
    return found


def village_names(connection: Connection, code: str) -> list[str]:
    """Bare names of the village and of all that it lies in. Raises ProblemError UNKNOWN_VILLAGE."""
    return [bare(name) for name in listed_place(connection, code)]


def village_name(connection: Connection, code: str) -> str:
    """The same without the word Desa. Raises ProblemError UNKNOWN_VILLAGE."""
    return bare(listed_name(connection, code))


def villages(connection: Connection) -> list[Region]:
    """All villages, by code."""
    rows = connection.execute(select(regions).where(dots_in(regions.c.code) == VILLAGE_DOTS).order_by(regions.c.code))
    return [Region(row.code, row.name) for row in rows]
