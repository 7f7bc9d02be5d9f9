"""Workbooks of which every version has a number: the rules of the score, and the quality checks."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import date

from flask import request
from sqlalchemy import Connection, Table

from forms.problems import Problem, problem
from server.database.engine import reading
from server.desk.workbooks.files import NO_WORKBOOK_CHOSEN, chosen
from server.http.context import backend
from server.publications import indicator_versions

TOO_LARGE = Problem(
    "rules-too-large",
    413,
    "Buku kerja ini terlalu besar (paling banyak {limit} KB). Hapus gambar atau lembar yang tidak dipakai, lalu unggah "
    "lagi.",
    "This workbook is too large (at most {limit} KB). Remove pictures or sheets that nobody needs and upload it again.",
)
# Bytes. The shipped workbooks have 20 kB; rules go to the page and back.
LARGEST_WORKBOOK = 300 * 1024


@dataclass(frozen=True)
class Line:
    """A version as it is listed; `day`: when it was published, at the villages."""

    number: int
    day: date


def uploaded() -> bytes:
    """The workbook that was chosen on the page. Raises ProblemError NO_WORKBOOK_CHOSEN, TOO_LARGE."""
    return bounded(chosen(LARGEST_WORKBOOK))


def brought() -> bytes:
    """The workbook that the page before has shown. Raises ProblemError NO_WORKBOOK_CHOSEN where it holds none,
    TOO_LARGE."""
    try:
        content = b64decode(request.form.get("buku", ""), validate=True)
    except ValueError as error:
        raise problem(NO_WORKBOOK_CHOSEN) from error
    if not content:
        raise problem(NO_WORKBOOK_CHOSEN)
    return bounded(content)


def bounded(content: bytes) -> bytes:
    """Raises ProblemError TOO_LARGE."""
    if len(content) > LARGEST_WORKBOOK:
        raise problem(TOO_LARGE, limit=LARGEST_WORKBOOK // 1024)
    return content


def all_lines(connection: Connection, of: Table) -> list[Line]:
    """Every version, the one in force first."""
    zone = backend().settings.timezone
    found = indicator_versions.all_versions(connection, of)
    return [Line(one.number, one.published_at.astimezone(zone).date()) for one in found]


def version(number: int, of: Table, unknown: Problem) -> bytes:
    """The workbook of that number as it was uploaded. Raises a ProblemError of the kind `unknown`."""
    with reading(backend().engine) as connection:
        content = indicator_versions.workbook(connection, number, of)
    if content is None:
        raise problem(unknown, number=number)
    return content
