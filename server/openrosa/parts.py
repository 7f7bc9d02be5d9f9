"""The files of a POST as OpenRosa has it, the XML among them: the parts of one multipart body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from forms.problems import Problem, problem
from server.openrosa.errors import BAD_REQUEST, NO_XML_PART
from server.submissions.receive import XML_FIELD

TOO_MANY_PARTS = Problem(
    "too-many-parts",
    413,
    "Kiriman ini memuat lebih dari {most} bagian. Kirim isian yang sama beberapa kali, setiap kali dengan sebagian "
    "berkasnya; server mengumpulkannya.",
    "This request has more than {most} parts. Send the same submission several times, each time with some of its "
    "files; the server puts them together.",
)
FIELD_TOO_LARGE = Problem(
    "field-too-large",
    413,
    "Kolom {name!r} di kiriman ini terlalu besar untuk kolom biasa. Berkas dikirim dengan nama berkasnya (filename).",
    "The field {name!r} of this request is too large for a plain field. Send a file with its file name (filename).",
)

# Bytes of a part that are held in memory: a larger one lies in a file, which is gone when the request ends.
IN_MEMORY = 64 * 1024
# Collect sends a hundred files in one POST.
MOST_PARTS = 1000
# Bytes of all fields that are no files: of Collect's, a word.
LARGEST_FIELDS = 64 * 1024
# Bytes of a line of a part's head, which holds the file's name twice.
LONGEST_LINE = 32 * 1024


@dataclass(frozen=True)
class FilePart:
    """A part that is a file. `field` is the name of its field."""

    field: str
    filename: str
    content_type: str
    content: IO[bytes]


@contextmanager
def file_parts(body: IO[bytes], content_type: str) -> Iterator[list[FilePart]]:
    """The files of a multipart body, in their order; their contents can be read until the end of the block.

    Raises ProblemError NO_XML_PART where the body is broken or something else, TOO_MANY_PARTS, FIELD_TOO_LARGE, or
    BAD_REQUEST where the head of a part is too long.
    """
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise problem(NO_XML_PART)
    with ExitStack() as opened:
        try:
            found = list(_read(body, options["boundary"], opened))
        except ParserLimitReached as error:
            raise problem(BAD_REQUEST, reason=error) from error
        except MultipartError as error:
            raise problem(NO_XML_PART) from error
        yield found


def _read(body: IO[bytes], boundary: str, opened: ExitStack) -> Iterator[FilePart]:
    # Any byte is some character of latin-1: see _text.
    parser = PushMultipartParser(boundary, max_header_size=LONGEST_LINE, header_charset="latin-1")
    file: FilePart | None = None
    field, plain, count = "", 0, 0
    for event in parser.parse_blocking(body.read):
        if isinstance(event, MultipartSegment):
            field, count = event.name, count + 1
            if count > MOST_PARTS:
                raise problem(TOO_MANY_PARTS, most=MOST_PARTS)
            # Some tools send the XML without a file name.
            file = _begin(event, opened) if event.filename is not None or field == XML_FIELD else None
        elif file and event:
            file.content.write(event)
        elif file:  # the end of a part
            file.content.seek(0)
            yield file
        elif (plain := plain + len(event or b"")) > LARGEST_FIELDS:
            raise problem(FIELD_TOO_LARGE, name=_text(field)[:80])


def _begin(segment: MultipartSegment, opened: ExitStack) -> FilePart:
    content = cast(IO[bytes], opened.enter_context(SpooledTemporaryFile(IN_MEMORY)))  # noqa: SIM115  # opened closes it
    content_type = segment.header("Content-Type", "")
    return FilePart(_text(segment.name), _text(segment.filename or ""), _text(content_type), content)


def _text(head: str) -> str:
    """What a part's head says. Phones write UTF-8; a name that is none is no reason to refuse a submission."""
    return head.encode("latin-1").decode("utf-8", "replace")
