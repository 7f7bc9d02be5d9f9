"""Requests hold no control characters: nobody means any, and neither PostgreSQL nor XML can hold some of them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from flask import Flask, request

from forms.problems import Problem, problem

CONTROL_CHARACTERS = Problem(
    "control-characters",
    400,
    "Permintaan ini memuat karakter kendali, yang tidak tampak di layar. Ketik sendiri alamat atau isiannya, jangan "
    "disalin, lalu coba lagi.",
    "This request holds control characters, which no screen shows. Type the address or the form by hand instead of "
    "pasting it, then try again.",
)

_IN_ADDRESS = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")
# A tab may stand in a header, and in what is pasted from a table; a new line in a longer text.
_IN_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_IN_FIELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def refuse_control_characters(app: Flask) -> None:
    """Has every request looked at before anything else is done with its address and headers.

    The fields of a form are looked at where it is known who sends them (access.py): see `check_fields`.
    """

    @app.url_value_preprocessor
    def check_address(_endpoint: str | None, _values: dict[str, str] | None) -> None:
        query = unquote_plus(request.query_string.decode("utf-8", "replace"))
        headers = [text for name, text in request.environ.items() if name.startswith(("HTTP_", "CONTENT_"))]
        _check(_IN_ADDRESS, request.path + query)
        _check(_IN_HEADER, "".join(headers))


def check_fields() -> None:
    """Raises ProblemError CONTROL_CHARACTERS where a field of the form, or its name, holds any."""
    for name, text in request.form.items(multi=True):
        _check(_IN_FIELD, name + text)


def _check(pattern: re.Pattern[str], text: str) -> None:
    if pattern.search(text):
        raise problem(CONTROL_CHARACTERS)
