"""Rules as SQL: an Expression of the indicator workbook becomes a column, with the meaning that XPath 1.0 gives it.

What SQL and XPath see differently is blanks. A blank is '' where text is compared or joined, and not a number where
numbers are: then every comparison is false but `!=`. Here a blank is NULL inside a text or number, and a condition is
always true or false, never NULL, so that `not()` of a false condition is true.

One deviation: a division by zero gives not-a-number, where XPath has infinities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Double,
    Integer,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)

from aggregate.sql.texts_and_numbers import LargeText, NotBlank, TextAsNumber, Truncated
from forms.indicators.rules import Binary, Call, Expression, Name, Negative, Number, Operator
from forms.indicators.rules import Text as TextLiteral

# Constants are written into a statement, as parameters by the hundred take longer to hand over than to count with.
BLANK, ZERO, ONE = literal_column("''", Text()), literal_column("0", Integer()), literal_column("1", Integer())

_LARGE: ColumnElement[float] = literal_column("9e18", Double())

Kind = Literal["text", "number", "date", "boolean"]


@dataclass(frozen=True)
class Value:
    """A column and what it holds; a date is held as ISO text.

    `sql` is NULL for a blank text or date and for not-a-number; a boolean is never NULL.
    """

    kind: Kind
    sql: ColumnElement[Any]

    def text(self) -> ColumnElement[str]:
        """As text, '' where blank."""
        return (
            self.sql
            if isinstance(self.sql, BindParameter) and self.kind == "text"
            else func.coalesce(self.text_or_null(), BLANK)
        )

    def text_or_null(self) -> ColumnElement[Any]:
        match self.kind:
            case "text" | "date":
                return self.sql
            case "number":
                size = func.abs(self.sql)  # a cast of a large one to an integer raises, or makes it smaller
                whole = cast(case((size < _LARGE, self.sql)), BigInteger)
                small = case((self.sql == whole, cast(whole, Text)), else_=cast(self.sql, Text))
                return case((size < _LARGE, small), (size >= _LARGE, LargeText(self.sql)))
            case "boolean":
                return case((self.sql, "true"), else_="false")

    def number(self) -> ColumnElement[Any]:
        """As a number, NULL where it is none."""
        match self.kind:
            case "text" | "date":
                return TextAsNumber(self.sql)
            case "number":
                return self.sql
            case "boolean":
                return case((self.sql, 1.0), else_=0.0)

    def condition(self) -> ColumnElement[bool]:
        """As true or false: a text is true where it is not blank, a number where it is not 0."""
        match self.kind:
            case "text" | "date":
                return self.text() != BLANK
            case "number":
                return func.coalesce(self.sql != 0, false())
            case "boolean":
                return self.sql

    def is_blank(self) -> ColumnElement[bool]:
        return self.sql.is_(None) if self.kind == "number" else self.text() == BLANK


Lookup = Callable[[str], Value]


def condition(expression: Expression, lookup: Lookup) -> ColumnElement[bool]:
    """The expression as a condition that is true or false, never NULL. `lookup` says what a `${name}` is."""
    return value(expression, lookup).condition()


def number(expression: Expression, lookup: Lookup) -> ColumnElement[Any]:
    """The expression as a number, NULL where it is none."""
    return value(expression, lookup).number()


def flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 or 0."""
    return case((condition, ONE), else_=ZERO)


def value(expression: Expression, lookup: Lookup) -> Value:
    match expression:
        case TextLiteral(text):
            return Value("text", literal(text, Text()))
        case Number(figure):
            return Value("number", literal(float(figure), Double()))
        case Name(name):
            return lookup(name)
        case Negative(operand):
            return Value("number", -number(operand, lookup))
        case Binary(operator, left, right):
            return _binary(operator, value(left, lookup), value(right, lookup), left, right)
        case Call(function, arguments):
            return _FUNCTIONS[function](*[value(argument, lookup) for argument in arguments])


