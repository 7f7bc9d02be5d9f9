"""The multipart body of a POST, as phones and others write it."""

from __future__ import annotations

import io

import pytest

from forms.problems import ProblemError
from server.openrosa.parts import IN_MEMORY, LARGEST_FIELDS, MOST_PARTS, file_parts

XML = '; name="xml_submission_file"; filename="submission.xml"\r\nContent-Type: text/xml; charset=utf-8'


def body(*parts: tuple[str, bytes], end: bytes = b"--batas--\r\n") -> io.BytesIO:
    heads = [(f"--batas\r\nContent-Disposition: form-data{head}\r\n\r\n".encode(), content) for head, content in parts]
    return io.BytesIO(b"".join(head + content + b"\r\n" for head, content in heads) + end)


def names(*parts: tuple[str, bytes], boundary: str = "batas") -> list[tuple[str, str]]:
    with file_parts(body(*parts), f"multipart/form-data; boundary={boundary}") as found:
        return [(part.field, part.filename) for part in found]


def code_of(stream: io.BytesIO, content_type: str = "multipart/form-data; boundary=batas") -> str:
    with pytest.raises(ProblemError) as caught, file_parts(stream, content_type):
        pass
    return caught.value.code


def test_files_in_their_order__and_no_other_fields() -> None:
    photo = '; name="foto.jpg"; filename="foto.jpg"\r\nContent-Type: image/jpeg\r\nContent-Length: 3'
    sent = body((XML, b"<data/>"), (photo, b"\r\n\xff"), ('; name="*isIncomplete*"', b"yes"))
    with file_parts(sent, 'Multipart/Form-Data; charset=utf-8; boundary="batas"') as found:
        assert [(part.field, part.filename, part.content_type, part.content.read()) for part in found] == [
            ("xml_submission_file", "submission.xml", "text/xml; charset=utf-8", b"<data/>"),
            ("foto.jpg", "foto.jpg", "image/jpeg", b"\r\n\xff"),
        ]


@pytest.mark.parametrize(
    ("written", "read"),
    [("ꦥꦲꦶꦠ.jpg", "ꦥꦲꦶꦠ.jpg"), ("a%22b.jpg", 'a"b.jpg'), ("", ""), ("x" * 7000, "x" * 7000), ("a; b=c", "a; b=c")],
)
def test_names(written: str, read: str) -> None:
    assert names((f'; name="f"; filename="{written}"', b"")) == [("f", read)]


def test_a_name_that_is_no_utf_8_is_taken_as_far_as_it_can_be_read() -> None:
    sent = io.BytesIO(body(('; name="f"; filename="caf?.jpg"', b"isi")).getvalue().replace(b"?", b"\xe9"))
    with file_parts(sent, "multipart/form-data; boundary=batas") as (part,):
        assert part.filename == "caf\ufffd.jpg"


def test_large_files_do_not_lie_in_memory__and_are_gone_at_the_end() -> None:
    sent = body(('; name="a"; filename="a"', b"x" * (IN_MEMORY + 1)), ('; name="b"; filename="b"', b"x" * IN_MEMORY))
    with file_parts(sent, "multipart/form-data; boundary=batas") as (large, small):
        assert isinstance(small.content._file, io.BytesIO)  # type: ignore[attr-defined]
        assert not isinstance(large.content._file, io.BytesIO)  # type: ignore[attr-defined]
        assert len(large.content.read()) == IN_MEMORY + 1
    assert large.content.closed
    assert small.content.closed


def test_what_is_cut_short_counts_for_nothing() -> None:
    whole = body((XML, b"<data/>"), ('; name="f"; filename="f"', b"x" * 2 * IN_MEMORY)).getvalue()
    for length in (0, 1, len(whole) // 2, len(whole) - len("--\r\n")):
        assert code_of(io.BytesIO(whole[:length])) == "no-xml-part"


@pytest.mark.parametrize("content_type", ["", "text/xml", "multipart/form-data", "multipart/form-data; boundary=lain"])
def test_what_is_no_multipart_of_this_boundary(content_type: str) -> None:
    assert code_of(body((XML, b"<data/>")), content_type) == "no-xml-part"


def test_the_xml_without_a_file_name() -> None:
    with file_parts(body(('; name="xml_submission_file"', b"<data/>")), "multipart/form-data; boundary=batas") as (
        xml,
    ):
        assert (xml.field, xml.filename, xml.content.read()) == ("xml_submission_file", "", b"<data/>")


def test_no_more_parts_than_any_phone_sends() -> None:
    part = ('; name="f"', b"")
    assert names(*[part] * MOST_PARTS) == []
    assert code_of(body(*[part] * (MOST_PARTS + 1))) == "too-many-parts"


def test_no_more_in_plain_fields_than_any_phone_sends() -> None:
    half = ('; name="f"', b"x" * (LARGEST_FIELDS // 2))
    assert names(half, half) == []
    assert code_of(body(half, half, ('; name="g"', b"x"))) == "field-too-large"


class Endless(io.RawIOBase):
    """A plain field that goes on and on; `taken` bytes of it were read."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        beginning = b'--batas\r\nContent-Disposition: form-data; name="f"\r\n\r\n' if not self.taken else b""
        self.taken += size
        return beginning.ljust(size, b"x")


def test_a_large_field_is_not_read_to_its_end() -> None:
    endless = Endless()
    assert code_of(endless) == "field-too-large"  # type: ignore[arg-type]
    assert endless.taken < 1024 * 1024


def test_no_longer_heads_than_any_phone_sends() -> None:
    assert code_of(body((f'; name="f"; filename="{"x" * 40_000}"', b""))) == "bad-request"
