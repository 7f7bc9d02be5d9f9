"""Pages as PDF files: the same HTML that a browser prints, laid out by WeasyPrint."""

from __future__ import annotations

import gc
import logging
from typing import NoReturn

from forms.problems import Problem, problem

NO_PDF = Problem(
    "no-pdf",
    503,
    "PDF belum dapat dibuat di server ini. Jalankan dahulu: sudo apt-get install libpangoft2-1.0-0",
    "This server cannot make PDF files yet. Run this first: sudo apt-get install libpangoft2-1.0-0",
)


def make_pdf(html: str) -> bytes:
    """The PDF of a page that needs nothing from elsewhere: what it shows is inside it.

    Raises ProblemError NO_PDF where the operating system lacks the library that sets text.
    """
    try:
        from weasyprint import HTML  # only who asks for paper pays for it: 40 MB and half a second
    except OSError as error:
        raise problem(NO_PDF) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # rules for screens, which it leaves out, are no news
    # All that it makes lives until the file is written: looking for what can be thrown away takes a fourth of the time.
    gc.disable()
    try:
        made: bytes = HTML(string=html, url_fetcher=_nothing_from_elsewhere).write_pdf()
    finally:
        gc.enable()
    return made


def _nothing_from_elsewhere(url: str) -> NoReturn:
    raise ValueError(f"a page on paper holds all that it shows, and this asks for {url[:80]}")