def _binary(operator: Operator, left: Value, right: Value, first: Expression, second: Expression) -> Value:
    match operator:
        case "and":
            return Value("boolean", and_(left.condition(), right.condition()))
        case "or":
            return Value("boolean", or_(left.condition(), right.condition()))
        case "=" | "!=" if _EMPTY in (first, second):
            blank = left.is_blank() if second == _EMPTY else right.is_blank()
            return Value("boolean", blank if operator == "=" else not_(blank))
        case "=" | "!=" if isinstance(second, TextLiteral) and left.kind == "text":
            return Value("boolean", _is_text(operator, left, second.value))
        case "=" | "!=":
            return Value("boolean", _equal(operator, left, right))
        case "<" | "<=" | ">" | ">=":
            return Value("boolean", _ordered(operator, left, right))
        case _:
            return Value("number", _arithmetic(operator, left.number(), right.number()))


_EMPTY = TextLiteral("")
_ORDER: dict[str, Callable[..., ColumnElement[bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _equal(operator: Literal["=", "!="], left: Value, right: Value) -> ColumnElement[bool]:
    kinds = (left.kind, right.kind)
    if "boolean" in kinds:
        same = left.condition() == right.condition()
        return same if operator == "=" else not_(same)
    if "number" in kinds:
        # Not-a-number is equal to nothing, and different from everything.
        if operator == "=":
            return func.coalesce(left.number() == right.number(), false())
        return func.coalesce(left.number() != right.number(), true())
    return left.text() == right.text() if operator == "=" else left.text() != right.text()


def _is_text(operator: Literal["=", "!="], given: Value, text: str) -> ColumnElement[bool]:
    """The same of a text and one that is not blank, which most conditions are: no blank needs to be told from NULL."""
    sql = given.sql.column if isinstance(given.sql, NotBlank) else given.sql
    other = literal(text, Text())
    return sql.is_not_distinct_from(other) if operator == "=" else sql.is_distinct_from(other)


def _ordered(operator: Literal["<", "<=", ">", ">="], left: Value, right: Value) -> ColumnElement[bool]:
    first: ColumnElement[Any]
    second: ColumnElement[Any]
    if "date" in (left.kind, right.kind):  # ISO text sorts as time does
        first, second = func.nullif(left.text_or_null(), BLANK), func.nullif(right.text_or_null(), BLANK)
    else:
        first, second = left.number(), right.number()
    return func.coalesce(_ORDER[operator](first, second), false())


def _arithmetic(operator: Operator, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "div":
            return _divided(left, right)
        case _:  # mod, with the sign of the dividend
            return left - right * Truncated(_divided(left, right))


def _divided(left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(left, Double) / func.nullif(cast(right, Double), 0.0)


def _if(test: Value, then: Value, otherwise: Value) -> Value:
    kind = _common_kind(then, otherwise)
    return Value(kind, case((test.condition(), _as_kind(kind, then)), else_=_as_kind(kind, otherwise)))


def _coalesce(first: Value, second: Value) -> Value:
    kind = _common_kind(first, second)
    if kind in ("text", "date"):
        return Value(kind, func.coalesce(func.nullif(first.text_or_null(), BLANK), second.text_or_null()))
    return Value(kind, func.coalesce(_as_kind(kind, first), _as_kind(kind, second)))


def _common_kind(first: Value, second: Value) -> Kind:
    """The kind that both can be read as without losing anything."""
    kinds = {first.kind, second.kind}
    if len(kinds) == 1:
        return first.kind
    return "number" if kinds == {"number", "boolean"} else "text"


def _as_kind(kind: Kind, given: Value) -> ColumnElement[Any]:
    if kind == given.kind:
        return given.sql
    return given.number() if kind == "number" else given.text_or_null()


def _selected(choices: Value, choice: Value) -> Value:
    """Whether one word stands in a space separated list."""
    words = literal(" ") + choices.text() + literal(" ")
    word = literal(" ") + func.trim(choice.text()) + literal(" ")
    # LIKE would take % and _ of a choice for wildcards, and ignore case in SQLite.
    return Value("boolean", func.replace(words, word, BLANK) != words)


def _count_selected(choices: Value) -> Value:
    words = func.trim(choices.text())
    spaces = func.length(words) - func.length(func.replace(words, " ", BLANK))
    return Value("number", case((words == BLANK, ZERO), else_=spaces + 1))


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "not": lambda value: Value("boolean", not_(value.condition())),
    "if": _if,
    "selected": _selected,
    "coalesce": _coalesce,
    "number": lambda given: Value("number", given.number()),
    "count-selected": _count_selected,
    "true": lambda: Value("boolean", true()),
    "false": lambda: Value("boolean", false()),
}
