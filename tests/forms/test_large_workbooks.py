"""Workbooks that would take all memory, or hours, to read: refused at once, with a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from forms.problems import ProblemError
from forms.xlsform.sheets import MOST_QUESTIONS, read_xlsform
from forms.xlsform.workbook import read_workbook
from forms.xlsx_limits import LARGEST_FILE, MOST_CELLS, read_file, require_readable
from tests.support.served import KPM

SECONDS, MB = 10, 300  # in which each is answered, whole command included

SHEET = "xl/worksheets/sheet1.xml"
ROWS_END = b"</sheetData>"
LAUGHS = b"<!DOCTYPE a [<!ENTITY a 'ha'>%s]>" % b"".join(
    b"<!ENTITY %c '%s'>" % (name, b"&%c;" % (name - 1) * 10) for name in b"bcdefghij"
)


def book(part: str = "", change: Callable[[bytes], bytes] = bytes, added: dict[str, bytes] | None = None) -> bytes:
    """A small form's workbook, with one part changed and others added."""
    made = openpyxl.Workbook()
    made.active.title = "survey"
    for row in (("type", "name", "label"), ("text", "nama", "Nama")):
        made.active.append(row)
    small, result = BytesIO(), BytesIO()
    made.save(small)
    with ZipFile(small) as old, ZipFile(result, "w", ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            content = old.read(name)
            assert name != part or change(content) != content
            new.writestr(name, change(content) if name == part else content)
        for name, content in (added or {}).items():
            new.writestr(name, content)
    return result.getvalue()


def with_rows(rows: bytes) -> bytes:
    return book(SHEET, lambda xml: xml.replace(ROWS_END, rows + ROWS_END))


def laughing(part: str) -> bytes:
    def change(xml: bytes) -> bytes:
        declaration, mark, rest = xml.partition(b"?>")
        return declaration + mark + LAUGHS + rest if mark else LAUGHS + xml

    return book(part, change)


def encoded(xml: bytes, encoding: str) -> bytes:
    text = xml.decode().replace("UTF-8", encoding).replace("utf-8", encoding)
    head = "" if text.startswith("<?xml") else f'<?xml version="1.0" encoding="{encoding}"?>'
    return (head + text).encode(encoding)


LARGE = {
    "3 million rows": lambda: with_rows(b"<row/>" * 3_000_000),
    "3 million rows of a writer with prefixes": lambda: with_rows(b"<x:row/>" * 3_000_000),
    "a million cells": lambda: with_rows(b"<row>" + b"<c/>" * 1_000_000 + b"</row>"),
    "a zip bomb": lambda: book(SHEET, lambda xml: xml.replace(ROWS_END, b" " * 200_000_000 + ROWS_END)),
    "many small zip bombs": lambda: book(added={f"xl/{n}.xml": b" " * 10_000_000 for n in range(20)}),
    "a million texts": lambda: book(added={"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 1_000_000 + b"</sst>"}),
    "a million formats": lambda: book(
        "xl/styles.xml", lambda xml: xml.replace(b"</cellXfs>", b"<xf/>" * 1_000_000 + b"</cellXfs>")
    ),
    "a million names": lambda: book(
        "xl/workbook.xml", lambda xml: xml.replace(b"</workbook>", b"<definedName/>" * 1_000_000 + b"</workbook>")
    ),
    "a row that no Excel has": lambda: with_rows(b'<row r="99999999"><c r="A99999999"><v>1</v></c></row>'),
    "a last column in each of many rows": lambda: with_rows(
        b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(3, 20_000))
    ),
    "a large file": lambda: book(added={"xl/media/foto.jpg": os.urandom(LARGEST_FILE)}),
}
NO_WORKBOOK = {
    "laughs in a sheet": lambda: laughing(SHEET),
    "laughs in the texts": lambda: book(added={"xl/sharedStrings.xml": LAUGHS + b"<sst/>"}),
    "laughs in the formats": lambda: laughing("xl/styles.xml"),
    "laughs in the list of parts": lambda: laughing("[Content_Types].xml"),
    "laughs in UTF-16": lambda: book(SHEET, lambda xml: encoded(LAUGHS + xml, "UTF-16")),
    "an encoding that hides what it says": lambda: book(SHEET, lambda xml: encoded(xml, "UTF-7")),
    "an unknown compression": lambda: book().replace(b"\x08\x00", b"\x63\x00"),
    "half a file": lambda: book()[:2000],
}


def code_of(content: bytes) -> str:
    with pytest.raises(ProblemError) as caught:
        read_workbook(content).sheet("survey")
    return caught.value.code


@pytest.mark.parametrize("kind", LARGE)
def test_too_large(kind: str) -> None:
    content = LARGE[kind]()
    begun = time.monotonic()
    assert code_of(content) == "workbook.too_large"
    assert time.monotonic() - begun < SECONDS / 2


@pytest.mark.parametrize("kind", NO_WORKBOOK)
def test_no_workbook(kind: str) -> None:
    content = NO_WORKBOOK[kind]()
    begun = time.monotonic()
    assert code_of(content) == "workbook.unreadable"
    assert time.monotonic() - begun < SECONDS / 2


def test_the_first_sheet_too() -> None:
    with pytest.raises(ProblemError) as caught:
        list(read_workbook(LARGE["a row that no Excel has"]()).first_rows())
    assert caught.value.code == "workbook.too_large"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(with_rows(b"".join(b'<row r="%d"/>' % n for n in range(3, 100_000))), id="formatted blank rows"),
        pytest.param(with_rows(b'<row r="3"><c r="A3"/><c r="XFD3"/></row>'), id="a formatted row to the last column"),
        pytest.param(book(SHEET, lambda xml: encoded(xml, "UTF-16")), id="UTF-16"),
        pytest.param(book(added={"xl/media/foto.jpg": bytes(3_000_000)}), id="a picture"),
    ],
)
def test_what_people_have_is_read_as_ever(content: bytes) -> None:
    (row,) = read_workbook(content).sheet("survey").rows
    assert (row.text("type"), row.text("name"), row.text("label")) == ("text", "nama", "Nama")


