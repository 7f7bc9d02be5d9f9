"""Characters that XML and PostgreSQL cannot hold, and what stands in their place."""

from __future__ import annotations

import re

# Stands for whatever cannot be read, as Unicode has it.
REPLACEMENT = "\ufffd"
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x0*([0-9a-fA-F]+)|0*([0-9]+));")
_LAST = 0x10FFFF
# An XML declaration that names another encoding than UTF-8, in which OpenRosa has submissions.
_OTHER_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)


def possible(text: str) -> str:
    """The text with REPLACEMENT for each character that cannot be held."""
    return _IMPOSSIBLE.sub(REPLACEMENT, text)


def possible_xml(body: bytes) -> bytes:
    """The same of an XML document, where characters may also stand as references, and bytes may be no UTF-8.

    JavaRosa writes the control characters of a barcode as references, which XML forbids, and other programs write the
    two halves of an emoji as one each.
    """
    if _OTHER_ENCODING.match(body):
        return body
    text = _REFERENCE.sub(_referred, body.decode("utf-8", "replace"))
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return possible(whole).encode()


def _referred(reference: re.Match[str]) -> str:
    """The reference as it is, where XML allows it: `&#60;` is no `<`."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) <= len(str(_LAST)) else _LAST + 1
    if code > _LAST:
        return REPLACEMENT
    return chr(code) if _IMPOSSIBLE.match(chr(code)) else reference[0]
