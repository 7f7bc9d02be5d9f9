"""Cells of the workbook of rules in words: what forms ask and offer stands in place of the names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from aggregate.indicators.rules import Rules
from aggregate.trace.words import read_words
from forms.indicators.expressions import parse
from forms.indicators.kinds import Result
from forms.indicators.rules import EVERY_MONTH, Binary, Call, Expression, Name, Negative, Number, Text, names_in
from forms.problems import Language, ProblemError
from scorecards.trace.sources import FieldWords

# Columns that hold an expression, with what it gives.
_RESULTS: dict[str, Result] = {
    "berlaku_jika": "condition",
    "diterima_jika": "condition",
    "hitung_juga": "condition",
    "minimal": "number",
}
_Both = tuple[str, str]
_FACTS: dict[str, _Both] = {
    "usia_bulan": ("umur dalam bulan", "age in months"),
    "minggu_hamil": ("minggu kehamilan", "weeks of pregnancy"),
    "sudah_melahirkan": ("sudah melahirkan", "has given birth"),
}
_CELLS: dict[tuple[str, str], _Both] = {
    ("minimal", EVERY_MONTH): ("setiap bulan", "every month"),
    ("jendela", "triwulan"): ("isian triwulan ini", "forms of this quarter"),
    ("jendela", "semester"): ("isian setengah tahun ini", "forms of this half-year"),
    ("jendela", "tahun"): ("isian tahun ini", "forms of this year"),
    ("jendela", "terakhir"): ("jawaban terakhir", "the latest answer"),
    ("jendela", "semua"): ("semua isian sampai kini", "all forms so far"),
}
_OPERATORS: dict[str, _Both] = {
    "and": ("dan", "and"),
    "or": ("atau", "or"),
    "=": ("adalah", "is"),
    "!=": ("bukan", "is not"),
    ">=": ("paling sedikit", "at least"),
    "<=": ("paling banyak", "at most"),
    ">": ("lebih dari", "more than"),
    "<": ("kurang dari", "less than"),
}
_CALLS: dict[str, _Both] = {
    "true": ("selalu", "always"),
    "false": ("tidak pernah", "never"),
    "not": ("tidak benar bahwa ({0})", "not ({0})"),
    "if": ("bila {0}: {1}; bila tidak: {2}", "if {0}: {1}; if not: {2}"),
    "coalesce": ("{0} (bila kosong: {1})", "{0} (if blank: {1})"),
    "selected": ("di antara {0} ada {1}", "among {0} there is {1}"),
    "number": ("{0}", "{0}"),
    "count-selected": ("banyaknya pilihan pada {0}", "the number of choices in {0}"),
}


def cells_in_words(
    connection: Connection, rules: Rules, cells: Iterable[tuple[str, str]], language: Language
) -> dict[tuple[str, str], str]:
    """What cells (column, text) say; those that say it in plain words or numbers already are left out."""
    wanted = dict.fromkeys(cells)
    read = {cell: found for cell in wanted if (found := _read(*cell)) is not None}
    names = sorted({name for found in read.values() for name in names_in(found)} - _FACTS.keys())
    known = read_words(connection, rules, names)
    said = {cell: _Words(known, language).of(found) for cell, found in read.items()}
    return said | {cell: _in(_CELLS[cell], language) for cell in wanted if cell in _CELLS}


def _read(column: str, text: str) -> Expression | None:
    if column not in _RESULTS or not text or (column, text) in _CELLS:
        return None
    try:
        found = parse(text, result=_RESULTS[column])
    except ProblemError:  # of rules that an older version of this program took
        return None
    return None if isinstance(found, Number) else found


def _in(both: _Both, language: Language) -> str:
    return both[0] if language == "id" else both[1]


class _Words:
    """Says expressions with the words of the forms."""

    def __init__(self, known: Mapping[str, FieldWords], language: Language) -> None:
        self._known, self._language = known, language

    def of(self, part: Expression, chosen_from: str = "") -> str:
        """`chosen_from`: the question of which a text is a choice."""
        match part:
            case Name(name):
                return self._name(name)
            case Text(value):
                return " / ".join(f"“{self._choice(chosen_from, one)}”" for one in value.split() or [value])
            case Number(value):
                return f"{value:g}"
            case Negative(operand):
                return f"−{self.of(operand)}"
            case Binary(operator, left, right):
                return self._joined(operator, left, right)
            case Call(function, arguments):
                about = next(iter(names_in(part)), "")
                return _in(_CALLS[function], self._language).format(*(self.of(one, about) for one in arguments))

    def _joined(self, operator: str, left: Expression, right: Expression) -> str:
        about = next(iter((*names_in(left), *names_in(right))), "")
        sides = [self.of(side, about) for side in (left, right)]
        if operator == "and":
            sides = [f"({text})" if _is_either(side) else text for text, side in zip(sides, (left, right), strict=True)]
        word = _in(_OPERATORS[operator], self._language) if operator in _OPERATORS else operator
        return f"{sides[0]} {word} {sides[1]}"

    def _name(self, name: str) -> str:
        if name in _FACTS:
            return _in(_FACTS[name], self._language)
        question = self._known[name].question.get(self._language) if name in self._known else None
        return f"“{question}”" if question else name

    def _choice(self, name: str, value: str) -> str:
        words = self._known[name].choices.get(value, {}) if name in self._known else {}
        return words.get(self._language, value)


def _is_either(part: Expression) -> bool:
    return isinstance(part, Binary) and part.operator == "or"
