"""From the text of an answer to its value: what no phone can send with this form version is refused, by its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from forms.periods import read_day
from forms.problems import Problem, problem
from forms.schema import Field, FieldType

_ASK_ID = "ODK Collect tidak mengirim isi seperti ini: tanyakan KPM apa yang dipakai mengirim, lalu isi ulang di HP."
_ASK_EN = "ODK Collect sends no such value: ask the KPM what it was sent with, and fill in the form again on the phone."
TOO_LONG = Problem(
    "too-long",
    400,
    "Isi ini panjangnya {length} huruf, paling banyak {most}. Minta KPM mengisi ulang di HP dengan yang lebih pendek.",
    "This value has {length} characters, at most {most} are possible. Have the KPM fill in the form again on the "
    "phone, with a shorter one.",
)
BAD_VALUE = Problem(
    "bad-value",
    400,
    "Isi {value!r} bukan {kind}. Bila formulir yang menghitungnya, betulkan rumus atau bind::type-nya di versi baru; "
    "lalu minta KPM mengisi ulang di HP.",
    "The value {value!r} is not {kind}. Where the form calculates it, correct the formula or its bind::type in a new "
    "version; then have the KPM fill in the form again on the phone.",
)
NOT_A_CHOICE = Problem(
    "not-a-choice",
    400,
    f"Isi {{value!r}} tidak ada di daftar pilihan formulir versi ini. {_ASK_ID}",
    f"The value {{value!r}} is none of the choices of this form version. {_ASK_EN}",
)
OUT_OF_BOUNDS = Problem(
    "out-of-bounds",
    400,
    f"Bilangan {{value}} di luar batas ({{bounds}}). {_ASK_ID}",
    f"The number {{value}} is out of bounds ({{bounds}}). {_ASK_EN}",
)

# Longer ones are no ids and no choices; they would not fit the databases' indexes.
LONGEST_ID = 255
# Some three pages of print: more nobody types on a phone. A path walked (geo) may be as long as it is.
LONGEST_TEXT = 10_000
# A number that every database holds, and of which sums and products are numbers, too.
_TOO_LARGE = 2**63
_NEXT_TO_NOTHING = 1e-30
_INTEGER = re.compile(r"([+-]?\d{1,19})(\.0+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d[\d:.+Z-]*", re.ASCII)
# What engines write where an empty sum, or a division by zero, has no number to give.
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_KINDS: dict[FieldType, str] = {
    "integer": "bilangan bulat / a whole number",
    "decimal": "bilangan / a number",
    "date": "tanggal / a date",
    "datetime": "tanggal dan jam / a date with a time",
    "time": "jam / a time",
}


def value_of(field: Field, text: str) -> Any:
    """The typed value, None where it says nothing. Raises ProblemError where no phone can send it: BAD_VALUE,
    NOT_A_CHOICE, OUT_OF_BOUNDS or TOO_LONG."""
    if field.choices is not None:
        _require_choices(field, text)
        return text
    read = _READERS.get(field.type)
    if read is None:
        longest = LONGEST_ID if field.type == "select_one" else LONGEST_TEXT
        if len(text) > longest and field.type != "geo":
            raise problem(TOO_LONG, field.name, length=len(text), most=longest)
        return text
    try:
        found = read(text)
    except ValueError as error:
        raise problem(BAD_VALUE, field.name, value=text[:80], kind=_KINDS[field.type]) from error
    if field.least is not None or field.most is not None:
        require_bounds(field.name, found, field.least, field.most)
    return found


def require_bounds(name: str, number: float | None, least: float | None, most: float | None) -> None:
    """Raises ProblemError OUT_OF_BOUNDS at the field where the number is smaller or larger; None has no bounds."""
    if number is None:
        return
    if (least is not None and number < least) or (most is not None and number > most):
        bounds = " … ".join("" if end is None else f"{end:.15g}" for end in (least, most)).strip()
        raise problem(OUT_OF_BOUNDS, name, value=number, bounds=bounds)


def _require_choices(field: Field, text: str) -> None:
    chosen = text.split() if field.type == "select_multiple" else [text]
    choices = field.choices or frozenset()
    if len(chosen) > len(choices) or not choices.issuperset(chosen):
        raise problem(NOT_A_CHOICE, field.name, value=text[:80])


def _integer(text: str) -> int | None:
    """Engines write an integer now and then as 3.0."""
    if text in _NO_NUMBERS:
        return None
    match = _INTEGER.fullmatch(text)
    if match is None or abs(int(match[1])) >= _TOO_LARGE:
        raise ValueError(text)
    return int(match[1])


def _decimal(text: str) -> float | None:
    if text in _NO_NUMBERS:
        return None
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if abs(number) >= _TOO_LARGE:
        raise ValueError(text)
    return number if abs(number) >= _NEXT_TO_NOTHING else 0.0


def _moment(text: str) -> str:
    read_day(text)
    return text


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return text


# What is not listed is kept as the phone wrote it.
_READERS: dict[FieldType, Callable[[str], Any]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": read_day,
    "datetime": _moment,
    "time": _time,
}
