"""Why a condition does not hold: the comparisons that it is made of, and those that stand in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.indicators.rules import Binary, Call, Expression, Name, Number, Text, names_in

Truths = Mapping[Expression, bool]


@dataclass(frozen=True)
class Comparison:
    """A comparison in the terms of people. `names` are those whose values it looks at, the first one that has a value
    counts; `operator` is `=`, `!=`, `<`, `<=`, `>`, `>=` or `one_of`, and blank where it is of another make; `bounds`
    are the constants that the value is held against."""

    names: tuple[str, ...]
    operator: str
    bounds: tuple[str, ...]


def atoms(expression: Expression) -> tuple[Expression, ...]:
    """The parts that `and`, `or` and not() join, each once, in order."""
    return tuple(dict.fromkeys(_atoms(expression)))


def _atoms(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Binary("and" | "or", left, right):
            yield from (*_atoms(left), *_atoms(right))
        case Call("not", (inner,)):
            yield from _atoms(inner)
        case _:
            yield expression


def holds(expression: Expression, truths: Truths) -> bool:
    """Whether it holds, by the truth of its atoms."""
    match expression:
        case Binary("and", left, right):
            return holds(left, truths) and holds(right, truths)
        case Binary("or", left, right):
            return holds(left, truths) or holds(right, truths)
        case Call("not", (inner,)):
            return not holds(inner, truths)
        case _:
            return truths[expression]


def hindrances(expression: Expression, truths: Truths, wanted: bool = True) -> tuple[Expression, ...]:
    """The atoms whose truth keeps the expression from being `wanted`; empty where it is."""
    if holds(expression, truths) == wanted:
        return ()
    match expression:
        case Binary("and" | "or", left, right):
            return tuple(dict.fromkeys(one for part in (left, right) for one in hindrances(part, truths, wanted)))
        case Call("not", (inner,)):
            return hindrances(inner, truths, not wanted)
        case _:
            return (expression,)


def comparison(atom: Expression) -> Comparison:
    """What an atom compares."""
    match atom:
        case Binary(operator, left, Text() | Number() as bound) if operator not in ("+", "-", "*", "div", "mod"):
            return Comparison(tuple(names_in(left)), operator, (_plain(bound),))
        case Call("selected", (Text(texts), Name(name))):
            return Comparison((name,), "one_of", tuple(texts.split()))
        case Call("selected", (Name(name), Text(text))):
            return Comparison((name,), "=", (text,))
        case _:
            return Comparison(tuple(dict.fromkeys(names_in(atom))), "", ())


def _plain(bound: Text | Number) -> str:
    return bound.value if isinstance(bound, Text) else f"{bound.value:g}"
