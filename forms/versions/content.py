"""The XForm of a version apart from its number: what makes two versions the same form."""

from __future__ import annotations

from typing import Any

from lxml import etree

_INSTANCE = "{http://www.w3.org/2002/xforms}instance"


def renumbered(xml: bytes, version: str) -> bytes:
    """The XForm under another version."""
    document: Any = etree.fromstring(xml)
    next(document.iter(_INSTANCE))[0].set("version", version)
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True)


def same_content(xml: bytes, other: bytes) -> bool:
    """Whether the XForms are the same but for their version."""
    return renumbered(xml, "") == renumbered(other, "")
