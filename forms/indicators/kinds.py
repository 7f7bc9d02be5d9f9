"""What kinds of values the parts of a rule have, and whether they fit together.

XPath 1.0 turns anything into anything, so that `${status} > 3` silently never holds. Here that is a mistake with a
remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from forms.indicators.expression_problems import (
    CONDITION_COMPARED,
    DATE_WITH_OTHER,
    DIFFERENT_KINDS,
    NO_NUMBER_IN_QUOTES,
    NOT_A_CONDITION,
    NOT_A_NUMBER,
    NOT_A_TEXT,
    TEXT_ORDER,
    TEXT_WITH_NUMBER,
    UNKNOWN_NAME,
)
from forms.indicators.rules import Binary, Call, Expression, Name, Negative, Number, Text
from forms.problems import Finding, Problem
from forms.schema import FieldType
from forms.xlsform.workbook import nearest, unknown_name

Kind = Literal["text", "number", "date"]
Result = Literal["condition", "number"]
# None: not known, because the name is unknown or its form is not published; it fits everywhere.
_AnyKind = Literal["text", "number", "date", "condition"] | None

_OF_FIELDS: dict[FieldType, Kind] = {"integer": "number", "decimal": "number", "date": "date"}

EQUALITIES = ("=", "!=")
COMPARISONS = (*EQUALITIES, "<", "<=", ">", ">=")
_LEVELS = (("or",), ("and",), COMPARISONS, ("+", "-"), ("*", "div", "mod"))
_BINDING = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}

_WORDS_ID = {"text": "teks", "number": "angka", "date": "tanggal", "condition": "syarat"}
_WORDS_EN = {"text": "a text", "number": "a number", "date": "a date", "condition": "a condition"}


def kind_of(field_type: FieldType) -> Kind:
    """The kind of what such a field holds."""
    return _OF_FIELDS.get(field_type, "text")


def settle(
    expression: Expression, names: Mapping[str, Kind] | None, result: Result, where: str = ""
) -> tuple[Expression, list[Finding]]:
    """The expression with quoted numbers unquoted where they meet numbers, and what does not fit in it.

    `names` are the names that may be used, with their kinds; None leaves names unchecked. `result` is what the whole
    expression must give.
    """
    checker = _Checker(names, where)
    settled, kind = checker.settle(expression)
    checker.need(settled, kind, result)
    return settled, checker.findings


def show(expression: Expression, binding: int = 0) -> str:
    """The expression as an admin would write it. Reading that again gives the same expression."""
    match expression:
        case Text(value):
            return f"'{value}'" if "'" not in value else '"' + value.replace('"', '""') + '"'
        case Number(value):
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case Name(name):
            return f"${{{name}}}"
        case Negative(operand):
            return f"-{show(operand, len(_LEVELS))}"
        case Call(function, arguments):
            return f"{function}({', '.join(show(argument) for argument in arguments)})"
        case Binary(operator, left, right):
            level = _BINDING[operator]
            # Comparisons do not chain, so that a comparison within one needs brackets on either side.
            text = f"{show(left, level + (operator in COMPARISONS))} {operator} {show(right, level + 1)}"
            return f"({text})" if level < binding else text


@dataclass
class _Checker:
    names: Mapping[str, Kind] | None
    where: str
    findings: list[Finding] = field(default_factory=list)

    def settle(self, expression: Expression) -> tuple[Expression, _AnyKind]:
        match expression:
            case Text():
                return expression, "text"
            case Number():
                return expression, "number"
            case Name(name):
                return expression, self._kind_of_name(name)
            case Negative(operand):
                settled, kind = self.settle(operand)
                self.need(settled, kind, "number")
                return Negative(settled), "number"
            case Binary():
                return self._binary(expression)
            case Call():
                return self._call(expression)

    def need(self, part: Expression, kind: _AnyKind, needed: _AnyKind) -> None:
        """Notes a finding where `part` is of a known kind, and not of the one that is needed there."""
        if kind is None or kind == needed:
            return
        shown = show(part)
        if needed == "condition":
            compared = {"text": f"{shown} = 'ya'", "number": f"{shown} > 0", "date": f"{shown} != ''"}
            self._find(NOT_A_CONDITION, part, kind, instead=compared[kind])
        elif needed == "number":
            turned = {"text": f"number({shown})", "condition": f"if({shown}, 1, 0)", "date": "${usia_bulan}"}
            self._find(NOT_A_NUMBER, part, kind, instead=turned[kind])
        else:
            compared = {"number": f"{shown} = 1", "date": f"{shown} != ''", "condition": shown}
            self._find(NOT_A_TEXT, part, kind, instead=compared[kind])

    def _kind_of_name(self, name: str) -> Kind | None:
        if self.names is None:
            return None
        if name not in self.names:
            unknown = unknown_name(UNKNOWN_NAME, self.where, name, nearest(name, self.names), "${{{}}}")
            if unknown not in self.findings:
                self.findings.append(unknown)
            return None
        return self.names[name]

    def _binary(self, whole: Binary) -> tuple[Expression, _AnyKind]:
        (left, left_kind), (right, right_kind) = self.settle(whole.left), self.settle(whole.right)
        if whole.operator in COMPARISONS:
            if "number" in (left_kind, right_kind):
                left, right = _unquoted(left), _unquoted(right)
                left_kind = "number" if isinstance(left, Number) else left_kind
                right_kind = "number" if isinstance(right, Number) else right_kind
            settled = Binary(whole.operator, left, right)
            self._compare(settled, left_kind, right_kind)
            return settled, "condition"
        needed: _AnyKind = "condition" if whole.operator in ("and", "or") else "number"
        self.need(left, left_kind, needed)
        self.need(right, right_kind, needed)
        return Binary(whole.operator, left, right), needed

    def _compare(self, whole: Binary, left: _AnyKind, right: _AnyKind) -> None:
        kinds = {left, right}
        equality = whole.operator in EQUALITIES
        if None in kinds or (equality and Text("") in (whole.left, whole.right) and "condition" not in kinds):
            return  # a comparison with '' asks whether there is an answer at all, whatever its kind
        if "condition" in kinds:
            if kinds != {"condition"} or not equality:
                self._note(CONDITION_COMPARED, part=show(whole))
        elif "date" in kinds:
            self._compare_dates(whole, left, right)
        elif kinds == {"text", "number"} or (kinds == {"text"} and not equality):
            self._compare_texts(whole, left, right)

    def _compare_texts(self, whole: Binary, left: _AnyKind, right: _AnyKind) -> None:
        instead = show(Binary(whole.operator, _as_number(whole.left, left), _as_number(whole.right, right)))
        if left == right:
            self._note(TEXT_ORDER, part=show(whole), operator=whole.operator, instead=instead)
            return
        text = whole.left if left == "text" else whole.right
        if isinstance(text, Text):
            self._note(NO_NUMBER_IN_QUOTES, part=show(whole), text=show(text), instead=instead)
        else:
            self._note(TEXT_WITH_NUMBER, part=show(whole), instead=instead)

    def _compare_dates(self, whole: Binary, left: _AnyKind, right: _AnyKind) -> None:
        sides = ((whole.left, left), (whole.right, right))
        if not all(kind == "date" or _is_date(side) for side, kind in sides):
            dated = next(side for side, kind in sides if kind == "date")
            self._note(DATE_WITH_OTHER, part=show(whole), instead=f"{show(dated)} {whole.operator} '2026-01-31'")

    def _call(self, whole: Call) -> tuple[Expression, _AnyKind]:
        settled = [self.settle(argument) for argument in whole.arguments]
        call = Call(whole.function, tuple(part for part, _ in settled))
        match whole.function:
            case "true" | "false":
                return call, "condition"
            case "not":
                self.need(*settled[0], "condition")
                return call, "condition"
            case "selected" | "count-selected":
                for part, kind in settled:
                    self.need(part, kind, "text")
                return call, "condition" if whole.function == "selected" else "number"
            case "number":
                if settled[0][1] != "text":
                    self.need(*settled[0], "number")
                return call, "number"
            case "if":
                self.need(*settled[0], "condition")
                return call, self._same_kind(call, settled[1:])
            case "coalesce":
                return call, self._same_kind(call, settled)

    def _same_kind(self, call: Call, parts: list[tuple[Expression, _AnyKind]]) -> _AnyKind:
        (left, left_kind), (right, right_kind) = parts
        if left_kind and right_kind and left_kind != right_kind:
            self._note(
                DIFFERENT_KINDS,
                name=call.function,
                left=show(left),
                left_id=_WORDS_ID[left_kind],
                left_en=_WORDS_EN[left_kind],
                right=show(right),
                right_id=_WORDS_ID[right_kind],
                right_en=_WORDS_EN[right_kind],
            )
        return left_kind or right_kind

    def _find(self, kind: Problem, part: Expression, part_kind: str, instead: str) -> None:
        self._note(kind, part=show(part), kind_id=_WORDS_ID[part_kind], kind_en=_WORDS_EN[part_kind], instead=instead)

    def _note(self, kind: Problem, **details: str) -> None:
        self.findings.append(Finding(kind, self.where, details))


def _unquoted(part: Expression) -> Expression:
    """A quoted number as a number; anything else as it is."""
    if isinstance(part, Text) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", part.value):
        return Number(float(part.value))
    return part


def _as_number(part: Expression, kind: _AnyKind) -> Expression:
    """What to write instead of `part` so that it is a number."""
    if kind == "number":
        return part
    if isinstance(part, Text):
        unquoted = _unquoted(part)
        return Number(1.0) if unquoted == part else unquoted
    return Call("number", (part,))


def _is_date(part: Expression) -> bool:
    if not isinstance(part, Text):
        return False
    try:
        return date.fromisoformat(part.value).isoformat() == part.value
    except ValueError:
        return False