def test_as_many_rows_as_indonesia_has_villages() -> None:
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>text</t></is></c><c r="B%d"><v>%d</v></c></row>' % (n, n, n, n)
        for n in range(3, MOST_CELLS // 2 - 10)
    )
    assert rows.count(b"</row>") > 92_000
    require_readable(with_rows(rows))


@pytest.mark.parametrize(("more", "told"), [(0, ""), (1, "survey!10002: Lembar survey memuat 10001 baris")])
def test_a_survey_that_no_phone_opens_is_refused_before_it_is_compiled(more: int, told: str) -> None:
    question = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>text</t></is></c><c r="B%d"><v>%d</v></c></row>'
    rows = b"".join(question % (n, n, n, n) for n in range(3, MOST_QUESTIONS + 2 + more))
    said = ""
    try:
        read_xlsform(read_workbook(with_rows(rows)))
    except ProblemError as error:
        said = error.text("id")
    assert said.startswith(told) and bool(said) == bool(told)


def test_of_a_large_file_no_more_is_read_than_it_takes_to_refuse_it(tmp_path: Path) -> None:
    file = tmp_path / "besar.xlsx"
    with file.open("wb") as out:
        out.truncate(10 * LARGEST_FILE)
    assert code_of(read_file(file)) == "workbook.too_large"
    assert len(read_file(file)) == LARGEST_FILE + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("buku")
    (made / "baris.xlsx").write_bytes(LARGE["3 million rows"]())
    (made / "tawa.xlsx").write_bytes(NO_WORKBOOK["laughs in a sheet"]())
    assert subprocess.run([KPM, "init"], cwd=made, capture_output=True, timeout=60, check=False).returncode == 0
    return made


MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, done.stderr)
"""


@pytest.mark.parametrize(
    "command", ["forms check", "forms publish", "indicators check", "indicators publish", "regions import"]
)
def test_every_command_that_opens_a_workbook(folder: Path, command: str) -> None:
    for name, sentence in (("baris.xlsx", "terlalu besar"), ("tawa.xlsx", "bukan buku kerja")):
        asked = [sys.executable, "-c", MEASURED, str(KPM), *command.split(), name]
        begun = time.monotonic()
        done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
        assert time.monotonic() - begun < SECONDS
        status, megabytes, said = done.stdout.split(maxsplit=2)
        assert (status, sentence in said, "Traceback" in said) == ("1", True, False)
        assert int(megabytes) < MB
