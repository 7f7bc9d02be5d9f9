"""A cell of the register's sheets as an answer to its question, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from forms.problems import Problem, problem
from forms.schema import FieldType
from forms.simulation.engine.filling import Answer
from server.exchange.register_form import Asked

NO_DATE = Problem(
    "cell-no-date",
    400,
    "Ini bukan tanggal yang ada. Tulis seperti 2025-06-01 atau 1/6/2025.",
    "This is no day that there is. Write it as 2025-06-01 or 1/6/2025.",
)
NO_NUMBER = Problem(
    "cell-no-number", 400, "Ini bukan angka. Tulis misalnya 23,5.", "This is no number. Write it as 23.5, for instance."
)
NO_WHOLE_NUMBER = Problem(
    "cell-no-whole-number",
    400,
    "Ini bukan bilangan bulat. Tulis misalnya 12.",
    "This is no whole number. Write it as 12, for instance.",
)
NO_CHOICE = Problem("cell-no-choice", 400, "Pilih dari daftarnya: {known}.", "Choose from its list: {known}.")
NO_PLACE = Problem(
    "cell-no-place",
    400,
    "Ini bukan tempat. Tulis lintang lalu bujur, misalnya -6.9 107.6, atau kosongkan.",
    "This is no place. Write latitude, then longitude, such as -6.9 107.6, or leave it blank.",
)
MASKED = Problem(
    "cell-masked",
    400,
    "Dari nomor ini hanya empat angka terakhir yang ada, karena berasal dari ekspor. Tulis nomor lengkapnya, atau "
    "kosongkan.",
    "Of this number only the last four figures are here, as it comes from an export. Write the whole number, or leave "
    "it blank.",
)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_PLACE = re.compile(r"(-?\d{1,2}(?:\.\d+)?)[ ,;]+(-?\d{1,3}(?:\.\d+)?)((?: +-?\d+(?:\.\d+)?){0,2})")
_HIDDEN = "•"
_SIGNS = re.compile(r"[\s,;]+")


def answer(asked: Asked, text: str) -> Answer:
    """What is answered by a cell that holds something. Raises ProblemError NO_DATE, NO_NUMBER, NO_WHOLE_NUMBER,
    NO_CHOICE, NO_PLACE, or MASKED."""
    if _HIDDEN in text:
        raise problem(MASKED)
    if asked.choices:
        return _chosen(asked, text)
    return _READERS.get(asked.field.type, str)(text)


def day(text: str) -> date:
    """The day that is written. Raises ProblemError NO_DATE."""
    written = _DAY.fullmatch(text)
    try:
        if written:
            return date(int(written[3]), int(written[2]), int(written[1]))
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise problem(NO_DATE) from error


def _decimal(text: str) -> float:
    if not re.fullmatch(r"-?\d{1,9}(?:[.,]\d{1,6})?", text, re.ASCII):
        raise problem(NO_NUMBER)
    return float(text.replace(",", "."))


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        raise problem(NO_WHOLE_NUMBER)
    return int(text)


def _place(text: str) -> str:
    found = _PLACE.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise problem(NO_PLACE)
    further = found[3].split()
    return " ".join([found[1], found[2], *further, *["0"] * (2 - len(further))])


_READERS: Mapping[FieldType, Callable[[str], Answer]] = {
    "date": day,
    "decimal": _decimal,
    "integer": _integer,
    "geo": _place,
}


def _chosen(asked: Asked, text: str) -> str:
    """By value, or by its words in any language."""
    known = {value.casefold(): value for value in asked.choices}
    for value, words in asked.choices.items():
        known |= {word.casefold(): value for word in words.values()}
    wanted = [text] if text.casefold() in known or asked.field.type == "select_one" else _SIGNS.split(text)
    found = [known.get(one.casefold()) for one in wanted if one]
    if not found or None in found:
        raise problem(NO_CHOICE, known=", ".join(asked.choices))
    return " ".join(one for one in found if one)
