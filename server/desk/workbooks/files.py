"""What every page of workbooks does: takes a file in, tells what is wrong with it, and hands one out."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from forms.problems import Problem, ProblemError, problem
from server.http.responses import secured

NO_WORKBOOK_CHOSEN = Problem(
    "no-workbook-chosen",
    400,
    "Belum ada buku kerja yang dipilih. Pilih berkas .xlsx, lalu tekan lagi tombolnya.",
    "No workbook was chosen. Choose an .xlsx file, then press the button again.",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def chosen(most: int) -> bytes:
    """The workbook that was chosen on the page; of a longer one `most` bytes and one more. Raises ProblemError
    NO_WORKBOOK_CHOSEN."""
    upload = request.files.get("berkas")
    if upload is None or not upload.filename:
        raise problem(NO_WORKBOOK_CHOSEN)
    return upload.stream.read(most + 1)


def told(content: bytes, error: ProblemError | None) -> list[dict[str, Any]]:
    """What is wrong with a file, as rows of the table of mistakes; none where there is no error."""
    if error is None:
        return []
    from forms.review.told import tell  # with pyxform, 8 MB that other pages do without

    return tell(content, error.findings)


def download(content: bytes, name: str) -> Response:
    """A workbook to be kept under that name."""
    response = secured(Response(content, content_type=XLSX))
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response
