"""Tables that leave the desk as a file: an Excel workbook, or CSV, in portions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flask import Response

from forms.problems import problem
from forms.sheets_out.tables import Sheet
from server.desk.workbooks.files import XLSX
from server.exchange import files
from server.http.responses import UNREADABLE_FORM, secured

FORMATS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
_ZIP = "application/zip"


def as_file(sheets: Sequence[Sheet], kind: str, name: str) -> Response:
    """The sheets under that name, to be kept: `kind` is one of FORMATS, and of several sheets CSV is a zip. Raises
    ProblemError UNREADABLE_FORM for another kind, TOO_MANY_ROWS at once."""
    if kind not in FORMATS:
        raise problem(UNREADABLE_FORM)
    several = kind == "csv" and len(sheets) > 1
    response = secured(Response(_content(sheets, kind), content_type=_ZIP if several else FORMATS[kind]))
    plain = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII)
    response.headers["Content-Disposition"] = f"attachment; filename={plain}.{'zip' if several else kind}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _content(sheets: Sequence[Sheet], kind: str) -> Iterator[bytes]:
    if kind == "xlsx":
        return files.workbook_file(sheets)
    return files.zip_of_csv(sheets) if len(sheets) > 1 else files.csv_file(sheets[0])
