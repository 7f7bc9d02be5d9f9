"""The order of a form's versions: figures count as numbers, so that 1.10 comes after 1.9."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS = re.compile(r"[0-9]+|[^0-9]+")


def order_of(version: str) -> tuple[tuple[int, str], ...]:
    """What versions are sorted by."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _PARTS.findall(version))


def highest(versions: Iterable[str]) -> str:
    return max(versions, key=order_of)


def next_after(version: str) -> str:
    """The version with its last figures counted on by one."""
    head, figures, rest = re.fullmatch(r"(.*?)([0-9]*)([^0-9]*)", version, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}{int(figures) + 1:0{len(figures)}d}{rest}" if figures else f"{version}2"
