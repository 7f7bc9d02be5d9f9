"""The colours can be told apart by WCAG 2.1: 4.5 to 1 for text (AA), 3 to 1 for what is drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import templates

PALETTE = dict(
    re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", (Path(templates.__file__).parent / "style.css").read_text())
)

TEXT = [
    ("ink", "card"),
    ("ink", "ground"),
    ("ink", "brand-tint"),
    ("soft", "card"),
    ("soft", "ground"),
    ("soft", "brand-tint"),
    ("brand", "card"),
    ("brand", "ground"),
    ("brand", "brand-tint"),
    ("on-brand", "brand"),
    ("on-brand-soft", "brand"),
    *((light, ground) for light in ("green", "yellow", "red") for ground in ("card", "brand-tint", f"{light}-tint")),
]
DRAWN = [
    ("green-fill", "card"),
    ("yellow-fill", "card"),
    ("red-fill", "card"),
    ("none-fill", "card"),
    ("brand", "green-tint"),
    ("brand", "yellow-tint"),
    ("brand", "red-tint"),
    ("brand", "bar"),
    ("bar", "brand"),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(PALETTE[one]), luminance(PALETTE[other])))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast__as_wcag_has_it() -> None:
    assert luminance("#fff") == pytest.approx(1)
    assert (luminance("#ffffff") + 0.05) / (luminance("#767676") + 0.05) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text__can_be_read(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("drawn", "ground"), DRAWN)
def test_drawn__can_be_seen(drawn: str, ground: str) -> None:
    assert contrast(drawn, ground) >= 3


def test_colours__stand_in_the_palette_only() -> None:
    css = (Path(templates.__file__).parent / "style.css").read_text()
    rules = css[css.index("}") :]
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) <= {"#000", "#999", "#fff"}  # paper, and the ring on the header
