"""QR codes of a text: for the terminal, as a picture, and within a page."""

from __future__ import annotations

import io

import segno


def as_terminal(text: str) -> str:
    """The code in block characters."""
    out = io.StringIO()
    _code(text).terminal(out, compact=True, border=1)
    return out.getvalue()


def as_png(text: str) -> bytes:
    """The code as a picture, six pixels a module."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=6)
    return out.getvalue()


def as_svg(text: str) -> str:
    """The code as an SVG element of the class `qr`, which takes the size that its page gives it."""
    drawn: str = _code(text).svg_inline(svgclass="qr", lineclass=None, omitsize=True, light="#fff")
    return drawn


def _code(text: str) -> segno.QRCode:
    # The lowest level of repair makes the largest modules: what is on paper or a screen is whole. Any mask will do: our
    # texts are as good as random, and looking for the best one takes five times as long.
    return segno.make_qr(text, error="l", mask=2)
