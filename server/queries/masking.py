"""Numbers that offices know somebody by: only their last four figures are shown, enough to tell two apart."""

from __future__ import annotations

import re

_FIGURES_SHOWN = 4
# Properties and questions that hold such a number: nik, nik_ibu, nik_bayi, nik_anak_baru, no_kk, ...
_PRIVATE = re.compile(r"(nik|no_kk|no_nik)(_|$)")
# A NIK or a family card's number has 16 figures, a newborn's provisional NIK 17; a place has a point before so many.
_NUMBER = re.compile(r"(?<![\d.])\d{16,17}(?!\d)")


def shown(name: str, text: str) -> str:
    """What may be seen of the value of a property or question: wherever such a number stands, only its end."""
    return masked(text) if _PRIVATE.match(name) else _NUMBER.sub(lambda number: masked(number[0]), text)


def masked(number: str) -> str:
    """Only the last figures of the number; nothing of one that is too short to be one."""
    hidden = max(len(number) - _FIGURES_SHOWN, 0)
    return "•" * hidden + number[hidden:] if hidden > _FIGURES_SHOWN else "•" * len(number)
