"""Tables of regions as files: with an ETag of what they say, and however long, a portion at a time in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response, request

from forms.problems import Problem, problem
from forms.sheets_out.tables import Column, Sheet, Value
from scorecards.areas.dictionary import HEAD, dictionary_rows
from scorecards.areas.sources import AreaRows
from server.exchange.files import PORTION, csv_file, workbook_file

TOO_MANY_VILLAGES = Problem(
    "too-many-villages",
    413,
    "Wilayah ini punya {count} desa; Excel dibuat untuk paling banyak {most} desa. Unduh sebagai CSV, atau pilih "
    "wilayah yang lebih kecil.",
    "This region has {count} villages; Excel files are made for at most {most}. Download it as CSV, or choose a "
    "smaller region.",
)
MOST_IN_WORKBOOK = 10_000
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
JSON = "application/json"
# Bytes of a file that stay in memory, and go out in gzip.
IN_MEMORY = 1024 * 1024

Portions = Iterator[bytes]


def sent(portions: Iterable[bytes], mimetype: str, name: str) -> Response:
    """The file, which a browser keeps by this name; 304 without it where the client has the same already.

    It is written once, on the disk where it is long: what it is called by its ETag is known at its end.
    """
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 # it goes out after this
    digest = hashlib.sha256()
    for portion in portions:
        digest.update(portion)
        file.write(portion)
    is_short = file.tell() <= IN_MEMORY
    file.seek(0)
    if _is_known(digest.hexdigest()):
        file.close()
        return _named(Response(status=200, mimetype=None), mimetype, name, digest.hexdigest())
    content: Any = _whole(file) if is_short else _read(file)
    return _named(Response(content), mimetype, name, digest.hexdigest())


def sent_workbook(rows: AreaRows, more: Sequence[Sheet], name: str) -> Response:
    """The rows as a workbook, with more sheets and the dictionary. Its bytes differ each time it is made: its ETag is
    that of the rows. Raises ProblemError TOO_MANY_VILLAGES."""
    if rows.count > MOST_IN_WORKBOOK:
        raise problem(TOO_MANY_VILLAGES, count=rows.count, most=MOST_IN_WORKBOOK)
    digest = hashlib.sha256(b"xlsx")
    for portion in csv_file(village_sheet(rows)):
        digest.update(portion)
    if _is_known(digest.hexdigest()):
        return _named(Response(status=200), WORKBOOK, name, digest.hexdigest())
    made = workbook_file([village_sheet(rows), *more, dictionary_sheet(rows)])
    return _named(Response(made), WORKBOOK, name, digest.hexdigest())


def village_sheet(rows: AreaRows) -> Sheet:
    """A row a village; percents are numbers."""
    percents = {place for place, column in enumerate(rows.columns) if column.name.endswith(".percent")}

    def values() -> Iterator[Sequence[Value]]:
        for row in rows.values():
            yield [_number(value) if place in percents else value for place, value in enumerate(row)]

    return Sheet("desa", [Column(column.name) for column in rows.columns], values())


def dictionary_sheet(rows: AreaRows) -> Sheet:
    """What each column means, in both languages."""
    return Sheet("kamus", [Column(name, 40, wraps=True) for name in HEAD], dictionary_rows(rows.columns))


def json_file(head: dict[str, Any], name: str, values: Callable[[], Iterator[dict[str, Any]]]) -> Portions:
    """A JSON object with the members of `head` and, under `name`, a list of the values, written one after the other."""
    opened = json.dumps(head, ensure_ascii=False)[:-1]
    yield f"{opened}{', ' if head else ''}{json.dumps(name)}: [".encode()
    comma, held = "\n", ""
    for value in values():
        held += comma + json.dumps(value, ensure_ascii=False)
        comma = ",\n"
        if len(held) > PORTION:
            yield held.encode()
            held = ""
    yield f"{held}\n]}}\n".encode()


def _number(value: Any) -> Any:
    try:
        return Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:  # a text in place of a figure
        return value


def _is_known(etag: str) -> bool:
    return request.if_none_match.contains_weak(etag)


def _named(response: Response, mimetype: str, name: str, etag: str) -> Response:
    response.content_type = mimetype
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.set_etag(etag)
    return response


def _whole(file: IO[bytes]) -> bytes:
    with closing(file):
        return file.read()


def _read(file: IO[bytes]) -> Portions:
    with closing(file):
        while portion := file.read(PORTION):
            yield portion
