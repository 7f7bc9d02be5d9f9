"""What a form lets a phone send: the choices of a question, and the plain bounds of a number.

Collect shows only what is in the list, takes away what is not, and finalizes no form with a constraint that does not
hold. What depends on other answers, on entity lists or on look-up files is left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from lxml import etree

from forms.periods import FIRST_YEAR, LAST_YEAR

_XFORMS = "{http://www.w3.org/2002/xforms}"
_RANK = "{http://www.opendatakit.org/xforms}rank"
_SELECTS = (f"{_XFORMS}select1", f"{_XFORMS}select", _RANK)
_RANGE = f"{_XFORMS}range"
_ASKED = (f"{_XFORMS}input", _RANGE)
_NUMBERS = ("int", "integer", "long", "decimal", "double", "float")
_LIST = re.compile(r"(?:randomize\(\s*)?instance\('([^']+)'\)/root/item\b")
_YEAR = re.compile(r"number\(\s*format-date\([^(),]*,\s*'%Y'\s*\)\s*\)")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBER = r"-?\s*(?:\d+\.?\d*|\.\d+)"
_TERM = re.compile(rf"({_NUMBER}|YEAR)(?:\s*([+-])\s*(\d+))?")
_COMPARED = re.compile(r"\.\s*(<=|>=|<|>|=)\s*(?![=])(.+)", re.DOTALL)
# Blanks are not needed around them. What may be an `or` is taken for one: that only widens the bounds.
_OR = re.compile(r"(?<![^\W\d])or(?![^\W\d])")
_AND = re.compile(r"(?<![\w./$-])and(?![\w./-])")

Bounds = tuple[float, float]
_ANY: Bounds = (-inf, inf)


@dataclass(frozen=True)
class Limits:
    """`choices`: the values of a selection; None where they are not known. `least` and `most` of a number, None where
    there is none; that it may not be equal to them is not noted."""

    choices: frozenset[str] | None = None
    least: float | None = None
    most: float | None = None


Path = tuple[str, ...]


def limits_of(xml: bytes) -> dict[Path, Limits]:
    """The same of an XForm that was compiled before."""
    return read_limits(etree.fromstring(xml))


def read_limits(document: Any) -> dict[Path, Limits]:
    """The limits of the questions of an XForm (its parsed tree), by the element names below the root."""
    found: dict[Path, Limits] = {}
    lists = {one.get("id"): one for one in document.iter(f"{_XFORMS}instance")}
    body = document.find("{*}body")  # the model may have questions of these names
    for control in body.iter(*_SELECTS):
        choices = _choices(control, lists)
        if choices is not None:
            found[_path(control.get("ref"))] = Limits(frozenset(choices))
    constraints = {
        _path(bind.get("nodeset")): bind.get("constraint") or ""
        for bind in document.iter(f"{_XFORMS}bind")
        if (bind.get("type") or "").rpartition(":")[2] in _NUMBERS
    }
    for control in body.iter(*_ASKED):
        path = _path(control.get("ref"))
        bounds = _all(bounds_of(constraints.get(path, "")), _of_range(control))
        if path in constraints and bounds != _ANY:
            found[path] = Limits(None, *(None if abs(end) == inf else end for end in bounds))
    return found


def _path(ref: str) -> Path:
    return tuple(ref.strip().split("/")[2:])


def _choices(control: Any, lists: dict[str, Any]) -> Iterable[str] | None:
    """None where they come from a file, an entity list or a repeat."""
    if "search(" in (control.get("appearance") or ""):
        return None
    itemset = control.find(f"{_XFORMS}itemset")
    if itemset is None:
        return _texts(control.iterfind(f"{_XFORMS}item/{_XFORMS}value"))
    match = _LIST.match(itemset.get("nodeset").strip())
    instance = lists.get(match[1]) if match else None
    if instance is None or instance.get("src"):
        return None
    name = itemset.find(f"{_XFORMS}value").get("ref")
    return _texts(instance.iterfind(f"{{*}}root/{{*}}item/{{*}}{name}"))


def _texts(elements: Iterator[Any]) -> list[str]:
    return [(element.text or "").strip() for element in elements]


def _of_range(control: Any) -> Bounds:
    if control.tag != _RANGE:
        return _ANY
    try:
        ends = sorted((float(control.get("start")), float(control.get("end"))))
    except (TypeError, ValueError):
        return _ANY
    return ends[0], ends[1]


def bounds_of(constraint: str) -> Bounds:
    """Between which numbers the answer must be for the constraint to hold, as far as that can be seen from the
    constraint alone; all numbers where it cannot."""
    return _bounds(_LITERAL.sub("''", _YEAR.sub("YEAR", constraint)))


def _bounds(text: str) -> Bounds:
    text = _without_brackets(text.strip())
    if len(parts := _split(_OR, text)) > 1:
        either = [_bounds(part) for part in parts]
        return min(least for least, _ in either), max(most for _, most in either)
    if len(parts := _split(_AND, text)) > 1:
        return _all(*map(_bounds, parts))
    match = _COMPARED.fullmatch(text)
    if match is None or (term := _TERM.fullmatch(match[2].strip())) is None:
        return _ANY
    least, most = (FIRST_YEAR, LAST_YEAR) if term[1] == "YEAR" else (float(term[1].replace(" ", "")),) * 2
    more = float(f"{term[2]}{term[3]}") if term[2] else 0.0
    low, high = least + more, most + more
    return (-inf if match[1] in ("<", "<=") else low), (inf if match[1] in (">", ">=") else high)


def _all(*bounds: Bounds) -> Bounds:
    return max(least for least, _ in bounds), min(most for _, most in bounds)


def _without_brackets(text: str) -> str:
    """Without the brackets around all of it."""
    while text.startswith("(") and [*_depths(text), 0].index(0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _split(word: re.Pattern[str], text: str) -> list[str]:
    """The parts between the words that stand in no brackets."""
    depths = _depths(text)
    cuts = [match for match in word.finditer(text) if depths[match.start()] == 0]
    starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _depths(text: str) -> list[int]:
    """In how many brackets each character stands; a closing one stands outside of its pair."""
    found, depth = [], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        found.append(depth)
    return found
