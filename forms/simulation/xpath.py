"""The expressions of an XForm (calculations, relevance, defaults) as Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from elementpath import XPath1Parser, XPathToken
from elementpath.tdop import Parser

from forms.simulation.values import FUNCTIONS, OPERATORS, UnsupportedError, Value, number_of, text_of, truth_of

Row = Mapping[str, str]
NO_ROW: Row = {}


class Scope(Protocol):
    """What an expression looks at while a form is being filled."""

    today: date

    def value(self, path: str) -> Value:
        """The typed value of a node; "" where it is blank or not relevant."""

    def rows(self, list_name: str, column: str, wanted: str) -> Sequence[Row]:
        """The rows of a list or look-up file on the phone whose `column` is `wanted`."""

    def new_uuid(self) -> str:
        """A fresh random id."""


# An expression, compiled. The row is the list's row that a predicate is asked about.
Evaluate = Callable[[Scope, Row], Value]


class FormParser(XPath1Parser):
    """XPath 1.0 with the functions of XForms, and paths that begin with a function, as instance('anak')/... does."""

    PATH_STEP_LABELS = (*XPath1Parser.PATH_STEP_LABELS, "function")
    symbol_table = {  # noqa: RUF012 - the base class declares it so
        symbol: token for symbol, token in XPath1Parser.symbol_table.items() if symbol != "round"
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
        yield _absolute(steps, here)
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
    if symbol == "if":
        condition, then, otherwise = (_compiled(part, here) for part in token)
        return lambda scope, row: then(scope, row) if truth_of(condition(scope, row)) else otherwise(scope, row)
    if symbol == "count":
        rows = _instance_rows(_steps(token[0]), here)
        return lambda scope, row: float(len(rows(scope)))
    if symbol in ("today", "uuid"):
        return (lambda scope, row: scope.today) if symbol == "today" else (lambda scope, row: scope.new_uuid())
    parts = tuple(_compiled(part, here) for part in token)
    if len(parts) == 2 and symbol in ("and", "or", *OPERATORS):
        return _binary(symbol, *parts)
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
        elif step.symbol == "..":
            place.pop()
        elif step.symbol == "/":
            place.append("")
        elif step.symbol not in (".", "current"):
            raise UnsupportedError(f"{here}: {step.symbol} in a path")
    return "/".join(place)


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

    def rows(scope: Scope) -> Sequence[Row]:
        found = scope.rows(list_name, column, text_of(wanted(scope, NO_ROW)))
        for condition in conditions:
            found = [row for row in found if condition(scope, row)]
        return found

    return rows


def _condition(token: XPathToken, here: str) -> Callable[[Scope, Row], bool]:
    """What a predicate asks of a row; the usual question, column = 'text', needs no look at types."""
    if token.symbol in ("=", "!=") and (token[0].symbol, token[1].symbol) == ("(name)", "(string)"):
        column, text, same = str(token[0].value), str(token[1].value), token.symbol == "="
        return lambda scope, row: (row.get(column, "") == text) is same
    condition = _compiled(token, here)
    return lambda scope, row: truth_of(condition(scope, row))


def _conditions(token: XPathToken) -> Steps:
    return [*_conditions(token[0]), *_conditions(token[1])] if token.symbol == "and" else [token]


_ARITY: Any = (0, 99)  # a form's own compiler has counted the arguments before
for _name in ("if", "instance", "current", "uuid", "today", *FUNCTIONS):
    if _name not in FormParser.symbol_table:
        FormParser.function(_name, nargs=_ARITY)
FormParser.build()
