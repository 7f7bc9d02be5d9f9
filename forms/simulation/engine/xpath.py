"""The expressions of an XForm (calculations, relevance, defaults) as Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from elementpath import XPath1Parser, XPathToken
from elementpath.tdop import Parser

from forms.simulation.engine.values import (
    FUNCTIONS,
    OPERATORS,
    UnsupportedError,
    Value,
    equal,
    number_of,
    text_of,
    truth_of,
)

Row = Mapping[str, str]
NO_ROW: Row = {}


class Scope(Protocol):
    """What an expression looks at while a form is being filled."""

    today: date

    def value(self, path: str) -> Value:
        """The typed value of a node; "" where it is blank or not relevant."""

    def rows(self, list_name: str, column: str, wanted: str) -> Sequence[Row]:
        """The rows of a list or look-up file on the phone whose `column` is `wanted`."""

    def instances(self, repeat: str) -> Sequence[Row]:
        """The instances of a repeat as rows: the texts of its questions and calculations by their names."""

    def place(self) -> int:
        """Which instance of its repeat the expression stands in, counted from 1."""

    def new_uuid(self) -> str:
        """A fresh random id."""


_OF_THE_PHONE: dict[str, Callable[[Scope], Value]] = {
    "today": lambda scope: scope.today,
    "uuid": lambda scope: scope.new_uuid(),
    "position": lambda scope: float(scope.place()),  # only position(..) is known
}
# An expression, compiled. The row is the list's row that a predicate is asked about.
Evaluate = Callable[[Scope, Row], Value]


class FormParser(XPath1Parser):
    """XPath 1.0 with the functions of XForms, and paths that begin with a function, as instance('anak')/... does."""

    PATH_STEP_LABELS = (*XPath1Parser.PATH_STEP_LABELS, "function")
    symbol_table = {  # noqa: RUF012 - the base class declares it so
        symbol: token for symbol, token in XPath1Parser.symbol_table.items() if symbol not in ("round", "position")
    }

    def parse(self, source: str) -> XPathToken:
        """The token tree. Unlike its base, never evaluates it."""
        return Parser.parse(self, source)


def compiled(text: str, here: str) -> Evaluate:
    """The function of an expression that stands at the node `here`. Raises UnsupportedError for what is not known."""
    return _compiled(FormParser().parse(text.strip()), here)


def paths_read(text: str, here: str) -> set[str]:
    """The nodes of the form that an expression at `here` looks at."""
    return set(_paths_read(FormParser().parse(text.strip()), here))


def _paths_read(token: XPathToken, here: str) -> Iterator[str]:
    steps = _steps(token) if token.symbol in ("/", "..", ".") else []
    if steps and steps[0].symbol != "instance":
        bare, conditions = _without_conditions(steps)
        yield _absolute(bare, here)
        for condition in conditions:
            yield from (f"{_absolute(bare[:-1], here)}/{name}" for name in _names(condition))
    else:
        for part in token:
            yield from _paths_read(part, here)


def _compiled(token: XPathToken, here: str) -> Evaluate:
    symbol = token.symbol
    if symbol in ("(string)", "(integer)", "(decimal)"):
        constant: Value = str(token.value) if symbol == "(string)" else float(str(token.value))
        return lambda scope, row: constant
    if symbol in ("/", "..", ".", "(name)"):
        return _path(token, here)
    if symbol == "(":
        return _compiled(token[0], here)
    if symbol in _OF_THE_PHONE:
        asked = _OF_THE_PHONE[symbol]
        return lambda scope, row: asked(scope)
    if symbol in ("count", "sum", "join"):
        return _of_all(token, here)
    parts = tuple(_compiled(part, here) for part in token)
    if len(parts) == 2 and symbol in ("and", "or", *OPERATORS):
        return _binary(symbol, *parts)
    if symbol == "if":
        condition, then, otherwise = parts
        return lambda scope, row: then(scope, row) if truth_of(condition(scope, row)) else otherwise(scope, row)
    if symbol == "-":
        return lambda scope, row: -number_of(parts[0](scope, row))
    if symbol in FUNCTIONS:
        function = FUNCTIONS[symbol]
        return lambda scope, row: function(*[part(scope, row) for part in parts])
    raise UnsupportedError(f"{here}: {symbol}")


def _binary(symbol: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if symbol == "and":
        return lambda scope, row: truth_of(left(scope, row)) and truth_of(right(scope, row))
    if symbol == "or":
        return lambda scope, row: truth_of(left(scope, row)) or truth_of(right(scope, row))
    function = OPERATORS[symbol]
    return lambda scope, row: function(left(scope, row), right(scope, row))


Steps = list[XPathToken]


def _steps(token: XPathToken) -> Steps:
    """The steps of a path from left to right; an absolute one begins with the token "/"."""
    if token.symbol != "/":
        return [token]
    return [token, *_steps(token[0])] if len(token) == 1 else [*_steps(token[0]), *_steps(token[1])]


def _path(token: XPathToken, here: str) -> Evaluate:
    steps = _steps(token)
    if steps[0].symbol == "instance":
        rows = _instance_rows(steps[:-1], here)
        column = str(steps[-1].value)
        return lambda scope, row: next((found.get(column, "") for found in rows(scope)), "")
    if len(steps) == 1 and token.symbol == "(name)":
        column = str(token.value)  # only a predicate speaks of a bare name: a column of the row
        return lambda scope, row: row.get(column, "")
    path = _absolute(steps, here)
    return lambda scope, row: scope.value(path)


def _absolute(steps: Steps, here: str) -> str:
    place = [] if steps[0].symbol == "/" else here.split("/")
    for step in steps:
        if step.symbol == "(name)":
            place.append(str(step.value))
        elif step.symbol == "@":
            place.append(f"@{step[0].value}")
        elif step.symbol == "..":
            place.pop()
        elif step.symbol == "/":
            place.append("")
        elif step.symbol not in (".", "current"):
            raise UnsupportedError(f"{here}: {step.symbol} in a path")
    return "/".join(place)


def _without_conditions(steps: Steps) -> tuple[Steps, Steps]:
    """The steps of a path without what stands in brackets, and that."""
    return [step[0] if step.symbol == "[" else step for step in steps], [
        condition for step in steps if step.symbol == "[" for condition in _conditions(step[1])
    ]


def _names(token: XPathToken) -> Iterator[str]:
    if token.symbol == "(name)":
        yield str(token.value)
    for part in token:
        yield from _names(part)


def _of_all(token: XPathToken, here: str) -> Evaluate:
    """count(rows), sum(rows/column), join(between, rows/column)."""
    *before, path = token
    if token.symbol == "count":
        counted = _rows(_steps(path), here)
        return lambda scope, row: float(len(counted(scope)))
    *steps, last = _steps(path)
    rows, column = _rows(steps, here), str(last.value)
    if token.symbol == "sum":
        return lambda scope, row: float(sum(number_of(found.get(column, "")) for found in rows(scope)))
    between = _compiled(before[0], here)
    return lambda scope, row: text_of(between(scope, row)).join(found.get(column, "") for found in rows(scope))


def _rows(steps: Steps, here: str) -> Callable[[Scope], Sequence[Row]]:
    """The rows of a list on the phone, or the instances of a repeat, that a path stands for."""
    if steps[0].symbol == "instance":
        return _instance_rows(steps, here)
    bare, asked = _without_conditions(steps)
    repeat, conditions = _absolute(bare, here), [_condition(one, here) for one in asked]
    return lambda scope: _fitting(scope.instances(repeat), conditions, scope)


def _instance_rows(steps: Steps, here: str) -> Callable[[Scope], Sequence[Row]]:
    """The rows that instance('list')/root/item[column = ... and ...] stands for."""
    if steps[0].symbol != "instance" or len(steps) != 3 or steps[2].symbol != "[":
        raise UnsupportedError(f"{here}: a path other than instance('...')/root/item[...]")
    list_name = str(steps[0][0].value)
    first, *others = _conditions(steps[2][1])
    if first.symbol != "=" or first[0].symbol != "(name)":
        raise UnsupportedError(f"{here}: [{first.source}] does not begin with column = ...")
    column = str(first[0].value)
    wanted = _compiled(first[1], here)
    conditions = [_condition(other, here) for other in others]

    return lambda scope: _fitting(scope.rows(list_name, column, text_of(wanted(scope, NO_ROW))), conditions, scope)


# What a predicate asks of a row, and how to come by it: what the form's own nodes say in it is looked up once.
Fits = Callable[[Row], bool]
Condition = Callable[[Scope], Fits]


def _fitting(rows: Sequence[Row], conditions: Sequence[Condition], scope: Scope) -> Sequence[Row]:
    for condition in conditions:
        if rows:
            fits = condition(scope)
            rows = [row for row in rows if fits(row)]
    return rows


def _condition(token: XPathToken, here: str) -> Condition:
    if token.symbol == "(":
        return _condition(token[0], here)
    if token.symbol == "or":
        left, right = (_condition(part, here) for part in token)
        return lambda scope: _either(left(scope), right(scope))
    if token.symbol in ("=", "!=") and token[0].symbol == "(name)" and token[1].symbol in ("(string)", "/"):
        column, wanted, same = str(token[0].value), _compiled(token[1], here), token.symbol == "="
        return lambda scope: _compared(column, wanted(scope, NO_ROW), same)
    condition = _compiled(token, here)
    return lambda scope: lambda row: truth_of(condition(scope, row))


def _either(left: Fits, right: Fits) -> Fits:
    return lambda row: left(row) or right(row)


def _compared(column: str, value: Value, same: bool) -> Fits:
    """The usual question, whether a column is a text, needs no look at types."""
    if isinstance(value, str):
        return lambda row: (row.get(column, "") == value) is same
    return lambda row: equal(row.get(column, ""), value) is same


def _conditions(token: XPathToken) -> Steps:
    return [*_conditions(token[0]), *_conditions(token[1])] if token.symbol == "and" else [token]


_ARITY: Any = (0, 99)  # a form's own compiler has counted the arguments before
for _name in ("if", "instance", "current", "join", *_OF_THE_PHONE, *FUNCTIONS):
    if _name not in FormParser.symbol_table:
        FormParser.function(_name, nargs=_ARITY)
FormParser.build()
