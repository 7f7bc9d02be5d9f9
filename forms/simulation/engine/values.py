"""Values in an XForm's expressions, and the operators and functions on them, with the meaning that JavaRosa gives them.

JavaRosa is the engine inside ODK Collect. Where it departs from XPath 1.0 we follow it: dates are numbers of days when
compared, an empty text is not a number, and `round`, `int`, `substr`, `format-date` and the like exist.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

Value = str | float | bool | date

EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"\s*-?(\d+\.?\d*|\.\d+)\s*", re.ASCII)


class UnsupportedError(Exception):
    """The form uses something of XPath that the simulation does not know."""


def text_of(value: Value) -> str:
    """As JavaRosa writes a value: whole numbers without a point, dates as 2026-01-31."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return _number_text(value)
        case date():
            return value.isoformat()
        case _:
            return value


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value == int(value) else str(value)


def decimal_text(value: float) -> str:
    """As Java writes a decimal that was typed in: from ten millions on with an exponent, 3.844E8."""
    if abs(value) < 1e7:
        return str(value)
    exponent = math.floor(math.log10(abs(value)))
    return f"{float(Decimal(str(value)).scaleb(-exponent))}E{exponent}"


def number_of(value: Value) -> float:
    """As JavaRosa counts: days since 1970 for a date, NaN for a text that is no number."""
    match value:
        case bool() | float():
            return float(value)
        case date():
            return float((value - EPOCH).days)
        case _:
            return float(value) if _NUMBER.fullmatch(value) else math.nan


def truth_of(value: Value) -> bool:
    match value:
        case float():
            return value != 0 and not math.isnan(value)
        case _:
            return bool(value)


def equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return truth_of(left) == truth_of(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(number_of(left) - number_of(right)) < 1e-12
    return text_of(left) == text_of(right)


def _compared(function: Callable[[float, float], bool]) -> Callable[[Value, Value], Value]:
    return lambda left, right: function(number_of(left), number_of(right))


def _counted(function: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    return lambda left, right: function(number_of(left), number_of(right))


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "+": _counted(operator.add),
    "-": _counted(operator.sub),
    "*": _counted(operator.mul),
    "div": _counted(_divided),
    "mod": _counted(math.fmod),
}


def _date(value: Value) -> Value:
    """A date from a date, or from a text that begins like 2026-01-31; "" stays blank."""
    if isinstance(value, date) or value == "":
        return value
    return date.fromisoformat(text_of(value)[:10])


def _format_date(value: Value, pattern: Value) -> Value:
    day = _date(value)
    if not isinstance(day, date):
        return ""
    if unknown := set(re.findall(r"%(.)", text_of(pattern))) - set("Ymd"):
        raise UnsupportedError(f"format-date with %{unknown.pop()}")
    return day.strftime(text_of(pattern))


def _round(value: Value, places: Value = 0.0) -> Value:
    number = number_of(value)
    if not math.isfinite(number):
        return number
    mode = ROUND_HALF_UP if number >= 0 else ROUND_HALF_DOWN  # halves go up, towards the greater number
    return float(Decimal(str(number)).quantize(Decimal(1).scaleb(-int(number_of(places))), mode))


def _int(value: Value) -> Value:
    number = number_of(value)
    return float(int(number)) if math.isfinite(number) else number


def _selected_at(chosen: Value, place: Value) -> Value:
    words, index = text_of(chosen).split(), number_of(place)
    return words[int(index)] if 0 <= index < len(words) else ""


def _before(text: Value, part: Value) -> Value:
    return text_of(text)[: max(0, text_of(text).find(text_of(part)))]


def _after(text: Value, part: Value) -> Value:
    whole, found = text_of(text), text_of(part)
    return whole[whole.find(found) + len(found) :] if found in whole else ""


def _substr(value: Value, start: Value, end: Value | None = None) -> Value:
    return text_of(value)[int(number_of(start)) : None if end is None else int(number_of(end))]


def _regex(text: Value, pattern: Value) -> Value:
    try:
        return re.fullmatch(text_of(pattern), text_of(text), re.ASCII) is not None
    except re.error as error:
        raise UnsupportedError(f"regex with {text_of(pattern)}") from error


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "true": lambda: True,
    "false": lambda: False,
    "not": lambda value: not truth_of(value),
    "number": number_of,
    "string": text_of,
    "boolean": truth_of,
    "concat": lambda *parts: "".join(map(text_of, parts)),
    "contains": lambda text, part: text_of(part) in text_of(text),
    "substring-before": _before,
    "substring-after": _after,
    "string-length": lambda text: float(len(text_of(text))),
    "normalize-space": lambda text: " ".join(text_of(text).split()),
    "translate": lambda text, old, new: text_of(text).translate(str.maketrans(text_of(old), text_of(new))),
    "round": _round,
    "int": _int,
    "regex": _regex,
    "pow": lambda base, power: number_of(base) ** number_of(power),
    "substr": _substr,
    "selected": lambda chosen, choice: text_of(choice) in text_of(chosen).split(),
    "selected-at": _selected_at,
    "count-selected": lambda chosen: float(len(text_of(chosen).split())),
    "coalesce": lambda first, second: first if text_of(first) else second,
    "date": _date,
    "decimal-date-time": lambda value: number_of(_date(value)),
    "format-date": _format_date,
    "once": lambda value: value,  # whoever fills the form keeps the first value that is not blank
}
